"""What the compiled rules ask of the events of one class of terms: grades, limits and facts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import assert_never

from app.domain.dlt import formula as f
from app.domain.dlt.clock import Clock
from app.domain.dlt.facts import Fact
from app.domain.dlt.program import Program


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimensions:
    """Every line that some reading of the rules draws for one class of terms."""

    runs: frozenset[int]
    """Grades of the criteria that may hold."""
    reached: frozenset[int]
    """Other grades that a run is asked to reach, or not to reach."""
    shifts: frozenset[int]
    """By how many grades a run is asked to rise above the baseline."""
    clocks: frozenset[Clock]
    facts: tuple[Fact, ...]
    """Facts that some clause asks for, in order of the rules."""
    counting: frozenset[Fact]
    """The causality that has to hold before any criterion looks at an event."""


class _Lines:
    """What was found so far."""

    def __init__(self) -> None:
        self.runs: set[int] = set()
        self.reached: set[int] = set()
        self.shifts: set[int] = set()
        self.clocks: set[Clock] = set()
        self.facts: dict[Fact, None] = {}

    def add(self, grade: int, parts: Iterable[f.Formula], facts: Sequence[Fact]) -> None:
        """The lines of one criterion and of the exceptions beside it."""
        self.runs.add(grade)
        for node in chain.from_iterable(f.walk(part) for part in parts):
            match node:
                case f.RunReaches():
                    self.reached.add(node.grade)
                case f.RunRises():
                    self.shifts.add(node.by)
                case f.Exceeded():
                    self.clocks.add(node.clock)
                case f.FactHolds() | f.Joins() | f.Lapsed():
                    self.facts[facts[node.fact]] = None
                case f.IsNth():
                    self.facts[facts[node.fact]] = None
                    self.reached.add(node.grade)
                case f.Constant() | f.Counted() | f.Reached() | f.Every() | f.Some():
                    pass
                case _:
                    assert_never(node)


def dimensions_of(programs: Iterable[Program], term: str, *, laboratory: bool) -> Dimensions:
    """The lines that any of these programs draws for a term.

    Whether a term is a laboratory finding is known of it, and asks for no answer.
    """
    lines = _Lines()
    counting: set[Fact] = set()
    for program in programs:
        asked = program.rules.counts.related
        if asked is not None and len(asked.agents) == 1:
            # Of several agents any is enough: that it is not one of them sets no event aside.
            counting |= {each for each in program.facts if each.related in asked.of_each}
        known = program.fact("laboratory")
        for judgement in program.judgements[program.signature_of_term[term]]:
            parts = tuple(_parts(judgement))
            if known is not None:
                parts = tuple(f.given(part, known, laboratory) for part in parts)
            if f.FALSE not in parts[:2]:
                lines.add(judgement.grade, parts, program.facts)
    return Dimensions(
        runs=frozenset(lines.runs),
        reached=frozenset(lines.reached),
        shifts=frozenset(lines.shifts),
        clocks=frozenset(lines.clocks),
        facts=tuple(lines.facts),
        counting=frozenset(counting),
    )


def _parts(judgement: f.Judgement) -> Iterator[f.Formula]:
    """What counts, when the criterion holds, and what its exceptions ask.

    Each for itself: what one of them decides would hide the lines of the others, and another
    variant of the rules may lack it.
    """
    yield from (judgement.counts, judgement.when, judgement.own)
    for each in judgement.exceptions:
        yield from (each.not_concerned, each.broken)
        if each.concerns is not None:
            yield each.concerns
