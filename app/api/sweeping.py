"""The sweep beside the service: it goes on while the service runs, whatever one round meets."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi.concurrency import run_in_threadpool

from app.api.dependencies import Record
from app.store.database import DatabaseUnavailable
from app.use_cases.sweep import sweep

_LOG = logging.getLogger("uvicorn.error")


@asynccontextmanager
async def sweeping(record: Record, seconds: float) -> AsyncIterator[None]:
    """Sweep every so many seconds until the block ends."""
    task = asyncio.create_task(_sweep_on(record, seconds))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _sweep_on(record: Record, seconds: float) -> None:
    while True:
        try:
            await run_in_threadpool(sweep, record.database, record.writer, record.clock())
        except DatabaseUnavailable:
            _LOG.warning("The sweep waits: the database does not answer.")
        except Exception:  # noqa: BLE001 (of whatever kind: other verdicts fall due as well)
            _LOG.exception("The sweep met a defect; it goes on with the next round.")
        await asyncio.sleep(seconds)
