"""A row for every table, made from the table's own columns, and what the tables hold."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Boolean, Column, Connection, Integer, LargeBinary, MetaData, Table, select
from sqlmodel import SQLModel

from app.store.tables import APPEND_ONLY
from app.store.types import UtcInstant

TABLES: Final = SQLModel.metadata.sorted_tables
"""Those of app/store/tables.py, a referenced one before those that refer to it."""
GUARDED: Final = [table for table in reversed(TABLES) if table.name in APPEND_ONLY]
"""Those that are only appended to, a referenced one after those that refer to it."""

_INSTANT: Final = datetime(2026, 3, 1, 2, tzinfo=UTC)


def tables_of(connection: Connection) -> list[Table]:
    """Those that the database has, whatever its revision; without Alembic's own."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [each for each in metadata.sorted_tables if each.name != "alembic_version"]


def fill(connection: Connection, tables: Sequence[Table] = TABLES) -> None:
    """Put one row into every table."""
    for table in tables:
        row = {column.name: _value(column) for column in table.columns}
        connection.execute(table.insert().values(row))


def contents(
    connection: Connection, tables: Sequence[Table] = TABLES
) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables."""
    return {table.name: rows_of(connection, table) for table in tables}


def rows_of(connection: Connection, table: Table) -> list[tuple[Any, ...]]:
    """All rows of a table."""
    return [tuple(row) for row in connection.execute(select(table))]


def _value(column: Column[Any]) -> object:
    """The same for all that are of a type, so that foreign keys hold."""
    match column.type:
        case UtcInstant():
            return _INSTANT
        case Boolean():
            return True
        case Integer():
            return 1
        case LargeBinary():
            return b"1"
        case _:
            return "1"
