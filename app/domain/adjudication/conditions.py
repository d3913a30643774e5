"""What clauses and their conditions ask, and whether they hold, read off a trace.

An explanation says it of a case, with the record beside it; a comparison of two versions says it
of columns alone. Both are told here, so that they cannot differ.
"""

from collections.abc import Iterator
from typing import Protocol, assert_never

from app.domain.adjudication.result import TruthWord
from app.domain.adjudication.trace import Bounds, Run, Traced
from app.domain.adjudication.truth import both, negated, truth_of
from app.domain.dlt.facts import UNKNOWN
from app.domain.dlt.formula import (
    Constant,
    Counted,
    Every,
    Exceeded,
    ExceptionPart,
    FactHolds,
    Formula,
    IsNth,
    Joins,
    Judgement,
    Lapsed,
    Reached,
    RunReaches,
    RunRises,
    Some,
)
from app.domain.dlt.program import Program
from app.domain.dlt.text.facts import fact_phrase
from app.domain.dlt.words import clock_says

Condition = (
    FactHolds | Joins | Lapsed | IsNth | RunReaches | RunRises | Counted | Reached | Exceeded
)


class Seen(Protocol):
    """An event in its trace."""

    @property
    def traced(self) -> Traced:
        """The trace."""

    @property
    def row(self) -> int:
        """The row of the event in the trace."""

    @property
    def cut(self) -> int:
        """Last instant of the data cut."""

    def bounds(self, formula: Formula, run: Run) -> Bounds:
        """When a formula becomes true on a run."""


def conditions_of(formula: Formula) -> Iterator[Condition]:
    """The leaves of a formula, in order: what it asks of a record."""
    if isinstance(formula, Every | Some):
        for part in formula.parts:
            yield from conditions_of(part)
    elif not isinstance(formula, Constant):
        yield formula


def conditions_of_criterion(judgement: Judgement) -> Iterator[Condition]:
    """What a criterion asks, but for its exceptions."""
    for formula in (judgement.counts, judgement.when, judgement.own):
        yield from conditions_of(formula)


def conditions_of_exception(part: ExceptionPart) -> Iterator[Condition]:
    """What an exception asks: whether it concerns a run, and whether it is broken."""
    yield from conditions_of(part.not_concerned)
    yield from conditions_of(part.broken)


def says_of(condition: Condition, program: Program) -> str:
    """A condition, as the protocol says it."""
    match condition:
        case FactHolds() | Joins() | IsNth():
            return program.facts[condition.fact].words
        case Lapsed():
            return fact_phrase(program.facts[condition.fact], holds=False)
        case RunReaches():
            return f"the run reaches grade {condition.grade}"
        case RunRises():
            return f"the run rises {condition.by} grades or more above the baseline"
        case Counted():
            return "the onset lies in a window"
        case Reached():
            return "the grade is reached"
        case Exceeded():
            return clock_says(condition.clock)
        case _:
            assert_never(condition)


def truth_at_cut(condition: Condition, run: Run, seen: Seen) -> TruthWord:
    """Whether a condition holds; of a fact that never changes, whether the record says it."""
    if isinstance(condition, FactHolds):
        told = int(seen.traced.columns.facts[condition.fact, seen.row])
        return "unknown" if told == UNKNOWN else "yes" if told > UNKNOWN else "no"
    return truth_of(seen.bounds(condition, run), seen.cut)


def exempts(part: ExceptionPart, run: Run, seen: Seen) -> TruthWord:
    """Whether an exception keeps a run from being a DLT."""
    concerned = negated(truth_of(seen.bounds(part.not_concerned, run), seen.cut))
    return both(concerned, negated(truth_of(seen.bounds(part.broken, run), seen.cut)))
