"""A study to import into, on both databases or on SQLite alone."""

from collections.abc import Iterator

import pytest

from app.store.database import Database
from tests.imports.http import Sending, sending_to
from tests.imports.service import Importing


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def sending(sqlite_database: Database) -> Iterator[Sending]:
    """The service over HTTP, on SQLite."""
    with sending_to(sqlite_database) as found:
        yield found


@pytest.fixture
def importing(database: Database) -> Iterator[Importing]:
    """A study under IC19's protocol, on each database."""
    yield from _begun(database)


@pytest.fixture
def on_sqlite(sqlite_database: Database) -> Iterator[Importing]:
    """The same, on SQLite."""
    yield from _begun(sqlite_database)


def _begun(database: Database) -> Iterator[Importing]:
    found = Importing(database=database)
    found.begin()
    yield found
    found.close()
