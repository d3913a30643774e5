"""A study that is judged again by workers, each with a connection of its own."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from sqlalchemy import text

from app.api.dependencies import Record
from app.api.working import workplace
from app.clock import random_id
from app.domain.case import Subject
from app.engine.carrying import carry
from app.engine.serving import served
from app.store.database import Database
from app.store.engine import JUDGE_CHUNK, SCHEMA
from app.store.jobs import StoredJob
from app.store.writer import Writer
from app.use_cases.importing import Workplace
from tests.crash.service import pause
from tests.readjudications.patients import generated
from tests.readjudications.service import BEGAN, WHY, Rejudging

LEASE: Final = timedelta(seconds=0.6)
VERSION: Final[Mapping[str, Any]] = {"protocol_version": "2", "dry_run": False, "reason": WHY}
"""What is asked for: the amendment, in earnest."""
_TASKS: Final = text(
    f"SELECT args FROM {SCHEMA}.procrastinate_jobs WHERE task_name = :name ORDER BY id"  # noqa: S608
)
_FIRST: Final = 10
_LOOKS: Final = 3000
_A_LITTLE: Final = 0.02


def patients(number: int) -> list[Subject]:
    """Some patients, the same each time; of those the amendment judges some otherwise."""
    return list(islice(generated(12 * (number + _FIRST)), _FIRST, _FIRST + number))


def begun(
    database: Database, subjects: Sequence[Subject], at_once: int = 2, now: datetime = BEGAN
) -> Rejudging:
    """A study with patients, so many of whom are a chunk."""
    rejudging = seen(database, at_once)
    rejudging.now = now
    rejudging.begin()
    rejudging.told(subjects)
    rejudging.later()
    return rejudging


def seen(database: Database, at_once: int = 2) -> Rejudging:
    """The study that a database has, an hour after it began."""
    rejudging = Rejudging(database=database, now=BEGAN)
    rejudging.place = replace(rejudging.place, patients=at_once, lease=LEASE)
    rejudging.later()
    return rejudging


def handed_over(rejudging: Rejudging, **body: Any) -> StoredJob:
    """A job whose chunks wait for whoever is free."""
    job = rejudging.asked(**(body or VERSION)).job
    for _ in rejudging.steps(job, replace(rejudging.place, carry=carry)):
        pass
    waiting = rejudging.job(job)
    assert (waiting.state, waiting.worker, waiting.leased_until) == ("running", None, None)
    return waiting


@contextmanager
def another_worker(rejudging: Rejudging, **changed: Any) -> Iterator[Workplace]:
    """Where a worker of another process works, at the time of the study."""
    database = Database(rejudging.database.url.render_as_string(hide_password=False))
    writer = Writer(database, rejudging.clock, random_id)
    record = Record(database=database, writer=writer, clock=rejudging.clock)
    yield replace(workplace(record, random_id, LEASE), patients=2, **changed)
    writer.close()
    database.close()


@contextmanager
def serving(rejudging: Rejudging, nightly: str = "") -> Iterator[None]:
    """A worker of the engine, as long as the block runs."""
    with another_worker(rejudging) as place, served(place, nightly=nightly):
        yield


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait until something holds that others do."""
    for _ in range(_LOOKS):
        if holds():
            return
        pause(_A_LITTLE)
    raise AssertionError("that never came")


def over(rejudging: Rejudging, job: StoredJob) -> StoredJob:
    """The job, once it is over."""
    wait_until(lambda: rejudging.job(job).is_over)
    return rejudging.job(job)


def tasks(database: Database) -> list[dict[str, Any]]:
    """The chunks that the engine has to deliver, or delivers."""
    with database.reading() as connection:
        return list(connection.execute(_TASKS, {"name": JUDGE_CHUNK}).scalars())


def outcome(rejudging: Rejudging, job: StoredJob) -> dict[str, Any]:
    """All that came of a job, but for ids, and times of those who wrote."""
    told = rejudging.job(job)
    changes = {
        subject: {**each, "adjudication": None} for subject, each in rejudging.changes(job).items()
    }
    standing = {
        subject: (each.number, each.cause, each.input_digest, each.answer_digest, each.due)
        for subject, each in rejudging.standing().items()
    }
    return {
        "job": (told.state, told.done, told.total, told.counts, told.problem),
        "changes": changes,
        "standing": standing,
    }
