"""What is only appended to is never changed, whoever asks; and a guard that is off is noticed."""

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from app.store.database import Database
from app.store.guards import missing_guards
from app.store.tables import APPEND_ONLY
from tests.store.attacks import ATTACKS, EACH, drop_guards, statement_of
from tests.store.rows import GUARDED, contents, fill, rows_of

HARMLESS_ON_SQLITE = {
    "dropped": "",
    "doing nothing": "CREATE TRIGGER holds_no_update BEFORE UPDATE ON holds BEGIN SELECT 1; END",
    "never": "CREATE TRIGGER holds_no_update BEFORE UPDATE ON holds WHEN 0 "
    "BEGIN SELECT RAISE(ABORT, 'holds is append-only'); END",
    "of one column": "CREATE TRIGGER holds_no_update BEFORE UPDATE OF seq ON holds "
    "BEGIN SELECT RAISE(ABORT, 'holds is append-only'); END",
    "ignoring": "CREATE TRIGGER holds_no_update BEFORE UPDATE ON holds "
    "BEGIN SELECT RAISE(IGNORE); END",
    "on another table": "CREATE TRIGGER holds_no_update BEFORE UPDATE ON sites "
    "BEGIN SELECT RAISE(ABORT, 'holds is append-only'); END",
}
ROW = "FOR EACH ROW EXECUTE FUNCTION doseguard_refuse()"
HARMLESS_ON_POSTGRESQL = {
    "dropped": "",
    "never": "CREATE TRIGGER holds_no_change BEFORE UPDATE OR DELETE ON holds "
    "FOR EACH ROW WHEN (false) EXECUTE FUNCTION doseguard_refuse()",
    "of one column": "CREATE TRIGGER holds_no_change BEFORE UPDATE OF seq OR DELETE ON holds "
    f"{ROW}",
    "of updates": f"CREATE TRIGGER holds_no_change BEFORE UPDATE ON holds {ROW}",
    "of deletions": f"CREATE TRIGGER holds_no_change BEFORE DELETE ON holds {ROW}",
    "of statements": "CREATE TRIGGER holds_no_change BEFORE UPDATE OR DELETE ON holds "
    "EXECUTE FUNCTION doseguard_refuse()",
    "another function": "CREATE TRIGGER holds_no_change BEFORE UPDATE OR DELETE ON holds "
    "FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "on another table": f"CREATE TRIGGER holds_no_change BEFORE UPDATE OR DELETE ON sites {ROW}",
}
REPLACED_FUNCTION = """
CREATE OR REPLACE FUNCTION doseguard_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RETURN OLD;
END
$$
"""


@pytest.mark.parametrize(("filled_database", "attack"), EACH, indirect=["filled_database"])
def test_a_change_is_refused(filled_database: Database, attack: str) -> None:
    with filled_database.writing() as connection:
        before = contents(connection)
        assert len(GUARDED) == len(APPEND_ONLY)
        for table in GUARDED:
            statement = statement_of(ATTACKS[connection.dialect.name][attack], table)
            with pytest.raises(IntegrityError, match="is append-only"), connection.begin_nested():
                connection.exec_driver_sql(statement)
        assert contents(connection) == before


@pytest.mark.parametrize(("filled_database", "attack"), EACH, indirect=["filled_database"])
def test_the_guards_are_what_refuses(filled_database: Database, attack: str) -> None:
    with filled_database.writing() as connection:
        drop_guards(connection)
        for table in GUARDED:
            before = rows_of(connection, table)
            connection.exec_driver_sql(
                statement_of(ATTACKS[connection.dialect.name][attack], table)
            )
            assert rows_of(connection, table) != before, table.name
        connection.rollback()


def test_all_guards_are_there_once_migrated(database: Database) -> None:
    with database.reading() as connection:
        assert missing_guards(connection) == ()


def test_the_service_sees_the_guards(app_database: Database) -> None:
    with app_database.reading() as connection:
        assert missing_guards(connection) == ()


def test_an_empty_database_misses_every_guard(bare_database: Database) -> None:
    with bare_database.reading() as connection:
        assert len(missing_guards(connection)) == 2 * len(APPEND_ONLY)


def test_each_dropped_guard_is_named(database: Database) -> None:
    with database.writing() as connection:
        drop_guards(connection)
        missing = missing_guards(connection)
    kinds = ("update", "delete") if database.is_sqlite else ("change", "truncate")
    assert set(missing) == {f"{table}_no_{kind}" for table in APPEND_ONLY for kind in kinds}


@pytest.mark.parametrize("instead", HARMLESS_ON_SQLITE.values(), ids=HARMLESS_ON_SQLITE)
def test_another_trigger_of_the_name_is_no_guard_on_sqlite(
    sqlite_database: Database, instead: str
) -> None:
    with sqlite_database.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER holds_no_update")
        connection.exec_driver_sql(instead)
        assert missing_guards(connection) == ("holds_no_update",)


def test_the_switch_that_lets_guards_see_a_replace_is_one(sqlite_database: Database) -> None:
    with sqlite_database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA recursive_triggers = OFF")
        assert missing_guards(connection) == ("recursive_triggers",)
        fill(connection)
        connection.exec_driver_sql("REPLACE INTO holds SELECT * FROM holds")
        connection.exec_driver_sql("PRAGMA recursive_triggers = ON")
        with pytest.raises(IntegrityError, match="holds is append-only"):
            connection.exec_driver_sql("REPLACE INTO holds SELECT * FROM holds")


@pytest.mark.parametrize("instead", HARMLESS_ON_POSTGRESQL.values(), ids=HARMLESS_ON_POSTGRESQL)
def test_another_trigger_of_the_name_is_no_guard_on_postgresql(
    postgres_database: Database, instead: str
) -> None:
    with postgres_database.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER holds_no_change ON holds")
        if instead:
            table = "sites" if "ON sites" in instead else "holds"
            connection.exec_driver_sql(instead)
            always(connection, table)
        assert missing_guards(connection) == ("holds_no_change",)


@pytest.mark.parametrize("state", ["DISABLE", "ENABLE", "ENABLE REPLICA"])
def test_a_guard_that_does_not_always_fire_is_missing(
    postgres_database: Database, state: str
) -> None:
    with postgres_database.writing() as connection:
        connection.exec_driver_sql(f"ALTER TABLE holds {state} TRIGGER holds_no_change")
        assert missing_guards(connection) == ("holds_no_change",)
        always(connection, "holds")
        assert missing_guards(connection) == ()


def test_only_a_guard_that_always_fires_stops_a_replica(postgres_database: Database) -> None:
    with postgres_database.writing() as connection:
        fill(connection)
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        with pytest.raises(IntegrityError, match="is append-only"), connection.begin_nested():
            connection.exec_driver_sql("DELETE FROM holds")
        connection.exec_driver_sql("ALTER TABLE holds ENABLE TRIGGER holds_no_change")
        assert connection.exec_driver_sql("DELETE FROM holds").rowcount == 1


def test_guards_that_call_a_changed_function_are_missing(postgres_database: Database) -> None:
    with postgres_database.writing() as connection:
        connection.exec_driver_sql(REPLACED_FUNCTION)
        assert len(missing_guards(connection)) == 2 * len(APPEND_ONLY)


def test_a_table_that_hides_the_guarded_one_has_no_guards(postgres_database: Database) -> None:
    with postgres_database.writing() as connection:
        connection.exec_driver_sql("CREATE TEMPORARY TABLE holds AS SELECT * FROM holds")
        assert missing_guards(connection) == ("holds_no_change", "holds_no_truncate")


def always(connection: Connection, table: str) -> None:
    connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER holds_no_change")
