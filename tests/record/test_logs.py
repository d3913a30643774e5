"""Nothing of a body stands in the logs: neither of one that is taken, nor refused, nor lost."""

import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

import httpx
import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError, OperationalError

from app.api.openapi import EXAMPLE_TIME
from app.api.serving import address_of, listen, running
from app.clock import random_id
from app.main import create_app
from app.settings import Settings
from app.store.audit import AuditTrail, Entry
from app.store.database import Database, saying_when_unavailable
from tests.record.canaries import CANARY, good_bodies, spoilt
from tests.record.kinds import Operation
from tests.record.operations import begin
from tests.record.service import Service, at_database, of_study

pytestmark = pytest.mark.anyio

BODIES: Final = list(good_bodies())
JSON: Final = {"Content-Type": "application/json"}
OF_THE_CLIENT: Final = ("httpx", "httpcore")


class Logs:
    """All that was logged and printed, but by the test's own client."""

    def __init__(
        self, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
    ) -> None:
        self._caplog = caplog
        self._capfd = capfd

    def said(self) -> str:
        """Every message with its arguments and its exception, and what stands on the screen."""
        lines = [
            f"{each.getMessage()} {each.args} {each.exc_info} {each.exc_text} {each.stack_info}"
            for each in self._caplog.records
            if not each.name.startswith(OF_THE_CLIENT)
        ]
        printed = self._capfd.readouterr()
        return "\n".join([*lines, printed.out, printed.err])


@pytest.fixture
def logs(
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Logs:
    """Also what a server that another test started would keep to a stream of its own."""
    server = logging.getLogger("uvicorn")
    monkeypatch.setattr(server, "handlers", [])
    monkeypatch.setattr(server, "propagate", True)
    caplog.set_level(logging.DEBUG)
    return Logs(caplog, capfd)


def lost(*_: Any, **__: Any) -> None:
    """The database fails, and quotes what it was given."""
    given = {"document": CANARY}
    raise OperationalError(f"INSERT {CANARY}", given, sqlite3.OperationalError(CANARY))


@contextmanager
def without_database(_: Database) -> Iterator[Connection]:
    with saying_when_unavailable():
        lost()
        yield None  # type: ignore[misc]


def defect(_: AuditTrail, entry: Entry, *__: Any) -> None:
    """A statement is refused that nobody foresaw, and quotes what it was given."""
    told = f"{CANARY} {entry}"
    raise IntegrityError(f"INSERT {told}", {"leaf": told}, sqlite3.IntegrityError(told))


async def prepared(service: Service, operation: Operation) -> Operation:
    """The operation, after what comes first, at the hold that is there."""
    await begin(service)
    for step in operation.first:
        await service.done(step.method, step.path, step.body)
    hold = (await service.get(of_study("holds")))["items"][0]["id"]
    path = operation.step.path.format(hold=hold)
    return replace(operation, step=replace(operation.step, path=path))


@pytest.mark.parametrize(("operation", "body"), BODIES, ids=lambda each: getattr(each, "name", ""))
async def test_nothing_of_a_body_is_logged(
    service: Service,
    logs: Logs,
    monkeypatch: pytest.MonkeyPatch,
    operation: Operation,
    body: dict[str, Any],
) -> None:
    step = (await prepared(service, operation)).step
    answers = {}
    for why, content in {
        "bad": json.dumps(spoilt(body)),
        "cut short": json.dumps(body)[:-1],
        "twice": f'{{"{CANARY}": "{CANARY}", "{CANARY}": "{CANARY}"}}',
    }.items():
        answers[why] = await service.client.request(
            step.method, step.path, content=content, headers=JSON
        )
    text = {"Content-Type": f"text/{CANARY}"}
    answers["no JSON"] = await service.client.request(
        step.method, step.path, content=json.dumps(body), headers=text
    )
    with monkeypatch.context() as broken:
        broken.setattr(Database, "writing", without_database)
        answers["lost"] = await service.send(step.method, step.path, body)
    with monkeypatch.context() as broken:
        broken.setattr(AuditTrail, "append", defect)
        answers["defect"] = await service.send(step.method, step.path, body)
    answers["good"] = await service.send(step.method, step.path, body)
    told = {why: answer.status_code for why, answer in answers.items()}
    assert told.pop("good") in {200, 201}, answers["good"].text
    assert told == {
        "bad": 422, "cut short": 400, "twice": 400, "no JSON": 415, "lost": 503, "defect": 500,
    }  # fmt: skip
    assert CANARY in repr(service.rows())
    assert CANARY not in answers["lost"].text + answers["defect"].text
    assert CANARY not in logs.said()


async def test_nothing_of_a_body_is_logged_by_the_server(
    sqlite_database: Database, logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server logs where and of which kind a defect was; what it said might quote a record."""
    with at_database(sqlite_database) as service:
        await begin(service)
    app = create_app(Settings(auth="off"), lambda: EXAMPLE_TIME, random_id, sqlite_database)
    seen = []
    with listen("127.0.0.1", 0) as listening, running(app, listening):
        each_anew = httpx.Limits(max_keepalive_connections=0)  # the server hangs up after a defect
        with httpx.Client(base_url=address_of(listening), limits=each_anew, timeout=30) as client:
            for operation, body in BODIES:
                for owner, name, failing in (
                    (AuditTrail, "append", defect),
                    (Database, "writing", without_database),
                ):
                    with monkeypatch.context() as broken:
                        broken.setattr(owner, name, failing)
                        step = operation.step
                        answer = client.request(step.method, step.path, json=body)
                    seen.append(answer.status_code)
    said = logs.said()
    assert CANARY not in said
    # Restoring what is not void, and lifting a hold that is not there, is refused before it fails.
    assert seen.count(500) > len(BODIES) // 2
    assert "\nIntegrityError\n" in said
    assert said.endswith(" WARNING A request was answered 503: OperationalError.\n")
    assert seen.count(503) == len(BODIES)
