"""The service as the model asks it: over HTTP in this process, each step at its own instant."""

import asyncio
import json
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar
from urllib.parse import quote

import httpx
from sqlalchemy import select

from app.domain.record.canonical import canonical, digest_of
from app.domain.record.leaf import GENESIS, check_chain, read_leaf
from app.store.adjudications import ADJUDICATIONS, CURRENT
from app.store.audit import leaves
from app.store.database import Database
from app.use_cases.judging import judged_now
from app.use_cases.snapshot import Snapshot
from app.use_cases.sweep import sweep
from tests.model.content import RANGES, STUDY
from tests.model.reference import Kind, Sent
from tests.record.service import Service, at_database

T = TypeVar("T")
BELOW: Final = f"/v1/studies/{STUDY}"
_SEGMENTS: Final[dict[Kind, str]] = {
    "site": "sites",
    "subject": "subjects",
    "exposure": "exposures",
    "adverse_event": "adverse-events",
    "laboratory_result": "laboratory-results",
    "laboratory_range": "laboratory-ranges",
}
_OF_NOBODY: Final[frozenset[Kind]] = frozenset({"study", "site", "subject", "laboratory_range"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The adjudication of a patient that is current."""

    id: str
    number: int
    verdicts: frozenset[str]
    """The patient's status, and the verdicts of the events."""
    as_of: str
    input_digest: str
    answer_digest: str
    due: datetime | None


@dataclass(frozen=True, slots=True)
class Event:
    """What an audit event says, as far as the model foresees it."""

    action: str
    entity_id: str
    version: int | None
    subject: str | None


def path_of(kind: Kind, key: str) -> str:
    """Where a record stands."""
    if kind == "study":
        return BELOW
    if kind in {"site", "subject", "laboratory_range"}:
        return f"{BELOW}/{_SEGMENTS[kind]}/{key}"
    system, _, record_id = key.partition(":")
    return f"{BELOW}/{_SEGMENTS[kind]}/by-source/{system}/{quote(record_id)}"


def list_of(kind: Kind) -> str:
    """Where all records of a kind are listed."""
    return f"{BELOW}/{_SEGMENTS[kind]}"


def body_of(sent: Sent) -> dict[str, Any]:
    """What is sent of a record."""
    about = {} if sent.kind in _OF_NOBODY else {"subject": sent.subject}
    source = {} if sent.source is None else {"source": sent.source}
    in_path = RANGES[sent.key] if sent.kind == "laboratory_range" else {}
    content = {name: value for name, value in sent.content.items() if name not in in_path}
    return {**content, **about, **source}


def _words(summary: dict[str, Any]) -> Iterator[str]:
    yield summary["subject"]["status"]
    yield from (each["verdict"] for each in summary["events"])


class System:
    """One service on one database, until it is closed."""

    def __init__(self, database: Database) -> None:
        self._open = ExitStack()
        self.database = database
        self.service: Service = self._open.enter_context(at_database(database))
        self._runner = self._open.enter_context(asyncio.Runner())
        self._last = (0, GENESIS)

    def close(self) -> None:
        """Stop."""
        self._open.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do it, and wait."""
        return self._runner.run(work)

    @property
    def now(self) -> datetime:
        """The service's clock."""
        return self.service.watch.now

    @now.setter
    def now(self, value: datetime) -> None:
        self.service.watch.now = value

    async def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """One request; whatever it is, it is no failure of the service."""
        given = {} if body is None else {"json": body}
        answer = await self.service.client.request(method, path, headers=headers, **given)
        assert answer.status_code < 500, (method, path, body, answer.text)
        return answer

    async def get(self, path: str, **query: str | int) -> Any:
        """What a read answers."""
        answer = await self.service.client.get(path, params=query)
        assert answer.status_code == 200, (path, query, answer.text)
        return answer.json()

    async def sweep(self) -> int:
        """What the service does beside requests every some seconds."""
        writer = self._record.writer
        return await asyncio.to_thread(sweep, self.database, writer, self.now)

    @property
    def _record(self) -> Any:
        transport: Any = self.service.client._transport
        return transport.service.state.record

    def new_events(self) -> list[Event]:
        """The audit events since it was asked last, whose chain has to hold."""
        seq, last = self._last
        with self.database.reading() as connection:
            found = list(leaves(connection, after=seq))
        assert check_chain(found, after=seq, previous=last) is None
        events = []
        for number, text, hashed in found:
            leaf = read_leaf(text)
            events.append(Event(leaf.action, leaf.entity_id, leaf.entity_version, leaf.subject))
            self._last = (number, hashed)
        return events

    def standings(self) -> dict[str, Standing]:
        """The adjudications that the pointers name, by patient."""
        query = select(ADJUDICATIONS, CURRENT.c.due.label("pointer_due")).join_from(
            CURRENT, ADJUDICATIONS, CURRENT.c.adjudication == ADJUDICATIONS.c.id
        )
        with self.database.reading() as connection:
            rows = connection.execute(query).all()
        for row in rows:
            assert row.due == row.pointer_due
        return {
            row.subject: Standing(
                id=row.id,
                number=row.number,
                verdicts=frozenset(_words(json.loads(row.summary))),
                as_of=row.inputs.partition('"as_of":"')[2].partition('"')[0],
                input_digest=row.input_digest,
                answer_digest=row.answer_digest,
                due=row.due,
            )
            for row in rows
        }

    def judged_anew(self, subject: str) -> str:
        """The digest of what a patient's verdicts rest on, made anew of what is stored."""
        with self.database.reading() as connection:
            snapshot = Snapshot(connection=connection, study=STUDY)
            judged = judged_now(snapshot, subject, self.now)
        assert judged is not None
        return digest_of(canonical(judged.inputs))
