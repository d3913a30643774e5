"""Thresholds in the unit of the result: moved exactly, and never the result itself."""

from fractions import Fraction
from typing import Any

import pytest

from app.domain.laboratory.columns import SAFE
from app.domain.laboratory.criteria import Edge, Limit, TermCriteria, read_criteria
from app.domain.laboratory.ladder import (
    Apart,
    Changed,
    Conversion,
    Ladder,
    Number,
    OutOfReach,
    Times,
    UnitState,
    ladder_of,
    systems_of,
)
from tests.domain.laboratory.measured import catalogue


def ladder(term: str, analyte: str, unit: str | None, system: str | None = None) -> Ladder:
    known = catalogue()
    measured = known.analytes.by_id(analyte)
    return ladder_of(
        known.terms[term],
        measured,
        None if unit is None else measured.printed_unit(unit, known.units),
        known.units,
        system=system,
    )


def term_with(clause: dict[str, Any], *analytes: str) -> TermCriteria:
    document = {
        "id": "small-1",
        "title": "Small",
        "dictionary": "ctcae-5.0",
        "source": "made up",
        "facts": {},
        "terms": [
            {
                "term": "Hyperkalemia",
                "code": 10_020_647,
                "direction": "high",
                "analytes": list(analytes),
                "grades": {"1": [clause]},
            }
        ],
    }
    return read_criteria(document).terms[0]


def test_a_printed_number_in_the_unit_of_the_result_stays() -> None:
    anemia = ladder("Anemia", "hemoglobin", "mmol/L")
    assert anemia.rungs[1].tests == (Number(edge=Edge.BELOW, at=Fraction("6.2")),)
    assert anemia.conversions == ()


def test_else_one_of_its_dimension_is_moved_within_it() -> None:
    anemia = ladder("Anemia", "hemoglobin", "mg/dL")
    assert anemia.rungs[1].tests == (Number(edge=Edge.BELOW, at=Fraction(10_000)),)
    assert anemia.conversions == (Conversion(printed="g/dL", unit="mg/dL", because=None),)


def test_else_the_first_by_what_the_analyte_is() -> None:
    calcium = ladder("Hypocalcemia", "corrected_calcium", "mEq/L")
    at = Fraction(8) * 10 / Fraction("40.078") * 2
    assert calcium.rungs[1].tests == (Number(edge=Edge.BELOW, at=at),)


def test_a_system_of_units_may_be_asked_for() -> None:
    known = catalogue()
    calcium = known.analytes.by_id("corrected_calcium")
    systems = systems_of(known.terms["Hypocalcemia"], calcium, known.units)
    assert systems == ("mass_concentration", "substance_concentration")
    by_amount = ladder("Hypocalcemia", "corrected_calcium", "mEq/L", "substance_concentration")
    assert by_amount.rungs[1].tests == (Number(edge=Edge.BELOW, at=Fraction(4)),)
    alt = known.analytes.by_id("alt")
    term = known.terms["Alanine aminotransferase increased"]
    assert systems_of(term, alt, known.units) == ()


def test_limits_and_percents_need_no_unit() -> None:
    fibrinogen = ladder("Fibrinogen decreased", "fibrinogen", None)
    assert fibrinogen.rungs[2].tests == (
        Times(edge=Edge.BELOW, of=Limit.LLN, factor=Fraction(1)),
        Changed(edge=Edge.AT_MOST, percent=Fraction(-25)),
    )
    assert fibrinogen.limits == {Limit.LLN, Limit.BASELINE}
    assert fibrinogen.own_limit is Limit.LLN


def test_an_amount_is_moved_as_a_difference() -> None:
    rise = ladder("Hemoglobin increased", "hemoglobin", "g/L")
    assert rise.rungs[1].tests == (Apart(edge=Edge.ABOVE, of=Limit.ULN, amount=Fraction(20)),)
    assert ladder("Hemoglobin increased", "hemoglobin", None).rungs[1].tests == (
        OutOfReach(edge=Edge.ABOVE),
    )


def test_a_difference_of_temperatures_has_no_zero_point() -> None:
    fever = term_with({"above": "baseline + 1 °C"}, "temperature")
    known = catalogue()
    temperature = known.analytes.by_id("temperature")
    fahrenheit = temperature.unit("°F", known.units)
    made = ladder_of(fever, temperature, fahrenheit, known.units)
    assert made.rungs[0].tests == (
        Apart(edge=Edge.ABOVE, of=Limit.BASELINE, amount=Fraction("1.8")),
    )


@pytest.mark.parametrize(
    ("clause", "analyte", "unit"),
    [
        ({"above": {"g/L": "1"}}, "pancreatic_enzymes", "U/L"),
        ({"above": {"g/g": "1"}}, "pancreatic_enzymes", "g/L"),
        ({"above": {"mmHg": "1"}}, "pancreatic_enzymes", "g/L"),
        ({"above": "ULN + 1 mmHg"}, "pancreatic_enzymes", "g/L"),
    ],
)
def test_what_no_bridge_leads_to_is_out_of_reach(
    clause: dict[str, Any], analyte: str, unit: str
) -> None:
    known = catalogue()
    measured = known.analytes.by_id(analyte)
    resolved = measured.printed_unit(unit, known.units)
    assert resolved is not None
    made = ladder_of(term_with(clause, analyte), measured, resolved, known.units)
    assert made.out_of_reach


def test_each_term_is_within_reach_of_every_unit_of_its_analytes() -> None:
    for number, rule in enumerate(catalogue().rules):
        made = catalogue().ladder(number)
        assert made.state is rule.state
        assert not (made.out_of_reach and rule.state is UnitState.KNOWN), rule


def test_no_threshold_multiplies_a_column_beyond_what_it_holds() -> None:
    largest = 0
    for number in range(len(catalogue().rules)):
        for rung in catalogue().ladder(number).rungs:
            for test in rung.tests:
                if isinstance(test, Times):
                    factor = test.factor
                elif isinstance(test, Changed):
                    factor = 1 + test.percent / 100
                else:
                    continue
                largest = max(largest, factor.numerator, factor.denominator)
    assert largest * SAFE < 2**63


def test_facts_are_told_apart_by_their_part() -> None:
    hypoxia = ladder("Hypoxia", "spo2", "%")
    assert hypoxia.either_way == ("with_exercise",)
    assert [rung.conditional for rung in hypoxia.rungs] == [True, True]
    assert (3, "intermittent_oxygen") not in hypoxia.facts
    assert (2, "intermittent_oxygen") in hypoxia.facts
    assert "urgent_intervention_indicated" in hypoxia.asked
    assert ladder("Fever", "temperature", "°C").either_way == ()


def test_without_a_baseline_the_rungs_of_the_limit_are_left() -> None:
    capacity = ladder("Carbon monoxide diffusing capacity decreased", "dlco", "mL/min/mmHg")
    left = capacity.without_baseline.rungs
    assert [(rung.grade, rung.number) for rung in left] == [(1, 1), (2, 1)]
    weight = ladder("Weight loss", "weight", "kg")
    assert weight.own_limit is None
    assert weight.without_baseline == weight
