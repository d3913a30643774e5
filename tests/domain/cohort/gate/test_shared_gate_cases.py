"""The case file that integrators share with us, by the rules of its trials written by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.domain.cohort.gate.gate import gate
from tests.domain.cohort.gate.trials import REQUEST, TRIALS

CASES = Path(__file__).parents[5] / "shared" / "cases" / "enrolment-gate.json"


def shared_cases() -> list[Any]:
    if not CASES.is_file():
        skipped = pytest.mark.skip(reason="../shared/cases/enrolment-gate.json is not there")
        return [pytest.param({}, marks=skipped, id="shared-cases")]
    cases = json.loads(CASES.read_text("utf-8"))["cases"]
    return [pytest.param(case, id=f"{case['id']} {case['title']}") for case in cases]


@pytest.mark.parametrize("case", shared_cases())
def test_the_gate_answers_as_expected(case: dict[str, Any]) -> None:
    body, expected = dict(case["request"]), case["expect"]
    answer = gate(TRIALS[body.pop("protocol")["id"]], REQUEST.validate_python(body))
    assert answer.allowed is expected["allowed"]
    assert (str(answer.earliest) if answer.earliest else None) == expected["earliest"]
    wanted = sorted(reason["code"] for reason in expected["reasons"]["$set"])
    assert sorted(reason.code for reason in answer.reasons) == wanted
    if "also_needs_event" in expected:
        assert answer.also_needs_event is expected["also_needs_event"]
    for reason in answer.reasons:
        assert reason.clause
        assert all(subject in reason.text for subject in reason.subjects)
