"""Designs over scenarios by HTTP: what is answered, and what is refused at which place."""

from typing import Any

import httpx
import pytest

from tests.api.client import faults, is_problem

pytestmark = pytest.mark.anyio

TITE = {"kind": "tite-boin", "variant": "lin-yuan-2020", "target": 0.3}
PLAN = {"cohorts": 3, "cohort_size": 2}
ACCRUAL = {"interarrival": 0.25}
COUNTS = ("probability_no_mtd", "probability_mtd", "expected_treated", "expected_dlts")
TIMES = ("duration", "waiting_time", "turned_away")
COMPARISON: dict[str, Any] = {
    "designs": [
        {"name": "3+3", "design": {"kind": "3+3"}},
        {"name": "TITE-BOIN", "design": TITE, **PLAN},
    ],
    "scenarios": [{"name": "MTD at 2", "true_toxicity": [0.1, 0.3]}],
    "target": 0.3,
    "method": "simulate",
    "trials": 50,
    "accrual": ACCRUAL,
}


async def asked(client: httpx.AsyncClient, operation: str, body: Any) -> httpx.Response:
    return await client.post(f"/v1/designs/{operation}", json=body)


async def test_characteristics_in_calendar_time_tell_times(client: httpx.AsyncClient) -> None:
    body = {
        "design": TITE,
        **PLAN,
        "true_toxicity": [0.1, 0.3],
        "method": "simulate",
        "trials": 50,
        "accrual": ACCRUAL,
    }
    answer = await asked(client, "operating-characteristics", body)
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {*COUNTS, *TIMES, "trials", "standard_errors"}
    assert set(answer.json()["standard_errors"]) == {*COUNTS, *TIMES}
    again = await asked(client, "operating-characteristics", body)
    assert again.content == answer.content


async def test_designs_are_compared(client: httpx.AsyncClient) -> None:
    answer = await asked(client, "compare", COMPARISON)
    assert answer.status_code == 200, answer.text
    (scenario,) = answer.json()["scenarios"]
    assert (scenario["name"], scenario["true_mtd"]) == ("MTD at 2", 2)
    assert [each["name"] for each in scenario["designs"]] == ["3+3", "TITE-BOIN"]
    for each in scenario["designs"]:
        assert each["probability_correct"] == each["characteristics"]["probability_mtd"][1]
        assert each["duration"] == each["characteristics"]["duration"] > 1


async def test_a_comparison_that_cannot_be_names_its_places(client: httpx.AsyncClient) -> None:
    (three, tite) = COMPARISON["designs"]
    body = {**COMPARISON, "designs": [three, {**tite, "cohorts": None}]}
    del body["accrual"]
    answer = await asked(client, "compare", body)
    assert (answer.status_code, is_problem(answer)) == (422, True)
    assert {pointer for pointer, _ in faults(answer)} == {"/designs/1/cohorts", "/accrual"}


async def test_a_field_that_there_is_not_is_refused(client: httpx.AsyncClient) -> None:
    accrual = {**ACCRUAL, "while_suspend": "queue"}
    answer = await asked(client, "compare", {**COMPARISON, "accrual": accrual})
    assert (answer.status_code, is_problem(answer)) == (422, True)
    assert "while_suspended" in answer.text
