"""Servers on PostgreSQL: one alone finishes every job, one that only answers touches none."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import anyio
import pytest

from app.clock import random_id
from app.main import create_app
from app.settings import Settings
from app.store.database import Database
from tests.engine.service import begun, patients
from tests.readjudications.service import Rejudging

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def study(app_database: Database) -> Iterator[Rejudging]:
    rejudging = begun(app_database, patients(2))
    yield rejudging
    rejudging.close()


async def test_a_server_alone_finishes_jobs(study: Rejudging) -> None:
    settings = Settings(job_lease_seconds=0.6)
    app = create_app(settings, study.clock, random_id, study.database)
    job = study.asked(dry_run=True).job
    async with app.router.lifespan_context(app):
        with anyio.fail_after(60):
            while not study.job(job).is_over:
                await anyio.sleep(0.02)
    assert study.job(job).state == "succeeded"


@pytest.mark.parametrize("worker", ["on", "off"])
async def test_a_server_works_unless_it_is_to_answer_only(
    study: Rejudging, monkeypatch: pytest.MonkeyPatch, worker: Literal["on", "off"]
) -> None:
    began: list[str] = []

    @asynccontextmanager
    async def at_work(*_: Any) -> AsyncIterator[None]:
        began.append(worker)
        yield

    monkeypatch.setattr("app.main.at_work", at_work)
    settings = Settings(worker=worker, database_url="postgresql://of-a-test")
    app = create_app(settings, study.clock, random_id, study.database)
    async with app.router.lifespan_context(app):
        assert began == (["on"] if worker == "on" else [])
