"""The grade changes of an event as steps: from when on which grade, as far as that is known."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain.case import Assessment
from app.domain.grade import DEATH
from app.domain.time import ALWAYS, NEVER, UNKNOWN_SPAN, PartialTime, Precision, Span, Zone

UNKNOWN_GRADE = -1
#: Before and after every day that can be recorded, yet a number of microseconds that int64 holds.
NEVER_DAY, ALWAYS_DAY = 50_000_000, -50_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From a time on, a grade.

    `held_through` is the last instant at which the previous one surely held.
    """

    span: Span
    recorded: str | None
    precision: Precision | None
    recorded_first: int
    grade: int
    held_through: int
    held_day: int
    position: int
    """Index in the event's `grades` (or `assessments`, where there are no grades)."""
    contradicts: bool = False
    """Whether its recorded time contradicts the order of the list."""


def span_of(time: PartialTime | None, zone: Zone) -> Span:
    """The span of a recorded time; everything where none was recorded."""
    return UNKNOWN_SPAN if time is None else time.span(zone)


def clipped(span: Span, zone: Zone, cut: int) -> Span | None:
    """The part of a span up to the cut; None where there is none."""
    if span.first > cut:
        return None
    if span.last <= cut:
        return span
    return Span(span.first, cut, cut + 1, span.first_day, zone.day_of(cut))


def steps_of(
    recorded: Sequence[tuple[PartialTime | None, int | None]], zone: Zone, cut: int
) -> tuple[list[Step], bool]:
    """The steps that begin by the cut, and whether any begins after it."""
    steps: list[Step] = []
    for position, (time, grade) in enumerate(recorded):
        whole = span_of(time, zone)
        span = clipped(whole, zone, cut)
        if span is not None:
            steps.append(
                Step(
                    span=span,
                    recorded=time.text if time else None,
                    precision=time.precision if time else None,
                    recorded_first=whole.first,
                    grade=UNKNOWN_GRADE if grade is None else grade,
                    held_through=span.first - 1,
                    held_day=span.first_day,
                    position=position,
                )
            )
    return steps, len(steps) < len(recorded)


def mark_contradictions(steps: list[Step], zone: Zone, cut: int) -> tuple[list[Step], bool]:
    """All times of a pair that contradicts the order of the list are unknown."""
    latest = ALWAYS
    if not any(step.span.last < (latest := max(latest, step.span.first)) for step in steps):
        return steps, False
    wrong: set[int] = set()
    for later, step in enumerate(steps):
        earlier = [place for place in range(later) if steps[place].span.first > step.span.last]
        wrong.update(earlier, [later] if earlier else [])
    unknown = Span(ALWAYS, cut, cut + 1, ALWAYS_DAY, zone.day_of(cut))
    marked = [
        replace(step, span=unknown, held_through=ALWAYS, held_day=ALWAYS_DAY, contradicts=True)
        if place in wrong
        else step
        for place, step in enumerate(steps)
    ]
    return marked, True


def between_others(steps: Sequence[Step]) -> list[Step]:
    """A time that nobody recorded lies between those before and after it in the list.

    An event known by its worst grade is of such times. Placed now, a change that comes after a
    dated onset is not one around an infusion before that, of which the baseline would decide.
    """
    placed = list(steps)
    for place, step in enumerate(steps):
        if step.recorded is None:
            latest = min((each.span for each in steps[place:]), key=lambda span: span.last)
            earliest = max((each.span for each in steps[: place + 1]), key=lambda span: span.first)
            span = Span(
                earliest.first, latest.last, latest.sup, earliest.first_day, latest.last_day
            )
            placed[place] = replace(
                step,
                span=span,
                recorded_first=span.first,
                held_through=span.first - 1,
                held_day=span.first_day,
            )
    return placed


def observed_at(
    steps: list[Step], known: Sequence[tuple[Span, Assessment]], findings: list[tuple[str, str]]
) -> list[Step]:
    """Between two assessments a fall may have happened at any time.

    A rise counts from the assessment that showed it. So only `held_through` is moved, which is
    read of falls alone.
    """
    times = [span.first for span, _ in known]
    observed: list[Step] = []
    for place, step in enumerate(steps):
        if place:
            seen = bisect_left(times, step.span.first)  # assessments before this step
            held = _held_until(known[:seen], steps[place - 1], step)
            if held.first < step.span.first:
                step = replace(step, held_through=held.first, held_day=held.first_day)
        after = steps[place + 1].span.first if place + 1 < len(steps) else NEVER
        during = [
            assessment
            for span, assessment in known[
                bisect_right(times, step.span.last) : bisect_left(times, after)
            ]
            if span.last < after
        ]
        told = _contradiction(step, during)
        if told is not None:
            findings.append(("assessment_contradicts_course", told))
            step = replace(step, grade=UNKNOWN_GRADE)
        observed.append(step)
    return observed


def _held_until(before: Sequence[tuple[Span, Assessment]], standing: Step, step: Step) -> Span:
    """When the step that stands was last seen surely before the change to `step`: at an assessment
    that shows no lower grade, else when it began.
    """
    least = _least_shown(standing, step)
    for span, assessment in reversed(before):
        if span.first <= standing.span.first:
            break
        shows = assessment.grade is not None and assessment.grade >= least
        if shows and span.last < step.span.first:  # of the same day it may be later
            return span
    return standing.span


def _least_shown(standing: Step, step: Step) -> int:
    """The lowest grade that shows that a step still stood: its own, else above the one it fell to;
    where neither is known, none shows it.
    """
    if standing.grade != UNKNOWN_GRADE:
        return standing.grade
    return DEATH + 1 if step.grade == UNKNOWN_GRADE else step.grade + 1


def _contradiction(step: Step, during: Sequence[Assessment]) -> str | None:
    """What the first assessment says that denies the grade of a step while it stood, if any does.

    A grade that is not known is one grade all the same, and not 0 (a change is never to that).
    """
    unknown = step.grade == UNKNOWN_GRADE
    for place, each in enumerate(during):
        if unknown and each.grade and each.grade == during[0].grade:
            continue
        if each.grade == step.grade:
            continue
        course = f"the course grade {step.grade}"
        if unknown:
            course = "the course a change to a grade"
            if place:
                before = during[0]
                course = f"that on {before.on.text} grade {before.grade}, the course one grade"
        return (
            f"The assessment on {each.on.text} shows grade {each.grade}, {course}; "
            "the grade is taken as unknown."
        )
    return None
