"""Nothing is repaired: what cannot be used is told, and what is odd is found."""

from decimal import Decimal
from typing import Any

import pytest

from app.domain.case import LaboratoryBaseline, LaboratoryMeasurement
from app.domain.laboratory.columns import Range
from app.domain.laboratory.evaluate import Reason
from app.domain.laboratory.grading import grades, read
from app.domain.laboratory.reading import Bounds
from tests.domain.laboratory.measured import (
    ULN_40,
    catalogue,
    codes,
    graded,
    named,
    row,
    told,
)

ALT = {"term": "Alanine aminotransferase increased", **ULN_40}
ZERO = Decimal(0)


def told_of(**measured: Any) -> dict[str, str]:
    """Code and message of each finding."""
    return {finding.code: finding.message for finding in row(**measured).findings}


class TestValue:
    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("3.42", "3.42"),
            ("+5", "5"),
            (".5", "0.5"),
            ("5.", "5"),
            ("1e3", "1000"),
            ("2E-1", "0.2"),
        ],
    )
    def test_a_number_may_be_written_as_text(self, text: str, number: str) -> None:
        assert row(**ALT, value=text).value == Decimal(number)

    @pytest.mark.parametrize(
        ("text", "bounds"),
        [
            ("<5", (ZERO, Decimal(5), False, True)),
            ("<= 5", (ZERO, Decimal(5), False, False)),
            ("≤5", (ZERO, Decimal(5), False, False)),
            (">5", (Decimal(5), None, True, False)),
            (">=5", (Decimal(5), None, False, False)),
            ("≥ 5.0", (Decimal(5), None, False, False)),
        ],
    )
    def test_a_bound_says_which_values_are_possible(self, text: str, bounds: Any) -> None:
        low, high, below, above = bounds
        assert row(**ALT, value=text).value == Bounds(
            low=low, high=high, open_below=below, open_above=above
        )

    @pytest.mark.parametrize(
        ("text", "steps"),
        [
            ("negative", "0"),
            ("trace", "0.5"),
            ("2+", "2"),
            ("+++", "3"),
            (" 4 + ", "4"),
            ("3", "3"),
        ],
    )
    def test_words_stand_for_steps_where_the_analyte_has_them(self, text: str, steps: str) -> None:
        dipstick = {"term": "Proteinuria", "analyte": "urine_protein_dipstick"}
        assert row(**dipstick, value=text.strip()).value == Decimal(steps)

    @pytest.mark.parametrize(
        "text",
        ["low", "2+", "3,42", "<3,42", "<", "NaN", "Infinity", "1e400", "1e31", "0x10", "5 U/L"],
    )
    def test_what_is_no_number_is_told(self, text: str) -> None:
        found = row(**ALT, value=text)
        assert (found.value, found.not_gradable) == (None, Reason.VALUE_UNREADABLE)
        assert told_of(**ALT, value=text)["value_unreadable"].startswith(
            f"Value {text!r} is no number and no result in words that Alanine aminotransferase has"
        )

    @pytest.mark.parametrize("value", ["-0.1", "<0", "<-3", "<=-1"])
    def test_no_value_is_negative(self, value: str) -> None:
        assert row(**ALT, value=value).not_gradable is Reason.VALUE_NEGATIVE
        assert told_of(**ALT, value=value) == {
            "value_negative": f"Alanine aminotransferase cannot be negative, and is {value}."
        }

    @pytest.mark.parametrize("value", ["0", "<=0", ">-1"])
    def test_zero_is_possible(self, value: str) -> None:
        assert row(**ALT, value=value).not_gradable is None

    def test_no_value_is_nothing_to_grade(self) -> None:
        assert row(**ALT, value=None).not_gradable is Reason.VALUE_MISSING
        assert told_of(**ALT, value=None) == {}


def test_an_unknown_unit_is_told_with_those_that_are_known() -> None:
    message = told_of(term="Hyperkalemia", value=5, unit="stone/L")["unit_unknown"]
    assert message == (
        "Unit 'stone/L' is not known for Potassium; known are mmol/L, mEq/L, and other spellings "
        "of them. It is taken as the unit of the limits."
    )


def test_a_unit_that_is_met_is_told_with_a_way_out() -> None:
    told = told_of(term="Chronic kidney disease", analyte="CREATCLR", value=5, unit="ml/min")
    assert told["unit_unknown"].endswith(
        "It is taken as the unit of the limits. A clearance of the whole body is not graded as it "
        "is: the criteria are for 1.73 m2 of body surface. Multiply it by 1.73 and divide it by "
        "the patient's surface in m2, and send it in mL/min/1.73m2."
    )


@pytest.mark.parametrize(
    ("term", "unit"),
    [
        ("Anemia", "ng/dL"),
        ("Hyperkalemia", "mol/L"),
        ("Cholesterol high", "umol/L"),
        ("Cholesterol high", "ug/dL"),
        ("CD4 lymphocytes decreased", "10^8/L"),
        ("Fibrinogen decreased", "g/dL"),
        ("White blood cell decreased", "10^9/M"),
        ("Platelet count decreased", "mil/mm3"),
    ],
)
def test_a_unit_in_which_nobody_reports_is_not_read(term: str, unit: str) -> None:
    assert "unit_unknown" in told_of(term=term, value=5, unit=unit)


class TestLimits:
    def test_reversed_ones_are_not_used(self) -> None:
        found = row(**ALT, lln=50, value=60)
        assert (found.lln, found.uln) == (None, None)
        assert told_of(**ALT, lln=50, value=60) == {
            "limits_reversed": "The lower limit of normal, 50, lies above the upper one, 40; "
            "neither is used."
        }

    def test_a_negative_one_is_not_used(self) -> None:
        assert row(**ALT, lln=-1, value=60).lln is None
        assert told_of(**ALT, lln=-1, value=60) == {
            "limit_negative": "The lower limit of normal is -1, which Alanine aminotransferase "
            "cannot be; it is not used."
        }
        negative = {"term": "CPK increased", "value": 60, "uln": -1}
        assert told_of(**negative)["limit_negative"].startswith("The upper limit of normal is -1")

    def test_an_upper_one_of_zero_is_none(self) -> None:
        zero = {"term": "CPK increased", "value": 60, "uln": 0}
        assert row(**zero).uln is None
        assert told_of(**zero) == {
            "limit_zero": "The upper limit of normal is 0, which is none; it is not used."
        }
        assert row(**ALT, lln=0, value=60).lln == 0
        platelets = {"term": "Platelet count decreased", "unit": "K/uL", "value": 80, "lln": 0}
        assert row(**platelets).lln is None
        assert told_of(**platelets) == {
            "limit_zero": "The lower limit of normal is 0, below which nothing lies; it is not "
            "used."
        }

    @pytest.mark.parametrize(
        ("field", "name"),
        [
            ("lln", "lower limit of normal"),
            ("uln", "upper limit of normal"),
            ("percent_change_from_baseline", "change from baseline"),
        ],
    )
    def test_one_that_cannot_be_measured_is_not_used(self, field: str, name: str) -> None:
        told = told_of(**{**ALT, "value": 60, field: "1E+99"})
        assert told == {
            "number_unreadable": f"The {name} is no number that a measurement can have."
        }


class TestBaseline:
    def test_its_range_is_kept_as_reported(self) -> None:
        for name, kept in (
            ("low", Range.LOW),
            ("normal", Range.NORMAL),
            ("high", Range.HIGH),
            (None, Range.UNSTATED),
        ):
            assert (
                row(**ALT, value=1, baseline={"value": None, "range": name}).baseline_range == kept
            )

    @pytest.mark.parametrize(
        ("value", "stated", "differs"),
        [
            (50, "high", False),
            (50, "normal", True),
            (5, "low", False),
            (5, "high", True),
            (30, "normal", False),
            (30, "low", True),
        ],
    )
    def test_one_that_the_limits_contradict_is_told(
        self, value: int, stated: str, differs: bool
    ) -> None:
        baseline = {"value": value, "range": stated}
        assert (
            "baseline_range_differs" in told_of(**ALT, lln=10, value=60, baseline=baseline)
        ) == (differs)

    def test_without_a_limit_nothing_contradicts_it(self) -> None:
        baseline = {"value": 30, "range": "low"}
        assert told_of(**ALT, value=60, baseline=baseline) == {}

    def test_a_negative_one_is_not_used(self) -> None:
        found = row(**ALT, value=60, baseline={"value": -5, "range": "normal"})
        assert (found.baseline, found.baseline_range) == (None, Range.NORMAL)
        assert found.findings[0].code == "baseline_negative"

    def test_one_of_zero_is_not_multiplied(self) -> None:
        creatinine = {"term": "Creatinine increased", "unit": "mg/dL", "uln": "1.2"}
        answer = graded(**creatinine, value=1, baseline=0)
        assert (answer.grade, codes(answer)) == (0, ["baseline_zero"])
        weight = {"term": "Weight gain", "unit": "kg", "value": 80}
        assert codes(graded(**weight, baseline=0)) == ["baseline_zero"]

    def test_but_compared(self) -> None:
        cells = {"term": "Eosinophilia", "unit": "10^9/L", "uln": "0.5", "value": "0.6"}
        assert told(graded(**cells, baseline=0)) == ("at_least", 1, (1, 3))

    @pytest.mark.parametrize(("percent", "differs"), [("-50.9", False), ("-51.1", True)])
    def test_a_change_that_the_values_contradict_is_told(
        self, percent: str, differs: bool
    ) -> None:
        weight = {"term": "Weight loss", "unit": "kg", "value": 50, "baseline": 100}
        told = told_of(**weight, percent_change_from_baseline=percent)
        assert ("percent_change_differs" in told) == differs
        if differs:
            assert told["percent_change_differs"] == (
                "The reported change from baseline is -51.1 %, and the two values make it "
                "-50.0 %; what was reported is used."
            )


def test_facts_are_kept_where_they_are_asked_for_and_true_or_false() -> None:
    told = {"symptomatic": True, "seizures": None, "bleeding": "yes", "tired": True}
    found = row(**ALT, value=60, facts=told)
    assert found.facts == {"symptomatic": True}
    assert {finding.code: finding.message for finding in found.findings} == {
        "fact_unreadable": "Fact 'bleeding' is 'yes', and not true or false.",
        "fact_unknown": "Fact 'tired' is asked for by no criterion.",
    }


NUMBERS = (
    "1E+30",
    "1E-30",
    "1E+400",
    "NaN",
    "sNaN",
    "Infinity",
    "-1",
    "0",
    "0E+99",
    "0." + "3" * 30,
)


@pytest.mark.no_cover
@pytest.mark.parametrize("value", NUMBERS)
@pytest.mark.parametrize("term", ["Creatinine increased", "Fibrinogen decreased", "Weight gain"])
def test_no_number_is_too_strange_to_be_answered(term: str, value: str) -> None:
    number = Decimal(value)
    fifty, sixty = Decimal(50), Decimal(60)
    for value_told, lln, uln, percent, baseline in (
        (number, None, None, None, None),
        (fifty, number, sixty, None, None),
        (fifty, None, number, None, None),
        (fifty, None, sixty, number, None),
        (fifty, fifty, sixty, None, number),
        (number, number, number, number, number),
    ):
        result = LaboratoryMeasurement(
            term=term,
            value=value_told,
            lln=lln,
            uln=uln,
            percent_change_from_baseline=percent,
            baseline=LaboratoryBaseline(value=baseline, range="high"),
        )
        [answer] = grades(read(result, catalogue(), named), catalogue())
        assert answer.status in {"graded", "at_least", "between", "not_gradable"}
