"""The worst grade that was recorded of a whole event, and how it bounds its unknown grades."""

from collections.abc import Iterable

from app.domain.case import AdverseEvent
from app.domain.grade import DEATH


def bound_of(event: AdverseEvent) -> int | None:
    """The worst grade recorded, where no unknown grade of the event can be above it.

    None where there is none, and where the record contradicts it: by a grade of the course or of
    an assessment above it, or by a death from the event. Then nobody knows which of the two is
    right, so the listed grade stands and the others are bounded by nothing.
    """
    worst = event.worst_grade
    if worst is None or above(event):
        return None
    fatal = event.seriousness is not None and event.seriousness.death is True
    return None if fatal and worst < DEATH else worst


def above(event: AdverseEvent) -> tuple[int, ...]:
    """The grades of the course and of assessments above the worst grade, rising, each once."""
    worst = event.worst_grade
    if worst is None:
        return ()
    listed = {each.grade for each in event.grades} | {each.grade for each in event.assessments}
    return tuple(sorted(grade for grade in listed if grade is not None and grade > worst))


def up_to(bound: int, grades: Iterable[int]) -> set[int]:
    """Those of the grades that are not above a bound.

    A number orders the course also where the term has no such grade: then every grade from 1 up
    to the bound is left, and 0 where the bound is 0.
    """
    left = {grade for grade in grades if grade <= bound}
    return left or set(range(1, bound + 1)) or {0}
