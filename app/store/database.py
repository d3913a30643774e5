"""The database: SQLite by default, PostgreSQL 15 or newer, and what each needs to be trusted."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import SQLITE_ERROR
from sqlite3 import OperationalError as SqliteError
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft
from sqlalchemy.pool import QueuePool

from app.domain.errors import DomainError

_BUSY_SECONDS: Final = 30
_READERS: Final = 8
_ATTEMPTS: Final = 10
_SECONDS_BETWEEN: Final = 0.05
_WRITE_LOCK: Final = 0x646F7365  # "dose": one writer at a time, whatever the process

_UNDEFINED: Final = frozenset({"42P01", "42703"})  # PostgreSQL: undefined_table, undefined_column
_NO_SUCH: Final = ("no such table", "no such column")  # SQLite has one code for all such errors


class BadDatabaseUrl(DomainError):
    """The URL names no database that the record can be kept in."""

    code = "bad_database_url"

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"DOSEGUARD_DATABASE_URL {reason}: write sqlite:////path/to/file.db or "
            "postgresql://user@host/name."
        )


class DatabaseUnavailable(DomainError):
    """The database does not answer; nothing was written."""

    code = "database_unavailable"

    def __init__(self) -> None:
        super().__init__(
            "The database does not answer now. What you sent was not acknowledged: send it again."
        )


class NotMigrated(DomainError):
    """The database does not have the tables of this version."""

    code = "not_migrated"

    def __init__(self) -> None:
        super().__init__(
            "The database does not have the tables of this version: run `doseguard migrate`."
        )


class Database:
    """One database; connections are made when they are first needed."""

    def __init__(self, url: str) -> None:
        """Raises BadDatabaseUrl."""
        self.url = _usable(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _engine(self.url)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the record. Raises DatabaseUnavailable."""
        with saying_when_unavailable(), self.engine.connect() as connection:
            connection.exec_driver_sql(
                "BEGIN"
                if self.is_sqlite
                else "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
            )
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction of the only writer, committed at the end. Raises DatabaseUnavailable."""
        with saying_when_unavailable(), self.engine.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITE_LOCK})")
            yield connection
            connection.commit()

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


@contextmanager
def saying_when_unavailable() -> Iterator[None]:
    """Turn a lost connection into DatabaseUnavailable, a table that is missing into NotMigrated,
    and leave every other error as it is.
    """
    try:
        yield
    except NoConnectionLeft as error:
        raise DatabaseUnavailable from error
    except DBAPIError as error:
        if _misses_tables(error):
            raise NotMigrated from error
        if is_outage(error):
            raise DatabaseUnavailable from error
        raise


def is_outage(error: Exception) -> bool:
    """Whether the database failed, and not the statement: lost, locked, full, shutting down."""
    if not isinstance(error, DBAPIError):
        return False
    if getattr(error.orig, "sqlite_errorcode", None) == SQLITE_ERROR:  # a wrong statement
        return False
    return isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated


def _misses_tables(error: DBAPIError) -> bool:
    """Whether the statement names a table or a column that the database does not have."""
    if getattr(error.orig, "sqlstate", None) in _UNDEFINED:
        return True
    return isinstance(error, OperationalError) and str(error.orig).startswith(_NO_SUCH)


def why_unavailable(error: DatabaseUnavailable) -> str:
    """What the database's driver calls it, without its message: that may quote a record."""
    cause = error.__cause__
    original = getattr(cause, "orig", None) or cause
    code = getattr(original, "sqlite_errorname", None) or getattr(original, "sqlstate", None)
    name = type(original).__name__
    return f"{name} {code}" if code else name


def sqlite_url(folder: Path) -> str:
    """The URL of the SQLite database that a folder holds."""
    return f"sqlite:///{sqlite_file(folder)}"


def sqlite_file(folder: Path) -> Path:
    """The file of the SQLite database that a folder holds."""
    return folder / "doseguard.db"


def file_named_by(text: str) -> Path | None:
    """The file that a database URL names; None of a database that is no file.

    Raises BadDatabaseUrl.
    """
    url = _usable(text)
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def _usable(text: str) -> URL:
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise BadDatabaseUrl("is no database URL") from error
    name = url.get_backend_name()
    if name == "sqlite":
        if not url.database or url.database == ":memory:":
            raise BadDatabaseUrl("names no file")
        return url.set(drivername="sqlite")
    if name == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    raise BadDatabaseUrl(f"names {name!r}")


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(
            url,
            poolclass=QueuePool,
            pool_size=_READERS,
            max_overflow=_READERS,
            connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        return engine
    return create_engine(
        url, pool_size=_READERS, max_overflow=_READERS, connect_args={"connect_timeout": 5}
    )


def _prepare_sqlite(connection: Any, _: Any) -> None:
    """Write-ahead log, so that readers do not wait; full synchronous, so that what was committed
    outlives the loss of power. The driver's own transactions are switched off: they would begin
    without the write lock.
    """
    connection.isolation_level = None
    cursor = connection.cursor()
    _write_ahead(cursor)
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA recursive_triggers = ON")  # REPLACE deletes: then the guards see it
    cursor.close()


def _write_ahead(cursor: Any) -> None:
    """Of two processes that first open a new file, SQLite may refuse one at once: each holds what
    the other waits for. The file remembers, so that only then there is anything to change.
    """
    for attempt in range(_ATTEMPTS, 0, -1):
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except SqliteError:
            if attempt == 1:
                raise
            time.sleep(_SECONDS_BETWEEN)
        else:
            return
