"""Terms: found by words, synonyms and codes, with the grades that exist."""

import httpx
import pytest

from tests.api.client import faults, is_problem

pytestmark = pytest.mark.anyio

TERMS = "/v1/dictionaries/ctcae-5.0/terms"
NEUTROPHILS = {
    "meddra_code": 10029366,
    "term": "Neutrophil count decreased",
    "organ_class": "Investigations",
    "grades": [1, 2, 3, 4],
    "laboratory": True,
    "origin": "ctcae",
}


async def test_the_dictionaries(client: httpx.AsyncClient) -> None:
    answer = (await client.get("/v1/dictionaries")).json()
    assert [
        (item["id"], item["terms"], item["synonyms"]["id"], len(item["organ_classes"]))
        for item in answer["items"]
    ] == [
        ("ctcae-4.03", 790, "synonyms-4.03-1", 26),
        ("ctcae-5.0", 837, "synonyms-1", 26),
        ("ctcae-6.0", 850, "synonyms-6.0-1", 26),
    ]
    assert answer["next"] is None


async def test_a_synonym_leads_to_the_term(client: httpx.AsyncClient) -> None:
    terms = [item["term"] for item in (await client.get(f"{TERMS}?q=neutropenia")).json()["items"]]
    assert "Neutrophil count decreased" in terms


async def test_a_term_by_its_code(client: httpx.AsyncClient) -> None:
    assert (await client.get(f"{TERMS}/10029366")).json() == {
        **NEUTROPHILS,
        "texts": None,
        "other_versions": [
            {"dictionary": each, "relation": "same", "terms": [NEUTROPHILS]}
            for each in ("ctcae-4.03", "ctcae-6.0")
        ],
    }


async def test_what_a_term_is_in_other_versions(client: httpx.AsyncClient) -> None:
    answer = (await client.get("/v1/dictionaries/ctcae-6.0/terms/10025327")).json()
    assert (answer["term"], answer["grades"]) == ("Lymphopenia", [1])
    assert [
        (
            each["dictionary"],
            each["relation"],
            each["terms"][0]["term"],
            each["terms"][0]["grades"],
        )
        for each in answer["other_versions"]
    ] == [
        ("ctcae-4.03", "renamed", "Lymphocyte count decreased", [1, 2, 3, 4]),
        ("ctcae-5.0", "renamed", "Lymphocyte count decreased", [1, 2, 3, 4]),
    ]


async def test_a_code_of_another_version_is_said_to_be(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{TERMS}/10025327")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_code")
    assert answer.json()["detail"] == (
        "Code 10025327 is 'Lymphopenia' in CTCAE 6.0; CTCAE 5.0 has no such code, and calls the "
        "event 'Lymphocyte count decreased'."
    )


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
