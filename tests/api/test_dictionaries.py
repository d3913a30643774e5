"""Terms: found by words, synonyms and codes, with the grades that exist."""

import httpx
import pytest

from tests.api.client import faults, is_problem

pytestmark = pytest.mark.anyio

TERMS = "/v1/dictionaries/ctcae-5.0/terms"


async def test_the_dictionaries(client: httpx.AsyncClient) -> None:
    answer = (await client.get("/v1/dictionaries")).json()
    assert [(item["id"], item["terms"]) for item in answer["items"]] == [("ctcae-5.0", 837)]
    assert len(answer["items"][0]["organ_classes"]) == 26
    assert answer["items"][0]["synonyms"]["id"] == "synonyms-1"
    assert answer["next"] is None


async def test_a_synonym_leads_to_the_term(client: httpx.AsyncClient) -> None:
    terms = [item["term"] for item in (await client.get(f"{TERMS}?q=neutropenia")).json()["items"]]
    assert "Neutrophil count decreased" in terms


async def test_a_term_by_its_code(client: httpx.AsyncClient) -> None:
    assert (await client.get(f"{TERMS}/10029366")).json() == {
        "meddra_code": 10029366,
        "term": "Neutrophil count decreased",
        "organ_class": "Investigations",
        "grades": [1, 2, 3, 4],
        "laboratory": True,
        "origin": "ctcae",
    }


async def test_pages_lead_through_an_organ_class(client: httpx.AsyncClient) -> None:
    query = "soc=blood%20and%20lymphatic%20system%20disorders"
    whole = (await client.get(f"{TERMS}?{query}&limit=200")).json()
    assert whole["next"] is None
    seen, url = [], f"{TERMS}?{query}&limit=4"
    while url:
        answer = await client.get(url)
        seen += answer.json()["items"]
        url = answer.json()["next"]
    assert seen == whole["items"]
    assert {item["organ_class"] for item in seen} == {"Blood and lymphatic system disorders"}


@pytest.mark.parametrize(
    ("path", "status", "code", "found"),
    [
        ("/v1/dictionaries/ctcae-9/terms", 404, "unknown_dictionary", []),
        ("/v1/dictionaries/ctcae-9/terms/1", 404, "unknown_dictionary", []),
        (f"{TERMS}/12", 404, "unknown_code", []),
        (f"{TERMS}/fever", 422, "invalid_request", [("/path/meddra_code", "wrong_type")]),
        (f"{TERMS}/-1", 422, "invalid_request", [("/path/meddra_code", "out_of_range")]),
        (
            f"{TERMS}?soc=bones",
            422,
            "unknown_organ_class",
            [("/query/soc", "unknown_organ_class")],
        ),
        (f"{TERMS}?after=nowhere", 422, "bad_page", [("/query/after", "bad_page")]),
        (f"{TERMS}?q={'x' * 201}", 422, "invalid_request", [("/query/q", "too_long")]),
        (f"{TERMS}?limit=0", 422, "invalid_request", [("/query/limit", "out_of_range")]),
        (f"{TERMS}?query=x", 422, "invalid_request", [("/query/query", "unknown_parameter")]),
    ],
)
async def test_what_cannot_be_found(
    client: httpx.AsyncClient, path: str, status: int, code: str, found: list[tuple[str, str]]
) -> None:
    answer = await client.get(path)
    assert is_problem(answer)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert faults(answer) == found
