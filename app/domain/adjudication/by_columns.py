"""By which clauses and readings verdicts stand, read off the columns that they were given by.

Of what is told of a verdict, this is what rests on the clauses alone. So two versions of a
protocol that agree on all else tell the same of an event where this is the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from app.domain.adjudication.decided_by import (
    WORDS,
    Clauses,
    clauses_told,
    deciding,
    exempting,
    shown,
)
from app.domain.adjudication.protocol import Rules
from app.domain.adjudication.readings import options_of, places_of_clauses
from app.domain.adjudication.result import VerdictWord
from app.domain.adjudication.trace import Bounds, Run, Traced
from app.domain.course import Tail
from app.domain.dlt.clock import Clock
from app.domain.dlt.columns import Columns
from app.domain.dlt.formula import Formula
from app.domain.dlt.judge import Verdict, Verdicts
from app.domain.time import ALWAYS, NEVER, Span, Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class StandsBy:
    """What a verdict stands by. `runs` are the first change and the grade of each."""

    criterion: str | None
    exception: str | None
    readings: tuple[str, ...]
    runs: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldVerdict:
    """The verdict of an event in short."""

    verdict: VerdictWord
    criterion: str | None
    exception: str | None
    established_at: str | None
    becomes_dlt_at: str | None


class ByColumns:
    """Events as their columns have them, with the verdicts that the rules of a version gave."""

    def __init__(
        self, columns: Columns, rules: Rules, verdicts: Verdicts, terms: Sequence[str]
    ) -> None:
        """The terms and grades of these events are known."""
        self.rules = rules
        self.verdicts = verdicts
        traced = Traced.of(columns, rules.program)
        self._events = [EventByColumns(traced, row, term) for row, term in enumerate(terms)]

    def event(self, row: int) -> "EventByColumns":
        """An event in its trace."""
        return self._events[row]

    def made(self, row: int) -> Run | None:
        """The run that made the verdict; None where there is no run."""
        event, at = self._events[row], int(self.verdicts.at[row])
        return deciding(event.runs, at, event.bounds, event.traced.peak) if event.runs else None

    def clauses(self, row: int) -> Clauses:
        """The criterion and the exception that are told of the verdict."""
        event, verdict = self._events[row], Verdict(int(self.verdicts.verdict[row]))
        if verdict is Verdict.UNDETERMINED:
            return None, None
        parts = (exempting(run, event.bounds) for run in event.runs)
        exempts = next(filter(None, parts), None) if verdict is Verdict.NOT_DLT else None
        made = None if verdict is Verdict.NOT_DLT else self.made(row)
        return clauses_told(verdict, made, exempts)

    def told(self, row: int) -> ToldVerdict:
        """The verdict as an adjudication tells it."""
        verdict, at = Verdict(int(self.verdicts.verdict[row])), int(self.verdicts.at[row])
        criterion, exception = self.clauses(row)
        instant = self._events[row].zone.text(at) if ALWAYS < at < NEVER else None
        becomes = verdict in {Verdict.PENDING, Verdict.UNDETERMINED}
        return ToldVerdict(
            verdict=WORDS[verdict],
            criterion=criterion,
            exception=exception,
            established_at=instant if verdict is Verdict.DLT else None,
            becomes_dlt_at=instant if becomes else None,
        )

    def stands_by(self, row: int) -> StandsBy:
        """What the verdict stands by."""
        event = self._events[row]
        criterion, exception = self.clauses(row)
        return StandsBy(
            criterion=criterion,
            exception=exception,
            readings=options_of(self.rules, places_of_clauses(event, self.rules)),
            runs=tuple((run.start, run.judgement.grade) for run in event.runs),
        )

    def shown(self, row: int) -> list[Run]:
        """The runs that an explanation of the event shows."""
        return shown(self._events[row].runs, self.made(row))


@dataclass(frozen=True)
class EventByColumns:
    """An event as its columns have it."""

    traced: Traced
    row: int
    term: str
    _bounds: dict[tuple[int, int, int], Bounds] = field(default_factory=dict)

    @property
    def cut(self) -> int:
        """Last instant of the data cut."""
        return int(self.traced.columns.cut[self.row])

    @cached_property
    def runs(self) -> Sequence[Run]:
        """Its runs, under every criterion."""
        return tuple(self.traced.runs(self.row))

    @cached_property
    def steps(self) -> Sequence[tuple[Span, int]]:
        """When each change of its course was, and to which grade."""
        columns = self.traced.columns
        own, courses = slice(*columns.offsets[self.row : self.row + 2].tolist()), columns.courses
        arrays = (courses.first, courses.last, courses.sup, courses.first_day, courses.last_day)
        spans = (Span(*each) for each in zip(*(a[own].tolist() for a in arrays), strict=True))
        return list(zip(spans, courses.grade[own].tolist(), strict=True))

    @property
    def known_until(self) -> Sequence[int]:
        """Until when a clock that was not stopped is known to run, and the cut."""
        columns = self.traced.columns
        if columns.tail[self.row] == Tail.GOES_ON:
            return [self.cut]
        return [self.cut, int(columns.through[self.row])]

    @property
    def zone(self) -> Zone:
        """The zone of its days."""
        columns = self.traced.columns
        zones = columns.exposures.zones
        return zones[0] if len(zones) == 1 else zones[int(columns.subject[self.row])]

    def bounds(self, formula: Formula, run: Run) -> Bounds:
        """When a formula becomes true on a run."""
        place = (id(formula), run.judgement.grade, run.stretch)
        if place not in self._bounds:
            self._bounds[place] = self.traced.bounds(formula, run)
        return self._bounds[place]

    def clock(self, clock: Clock, run: Run) -> list[tuple[int, int | None]]:
        """Steps at which a clock on a run starts and stops (None: not stopped)."""
        return self.traced.clock(clock, run, self.row)

    def counted_from(self, clock: Clock, step: int) -> Span | None:
        """The infusion from which a clock is counted; None: it is the step itself."""
        return self.traced.counted_from(clock, step, self.row)
