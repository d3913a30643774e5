"""What the crash tests share: a process that forks services, and choices that can be repeated."""

import os
import random
import secrets
from collections.abc import Iterator

import pytest

from app.store.database import Database
from tests.crash.service import Forks, forks, settings_of


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def forked() -> Iterator[Forks]:
    """Starts services in a moment."""
    with forks() as launcher:
        yield launcher


@pytest.fixture
def chance() -> random.Random:
    """The choices of one test: DOSEGUARD_TEST_SEED repeats those that were printed."""
    seed = int(os.environ.get("DOSEGUARD_TEST_SEED", secrets.randbelow(2**32)))
    print(f"\nDOSEGUARD_TEST_SEED={seed}")  # noqa: T201 (pytest shows it where the test fails)
    return random.Random(seed)  # noqa: S311 (no secret)


@pytest.fixture
def settings(request: pytest.FixtureRequest, database: Database) -> dict[str, str]:
    """What a service is told that keeps its record in `database`."""
    role = None if database.is_sqlite else request.getfixturevalue("app_role")
    return settings_of(database, role)
