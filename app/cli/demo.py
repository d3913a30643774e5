"""`doseguard demo`: a study that never was, entered over HTTP as it would have come in.

The record's clock stands at the moment at which each message came, and verdicts fall due in
between, so that the past can be asked for. From then on the clock is the system's.
"""

import http.client
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import typer
from fastapi import FastAPI
from pydantic import TypeAdapter

from app.api.dependencies import Record
from app.api.schemas.audit import AuditItem
from app.api.serving import address_of, running
from app.cli import service
from app.cli.record import migrate_if_new, place_of, settings_with
from app.cli.terminal import paint, saying_what_is_wrong
from app.clock import random_id, system_clock
from app.data.samples.study import STUDY, dated, steps
from app.domain.record.origin import OPERATOR
from app.main import create_app
from app.settings import Settings
from app.store.adjudications import Adjudications, due_by
from app.store.database import Database, sqlite_url
from app.store.records import Records
from app.use_cases.keys import NewKey, create_key
from app.use_cases.open_items import OpenPoint
from app.use_cases.readable import StudyNow, lines_of_study
from app.use_cases.summaries import SUMMARY
from app.use_cases.sweep import sweep

KEYS: Final[Mapping[str, NewKey]] = {
    "admin": NewKey(name="demo: trials office", role="admin", study=None),
    "feed": NewKey(name="demo: EDC feed", role="data_manager", study=None),
    "data_manager": NewKey(
        name="demo: data manager", role="data_manager", study=None, person=True
    ),
    "medical_monitor": NewKey(
        name="demo: medical monitor", role="medical_monitor", study=None, person=True
    ),
}
"""Who sends the messages."""

YOURS: Final = NewKey(name="demo: yours", role="data_manager", study=None, person=True)
TO_TRY: Final = (
    ("why patient 101 has a DLT", f"/v1/studies/{STUDY}/subjects/101/adjudication"),
    (
        "what was known before the correction",
        f"/v1/studies/{STUDY}/subjects/101/adjudication?as_of=D-107",
    ),
    (
        "who changed what, when and why",
        f"/v1/studies/{STUDY}/audit-events?subject=101&entity=adverse_event",
    ),
)
"""What to ask first, and where."""

_OPEN: Final[TypeAdapter[tuple[OpenPoint, ...]]] = TypeAdapter(tuple[OpenPoint, ...])
_EVENTS: Final[TypeAdapter[tuple[AuditItem, ...]]] = TypeAdapter(tuple[AuditItem, ...])


class PlayedClock:
    """Stands at the moment that is played; once that is over, it goes with the system's clock."""

    def __init__(self) -> None:
        self._at: datetime | None = None

    def __call__(self) -> datetime:
        """The present instant of the record."""
        return system_clock() if self._at is None else self._at

    def stand_at(self, moment: datetime | None) -> None:
        """Stand at a moment; None is the present one, and goes on."""
        self._at = moment


def demo(
    port: service.Port = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Keep the record in this folder, which holds no other.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Stop after the tables.")] = False,
) -> None:
    """Serve a study that shows every verdict, with its corrections, on loopback."""
    settings = settings_with(host="127.0.0.1", port=port, auth="on")
    with ExitStack() as until_the_end:
        enter = until_the_end.enter_context
        listening = enter(service.listening(settings))
        enter(saying_what_is_wrong())
        if data_dir is None:
            folder = Path(enter(TemporaryDirectory(prefix="doseguard-demo-")))
        else:
            folder = data_dir
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        database = enter(closing(Database(sqlite_url(folder))))
        is_new = migrate_if_new(database)
        if not is_new and not _is_demonstration(database):
            place = place_of(database)
            typer.echo(f"{place} holds a record that is no demonstration.", err=True)
            raise typer.Exit(2)
        _demonstrate(settings, database, listening, is_new=is_new, once=once)


def _demonstrate(
    settings: Settings, database: Database, listening: socket.socket, *, is_new: bool, once: bool
) -> None:
    clock, now = PlayedClock(), system_clock()
    app = create_app(settings, clock, random_id, database)
    address = address_of(listening)
    with running(app, listening), _Client.of(address) as client:
        if is_new:
            _play(app, clock, client, now)
        client.token = _key(app.state.record, YOURS)
        for study in client.every("/v1/studies"):
            for line in lines_of_study(_study(client, study), paint):
                typer.echo(line)
        _invite(address, client.token, now)
        if not once:
            typer.echo("\nStop with Ctrl-C.")
            try:
                wait_for_interrupt()
            except KeyboardInterrupt:
                typer.echo("\nStopped.")


def _play(app: FastAPI, clock: PlayedClock, client: "_Client", now: datetime) -> None:
    """Send every message at its time, and let time do in between what it does."""
    record: Record = app.state.record
    past = steps(now)
    clock.stand_at(past[0].at)
    tokens = {who: _key(record, new) for who, new in KEYS.items()}
    for step in past:
        _wait(record, clock, step.at)
        client.token = tokens[step.by]
        client.ask(step.method, step.path, step.body)
    _wait(record, clock, now)
    clock.stand_at(None)


def _wait(record: Record, clock: PlayedClock, until: datetime) -> None:
    """Let the clock stand at a moment, after every verdict that fell due before it was stated."""
    while (due := _next_due(record.database, until)) is not None:
        clock.stand_at(due)
        sweep(record.database, record.writer, due)
    clock.stand_at(until)


def _next_due(database: Database, until: datetime) -> datetime | None:
    with database.reading() as connection:
        for study, subject in due_by(connection, until, limit=1):
            current = Adjudications(connection=connection, study=study).current(subject)
            return current.due if current else None
    return None


def _study(client: "_Client", study: Mapping[str, Any]) -> StudyNow:
    """A study as the service tells it."""
    path = f"/v1/studies/{study['key']}"
    (governs,) = client.every(f"{path}/protocol")
    adjudications = client.every(f"{path}/adjudications")
    holds = client.every(f"{path}/holds?active=true")
    return StudyNow(
        id=study["key"],
        title=study["content"]["title"],
        protocol=f"{governs['protocol']} version {governs['version']}",
        time_zone=ZoneInfo(study["content"]["time_zone"]),
        patients=tuple(SUMMARY.validate_python(each["verdicts"]) for each in adjudications),
        terms={
            each["key"]: each["content"]["term"] for each in client.every(f"{path}/adverse-events")
        },
        events=_EVENTS.validate_json(json.dumps(list(client.every(f"{path}/audit-events")))),
        open=_OPEN.validate_python(list(client.every(f"{path}/open-items"))),
        holds=tuple((each["scope"], each["reason"]) for each in holds),
    )


def _invite(address: str, token: str, now: datetime) -> None:
    typer.echo(f"\nServing at {address}; pages to try it on are at {address}/docs")
    typer.echo("Your key, of role data_manager for both studies, which goes with this record:")
    typer.echo(f"\nKEY={token}")
    for what, path in TO_TRY:
        typer.echo(paint(f"# {what}", "faint"))
        typer.echo(f'curl -s -H "Authorization: Bearer $KEY" "{address}{dated(path, now)}"')


def wait_for_interrupt() -> None:
    """Wait until KeyboardInterrupt is raised."""
    threading.Event().wait()


def _is_demonstration(database: Database) -> bool:
    with database.reading() as connection:
        return Records(connection=connection, kind="study", study=STUDY).holding(STUDY) is not None


def _key(record: Record, new: NewKey) -> str:
    return record.writer.run(lambda unit: create_key(unit, OPERATOR, new)).token


class _Client:
    """Asks the service at an address, with one key at a time."""

    def __init__(self, connection: http.client.HTTPConnection) -> None:
        self._connection = connection
        self.token = ""

    @classmethod
    @contextmanager
    def of(cls, address: str) -> Iterator["_Client"]:
        """A client, as long as the block runs."""
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
        with closing(connection):
            yield cls(connection)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What the service answers; says what is wrong, and exits, if it does not."""
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
        }
        self._connection.request(method, path, json.dumps(body) if body else None, headers)
        response = self._connection.getresponse()
        content = response.read()
        if response.status not in {http.client.OK, http.client.CREATED}:
            typer.echo(f"The service answers {response.status}: {content.decode()}", err=True)
            raise typer.Exit(1)
        return json.loads(content)

    def every(self, path: str) -> Iterator[Any]:
        """All items of a list."""
        url: str | None = path
        while url is not None:
            page = self.ask("GET", url)
            yield from page["items"]
            url = page["next"]
