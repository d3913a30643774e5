"""The sweep outlives its own defects: verdicts fall due whatever one round has met."""

import asyncio
from datetime import datetime

import pytest

from app.api import sweeping
from app.api.dependencies import Record
from app.clock import random_id, system_clock
from app.store.database import Database, DatabaseUnavailable
from app.store.writer import Writer


@pytest.mark.anyio
@pytest.mark.parametrize("error", [DatabaseUnavailable(), RuntimeError("of one patient")])
async def test_a_round_that_fails_is_followed_by_another(
    sqlite_database: Database, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, another = asyncio.get_running_loop(), asyncio.Event()
    rounds: list[datetime] = []

    def sweep(database: Database, writer: Writer, now: datetime) -> int:
        rounds.append(now)
        if len(rounds) == 1:
            raise error
        loop.call_soon_threadsafe(another.set)
        return 0

    monkeypatch.setattr(sweeping, "sweep", sweep)
    writer = Writer(sqlite_database, system_clock, random_id)
    record = Record(database=sqlite_database, writer=writer, clock=system_clock)
    async with sweeping.sweeping(record, 0.001):
        await asyncio.wait_for(another.wait(), 60)
