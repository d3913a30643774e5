"""Patients whose rows cannot be followed, for whatever reason nobody foresaw: set aside.

A defect that one patient meets must not keep the others of a file waiting. The step is taken
back and done without that patient: the rows are kept, the record stays as it is, and it is told,
with an id that the log has too. The next assembly tries again.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from app.domain.record.origin import Origin
from app.store.database import is_outage
from app.store.jobs import StoredJob
from app.store.writer import Unit
from app.use_cases.ingest import judged_together
from app.use_cases.records import Written

_LOG = logging.getLogger("uvicorn.error")
_MOST: Final = 20
"""Patients of one step: a defect that more of them meet is none of single patients."""


@dataclass(slots=True, kw_only=True)
class Aside:
    """Who is set aside in a step, with the id of the defect, and whether each is judged alone."""

    job: str
    defects: dict[str, str] = field(default_factory=dict)
    one_by_one: bool = False


class PatientFailed(Exception):
    """A patient met a defect: the step has to be done without that patient."""

    def __init__(self, subject: str, defect: str) -> None:
        self.subject, self.defect = subject, defect
        super().__init__(f"defect {defect}")


class NobodyJudged(Exception):
    """The patients of a step were judged together, and one of them met a defect."""


def setting_aside(job: StoredJob, step: Callable[[Aside], StoredJob]) -> StoredJob:
    """Do a step, without the patients who make it fail. Raises what more than those do."""
    aside = Aside(job=job.id)
    while True:
        try:
            return step(aside)
        except NobodyJudged:
            aside.one_by_one = True
        except PatientFailed as failed:
            if failed.subject in aside.defects or len(aside.defects) == _MOST:
                raise
            aside.defects[failed.subject] = failed.defect


@contextmanager
def minding(unit: Unit, subject: str, aside: Aside) -> Iterator[None]:
    """Whatever is raised, but for an outage, becomes PatientFailed."""
    try:
        yield
    except Exception as error:
        if is_outage(error):
            raise
        defect = str(unit.new_id())
        _LOG.exception("Job %s set a patient aside: defect %s.", aside.job, defect)
        raise PatientFailed(subject, defect) from error


def judged(
    unit: Unit, origin: Origin, study: str, written: Sequence[Written], aside: Aside
) -> None:
    """Judge whom these writes concern. Raises NobodyJudged, PatientFailed."""
    if not aside.one_by_one:
        try:
            judged_together(unit, origin, study, written)
        except Exception as error:
            if is_outage(error):
                raise
            raise NobodyJudged from error
        return
    of_each: dict[str, list[Written]] = {}
    for each in written:
        of_each.setdefault(each.holds.subject or each.holds.key, []).append(each)
    for subject, several in of_each.items():
        with minding(unit, subject, aside):
            judged_together(unit, origin, study, several)
