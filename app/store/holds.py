"""Holds: anybody on the safety team stops a study at once; lifting is recorded beside it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, insert, select

from app.store.tables import Hold, HoldLifting, table_of

HOLDS: Final = table_of(Hold)
LIFTINGS: Final = table_of(HoldLifting)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredHold:
    """A hold, and its end where it was lifted. `scope` is canonical JSON."""

    id: str
    study: str
    scope: str
    reason: str
    reported_by: str
    effective_from: datetime
    recorded_at: datetime
    seq: int
    lifted_at: datetime | None = None
    lifted_by: str | None = None
    lifting_reason: str | None = None


def place(connection: Connection, hold: StoredHold) -> None:
    """Write a hold."""
    names = [column.name for column in HOLDS.columns]
    connection.execute(insert(HOLDS), {name: getattr(hold, name) for name in names})


def lift(
    connection: Connection, hold: str, *, reason: str, by: str, recorded_at: datetime, seq: int
) -> None:
    """Write that a hold has ended."""
    connection.execute(
        insert(LIFTINGS),
        {
            "hold": hold,
            "reason": reason,
            "lifted_by": by,
            "recorded_at": recorded_at,
            "seq": seq,
        },
    )


def hold(
    connection: Connection, study: str, hold_id: str, known_at: datetime | None = None
) -> StoredHold | None:
    """One hold, as it was known at an instant, or None."""
    query = _holds(known_at).where(HOLDS.c.study == study, HOLDS.c.id == hold_id)
    if known_at is not None:
        query = query.where(HOLDS.c.recorded_at <= known_at)
    row = connection.execute(query).first()
    return None if row is None else StoredHold(**row._mapping)


def holds(
    connection: Connection,
    study: str,
    *,
    after: int = 0,
    limit: int,
    active: bool | None = None,
    known_at: datetime | None = None,
) -> list[StoredHold]:
    """The holds of a study in order, as they were known at an instant."""
    query = _holds(known_at).where(HOLDS.c.study == study, HOLDS.c.seq > after)
    if known_at is not None:
        query = query.where(HOLDS.c.recorded_at <= known_at)
    if active is not None:
        lifted = LIFTINGS.c.recorded_at
        query = query.where(lifted.is_(None) if active else lifted.is_not(None))
    rows = connection.execute(query.order_by(HOLDS.c.seq).limit(limit))
    return [StoredHold(**row._mapping) for row in rows]


def _holds(known_at: datetime | None = None) -> Select[Any]:
    ends = LIFTINGS.c.hold == HOLDS.c.id
    if known_at is not None:
        ends &= LIFTINGS.c.recorded_at <= known_at
    return select(
        *HOLDS.columns,
        LIFTINGS.c.recorded_at.label("lifted_at"),
        LIFTINGS.c.lifted_by,
        LIFTINGS.c.reason.label("lifting_reason"),
    ).select_from(HOLDS.outerjoin(LIFTINGS, ends))
