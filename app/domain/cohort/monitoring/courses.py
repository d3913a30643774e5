"""When an event may have reached the grade of a rule, and on which days an infusion has it count.

What lies after the data cut does not exist, and what straddles it is clipped to it (docs/time.md).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from app.domain.case import GradeChange
from app.domain.cohort.monitoring.events import MonitoredEvent
from app.domain.time import (
    UNKNOWN_SPAN,
    PartialTime,
    Precision,
    Span,
    Zone,
    last_instant_of_cut,
    zone_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The data cut: the last instant that is known, in the zone of the site."""

    last: int
    zone: Zone

    @classmethod
    def of(cls, as_of: PartialTime, time_zone: str) -> "Cut":
        """The cut of a date or an instant. Raises BadCut, BadZone."""
        zone = zone_of(time_zone)
        return cls(last=last_instant_of_cut(as_of, zone), zone=zone)

    @property
    def last_whole_day(self) -> int:
        """The last day of which everything is known."""
        return self.zone.day_of(self.last + 1) - 1

    @property
    def past(self) -> Span:
        """All instants until the cut."""
        return UNKNOWN_SPAN._replace(last=self.last, last_day=self.zone.day_of(self.last))

    def clipped(self, time: PartialTime | None) -> Span | None:
        """The instants that a recorded time may be until the cut; None where it is after it."""
        past = self.past
        if time is None:
            return past
        span = time.span(self.zone)
        if span.first > past.last:
            return None
        return span._replace(
            last=min(span.last, past.last), last_day=min(span.last_day, past.last_day)
        )


class Days(NamedTuple):
    """Days from the first through the last, both included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change with which the event may have reached the rule's grade: the days that it may be,
    narrowed by the course, and the places of the grades before and after that are not known.

    `after` says that on the day of the infusion it came after it; `exact` that its instant is
    known.
    """

    place: int
    on: Days
    after: bool
    exact: bool
    unknown: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rise:
    """Changes of which one has reached the rule's grade for certain, whatever the grades between
    are that are not known: none of them is before `on`, and none after it. `after` says that on
    the day of the infusion all came after it.
    """

    on: Days
    after: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How an event may have reached the rule's grade: the changes that may, and the rises."""

    changes: tuple[Change, ...]
    rises: tuple[Rise, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Infusion:
    """The instants that the infusion may have been, whether it was recorded with a clock time,
    and the length of its window in days.
    """

    span: Span
    clock: bool
    length: int

    @property
    def on(self) -> Days:
        """The days on which it may have been."""
        return Days(self.span.first_day, self.span.last_day)

    def certain(self, change: Change | Rise) -> Days | None:
        """The infusion days with which it lies in the window, whenever it was."""
        last = change.on.first if change.after else change.on.first - 1
        return self._within(change.on.last - self.length, last)

    def precedes(self, step: "_Step") -> bool:
        """Whether it was before the change, for certain if not on an earlier day.

        A change that is recorded by no more than the day of the infusion is taken to have come
        after it, as adjudication takes a rise above the baseline, unless its course says that it
        may have been before a clock time of the infusion.
        """
        if step.clock:
            return step.span.first >= self.span.last
        return not self.clock or step.span.last >= self.span.last

    def possible(self, change: Change) -> Days | None:
        """The infusion days with which it may lie in the window."""
        return self._within(change.on.first - self.length, change.on.last)

    def _within(self, first: int, last: int) -> Days | None:
        days = Days(max(first, self.on.first), min(last, self.on.last))
        return days if days.first <= days.last else None


def has_clock(time: PartialTime | None) -> bool:
    """Whether a time was recorded more finely than by the day."""
    return time is not None and time.precision in {Precision.HOUR, Precision.INSTANT}


def course_of(event: MonitoredEvent, least: int, cut: Cut, infusion: Infusion) -> Course:
    """How the event may have reached the grade `least` until the cut, in the infusion's window.

    It reaches it with a change from a lower grade, or with its first; a change from a grade that
    is as high is none (docs/monitoring.md).
    """
    grades = event.grades or (GradeChange(at=None, grade=None),)
    clipped = [(place, change, cut.clipped(change.at)) for place, change in enumerate(grades)]
    told = [(place, change.grade, span) for place, change, span in clipped if span is not None]
    spans = tuple(_in_order([span for *_, span in told], cut.past))
    steps = [
        _Step(
            place=place,
            high=None if grade is None else grade >= least,
            span=span,
            clock=has_clock(grades[place].at),
        )
        for (place, grade, _), span in zip(told, spans, strict=True)
    ]
    return Course(
        changes=tuple(
            each for each in _may_reach(steps, infusion) if infusion.possible(each) is not None
        ),
        rises=tuple(_rises(steps, infusion)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """A change of a course: whether its grade is as high as the rule's, None where unknown."""

    place: int
    high: bool | None
    span: Span
    clock: bool


def _may_reach(steps: Sequence[_Step], infusion: Infusion) -> Iterator[Change]:
    """The changes that may come from a lower grade, and not known to be before the infusion."""
    for before, step in zip((None, *steps), steps, strict=False):
        fresh = before is None or before.high is not True
        if step.high is False or not fresh or step.span.last < infusion.span.first:
            continue
        asked = [each.place for each in (before, step) if each is not None and each.high is None]
        on = Days(step.span.first_day, step.span.last_day)
        yield Change(
            place=step.place,
            on=on,
            after=infusion.precedes(step),
            exact=step.span.exact,
            unknown=tuple(asked),
        )


def _rises(steps: Sequence[_Step], infusion: Infusion) -> Iterator[Rise]:
    """From each known lower grade, or the start, to the first known one that is as high.

    One of the changes between has reached it, and that is all that is known of which.
    """
    since: _Step | None = None
    risen = False
    for step in steps:
        if step.high is False:
            since, risen = None, False
            continue
        since = since or step
        if step.high and not risen:
            risen = True
            on = Days(since.span.first_day, step.span.last_day)
            yield Rise(on=on, after=infusion.precedes(since))


def _in_order(spans: Sequence[Span], unknown: Span) -> Iterator[Span]:
    """The times, narrowed by their order; those that contradict it are taken as unknown."""
    latest = list(accumulate((span.first for span in spans), max))
    soonest = list(accumulate((span.last for span in reversed(spans)), min))[::-1]
    right = [
        span if before <= span.last and after >= span.first else None
        for span, before, after in zip(spans, latest, soonest, strict=True)
    ]
    firsts = accumulate(((each or UNKNOWN_SPAN) for each in right), _later)
    lasts = list(accumulate(((each or UNKNOWN_SPAN) for each in reversed(right)), _sooner))
    for span, first, last in zip(right, firsts, reversed(lasts), strict=True):
        yield (
            unknown
            if span is None
            else Span(first.first, last.last, last.sup, first.first_day, last.last_day)
        )


def _later(one: Span, other: Span) -> Span:
    return one if one.first >= other.first else other


def _sooner(one: Span, other: Span) -> Span:
    return one if one.last <= other.last else other
