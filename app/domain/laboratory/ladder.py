"""A term's criteria made ready for results of one analyte in one unit.

The thresholds are moved into the unit of the result, exactly; the result itself is never
converted.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction
from functools import cached_property
from typing import assert_never

from app.domain.laboratory.analyte import Analyte
from app.domain.laboratory.criteria import (
    Absolute,
    Clause,
    Edge,
    Limit,
    Multiple,
    Offset,
    Percent,
    TermCriteria,
    Threshold,
)
from app.domain.quantities import Unit, UnitTable


class UnitState(Enum):
    """Whether the unit of a result is known."""

    KNOWN = "known"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """How a printed threshold came into the unit of the result."""

    printed: str
    unit: str
    because: str | None
    """What was needed to get from one dimension to another; None within one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A threshold that is a number, in the unit of the result."""

    edge: Edge
    at: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """A threshold that is so many times a limit."""

    edge: Edge
    of: Limit
    factor: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """A threshold that lies an amount above a limit (or below), in the unit of the result."""

    edge: Edge
    of: Limit
    amount: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A threshold that is the baseline changed by so many percent of it."""

    edge: Edge
    percent: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfReach:
    """A threshold that needs a unit which the result does not have."""

    edge: Edge


Test = Number | Times | Apart | Changed | OutOfReach


@dataclass(frozen=True, kw_only=True)
class Rung:
    """A numeric clause, ready: every test holds, under its conditions."""

    grade: int
    number: int
    clause: Clause
    tests: tuple[Test, ...]

    @cached_property
    def conditional(self) -> bool:
        """Whether a fact decides beside the number."""
        return bool(self.clause.given or self.clause.unless)

    @cached_property
    def limits(self) -> frozenset[Limit]:
        """The limits that its thresholds are told from."""
        return frozenset(
            test.of if isinstance(test, Times | Apart) else Limit.BASELINE
            for test in self.tests
            if isinstance(test, Times | Apart | Changed)
        )

    @cached_property
    def asked(self) -> frozenset[Limit]:
        """The limits that its thresholds and its conditions are told from."""
        of_baseline = {Limit.BASELINE} if self.clause.baseline is not None else set()
        return self.limits | of_baseline


@dataclass(frozen=True, kw_only=True)
class Ladder:
    """All that grades one term by one analyte in one unit."""

    term: TermCriteria
    analyte: Analyte
    unit: Unit | None
    state: UnitState
    rungs: tuple[Rung, ...]
    absent: Rung | None
    facts: tuple[tuple[int, str], ...]
    """(grade, fact) of each clause without a number."""
    conversions: tuple[Conversion, ...]
    alone: frozenset[str]
    """The facts of these that count whatever the number is."""
    symptoms: frozenset[str]
    """The facts that are symptoms, which a policy may take for granted."""

    @cached_property
    def limits(self) -> frozenset[Limit]:
        """The limits that some rung asks for."""
        return frozenset(limit for rung in self.rungs for limit in rung.limits)

    @cached_property
    def asked(self) -> frozenset[str]:
        """Every fact that some clause asks for."""
        numeric = (fact for r in self.rungs for fact in (*r.clause.given, *r.clause.unless))
        return frozenset((*numeric, *(fact for _, fact in self.facts)))

    @cached_property
    def either_way(self) -> tuple[str, ...]:
        """The facts that one rung asks for and another excludes."""
        given = {fact for rung in self.rungs for fact in rung.clause.given}
        excluded = {fact for rung in self.rungs for fact in rung.clause.unless}
        return tuple(sorted(given & excluded))

    @cached_property
    def own_limit(self) -> Limit | None:
        """The limit on the side where the term lies; None where no rung looks at it."""
        limit = Limit.ULN if self.term.direction == "high" else Limit.LLN
        return limit if limit in self.limits else None

    @cached_property
    def without_baseline(self) -> "Ladder":
        """The rungs that need no value of the baseline; all, where the term looks at no limit."""
        if self.own_limit is None:
            return self
        return replace(self, rungs=tuple(r for r in self.rungs if Limit.BASELINE not in r.limits))

    @cached_property
    def out_of_reach(self) -> bool:
        """Whether some threshold needs a unit that the result does not have."""
        return any(isinstance(test, OutOfReach) for rung in self.rungs for test in rung.tests)

    @cached_property
    def baseline_matters(self) -> bool:
        """Whether the baseline decides which clause is meant."""
        return any(rung.clause.baseline is not None for rung in self.rungs)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bench:
    """What a threshold is moved with. `system` restricts printed numbers to one dimension."""

    analyte: Analyte
    unit: Unit | None
    units: UnitTable
    system: str | None


def ladder_of(
    term: TermCriteria,
    analyte: Analyte,
    unit: Unit | None,
    units: UnitTable,
    *,
    symptoms: Collection[str] = (),
    state: UnitState = UnitState.KNOWN,
    system: str | None = None,
) -> Ladder:
    """Make a term ready for results of an analyte in a unit; None where it is not known.

    With `system`, numbers printed in units of that dimension alone are used.
    """
    bench = _Bench(analyte=analyte, unit=unit, units=units, system=system)
    conversions: dict[Conversion, None] = {}
    rungs = []
    facts, alone = [], set()
    for grade, number, clause in term.clauses(analyte.id):
        if clause.numeric:
            rungs.append(_rung(grade, number, clause, bench, conversions))
        else:
            facts.append((grade, clause.given[0]))
            alone |= set(clause.given) if clause.alone else set()
    absent = None if term.absent is None else _rung(0, 1, term.absent, bench, conversions)
    return Ladder(
        term=term,
        analyte=analyte,
        unit=unit,
        state=state,
        rungs=tuple(rungs),
        absent=absent,
        facts=tuple(facts),
        alone=frozenset(alone),
        conversions=tuple(conversions),
        symptoms=frozenset(symptoms),
    )


def systems_of(term: TermCriteria, analyte: Analyte, units: UnitTable) -> tuple[str, ...]:
    """The dimensions in which the term's numbers are printed, in order."""
    found: dict[str, None] = {}
    for _, _, clause in term.clauses(analyte.id):
        for _, threshold in clause.bounds:
            if isinstance(threshold, Absolute):
                for unit, _ in _printed(threshold, analyte, units):
                    found[unit.dimension] = None
    return tuple(found)


def _rung(
    grade: int, number: int, clause: Clause, bench: _Bench, conversions: dict[Conversion, None]
) -> Rung:
    tests = []
    for edge, threshold in clause.bounds:
        test, conversion = _test(edge, threshold, bench)
        tests.append(test)
        if conversion is not None:
            conversions[conversion] = None
    return Rung(grade=grade, number=number, clause=clause, tests=tuple(tests))


def _test(edge: Edge, threshold: Threshold, bench: _Bench) -> tuple[Test, Conversion | None]:
    match threshold:
        case Multiple():
            return Times(edge=edge, of=threshold.of, factor=threshold.factor), None
        case Percent():
            return Changed(edge=edge, percent=Fraction(threshold.change)), None
        case Offset():
            return _apart(edge, threshold, bench)
        case Absolute():
            return _number(edge, threshold, bench)
        case _:
            assert_never(threshold)


def _apart(edge: Edge, threshold: Offset, bench: _Bench) -> tuple[Test, Conversion | None]:
    printed = bench.analyte.printed_unit(threshold.unit, bench.units)
    moved = None if printed is None else _moved(printed, bench)
    if moved is None:
        return OutOfReach(edge=edge), None
    amount = moved.of(Fraction(threshold.amount)) - moved.of(Fraction(0))
    return Apart(edge=edge, of=threshold.of, amount=amount), moved.conversion


def _number(edge: Edge, threshold: Absolute, bench: _Bench) -> tuple[Test, Conversion | None]:
    for unit, number in _by_nearness(threshold, bench):
        moved = _moved(unit, bench)
        if moved is not None:
            return Number(edge=edge, at=moved.of(number)), moved.conversion
    return OutOfReach(edge=edge), None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moved:
    """From a printed unit to that of the result."""

    printed: Unit
    unit: Unit
    factor: Fraction
    conversion: Conversion | None

    def of(self, number: Fraction) -> Fraction:
        base = (self.printed.factor * number + self.printed.offset) * self.factor
        return (base - self.unit.offset) / self.unit.factor


def _moved(printed: Unit, bench: _Bench) -> _Moved | None:
    unit = bench.unit
    if unit is None:
        return None
    if unit.dimension == printed.dimension:
        same = unit.symbol == printed.symbol
        told = Conversion(printed=printed.symbol, unit=unit.symbol, because=None)
        return _Moved(
            printed=printed, unit=unit, factor=Fraction(1), conversion=None if same else told
        )
    bridge = bench.analyte.bridge(printed.dimension, unit.dimension)
    if bridge is None:
        return None
    told = Conversion(printed=printed.symbol, unit=unit.symbol, because=bridge.because)
    return _Moved(printed=printed, unit=unit, factor=bridge.factor, conversion=told)


def _printed(
    threshold: Absolute, analyte: Analyte, units: UnitTable
) -> Iterator[tuple[Unit, Fraction]]:
    for text, number in threshold.printed:
        unit = analyte.printed_unit(text, units)
        if unit is not None:
            yield unit, Fraction(number)


def _by_nearness(threshold: Absolute, bench: _Bench) -> list[tuple[Unit, Fraction]]:
    """The printed numbers, those in the unit of the result first, then those of its dimension."""
    unit = bench.unit
    found = [
        pair
        for pair in _printed(threshold, bench.analyte, bench.units)
        if bench.system is None or pair[0].dimension == bench.system
    ]
    if unit is None:
        return found
    return sorted(
        found,
        key=lambda pair: (pair[0].dimension != unit.dimension, pair[0].symbol != unit.symbol),
    )
