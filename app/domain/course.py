"""The course of one adverse event: its grade over time, as far as it is known at a data cut.

A course is a step function. What is recorded of it may be partial: times are spans, grades may be
unknown, and after the last change something may be known, or nothing (docs/time.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum

from app.domain.case import Assessment, Event, Subject
from app.domain.grade import DEATH
from app.domain.steps import (
    NEVER_DAY,
    UNKNOWN_GRADE,
    Step,
    between_others,
    clipped,
    mark_contradictions,
    observed_at,
    span_of,
    steps_of,
)
from app.domain.time import NEVER, PartialTime, Span, Zone


class Tail(IntEnum):
    """What is known of an event after its last grade change."""

    GOES_ON = 0
    """Known to go on through the cut; the future is open."""
    SILENT = 1
    """Known through an instant; after it, it may have ended at any time or go on."""
    ENDED = 2
    """Ended at an unknown time after the last change and by an instant."""
    ASSESSED = 3
    """Known through the last assessment; assumed to go on for limits that lie ahead."""
    STOPPED = 4
    """Known through a death, withdrawal or loss; unknown after it, for ever."""
    FATAL = 5
    """The event ended in death: no recovery."""


class StopKind(StrEnum):
    """What ended the observation of a patient."""

    DEATH = "death"
    WITHDRAWAL = "withdrawal"
    FOLLOW_UP = "follow_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """The end of a patient's observation: clocks do not run past it."""

    kind: StopKind
    first: int
    last: int
    first_day: int
    last_day: int
    recorded: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One event's course at a data cut."""

    steps: tuple[Step, ...]
    tail: Tail
    through: int
    through_day: int
    ends_by: int
    ends_by_day: int
    stop: Stop | None
    findings: tuple[tuple[str, str], ...]
    """(code, sentence) of what is wrong with the record but was kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What bounds every course of one patient: zone, cut and the end of observation."""

    zone: Zone
    cut: int
    stop: Stop | None
    death_from_another_cause: str
    persists_in_silence: bool
    told: int | None = None
    """When the event's source spoke last, of an event of the record."""


def stop_of(subject: Subject, zone: Zone, cut: int) -> Stop | None:
    """The first thing that ended the patient's observation before the cut."""
    stops: list[Stop] = []
    for kind, record in (
        (StopKind.DEATH, subject.death),
        (StopKind.WITHDRAWAL, subject.withdrawal),
    ):
        if record is not None:
            span = clipped(span_of(record.date, zone), zone, cut)
            if span is not None:
                text = record.date.text if record.date else None
                stops.append(
                    Stop(
                        kind=kind,
                        first=span.first,
                        last=span.last,
                        first_day=span.first_day,
                        last_day=span.last_day,
                        recorded=text,
                    )
                )
    until = subject.follow_up_until
    if until is not None:
        span = until.span(zone)
        earliest = max(span.first, min(span.last, zone.midnight(span.first_day + 1) - 1))
        if earliest < cut:
            stops.append(
                Stop(
                    kind=StopKind.FOLLOW_UP,
                    first=earliest,
                    last=min(span.last, cut),
                    first_day=span.first_day,
                    last_day=span.last_day,
                    recorded=until.text,
                )
            )
    return min(stops, key=lambda stop: (stop.first, stop.last), default=None)


def course_of(event: Event, seen: Observation) -> Course:
    """What is known of an event's course at the cut. Nothing after the cut is looked at."""
    zone, cut = seen.zone, seen.cut
    findings: list[tuple[str, str]] = []
    clips = ((clipped(each.on.span(zone), zone, cut), each) for each in event.assessments)
    made = [(span, each) for span, each in clips if span is not None]
    known = sorted((pair for pair in made if pair[1].grade is not None), key=lambda pair: pair[0])
    recorded: list[tuple[PartialTime | None, int | None]]
    recorded = [(change.at, change.grade) for change in event.grades]
    if not recorded:
        recorded = [(shown.on, shown.grade) for shown in event.assessments]
    if not recorded:
        recorded = [(None, None)]
        findings.append(
            ("no_grade", "No grade was recorded, so every grade of the term is possible.")
        )
    steps, dropped = steps_of(recorded, zone, cut)
    steps, contradicts = mark_contradictions(steps, zone, cut)
    if contradicts:
        findings.append(
            (
                "order_contradicted",
                "The times of the grade changes contradict their order; those times are "
                "taken as unknown.",
            )
        )
    if event.worst_grade is not None:
        steps = between_others(steps)
    # One that left the grade open shows nothing, yet says like any other that the course is known
    # at assessments alone: whichever grade it was, nothing is known between it and the next.
    if made:
        steps = observed_at(steps, known, findings)
    last_assessed = _last_shown(known, steps[-1]) if made and steps else None
    return _with_tail(event, seen, steps, last_assessed, dropped, findings)


def _last_shown(known: Sequence[tuple[Span, Assessment]], last: Step) -> Span:
    """When the last grade was last shown: by an assessment of no lower one, else by its change.

    Of a grade that is not known, by one above 0. Less does not show that it was there so long.
    """
    least = 1 if last.grade == UNKNOWN_GRADE else last.grade
    shown = (span for span, each in reversed(known) if (each.grade or 0) >= least)
    return next(shown, last.span)


def _with_tail(
    event: Event,
    seen: Observation,
    steps: list[Step],
    last_assessed: Span | None,
    dropped: bool,
    findings: list[tuple[str, str]],
) -> Course:
    course = Course(
        steps=tuple(steps),
        tail=Tail.GOES_ON,
        through=NEVER,
        through_day=NEVER_DAY,
        ends_by=NEVER,
        ends_by_day=NEVER_DAY,
        stop=seen.stop,
        findings=tuple(findings),
    )
    if not steps or steps[-1].grade == 0:
        return course
    last = steps[-1].span
    seen_last = last if last_assessed is None else max(last, last_assessed)
    if steps[-1].grade == DEATH:
        return replace(
            course,
            tail=Tail.FATAL,
            through=last.first,
            through_day=last.first_day,
            ends_by=min(last.sup, seen.cut),  # whenever in its day: by the cut
            ends_by_day=last.last_day,
        )
    if event.ongoing is False and not dropped:
        if seen.stop is None or seen.stop.kind is not StopKind.DEATH:
            ended_by, day = _ended_by(seen, seen_last)
            return replace(
                course,
                tail=Tail.ENDED,
                through=min(seen_last.first, ended_by),  # by the cut: perhaps with a last change
                through_day=seen_last.first_day,
                ends_by=ended_by,
                ends_by_day=day,
            )
        # It ended before the death or was unresolved at it, so it may have been over.
        through, day = seen_last.first, seen_last.first_day
        return _stopped(course, seen, seen.stop, through, day, perhaps_over=True)
    return _open(event, seen, course, last, last_assessed, dropped)


def _open(
    event: Event,
    seen: Observation,
    course: Course,
    last: Span,
    last_assessed: Span | None,
    dropped: bool,
) -> Course:
    """The tail of an event that may still go on."""
    reported = None if dropped or seen.persists_in_silence else _last_report(event, seen, last)
    through, day = (NEVER, NEVER_DAY) if reported is None else reported
    observed = last_assessed is not None and not dropped
    if last_assessed is not None and observed:
        last = max(last, last_assessed)
        through, day = last.first, last.first_day
    stop, silent = seen.stop, reported is not None
    if stop is not None and not (silent and through < stop.first):
        through = max(min(through, stop.first), last.first)
        day = max(min(day, stop.first_day), last.first_day)
        return _stopped(course, seen, stop, through, day, perhaps_over=observed)
    if silent:
        return replace(course, tail=Tail.SILENT, through=through, through_day=day)
    if observed:
        return replace(course, tail=Tail.ASSESSED, through=through, through_day=day)
    return course


def _ended_by(seen: Observation, last: Span) -> tuple[int, int]:
    """By when an event had ended whose end nobody recorded: the cut, or when its source spoke.

    Instant and day.
    """
    if seen.told is None or seen.told >= seen.cut:
        return seen.cut - 1, seen.zone.day_of(seen.cut)
    by = max(seen.told, last.last)
    return by, seen.zone.day_of(by)


def _last_report(event: Event, seen: Observation, last: Span) -> tuple[int, int] | None:
    """Instant and day through which the source knew the event to go on; None: through the cut."""
    if event.ongoing is None:
        return last.first, last.first_day
    if event.ongoing_as_of is None:
        return None
    reported = event.ongoing_as_of.span(seen.zone)
    if reported.first >= seen.cut or reported.last == seen.cut:
        return None
    return max(reported.first, last.first), max(reported.first_day, last.first_day)


def _stopped(
    course: Course, seen: Observation, stop: Stop, through: int, day: int, perhaps_over: bool
) -> Course:
    """The tail of an event that the end of observation cut off.

    `perhaps_over` says that it was known only `through` an instant, by its last assessment or
    since it is said to have ended: between that and a death it may have been over.
    """
    exceeds = stop.kind is StopKind.DEATH and seen.death_from_another_cause == "exceeds_limit"
    if exceeds and not (perhaps_over and through < stop.last):
        return replace(
            course,
            tail=Tail.FATAL,
            through=stop.first,
            through_day=stop.first_day,
            ends_by=stop.last if stop.first == stop.last else min(stop.last + 1, seen.cut),
            ends_by_day=stop.last_day,
        )
    if stop.kind is StopKind.DEATH and seen.death_from_another_cause == "ends_event":
        last = course.steps[-1].span  # a change recorded after the death was observed all the same
        # Where it was there until the death, the death is its end: as a fall at that instant.
        through = through - 1 if through >= stop.first else through
        return replace(
            course,
            tail=Tail.ENDED,
            through=through,
            through_day=day,
            ends_by=max(stop.last - 1, last.last, through),
            ends_by_day=max(stop.last_day, last.last_day, day),
        )
    return replace(course, tail=Tail.STOPPED, through=through, through_day=day)
