"""From which step of a course on a run is at least the N-th of its kind of the patient."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.domain.course import Course
from app.domain.dlt.facts import NO, UNKNOWN, YES
from app.domain.steps import UNKNOWN_GRADE, Step
from app.domain.time import NEVER


@dataclass(frozen=True, slots=True, kw_only=True)
class Nth:
    """YES, UNKNOWN or NO; and the places of the steps from which on it may, and surely does, hold.

    A run that begins there or later is the N-th or a later one. NEVER where there is no such step.
    """

    told: int
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """Steps that are, or may be, at or above a grade, between two that surely are not."""

    course: int
    place: int
    begins: int
    """Its first instant, at the earliest."""
    ends: int
    """Its last instant, at the latest."""
    sure: bool
    """Whether it surely holds a run of such an event."""


def nth_occurrence(
    mine: Course, others: Sequence[tuple[Course, bool]], grade: int, times: int, *, sure: bool
) -> Nth:
    """Where the `times`-th run at or above a grade begins in this course.

    `others` say of each other event whether its term surely is one that is asked for, and `sure`
    says so of this one. A run counts for sure where it was over before the next one began: two
    that overlap, or whose order is not known, may be told apart or be one, and leave it unknown.
    """
    first = next(
        (
            place
            for place, step in enumerate(mine.steps)
            if _may_begin(mine.steps, place, grade)
            and _most_before(mine, place, grade)
            + 1
            + sum(_most(_begun(course, step.span.last), grade) for course, _ in others)
            >= times
        ),
        NEVER,
    )
    last = _surely(mine, others, grade, times) if sure else NEVER
    if first == NEVER:
        return Nth(told=NO, first=NEVER, last=NEVER)
    return Nth(told=YES if first == last else UNKNOWN, first=first, last=last)


def _may_be_at(step: Step, grade: int) -> bool:
    return step.grade == UNKNOWN_GRADE or step.grade >= grade


def _is_at(step: Step, grade: int) -> bool:
    return step.grade != UNKNOWN_GRADE and step.grade >= grade


def _may_begin(steps: Sequence[Step], place: int, grade: int) -> bool:
    """Whether a run may begin with a step."""
    before = place > 0 and _is_at(steps[place - 1], grade)
    return _may_be_at(steps[place], grade) and not before


def _most_before(course: Course, place: int, grade: int) -> int:
    """How many runs there may be before one that begins at a place.

    Where the record contradicts the order of its steps, any other run may have been before it.
    """
    if any(step.contradicts for step in course.steps):
        return max(0, _most(course.steps, grade) - 1)
    return _most(course.steps[: max(0, place - 1)], grade)


def _begun(course: Course, instant: int) -> list[Step]:
    """The steps that may have begun by an instant."""
    loose = any(step.contradicts for step in course.steps)
    return [step for step in course.steps if loose or step.span.first <= instant]


def _most(steps: Sequence[Step], grade: int) -> int:
    """The most runs that there may be: each unknown grade parts two of them, or is one."""
    count, inside = 0, False
    for step in steps:
        if not _may_be_at(step, grade) or (inside and not _is_at(step, grade)):
            inside = False
        elif not inside:
            count, inside = count + 1, True
    return count


def _surely(mine: Course, others: Sequence[tuple[Course, bool]], grade: int, times: int) -> int:
    """The place of the first run that surely is so late a one: of which enough were before."""
    courses = [(mine, True), *others]
    blocks = [
        block
        for number, (course, asked_for) in enumerate(courses)
        for block in _blocks(course, number, grade)
        if block.sure and asked_for
    ]
    blocks.sort(key=lambda block: (block.begins, block.place))
    count: list[int] = []
    for number, block in enumerate(blocks):
        before = (
            count[earlier] for earlier in range(number) if _is_before(blocks[earlier], block)
        )
        count.append(1 + max(before, default=0))
    return min(
        (
            block.place
            for block, ordinal in zip(blocks, count, strict=True)
            if block.course == 0 and ordinal >= times
        ),
        default=NEVER,
    )


def _is_before(one: _Block, other: _Block) -> bool:
    """Whether a block was surely over before another began."""
    if one.course == other.course:
        return one.place < other.place
    return one.ends < other.begins


def _blocks(course: Course, number: int, grade: int) -> Iterator[_Block]:
    """The blocks of a course; none where the record contradicts the order of its steps."""
    steps = course.steps
    if any(step.contradicts for step in steps):
        return
    start: int | None = None
    for place, step in enumerate(steps):
        if start is None and _may_be_at(step, grade):
            start = place
        following = steps[place + 1] if place + 1 < len(steps) else None
        if start is None or (following is not None and _may_be_at(following, grade)):
            continue
        yield _Block(
            course=number,
            place=start,
            begins=steps[start].span.first,
            ends=course.ends_by if following is None else following.span.last - 1,
            sure=any(_is_at(each, grade) for each in steps[start : place + 1]),
        )
        start = None
