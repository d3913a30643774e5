"""Each option of the policy, and what it changes; the bounds it never changes but by one."""

from typing import Any

import pytest

from app.domain.laboratory.policy import WORST, Policy
from tests.domain.laboratory.measured import ULN_40, bounds, facts, graded, number_bounds

POTASSIUM = {"term": "Hypokalemia", "unit": "mmol/L", "lln": "3.5", "value": "3.2"}
INR = {"term": "INR increased", "value": "1.1", "baseline": 1}
ALT = {"term": "Alanine aminotransferase increased", **ULN_40}
SATURATION = {"term": "Hypoxia", "analyte": "spo2", "unit": "%", "value": 85}


def test_the_default_is_the_worst_that_the_number_can_support() -> None:
    assert Policy() == WORST
    assert (
        Policy(
            version="1",
            symptoms="worst",
            anticoagulation="worst",
            abnormal_baseline="above_uln",
            missing_baseline="as_normal",
            open_grade="none",
        )
        == WORST
    )


@pytest.mark.parametrize(("option", "grade"), [("worst", 2), ("absent", 1), ("bounds", None)])
def test_symptoms_beside_a_number(option: Any, grade: int | None) -> None:
    answer = graded(Policy(symptoms=option), **POTASSIUM)
    assert (answer.grade, number_bounds(answer), answer.status) == (grade, (1, 2), "between")


@pytest.mark.parametrize("option", ["worst", "absent", "bounds"])
def test_symptoms_that_were_told_need_no_policy(option: Any) -> None:
    policy = Policy(symptoms=option, anticoagulation=option)
    assert graded(policy, **POTASSIUM, facts=facts("symptomatic")).grade == 2
    assert graded(policy, **POTASSIUM, facts={"symptomatic": False}).grade == 1
    assert graded(policy, **INR, facts=facts("on_anticoagulation")).grade == 1
    assert graded(policy, **INR, facts={"on_anticoagulation": False}).grade == 0


@pytest.mark.parametrize("option", ["worst", "absent"])
def test_symptoms_that_exclude_a_clause_are_absent(option: Any) -> None:
    thyrotropin = {"term": "Thyroid stimulating hormone increased", "unit": "mIU/L", "uln": 4}
    assert graded(Policy(symptoms=option), **thyrotropin, value=9).grade == 1
    assert graded(Policy(symptoms="bounds"), **thyrotropin, value=9).grade is None
    assert (
        graded(Policy(symptoms=option), **thyrotropin, value=9, facts=facts("symptomatic")).grade
        == 0
    )


@pytest.mark.parametrize(("option", "grade"), [("worst", 1), ("absent", 0), ("bounds", None)])
def test_taking_anticoagulants(option: Any, grade: int | None) -> None:
    answer = graded(Policy(anticoagulation=option), **INR)
    assert (answer.grade, number_bounds(answer)) == (grade, (0, 1))


def test_with_symptoms_open_a_grade_stands_only_where_they_decide_nothing() -> None:
    policy = Policy(symptoms="bounds")
    fever = {"term": "Fever", "unit": "°C", "value": "40.5"}
    assert graded(policy, **fever).grade == 3
    assert graded(policy, **POTASSIUM).grade is None


def test_with_symptoms_open_the_lower_of_two_ways_is_no_grade() -> None:
    answer = graded(Policy(symptoms="bounds"), **SATURATION)
    assert (answer.grade, number_bounds(answer)) == (None, (2, 3))
    assert answer.because.clause.endswith(
        "it is open whether grade 2 is met, which asks for below 88 %, given with exercise."
    )


@pytest.mark.parametrize(("option", "grade"), [("above_uln", 4), ("outside_limits", 4)])
def test_an_abnormal_baseline_above_uln(option: Any, grade: int) -> None:
    answer = graded(Policy(abnormal_baseline=option), **ALT, value=2001, baseline=100)
    assert answer.grade == grade


@pytest.mark.parametrize(("option", "grade"), [("above_uln", 1), ("outside_limits", 4)])
def test_an_abnormal_baseline_below_lln(option: Any, grade: int) -> None:
    policy = Policy(abnormal_baseline=option)
    assert graded(policy, **ALT, lln=10, value=101, baseline=5).grade == grade
    low = {"baseline": {"value": 5, "range": "low"}}
    assert graded(policy, **ALT, **low, value=101).grade == grade


def test_outside_limits_needs_the_lower_one_too() -> None:
    policy = Policy(abnormal_baseline="outside_limits")
    answer = graded(policy, **ALT, value=101, baseline=5)
    assert (answer.grade, number_bounds(answer)) == (None, (0, 4))
    assert graded(policy, **ALT, value=101, baseline=50).grade == 1


@pytest.mark.parametrize(("option", "grade"), [("as_normal", 2), ("none", None)])
def test_a_missing_baseline(option: Any, grade: int | None) -> None:
    answer = graded(Policy(missing_baseline=option), **ALT, value=130)
    assert (answer.grade, bounds(answer)) == (grade, (0, 2))


@pytest.mark.parametrize(("option", "grade"), [("none", None), ("lowest", 0), ("highest", 1)])
def test_a_grade_that_is_open(option: Any, grade: int | None) -> None:
    answer = graded(Policy(open_grade=option), term="Anemia", unit="g/dL", value=11)
    assert (answer.grade, number_bounds(answer), answer.status) == (grade, (0, 1), "between")


@pytest.mark.parametrize("option", ["lowest", "highest"])
def test_a_value_that_is_none_has_no_grade_by_any_policy(option: Any) -> None:
    answer = graded(Policy(open_grade=option), **ALT, value=None)
    assert (answer.status, answer.grade) == ("not_gradable", None)


def test_what_is_not_a_symptom_is_never_assumed() -> None:
    child = {"term": "Proteinuria", "analyte": "urine_protein_creatinine_ratio", "unit": "mg/mg"}
    answer = graded(**child, value=1)
    assert (answer.grade, number_bounds(answer)) == (None, (0, 2))
    assert graded(**child, value=1, facts=facts("child")).grade == 2
