"""Judging a study again, beside bare reading of the same rows: dry and real, growth, memory.

Patients are those of mix A, under IC19's protocol and an amendment of it (CRS 7 days, not 72
hours; neutropenia 21 days, not 28). Each size is a study in a database of its own.
"""

import resource
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from app.loaded import leave_out_of_collection
from app.store.database import Database, sqlite_url
from app.store.jobs import StoredJob
from app.store.migrate import upgrade
from benchmarks.generate.copies import multiply, rows_read
from benchmarks.generate.mixes import MILD
from benchmarks.measure import Cost, side_by_side
from tests.readjudications.patients import generated
from tests.readjudications.service import STUDY, WHY, Rejudging, counts

RECORDED: Final = 1_000
"""Events that are recorded one by one; the others are copies."""
FEW: Final = 10_000
MANY: Final = 1_000_000
TOGETHER: Final = 100
TRIED: Final = 2_000
"""As the service judges them: so many patients together where it is written, and in a dry run."""
READ, READ_ALL = "bare reading", "bare reading, with columns"
AS_IT_STANDS, AMENDED = "dry run, as it stands", "dry run, amended"
YARDSTICKS: Final = {AS_IT_STANDS: READ, AMENDED: READ_ALL}
"""Bare reading of the same rows: an amendment is held against the columns that were kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """Seconds per event, by what is done, in a study of some size.

    `mebibytes` is the peak of the process after all of it; `counts` are those of the amendment.
    """

    events: int
    costs: Mapping[str, Cost]
    real: Cost
    mebibytes: float
    counts: Mapping[str, Any]


def measure(repeats: int, *, whole: bool) -> list[Again]:
    """A small study and a large one; the largest only where all is measured."""
    return [_measured(size, repeats) for size in (FEW, MANY if whole else 10 * FEW)]


def _measured(events: int, repeats: int) -> Again:
    with _study(events) as study:
        costs = side_by_side(
            {
                READ: lambda: _read(study.database),
                READ_ALL: lambda: _read(study.database, columns=True),
                AS_IT_STANDS: lambda: _whole(study.run()),
                AMENDED: lambda: _whole(study.run(protocol_version="2")),
            },
            repeats if events == FEW else 1,
        )
        started, walled = time.process_time(), time.perf_counter()
        job = _whole(study.run(protocol_version="2", dry_run=False, reason=WHY))
        cpu, wall = time.process_time() - started, time.perf_counter() - walled
        return Again(
            events=events,
            costs={name: each.of_each(events) for name, each in costs.items()},
            real=Cost(cpu=cpu, wall=wall, least_cpu=cpu).of_each(events),
            mebibytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            counts=counts(job),
        )


@contextmanager
def _study(events: int) -> Iterator[Rejudging]:
    with TemporaryDirectory() as folder:
        database = Database(sqlite_url(Path(folder)))
        upgrade(database)
        study = Rejudging(database=database)
        study.place = replace(study.place, patients=TOGETHER, tried=TRIED)
        study.begin()
        study.told(list(generated(RECORDED, MILD)))
        multiply(database, events // RECORDED - 1)
        study.later()
        leave_out_of_collection()  # as a worker does
        yield study
        study.close()
        database.close()


def _read(database: Database, *, columns: bool = False) -> None:
    with database.reading() as connection:
        deque(rows_read(connection, STUDY, columns=columns), maxlen=0)


def _whole(job: StoredJob) -> StoredJob:
    """The job, which has to have judged everybody."""
    told = counts(job)
    if job.state != "succeeded" or told["failed"] or told["not_there"]:
        raise AssertionError(f"{job.state}: {told}")
    return job
