"""Laboratory grades: the shared case file, and results as clinicians meet them.

The shared file stands beside the repository, in `../shared/cases`; where it does not, its tests
are skipped.
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.domain.laboratory.measured import bounds, graded, told
from tests.golden.test_shared_cases import mismatches

CASES = Path(__file__).parents[3] / "shared" / "cases" / "lab-grades.json"


def shared_cases() -> list[Any]:
    if not CASES.is_file():
        skipped = pytest.mark.skip(reason="../shared/cases/lab-grades.json is not there")
        return [pytest.param({}, marks=skipped, id="shared-cases")]
    cases = json.loads(CASES.read_text("utf-8"), parse_float=Decimal)["cases"]
    return [pytest.param(case, id=case["id"]) for case in cases]


@pytest.mark.parametrize("case", shared_cases())
def test_the_grade_is_the_expected_one(case: dict[str, Any]) -> None:
    answer = graded(**case["request"])
    assert mismatches(case["expect"], {"grade": answer.grade}) == []


CALCIUM = {"analyte": "corrected_calcium", "unit": "mg/dL", "lln": "8.5", "uln": "10.5"}
PRESSURE = {"term": "Hypertension", "analyte": "systolic_bp", "unit": "mmHg"}


@pytest.mark.parametrize(
    ("measured", "answer"),
    [
        ({"term": "Neutrophil count decreased", "value": "0.49", "unit": "K/uL"}, (4, (4, 4))),
        ({"term": "Neutrophil count decreased", "value": 490, "unit": "/mm3"}, (4, (4, 4))),
        ({"term": "Platelet count decreased", "value": "49.9", "unit": "G/L"}, (3, (3, 3))),
        ({"term": "Anemia", "value": "4.8", "unit": "mmol/L", "lln": "7.4"}, (3, (3, 4))),
        ({"term": "Anemia", "value": "4.9", "unit": "mmol/L", "lln": "7.4"}, (2, (2, 4))),
        ({"term": "Hypokalemia", "value": "3.42", "unit": "mEq/L", "lln": "3.5"}, (2, (1, 4))),
        ({"term": "Hypokalemia", "value": "<3.42", "unit": "mEq/L", "lln": "3.5"}, (2, (1, 4))),
        ({"term": "Hyponatremia", "value": 129, "unit": "mmol/L", "lln": 135}, (3, (2, 4))),
        ({"term": "Hyponatremia", "value": 130, "unit": "mmol/L", "lln": 135}, (1, (1, 4))),
        ({"term": "Hypercalcemia", "value": "12.6", **CALCIUM}, (3, (3, 4))),
        ({"term": "Hypocalcemia", "value": "7.9", **CALCIUM}, (2, (2, 4))),
        (
            {"term": "Creatinine increased", "value": "1.3", "unit": "mg/dL", "uln": "1.2"},
            (1, (1, 3)),
        ),
        (
            {
                "term": "Creatinine increased",
                "value": "1.1",
                "unit": "mg/dL",
                "uln": "1.2",
                "baseline": {"value": "0.7", "range": "normal"},
            },
            (2, (2, 2)),
        ),
        (
            {
                "term": "Alanine aminotransferase increased",
                "value": 2000,
                "unit": "U/L",
                "uln": 40,
                "baseline": {"value": None, "range": "high"},
            },
            (4, (0, 4)),
        ),
        (
            {
                "term": "Fibrinogen decreased",
                "value": 120,
                "unit": "mg/dL",
                "lln": 200,
                "baseline": {"value": 260, "range": "normal"},
            },
            (3, (3, 3)),
        ),
        ({"term": "Fibrinogen decreased", "value": "0.49", "unit": "g/L"}, (4, (4, 4))),
        ({"term": "Lipase increased", "value": 300, "unit": "U/L", "uln": 60}, (3, (2, 3))),
        ({"term": "Lipase increased", "value": 301, "unit": "U/L", "uln": 60}, (4, (3, 4))),
        (
            {
                "term": "Electrocardiogram QT corrected interval prolonged",
                "value": 470,
                "unit": "ms",
                "baseline": {"value": 405, "range": None},
            },
            (3, (3, 4)),
        ),
        ({"term": "Fever", "value": "100.4", "unit": "°F"}, (1, (1, 1))),
        ({"term": "Fever", "value": "102.3", "unit": "F"}, (2, (2, 2))),
        ({"term": "Fever", "value": "104.1", "unit": "°F"}, (3, (3, 4))),
        ({"term": "Hypoxia", "analyte": "spo2", "value": 87, "unit": "%"}, (3, (2, 4))),
        ({"term": "Ejection fraction decreased", "value": 45, "unit": "%"}, (2, (2, 3))),
        ({**PRESSURE, "value": 142}, (2, (1, 4))),
        ({**PRESSURE, "value": 160}, (3, (3, 4))),
        (
            {"term": "INR increased", "value": "1.6", "baseline": {"value": 1, "range": None}},
            (2, (2, 3)),
        ),
        ({"term": "Proteinuria", "analyte": "urine_protein_dipstick", "value": "2+"}, (2, (1, 2))),
        (
            {
                "term": "Weight loss",
                "value": 71,
                "unit": "kg",
                "baseline": {"value": 80, "range": None},
            },
            (2, (2, 3)),
        ),
    ],
)
def test_a_result_as_clinicians_meet_it(
    measured: dict[str, Any], answer: tuple[int, tuple[int, int]]
) -> None:
    found = graded(**measured)
    assert (found.grade, bounds(found)) == answer


def test_a_normal_result_is_grade_0_whatever_is_missing() -> None:
    alt = {"term": "Alanine aminotransferase increased", "unit": "U/L", "uln": 40, "value": 25}
    assert told(graded(**alt)) == ("graded", 0, (0, 0))
