"""By which clauses and readings verdicts stand, read off the columns that they were given by.

Of what is told of a verdict, this is what rests on the clauses alone. So two versions of a
protocol that agree on all else tell the same of an event where this is the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from app.domain.adjudication.decided_by import clauses_told, deciding, exempting
from app.domain.adjudication.protocol import Rules
from app.domain.adjudication.readings import options_of, places_of_clauses
from app.domain.adjudication.trace import Bounds, Run, Traced
from app.domain.course import Tail
from app.domain.dlt.clock import Clock
from app.domain.dlt.columns import Columns
from app.domain.dlt.formula import Formula
from app.domain.dlt.judge import Verdict, Verdicts
from app.domain.time import Span, Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class StandsBy:
    """What a verdict stands by. `runs` are the first change and the grade of each."""

    criterion: str | None
    exception: str | None
    readings: tuple[str, ...]
    runs: tuple[tuple[int, int], ...]


def stand_by(
    columns: Columns, rules: Rules, verdicts: Verdicts, terms: Sequence[str]
) -> list[StandsBy]:
    """The same for each event; their terms and grades are known."""
    traced = Traced.of(columns, rules.program)
    found = []
    told = zip(verdicts.verdict.tolist(), verdicts.at.tolist(), terms, strict=True)
    for row, (number, at, term) in enumerate(told):
        event, verdict = _Event(traced, row, term), Verdict(number)
        made = deciding(event.runs, at, traced.bounds, traced.peak) if event.runs else None
        parts = (exempting(run, traced.bounds) for run in event.runs)
        criterion, exception = clauses_told(verdict, made, next(filter(None, parts), None))
        found.append(
            StandsBy(
                criterion=criterion,
                exception=exception,
                readings=options_of(rules, places_of_clauses(event, rules)),
                runs=tuple((run.start, run.judgement.grade) for run in event.runs),
            )
        )
    return found


@dataclass(frozen=True)
class _Event:
    """An event as its columns have it."""

    traced: Traced
    row: int
    term: str

    @cached_property
    def runs(self) -> Sequence[Run]:
        return tuple(self.traced.runs(self.row))

    @cached_property
    def steps(self) -> Sequence[tuple[Span, int]]:
        columns = self.traced.columns
        own, courses = slice(*columns.offsets[self.row : self.row + 2].tolist()), columns.courses
        arrays = (courses.first, courses.last, courses.sup, courses.first_day, courses.last_day)
        spans = (Span(*each) for each in zip(*(a[own].tolist() for a in arrays), strict=True))
        return list(zip(spans, courses.grade[own].tolist(), strict=True))

    @property
    def known_until(self) -> Sequence[int]:
        columns = self.traced.columns
        cut = int(columns.cut[self.row])
        if columns.tail[self.row] == Tail.GOES_ON:
            return [cut]
        return [cut, int(columns.through[self.row])]

    @property
    def zone(self) -> Zone:
        columns = self.traced.columns
        zones = columns.exposures.zones
        return zones[0] if len(zones) == 1 else zones[int(columns.subject[self.row])]

    def bounds(self, formula: Formula, run: Run) -> Bounds:
        return self.traced.bounds(formula, run)

    def clock(self, clock: Clock, run: Run) -> list[tuple[int, int | None]]:
        return self.traced.clock(clock, run, self.row)

    def counted_from(self, clock: Clock, step: int) -> Span | None:
        return self.traced.counted_from(clock, step, self.row)
