"""Numbers of measurements keep every digit, wherever they come in."""

import json
from typing import Any

import httpx
import pytest
import yaml

from app.api.bodies import exact_request
from app.data.protocols import load, make_ready
from app.data.strict_json import read_json
from tests.api.requests import one_patient
from tests.domain.adjudication.laboratory_results import ROOT

pytestmark = pytest.mark.anyio

JSON = {"Content-Type": "application/json"}
NEARLY_HALF = "0.49999999999999999999"
"""As a float it is 0.5, which is grade 3 of neutropenia; it is grade 4."""
NEARLY_FEVER = "37.999999999999999999"


def request(value: str) -> bytes:
    """A patient with one neutrophil count, which nobody reports."""
    result = {"analyte": "neutrophils", "value": 1234.5, "unit": "10*9/L", "lln": 1.8,
              "measured_at": "2026-03-05T08:00+08:00"}  # fmt: skip
    subject = {**one_patient()["subject"], "laboratory": [result]}
    return json.dumps(one_patient(subject=subject)).replace("1234.5", value).encode()


async def sent(client: httpx.AsyncClient, path: str, body: bytes) -> Any:
    answer = await client.post(path, content=body, headers=JSON)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(("value", "grade"), [(NEARLY_HALF, 4), ("0.5", 3), ('"0.5"', 3)])
async def test_a_result_of_a_case(client: httpx.AsyncClient, value: str, grade: int) -> None:
    answer = await sent(client, "/v1/adjudicate", request(value))
    (finding,) = answer["subject"]["findings"]
    shown = value.strip('"')
    assert f"reach grade {grade} on 2026-03-05T08:00+08:00 ({shown} 10*9/L)" in finding["message"]


@pytest.mark.parametrize(("temperature", "grade"), [(NEARLY_FEVER, 0), ("38.0", 1), ("38", 1)])
async def test_a_temperature(client: httpx.AsyncClient, temperature: str, grade: int) -> None:
    body = '{"temperature": %s, "temperature_unit": "C", "hypotension": false, "hypoxia": false}'
    answer = await sent(client, "/v1/grade/crs", (body % temperature).encode())
    assert answer["grade"] == grade


@pytest.mark.parametrize(("age", "asks"), [("11.999999999999999999", "capd_score"), ("12.0", "")])
async def test_an_age(client: httpx.AsyncClient, age: str, asks: str) -> None:
    body = f'{{"age_years": {age}, "ice_score": 10}}'
    answer = await sent(client, "/v1/grade/icans", body.encode())
    assert (asks in {each["field"] for each in answer["missing"]}) == bool(asks)


async def test_a_document_has_the_digest_that_it_had(client: httpx.AsyncClient) -> None:
    """Its numbers are those of JSON, also where they have a fraction."""
    text = (ROOT / "app" / "data" / "protocols" / "NCT06886919-1.yaml").read_text()
    document = yaml.safe_load(text)
    body = json.loads(request("0.5"))
    body["protocol"] = {"document": document}
    answer = await sent(client, "/v1/adjudicate", json.dumps(body).encode())
    assert answer["protocol"]["digest"] == load("NCT06886919", "1").ready.digest
    with_a_fraction = {"protocol": {"document": {"x": [1.50, 7.0]}}, "x": 1.50}
    parsed = exact_request(read_json(json.dumps(with_a_fraction).encode(), exact=True))
    assert json.dumps(parsed["protocol"]) == json.dumps(with_a_fraction["protocol"])
    assert make_ready(document).digest == answer["protocol"]["digest"]
