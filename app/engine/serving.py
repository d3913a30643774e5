"""The engine's worker beside a process's other work: it begins anew whenever it is lost."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

from app.engine.carrying import QUEUE, connector_of, quieten
from app.engine.stalled import LOOKS, look_after
from app.engine.tasks import engine_of
from app.use_cases.importing import Workplace

_LOG = logging.getLogger("uvicorn.error")
_PATIENCE: Final = 1.0
"""Seconds between two attempts to reach the database."""


class DatabaseLost(Exception):
    """The engine's worker ended by itself: it does so when it loses the database."""


@contextmanager
def served(place: Workplace, *, concurrency: int = 1, nightly: str = "") -> Iterator[None]:
    """Do what the engine carries here, so many tasks at once, until the block ends.

    The tasks at hand are finished; the night's work stops between two chunks, and another worker
    does the rest.
    """
    serving = _Serving(place=place, concurrency=concurrency, nightly=nightly)
    thread = threading.Thread(target=serving.run, name="engine", daemon=True)
    thread.start()
    try:
        yield
    finally:
        serving.end()
        thread.join()


@dataclass(slots=True, kw_only=True)
class _Serving:
    place: Workplace
    concurrency: int
    nightly: str
    _ending: threading.Event = field(default_factory=threading.Event)
    _locked: threading.Lock = field(default_factory=threading.Lock)
    _tell: Callable[[], object] = field(default=lambda: None)

    def run(self) -> None:
        """Serve until the end, whatever happens to the database."""
        quieten()
        while not self._ending.is_set():
            try:
                asyncio.run(self._serve())
            except Exception as error:  # noqa: BLE001 (of whatever kind: work waits)
                _LOG.warning("The engine begins anew: %s.", _names(error))
            self._ending.wait(_PATIENCE)

    def end(self) -> None:
        """Stop; from any thread."""
        with self._locked:
            self._ending.set()
            self._tell()

    async def _serve(self) -> None:
        loop, end = asyncio.get_running_loop(), asyncio.Event()
        loop.set_exception_handler(_say_so)
        with self._locked:
            self._tell = lambda: loop.call_soon_threadsafe(end.set)
        try:
            if not self._ending.is_set():
                await self._work_until(end)
        finally:
            with self._locked:
                self._tell = lambda: None

    async def _work_until(self, end: asyncio.Event) -> None:
        work, ended = asyncio.create_task(self._work()), asyncio.create_task(end.wait())
        await asyncio.wait({work, ended}, return_when=asyncio.FIRST_COMPLETED)
        for each in (work, ended):
            each.cancel()
        await asyncio.wait({work, ended})
        if not work.cancelled():
            work.result()

    async def _work(self) -> None:
        place = replace(self.place, stopping=self._ending.is_set)
        app = engine_of(connector_of(place.database), place, self.nightly)
        async with app.open_async(), asyncio.TaskGroup() as group:
            group.create_task(self._deliver(app))
            group.create_task(look_after(app, place))

    async def _deliver(self, app: Any) -> None:
        lease = self.place.lease.total_seconds()
        await app.run_worker_async(
            queues=[QUEUE],
            name=self.place.worker,
            concurrency=self.concurrency,
            install_signal_handlers=False,
            delete_jobs="always",
            update_heartbeat_interval=lease / LOOKS,
            stalled_worker_timeout=lease,
            fetch_job_polling_interval=lease / (2 * LOOKS),
        )
        raise DatabaseLost


def _say_so(_: asyncio.AbstractEventLoop, told: dict[str, Any]) -> None:
    """What nobody waited for: a task's end that could not be written is delivered again."""
    error = told.get("exception")
    if error is not None:
        _LOG.warning("The engine could not finish a task: %s.", _names(error))


def _names(error: BaseException) -> str:
    """The kinds of what went wrong, without a word of what it was about."""
    if isinstance(error, BaseExceptionGroup):
        return ", ".join(dict.fromkeys(_names(each) for each in error.exceptions))
    return type(error).__name__
