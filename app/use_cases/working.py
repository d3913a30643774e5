"""Work on jobs, by whoever does it: the server's own worker, or a command."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from app.store.database import DatabaseUnavailable
from app.store.jobs import StoredJob
from app.store.writer import Unit
from app.use_cases.assembly_jobs import KIND as ASSEMBLY
from app.use_cases.importing import Workplace, run_import
from app.use_cases.imports import KIND as IMPORT
from app.use_cases.jobs import LeaseLost, Progress, Stopped, release, step, take
from app.use_cases.readjudicating import run_readjudication
from app.use_cases.readjudications import KIND as READJUDICATION
from app.use_cases.reassembling import run_assembly

_LOG = logging.getLogger("uvicorn.error")
_RUN: Final[Mapping[str, Callable[[Workplace, StoredJob], Iterator[StoredJob]]]] = {
    IMPORT: run_import,
    ASSEMBLY: run_assembly,
    READJUDICATION: run_readjudication,
}
_INTERNAL: Final = {
    "code": "internal_error",
    "detail": "The service met a defect of its own; what was committed stays. Report the id.",
    "line": None,
    "column": None,
}


def work_on_next(place: Workplace, stopping: Callable[[], bool]) -> bool:
    """Do the job that has waited longest, and tell whether there was one.

    Raises DatabaseUnavailable: the job is then taken up again when its lease has run out.
    """
    job = place.writer.run(lambda unit: take(unit, place.worker, lease=place.lease))
    if job is None:
        return False
    for _ in work_on(replace(place, stopping=stopping), job):
        if stopping():
            break
    if stopping():
        place.writer.run(lambda unit: release(unit, place.worker, job.id))
    return True


def work_on(place: Workplace, job: StoredJob) -> Iterator[StoredJob]:
    """Do a job that the worker holds: the job after each step, to its end.

    A defect fails the job. Where the worker is to stop, it ends early. Raises DatabaseUnavailable.
    """
    try:
        for after in _RUN[job.kind](place, job):
            job = after
            yield job
    except (LeaseLost, Stopped):
        return
    except DatabaseUnavailable:
        raise
    except Exception:  # noqa: BLE001 (whatever it is, the job says that it failed)
        _LOG.exception("Job %s met a defect.", job.id)
        yield _failed(place, job)


def _failed(place: Workplace, job: StoredJob) -> StoredJob:
    counts = json.loads(job.counts)
    problem = Progress(done=job.done, counts=counts, problem=_INTERNAL)

    def fail(unit: Unit) -> StoredJob:
        return step(unit, place.worker, job, lambda _: problem)

    return place.writer.run(fail)
