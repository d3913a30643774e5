"""The app as its clients see it: over HTTP, without a server."""

from collections.abc import AsyncIterator

import httpx
import pytest

from app.store.database import Database
from tests.api.client import client_of


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def client(sqlite_database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service with authentication off and an empty record."""
    async with client_of(sqlite_database, auth="off") as client:
        yield client
