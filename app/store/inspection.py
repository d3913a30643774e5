"""What a check-up asks of a database: how it keeps what is committed, who may change what is only
appended to, and which rows name others that are not there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Table, bindparam, exists, literal, select, text

from app.store.adjudications import ADJUDICATIONS, CURRENT
from app.store.audit import EVENTS
from app.store.holds import HOLDS, LIFTINGS
from app.store.jobs import JOBS
from app.store.keys import KEYS, REVOCATIONS
from app.store.record_tables import POINTERS, VERSIONS
from app.store.source_rows import LINES
from app.store.source_rows import POINTERS as ROW_POINTERS
from app.store.source_rows import VERSIONS as ROWS
from app.store.tables import APPEND_ONLY, AuditEvent, table_of

OLDEST_POSTGRESQL: Final = 15
_DURABLE: Final = ("fsync", "full_page_writes", "synchronous_commit")
_MAY: Final = text("""
    SELECT c.relname FROM pg_class c
    WHERE c.relname IN :tables AND pg_table_is_visible(c.oid)
    AND (
        pg_has_role(current_user, c.relowner, 'MEMBER')
        OR has_any_column_privilege(c.oid, 'UPDATE')
        OR has_table_privilege(c.oid, 'DELETE, TRUNCATE, TRIGGER')
    )
    ORDER BY c.relname
""").bindparams(bindparam("tables", APPEND_ONLY, expanding=True))


def losing_settings(connection: Connection) -> tuple[str, ...]:
    """The settings under which what was committed may be lost with the power: none, if all is
    well. Of SQLite those of this connection, which `app.store.database` makes.
    """
    if connection.dialect.name == "sqlite":
        wanted = {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"}
        there = {name: _asked(connection, f"PRAGMA {name}") for name in wanted}
        return tuple(f"{name}={there[name]}" for name in wanted if there[name] != wanted[name])
    there = {name: _asked(connection, f"SHOW {name}") for name in _DURABLE}
    return tuple(f"{name}={value}" for name, value in there.items() if value == "off")


def damage(connection: Connection) -> str | None:
    """What SQLite finds wrong in its file; None where nothing is."""
    found = _asked(connection, "PRAGMA quick_check(1)")
    return None if found == "ok" else found


def postgresql_version(connection: Connection) -> int:
    """The server's major version."""
    return int(_asked(connection, "SHOW server_version_num")) // 10_000


def changeable(connection: Connection) -> tuple[str, ...]:
    """The append-only tables that this PostgreSQL role owns, or has rights to change."""
    return tuple(connection.execute(_MAY).scalars())


@dataclass(frozen=True, slots=True, kw_only=True)
class Dangling:
    """A row that names another which is not there."""

    table: str
    row: str
    names: str


def dangling(connection: Connection, *, limit: int) -> Iterator[Dangling]:
    """Rows that name others which are not there, up to `limit` of each kind."""
    for kind in VERSIONS:
        versions, pointers = table_of(VERSIONS[kind]), table_of(POINTERS[kind])
        key = {"study": "study", "key": "key"}
        for pointer in ("current", "latest"):
            yield from _lost(connection, pointers, {**key, pointer: "version"}, versions, limit)
        yield from _lost(connection, versions, key, pointers, limit)
        if kind != "study":
            studies = table_of(POINTERS["study"])
            yield from _lost(connection, pointers, {"study": "key"}, studies, limit)
    patient = {"study": "study", "subject": "subject"}
    for table, columns, others in (
        (CURRENT, {**patient, "adjudication": "id", "number": "number"}, ADJUDICATIONS),
        (ADJUDICATIONS, {**patient, "supersedes": "id"}, ADJUDICATIONS),
        (ADJUDICATIONS, patient, CURRENT),
        (LIFTINGS, {"hold": "id"}, HOLDS),
        (ROW_POINTERS, {"study": "study", "key": "key", "current": "version"}, ROWS),
        (ROWS, {"study": "study", "key": "key"}, ROW_POINTERS),
        (ROWS, {"job": "id"}, JOBS),
        (LINES, {"job": "id"}, JOBS),
        (REVOCATIONS, {"key": "id"}, KEYS),
    ):
        yield from _lost(connection, table, columns, others, limit)
    for name in APPEND_ONLY:
        if name != AuditEvent.__tablename__:
            table = EVENTS.metadata.tables[name]
            yield from _lost(connection, table, {"seq": "seq"}, EVENTS, limit)


def _lost(
    connection: Connection, table: Table, columns: Mapping[str, str], others: Table, limit: int
) -> Iterator[Dangling]:
    """Rows of a table whose columns are those of no row of the others; null names none."""
    other = others.alias("other")
    named = [table.c[name].is_not(None) for name in columns]
    same = [table.c[name] == other.c[column] for name, column in columns.items()]
    query = (
        select(*table.primary_key)
        .where(*named, ~exists(select(literal(1)).select_from(other).where(*same)))
        .limit(limit)
    )
    for row in connection.execute(query).all():
        key = ", ".join(map(str, row))
        yield Dangling(table=table.name, row=key, names=f"{', '.join(columns)} of {others.name}")


def _asked(connection: Connection, question: str) -> str:
    return str(connection.exec_driver_sql(question).scalar_one())
