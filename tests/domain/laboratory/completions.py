"""A result read by hand from the criteria document, and every completion of it.

What was not told is tried out: limits and baseline from a grid that lies on both sides of every
threshold, facts both ways, a bounded value at and between all thresholds, a unit as each that the
analyte has. All in fractions; nothing of the evaluator is used.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from importlib.resources import files
from itertools import pairwise, product
from typing import Any, NamedTuple

from app.data.criteria import load_analytes, load_units
from app.data.strict_yaml import read_yaml
from app.domain.laboratory.policy import ANTICOAGULATION, Policy
from app.domain.quantities import Unit

Comparison = Callable[[Fraction, Fraction], bool]
EDGES: Mapping[str, Comparison] = {
    "below": lambda value, at: value < at,
    "at_most": lambda value, at: value <= at,
    "above": lambda value, at: value > at,
    "at_least": lambda value, at: value >= at,
}
Document = dict[str, Any]
RELATIVE = re.compile(r"(?:([\d.]+) x )?(ULN|LLN|baseline)(?: ([+-]) ([\d.]+) (\S+))?")


@cache
def document() -> Document:
    text = files("app.data.criteria").joinpath("ctcae-5.0.yaml").read_text("utf-8")
    return dict(read_yaml(text))


@cache
def term_of(name: str) -> Document:
    [found] = [term for term in document()["terms"] if term["term"] == name]
    return dict(found)


class Interval(NamedTuple):
    """A value of which bounds are known; None where there is none."""

    low: Fraction | None
    high: Fraction | None
    open_below: bool
    open_above: bool


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A result, as it was reported; None is what was not told."""

    term: str
    analyte: str
    value: Fraction | Interval
    unit: Unit | None
    limits: Mapping[str, Fraction | None]
    """ULN, LLN and baseline."""
    stated: str | None = None
    percent: Fraction | None = None
    facts: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class World:
    """A result with everything told."""

    value: Fraction
    unit: Unit
    limits: Mapping[str, Fraction]
    normal: bool
    percent: Fraction | None
    facts: Mapping[tuple[str, bool], bool]
    """Whether a fact holds, where a clause wants it and where a clause excludes it."""


class Clause(NamedTuple):
    grade: int
    text: Document


def clauses(asked: Asked) -> list[Clause]:
    return [
        Clause(int(grade), clause)
        for grade, listed in term_of(asked.term)["grades"].items()
        for clause in listed
        if clause.get("analyte", asked.analyte) == asked.analyte
    ]


def thresholds(clause: Document) -> Iterator[tuple[str, Any]]:
    for edge in EDGES:
        found = clause.get(edge, [])
        for each in found if isinstance(found, list) else [found]:
            yield edge, each


def numeric(asked: Asked) -> list[Clause]:
    return [each for each in clauses(asked) if any(thresholds(each.text))]


def converted(number: Fraction, printed: Unit, unit: Unit, analyte: str) -> Fraction:
    """A number in a printed unit, in the unit of the result."""
    if printed.dimension == unit.dimension:
        return printed.to(number, unit)
    bridge = load_analytes().by_id(analyte).bridge(printed.dimension, unit.dimension)
    assert bridge is not None
    base = (printed.factor * number + printed.offset) * bridge.factor
    return (base - unit.offset) / unit.factor


def resolved(text: str, analyte: str) -> Unit | None:
    return load_units().resolve(text, load_analytes().by_id(analyte).dimensions)


def printed_at(printed: Mapping[str, str], unit: Unit, analyte: str) -> Fraction:
    """The number printed in this unit, else in one of its dimension, else in the first."""
    found = [(resolved(text, analyte), Fraction(number)) for text, number in printed.items()]
    known = [(each, number) for each, number in found if each is not None]
    for same in (
        [pair for pair in known if pair[0] == unit],
        [pair for pair in known if pair[0].dimension == unit.dimension],
        known,
    ):
        if same:
            return converted(same[0][1], same[0][0], unit, analyte)
    raise AssertionError(printed)


class Relative(NamedTuple):
    of: str
    factor: Fraction
    amount: Fraction
    percent: Fraction | None


def relative(text: str, unit: Unit, analyte: str) -> Relative:
    read = RELATIVE.fullmatch(text)
    assert read is not None, text
    factor = Fraction(read[1] or 1)
    if read[3] is None:
        return Relative(read[2], factor, Fraction(0), None)
    amount = Fraction(read[3] + read[4])
    if read[5] == "%":
        return Relative(read[2], 1 + amount / 100, Fraction(0), amount)
    printed = resolved(read[5], analyte)
    assert printed is not None
    zero = converted(Fraction(0), printed, unit, analyte)
    return Relative(read[2], factor, converted(amount, printed, unit, analyte) - zero, None)


def spread(critical: set[Fraction]) -> list[Fraction]:
    """Every critical point, a point between each two, one below all and one above; above 0."""
    points = sorted(point for point in critical if point > 0)
    if not points:
        return [Fraction(1)]
    between = [(one + other) / 2 for one, other in pairwise(points)]
    return sorted({points[0] / 2, *points, *between, points[-1] * 2 + 1})


def conditions(asked: Asked) -> dict[str, bool]:
    """The facts beside numbers, and whether some clause excludes them."""
    found: dict[str, bool] = {}
    for each in numeric(asked):
        found |= {fact: found.get(fact, False) for fact in each.text.get("given", [])}
        found |= dict.fromkeys(each.text.get("unless", []), True)
    return found


def ways(fact: str, excluded: bool, asked: Asked, policy: Policy) -> list[tuple[bool, bool]]:
    """How a fact may be, where it is wanted and where it is excluded."""
    if fact in asked.facts:
        return [(asked.facts[fact],) * 2]
    assumption = "bounds"
    if fact == "on_anticoagulation":
        assumption = policy.anticoagulation
    elif fact in document()["symptoms"] or excluded:
        assumption = policy.symptoms
    if assumption == "bounds":
        return [(True, True), (False, False)]
    assumed = assumption == "worst" and (fact in document()["symptoms"] or fact == ANTICOAGULATION)
    return [(assumed, False)]


def worlds(asked: Asked, policy: Policy, *, normal: bool | None = None) -> Iterator[World]:
    """Every completion, as far as thresholds can tell them apart."""
    tried = conditions(asked)
    told = [ways(fact, excluded, asked, policy) for fact, excluded in tried.items()]
    units = [asked.unit] if asked.unit else accepted(asked.analyte)
    for unit in units:
        for value in values(asked, unit):
            for limits in completed(asked, value, unit):
                lies = is_normal(asked.stated, limits, policy) if normal is None else normal
                for chosen in product(*told):
                    facts = {
                        (fact, wanted): way[0 if wanted else 1]
                        for fact, way in zip(tried, chosen, strict=True)
                        for wanted in (True, False)
                    }
                    yield World(
                        value=value,
                        unit=unit,
                        limits=limits,
                        normal=lies,
                        percent=asked.percent,
                        facts=facts,
                    )


@cache
def accepted(analyte: str) -> list[Unit]:
    return list(load_analytes().by_id(analyte).units)


def is_normal(stated: str | None, limits: Mapping[str, Fraction], policy: Policy) -> bool:
    above_uln_only = policy.abnormal_baseline == "above_uln"
    if stated is not None:
        return stated == "normal" or (above_uln_only and stated == "low")
    if limits["baseline"] > limits["ULN"]:
        return False
    return above_uln_only or limits["baseline"] >= limits["LLN"]


def values(asked: Asked, unit: Unit) -> list[Fraction]:
    if isinstance(asked.value, Fraction):
        return [asked.value]
    low, high, open_below, open_above = asked.value
    critical = {each for each in (low, high) if each is not None}
    for clause in numeric(asked):
        for _, each in thresholds(clause.text):
            if isinstance(each, Mapping):
                critical.add(printed_at(each, unit, asked.analyte))
    for read in relatives(asked, unit):
        limit = asked.limits[read.of]
        if limit is not None:
            critical.add(limit * read.factor + read.amount)
    return [
        point
        for point in (Fraction(0), *spread(critical))
        if (low is None or point > low or (point == low and not open_below))
        and (high is None or point < high or (point == high and not open_above))
    ]


def completed(asked: Asked, value: Fraction, unit: Unit) -> Iterator[dict[str, Fraction]]:
    """Limits and baseline, where one is missing on both sides of all that it is compared with."""
    critical: dict[str, set[Fraction]] = {"ULN": set(), "LLN": set(), "baseline": set()}
    for read in relatives(asked, unit):
        if read.percent is None or asked.percent is None:
            critical[read.of].add((value - read.amount) / read.factor)
    derived = asked.stated is None and any("baseline" in each.text for each in numeric(asked))
    known = asked.limits["baseline"]
    if derived and known is not None:
        critical["ULN"].add(known)
        critical["LLN"].add(known)
    for uln, lln in product(*(grid(asked, each, critical[each]) for each in ("ULN", "LLN"))):
        compared = critical["baseline"] | ({uln, lln} if derived else set())
        for baseline in grid(asked, "baseline", compared):
            yield {"ULN": uln, "LLN": lln, "baseline": baseline}


def relatives(asked: Asked, unit: Unit) -> Iterator[Relative]:
    """Every threshold that is told from a limit or the baseline."""
    absent = term_of(asked.term).get("absent", {})
    for clause in (*(each.text for each in numeric(asked)), absent):
        for _, each in thresholds(clause):
            if isinstance(each, str):
                yield relative(each, unit, asked.analyte)


def grid(asked: Asked, limit: str, critical: set[Fraction]) -> list[Fraction]:
    told = asked.limits[limit]
    return spread(critical) if told is None else [told]
