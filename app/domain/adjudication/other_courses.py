"""Courses as they could have been: a recovery just within a limit, or one just beyond it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, TypeAlias, assert_never

from app.domain.case import Assessment, Event, GradeChange
from app.domain.dlt.clock import Clock
from app.domain.dlt.rule import Clocks
from app.domain.dlt.words import day_words
from app.domain.time import LAST_YEAR, MINUTE, PartialTime, Precision, Span, Zone

Step: TypeAlias = tuple[PartialTime, int]
Steps: TypeAlias = tuple[Step, ...]
"""A course whose times, to the day or finer, and grades are known."""

_FINE: Final = frozenset({Precision.DAY, Precision.INSTANT})
_AFTER: Final = date(LAST_YEAR + 1, 1, 1).toordinal() - date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A course whose clock stops elsewhere: `limit` is the last time that is within."""

    start: int
    """Index of the step at which the clock starts."""
    steps: Steps
    limit: PartialTime
    one_of_several: bool
    """Whether the course has other stretches at the grade."""


def steps_of(event: Event) -> Steps | None:
    """The recorded course, where all of it is known; None where something is not.

    A course that is told both by grades and by assessments has no other that is as simple.
    """
    if event.grades and event.assessments:
        return None
    told = [(each.at, each.grade) for each in event.grades]
    told += [(each.on, each.grade) for each in event.assessments]
    known = [(at, grade) for at, grade in told if at is not None and grade is not None]
    if len(known) < len(told) or any(at.precision not in _FINE for at, _ in known):
        return None
    return tuple(known)


def with_steps(event: Event, steps: Sequence[Step]) -> Event:
    """The event with another course, told in the same way."""
    if event.assessments:
        seen = tuple(Assessment(on=at, grade=grade) for at, grade in steps)
        return replace(event, assessments=seen)
    return replace(event, grades=tuple(GradeChange(at=at, grade=grade) for at, grade in steps))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoned:
    """How a clock of the rules is reckoned of one patient."""

    clock: Clock
    clocks: Clocks
    zone: Zone
    infusions: Sequence[Span]
    """Those of the window's agent."""

    def last_within(self, onset: Span) -> PartialTime | None:
        """The last day, or minute, within the limit of a clock on a stretch with this onset.

        None where its start is not known finely enough, or where there is none after the onset.
        """
        start = self._start(onset)
        last = None if start is None else _last_within(start, self.clock, self.clocks, self.zone)
        return None if last is None or last.span(self.zone).last < onset.first else last

    def _start(self, onset: Span) -> Span | None:
        match self.clock.counted_from:
            case "onset":
                return onset
            case "first_infusion":
                return min(self.infusions, default=None)
            case "infusion":
                before = [each for each in self.infusions if each.first <= onset.last]
                return max(before, default=None)
            case _:
                assert_never(self.clock.counted_from)


def fallen_by(steps: Steps, stop: int, reckoned: Reckoned) -> Iterator[Moved]:
    """For each stretch at a grade that is not surely over within the limit: one that just is."""
    zone = reckoned.zone
    stretches = tuple(_stretches(steps, reckoned.clock.grade, stop))
    for start, end in stretches:
        last = reckoned.last_within(steps[start][0].span(zone))
        if last is None or (end < len(steps) and _is_by(steps[end], last, zone)):
            continue
        inside = [each for each in steps[start + 1 : end] if _is_before(each, last, zone)]
        moved = (*steps[: start + 1], *inside, (last, stop), *steps[end:])
        yield Moved(start=start, steps=moved, limit=last, one_of_several=len(stretches) > 1)


def held_beyond(steps: Steps, stop: int, reckoned: Reckoned) -> Iterator[Moved]:
    """For each stretch at a grade that is over within the limit: one that just is not."""
    zone = reckoned.zone
    stretches = tuple(_stretches(steps, reckoned.clock.grade, stop))
    for start, end in stretches:
        last = reckoned.last_within(steps[start][0].span(zone))
        if last is None or end == len(steps) or not _is_by(steps[end], last, zone):
            continue
        beyond = _beyond(last, zone)
        after = [each for each in steps[end + 1 :] if _is_before((beyond, 0), each[0], zone)]
        moved = (*steps[:end], (beyond, steps[end][1]), *after)
        yield Moved(start=start, steps=moved, limit=last, one_of_several=len(stretches) > 1)


def _stretches(steps: Steps, grade: int, stop: int) -> Iterator[tuple[int, int]]:
    """Where stretches at a grade or more begin, and the step with which their clock stops."""
    for start, (_, told) in enumerate(steps):
        if told >= grade and (start == 0 or steps[start - 1][1] < grade):
            later = range(start + 1, len(steps))
            yield start, next((n for n in later if steps[n][1] <= stop), len(steps))


def _last_within(start: Span, clock: Clock, clocks: Clocks, zone: Zone) -> PartialTime | None:
    """The last day, or minute, within a limit; None where the start is not known finely enough."""
    limit, short = clock.limit, 0 if clock.includes_limit(clocks) else 1
    if limit.days is not None and clocks.days_are == "calendar":
        day = start.first_day + limit.days - short
        known = start.first_day == start.last_day and start.first_day <= day < _AFTER - 1
        return PartialTime(day_words(day)) if known else None
    instant = start.first + limit.microseconds - short * MINUTE
    known = start.exact and start.first < instant and zone.day_of(instant) < _AFTER - 1
    return PartialTime(zone.text(instant)) if known else None


def _beyond(last: PartialTime, zone: Zone) -> PartialTime:
    """The day after a day, or the minute after an instant."""
    span = last.span(zone)
    if last.precision is Precision.DAY:
        return PartialTime(day_words(span.first_day + 1))
    return PartialTime(zone.text(span.first + MINUTE))


def _is_by(step: Step, last: PartialTime, zone: Zone) -> bool:
    return step[0].span(zone).last <= last.span(zone).last


def _is_before(step: Step, other: PartialTime, zone: Zone) -> bool:
    return step[0].span(zone).last < other.span(zone).first
