"""Every migration, up and down, with a row in every table: for each revision that there is."""

from typing import Final

import pytest
from alembic import command
from sqlalchemy import Connection, inspect
from sqlalchemy.exc import IntegrityError

from app.store.database import Database
from app.store.guards import missing_guards
from app.store.migrate import config_for, current_revision, head, is_at_head, revisions, upgrade
from tests.store.attacks import ATTACKS, statement_of
from tests.store.rows import GUARDED, contents, fill, tables_of

OLDER: Final = [pytest.param(each, marks=pytest.mark.slow) for each in revisions()[:-2]]
"""Revisions from which every step back was taken before: again at night."""


@pytest.mark.parametrize("revision", revisions())
def test_rows_and_guards_outlive_the_migrations(bare_database: Database, revision: str) -> None:
    with bare_database.writing() as connection:
        command.upgrade(config_for(connection), revision)
        tables = tables_of(connection)
        fill(connection, tables)
        before = contents(connection, tables)
    upgrade(bare_database)
    with bare_database.writing() as connection:
        after = contents(connection, tables_of(connection))
        assert after.keys() >= before.keys()
        assert all(len(before[table]) == len(after[table]) == 1 for table in before)
        fill(connection, [each for each in tables_of(connection) if each.name not in before])
        assert_guarded(connection)


@pytest.mark.parametrize("revision", [*OLDER, *revisions()[-2:]])
def test_every_step_back_can_be_taken_again(bare_database: Database, revision: str) -> None:
    """From the newest revision to this one and on to none, the rows of this one kept till then."""
    with bare_database.writing() as connection:
        command.upgrade(config_for(connection), revision)
        tables = tables_of(connection)
        fill(connection, tables)
        before = contents(connection, tables)
    upgrade(bare_database)
    known = revisions()
    for below in (*reversed(known[:-1]), "base"):
        with bare_database.writing() as connection:
            command.downgrade(config_for(connection), below)
            if below != "base" and known.index(below) >= known.index(revision):
                assert contents(connection, tables) == before
        assert current_revision(bare_database) == (None if below == "base" else below)
    with bare_database.writing() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
        assert leftovers(connection) == []
    for above in known:
        with bare_database.writing() as connection:
            command.upgrade(config_for(connection), above)
    assert is_at_head(bare_database)
    with bare_database.writing() as connection:
        fill(connection)
        assert_guarded(connection)


def test_the_revisions_are_one_line() -> None:
    assert revisions() == tuple(f"{number + 1:04}" for number in range(len(revisions())))
    assert head() == revisions()[-1]


def assert_guarded(connection: Connection) -> None:
    """The guards are there, and each refuses."""
    assert missing_guards(connection) == ()
    attacks = ATTACKS[connection.dialect.name]
    for table in GUARDED:
        for attack in (attacks["update"], attacks["delete"]):
            with pytest.raises(IntegrityError, match="is append-only"), connection.begin_nested():
                connection.exec_driver_sql(statement_of(attack, table))


def leftovers(connection: Connection) -> list[str]:
    """What is not a table and yet stayed."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type IN ('trigger', 'view')"
    else:
        query = "SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
    return list(connection.exec_driver_sql(query).scalars())
