"""Measurements in the record keep every digit, and what was kept keeps its text."""

import json
from typing import Any

import pytest

from tests.record.service import Service, by_source

pytestmark = pytest.mark.anyio

AT = "2026-04-25T00:00:00+00:00"
NEARLY_HALF = "0.49999999999999999999"
RESULT = by_source("LB-1", "laboratory-results")


async def written(service: Service, path: str, body: dict[str, Any], value: str) -> Any:
    """What a write answers; the number 1234.5 of the body is written like that."""
    content = json.dumps(body).replace("1234.5", value)
    headers = service.headers | {"Content-Type": "application/json"}
    answer = await service.client.request("PUT", path, content=content, headers=headers)
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


@pytest.fixture
async def begun(service: Service) -> Service:
    """A study with S-01, who was infused and has been followed."""
    await service.begin(at=AT)
    await service.patient(follow_up_until="2026-04-24")
    return service


def neutrophils() -> dict[str, Any]:
    return {"subject": "S-01", "analyte": "neutrophils", "value": 1234.5, "unit": "10*9/L",
            "lln": 1.8, "measured_at": "2026-03-05T08:00+08:00"}  # fmt: skip


async def test_no_digit_of_a_result_is_lost(begun: Service) -> None:
    await written(begun, RESULT, neutrophils(), NEARLY_HALF)
    assert (await begun.get(RESULT))["content"]["value"] == NEARLY_HALF
    (finding,) = (await begun.verdicts())["verdicts"]["subject"]["findings"]
    assert f"reach grade 4 on 2026-03-05T08:00+08:00 ({NEARLY_HALF} 10*9/L)" in finding["message"]


@pytest.mark.parametrize(
    ("first", "again", "kept"),
    [
        ("38.50", "38.5", "38.5"),
        ("1e2", "100.0", "100.0"),
        ("0.1", "0.10000", "0.1"),
        ("5", "5", "5"),
    ],
)
async def test_the_same_number_is_the_same_content(
    begun: Service, first: str, again: str, kept: str
) -> None:
    """The text is the one that was kept when numbers were floats."""
    await written(begun, RESULT, neutrophils(), first)
    shown = await begun.get(RESULT)
    assert shown["content"]["value"] == kept
    repeated = await written(begun, RESULT, neutrophils(), again)
    assert repeated["result"] == "unchanged"


async def test_no_digit_of_components_is_lost(begun: Service) -> None:
    path = by_source("AS-1", "assessments")
    components = {"temperature": 1234.5, "temperature_unit": "C"}
    body = {"subject": "S-01", "scale": "crs", "on": "2026-03-03", "components": components}
    await written(begun, path, body, "37.999999999999999999")
    content = (await begun.get(path))["content"]
    assert content["components"]["temperature"] == "37.999999999999999999"
