"""The service with a record, over HTTP in this process, at a time that the test sets.

The app is made once: it stands on whatever database a test is at, and reads that test's watch.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Final, Literal

import httpx
from sqlalchemy import Connection

from app.api.openapi import EXAMPLE_TIME
from app.clock import random_id
from app.main import create_app
from app.settings import Settings
from app.store.database import Database
from app.use_cases.sweep import sweep
from tests.api.client import UNTOUCHED, InProcess
from tests.store.rows import contents

STUDY: Final = "IC19-SLE"
SHANGHAI: Final = "+08:00"
INFUSED: Final = "2026-03-01T10:00:00+08:00"
"""Day 0, so that the window ends with 2026-03-29."""

Body = Mapping[str, Any]


class Watch:
    """A clock that goes only when it is set."""

    def __init__(self) -> None:
        self.now = EXAMPLE_TIME

    def __call__(self) -> datetime:
        return self.now

    def set(self, text: str) -> None:
        """Make it this instant, ISO 8601 with its offset."""
        self.now = datetime.fromisoformat(text)


class Standin(Database):
    """What the app takes for its database: the one of the test that runs."""

    def __init__(self) -> None:
        super().__init__(UNTOUCHED)
        self.target: Database | None = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:  # type: ignore[explicit-override]
        with self._target.reading() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:  # type: ignore[explicit-override]
        with self._target.writing() as connection:
            yield connection

    @property
    def _target(self) -> Database:
        assert self.target is not None, "no test is at a database"
        return self.target


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A client of the service, its database and its watch."""

    client: httpx.AsyncClient
    database: Database
    watch: Watch
    headers: dict[str, str] = field(default_factory=dict)
    """What every request carries."""

    async def send(
        self, method: str, path: str, body: Any = None, *, at: str | None = None, **headers: str
    ) -> httpx.Response:
        """One request; `If_Match` is the header If-Match."""
        if at is not None:
            self.watch.set(at)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = {} if body is None else {"json": body}
        return await self.client.request(method, path, headers=self.headers | named, **content)

    async def get(self, path: str, **query: str | int) -> Any:
        """What a read answers, which must be found."""
        answer = await self.client.get(path, params=query, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def done(
        self, method: str, path: str, body: Any = None, *, at: str | None = None, **headers: str
    ) -> Any:
        """What a write answers, which must succeed."""
        answer = await self.send(method, path, body, at=at, **headers)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    async def begin(self, study: str = STUDY, *, at: str | None = None, **changes: Any) -> Any:
        """Create a study under IC19."""
        return await self.done("POST", "/v1/studies", new_study(id=study, **changes), at=at)

    async def patient(
        self, subject: str = "S-01", *, at: str | None = None, **recorded: Any
    ) -> Any:
        """Record or correct a patient, infused on 2026-03-01 unless `recorded` says otherwise."""
        body = {"exposures": [{"agent": "IC19", "start": INFUSED}], **recorded}
        return await self.done("PUT", of_study(f"subjects/{subject}"), body, at=at)

    async def event(
        self, key: str = "AE-1", *changes: tuple[int | None, str | None], at: str | None = None,
        **recorded: Any,
    ) -> Any:  # fmt: skip
        """Record or correct an adverse event of S-01 that system `edc` sends."""
        return await self.done("PUT", by_source(key), event(*changes, **recorded), at=at)

    async def verdicts(self, subject: str = "S-01", **query: str) -> Any:
        """A patient's adjudication."""
        return await self.get(of_study(f"subjects/{subject}/adjudication"), **query)

    async def audit(self, **query: str | int) -> list[Any]:
        """All events of the trail, or those that are asked for."""
        found: list[Any] = []
        while True:
            after = found[-1]["seq"] if found else 0
            page = await self.get("/v1/audit-events", limit=200, after=after, **query)
            found += page["items"]
            if page["next"] is None:
                return found

    async def adjudications(self, subject: str = "S-01") -> list[Any]:
        """Every adjudication of a patient, in the order in which they were made."""
        path = of_study("adjudications")
        page = await self.get(path, subject=subject, current="false", limit=200)
        return list(page["items"])

    def sweep(self, at: str | None = None) -> int:
        """Look for verdicts that time alone has changed; how many patients were due."""
        if at is not None:
            self.watch.set(at)
        transport = self.client._transport
        assert isinstance(transport, InProcess)
        record = transport.service.state.record
        return sweep(record.database, record.writer, self.watch.now)

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """All that the database holds."""
        with self.database.reading() as connection:
            return contents(connection)


@contextmanager
def at_database(database: Database, auth: Literal["on", "off"] = "off") -> Iterator[Service]:
    """The service as long as the block runs; its watch begins anew."""
    shared = _shared(auth)
    shared.standin.target = database
    shared.watch.now = EXAMPLE_TIME
    client = httpx.AsyncClient(transport=shared.transport, base_url="http://doseguard")
    try:
        yield Service(client=client, database=database, watch=shared.watch)
    finally:
        shared.transport.service.state.record.writer.close()
        shared.standin.target = None


def of_study(path: str, study: str = STUDY) -> str:
    """A path below a study's."""
    return f"/v1/studies/{study}/{path}"


def by_source(key: str, kind: str = "adverse-events") -> str:
    """The path of a record that system `edc` sends."""
    return of_study(f"{kind}/by-source/edc/{key}")


def new_study(**changes: Any) -> dict[str, Any]:
    """A study under IC19, in Shanghai."""
    protocol = {"id": "NCT06886919", "version": "1"}
    study = {"id": STUDY, "title": "IC19 in lupus", "protocol": protocol, "time_zone": SHANGHAI}
    return {**study, **changes}


def event(*changes: tuple[int | None, str | None], **recorded: Any) -> dict[str, Any]:
    """An adverse event of S-01: a possibly related lung infection that was absent before."""
    return {
        "subject": "S-01",
        "term": "Lung infection",
        "grades": [{"from": at, "grade": grade} for grade, at in changes],
        "baseline_grade": 0,
        "causality": [{"agent": "IC19", "relatedness": "possible", "assessor": "investigator"}],
        **recorded,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    transport: InProcess
    standin: Standin
    watch: Watch


@cache
def _shared(auth: Literal["on", "off"]) -> _Shared:
    standin, watch = Standin(), Watch()
    app = create_app(Settings(auth=auth), watch, random_id, standin)
    return _Shared(transport=InProcess(app), standin=standin, watch=watch)
