"""What an event may have been treated with: every time an instant, every word a kind."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.domain.case import Intervention
from app.domain.dlt.asked import TimedIntervention
from app.domain.dlt.rule import Clocks, HasIntervention
from app.domain.time import ALWAYS, DAY, NEVER, PartialTime, Zone
from tests.oracle.drawn import Drawn
from tests.oracle.history import Change, Given


def timed(condition: object) -> TimedIntervention | None:
    """The limit that a condition sets to the times of interventions."""
    if not isinstance(condition, HasIntervention) or isinstance(condition.intervention, str):
        return None
    return condition.intervention


@dataclass(frozen=True, slots=True)
class Treatment:
    """Interventions that were told of, and those that nobody can have told of."""

    given: tuple[Given, ...]
    unseen: tuple[Given, ...]
    persisting: tuple[Given, ...]
    """Those told of, where what went on when the record fell silent goes on."""


class Treating:
    """Draws the interventions of one event whose grades are known."""

    def __init__(self, drawing: Drawn, changes: tuple[Change, ...]) -> None:
        self.drawing, self.rng, self.cut = drawing, drawing.rng, drawing.cut
        self.changes = changes
        self.asked = tuple(each for each in map(timed, drawing.asked) if each is not None)
        self.died = False
        self.stopped = self._stopped()
        self.silent = self._silent()

    def drawn(self) -> Treatment:
        """One way in which the event may have been treated."""
        told = self.drawing.recorded.event.interventions
        if told is None:
            anything = [self._any(each.kind) for each in self.asked if self.rng.random() < 0.6]
            return Treatment(tuple(anything), (), tuple(anything))
        pairs = [self._one(each) for each in told]
        return Treatment(
            tuple(each for each, _ in pairs),
            tuple(self._unseen()),
            tuple(each for _, each in pairs),
        )

    def _later(self, first: int) -> int:
        """An instant from this one on; perhaps never."""
        return self.rng.choice(
            (NEVER, first, self.drawing.within(first, max(first, self.cut + 60 * DAY)))
        )

    def _any(self, kind: str | None) -> Given:
        start = self.drawing.within(self.drawing.long_ago(), self.cut)
        return Given(kind, start, start, self._later(start))

    def _instant(self, time: PartialTime | None) -> int | None:
        span = self.drawing.span(time)
        return self.drawing.within(*span) if span else None

    def _stopped(self) -> int | None:
        """When the observation ended."""
        subject = self.drawing.recorded.subject
        stops: list[int | None] = []
        if subject.death is not None:
            stops.append(self._instant(subject.death.date))
            self.died = stops[0] is not None
        if subject.withdrawal is not None:
            stops.append(self._instant(subject.withdrawal.date))
        until = subject.follow_up_until
        if until is not None and until.span(self.drawing.zone).last < self.cut:
            zone, span = self.drawing.zone, until.span(self.drawing.zone)
            day = zone.day_of(self.drawing.within(span.first, span.last))
            stops.append(span.first if span.exact else zone.midnight(day + 1) - 1)
        if self.changes and self.changes[-1].grade == 5:
            stops.append(self.changes[-1].at)
            self.died = True
        return min([each for each in stops if each is not None], default=None)

    def _silent(self) -> int | None:
        """When the record fell silent, though the patient was still observed."""
        drawing = self.drawing
        until = drawing.recorded.event.ongoing_as_of
        if until is None or drawing.recorded.rules.clocks.after_last_report == "persists":
            return None
        span = until.span(drawing.zone)
        silent = span.first < self.cut and span.last != self.cut
        return drawing.within(span.first, min(span.last, self.cut)) if silent else None

    def _kind(self, word: str) -> str | None:
        """The kind of a word; one that is not known may be any."""
        kinds = self.drawing.recorded.kinds
        for kind, words in kinds.items():
            if word.casefold() in {each.casefold() for each in (kind, *words)}:
                return kind
        return self.rng.choice((None, *kinds))

    def _one(self, each: Intervention) -> tuple[Given, Given]:
        """An intervention, and the same where silence is persistence."""
        drawing, kind = self.drawing, self._kind(each.kind)
        end = each.end.span(drawing.zone) if each.end else None
        start = each.start.span(drawing.zone) if each.start else None
        ended = end is not None and end.first <= self.cut and each.ongoing is not True
        if start is not None and end is not None and ended and end.last < start.first:
            anything = self._any(kind)
            return anything, anything
        begun = drawing.span(each.start) or (self.cut, self.cut)
        last = begun[1]
        if end is not None and ended and end.last <= self.cut:
            last = max(begun[0], min(last, end.last))
        at = drawing.within(begun[0], last)
        exact = start is None or start.exact
        sup = at if exact or at != begun[1] else at + 1
        return self._ended(each, Given(kind, at, sup, NEVER), ended=ended)

    def _ended(self, each: Intervention, begun: Given, *, ended: bool) -> tuple[Given, Given]:
        drawing, at = self.drawing, begun.start
        end = each.end.span(drawing.zone) if each.end else None
        if ended and end is not None:
            over = drawing.within(max(at, end.first), max(at, end.last))
            if self.died and self.stopped is not None and over > self.stopped:
                over = self.rng.choice((over, max(at, self.stopped)))
            if end.last > self.cut:
                over = self._later(max(at, end.first))
            return begun.until(over), begun.until(over)
        contradicted = each.ongoing is True and end is not None and end.first <= self.cut
        goes_on = each.ongoing is True or (end is not None and each.ongoing is None)
        if goes_on and not contradicted:
            if self.stopped is not None:
                over = self._later(max(at, self.stopped))
                return begun.until(over), begun.until(over)
            over = NEVER if self.silent is None else self._later(max(at, self.silent))
            return begun.until(over), begun
        over = self._later(at)
        if each.ongoing is False and end is None:
            over = drawing.within(at, max(at, self.cut))
        return begun.until(over), begun.until(over)

    def _unseen(self) -> Iterator[Given]:
        """What may have been begun when nobody told of it any more."""
        dark = [each for each in (self.stopped, self.silent) if each is not None]
        over = bool(self.changes) and self.changes[-1].grade == 0
        for each in self.asked if dark and not over else ():
            if self.rng.random() < 0.5:
                at = self.drawing.within(min(dark), max(min(dark), self.cut + 30 * DAY))
                yield Given(each.kind, at, at, at)


class Timing:
    """Limits on interventions, as the rules count them."""

    def __init__(self, asked: TimedIntervention, clocks: Clocks, zone: Zone) -> None:
        self.asked, self.zone = asked, zone
        self.limit = asked.limit
        self.calendar = self.limit.days is not None and clocks.days_are == "calendar"
        self.beyond = asked.at_least is None and clocks.within_includes_limit

    def over(self, start: int, end: int) -> bool:
        """Whether it is longer from one to the other than the limit allows."""
        if self.calendar:
            return self.zone.day_of(min(end, self.zone.midnight(80_000))) >= self._day(start)
        length = self.limit.microseconds
        return end - start > length if self.beyond else end - start >= length

    def runs_out(self, start: int, quoted: int) -> int:
        """When it is."""
        if self.calendar:
            return self.zone.midnight(self._day(start))
        return quoted + self.limit.microseconds

    def _day(self, start: int) -> int:
        return self.zone.day_of(start) + (self.limit.days or 0) + (1 if self.beyond else 0)

    def long_enough_at(self, given: tuple[Given, ...]) -> int | None:
        """When interventions had gone on for so long; None where they never did."""
        found = []
        begin, quoted, end = ALWAYS, ALWAYS, ALWAYS
        for each in sorted(given, key=lambda one: one.start):
            if each.kind != self.asked.kind:
                continue
            if each.start > end or begin == ALWAYS:
                begin, quoted, end = each.start, each.quoted, each.end
            end = max(end, each.end)
            if self.over(begin, end):
                found.append(self.runs_out(begin, quoted))
        return min(found, default=None)

    def begun_at(self, given: tuple[Given, ...], start: int) -> int | None:
        """When one was begun in time after the start of a run."""
        in_time = [
            each.start
            for each in given
            if each.kind == self.asked.kind and not self.over(start, each.start)
        ]
        return min(in_time, default=None)
