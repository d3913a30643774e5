"""The tasks: a chunk is judged, the night is done. Each may be delivered more than once.

"Done" is a row of the record, written with all that follows from it; what the engine knows of a
task is only that it has to be delivered, so its tasks are deleted once they have ended.
"""

import logging
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from procrastinate import App, BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.connector import BaseConnector
from procrastinate.jobs import Job

from app.engine.carrying import QUEUE
from app.store.database import DatabaseUnavailable
from app.store.engine import JUDGE_CHUNK
from app.use_cases.importing import Workplace
from app.use_cases.jobs import Stopped, fail
from app.use_cases.nightly import judge_all_again
from app.use_cases.readjudicating import do_chunk

_LOG = logging.getLogger("uvicorn.error")
NIGHTLY: Final = "nightly"
TIDY: Final = "tidy"
"""Removes tasks that somebody ended by hand."""
MOST: Final = 3
"""How often a task that meets a defect is tried."""
MOST_LOST: Final = 20
"""How often a task may be delivered whose workers are lost."""
_LONGEST: Final = 5  # doublings of the wait


class TaskFailed(Exception):
    """A task met a defect; what it was is in the log, without a word of the record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Again(BaseRetryStrategy):
    """Try again after a while, a longer one each time: the tasks themselves know when to give up.

    `seconds` is how long the first while is.
    """

    seconds: float

    def get_retry_decision(  # type: ignore[explicit-override]
        self, *, exception: BaseException, job: Job
    ) -> RetryDecision:
        if isinstance(exception, Stopped):
            return RetryDecision()
        wait = self.seconds * 2 ** min(job.attempts, _LONGEST)
        return RetryDecision(retry_in={"microseconds": int(wait * 1e6)})


def engine_of(connector: BaseConnector, place: Workplace, nightly: str) -> App:
    """The engine with its tasks; `nightly` is a UTC time such as 02:00, or nothing."""
    app = App(connector=connector)
    again = _Again(seconds=place.lease.total_seconds() / 30)

    @app.task(name=JUDGE_CHUNK, queue=QUEUE, pass_context=True, retry=again)
    def judge_chunk(context: JobContext, job: str, number: int) -> None:
        judge(place, context.job.attempts, job, number)

    # Without any periodic task the engine's worker would not notice the loss of its heartbeat: it
    # waits for the first of its side tasks to end, and that of periodic tasks would at once.
    @app.periodic(cron="17 * * * *")
    @app.task(name=TIDY, queue=QUEUE, queueing_lock=TIDY)
    async def tidy(timestamp: int) -> None:  # noqa: ARG001 (it is given)
        await app.job_manager.delete_old_jobs(
            nb_hours=24, queue=QUEUE,
            include_failed=True, include_cancelled=True, include_aborted=True,
        )  # fmt: skip

    def judge_night(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 (it is given)
        tried(context.job.attempts, partial(judge_all_again, place), _give_up_the_night)

    task = app.task(
        name=NIGHTLY, queue=QUEUE, pass_context=True, retry=again, lock=NIGHTLY,
        queueing_lock=NIGHTLY,
    )(judge_night)  # fmt: skip
    if nightly:
        hour, minute = nightly.split(":")
        app.periodic(cron=f"{int(minute)} {int(hour)} * * *")(task)
    return app


def judge(place: Workplace, attempts: int, job: str, number: int) -> None:
    """Judge a chunk; one that meets a defect again and again fails its job.

    Raises DatabaseUnavailable, Stopped, TaskFailed: then it is to be tried again.
    """
    tried(attempts, partial(do_chunk, place, job, number), partial(give_up, place, job, number))


def tried(attempts: int, work: Callable[[], object], ends: Callable[[], None]) -> None:
    """Do a task that was tried so often before; after the last attempt, end it.

    Raises DatabaseUnavailable, Stopped, TaskFailed.
    """
    try:
        work()
    except (DatabaseUnavailable, Stopped):
        raise
    except Exception as error:  # noqa: BLE001 (whatever it is, it is told without the record's words)
        frames = "".join(traceback.format_tb(error.__traceback__))
        _LOG.error("A task met a defect, %s:\n%s", type(error).__name__, frames)
        if attempts + 1 < MOST:
            raise TaskFailed from None
        ends()


def give_up(place: Workplace, job: str, number: int) -> None:
    """Fail the job of a chunk that meets a defect each time. Raises DatabaseUnavailable."""
    detail = (
        f"Chunk {number} met a defect of the service {MOST} times. What was committed stays; "
        "report the id, and resume the job once the service is mended."
    )
    _fail(place, job, {"code": "internal_error", "detail": detail})


def give_up_lost(place: Workplace, job: str, number: int) -> None:
    """Fail the job of a chunk whose workers are lost each time. Raises DatabaseUnavailable."""
    detail = (
        f"{MOST_LOST} workers were lost while they judged chunk {number}: look whether they have "
        "memory enough, then resume the job. What was committed stays."
    )
    _fail(place, job, {"code": "workers_lost", "detail": detail})


def _fail(place: Workplace, job: str, problem: Mapping[str, Any]) -> None:
    told = {**problem, "line": None, "column": None}
    place.writer.run(lambda unit: fail(unit, job, told))


def _give_up_the_night() -> None:
    _LOG.error("The nightly re-adjudication is given up until the next night.")
