"""Rows that came before an extract and that it lacks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, exists, false, func, literal, or_, select

from app.store.source_rows import CURRENT, POINTERS, SAME, VERSIONS, RowHolding, holding_of

_FIRST: Final = VERSIONS.alias("first_versions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    """What an extract may lack: rows of a system, of the domains that it has, that stand.

    `stood_at` leaves out what came after an audit event, `written_by` what its source wrote after
    an instant.
    """

    study: str
    system: str
    domains: Sequence[str]
    extract: str
    stood_at: int | None = None
    written_by: datetime | None = None

    @property
    def stand(self) -> ColumnElement[bool]:
        """That a row of these domains stands."""
        return and_(
            POINTERS.c.study == self.study,
            POINTERS.c.system == self.system,
            VERSIONS.c.removed.is_(False),
            or_(false(), *(self._is_of(domain) for domain in self.domains)),
        )

    @property
    def lack(self) -> ColumnElement[bool]:
        """That the extract lacks it."""
        found = [
            self.stand,
            or_(POINTERS.c.extract.is_(None), POINTERS.c.extract != self.extract),
        ]
        if self.stood_at is not None:
            found.append(VERSIONS.c.seq <= self.stood_at)
        if self.written_by is not None:
            written = POINTERS.c.source_time
            found.append(or_(written.is_(None), written <= self.written_by))
        return and_(*found)

    def _is_of(self, domain: str) -> ColumnElement[bool]:
        """That a row is of a domain: its key begins with system, patient and domain."""
        begins = literal(f"{self.system}|").concat(POINTERS.c.subject).concat(f"|{domain}|")
        return func.substr(POINTERS.c.key, 1, func.length(begins)) == begins


def rows_not_seen(
    connection: Connection, unseen: Unseen, *, after: str = "", limit: int
) -> list[RowHolding]:
    """Rows that an extract lacks, by key, from beyond `after`."""
    query = CURRENT.where(unseen.lack, POINTERS.c.key > after).order_by(POINTERS.c.key)
    return [holding_of(row) for row in connection.execute(query.limit(limit))]


def subjects_not_seen(
    connection: Connection, unseen: Unseen, *, after: str, limit: int
) -> list[str]:
    """Patients with rows that an extract lacks: in the database's order, beyond `after`."""
    query = (
        select(POINTERS.c.subject)
        .distinct()
        .select_from(POINTERS.join(VERSIONS, SAME))
        .where(unseen.lack, POINTERS.c.subject > after)
        .order_by(POINTERS.c.subject)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def rows_not_seen_of(
    connection: Connection, unseen: Unseen, subjects: Sequence[str]
) -> list[RowHolding]:
    """Rows of some patients that an extract lacks, by key."""
    query = CURRENT.where(unseen.lack, POINTERS.c.subject.in_(subjects)).order_by(POINTERS.c.key)
    return [holding_of(row) for row in connection.execute(query)]


def count_not_seen(connection: Connection, unseen: Unseen) -> tuple[int, int]:
    """How many rows an extract lacks; and of how many of these is known when they were written."""
    query = (
        select(func.count(), func.count(POINTERS.c.source_time))
        .select_from(POINTERS.join(VERSIONS, SAME))
        .where(unseen.lack)
    )
    absent, dated = connection.execute(query).one()
    return absent, dated


def count_before(connection: Connection, unseen: Unseen) -> int:
    """How many rows stand that came before `stood_at`, be they in the extract or not."""
    came: Any = exists().where(
        _FIRST.c.study == POINTERS.c.study,
        _FIRST.c.key == POINTERS.c.key,
        _FIRST.c.version == 1,
        _FIRST.c.seq <= unseen.stood_at,
    )
    query = (
        select(func.count()).select_from(POINTERS.join(VERSIONS, SAME)).where(unseen.stand, came)
    )
    return connection.execute(query).scalar_one()
