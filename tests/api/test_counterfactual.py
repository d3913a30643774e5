"""What would have changed a verdict, over HTTP and by command: only where it is asked for."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.client import faults
from tests.api.requests import one_patient
from tests.cli.running import doseguard

pytestmark = pytest.mark.anyio

IN_TIME = (
    "would not be a DLT if recovery to grade 2 or less had been documented by "
    "2026-03-06 08:00 +08:00"
)


async def events(client: httpx.AsyncClient, **asked: Any) -> list[dict[str, Any]]:
    answer = await client.post("/v1/adjudicate", json={**one_patient(), **asked})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["events"]
    return found


async def test_a_request_that_asks_is_told(client: httpx.AsyncClient) -> None:
    (told,) = await events(client, counterfactual=True)
    first = {"kind": "clock", "sentence": IN_TIME, "at": "2026-03-06T08:00:00+08:00"}
    assert told["counterfactual"][0] == first
    assert [each["kind"] for each in told["counterfactual"]] == ["clock", "grade", "causality"]


async def test_nothing_else_of_the_answer_changes(client: httpx.AsyncClient) -> None:
    (told,) = await events(client, counterfactual=True)
    (plain,) = await events(client)
    assert "counterfactual" not in plain
    assert {key: value for key, value in told.items() if key != "counterfactual"} == plain
    assert await events(client, counterfactual=False) == [plain]


async def test_it_is_asked_for_with_true(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/adjudicate", json={**one_patient(), "counterfactual": "yes"})
    assert [pointer for pointer, _ in faults(answer)] == ["/counterfactual"]


async def test_of_several_patients_each_is_told(client: httpx.AsyncClient) -> None:
    request = one_patient()
    subject = request.pop("subject")
    patients = [subject, {**subject, "id": "S-02"}]
    answer = await client.post(
        "/v1/adjudicate", json={**request, "subjects": patients, "counterfactual": True}
    )
    told = [each["events"][0]["counterfactual"][0] for each in answer.json()["subjects"]]
    assert [each["sentence"] for each in told] == [IN_TIME] * 2


def test_the_command_says_it(tmp_path: Path) -> None:
    request = tmp_path / "request.json"
    request.write_text(json.dumps(one_patient()), "utf-8")
    plain = doseguard("adjudicate", str(request))
    assert "would not be" not in plain.stdout
    told = doseguard("adjudicate", "--counterfactual", str(request))
    assert f"It {IN_TIME}." in " ".join(told.stdout.split())
