"""The rules of a protocol over HTTP: Markdown, a page, JSON, or a format that is not there."""

import httpx
import pytest

from app.data.protocols import load
from app.use_cases.protocol_texts import SHEET
from tests.api.client import is_problem
from tests.domain.dlt.toy import document

pytestmark = pytest.mark.anyio

PATH = "/v1/protocols/NCT06886919/versions/1/text"
MARKDOWN = "text/markdown; charset=utf-8"
HTML = "text/html; charset=utf-8"
JSON = "application/json"


async def told(client: httpx.AsyncClient, accept: str | None, query: str = "") -> httpx.Response:
    if accept is None:
        del client.headers["Accept"]
    return await client.get(PATH + query, headers={} if accept is None else {"Accept": accept})


@pytest.mark.parametrize(
    ("accept", "query", "media"),
    [
        (None, "", MARKDOWN),
        ("*/*", "", MARKDOWN),
        ("text/markdown", "", MARKDOWN),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "", HTML),
        (JSON, "", JSON),
        (None, "?format=html", HTML),
        ("image/png", "?format=markdown", MARKDOWN),
        ("text/html", "?format=json", JSON),
    ],
)
async def test_the_client_says_how_it_is_told(
    client: httpx.AsyncClient, accept: str | None, query: str, media: str
) -> None:
    answer = await told(client, accept, query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == media
    assert answer.headers["vary"] == "Accept"


async def test_a_type_that_there_is_not(client: httpx.AsyncClient) -> None:
    answer = await told(client, "application/pdf")
    assert is_problem(answer)
    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")
    assert "text/markdown, text/html or application/json" in answer.json()["detail"]


async def test_the_three_tell_the_same(client: httpx.AsyncClient) -> None:
    markdown = (await told(client, "text/markdown")).text
    whole = (await told(client, JSON)).json()
    assert whole["markdown"] == markdown
    assert whole["protocol"]["digest"] == load("NCT06886919").ready.digest
    page = (await told(client, "text/html")).text
    for row in whole["decision_table"]["rows"]:
        for cell in row["cells"]:
            assert cell["says"] in page
            assert cell["says"] in markdown


async def test_the_page_may_do_nothing_but_look_like_it(client: httpx.AsyncClient) -> None:
    answer = await told(client, "text/html")
    assert answer.headers["content-security-policy"] == SHEET.answered_policy
    assert SHEET.source in answer.headers["content-security-policy"]
    assert "<script" not in answer.text


async def test_each_form_has_a_tag_by_the_digest(client: httpx.AsyncClient) -> None:
    tags = [(await told(client, each)).headers["etag"] for each in (MARKDOWN, HTML, JSON)]
    assert len(set(tags)) == 3
    assert all(load("NCT06886919").ready.digest in tag for tag in tags)
    have = {"Accept": "text/html", "If-None-Match": tags[1]}
    again = await client.get(PATH, headers=have)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tags[1])
    other = await client.get(PATH, headers={**have, "If-None-Match": tags[0]})
    assert other.status_code == 200


async def test_a_version_that_was_added_can_be_read_too(client: httpx.AsyncClient) -> None:
    added = await client.post("/v1/protocols", json={"document": document(title="Mine")})
    answer = await client.get(added.headers["location"] + "/text")
    assert answer.text.startswith("# Mine\n")
    assert "A run at grade 4 or more is a DLT as soon as that grade is reached." in answer.text


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v1/protocols/NONE/versions/1/text", "unknown_protocol"),
        ("/v1/protocols/NCT06886919/versions/9/text", "unknown_version"),
    ],
)
async def test_what_is_not_there(client: httpx.AsyncClient, path: str, code: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, code)


async def test_a_trial_without_rules_has_no_table(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/protocols/NCT06340750/versions/1/text?format=json")
    assert answer.json()["decision_table"] is None
    assert "states no definition of a DLT" in answer.json()["markdown"]
