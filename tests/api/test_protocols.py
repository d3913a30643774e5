"""The protocols that the service has: lists in pages, versions with an entity tag."""

import json
from hashlib import sha256

import httpx
import pytest
import rfc8785

from app.data.protocols import load, protocol_ids
from tests.api.client import faults, is_problem

pytestmark = pytest.mark.anyio

VERSION = "/v1/protocols/NCT06886919/versions/1"


async def test_pages_lead_through_the_whole_list(client: httpx.AsyncClient) -> None:
    seen, url = [], "/v1/protocols?limit=2"
    while url:
        answer = await client.get(url)
        page = answer.json()
        assert len(page["items"]) <= 2
        seen += [item["id"] for item in page["items"]]
        url = page["next"]
        assert answer.headers.get("Link") == (f'<{url}>; rel="next"' if url else None)
    assert tuple(seen) == protocol_ids()


async def test_an_item_names_its_versions(client: httpx.AsyncClient) -> None:
    items = (await client.get("/v1/protocols")).json()["items"]
    shown = next(item for item in items if item["id"] == "NCT06886919")
    assert shown["latest"] == "1"
    assert shown["versions"][0]["digest"] == load("NCT06886919").ready.digest
    assert shown["versions"][0]["states_dlt_rules"] is True
    assert (await client.get(shown["versions"][0]["href"])).status_code == 200
    assert (await client.get("/v1/protocols/NCT06886919")).json() == shown


async def test_a_trial_without_rules_says_so(client: httpx.AsyncClient) -> None:
    shown = (await client.get("/v1/protocols/NCT06340750")).json()
    assert shown["versions"][0]["states_dlt_rules"] is False


async def test_a_version_whole(client: httpx.AsyncClient) -> None:
    shown = (await client.get(VERSION)).json()
    digest = f"sha256:{sha256(rfc8785.dumps(shown['document'])).hexdigest()}"
    assert shown["digest"] == digest
    reading = next(each for each in shown["readings"] if each["id"] == "R-INCL")
    assert set(reading["options"]) == {"limit-included", "limit-excluded"}
    assert reading["default"] == "limit-included"
    assert shown["document"] == json.loads(json.dumps(dict(load("NCT06886919").document)))


async def test_a_version_that_the_client_has_is_not_sent_again(
    client: httpx.AsyncClient,
) -> None:
    etag = (await client.get(VERSION)).headers["ETag"]
    assert etag == f'"{load("NCT06886919").ready.digest}"'
    for have in (etag, f'"other", {etag}', f"W/{etag}", "*"):
        answer = await client.get(VERSION, headers={"If-None-Match": have})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["ETag"] == etag
        assert answer.headers["Cache-Control"] == "no-cache"
    for have in ('"other"', etag.strip('"'), ""):
        answer = await client.get(VERSION, headers={"If-None-Match": have})
        assert answer.status_code == 200


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v1/protocols/NCT00000000", "unknown_protocol"),
        ("/v1/protocols/NCT00000000/versions/1", "unknown_protocol"),
        ("/v1/protocols/NCT06886919/versions/99", "unknown_version"),
        ("/v1/protocols/NCT06886919/versions/..%2f1", "not_found"),
    ],
)
async def test_what_there_is_not(client: httpx.AsyncClient, path: str, code: str) -> None:
    answer = await client.get(path)
    assert is_problem(answer)
    assert (answer.status_code, answer.json()["code"]) == (404, code)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("limit=0", [("/query/limit", "out_of_range")]),
        ("limit=201", [("/query/limit", "out_of_range")]),
        ("limit=x", [("/query/limit", "wrong_type")]),
        ("after=nowhere", [("/query/after", "bad_page")]),
        ("lmit=1", [("/query/lmit", "unknown_parameter")]),
        ("limit=1&limit=2&limit=1", [("/query/limit", "duplicate_parameter")]),
        ("a=1&a=2", [("/query/a", "unknown_parameter")]),
        ("after=%FF", [("/query/after", "not_utf8")]),
        (
            "limit=%e2%82&%FF=1",
            [("/query/\ufffd", "unknown_parameter"), ("/query/limit", "not_utf8")],
        ),
        ("a=1&b=2", [("/query/a", "unknown_parameter"), ("/query/b", "unknown_parameter")]),
    ],
)
async def test_a_wrong_parameter(
    client: httpx.AsyncClient, query: str, found: list[tuple[str, str]]
) -> None:
    answer = await client.get(f"/v1/protocols?{query}")
    assert is_problem(answer)
    assert answer.status_code == 422
    assert faults(answer) == found


async def test_a_misspelt_parameter_gets_a_suggestion(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/protocols?lmit=1")
    message = answer.json()["errors"][0]["message"]
    assert message == "unknown parameter 'lmit'; did you mean 'limit'?"


async def test_a_version_is_added_once_and_listed_after_those_that_are_built_in(
    client: httpx.AsyncClient,
) -> None:
    second = {**load("NCT06886919").document, "version": "2"}
    added = await client.post("/v1/protocols", json={"document": second})
    href = "/v1/protocols/NCT06886919/versions/2"
    assert (added.status_code, added.headers["Location"]) == (201, href)
    again = await client.post("/v1/protocols", json={"document": second})
    assert (again.status_code, again.json()) == (200, {**added.json(), "audit": None})
    shown = (await client.get("/v1/protocols/NCT06886919")).json()
    assert [each["version"] for each in shown["versions"]] == ["1", "2"]
    assert (await client.get(href)).json()["digest"] == added.json()["digest"]


@pytest.mark.parametrize("version", ["1", "2"])
async def test_a_version_never_changes(client: httpx.AsyncClient, version: str) -> None:
    document = {**load("NCT06886919").document, "version": version}
    await client.post("/v1/protocols", json={"document": document})
    other = {"document": {**document, "title": "Another"}}
    answer = await client.post("/v1/protocols", json=other)
    assert (answer.status_code, answer.json()["code"]) == (409, "version_exists")


async def test_the_faults_of_a_document_are_pointed_at_where_it_was_sent(
    client: httpx.AsyncClient,
) -> None:
    document = {**load("NCT06886919").document, "version": "2", "titel": "misspelt"}
    document["grading"] = {"dictionary": "ctcae-1.0"}
    answer = await client.post("/v1/protocols", json={"document": document})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert faults(answer) == [("/document/titel", "unknown_field")]
    del document["titel"]
    answer = await client.post("/v1/protocols", json={"document": document})
    assert faults(answer) == [("/document/grading/dictionary", "unknown_dictionary")]
