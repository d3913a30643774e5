"""Bring a database to the tables of this version, and give the service's role what it needs.

The migrations stand in `migrations/` of a checkout, and in the package once it is installed.
"""

import re
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, bindparam, inspect, text

from app.domain.errors import DomainError
from app.store.database import Database
from app.store.engine import SCHEMA as ENGINE
from app.store.tables import APPEND_ONLY, CHANGING

_PACKAGED: Final = Path(__file__).parents[1] / "_migrations"
_CHECKED_OUT: Final = Path(__file__).parents[2] / "migrations"
_PLAIN_NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}")

_EXISTS: Final = text("SELECT 1 FROM pg_roles WHERE rolname = :role")
_HAS_TOO_MUCH: Final = text("""
    SELECT r.rolcreaterole
        OR pg_has_role(r.oid, n.nspowner, 'MEMBER')
        OR has_schema_privilege(r.oid, n.oid, 'CREATE')
        OR EXISTS (
            SELECT 1 FROM pg_class c
            WHERE c.relnamespace = n.oid AND c.relname IN :tables
            AND (
                pg_has_role(r.oid, c.relowner, 'MEMBER')
                OR has_any_column_privilege(r.oid, c.oid, 'UPDATE')
                OR has_table_privilege(r.oid, c.oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER')
            )
        )
    FROM pg_roles r, pg_namespace n
    WHERE r.rolname = :role AND n.nspname = current_schema()
""").bindparams(bindparam("tables", APPEND_ONLY, expanding=True))
"""Whether a role could get round the guards, by itself, by another role or by PUBLIC. (The owner
of a schema may drop its tables; a maker of roles may, before PostgreSQL 16, become their owner.)
"""


class UnknownRevision(DomainError):
    """The database was migrated by a version that this one does not know."""

    code = "unknown_revision"

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"The database is at revision {revision!r}, which this version of Doseguard does not "
            "know: run the version that migrated it, or a newer one."
        )


class BadRole(DomainError):
    """The role cannot be the one that the service runs as."""

    code = "bad_role"


def upgrade(database: Database, app_role: str | None = None) -> None:
    """Migrate to the newest revision, and let `app_role` do what the service does, nothing else.

    All of it happens or nothing does; of two that start at once, one waits for the other. The role
    (PostgreSQL only) has to be there and must not own the tables. Raises UnknownRevision, BadRole,
    DatabaseUnavailable.
    """
    if app_role is not None:
        _check_name(app_role, database)
    with database.writing() as connection:
        config = config_for(connection)
        revision = _revision(connection)
        if revision is not None and revision not in revisions():
            raise UnknownRevision(revision)
        command.upgrade(config, "head")
        if app_role is not None:
            _grant(connection, app_role)


def current_revision(database: Database) -> str | None:
    """The revision that the database is at; None where nothing was migrated yet.

    Raises DatabaseUnavailable.
    """
    with database.reading() as connection:
        return _revision(connection)


def head() -> str:
    """The newest revision that this version knows."""
    return revisions()[-1]


def revisions() -> tuple[str, ...]:
    """All revisions that this version knows, the oldest first."""
    newest_first = ScriptDirectory.from_config(_config()).walk_revisions()
    return tuple(each.revision for each in newest_first)[::-1]


def has_tables(database: Database) -> bool:
    """Whether the database holds any table, ours or another's. Raises DatabaseUnavailable."""
    with database.reading() as connection:
        return bool(inspect(connection).get_table_names())


def is_at_head(database: Database) -> bool:
    """Whether the tables are those of this version. Raises DatabaseUnavailable."""
    return current_revision(database) == head()


def config_for(connection: Connection) -> Config:
    """What Alembic's commands need to run on a connection, inside its transaction."""
    config = _config()
    config.attributes["connection"] = connection
    return config


def _config() -> Config:
    config = Config()
    folder = _PACKAGED if _PACKAGED.is_dir() else _CHECKED_OUT
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _check_name(role: str, database: Database) -> None:
    if database.is_sqlite:
        raise BadRole(
            f"SQLite has no roles, so none can be named {role!r}: leave the role out, or keep the "
            "record in PostgreSQL."
        )
    if not _PLAIN_NAME.fullmatch(role):
        raise BadRole(
            f"{role!r} is no plain name of a role: write up to 63 lower-case letters, digits and "
            "underscores, beginning with none of the digits."
        )


def _grant(connection: Connection, role: str) -> None:
    """Take all from the role, then give it what it needs: rights of an earlier revision go too."""
    if connection.execute(_EXISTS, {"role": role}).first() is None:
        raise BadRole(f'There is no role {role!r}: make it first, CREATE ROLE "{role}" LOGIN.')
    quoted = connection.dialect.identifier_preparer.quote
    to = quoted(role)
    schema = quoted(connection.exec_driver_sql("SELECT current_schema()").scalar_one())

    def on(*tables: str) -> str:
        return ", ".join(f"{schema}.{each}" for each in sorted(tables))

    for statement in (
        f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {to}",
        f"REVOKE ALL ON SCHEMA {schema} FROM {to}",
        f"GRANT USAGE ON SCHEMA {schema} TO {to}",
        f"GRANT SELECT, INSERT ON {on(*APPEND_ONLY, *CHANGING)} TO {to}",
        f"GRANT UPDATE ON {on(*CHANGING)} TO {to}",
        f"GRANT DELETE ON {on('idempotent_answers')} TO {to}",
        f"GRANT SELECT ON {on('alembic_version')} TO {to}",
        # Its tasks come and go; what they do is in the tables above.
        f"REVOKE ALL ON ALL TABLES IN SCHEMA {ENGINE} FROM {to}",
        f"REVOKE ALL ON SCHEMA {ENGINE} FROM {to}",
        f"GRANT USAGE ON SCHEMA {ENGINE} TO {to}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {ENGINE} TO {to}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {ENGINE} TO {to}",
    ):
        connection.exec_driver_sql(statement)
    if connection.execute(_HAS_TOO_MUCH, {"role": role}).scalar_one():
        raise BadRole(
            f"Role {role!r} could get round the guards of the record: take one that is no "
            "superuser, makes no roles, owns neither tables nor schema nor database, and gets no "
            "rights by another role or PUBLIC."
        )
