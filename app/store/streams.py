"""Whole tables in order, a row at a time: for whoever compares them, and holds one record at once.

The order of texts is that of their code points on every database, which is Python's too.
"""

from collections.abc import Collection, Iterator
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, Text, collate, select

from app.store.audit import EVENTS

_AT_ONCE: Final = 500


def rows_of(connection: Connection, table: Table, *by: str) -> Iterator[RowMapping]:
    """All rows of a table, in the order of these columns and then of its primary key."""
    keys = (column.name for column in table.primary_key)
    columns = [table.c[name] for name in dict.fromkeys((*by, *keys))]
    yield from _streamed(connection, table, columns)


def events_of(connection: Connection, entity: str, *by: str) -> Iterator[RowMapping]:
    """The audit events of a kind of entity, in the order of these columns, the first one first."""
    columns = [*(EVENTS.c[name] for name in by), EVENTS.c.seq]
    yield from _streamed(connection, EVENTS, columns, EVENTS.c.entity == entity)


def events_of_others(connection: Connection, known: Collection[str]) -> Iterator[RowMapping]:
    """The audit events of any other kind of entity, in order."""
    others = EVENTS.c.entity.not_in(known)
    yield from _streamed(connection, EVENTS, [EVENTS.c.seq], others)


def _streamed(
    connection: Connection, table: Table, by: list[Any], *where: ColumnElement[bool]
) -> Iterator[RowMapping]:
    query = (
        select(table).where(*where).order_by(*(_in_code_points(each, connection) for each in by))
    )
    found = connection.execute(query, execution_options={"yield_per": _AT_ONCE})
    yield from found.mappings()


def _in_code_points(column: Any, connection: Connection) -> Any:
    """SQLite compares texts so by itself; PostgreSQL as the language of the database has it."""
    is_text = isinstance(column.type, Text) or column.type.python_type is str
    if connection.dialect.name == "sqlite" or not is_text:
        return column
    return collate(column, "C")
