"""`doseguard worker`: does jobs and no requests, beside a server or on another machine."""

import asyncio
import logging
import signal
import traceback
from typing import Annotated, Any

import typer

from app.api.dependencies import Record
from app.cli.keys import migrated, writer_of
from app.cli.record import place_of, settings_with
from app.clock import random_id, system_clock
from app.loaded import leave_out_of_collection
from app.main import at_work
from app.settings import Settings
from app.use_cases.adjudicate import engine_version

_ONE_PROCESS = (
    "SQLite has one process that writes, and the server's own worker is in it: start "
    "`doseguard serve`, which does all jobs, or keep the record in PostgreSQL."
)


def worker(
    concurrency: Annotated[
        int,
        typer.Option(min=1, max=64, help="Chunks at a time; for more cores start more workers."),
    ] = 1,
) -> None:
    """Do jobs that servers were asked for, until it is told to stop. PostgreSQL only."""
    settings = settings_with()
    if settings.is_sqlite:
        typer.echo(_ONE_PROCESS, err=True)
        raise typer.Exit(2)
    with migrated() as database, writer_of(database) as writer:
        _say_what_happens()
        leave_out_of_collection()
        record = Record(database=database, writer=writer, clock=system_clock)
        typer.echo(f"Doseguard {engine_version()} works on {place_of(database)}")
        asyncio.run(_work(record, settings, concurrency))
    typer.echo("The work at hand is done; the worker ends.")


async def _work(record: Record, settings: Settings, concurrency: int) -> None:
    """Work until SIGTERM or SIGINT; a second one ends the process where it stands."""
    loop, told = asyncio.get_running_loop(), asyncio.Event()

    def stop(number: signal.Signals) -> None:
        told.set()
        loop.remove_signal_handler(number)

    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop, each)
    async with at_work(record, settings, random_id, concurrency):
        await told.wait()


class _WithoutWords(logging.Formatter):
    """Of an error, where it happened and of what kind it is: its words may be a patient's."""

    def formatException(self, ei: Any) -> str:  # type: ignore[explicit-override]
        """The frames, and the name of the error."""
        kind, _, at = ei
        frames = "".join(traceback.format_tb(at))
        return f"{frames}{getattr(kind, '__name__', 'error')}"


def _say_what_happens() -> None:
    """On standard error, a line each."""
    handler = logging.StreamHandler()
    handler.setFormatter(_WithoutWords("%(asctime)s %(levelname)s %(message)s"))
    logger = logging.getLogger("uvicorn.error")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
