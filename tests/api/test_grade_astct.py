"""CRS, ICANS and ICE over HTTP: what is answered, and what is refused with why."""

import json
from typing import Any

import httpx
import pytest

from app.domain.astct.crs_readings import CRS_READINGS
from app.domain.astct.lookalikes import CRS_LOOK_ALIKES, ICANS_LOOK_ALIKES
from tests.api.client import faults, is_problem

pytestmark = pytest.mark.anyio

FEVER = {
    "temperature": 38.0,
    "temperature_unit": "C",
    "hypotension": False,
    "vasopressors": [],
    "hypoxia": False,
    "oxygen_device": "none",
    "death": None,
}


async def graded(client: httpx.AsyncClient, scale: str, body: Any) -> Any:
    answer = await client.post(f"/v1/grade/{scale}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refused(client: httpx.AsyncClient, scale: str, body: Any) -> httpx.Response:
    answer = await client.post(f"/v1/grade/{scale}", json=body)
    assert is_problem(answer)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    return answer


async def test_a_grade_with_its_reasons(client: httpx.AsyncClient) -> None:
    assert await graded(client, "crs", FEVER) == {
        "scale": "ASTCT-2019-CRS",
        "status": "graded",
        "grade": 1,
        "bounds": {"min": 1, "max": 1},
        "because": [
            {"rule": "CRS-R1", "text": "38.0 °C is a fever, 38.0 °C or more."},
            {"rule": "CRS-R3", "text": "There is no hypotension that counts."},
            {"rule": "CRS-R3", "text": "There is no hypoxia that counts."},
            {
                "rule": "CRS-R3",
                "text": "Fever without hypotension and hypoxia that count: grade 1.",
            },
        ],
        "missing": [],
        "readings": [],
        "findings": [],
    }


@pytest.mark.parametrize(("text", "grade"), [("37.99", 0), ("38.00", 1), ('"38.0"', 1)])
async def test_a_decimal_is_read_as_it_is_written(
    client: httpx.AsyncClient, text: str, grade: int
) -> None:
    body = json.dumps(FEVER).replace("38.0", text)
    headers = {"Content-Type": "application/json"}
    answer = await client.post("/v1/grade/crs", content=body, headers=headers)
    assert answer.json()["grade"] == grade


async def test_what_is_missing_and_between_what_the_grade_lies(client: httpx.AsyncClient) -> None:
    body = {**FEVER, "hypoxia": True, "oxygen_device": "nasal_cannula"}
    answer = await graded(client, "crs", body)
    assert (answer["status"], answer["grade"]) == ("undetermined", None)
    assert answer["bounds"] == {"min": 2, "max": 3}
    assert [each["field"] for each in answer["missing"]] == ["oxygen_flow_l_min"]


async def test_readings_are_chosen_in_the_request(client: httpx.AsyncClient) -> None:
    body = {**FEVER, "hypotension": True, "vasopressors": ["vasopressin"]}
    assert (await graded(client, "crs", body))["grade"] == 3
    body["readings"] = {"vasopressin-alone": "not-a-vasopressor"}
    answer = await graded(client, "crs", body)
    assert answer["grade"] == 2
    assert [(each["id"], each["option"]) for each in answer["readings"]] == [
        ("vasopressin-alone", "not-a-vasopressor")
    ]


async def test_readings_that_there_are_not(client: httpx.AsyncClient) -> None:
    readings = {"document": "x", "a/b": "y", "inotropes": "sometimes", "terlipressin": 3}
    answer = await refused(client, "crs", {**FEVER, "readings": readings})
    assert faults(answer) == [("/readings/terlipressin", "wrong_type")]
    del readings["terlipressin"]
    answer = await refused(client, "crs", {**FEVER, "readings": readings})
    assert faults(answer) == [
        ("/readings/document", "unknown_reading"),
        ("/readings/a~1b", "unknown_reading"),
        ("/readings/inotropes", "unknown_option"),
    ]
    told = [each["message"] for each in answer.json()["errors"]]
    assert all(each in told[0] for each in CRS_READINGS)
    assert "not-counted, counted" in told[2]


@pytest.mark.parametrize("field", ["fio2", "vasopressor_dose", "sbp", "organ_toxicity_grade"])
async def test_what_other_scales_ask_for_is_refused_with_why(
    client: httpx.AsyncClient, field: str
) -> None:
    answer = await refused(client, "crs", {**FEVER, field: "low"})
    assert faults(answer) == [(f"/{field}", "unknown_field")]
    assert CRS_LOOK_ALIKES[field] in answer.json()["detail"]


async def test_every_fault_at_once(client: httpx.AsyncClient) -> None:
    body = {"fio2": 0.4, "temprature": 38, "temperature_unit": "K", "hypoxia": "yes"}
    answer = await refused(client, "crs", body)
    assert faults(answer) == [
        ("/temperature_unit", "not_an_option"),
        ("/hypoxia", "invalid"),
        ("/fio2", "unknown_field"),
        ("/temprature", "unknown_field"),
    ]
    assert "did you mean 'temperature'?" in answer.json()["errors"][3]["message"]


async def test_icans_by_age(client: httpx.AsyncClient) -> None:
    body = {
        "ice_score": 6,
        "capd_score": 9,
        "capd_performable": True,
        "arousal": "spontaneous",
        "seizure": "none",
        "motor_weakness": "none",
        "cerebral_edema": "none",
        "raised_icp_signs": [],
    }
    for age, grade in ((11, 3), (11.9, 3), (12, 2), (45, 2)):
        answer = await graded(client, "icans", {**body, "age_years": age})
        assert (answer["scale"], answer["grade"]) == ("ASTCT-2019-ICANS", grade)
    answer = await refused(client, "icans", {**body, "mmse": 20})
    assert ICANS_LOOK_ALIKES["mmse"] in answer.json()["detail"]


async def test_ice(client: httpx.AsyncClient) -> None:
    answer = await graded(client, "ice", {"year": 1, "objects_named": 2})
    assert (answer["scale"], answer["score"], answer["status"]) == ("ICE", None, "undetermined")
    assert answer["bounds"] == {"min": 3, "max": 9}
    assert faults(await refused(client, "ice", {"year": 2})) == [("/year", "out_of_range")]


@pytest.mark.parametrize("scale", ["crs", "icans", "ice"])
async def test_nothing_recorded_is_nothing_known(client: httpx.AsyncClient, scale: str) -> None:
    answer = await graded(client, scale, {})
    assert answer["status"] == "undetermined"
    assert answer["bounds"]["min"] == 0
