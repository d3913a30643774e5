"""The service with a record of its own for each test."""

from collections.abc import Iterator

import pytest

from app.store.database import Database
from tests.record.service import Service, at_database


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def service(sqlite_database: Database) -> Iterator[Service]:
    """With authentication off, on SQLite."""
    with at_database(sqlite_database) as service:
        yield service


@pytest.fixture
def any_service(database: Database) -> Iterator[Service]:
    """With authentication off, on SQLite in one run of a test and on PostgreSQL in another."""
    with at_database(database) as service:
        yield service
