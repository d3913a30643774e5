"""The explanation is the product: the clause, where it lies, what was assumed."""

from typing import Any

import pytest

from app.domain.laboratory.explain import Because
from app.domain.laboratory.policy import Policy
from tests.domain.laboratory.measured import ULN_40, asked, codes, facts, graded

TITLE = "Numeric criteria of CTCAE 5.0"
ALT = {"term": "Alanine aminotransferase increased", **ULN_40}
LIPASE = {"term": "Lipase increased", "unit": "U/L", "uln": 100}
HEMOGLOBIN = {"term": "Anemia", "unit": "g/L", "lln": 120}
THYROTROPIN = {"term": "Thyroid stimulating hormone increased", "unit": "mIU/L", "uln": 4}
SYMPTOMS = "It was assumed, as the worst, that this holds: symptomatic."


def test_the_clause_that_decides_with_its_threshold_and_unit() -> None:
    answer = graded(term="Neutrophil count decreased", unit="K/uL", value="0.49", lln=2)
    assert answer.because == Because(
        clause=f"{TITLE}: Neutrophil count decreased, grade 4, clause 1: below 500 /mm3 or "
        "0.5 10^9/L.",
        threshold="0.5",
        unit="10^9/L",
        conversion=None,
        assumptions=(),
    )


@pytest.mark.parametrize(
    ("measured", "clause", "threshold"),
    [
        ({**LIPASE, "value": 160}, "grade 2, clause 1: above 1.5 x ULN.", "150"),
        (
            {"term": "Hemoglobin increased", "unit": "g/L", "uln": 160, "value": 185},
            "grade 2, clause 1: above ULN + 2 g/dL.",
            "180",
        ),
        (
            {
                "term": "Carbon monoxide diffusing capacity decreased",
                "unit": "mL/min/mmHg",
                "lln": 20,
                "baseline": 20,
                "value": 17,
            },
            "grade 1, clause 1: at most LLN - 3 mL/min/mmHg.",
            "17",
        ),
        (
            {"term": "Weight gain", "unit": "kg", "baseline": 80, "value": 90},
            "grade 2, clause 1: at least baseline + 10 %.",
            "88",
        ),
        (
            {"term": "Weight loss", "unit": "kg", "percent_change_from_baseline": -7, "value": 70},
            "grade 1, clause 1: at most baseline - 5 %.",
            None,
        ),
        (
            {"term": "INR increased", "value": "1.3", "baseline": 1},
            "grade 1, clause 1: above 1.2.",
            "1.2",
        ),
        (
            {**ALT, "value": 160, "baseline": 100},
            "grade 1, clause 2: at least 1.5 x baseline, with an abnormal baseline.",
            "150",
        ),
        (
            {
                "term": "Thyroid stimulating hormone increased",
                "unit": "mIU/L",
                "uln": 4,
                "value": 9,
            },
            "grade 1, clause 1: above ULN, unless intervention initiated or symptomatic.",
            "4",
        ),
        (
            {**HEMOGLOBIN, "value": 110, "facts": facts("transfusion_indicated")},
            "grade 3: transfusion indicated, as reported.",
            None,
        ),
    ],
)
def test_each_kind_of_threshold_in_words(
    measured: dict[str, Any], clause: str, threshold: str | None
) -> None:
    because = graded(**measured).because
    assert because.clause.endswith(clause)
    assert because.threshold == threshold


def test_a_conversion_says_what_it_took() -> None:
    calcium = {"term": "Hypocalcemia", "analyte": "ionized_calcium"}
    because = graded(**calcium, unit="mg/dL", value=3, lln=5).because
    assert because.threshold == "3.20624"
    assert because.conversion == (
        "Printed in mmol/L, moved into mg/dL by molar mass 40.078 g/mol (Ca)."
    )
    assert graded(**HEMOGLOBIN, value=95).because.conversion is None
    oxygen = {"term": "Hypoxia", "analyte": "pao2", "value": 7}
    assert graded(**oxygen, unit="kPa").because.conversion == "Printed in mmHg, moved into kPa."


def test_a_threshold_is_exact_or_has_six_digits() -> None:
    because = graded(term="Platelet count decreased", unit="10^6/L", value=24000).because
    assert because.threshold == "25000"
    because = graded(term="Hypocalcemia", analyte="ionized_calcium", unit="mg/dL", value=3).because
    assert because.threshold == "3.20624"
    because = graded(term="Hypoxia", analyte="pao2", unit="kPa", value=7).because
    assert because.threshold == "7.332731307825"


class TestGradeZero:
    def test_it_names_the_nearest_clause(self) -> None:
        because = graded(**LIPASE, value=100).because
        assert because.clause == (
            f"{TITLE}: Lipase increased: no clause is met; the nearest, grade 1, asks for "
            "above ULN."
        )
        assert (because.threshold, because.assumptions) == ("100", ())

    def test_that_is_written_for_the_baseline(self) -> None:
        because = graded(**ALT, value=140, baseline=100).because
        assert because.clause.endswith(
            "the nearest, grade 1, asks for at least 1.5 x baseline, with an abnormal baseline."
        )
        assert because.assumptions == (
            "Whether the baseline was normal was told from the limits given here.",
        )
        assert graded(**ALT, value=40, baseline=30).because.clause.endswith(
            "asks for above ULN, with a normal baseline."
        )

    def test_it_assumes_nothing_of_a_baseline_that_cannot_matter(self) -> None:
        assert graded(**ALT, value=40).because.assumptions == ()


class TestNoGrade:
    def test_it_names_the_lowest_clause_that_is_open(self) -> None:
        because = graded(term="Neutrophil count decreased", unit="10^9/L", value="1.8").because
        assert because.clause.endswith(
            "it is open whether grade 1 is met, which asks for below LLN."
        )
        assert (because.threshold, because.unit) == (None, "10^9/L")

    def test_that_a_fact_alone_may_leave_open(self) -> None:
        policy = Policy(symptoms="bounds")
        potassium = {"term": "Hypokalemia", "unit": "mmol/L", "lln": "3.5", "value": "3.2"}
        because = graded(policy, **potassium).because
        assert because.clause.endswith(
            "it is open whether grade 2 is met, which asks for below LLN, given symptomatic."
        )

    @pytest.mark.parametrize(
        ("value", "why"),
        [
            (None, "there is no value."),
            ("low", "the value cannot be read."),
            (-1, "the value is negative."),
        ],
    )
    def test_nothing_to_grade_says_why(self, value: Any, why: str) -> None:
        answer = graded(**ALT, value=value)
        assert answer.because.clause == f"Nothing can be graded: {why}"
        assert asked(answer) == ["value"]

    def test_a_child_is_no_adult(self) -> None:
        pressure = {"term": "Hypertension", "analyte": "systolic_bp", "unit": "mmHg"}
        answer = graded(**pressure, value=160, age_years=9)
        assert answer.because.clause == (
            "Nothing can be graded: the criteria are for adults, not for a child."
        )


class TestAssumptions:
    def test_symptoms_as_the_worst(self) -> None:
        answer = graded(**LIPASE, value=600)
        assert answer.because.assumptions == (SYMPTOMS,)
        assert [missing.text for missing in answer.missing] == [
            "It decides whether the grade is 4."
        ]

    def test_none_where_a_number_is_enough(self) -> None:
        answer = graded(**LIPASE, value=600, facts={"symptomatic": False})
        assert (answer.grade, answer.because.assumptions, asked(answer)) == (3, (), [])

    def test_symptoms_as_absent(self) -> None:
        answer = graded(Policy(symptoms="absent"), **LIPASE, value=600)
        assert answer.grade == 3
        assert answer.because.assumptions == (
            "It was assumed that this does not hold: symptomatic.",
        )

    def test_what_a_clause_excludes_does_not_hold(self) -> None:
        saturation = {"term": "Hypoxia", "analyte": "spo2", "unit": "%"}
        assert graded(**saturation, value=85).because.assumptions == (
            "It was assumed that this does not hold: with exercise.",
        )

    def test_what_was_told_is_not_assumed(self) -> None:
        answer = graded(**THYROTROPIN, value=9, facts={"symptomatic": False})
        assert answer.because.assumptions == (
            "It was assumed that this does not hold: intervention initiated.",
        )

    def test_of_an_unknown_unit(self) -> None:
        answer = graded(term="CPK increased", unit="furlongs", uln=100, value=300)
        assert answer.because.assumptions == (
            "The unit is not known and was taken as that of the limits.",
        )

    def test_of_a_missing_baseline(self) -> None:
        taken = "The baseline is not known; the grade is that of a normal one."
        assert graded(**ALT, value=130).because.assumptions == (taken,)
        assert graded(**ALT, value=130).because.threshold == "120"
        answer = graded(term="Creatinine increased", unit="mg/dL", uln="1.2", value=1)
        assert answer.because.assumptions == (taken,)
        assert "no clause is met" in answer.because.clause

    def test_facts_may_raise_what_a_normal_baseline_makes(self) -> None:
        glucose = {"term": "Hyperglycemia", "unit": "mmol/L", "uln": 6, "value": 15}
        because = graded(**glucose, facts=facts("hospitalization_indicated")).because
        assert because.clause.endswith("grade 3: hospitalization indicated, as reported.")
        assert because.assumptions == (
            "The baseline is not known; the grade is that of a normal one.",
        )

    @pytest.mark.parametrize(("which", "grade"), [("lowest", 0), ("highest", 1)])
    def test_of_a_grade_that_the_policy_takes(self, which: Any, grade: int) -> None:
        policy = Policy(open_grade=which)
        answer = graded(policy, term="Anemia", unit="g/dL", value=11)
        assert answer.grade == grade
        assert "it is open whether grade 1 is met" in answer.because.clause
        assert answer.because.assumptions == (
            f"The {which} grade that is possible was taken, as the policy says.",
        )


class TestPrintedUnits:
    """40 mg/dL of glucose are 2.2203 mmol/L, and CTCAE prints 2.2."""

    def test_where_they_differ_both_answers_say_so(self) -> None:
        in_mmol = graded(term="Hypoglycemia", lln=4, unit="mmol/L", value="2.21")
        in_mg = graded(term="Hypoglycemia", lln=72, unit="mg/dL", value="39.8")
        assert (in_mmol.grade, in_mg.grade) == (2, 3)
        assert codes(in_mmol) == codes(in_mg) == ["printed_units_differ"]
        assert in_mmol.findings[0].message == (
            "By the thresholds printed in mg/dL it would be grade 3 (between 3 and 4): the "
            "dictionary rounds its thresholds in each system of units. Those of the reported "
            "unit are used."
        )

    def test_where_they_agree_nothing_is_said(self) -> None:
        assert codes(graded(term="Hypoglycemia", lln=4, unit="mmol/L", value="2.19")) == []
        assert codes(graded(term="Hypoglycemia", lln=4, unit="mmol/L", value="2.23")) == []

    def test_no_grade_in_one_may_be_one_in_the_other(self) -> None:
        answer = graded(
            term="Hypocalcemia", analyte="corrected_calcium", unit="mg/dL", value="8.01"
        )
        assert (answer.grade, codes(answer)) == (None, ["printed_units_differ"])
        assert "it would be grade 2 (between 2 and 4)" in answer.findings[0].message

    def test_a_unit_that_is_not_printed_takes_the_first(self) -> None:
        answer = graded(
            term="Hypocalcemia", analyte="corrected_calcium", unit="mEq/L", value="3.994", lln=4
        )
        assert (answer.grade, codes(answer)) == (1, ["printed_units_differ"])
        assert "Printed in mg/dL, moved into mEq/L by" in (answer.because.conversion or "")
