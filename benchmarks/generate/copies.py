"""A study with many patients: some are recorded and judged by the service, the others are copies.

A copy has the rows of its patient under a name of its own, so that what is read, compared and
judged again is what a study of that size holds; recording a million events one by one takes hours.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Connection, Table, insert, select

from app.clock import random_id
from app.store.adjudications import ADJUDICATIONS, CURRENT
from app.store.database import Database
from app.store.judged_columns import COLUMNS
from app.store.record_tables import AdverseEvent, AdverseEventVersion, Subject, SubjectVersion
from app.store.tables import table_of

TABLES: Final = (
    table_of(SubjectVersion),
    table_of(Subject),
    table_of(AdverseEventVersion),
    table_of(AdverseEvent),
    ADJUDICATIONS,
    CURRENT,
    COLUMNS,
)
_NAMES: Final = re.compile(r"(?<![A-Za-z0-9])(S-\d+|AE-\d+)(?![0-9.])")
_AT_ONCE: Final = 2_000


def multiply(database: Database, times: int) -> None:
    """Give every patient of a database `times` copies."""
    with database.engine.connect() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        rows = {table: _rows(connection, table) for table in TABLES}
        for number in range(1, times + 1):
            made: dict[str, str] = {}
            for table in TABLES:
                copies = [_copy(row, number, made) for row in rows[table]]
                for start in range(0, len(copies), _AT_ONCE):
                    connection.execute(insert(table), copies[start : start + _AT_ONCE])
        connection.commit()


def _rows(connection: Connection, table: Table) -> list[Mapping[str, Any]]:
    return [dict(row._mapping) for row in connection.execute(select(table))]


def _copy(row: Mapping[str, Any], number: int, made: dict[str, str]) -> dict[str, Any]:
    """The row of the copy; `made` are its adjudications, by the id of those they are copies of."""
    found = {}
    for name, value in row.items():
        if name in {"id", "adjudication", "supersedes"} and value is not None:
            found[name] = made.setdefault(value, str(random_id()))
        elif isinstance(value, str):
            found[name] = _NAMES.sub(rf"\1.{number}", value)
        else:
            found[name] = value
    return found


def rows_read(connection: Connection, study: str, *, columns: bool = False) -> Iterator[Any]:
    """Bare reading of the rows that judging a study again rests on, in one pass a table.

    With `columns` those that were kept as well: other rules are held against them.
    """
    subjects, subject_versions = table_of(Subject), table_of(SubjectVersion)
    events, event_versions = table_of(AdverseEvent), table_of(AdverseEventVersion)
    for pointers, versions in ((subjects, subject_versions), (events, event_versions)):
        there = (
            (versions.c.study == pointers.c.study)
            & (versions.c.key == pointers.c.key)
            & (versions.c.version == pointers.c.current)
        )
        query = select(versions).join(pointers, there).where(pointers.c.study == study)
        yield from connection.execution_options(yield_per=_AT_ONCE).execute(query)
    standing = (
        select(ADJUDICATIONS.c.id, ADJUDICATIONS.c.inputs, ADJUDICATIONS.c.summary)
        .join(CURRENT, CURRENT.c.adjudication == ADJUDICATIONS.c.id)
        .where(CURRENT.c.study == study)
    )
    yield from connection.execution_options(yield_per=_AT_ONCE).execute(standing)
    if columns:
        kept = select(COLUMNS).where(COLUMNS.c.study == study)
        yield from connection.execution_options(yield_per=_AT_ONCE).execute(kept)
