"""Fixtures: migrated databases, one for each test. A plugin, loaded by tests/conftest.py.

`database` is SQLite in one run of a test and PostgreSQL in another.
"""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.store.database import Database, sqlite_url
from app.store.migrate import upgrade
from tests.store.postgres import Server, as_role, configured_server, embedded_server
from tests.store.rows import fill


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """A migrated database of its own, of each kind."""
    name = "sqlite_database" if request.param == "sqlite" else "postgres_database"
    found = request.getfixturevalue(name)
    assert isinstance(found, Database)
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of its own, of each kind."""
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres_server")
        assert isinstance(server, Server)
        with server.database() as empty:
            yield empty
    else:
        empty = Database(sqlite_url(tmp_path))
        yield empty
        empty.close()


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """A migrated SQLite file of its own."""
    database = copy_of(sqlite_template, tmp_path)
    yield database
    database.close()


@pytest.fixture
def postgres_database(postgres_server: Server, postgres_template: Database) -> Iterator[Database]:
    """A migrated PostgreSQL database of its own, seen by the role that owns it."""
    with postgres_server.database(postgres_template) as database:
        yield database


@pytest.fixture
def app_database(postgres_database: Database, app_role: str) -> Iterator[Database]:
    """What `postgres_database` is to the role that the service runs as."""
    database = as_role(postgres_database, app_role)
    yield database
    database.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    folder = tmp_path_factory.mktemp("template")
    database = Database(sqlite_url(folder))
    upgrade(database)
    database.close()  # the last connection writes the log into the file
    return folder / "doseguard.db"


@pytest.fixture(scope="module")
def filled_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A database with a row in every table, for all tests of a module that change none: of the
    kind that the test names as the parameter of this fixture.
    """
    if request.param == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        database = copy_of(template, tmp_path_factory.mktemp("filled"))
        with database.writing() as connection:
            fill(connection)
        yield database
        database.close()
    else:
        server = request.getfixturevalue("postgres_server")
        assert isinstance(server, Server)
        with server.database(request.getfixturevalue("postgres_template")) as database:
            with database.writing() as connection:
                fill(connection)
            yield database


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """One server for the session; each worker has its own."""
    configured = configured_server()
    if configured is not None:
        yield configured
        return
    with ExitStack() as open_until_the_end:
        try:
            server = open_until_the_end.enter_context(embedded_server())
        except (ImportError, OSError, RuntimeError, subprocess.SubprocessError) as error:
            pytest.skip(
                f"NO POSTGRESQL, so half of the record is untested: {error!r}. Set "
                "DOSEGUARD_TEST_DATABASE_URL to the URL of a superuser."
            )
        yield server


@pytest.fixture(scope="session")
def app_role(postgres_server: Server) -> Iterator[str]:
    """The role that the service runs as."""
    with postgres_server.role() as role:
        yield role


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Server, app_role: str) -> Iterator[Database]:
    """A migrated PostgreSQL database, to be copied; nobody may stay connected to it."""
    with postgres_server.database() as database:
        upgrade(database, app_role)
        database.close()
        yield database


def copy_of(template: Path, folder: Path) -> Database:
    """A copy of a SQLite file, in a folder."""
    copy = Database(sqlite_url(folder))
    shutil.copyfile(template, str(copy.url.database))
    return copy
