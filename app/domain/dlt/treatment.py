"""Interventions in time: how long one of a kind was given, and whether one began in time.

Recorded times are intervals, so that each answer has two bounds: what the interventions may have
been at the most, and what they surely were. Instants are microseconds.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from app.domain.case import Event, Intervention
from app.domain.course import Course, StopKind
from app.domain.dlt.asked import TimedIntervention
from app.domain.dlt.facts import NO, UNKNOWN, YES
from app.domain.dlt.rule import Clocks
from app.domain.dlt.together import Together, run_starts
from app.domain.dlt.worst import bound_of
from app.domain.grade import DEATH
from app.domain.steps import UNKNOWN_GRADE, Step, span_of
from app.domain.time import ALWAYS, DAY, NEVER, UNKNOWN_SPAN, Limit, Span, Zone

_CALENDAR = 100_000 * DAY
"""Every instant that can be recorded lies within."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """How far a record speaks of what an event was treated with."""

    zone: Zone
    cut: int
    known: int
    """Last instant of which the record surely speaks; NEVER where that is the cut."""
    stopped: int | None
    """When the observation of the patient ended for good."""
    died: bool
    over: bool
    """Whether the event has ended: after it, nothing is begun for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One intervention that is, or may be, of a kind."""

    start: Span
    ends_first: int
    ends_last: int
    sure: bool
    """Whether it is of the kind."""
    going_on: bool
    """Whether it is taken to go on as far as limits ahead of the cut are concerned."""

    @property
    def is_dated(self) -> bool:
        """Whether anything is known of when it began."""
        return self.start.last < NEVER


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A limit as rules count it. `beyond` says that the limit itself still lies within it."""

    limit: Limit
    beyond: bool
    elapsed: bool
    zone: Zone

    @classmethod
    def of(cls, asked: TimedIntervention, clocks: Clocks, zone: Zone) -> "Line":
        """The limit that is asked for, by the clocks of the rules."""
        return cls(
            limit=asked.limit,
            beyond=asked.at_least is None and clocks.within_includes_limit,
            elapsed=asked.limit.days is None or clocks.days_are == "elapsed",
            zone=zone,
        )

    def passed(self, start: int, end: int) -> bool:
        """Whether the limit is passed from one instant to the other."""
        if self.elapsed:
            length = self.limit.microseconds
            return end - start > length if self.beyond else end - start >= length
        return _day(self.zone, end) >= _day(self.zone, start) + self._days

    def due(self, start: int, quoted: int) -> int:
        """When it is passed; `quoted` is the start as hours are counted from it."""
        if self.elapsed:
            return quoted + self.limit.microseconds
        day = _day(self.zone, start) + self._days
        return self.zone.midnight(day) if abs(day * DAY) < _CALENDAR else day * DAY

    @property
    def _days(self) -> int:
        return (self.limit.days or 0) + (1 if self.beyond else 0)


def _day(zone: Zone, instant: int) -> int:
    return zone.day_of(instant) if abs(instant) < _CALENDAR else instant // DAY


def watched(
    event: Event, course: Course, told: int | None, clocks: Clocks, zone: Zone, cut: int
) -> Watched:
    """How far the record speaks of an event's interventions; `told` is when its source spoke."""
    last = course.steps[-1] if course.steps else None
    stops = [course.stop.first] if course.stop is not None else []
    fatal = last is not None and (last.grade == DEATH or _may_be_fatal(event, last))
    if last is not None and fatal:
        stops.append(last.span.first)
    spoke = [told] if told is not None else []
    if event.ongoing_as_of is not None and (said := event.ongoing_as_of.span(zone)).last != cut:
        spoke.append(said.first)
    if clocks.after_last_report == "persists":
        spoke = []
    known = min([*stops, *(each for each in spoke if each < cut)], default=NEVER)
    return Watched(
        zone=zone,
        cut=cut,
        known=known,
        stopped=min(stops, default=None),
        died=fatal or (course.stop is not None and course.stop.kind is StopKind.DEATH),
        over=last is not None and last.grade == 0,
    )


def _may_be_fatal(event: Event, last: Step) -> bool:
    """Whether the last grade is not known and may be a death, after which nobody tells more."""
    serious = event.seriousness
    survived = serious is not None and (
        serious.death is not True and False in {serious.death, serious.life_threatening}
    )
    if last.grade != UNKNOWN_GRADE or survived:
        return False
    bound = bound_of(event)
    return bound is None or bound == DEATH


def treated(
    asked: TimedIntervention,
    grade: int,
    recorded: tuple[Event, Course],
    words: Mapping[str, Sequence[str]],
    clocks: Clocks,
    seen: Watched,
) -> Together:
    """Whether interventions keep a limit. One of a word that is not known may be of the kind."""
    event, course = recorded
    if event.interventions is None:
        meant = [given(Intervention(kind=asked.kind), seen, sure=False)]
    else:
        kinds = [(each, kind_of_intervention(each.kind, words)) for each in event.interventions]
        meant = [
            given(each, seen, sure=kind is not None)
            for each, kind in kinds
            if kind in {asked.kind, None}
        ]
    line = Line.of(asked, clocks, seen.zone)
    if asked.within is None:
        return lasting(meant, line, seen)
    return begun(course, grade, meant, line, seen)


def kind_of_intervention(word: str, words: Mapping[str, Sequence[str]]) -> str | None:
    """The protocol's kind of an intervention; None for a word that it does not know."""
    told = plain_word(word)
    for kind, others in words.items():
        if told in {plain_word(kind), *map(plain_word, others)}:
            return kind
    return None


@lru_cache(maxsize=4096)
def plain_word(word: str) -> str:
    """A word of a form or of a rule without what the two may write otherwise."""
    return word.casefold().replace("_", " ")


def given(each: Intervention, seen: Watched, *, sure: bool) -> Given:
    """When an intervention began and ended, at the earliest and at the latest."""
    start, end = span_of(each.start, seen.zone), span_of(each.end, seen.zone)
    if seen.cut < start.last < NEVER:
        start = start._replace(last=seen.cut, sup=seen.cut + 1)
    has_end = each.end is not None and end.first <= seen.cut and each.ongoing is not True
    if has_end and end.last < start.first:
        return Given(
            start=UNKNOWN_SPAN, ends_first=ALWAYS, ends_last=NEVER, sure=sure, going_on=False
        )
    if has_end:
        first, last = end.first, end.last if end.last <= seen.cut else NEVER
        if seen.died and seen.stopped is not None:
            first = min(first, seen.stopped)
        return _placed(start, first, last, sure=sure)
    if each.ongoing is True and each.end is not None and end.first <= seen.cut:
        return _placed(start, ALWAYS, NEVER, sure=sure)  # it is over, and it goes on
    if each.ongoing is True or (each.end is not None and each.ongoing is None):
        going_on = seen.stopped is None and seen.known < NEVER
        return replace(_placed(start, seen.known, NEVER, sure=sure), going_on=going_on)
    over = each.ongoing is False and each.end is None
    return _placed(start, ALWAYS, seen.cut if over else NEVER, sure=sure)


def _placed(start: Span, first: int, last: int, *, sure: bool) -> Given:
    first = max(first, start.first)
    return Given(
        start=start, ends_first=first, ends_last=max(first, last), sure=sure, going_on=False
    )


def lasting(interventions: Sequence[Given], line: Line, seen: Watched) -> Together:
    """Whether interventions went on so long without a gap, and from when on that is so.

    What goes on at the cut is taken to go on, so that the instant may lie ahead.
    """
    possible = [_possible(each) for each in interventions]
    reached = [
        line.due(first, first) for first, _, end in _joined(possible) if line.passed(first, end)
    ]
    if not reached:
        return Together(told=NO, first=ALWAYS, last=seen.cut)
    first = max(ALWAYS, min(reached))
    surely, assumed = _surely(interventions, line), False
    if surely is None and first > seen.cut:
        ahead = [replace(e, ends_first=NEVER) if e.going_on else e for e in interventions]
        surely, assumed = _surely(ahead, line), True
    if surely is not None:
        return Together(told=YES, first=first, last=max(first, surely), assumed=assumed)
    last = max(first, *(_latest(each, line, seen) for each in interventions))
    if seen.stopped is not None:  # no clock runs on: whoever says that it was so, says it of then
        first, last = min(first, seen.cut), min(last, seen.cut)
    return Together(told=UNKNOWN, first=first, last=last)


def _possible(each: Given) -> tuple[int, int, int]:
    return each.start.first, each.start.first, each.ends_last


def _surely(interventions: Iterable[Given], line: Line) -> int | None:
    """When the limit is surely passed, at the latest; None where it may not be."""
    sure = [
        (each.start.last, each.start.sup, each.ends_first)
        for each in interventions
        if each.sure and each.start.last <= each.ends_first
    ]
    passed = [
        line.due(start, quoted) for start, quoted, end in _joined(sure) if line.passed(start, end)
    ]
    return min(passed, default=None)


def _joined(parts: Iterable[tuple[int, int, int]]) -> Iterator[tuple[int, int, int]]:
    """The parts, those that overlap or touch as one: its start, the start to quote, its end."""
    whole: tuple[int, int, int] | None = None
    for start, quoted, end in sorted(parts):
        if whole is not None and start <= whole[2]:
            whole = (*whole[:2], max(whole[2], end))
            continue
        if whole is not None:
            yield whole
        whole = (start, quoted, end)
    if whole is not None:
        yield whole


def _latest(each: Given, line: Line, seen: Watched) -> int:
    """When the limit is passed at the latest, if this one begins what passes it."""
    if not each.is_dated:
        return seen.cut
    return min(line.due(each.start.last, each.start.sup), each.ends_last)


def begun(
    course: Course, grade: int, interventions: Sequence[Given], line: Line, seen: Watched
) -> Together:
    """Whether an intervention began no later than a limit after the start of the run.

    Where the runs differ, it is unknown: the rule asks of a run, the fact is told of the event.
    """
    first = min((each.start.first for each in interventions), default=NEVER)
    last = min((each.start.last for each in interventions if each.sure), default=NEVER)
    runs = tuple(run_starts(course, grade, seen.cut))
    unseen = [_unseen(start, line, seen) for start, _ in runs]
    told = {
        YES
        if last < NEVER and not line.passed(start, last)
        else UNKNOWN
        if min(first, dark) < NEVER and not line.passed(latest, min(first, dark))
        else NO
        for (start, latest), dark in zip(runs, unseen, strict=True)
    }
    if told <= {NO}:
        assumed = any(_is_ahead(start, line, seen) for start, _ in runs)
        return Together(told=NO, first=ALWAYS, last=seen.cut, assumed=assumed)
    first = max(ALWAYS, min(first, *unseen))
    lapses = max(line.due(latest, latest + 1) for _, latest in runs)
    return Together(
        told=YES if told == {YES} else UNKNOWN,
        first=first,
        last=max(first, min(last, lapses, seen.cut)),
    )


def _unseen(start: int, line: Line, seen: Watched) -> int:
    """From when on one may have begun that nobody told."""
    if seen.over:
        return NEVER
    return NEVER if _is_ahead(start, line, seen) else seen.known


def _is_ahead(start: int, line: Line, seen: Watched) -> bool:
    """Whether a limit that starts then lies ahead of the cut of a record that is silent before it:
    then none is taken to begin in the silence.
    """
    silent = not seen.over and seen.stopped is None and seen.known < NEVER
    return silent and line.due(start, start) > seen.cut
