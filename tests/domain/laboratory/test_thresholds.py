"""Every numeric clause of every term, by every analyte, in every unit: at its threshold, and a
millionth of it to either side.

The expected grade is told from the criteria document by hand (reference.py). Limits and baseline
are chosen so that the clause in question decides.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Any

import pytest

from app.domain.laboratory.assembly import graded
from app.domain.laboratory.columns import Range
from app.domain.laboratory.ladder import UnitState
from app.domain.laboratory.policy import WORST
from app.domain.laboratory.reading import Row
from app.domain.quantities import Unit
from tests.domain.laboratory import reference
from tests.domain.laboratory.completions import (
    Asked,
    Document,
    accepted,
    clauses,
    converted,
    document,
    numeric,
    printed_at,
    relative,
    resolved,
    thresholds,
)
from tests.domain.laboratory.measured import catalogue

pytestmark = pytest.mark.no_cover

LIMITS: Mapping[tuple[str, str], tuple[str, str]] = {
    ("qtc", "baseline"): ("380", "ms"),
    ("ejection_fraction", "baseline"): ("65", "%"),
    ("inr", "baseline"): ("0.9", "1"),
    ("fibrinogen", "baseline"): ("4", "g/L"),
    ("diastolic_bp", "baseline"): ("60", "mmHg"),
    ("fibrinogen", "LLN"): ("4", "g/L"),
    ("dlco", "baseline"): ("25", "mL/min/mmHg"),
}
"""Where 100 would let another clause decide."""
DIGITS = 28


@dataclass(frozen=True, kw_only=True)
class Place:
    """A threshold of a clause, in one unit, with limits and baseline that let it decide."""

    asked: Asked
    grade: int
    edge: str
    at: Fraction


def decimal(number: Fraction, *, up: bool) -> Decimal:
    """The next number above or below that a result can have."""
    scaled = number * 10**DIGITS
    return Decimal(ceil(scaled) if up else floor(scaled)).scaleb(-DIGITS)


def places(term: str, analyte: str, unit: Unit) -> Iterator[Place]:
    blank = Asked(term=term, analyte=analyte, value=Fraction(0), unit=unit, limits={})
    for clause in numeric(blank):
        bounds = list(thresholds(clause.text))
        for number, (edge, threshold) in enumerate(bounds):
            others = [each for place, each in enumerate(bounds) if place != number]
            limits, at = located(threshold, blank, unit)
            for other_edge, other in others:
                if not isinstance(other, Mapping):
                    share = Fraction(1, 2) if other_edge == "above" else Fraction(1001, 1000)
                    read = relative(other, unit, analyte)
                    limits[read.of] = at * share / read.factor
            stated = {"normal": "normal", "abnormal": "high", None: "high"}
            asked = Asked(
                term=term,
                analyte=analyte,
                value=at,
                unit=unit,
                limits=limits,
                stated=stated[clause.text.get("baseline")],
                facts=facts(clause.text, blank),
            )
            yield Place(asked=asked, grade=clause.grade, edge=edge, at=at)


def located(
    threshold: Any, blank: Asked, unit: Unit
) -> tuple[dict[str, Fraction | None], Fraction]:
    """The limits, and where the threshold lies; the limits that it does not need lie there too."""
    if isinstance(threshold, Mapping):
        at = printed_at(threshold, unit, blank.analyte)
        return dict.fromkeys(("ULN", "LLN", "baseline"), at), at
    read = relative(threshold, unit, blank.analyte)
    limit = limit_of(read.of, blank, unit)
    at = limit * read.factor + read.amount
    return {name: limit if name == read.of else at for name in ("ULN", "LLN", "baseline")}, at


def limit_of(limit: str, blank: Asked, unit: Unit) -> Fraction:
    if (blank.analyte, limit) in LIMITS:
        number, printed = LIMITS[blank.analyte, limit]
        found = resolved(printed, blank.analyte)
        assert found is not None
        return converted(Fraction(number), found, unit, blank.analyte)
    absolute = [
        printed_at(each, unit, blank.analyte)
        for clause in numeric(blank)
        for _, each in thresholds(clause.text)
        if isinstance(each, Mapping)
    ]
    if not absolute or limit == "baseline":
        return Fraction(100)
    return min(absolute) * Fraction("0.7") if limit == "ULN" else max(absolute) * Fraction("1.3")


def facts(clause: Document, blank: Asked) -> dict[str, bool]:
    """What the clause asks for is there, and nothing else is."""
    named = [
        fact
        for each in clauses(blank)
        for fact in (*each.text.get("given", []), *each.text.get("unless", []))
    ]
    return dict.fromkeys(named, False) | dict.fromkeys(clause.get("given", []), True)


def row(place: Place, value: Decimal) -> Row:
    asked = place.asked
    limits = {
        name: None if each is None else decimal(each, up=True)
        for name, each in asked.limits.items()
    }
    return Row(
        number=catalogue().number_of(asked.term, asked.analyte, asked.unit, UnitState.KNOWN),
        value=value,
        lln=limits["LLN"],
        uln=limits["ULN"],
        baseline=limits["baseline"],
        baseline_range=Range.NORMAL if asked.stated == "normal" else Range.HIGH,
        percent=None,
        facts=asked.facts,
        not_gradable=None,
        findings=(),
    )


def around(at: Fraction) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """A millionth below, at the threshold (or next to it, on either side), a millionth above."""
    step = at / 1_000_000 or Fraction(1, 1_000_000)
    return (
        decimal(at - step, up=False),
        decimal(at, up=False),
        decimal(at, up=True),
        decimal(at + step, up=True),
    )


def by_hand(made: Row, place: Place) -> int:
    asked = place.asked
    told = {"LLN": made.lln, "ULN": made.uln, "baseline": made.baseline}
    assert isinstance(made.value, Decimal)
    complete = Asked(
        term=asked.term,
        analyte=asked.analyte,
        value=Fraction(made.value),
        unit=asked.unit,
        limits={name: None if each is None else Fraction(each) for name, each in told.items()},
        stated=asked.stated,
        facts=asked.facts,
    )
    low, high = reference.possible(complete, WORST).with_all
    assert low == high
    return low


@pytest.mark.parametrize("term", [term["term"] for term in document()["terms"]])
def test_each_threshold_decides_in_every_unit(term: str) -> None:
    analytes = catalogue().terms[term].analytes
    for analyte in analytes:
        for unit in accepted(analyte):
            for place in places(term, analyte, unit):
                rows = [row(place, value) for value in around(place.at)]
                found = [int(each) for each in graded(rows, catalogue().ladder, WORST).grade]
                assert found == [by_hand(each, place) for each in rows], (place, found)
                falling = place.edge in {"below", "at_most"}
                met, other = (found[0], found[-1]) if falling else (found[-1], found[0])
                assert met == place.grade, (place, found)
                assert other < place.grade, (place, found)
