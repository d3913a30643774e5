"""The case files that integrators share with us, run through the same function as every request.

They stand beside the repository, in `../shared/cases`; where they do not, these tests are skipped.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from app.data.protocols import load
from app.domain.adjudication.adjudicate import adjudicate
from app.domain.case import Subject
from app.domain.time import PartialTime

CASES = Path(__file__).parents[3] / "shared" / "cases" / "ic19-adjudication.json"
SUBJECTS = TypeAdapter(Subject)


def shared_cases() -> list[Any]:
    if not CASES.is_file():
        skipped = pytest.mark.skip(reason="../shared/cases/ic19-adjudication.json is not there")
        return [pytest.param({}, marks=skipped, id="shared-cases")]
    cases = json.loads(CASES.read_text("utf-8"))["cases"]
    return [pytest.param(case, id=f"{case['id']} {case['title']}") for case in cases]


def mismatches(expected: Any, got: Any, place: str = "") -> list[str]:
    """Where an answer differs from what is expected; `$has` asks for one matching member."""
    if isinstance(expected, dict) and set(expected) == {"$has"}:
        found = any(not mismatches(expected["$has"], each) for each in got)
        return [] if found else [f"{place}: none of {got} is {expected['$has']}"]
    if isinstance(expected, dict):
        return [
            problem
            for key, value in expected.items()
            for problem in mismatches(value, got.get(key), f"{place}/{key}")
        ]
    if isinstance(expected, list):
        return [
            problem
            for number, value in enumerate(expected)
            for problem in mismatches(value, got[number], f"{place}/{number}")
        ]
    return [] if got == expected else [f"{place}: {got!r} is not {expected!r}"]


@pytest.mark.parametrize("case", shared_cases())
def test_the_answer_is_the_expected_one(case: dict[str, Any]) -> None:
    request = case["request"]
    answer = adjudicate(
        [SUBJECTS.validate_python(request["subject"])],
        load(request["protocol"]["id"], request["protocol"].get("version")).ready,
        PartialTime(request["as_of"]),
        request["time_zone"],
    )[0]
    assert mismatches(case["expect"], asdict(answer)) == []


def test_a_difference_is_told() -> None:
    got = {"events": [{"id": "AE-1", "verdict": "DLT"}]}
    assert mismatches({"events": {"$has": {"id": "AE-1", "verdict": "DLT"}}}, got) == []
    assert mismatches({"events": [{"verdict": "PENDING"}]}, got) == [
        "/events/0/verdict: 'DLT' is not 'PENDING'"
    ]
    assert len(mismatches({"events": {"$has": {"verdict": "PENDING"}}}, got)) == 1
