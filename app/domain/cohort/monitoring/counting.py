"""How many events of a patient count for a rule: for certain, and at most.

Days are calendar days in the zone of the site. An event that is dated by no more than the day of
the infusion is taken to have come after it, as in adjudication and on the safer side; where it has
a clock time, and may be before the infusion or after it, nobody knows. One that is known to have
come before does not count.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import accumulate, chain
from typing import Final, Literal

from app.domain.case import GradeChange
from app.domain.cohort.monitoring.courses import (
    Change,
    Course,
    Cut,
    Days,
    Infusion,
    course_of,
    has_clock,
)
from app.domain.cohort.monitoring.events import (
    EventLimit,
    MonitoredEvent,
    MonitoredPatient,
    Terms,
)
from app.domain.grade import Grade
from app.domain.time import Span

Datum = Literal[
    "infused",
    "infused_clock",
    "follow_up_until",
    "death",
    "death_clock",
    "death_related",
    "term",
    "related",
    "grades",
    "grade",
    "from",
    "clock",
]
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_FATAL: Final[Grade] = 5
_EVER: Final = 2**40
"""More days than any window that ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """A datum that is missing, and for which event; None where it is of the patient."""

    event: int | None
    datum: Datum
    change: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The events of a patient that count: how many for certain, how many at most, and which may;
    `death` where the death is one.

    `lost` says that nobody knows about days of the window that are over; it adds one to
    `possible`, or makes it one where patients count. `open` says that more can still come,
    `open_until` until which day, None where none is known.
    """

    certain: int
    possible: int
    events: tuple[int, ...] = ()
    death: bool = False
    lost: bool = False
    missing: tuple[Missed, ...] = ()
    open: bool = False
    open_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    """An event that may count: what is known of it, and its changes to grades that may.

    `place` is None of the patient's death.
    """

    place: int | None
    is_term: Literal[True] | None
    is_related: Literal[True] | None
    course: Course
    told: bool
    """Whether anything of its course was recorded."""

    def certain(self, infusion: Infusion) -> tuple[Days, ...]:
        """The infusion days with which the event counts for certain."""
        if self.is_term is None or self.is_related is None:
            return ()
        return _union(map(infusion.certain, self.course.rises))

    def possible(self, infusion: Infusion) -> tuple[Days, ...]:
        """The infusion days with which the event may count."""
        return _union(map(infusion.possible, self.course.changes))


def tally(rule: EventLimit, terms: Terms, patient: MonitoredPatient, cut: Cut) -> Tally:
    """What counts of a patient, in every completion of what is recorded.

    All events share the infusion: whichever day it was, it was the same for each of them.
    """
    # One after the cut has been refused (refusals.py).
    infused = cut.clipped(patient.infused) or cut.past
    infusion = Infusion(
        span=infused,
        clock=has_clock(patient.infused),
        length=_EVER if rule.within_days is None else rule.within_days,
    )
    events = tuple(_events(rule, terms, patient, cut, infusion))
    certain, _ = _extremes([each.certain(infusion) for each in events], infusion.on)
    _, possible = _extremes([each.possible(infusion) for each in events], infusion.on)
    if rule.counting == "patients":
        certain, possible = min(certain, 1), min(possible, 1)
    missing = tuple(dict.fromkeys(_missing(events, infusion))) if certain < possible else ()
    window_ends = infusion.on.last + infusion.length
    settled = rule.counting == "patients" and certain == 1
    lost = not settled and _lost(rule, patient, cut, window_ends)
    if lost:
        possible = possible + 1 if rule.counting == "events" else 1
        missing = (*missing, Missed(event=None, datum="follow_up_until"))
    opened = _death(patient, cut) is None and window_ends > cut.last_whole_day
    dated = opened and rule.within_days is not None and patient.infused is not None
    return Tally(
        certain=certain,
        possible=possible,
        events=tuple(event.place for event in events if event.place is not None),
        death=any(event.place is None for event in events),
        lost=lost,
        missing=missing,
        open=opened,
        open_until=date.fromordinal(window_ends + _EPOCH_DAY) if dated else None,
    )


def _lost(rule: EventLimit, patient: MonitoredPatient, cut: Cut, window_ends: int) -> bool:
    """Whether nobody knows about days of the window until the cut, or until the death."""
    if patient.follow_up_until is None:
        return False
    death = _death(patient, cut)
    if death is not None and rule.minimum_grade == _FATAL and rule.every_term:
        return False
    reviewed = patient.follow_up_until.span(cut.zone).first_day
    known_of = cut.past.last_day if death is None else death.last_day
    return reviewed < min(window_ends, known_of)


def _death(patient: MonitoredPatient, cut: Cut) -> Span | None:
    """When the patient may have died; None where nothing says so until the cut."""
    return None if patient.death is None else cut.clipped(patient.death.date)


def _recorded(
    rule: EventLimit, patient: MonitoredPatient, cut: Cut
) -> Iterator[tuple[int | None, MonitoredEvent]]:
    """The events by their place, and the death. Where events are counted, or their relation is
    asked, only a death that none of them may be.
    """
    yield from enumerate(patient.events)
    death = _death(patient, cut)
    if patient.death is None or death is None:
        return
    fatal = (
        cut.clipped(change.at)
        for event in patient.events
        for change in event.grades
        if change.grade == _FATAL
    )
    alone = rule.counting == "patients" and rule.of == "all"
    if alone or not any(
        span is not None and span.first_day <= death.last_day and death.first_day <= span.last_day
        for span in fatal
    ):
        died = GradeChange(at=patient.death.date, grade=_FATAL)
        yield None, MonitoredEvent(id=patient.id, term="Death NOS", grades=(died,))


def _events(
    rule: EventLimit, terms: Terms, patient: MonitoredPatient, cut: Cut, infusion: Infusion
) -> Iterator[_Event]:
    """The events that may count. Terms come last, since one that is not known takes a while."""
    for place, event in _recorded(rule, patient, cut):
        course = course_of(event, rule.minimum_grade, cut, infusion)
        is_related = rule.is_related(event.related)
        if not course.changes or is_related is False:
            continue
        is_term = terms.has(event.term)
        if is_term is not False:
            yield _Event(
                place=place,
                is_term=is_term,
                is_related=is_related,
                course=course,
                told=bool(event.grades),
            )


def _union(found: Iterable[Days | None]) -> tuple[Days, ...]:
    """The days of all, in order and apart from each other."""
    joined: list[Days] = []
    for days in sorted(each for each in found if each is not None):
        if joined and days.first <= joined[-1].last + 1:
            joined[-1] = Days(joined[-1].first, max(joined[-1].last, days.last))
        else:
            joined.append(days)
    return tuple(joined)


def _extremes(covered: Iterable[tuple[Days, ...]], on: Days) -> tuple[int, int]:
    """On how many of the covers each day lies: the least, and the most, of all these days."""
    steps = {on.first: 0}
    for days in chain.from_iterable(covered):
        steps[days.first] = steps.get(days.first, 0) + 1
        if days.last < on.last:
            steps[days.last + 1] = steps.get(days.last + 1, 0) - 1
    depths = list(accumulate(steps[day] for day in sorted(steps)))
    return min(depths), max(depths)


def _missing(may: Iterable[_Event], infusion: Infusion) -> Iterator[Missed]:
    """What would say whether the events that may count do."""
    infusion_matters = False
    for event in may:
        if event.certain(infusion) == (infusion.on,):
            continue
        yield from _missing_of_event(event, infusion)
        timed = all(infusion.certain(each) == infusion.on for each in event.course.changes)
        infusion_matters |= not timed and infusion.on.first < infusion.on.last
    if infusion_matters:
        yield Missed(event=None, datum="infused")


def _missing_of_event(event: _Event, infusion: Infusion) -> Iterator[Missed]:
    if event.place is None:
        yield from _missing_of_death(event, infusion)
        return
    if event.is_term is None:
        yield Missed(event=event.place, datum="term")
    if event.is_related is None:
        yield Missed(event=event.place, datum="related")
    if not event.told:
        yield Missed(event=event.place, datum="grades")
    for change in event.course.changes if event.told else ():
        yield from _missing_of(event, change, infusion)


def _missing_of_death(death: _Event, infusion: Infusion) -> Iterator[Missed]:
    if death.is_related is None:
        yield Missed(event=None, datum="death_related")
    (change,) = death.course.changes
    yield from _missing_time(change, infusion, Missed(event=None, datum="death"))


def _missing_of(event: _Event, change: Change, infusion: Infusion) -> Iterator[Missed]:
    for place in change.unknown:
        yield Missed(event=event.place, datum="grade", change=place)
    when = Missed(event=event.place, datum="from", change=change.place)
    yield from _missing_time(change, infusion, when)


def _missing_time(change: Change, infusion: Infusion, when: Missed) -> Iterator[Missed]:
    """The day of the change, or the clock times that say whether it was after the infusion."""
    if infusion.certain(change) == infusion.on:
        return
    if change.on.first < change.on.last:
        yield when
    elif not change.after and change.on == infusion.on:
        if not change.exact:
            yield replace(when, datum="death_clock" if when.event is None else "clock")
        if not infusion.span.exact:
            yield Missed(event=None, datum="infused_clock")
