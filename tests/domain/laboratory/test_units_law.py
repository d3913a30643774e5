"""The same result in another unit has the same grade.

The one exception is the dictionary's own: where it prints a threshold in two systems of units and
rounds each, the answers may differ, and then both say so.
"""

from collections.abc import Callable
from decimal import Context, Decimal
from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from app.data.criteria import load_analytes
from app.domain.case import LaboratoryBaseline, LaboratoryMeasurement
from app.domain.laboratory.grading import LaboratoryGrade, grades, read
from app.domain.quantities import Unit
from tests.domain.laboratory.completions import (
    Asked,
    accepted,
    clauses,
    converted,
    document,
    numeric,
    printed_at,
    resolved,
    thresholds,
)
from tests.domain.laboratory.measured import bounds, catalogue, codes, named, number_bounds
from tests.sparing import SPARING

SUBJECTS = [
    (term["term"], name)
    for term in document()["terms"]
    for name in term["analytes"]
    if len(accepted(name)) > 1
]
SHARES = ("0.4", "0.95", "0.998", "0.9999", "1", "1.0001", "1.002", "1.06", "1.5", "3.1")


def terminating(number: Fraction) -> bool:
    rest = number.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1


def exact(number: Fraction) -> Decimal:
    return Context(prec=200).divide(Decimal(number.numerator), Decimal(number.denominator))


def leads(one: Unit, other: Unit, analyte: str) -> bool:
    bridge = load_analytes().by_id(analyte).bridge(one.dimension, other.dimension)
    return one.dimension == other.dimension or bridge is not None


def systems(asked: Asked) -> list[str]:
    """The dimensions in which thresholds are printed, in order."""
    found = [
        resolved(text, asked.analyte)
        for clause in numeric(asked)
        for _, each in thresholds(clause.text)
        if isinstance(each, dict)
        for text in each
    ]
    return list(dict.fromkeys(unit.dimension for unit in found if unit is not None))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Asked, Unit, LaboratoryMeasurement, LaboratoryMeasurement]:
    """A result near a threshold, in two units, exactly."""
    term, analyte = draw(st.sampled_from(SUBJECTS))
    one = draw(st.sampled_from(accepted(analyte)))
    others = [unit for unit in accepted(analyte) if unit != one and leads(one, unit, analyte)]
    assume(others)
    other = draw(st.sampled_from(others))
    asked = Asked(term=term, analyte=analyte, value=Fraction(1), unit=one, limits={})

    def move(number: Fraction) -> Fraction:
        return converted(number, one, other, analyte)

    target = [
        printed_at(each, unit, analyte)
        for unit in (one,)
        for clause in numeric(asked)
        for _, each in thresholds(clause.text)
        if isinstance(each, dict)
    ]
    at = draw(st.sampled_from(target or [Fraction(100)])) or Fraction(1)
    value, *limits = (
        near(at * Fraction(draw(st.sampled_from(SHARES))), move, one) for _ in range(4)
    )
    missing = draw(st.lists(st.sampled_from([0, 1, 2]), max_size=2, unique=True))
    told = [None if place in missing else each for place, each in enumerate(limits)]
    names = sorted({fact for each in clauses(asked) for fact in each.text.get("given", [])})
    facts: dict[str, bool | str | None] = {
        name: draw(st.booleans()) for name in names if draw(st.integers(0, 3)) == 0
    }
    lln, uln, baseline = told

    def measurement(unit: Unit, moved: Callable[[Fraction], Fraction]) -> LaboratoryMeasurement:
        first, second, before = (
            None if each is None else exact(moved(each)) for each in (lln, uln, baseline)
        )
        return LaboratoryMeasurement(
            term=term,
            analyte=analyte,
            unit=unit.symbol,
            value=exact(moved(value)),
            lln=first,
            uln=second,
            baseline=None if before is None else LaboratoryBaseline(value=before, range=None),
            facts=facts,
        )

    return asked, other, measurement(one, lambda number: number), measurement(other, move)


def near(target: Fraction, move: Callable[[Fraction], Fraction], unit: Unit) -> Fraction:
    """A number near the target that is a decimal in both units."""
    shift = unit.offset / unit.factor
    for step in (Fraction(1, 10**12), Fraction(1, 10**20), Fraction(1, 10**28)):
        slope = move(Fraction(1)) - move(Fraction(0))
        grain = step * slope.denominator
        number = round((target + shift) / grain) * grain - shift
        if terminating(number) and terminating(move(number)):
            assume(number > 0 and move(number) > 0)
            return number
    raise AssertionError(unit)


def answer(result: LaboratoryMeasurement) -> LaboratoryGrade:
    [found] = grades(read(result, catalogue(), named), catalogue())
    return found


def all_told(found: LaboratoryGrade) -> tuple[object, ...]:
    return found.status, found.grade, bounds(found), number_bounds(found), found.reason_code


@SPARING
@given(pairs())
def test_a_unit_changes_no_answer_but_where_the_dictionary_rounds(
    pair: tuple[Asked, Unit, LaboratoryMeasurement, LaboratoryMeasurement],
) -> None:
    asked, other, one_result, other_result = pair
    assert asked.unit is not None
    one, two = answer(one_result), answer(other_result)
    printed = systems(asked)
    used = [
        unit.dimension if unit.dimension in printed else next(iter(printed), None)
        for unit in (asked.unit, other)
    ]
    differ = all_told(one) != all_told(two)
    if used[0] == used[1]:
        assert not differ
        assert ("printed_units_differ" in codes(one)) == ("printed_units_differ" in codes(two))
    else:
        assert differ == ("printed_units_differ" in codes(one))
        assert differ == ("printed_units_differ" in codes(two))
