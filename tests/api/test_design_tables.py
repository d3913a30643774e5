"""A decision table over HTTP: as JSON, as CSV, as a page, or as nothing that there is."""

import csv
from io import StringIO
from typing import Any

import httpx
import pytest

from app.api.errors import SECURITY_HEADERS
from app.use_cases.design_pages import STYLE_SOURCE
from tests.api.client import faults, is_problem
from tests.use_cases.design_requests import DESIGNS

pytestmark = pytest.mark.anyio

PATH = "/v1/designs/table"
BOIN = {"design": DESIGNS["boin"], "max_n": 6}
JSON = "application/json"
CSV = "text/csv; charset=utf-8; header=present"
HTML = "text/html; charset=utf-8"


async def told(
    client: httpx.AsyncClient, accept: str | None = None, query: str = "", body: Any = BOIN
) -> httpx.Response:
    if accept is None:
        del client.headers["Accept"]
    headers = {} if accept is None else {"Accept": accept}
    return await client.post(PATH + query, json=body, headers=headers)


@pytest.mark.parametrize(
    ("accept", "query", "media"),
    [
        (None, "", JSON),
        ("*/*", "", JSON),
        ("text/csv", "", CSV),
        ("text/html", "", HTML),
        ("text/csv;q=0.4, text/html;q=0.5, application/json;q=0.3", "", HTML),
        (None, "?format=json", JSON),
        (None, "?format=csv", CSV),
        (None, "?format=html", HTML),
        # what the link says goes before what the browser says of every page
        ("text/html,application/xhtml+xml,*/*;q=0.8", "?format=csv", CSV),
        ("application/pdf", "?format=json", JSON),
    ],
)
async def test_the_client_says_how_it_is_told(
    client: httpx.AsyncClient, accept: str | None, query: str, media: str
) -> None:
    answer = await told(client, accept, query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == media
    assert answer.headers["vary"] == "Accept"


async def test_the_three_tell_the_same(client: httpx.AsyncClient) -> None:
    table = (await told(client)).json()
    header, *lines = csv.reader(StringIO((await told(client, "text/csv")).text, newline=""))
    assert header == ["n", "dlts", "decision"]
    assert lines == [
        [str(row["n"]), str(dlts), decision]
        for row in table["rows"]
        for dlts, decision in enumerate(row["decisions"])
    ]
    page = (await told(client, "text/html")).text
    assert page.count('class="escalate"') == sum(line[2] == "escalate" for line in lines)
    assert repr(table["boundaries"]["lambda_e"]) in page


async def test_a_type_that_there_is_not(client: httpx.AsyncClient) -> None:
    answer = await told(client, "application/pdf")
    assert is_problem(answer)
    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")
    assert "application/json, text/csv or text/html" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ("?format=pdf", "/query/format", "not_an_option"),
        ("?format=", "/query/format", "not_an_option"),
        ("?format=CSV", "/query/format", "not_an_option"),
        ("?format=csv&format=html", "/query/format", "duplicate_parameter"),
        ("?fromat=csv", "/query/fromat", "unknown_parameter"),
    ],
)
async def test_a_format_that_there_is_not(
    client: httpx.AsyncClient, query: str, pointer: str, code: str
) -> None:
    answer = await told(client, query=query)
    assert answer.status_code == 422
    assert is_problem(answer)
    assert (pointer, code) in faults(answer)


@pytest.mark.parametrize("accept", ["text/csv", "text/html"])
async def test_what_is_wrong_is_a_problem_however_it_would_be_told(
    client: httpx.AsyncClient, accept: str
) -> None:
    wrong = {"design": {"kind": "boin", "target": 1}, "max_n": 201}
    answer = await told(client, accept, body=wrong)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert {pointer for pointer, _ in faults(answer)} == {"/design/target", "/max_n"}


async def test_a_page_may_use_its_style_and_nothing_else(client: httpx.AsyncClient) -> None:
    answer = await told(client, "text/html")
    policy = dict(
        each.strip().split(" ", 1) for each in answer.headers["content-security-policy"].split(";")
    )
    assert policy == {
        "default-src": "'none'",
        "style-src": STYLE_SOURCE,
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert answer.headers["x-content-type-options"] == "nosniff"
    for accept in (JSON, "text/csv"):
        usual = await told(client, accept)
        name = "Content-Security-Policy"
        assert usual.headers[name] == SECURITY_HEADERS[name]


async def test_an_uploaded_table_brings_no_word_of_its_own(client: httpx.AsyncClient) -> None:
    """What a spreadsheet would take for a formula is refused, as is every word but decisions."""
    rows = [{"n": 1, "decisions": ["stay", "=HYPERLINK(1)"]}]
    body = {"design": {"kind": "table", "rows": rows}}
    answer = await told(client, "text/csv", body=body)
    assert faults(answer) == [("/design/rows/0/decisions/1", "not_an_option")]
    named = {"design": {**DESIGNS["table"], "title": "=1+1"}}
    answer = await told(client, "text/csv", body=named)
    assert faults(answer) == [("/design/title", "unknown_field")]
