"""What an export tells of: an adverse event as it is recorded, and the verdict that it has.

Nothing is completed and nothing derived but what each column of docs/exports.md says: a time is
the text that was recorded, and what is not known is blank.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from app.domain.case import AdverseEvent, GradeChange, Seriousness

Judge = tuple[str, str]
"""An agent, and who judged the relation of an event to it: the assessor, or a blank text."""

NOT_GRADED = GradeChange(at=None, grade=None)
"""What stands for the course of an event without one: neither a grade nor a time is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventVerdict:
    """The verdict of one event, and the adjudication that states it."""

    verdict: str
    criterion: str | None
    exception: str | None
    established_at: str | None
    becomes_dlt_at: str | None
    open: bool
    missing: tuple[str, ...]
    """The fields that would settle it."""
    refer_to_committee: bool
    adjudication: str
    as_of: str
    """The data cut of the verdict."""
    protocol: str
    protocol_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedEvent:
    """An adverse event of a study. `verdict` is None where none stands, as of a patient who is not
    recorded yet.
    """

    study: str
    subject: str
    key: str
    """`system:record_id`, as verdicts name it."""
    event: AdverseEvent
    verdict: EventVerdict | None = None

    @property
    def course(self) -> tuple[GradeChange, ...]:
        """Its grade changes in order; one without a grade and a time where there are none."""
        return self.event.grades or (NOT_GRADED,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoning:
    """What has to be known of all events before the first is written."""

    events: int
    changes: int
    """Rows of all courses."""
    judges: tuple[Judge, ...]
    """Who judged the relation to which agent, in order, each once."""


def reckoned(events: Iterable[ExportedEvent]) -> Reckoning:
    """Go through all events once, in memory that does not grow with their number."""
    number = changes = 0
    judges: set[Judge] = set()
    for each in events:
        number += 1
        changes += len(each.course)
        judges.update((one.agent, one.assessor or "") for one in each.event.causality)
    return Reckoning(events=number, changes=changes, judges=tuple(sorted(judges)))


def worst_known(event: AdverseEvent) -> int | None:
    """The highest grade that is known of an event: by its course, an assessment, or as its worst
    by a source that said no more.
    """
    told = (*_grades(event), event.worst_grade)
    return max((each for each in told if each is not None), default=None)


def may_be_worse(event: AdverseEvent) -> bool:
    """Whether the event may have had a higher grade than the worst one that is known: some grade
    is not known, and nobody said which was the worst.
    """
    grades = _grades(event)
    return event.worst_grade is None and (not grades or None in grades)


def _grades(event: AdverseEvent) -> list[int | None]:
    of_course = [each.grade for each in event.grades]
    return [*of_course, *(each.grade for each in event.assessments)]


def criteria_of(seriousness: Seriousness) -> dict[str, bool | None]:
    """The criteria by name, in the order of SDTM's variables."""
    return {
        "death": seriousness.death,
        "life_threatening": seriousness.life_threatening,
        "hospitalisation": seriousness.hospitalisation,
        "disability": seriousness.disability,
        "congenital_anomaly": seriousness.congenital_anomaly,
        "medically_important": seriousness.medically_important,
    }


def is_serious(seriousness: Seriousness) -> bool | None:
    """Yes by any criterion, no where every criterion is denied; else nobody said."""
    told = criteria_of(seriousness).values()
    return True if True in told else None if None in told else False
