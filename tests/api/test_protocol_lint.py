"""Linting by HTTP: the report, and what is refused."""

import httpx
import pytest

from app.data.protocols import load
from tests.api.client import faults, is_problem
from tests.domain.lint.documents import clean, criterion, settled

pytestmark = pytest.mark.anyio

URL = "/v1/protocols:lint"


async def test_a_document_is_linted(client: httpx.AsyncClient) -> None:
    answer = await client.post(URL, json={"protocol": {"document": clean()}})
    assert answer.status_code == 200
    report = answer.json()
    assert report["clean"] is True
    (finding,) = report["findings"]
    assert (finding["code"], finding["severity"]) == ("stricter_exemption", "note")
    assert [each["verdict"] for each in finding["examples"][1]["answers"]] == ["DLT", "NOT_DLT"]


async def test_its_examples_are_patients_that_adjudicate_takes(client: httpx.AsyncClient) -> None:
    protocol = {"document": clean()}
    report = (await client.post(URL, json={"protocol": protocol})).json()
    (finding,) = report["findings"]
    for example in finding["examples"]:
        asked = {"protocol": protocol, **{key: example[key] for key in ("as_of", "subject")}}
        verdict = (await client.post("/v1/adjudicate", json=asked)).json()["events"][0]["verdict"]
        assert verdict == example["answers"][0]["verdict"]


async def test_a_built_in_document_is_linted(client: httpx.AsyncClient) -> None:
    answer = await client.post(URL, json={"protocol": {"id": "NCT07339332"}})
    assert answer.status_code == 200
    assert answer.json()["digest"] == load("NCT07339332").ready.digest
    assert answer.json()["cases"] > 1000
    assert answer.json()["left_out"] == 0


async def test_a_document_that_cannot_be_used_is_answered_with_its_faults(
    client: httpx.AsyncClient,
) -> None:
    document = settled()
    del criterion(document, "grade-4")["at"]
    answer = await client.post(URL, json={"protocol": {"document": document}})
    assert answer.status_code == 200
    report = answer.json()
    assert (report["clean"], report["digest"]) == (False, None)
    assert (report["cases"], report["left_out"]) == (0, 0)
    told = [(each["severity"], each["code"], each["pointer"]) for each in report["findings"]]
    assert told == [("error", "no_locator", "/dlt/criteria/0")]


async def test_an_added_version_is_linted_by_its_name(client: httpx.AsyncClient) -> None:
    added = await client.post("/v1/protocols", json={"document": clean()})
    assert added.status_code == 201
    answer = await client.post(URL, json={"protocol": {"id": "CLEAN", "version": "1"}})
    assert answer.status_code == 200
    assert answer.json()["digest"] == added.json()["digest"]


@pytest.mark.parametrize(
    ("protocol", "told"),
    [
        ({"id": "NO-SUCH-TRIAL"}, ("/protocol/id", "unknown_protocol")),
        ({"id": "NCT06886919", "version": "9"}, ("/protocol/version", "unknown_version")),
        ({"id": "NCT06886919", "document": {}}, ("/protocol", "one_of_two")),
        ({"document": []}, ("/protocol/document", "wrong_type")),
    ],
)
async def test_a_protocol_that_is_not_there_is_refused(
    client: httpx.AsyncClient, protocol: object, told: tuple[str, str]
) -> None:
    answer = await client.post(URL, json={"protocol": protocol})
    assert answer.status_code == 422
    assert is_problem(answer)
    assert faults(answer) == [told]
