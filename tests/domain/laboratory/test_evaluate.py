"""How a grade comes about: what is known decides, what is missing leaves bounds."""

from typing import Any

import numpy as np
import pytest

from app.domain.laboratory.assembly import small_columns
from app.domain.laboratory.evaluate import evaluate
from app.domain.laboratory.policy import WORST
from tests.domain.laboratory.measured import (
    ULN_40,
    asked,
    bounds,
    catalogue,
    codes,
    facts,
    graded,
    number_bounds,
    told,
)

ALT = {"term": "Alanine aminotransferase increased", **ULN_40}
CREATININE = {"term": "Creatinine increased", "unit": "mg/dL"}
FIBRINOGEN = {"term": "Fibrinogen decreased", "unit": "g/L"}
ANC = {"term": "Neutrophil count decreased", "unit": "10^9/L"}


@pytest.mark.parametrize(
    ("value", "grade"),
    [("0.499", 4), ("0.5", 3), ("0.999", 3), ("1.0", 2), ("1.499", 2), ("1.5", 1), ("2.0", 0)],
)
def test_a_count_falls_from_grade_to_grade(value: str, grade: int) -> None:
    assert told(graded(**ANC, value=value, lln=2)) == ("graded", grade, (grade, grade))


class TestMissingLimit:
    def test_two_grades_that_it_leaves_open_are_no_grade(self) -> None:
        answer = graded(**ANC, value="1.8")
        assert told(answer) == ("between", None, (0, 1))
        assert (answer.reason_code, asked(answer)) == ("lln_missing", ["lln"])

    def test_a_grade_that_is_reached_without_it_stands(self) -> None:
        assert told(graded(**ANC, value="0.7")) == ("graded", 3, (3, 3))

    def test_also_where_it_could_make_it_higher(self) -> None:
        answer = graded(**CREATININE, value=2, baseline=1)
        assert told(answer) == ("between", 2, (2, 4))
        assert (answer.reason_code, asked(answer)) == ("uln_missing", ["uln"])

    def test_nothing_that_is_known_is_not_gradable(self) -> None:
        answer = graded(term="CPK increased", unit="U/L", value=100)
        assert told(answer) == ("not_gradable", None, (0, 4))
        assert (answer.reason_code, asked(answer)) == ("uln_missing", ["uln"])


class TestMissingUnit:
    def test_it_is_that_of_the_limits_where_all_is_told_from_them(self) -> None:
        answer = graded(term="CPK increased", uln=100, value=251)
        assert told(answer) == ("graded", 2, (2, 2))
        assert answer.because.assumptions == (
            "The unit is missing and was taken as that of the limits.",
        )

    @pytest.mark.parametrize(
        ("unit", "reason"), [(None, "unit_missing"), ("furlongs", "unit_unknown")]
    )
    def test_without_it_no_grade_stands(self, unit: str | None, reason: str) -> None:
        answer = graded(term="Neutrophil count decreased", unit=unit, lln=2, value="1.2")
        assert told(answer) == ("between", None, (1, 4))
        assert (answer.reason_code, asked(answer)) == (reason, ["unit"])

    def test_what_has_but_one_unit_needs_none(self) -> None:
        assert told(graded(term="INR increased", value="2.6")) == ("graded", 3, (3, 3))
        assert graded(term="Acidosis", value="7.29").grade == 3
        dipstick = {"term": "Proteinuria", "analyte": "urine_protein_dipstick"}
        assert graded(**dipstick, value="2+").grade == 2

    def test_what_has_several_does(self) -> None:
        ratio = {"term": "Chronic kidney disease", "analyte": "urine_protein_creatinine_ratio"}
        assert graded(**ratio, value=1).reason_code == "unit_missing"


class TestMissingBaseline:
    @pytest.mark.parametrize(
        ("value", "grade"), [(40, 0), (41, 1), (120, 1), (121, 2), (201, 3), (801, 4)]
    )
    def test_the_grade_is_that_of_a_normal_one(self, value: int, grade: int) -> None:
        assert graded(**ALT, value=value).grade == grade

    def test_the_bounds_hold_what_an_abnormal_one_would_make_of_it(self) -> None:
        answer = graded(**ALT, value=130)
        assert told(answer) == ("between", 2, (0, 2))
        assert (answer.reason_code, asked(answer)) == ("baseline_missing", ["baseline"])

    def test_below_the_limit_it_cannot_matter(self) -> None:
        assert told(graded(**ALT, value=40)) == ("graded", 0, (0, 0))

    def test_without_limit_there_is_no_grade(self) -> None:
        answer = graded(term="Alanine aminotransferase increased", unit="U/L", value=130)
        assert told(answer) == ("not_gradable", None, (0, 4))
        assert asked(answer) == ["uln", "baseline"]

    def test_of_a_fall_the_thresholds_below_the_limit_stand(self) -> None:
        answer = graded(**FIBRINOGEN, value="1.5", lln=2)
        assert told(answer) == ("between", 1, (1, 4))
        assert graded(**FIBRINOGEN, value="1.49", lln=2).grade == 2

    def test_a_term_that_looks_at_no_limit_has_what_stands(self) -> None:
        qtc = {"term": "Electrocardiogram QT corrected interval prolonged", "unit": "ms"}
        assert told(graded(**qtc, value=430)) == ("between", None, (0, 4))
        assert told(graded(**qtc, value=455)) == ("between", 1, (1, 4))

    def test_a_clause_for_a_normal_one_is_met(self) -> None:
        pressure = {"term": "Hypertension", "analyte": "systolic_bp", "unit": "mmHg"}
        answer = graded(**pressure, value=150, facts={"symptomatic": False})
        assert (answer.grade, number_bounds(answer)) == (2, (1, 2))
        assert answer.reason_code == "baseline_missing"
        assert asked(answer)[0] == "baseline"

    def test_facts_that_were_told_raise_that_grade(self) -> None:
        glucose = {"term": "Hyperglycemia", "unit": "mmol/L", "uln": "6", "value": 15}
        answer = graded(**glucose, facts=facts("hospitalization_indicated"))
        assert (answer.grade, bounds(answer)) == (3, (0, 4))

    def test_reported_as_high_alone_the_limit_stands_for_it(self) -> None:
        high = {"baseline": {"value": None, "range": "high"}}
        answer = graded(**ALT, **high, value=2000)
        assert told(answer) == ("between", 4, (0, 4))
        assert answer.because.assumptions == (
            "The baseline is reported as high alone; the grade is that of a normal one.",
        )

    def test_a_reported_change_stands_for_it_in_percents_alone(self) -> None:
        answer = graded(**FIBRINOGEN, value="1.9", lln=2, percent_change_from_baseline=-50)
        assert told(answer) == ("graded", 3, (3, 3))
        answer = graded(**ALT, value=130, percent_change_from_baseline=30)
        assert (answer.grade, asked(answer)) == (2, ["baseline"])


class TestKnownBaseline:
    @pytest.mark.parametrize(
        ("value", "grade"), [(149, 0), (150, 1), (300, 1), (301, 2), (501, 3), (2001, 4)]
    )
    def test_an_abnormal_one_is_the_measure(self, value: int, grade: int) -> None:
        assert graded(**ALT, value=value, baseline=100).grade == grade

    def test_also_without_limit_where_it_was_reported_as_high(self) -> None:
        high = {"baseline": {"value": 100, "range": "high"}}
        answer = graded(term="Alanine aminotransferase increased", unit="U/L", value=501, **high)
        assert told(answer) == ("graded", 3, (3, 3))

    @pytest.mark.parametrize(
        ("value", "bounds"), [(30, (0, 0)), (31, (0, 1)), (91, (0, 2)), (701, (0, 4))]
    )
    def test_of_a_missing_limit_it_shows_where_it_would_lie(
        self, value: int, bounds: tuple[int, int]
    ) -> None:
        """A normal baseline of 30 lies below the limit, an abnormal one above it."""
        unlimited = {"term": "Alanine aminotransferase increased", "unit": "U/L", "baseline": 30}
        answer = graded(**unlimited, value=value)
        assert (answer.bounds.min, answer.bounds.max) == bounds

    def test_without_limits_it_may_have_been_normal_or_not(self) -> None:
        """From 140 mmHg on it is grade 2 where it was normal before, and above that if not."""
        high = {"term": "Hypertension", "analyte": "systolic_bp", "unit": "mmHg", "value": 150,
                "age_years": 40, "baseline": "125"}  # fmt: skip
        assert number_bounds(graded(**high)) == (1, 2)
        assert number_bounds(graded(**high, uln=130)) == (2, 2)

    def test_one_below_the_range_counts_as_normal(self) -> None:
        low = {"baseline": {"value": 3, "range": "low"}}
        assert graded(**ALT, **low, value=130).grade == 2

    def test_percents_are_told_from_it(self) -> None:
        weight = {"term": "Weight loss", "unit": "kg", "baseline": 80}
        assert [graded(**weight, value=value).grade for value in ("76.1", 76, 72, 64)] == [
            0,
            1,
            2,
            3,
        ]


class TestFacts:
    def test_a_symptom_is_assumed_beside_a_number(self) -> None:
        potassium = {"term": "Hypokalemia", "unit": "mmol/L", "lln": "3.5", "value": "3.2"}
        assert graded(**potassium).grade == 2
        assert graded(**potassium, facts={"symptomatic": False}).grade == 1

    def test_another_fact_is_not(self) -> None:
        fever = {"term": "Fever", "unit": "°C", "value": "40.1"}
        answer = graded(**fever)
        assert told(answer) == ("between", 3, (3, 4))
        assert answer.reason_code == "conditions_open"
        assert asked(answer) == ["facts.longer_than_24_hours"]
        assert graded(**fever, facts=facts("longer_than_24_hours")).grade == 4

    def test_a_clause_without_a_number_is_never_assumed(self) -> None:
        answer = graded(term="Anemia", unit="g/dL", value="8.5", lln=12)
        assert told(answer) == ("at_least", 2, (2, 4))
        assert answer.reason_code == "facts_could_raise"
        assert asked(answer) == [
            "facts.transfusion_indicated",
            "facts.life_threatening_consequences",
            "facts.urgent_intervention_indicated",
        ]

    def test_what_was_told_raises_the_grade_where_the_number_is_abnormal(self) -> None:
        anemia = {"term": "Anemia", "unit": "g/dL", "facts": facts("transfusion_indicated")}
        assert graded(**anemia, value="8.5", lln=12).grade == 3
        assert told(graded(**anemia, value=13, lln=12)) == ("graded", 0, (0, 0))
        assert told(graded(**anemia, value=11)) == ("between", None, (0, 4))

    def test_it_raises_it_too_where_it_is_abnormal_by_what_is_assumed(self) -> None:
        glucose = {"term": "Hyperglycemia", "unit": "mmol/L", "value": 15, "uln": 6}
        answer = graded(**glucose, facts=facts("urgent_intervention_indicated"))
        assert (answer.grade, bounds(answer)) == (4, (0, 4))

    @pytest.mark.parametrize(
        ("normal", "fact", "grade"),
        [
            ({"term": "Hypoxia", "analyte": "spo2", "unit": "%", "value": 97},
             "intermittent_oxygen", 2),
            ({"term": "Hypoxia", "analyte": "spo2", "unit": "%", "value": 97},
             "life_threatening_airway_compromise", 4),
            ({"term": "Electrocardiogram QT corrected interval prolonged", "unit": "ms",
              "value": 440, "baseline": "420"}, "torsade_de_pointes", 4),
            ({"term": "Hyperglycemia", "unit": "mg/dL", "value": 90, "uln": 100},
             "insulin_initiated", 3),
            ({"term": "Hypertension", "analyte": "systolic_bp", "unit": "mmHg", "value": 118},
             "monotherapy_indicated", 2),
        ],
    )  # fmt: skip
    def test_treatment_may_have_made_the_number_normal(
        self, normal: dict[str, Any], fact: str, grade: int
    ) -> None:
        assert told(graded(**normal)) == ("graded", 0, (0, 0))
        answer = graded(**normal, facts=facts(fact))
        assert (answer.grade, answer.bounds.min) == (grade, grade)
        assert answer.because.clause.endswith(
            f"grade {grade}: {fact.replace('_', ' ')}, as reported."
        )

    def test_another_fact_that_a_normal_number_leaves_without_effect_is_told(self) -> None:
        anemia = {"term": "Anemia", "unit": "g/dL", "value": 13, "lln": 12}
        answer = graded(**anemia, facts=facts("transfusion_indicated"))
        assert told(answer) == ("graded", 0, (0, 0))
        assert [finding.message for finding in answer.findings] == [
            "It was told that this holds: transfusion indicated. It makes grade 3 of a number "
            "that shows Anemia, and this one does not."
        ]
        assert codes(answer) == ["fact_not_counted"]
        assert codes(graded(**anemia | {"value": 11}, facts=facts("transfusion_indicated"))) == []

    def test_a_fact_that_one_clause_wants_and_another_excludes_leaves_both(self) -> None:
        saturation = {"term": "Hypoxia", "analyte": "spo2", "unit": "%", "value": 85}
        answer = graded(**saturation)
        assert (answer.grade, number_bounds(answer)) == (3, (2, 3))
        assert "facts.with_exercise" in asked(answer)
        assert number_bounds(graded(**saturation, facts=facts("with_exercise"))) == (2, 2)
        assert number_bounds(graded(**saturation, facts={"with_exercise": False})) == (3, 3)

    def test_absence_is_shown_by_a_clause_of_its_own(self) -> None:
        """Leukocytosis begins at grade 3, far above the limit of normal."""
        cells = {"term": "Leukocytosis", "unit": "10^9/L", "facts": facts("leukostasis")}
        assert told(graded(**cells, value=9, uln=11)) == ("graded", 0, (0, 0))
        assert told(graded(**cells, value=50, uln=11)) == ("graded", 4, (4, 4))
        assert told(graded(**cells, value=50)) == ("between", None, (0, 4))
        assert told(graded(**cells, value=101)) == ("graded", 4, (4, 4))


class TestBoundedValue:
    @pytest.mark.parametrize(
        ("value", "answer"),
        [
            ("<2.5", ("graded", 4, (4, 4))),
            ("<=2.5", ("between", 3, (3, 4))),
            ("<3.42", ("between", 2, (1, 4))),
            (">3.5", ("graded", 0, (0, 0))),
            (">=3.0", ("between", None, (0, 4))),
            (">2.9", ("between", None, (0, 4))),
        ],
    )
    def test_it_has_every_grade_within(
        self, value: str, answer: tuple[str, int | None, tuple[int, int]]
    ) -> None:
        found = graded(term="Hypokalemia", unit="mEq/L", lln="3.5", value=value)
        assert told(found) == answer

    def test_it_says_that_the_value_is_what_is_missing(self) -> None:
        answer = graded(**ANC, value="<1.2", lln=2)
        assert told(answer) == ("between", 2, (2, 4))
        assert (answer.reason_code, asked(answer)) == ("value_censored", ["value"])


def test_an_increase_in_another_unit_is_graded_in_that_unit() -> None:
    rise = {"term": "Hemoglobin increased", "uln": 160, "unit": "g/L"}
    assert [graded(**rise, value=value).grade for value in (160, 180, "180.1", "200.1")] == [
        0,
        1,
        2,
        3,
    ]


def test_a_child_is_not_graded_by_criteria_for_adults() -> None:
    pressure: dict[str, Any] = {"term": "Hypertension", "analyte": "systolic_bp", "unit": "mmHg"}
    answer = graded(**pressure, value=160, age_years=17)
    assert told(answer) == ("not_gradable", None, (0, 4))
    assert (answer.reason_code, asked(answer)) == ("child", [])
    assert graded(**pressure, value=160, age_years=18).grade == 3


def test_no_rows_have_no_grades() -> None:
    found = evaluate(small_columns([]), catalogue().ladder, WORST)
    assert len(found.grade) == 0
    assert found.grade.dtype == np.int8
