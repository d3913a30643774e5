"""The triggers that refuse every change of what is only appended to: whether each is there and on.

The migrations made them. What is looked for is written down here once more, not taken from there:
a trigger that only has the right name is none.
"""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection, bindparam, text

from app.store.tables import APPEND_ONLY

_SQLITE: Final = (
    "CREATE TRIGGER {table}_no_{change} BEFORE {command} ON {table} "
    "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
)
_SQLITE_TRIGGERS: Final = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")

_REFUSAL: Final = """
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
"""
_BEFORE_EACH_UPDATE_OR_DELETE: Final = 1 + 2 + 8 + 16  # PostgreSQL's pg_trigger.h: row, before, …
_BEFORE_TRUNCATE: Final = 2 + 32
_POSTGRESQL_TRIGGERS: Final = text("""
    SELECT c.relname, t.tgname, t.tgtype
    FROM pg_trigger t
    JOIN pg_class c ON c.oid = t.tgrelid
    JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE c.relname IN :tables AND pg_table_is_visible(c.oid)
    AND t.tgenabled = 'A' AND t.tgqual IS NULL AND t.tgattr::text = ''
    AND p.prosrc = :refusal
""").bindparams(bindparam("tables", APPEND_ONLY, expanding=True), refusal=_REFUSAL)
"""Those that fire always, on any row and column, and do nothing but refuse."""


def missing_guards(connection: Connection) -> tuple[str, ...]:
    """The names of the guards that are not there, are switched off or do something else.

    On SQLite also "recursive_triggers" where REPLACE would get round those that are there.
    """
    if connection.dialect.name == "sqlite":
        missing = _missing_on_sqlite(connection)
    else:
        missing = _missing_on_postgresql(connection)
    return tuple(sorted(missing))


def _missing_on_sqlite(connection: Connection) -> Iterator[str]:
    there = {row.name: row.sql for row in connection.execute(_SQLITE_TRIGGERS)}
    for table in APPEND_ONLY:
        for command in ("UPDATE", "DELETE"):
            change = command.lower()
            name = f"{table}_no_{change}"
            if there.get(name) != _SQLITE.format(table=table, change=change, command=command):
                yield name
    if not connection.exec_driver_sql("PRAGMA recursive_triggers").scalar_one():
        yield "recursive_triggers"


def _missing_on_postgresql(connection: Connection) -> Iterator[str]:
    there = {tuple(row) for row in connection.execute(_POSTGRESQL_TRIGGERS)}
    for table in APPEND_ONLY:
        for name, kind in (
            (f"{table}_no_change", _BEFORE_EACH_UPDATE_OR_DELETE),
            (f"{table}_no_truncate", _BEFORE_TRUNCATE),
        ):
            if (table, name, kind) not in there:
                yield name
