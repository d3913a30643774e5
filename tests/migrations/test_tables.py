"""What is migrated is what app/store/tables.py says, on each database."""

from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, inspect
from sqlmodel import SQLModel

from app.store import tables
from app.store.database import Database
from app.store.migrate import current_revision, head, is_at_head, upgrade


def test_migrating_reaches_the_newest_revision(bare_database: Database) -> None:
    assert current_revision(bare_database) is None
    assert not is_at_head(bare_database)
    upgrade(bare_database)
    assert current_revision(bare_database) == head()
    assert is_at_head(bare_database)


def test_autogenerate_finds_nothing_to_change(database: Database) -> None:
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_autogenerate_would_find_a_change(database: Database) -> None:
    with database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE sites ADD COLUMN surplus INTEGER")
    with database.reading() as connection:
        context = MigrationContext.configure(connection)
        assert len(compare_metadata(context, SQLModel.metadata)) == 1


def test_keys_and_constraints_are_those_of_the_tables(bare_database: Database) -> None:
    """Autogenerate compares no primary keys and no checks."""
    with bare_database.writing() as connection:
        SQLModel.metadata.create_all(connection)
        made = shape(connection)
        SQLModel.metadata.drop_all(connection)
    upgrade(bare_database)
    with bare_database.reading() as connection:
        assert shape(connection) == made


def test_the_engine_is_the_one_that_its_tables_are_of() -> None:
    """Another version of it needs a revision that makes its schema again."""
    made = sorted(path.name for path in Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    assert made[-1] == "03.04.00_50_post_add_retry_failed_job_procedure.sql"


def shape(connection: Connection) -> dict[str, Any]:
    """All that the database says about our tables."""
    inspector = inspect(connection)
    return {
        table: {
            "columns": [
                {**column, "type": str(column["type"])} for column in inspector.get_columns(table)
            ],
            "primary key": inspector.get_pk_constraint(table),
            "foreign keys": inspector.get_foreign_keys(table),
            "unique": sorted(map(str, inspector.get_unique_constraints(table))),
            "indices": sorted(map(str, inspector.get_indexes(table))),
            "checks": inspector.get_check_constraints(table),
        }
        for table in (*tables.APPEND_ONLY, *tables.CHANGING)
    }
