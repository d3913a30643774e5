"""Rows of sources in versions, and the rows of an import that were refused."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, func, insert, select, update

from app.store.buffer import insert_row
from app.store.import_tables import ImportLine, SourceRowPointer, SourceRowVersion
from app.store.tables import table_of

VERSIONS: Final = table_of(SourceRowVersion)
POINTERS: Final = table_of(SourceRowPointer)
LINES: Final = table_of(ImportLine)
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRow:
    """A version of a row. `document` is canonical JSON, and what the digest is of."""

    study: str
    key: str
    version: int
    subject: str
    removed: bool
    document: str
    digest: str
    sequence: int | None
    job: str
    place: str
    recorded_at: datetime
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RowHolding:
    """What holds of a row, and how far its source has come with it."""

    system: str
    stored: StoredRow
    extract: str | None
    sequence: int | None
    source_time: datetime | None


SAME: Final = and_(
    VERSIONS.c.study == POINTERS.c.study,
    VERSIONS.c.key == POINTERS.c.key,
    VERSIONS.c.version == POINTERS.c.current,
)
"""That a version is the one that a pointer points to."""
CURRENT: Final = select(
    *VERSIONS.columns,
    POINTERS.c.system,
    POINTERS.c.extract,
    POINTERS.c.sequence.label("highest"),
    POINTERS.c.source_time,
).select_from(POINTERS.join(VERSIONS, SAME))
"""What holds of rows; `highest` and `source_time` are how far their source has come."""
_NEW_POINTER: Final = insert(POINTERS)
_COLUMNS: Final = tuple(column.name for column in VERSIONS.columns)


def rows_held(connection: Connection, study: str, keys: Sequence[str]) -> dict[str, RowHolding]:
    """What holds of these rows, by key."""
    found: dict[str, RowHolding] = {}
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        query = CURRENT.where(POINTERS.c.study == study, POINTERS.c.key.in_(some))
        found |= {row.key: holding_of(row) for row in connection.execute(query)}
    return found


def rows_of_subjects(
    connection: Connection, study: str, system: str, subjects: Sequence[str]
) -> dict[str, list[RowHolding]]:
    """What holds of all rows of some patients in a system, by patient and key."""
    query = CURRENT.add_columns(POINTERS.c.subject.label("patient")).where(
        POINTERS.c.study == study, POINTERS.c.system == system, POINTERS.c.subject.in_(subjects)
    )
    found: dict[str, list[RowHolding]] = {subject: [] for subject in subjects}
    for row in connection.execute(query):
        found[row.patient].append(holding_of(row))
    for rows in found.values():
        rows.sort(key=lambda each: each.stored.key)  # whatever the database sorts by
    return found


def rows_of_each(
    connection: Connection, study: str, system: str, subjects: Sequence[str]
) -> dict[str, int]:
    """How many rows these patients have in a system; those who have none are left out."""
    found: dict[str, int] = {}
    for start in range(0, len(subjects), _AT_ONCE):
        query = (
            select(POINTERS.c.subject, func.count().label("rows"))
            .where(
                POINTERS.c.study == study,
                POINTERS.c.system == system,
                POINTERS.c.subject.in_(subjects[start : start + _AT_ONCE]),
            )
            .group_by(POINTERS.c.subject)
        )
        found |= {row.subject: row.rows for row in connection.execute(query)}
    return found


def earlier_documents(
    connection: Connection, study: str, held: Sequence[RowHolding]
) -> dict[str, list[str]]:
    """The documents of the versions that these rows had before, by key, in their order."""
    changed = [each.stored.key for each in held if each.stored.version > 1]
    now = {each.stored.key: each.stored.version for each in held}
    found: dict[str, list[str]] = {}
    for start in range(0, len(changed), _AT_ONCE):
        query = (
            select(VERSIONS.c.key, VERSIONS.c.version, VERSIONS.c.document)
            .where(
                VERSIONS.c.study == study, VERSIONS.c.key.in_(changed[start : start + _AT_ONCE])
            )
            .order_by(VERSIONS.c.key, VERSIONS.c.version)
        )
        for row in connection.execute(query):
            if row.version != now[row.key]:
                found.setdefault(row.key, []).append(row.document)
    return found


def subjects_with_rows(
    connection: Connection, study: str, system: str, *, after: str = "", limit: int
) -> list[tuple[str, int]]:
    """Patients with rows in a system, and how many: in the database's order, beyond `after`."""
    query = (
        select(POINTERS.c.subject, func.count())
        .where(POINTERS.c.study == study, POINTERS.c.system == system, POINTERS.c.subject > after)
        .group_by(POINTERS.c.subject)
        .order_by(POINTERS.c.subject)
        .limit(limit)
    )
    return [(subject, rows) for subject, rows in connection.execute(query)]


def is_told_by_rows(connection: Connection, study: str, subject: str) -> bool:
    """Whether any row of a patient stands, of whatever system."""
    query = (
        select(POINTERS.c.key)
        .select_from(POINTERS.join(VERSIONS, SAME))
        .where(
            POINTERS.c.study == study,
            POINTERS.c.subject == subject,
            VERSIONS.c.removed.is_(False),
        )
        .limit(1)
    )
    return connection.execute(query).first() is not None


def has_rows(connection: Connection, study: str, system: str) -> bool:
    """Whether any row of a system is kept."""
    there = (POINTERS.c.study == study) & (POINTERS.c.system == system)
    return connection.execute(select(POINTERS.c.key).where(there).limit(1)).first() is not None


def highest_sequence(connection: Connection, study: str, system: str) -> int | None:
    """The highest sequence of a system that any of its rows has."""
    query = select(func.max(POINTERS.c.sequence)).where(
        POINTERS.c.study == study, POINTERS.c.system == system
    )
    found: int | None = connection.execute(query).scalar_one()
    return found


def count_subjects(connection: Connection, study: str, system: str) -> int:
    """How many patients have rows in a system."""
    query = select(func.count(POINTERS.c.subject.distinct())).where(
        POINTERS.c.study == study, POINTERS.c.system == system
    )
    return connection.execute(query).scalar_one()


def append_rows(connection: Connection, rows: Sequence[StoredRow]) -> None:
    """Write versions of rows."""
    if rows:
        values = [{name: getattr(row, name) for name in _COLUMNS} for row in rows]
        connection.execute(insert(VERSIONS), values)


def point_to(connection: Connection, holding: RowHolding, *, is_new: bool) -> None:
    """Move the pointer of a row to what is held, or make it."""
    stored = holding.stored
    values: dict[str, Any] = {
        "subject": stored.subject,
        "current": stored.version,
        "latest": stored.version,
        "extract": holding.extract,
        "sequence": holding.sequence,
        "source_time": holding.source_time,
    }
    if is_new:
        key = {"study": stored.study, "key": stored.key, "system": holding.system}
        insert_row(connection, _NEW_POINTER, {**key, **values})
        return
    there = (POINTERS.c.study == stored.study) & (POINTERS.c.key == stored.key)
    connection.execute(update(POINTERS).where(there).values(values))


def add_lines(
    connection: Connection, job: str, lines: Sequence[tuple[int, str]], seq: int
) -> None:
    """Write rows that were refused: the number of each in the file, and its document."""
    if lines:
        values = [
            {"job": job, "number": number, "document": document, "seq": seq}
            for number, document in lines
        ]
        connection.execute(insert(LINES), values)


def lines_of(connection: Connection, job: str) -> Iterator[str]:
    """The documents of the rows of a job that were refused, in their order."""
    query = select(LINES.c.document).where(LINES.c.job == job).order_by(LINES.c.number)
    yield from connection.execution_options(yield_per=_AT_ONCE).execute(query).scalars()


def holding_of(row: Any) -> RowHolding:
    """What holds of a row, as `CURRENT` selects it."""
    return RowHolding(
        system=row.system,
        stored=StoredRow(**{name: getattr(row, name) for name in _COLUMNS}),
        extract=row.extract,
        sequence=row.highest,
        source_time=row.source_time,
    )
