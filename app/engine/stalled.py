"""What the engine does not do by itself: deliver again what lost workers had, and miss nothing."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Final

from procrastinate import App
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status

from app.engine.carrying import QUEUE
from app.engine.tasks import MOST_LOST, give_up_lost
from app.store.engine import JUDGE_CHUNK, is_carried
from app.store.jobs import handed_over_jobs
from app.store.writer import Unit
from app.use_cases.importing import Workplace
from app.use_cases.jobs import take_back

LOOKS: Final = 3
"""How often in a lease it is looked."""


async def look_after(app: App, place: Workplace) -> None:
    """Several times in a lease, deliver again what is stalled, and carry again what is lost."""
    while True:
        await asyncio.sleep(place.lease.total_seconds() / LOOKS)
        await deliver_again(app, place)
        await asyncio.to_thread(carry_again, place)


async def deliver_again(app: App, place: Workplace) -> None:
    """Deliver tasks again whose workers have been silent for a lease."""
    found = await app.job_manager.get_stalled_jobs(
        queue=QUEUE, seconds_since_heartbeat=place.lease / timedelta(seconds=1)
    )
    for task in found:
        # Another worker may have done so in between, or the task has ended after all.
        with suppress(ConnectorException):
            if task.attempts < MOST_LOST:
                await app.job_manager.retry_job(task)
            else:
                await asyncio.to_thread(_given_up, place, task)
                await app.job_manager.finish_job(task, Status.FAILED, delete_job=True)


def _given_up(place: Workplace, task: Job) -> None:
    if task.task_name == JUDGE_CHUNK:
        give_up_lost(place, str(task.task_kwargs["job"]), int(str(task.task_kwargs["number"])))


def carry_again(place: Workplace) -> None:
    """Let a worker take jobs that run by parts of which none is on its way any more.

    The engine's tables hold nothing that cannot be lost: a backup may leave them out. Raises
    DatabaseUnavailable.
    """
    with place.database.reading() as connection:
        jobs = handed_over_jobs(connection)
        lost = [each for each in jobs if not is_carried(connection, each)]

    def work(unit: Unit) -> None:
        for each in lost:
            if not is_carried(unit.connection, each):
                take_back(unit, each)

    if lost:
        place.writer.run(work)
