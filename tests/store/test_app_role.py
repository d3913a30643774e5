"""The role that the service runs as on PostgreSQL: it appends, moves pointers, and no more."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app.store.database import Database
from app.store.guards import missing_guards
from app.store.migrate import BadRole, current_revision, is_at_head, upgrade
from app.store.record_tables import POINTERS
from app.store.tables import APPEND_ONLY, CHANGING
from tests.store.postgres import Server, as_role
from tests.store.rows import contents, fill

ON_EACH_TABLE = {
    "update": "UPDATE {table} SET seq = 2",
    "update nothing": "UPDATE {table} SET seq = 2 WHERE false",
    "update as a replica": "SET session_replication_role = replica; UPDATE {table} SET seq = 2",
    "delete": "DELETE FROM {table}",
    "merge": "MERGE INTO {table} USING (SELECT 1) AS one ON true WHEN MATCHED THEN DELETE",
    "lock a row": "SELECT * FROM {table} FOR UPDATE",
    "truncate": "TRUNCATE {table} CASCADE",
    "drop": "DROP TABLE {table} CASCADE",
    "rename": "ALTER TABLE {table} RENAME TO {table}_of_old",
    "alter": "ALTER TABLE {table} ALTER COLUMN seq DROP NOT NULL",
    "own": "ALTER TABLE {table} OWNER TO CURRENT_USER",
    "disable guard": "ALTER TABLE {table} DISABLE TRIGGER {table}_no_change",
    "disable all guards": "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "drop guard": "DROP TRIGGER {table}_no_change ON {table}",
    "new trigger": "CREATE TRIGGER {table}_aaa BEFORE UPDATE ON {table} "
    "FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "new rule": "CREATE RULE quiet AS ON INSERT TO {table} DO INSTEAD NOTHING",
    "inherit": "CREATE TABLE heir () INHERITS ({table})",
}
ELSEWHERE = {
    "be a replica": "SET session_replication_role = replica",
    "be the owner": "SET ROLE {owner}",
    "drop the refusal": "DROP FUNCTION doseguard_refuse() CASCADE",
    "replace the refusal": "CREATE OR REPLACE FUNCTION doseguard_refuse() RETURNS trigger "
    "LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$",
    "edit the catalogue": "UPDATE pg_trigger SET tgenabled = 'D'",
    "make a table": "CREATE TABLE of_mine (id integer)",
    "make a schema": "CREATE SCHEMA of_mine",
    "make a table of the engine": "CREATE TABLE doseguard_engine.of_mine (id integer)",
    "make a role": "CREATE ROLE another_one SUPERUSER",
    "delete a pointer": "DELETE FROM subjects",
    "truncate the answers": "TRUNCATE idempotent_answers",
    "pretend a revision": "UPDATE alembic_version SET version_num = '9999'",
    "forget the revision": "DELETE FROM alembic_version",
    "add a revision": "INSERT INTO alembic_version VALUES ('9999')",
    "run a program": "COPY holds FROM PROGRAM 'echo'",
}
MOVES = [
    *(f"UPDATE {each.__tablename__} SET current = 2" for each in POINTERS.values()),  # noqa: S608
    "UPDATE current_adjudications SET number = 2",
    "UPDATE idempotent_answers SET status = 200",
    "UPDATE jobs SET state = 'running'",
    "UPDATE source_rows SET current = 2",
]
OF_THE_ENGINE = (
    "procrastinate_events",
    "procrastinate_jobs",
    "procrastinate_periodic_defers",
    "procrastinate_workers",
)
"""Their rows come and go, in a schema of their own."""
RIGHTS = text("""
    SELECT c.relname, array_agg(a.privilege_type::text)
    FROM pg_class c, aclexplode(c.relacl) a
    WHERE a.grantee = to_regrole(:role) GROUP BY c.relname
""")


POSTGRESQL = pytest.mark.parametrize("filled_database", ["postgresql"], indirect=True)


@pytest.fixture(scope="module")
def service(filled_database: Database, app_role: str) -> Iterator[Database]:
    """The filled database, as the service sees it."""
    database = as_role(filled_database, app_role)
    yield database
    database.close()


@POSTGRESQL
@pytest.mark.parametrize("attack", ON_EACH_TABLE.values(), ids=ON_EACH_TABLE)
def test_the_role_cannot_change_what_is_appended(
    filled_database: Database, service: Database, attack: str
) -> None:
    with filled_database.reading() as connection:
        before = contents(connection)
    for table in APPEND_ONLY:
        assert refusal_of(service, attack.format(table=table)) == "42501", table
    with filled_database.reading() as connection:
        assert contents(connection) == before
        assert missing_guards(connection) == ()


@POSTGRESQL
@pytest.mark.parametrize("attack", ELSEWHERE.values(), ids=ELSEWHERE)
def test_the_role_cannot_get_round(
    service: Database, postgres_server: Server, attack: str
) -> None:
    owner = postgres_server.url.username
    assert refusal_of(service, attack.format(owner=owner)) == "42501"


@POSTGRESQL
def test_a_right_that_the_role_gives_itself_is_none(service: Database) -> None:
    """PostgreSQL says so in a warning only."""
    with service.engine.begin() as connection:
        connection.exec_driver_sql("GRANT UPDATE ON holds TO CURRENT_USER")
    assert refusal_of(service, "UPDATE holds SET seq = 2") == "42501"


def refusal_of(database: Database, statement: str) -> str | None:
    """The code that PostgreSQL refuses a statement with."""
    with pytest.raises(ProgrammingError) as refused, database.engine.begin() as connection:
        connection.exec_driver_sql(statement)
    return getattr(refused.value.orig, "sqlstate", None)


def test_the_role_does_all_that_the_service_needs(app_database: Database) -> None:
    with app_database.writing() as connection:
        fill(connection)
        for statement in MOVES:
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql("SELECT * FROM subjects FOR UPDATE")
        assert {len(rows) for rows in contents(connection).values()} == {1}
        assert connection.exec_driver_sql("DELETE FROM idempotent_answers").rowcount == 1
    assert is_at_head(app_database)


def test_the_role_has_these_rights_and_no_others(
    postgres_database: Database, app_role: str
) -> None:
    with postgres_database.reading() as connection:
        rights = {name: set(each) for name, each in connection.execute(RIGHTS, {"role": app_role})}
    assert rights == {
        **{table: {"SELECT", "INSERT"} for table in APPEND_ONLY},
        **{table: {"SELECT", "INSERT", "UPDATE"} for table in CHANGING},
        "idempotent_answers": {"SELECT", "INSERT", "UPDATE", "DELETE"},
        "alembic_version": {"SELECT"},
        **{table: {"SELECT", "INSERT", "UPDATE", "DELETE"} for table in OF_THE_ENGINE},
        **{f"{table}_id_seq": {"USAGE"} for table in OF_THE_ENGINE},
    }


def test_rights_of_before_are_taken_away(postgres_database: Database, app_role: str) -> None:
    with postgres_database.writing() as connection:
        connection.exec_driver_sql(f"GRANT ALL ON audit_events TO {app_role}")
        connection.exec_driver_sql(f"GRANT UPDATE (leaf) ON audit_events TO {app_role}")
        connection.exec_driver_sql(f"GRANT CREATE ON SCHEMA public TO {app_role}")
    upgrade(postgres_database, app_role)
    service = as_role(postgres_database, app_role)
    assert refusal_of(service, "UPDATE audit_events SET leaf = 'forged'") == "42501"
    assert refusal_of(service, "CREATE TABLE of_mine (id integer)") == "42501"
    service.close()


def test_the_role_needs_nothing_of_public(postgres_database: Database, app_role: str) -> None:
    with postgres_database.writing() as connection:
        connection.exec_driver_sql("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        connection.exec_driver_sql(f"REVOKE ALL ON SCHEMA public FROM {app_role}")
    service = as_role(postgres_database, app_role)
    assert refusal_of(service, "INSERT INTO holds VALUES ('1')") is not None
    upgrade(postgres_database, app_role)
    with service.writing() as connection:
        fill(connection)
    service.close()


@pytest.mark.parametrize("options", ["SUPERUSER", "CREATEROLE"])
def test_a_role_of_too_much_power_is_refused(postgres_server: Server, options: str) -> None:
    with postgres_server.role(options) as role, postgres_server.database() as empty:
        with pytest.raises(BadRole, match="get round the guards"):
            upgrade(empty, role)
        assert current_revision(empty) is None


@pytest.mark.parametrize(
    "given",
    [
        "ALTER TABLE holds OWNER TO {role}",
        "ALTER SCHEMA public OWNER TO {role}",
        "ALTER DATABASE {database} OWNER TO {role}",
        "GRANT CREATE ON SCHEMA public TO PUBLIC",
        "GRANT UPDATE ON holds TO PUBLIC",
        "GRANT UPDATE (seq) ON holds TO PUBLIC",
        "GRANT DELETE ON holds TO PUBLIC",
        "GRANT TRUNCATE ON holds TO PUBLIC",
        "GRANT TRIGGER ON holds TO PUBLIC",
        "GRANT pg_write_all_data TO {role}",
        "GRANT {owner} TO {role} WITH INHERIT FALSE",
    ],
)
def test_a_role_with_rights_by_another_way_is_refused(
    postgres_server: Server, postgres_template: Database, given: str
) -> None:
    with (
        postgres_server.role() as role,
        postgres_server.database(postgres_template) as database,
    ):
        upgrade(database, role)
        with database.writing() as connection:
            connection.exec_driver_sql(
                given.format(
                    role=role,
                    database=database.url.database,
                    owner=postgres_server.url.username,
                )
            )
        with pytest.raises(BadRole, match="get round the guards"):
            upgrade(database, role)


@pytest.mark.parametrize(
    "name", ["", "App", "app role", 'app"', "app; DROP TABLE holds", "1app", "a" * 64, "app\n"]
)
def test_a_name_that_is_not_plain_is_refused(postgres_database: Database, name: str) -> None:
    with pytest.raises(BadRole, match="no plain name"):
        upgrade(postgres_database, name)


@pytest.mark.parametrize("name", ["public", "nobody_made_it", "a" * 63])
def test_a_role_that_is_not_there_is_refused(postgres_database: Database, name: str) -> None:
    with pytest.raises(BadRole, match="CREATE ROLE"):
        upgrade(postgres_database, name)


def test_sqlite_says_that_it_has_no_roles(sqlite_database: Database) -> None:
    with pytest.raises(BadRole, match="SQLite has no roles"):
        upgrade(sqlite_database, "app")
