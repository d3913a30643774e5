"""Comparing protocol versions over HTTP."""

from copy import deepcopy
from typing import Any

import httpx
import pytest

from app.data.protocols import load
from tests.api.client import is_problem

pytestmark = pytest.mark.anyio

PATH = "/v1/protocols:diff"
OLD = {"id": "NCT06886919", "version": "1"}


def amended() -> dict[str, Any]:
    document = deepcopy(dict(load("NCT06886919").document))
    document["version"] = "2"
    del document["dlt"]["exceptions"][2]
    return document


async def test_a_version_is_compared_with_a_document(client: httpx.AsyncClient) -> None:
    answer = await client.post(PATH, json={"old": OLD, "new": {"document": amended()}})
    assert answer.status_code == 200
    found = answer.json()
    assert (found["old"]["version"], found["new"]["version"]) == ("1", "2")
    assert found["effect"] == "verdicts"
    (removed,) = [each for each in found["differences"] if each["change"] == "removed"]
    assert (removed["kind"], removed["id"]) == ("exception", "lymphocyte-reduction")
    assert removed["changes"][0]["old_pointer"] == "/dlt/exceptions/2"
    assert removed["changes"][0]["new_pointer"] is None
    example = found["verdicts"]["examples"][0]
    assert example["subject"]["events"][0]["term"] == "Lymphocyte count decreased"
    assert example["old"]["exception"] == "lymphocyte-reduction"
    assert (example["old"]["verdict"], example["new"]["verdict"]) == ("NOT_DLT", "DLT")


async def test_an_example_can_be_asked_again(client: httpx.AsyncClient) -> None:
    new = {"document": amended()}
    found = (await client.post(PATH, json={"old": OLD, "new": new})).json()
    for example in found["verdicts"]["examples"]:
        for side, protocol in (("old", OLD), ("new", new)):
            asked = {
                "protocol": protocol,
                "as_of": example["as_of"],
                "time_zone": "UTC",
                "subject": example["subject"],
            }
            answered = await client.post("/v1/adjudicate", json=asked)
            assert answered.status_code == 200, answered.text
            answer = answered.json()
            assert answer["events"][0]["verdict"] == example[side]["verdict"]
            assert answer["events"][0]["explanation"]["text"] == example[side]["text"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"old": OLD}, "/new"),
        ({"old": OLD, "new": {"id": "nothing"}}, "/new/id"),
        ({"old": {"document": {"id": "X"}}, "new": OLD}, "/old/document/version"),
        ({"old": OLD, "new": OLD, "protocol": OLD}, "/protocol"),
        ([], ""),
    ],
)
async def test_a_fault_is_told_at_its_place(
    client: httpx.AsyncClient, body: Any, pointer: str
) -> None:
    answer = await client.post(PATH, json=body)
    assert is_problem(answer)
    assert answer.status_code == 422
    assert pointer in [each["pointer"] for each in answer.json()["errors"]]
