"""The audit trail: one gapless chain of events, written in the transaction that they tell of."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.metadata import version as installed_version
from typing import Any, Final

from sqlalchemy import Connection, Select, insert, select

from app.clock import NewId
from app.domain.record.leaf import GENESIS, AuditRecord, leaf_hash, leaf_text
from app.domain.record.origin import Origin
from app.store.buffer import insert_row
from app.store.tables import AuditEvent, table_of
from app.store.types import written

EVENTS: Final = table_of(AuditEvent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Where in the trail an event stands, and the hash that commits to all of it."""

    seq: int
    leaf_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What happened: an audit event before it has its place."""

    action: str
    entity: str
    entity_id: str
    entity_version: int | None = None
    study: str | None = None
    site: str | None = None
    subject: str | None = None
    changes: tuple[Mapping[str, Any], ...] = ()
    reason_code: str | None = None
    reason: str | None = None
    source_time: str | None = None
    on_behalf_of: str | None = None
    ruleset_digest: str | None = None
    dictionary_version: str | None = None


@dataclass(slots=True, kw_only=True)
class Head:
    """The last event: what the next one links to."""

    seq: int
    leaf_hash: str
    recorded_at: datetime | None


@dataclass(slots=True, kw_only=True)
class AuditTrail:
    """Appends to the trail. Only the holder of the write lock may have one."""

    connection: Connection
    new_id: NewId
    head: Head = field(init=False)

    def __post_init__(self) -> None:
        self.head = head_of(self.connection)

    def append(self, entry: Entry, origin: Origin, recorded_at: datetime) -> Receipt:
        """Write the next event of the chain."""
        seq = self.head.seq + 1
        record = _record(entry, origin, seq, written(recorded_at), self)
        text = leaf_text(record)
        hashed = leaf_hash(text)
        insert_row(
            self.connection,
            _APPEND,
            {
                "seq": seq,
                "event_id": record.event_id,
                "recorded_at": recorded_at,
                "study": entry.study,
                "subject": entry.subject,
                "actor": origin.actor.id,
                "action": entry.action,
                "entity": entry.entity,
                "entity_id": entry.entity_id,
                "reason_code": entry.reason_code,
                "leaf": text,
                "leaf_hash": hashed,
            },
        )
        self.head = Head(seq=seq, leaf_hash=hashed, recorded_at=recorded_at)
        return Receipt(seq=seq, leaf_hash=hashed)


def head_of(connection: Connection) -> Head:
    """The last event of the trail, or what stands before the first."""
    last = connection.execute(_LAST).first()
    if last is None:
        return Head(seq=0, leaf_hash=GENESIS, recorded_at=None)
    return Head(seq=last.seq, leaf_hash=last.leaf_hash, recorded_at=last.recorded_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Which events are wanted; None is any. `study` None is any as well."""

    study: str | None = None
    subject: str | None = None
    actor: str | None = None
    action: str | None = None
    entity: str | None = None
    entity_id: str | None = None
    reason_code: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def search(
    connection: Connection, wanted: Search, *, after: int = 0, limit: int
) -> list[tuple[int, str, str]]:
    """Number, leaf text and hash of the events wanted, in order, from beyond `after`."""
    found = connection.execute(_matching(wanted).where(EVENTS.c.seq > after).limit(limit))
    return [(row.seq, row.leaf, row.leaf_hash) for row in found]


def leaves(connection: Connection, *, after: int = 0) -> Iterator[tuple[int, str, str]]:
    """Number, text and hash of every event, in order."""
    rows = connection.execution_options(yield_per=1000).execute(
        select(EVENTS.c.seq, EVENTS.c.leaf, EVENTS.c.leaf_hash)
        .where(EVENTS.c.seq > after)
        .order_by(EVENTS.c.seq)
    )
    for row in rows:
        yield row.seq, row.leaf, row.leaf_hash


_APPEND: Final = insert(EVENTS)
_LAST: Final = (
    select(EVENTS.c.seq, EVENTS.c.leaf_hash, EVENTS.c.recorded_at)
    .order_by(EVENTS.c.seq.desc())
    .limit(1)
)


def _matching(wanted: Search) -> Select[Any]:
    query = select(EVENTS.c.seq, EVENTS.c.leaf, EVENTS.c.leaf_hash).order_by(EVENTS.c.seq)
    for name in ("study", "subject", "actor", "action", "entity", "entity_id", "reason_code"):
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(EVENTS.c[name] == value)
    if wanted.since is not None:
        query = query.where(EVENTS.c.recorded_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(EVENTS.c.recorded_at <= wanted.until)
    return query


def _record(
    entry: Entry, origin: Origin, seq: int, recorded_at: str, trail: AuditTrail
) -> AuditRecord:
    actor = origin.actor
    return AuditRecord(
        seq=seq,
        event_id=str(trail.new_id()),
        recorded_at=recorded_at,
        source_time=entry.source_time,
        actor=actor.id,
        actor_kind=actor.kind,
        actor_role=actor.role,
        on_behalf_of=entry.on_behalf_of,
        auth_method=actor.auth_method,
        action=entry.action,
        study=entry.study,
        site=entry.site,
        subject=entry.subject,
        entity=entry.entity,
        entity_id=entry.entity_id,
        entity_version=entry.entity_version,
        changes=entry.changes,
        reason_code=entry.reason_code,
        reason=entry.reason,
        request_id=origin.request_id,
        idempotency_key=origin.idempotency_key,
        software_version=software_version(),
        ruleset_digest=entry.ruleset_digest,
        dictionary_version=entry.dictionary_version,
        previous=trail.head.leaf_hash,
    )


@cache
def software_version() -> str:
    """The version of this program, as its package says."""
    return installed_version("doseguard")
