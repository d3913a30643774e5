"""The app as its clients see it: over HTTP, without a server."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.api.client import client_of


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service with authentication off."""
    async with client_of(auth="off") as client:
        yield client
