"""From a result to its answers: what an integrator reads."""

from dataclasses import fields

from app.domain.laboratory.grading import (
    GradeBounds,
    LaboratoryGrade,
    ShortGrade,
    grades,
    read,
    short_grades,
)
from tests.domain.laboratory.measured import catalogue, graded, measured, named

ANC = {"term": "neutrophil count decreased", "unit": "K/uL", "value": "0.49"}


def both_directions() -> tuple[LaboratoryGrade, ...]:
    result = measured(analyte="K", unit="mEq/L", value="<3.42", lln="3.5", uln="5.1")
    return grades(read(result, catalogue(), named), catalogue())


def test_one_measurement_is_graded_in_both_directions() -> None:
    high, low = both_directions()
    assert (high.term, high.direction, high.status, high.grade) == (
        "Hyperkalemia",
        "high",
        "graded",
        0,
    )
    assert (low.term, low.direction, low.status, low.grade) == (
        "Hypokalemia",
        "low",
        "between",
        2,
    )
    assert (low.bounds, low.reason_code) == (GradeBounds(min=1, max=4), "value_censored")


def test_an_answer_says_whose_it_is() -> None:
    answer = graded(**ANC)
    assert (answer.term, answer.meddra_code, answer.analyte) == (
        "Neutrophil count decreased",
        10029366,
        "neutrophils",
    )
    assert answer.criteria_digest == catalogue().digest


def test_without_a_value_every_grade_of_the_term_is_possible() -> None:
    answer = graded(**{**ANC, "value": None})
    assert answer.bounds == answer.number_bounds == GradeBounds(min=0, max=4)
    weight = graded(term="Weight gain", unit="kg")
    assert weight.bounds == GradeBounds(min=0, max=3)


def test_a_short_answer_is_the_same_without_its_reasons() -> None:
    results = [
        measured(**ANC),
        measured(**{**ANC, "value": None}),
        measured(term="Anemia", unit="g/L", value=110),
    ]
    rows = [each for result in results for each in read(result, catalogue(), named)]
    for short, long in zip(
        short_grades(rows, catalogue()), grades(rows, catalogue()), strict=True
    ):
        for each in fields(ShortGrade):
            if each.name != "told_bounds":
                assert getattr(short, each.name) == getattr(long, each.name)
        assert short.told_bounds == long.number_bounds  # no fact was told
