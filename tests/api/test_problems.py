"""Every error is a problem; none says more than its caller may know."""

import ast
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.api import errors
from app.api.errors import HTTP_CODES, status_of
from app.api.faults import CODES
from app.data.protocols import load, make_ready
from app.domain.errors import BadProtocol, BadValue, DomainError
from app.use_cases import adjudicate as use_case
from tests.api.client import is_problem
from tests.api.requests import changed, one_patient

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
EVENT = "/subject/events/0"


async def test_a_path_where_nothing_is(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/nothing")
    assert is_problem(answer)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.json()["instance"] == "/v1/nothing"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/adjudicate", "POST"),
        ("HEAD", "/v1/adjudicate", "POST"),
        ("DELETE", "/v1/protocols", "GET, HEAD, POST"),
        ("PATCH", "/v1/studies/IC19/subjects/S-01", "DELETE, GET, HEAD, PUT"),
        ("POST", "/healthz", "GET, HEAD"),
        ("PUT", "/docs/static/swagger-ui.css", "GET, HEAD"),
    ],
)
async def test_a_method_that_the_path_does_not_answer(
    client: httpx.AsyncClient, method: str, path: str, allowed: str
) -> None:
    answer = await client.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == allowed
    assert answer.headers["Content-Type"] == "application/problem+json"
    if method != "HEAD":
        assert is_problem(answer)
        assert answer.json()["code"] == "method_not_allowed"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/adjudicate/"),
        ("GET", "/v1/protocols/"),
        ("GET", "/healthz/"),
        ("GET", "/docs/"),
    ],
)
async def test_a_slash_too_many_leads_nowhere(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    answer = await client.request(method, path, headers={"Host": "elsewhere.example"})
    assert is_problem(answer)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert "elsewhere.example" not in f"{answer.text} {answer.headers}"


@pytest.mark.parametrize(
    "path",
    [
        "/healthz",
        "/readyz",
        "/openapi.json",
        "/docs",
        "/docs/static/favicon.png",
        "/v1/protocols?limit=1",
        "/v1/protocols/NCT06886919/versions/1",
        "/v1/dictionaries/ctcae-5.0/terms/10029366",
        "/v1/protocols/NCT00000000",
        "/v1/nothing",
    ],
)
async def test_head_answers_what_get_does_without_its_body(
    client: httpx.AsyncClient, path: str
) -> None:
    headers = {"X-Request-Id": "the-same"}
    head, get = await client.head(path, headers=headers), await client.get(path, headers=headers)
    assert head.content == b""
    assert get.content != b""
    assert (head.status_code, head.headers) == (get.status_code, get.headers)


async def test_an_error_that_nobody_foresaw_keeps_its_internals(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError("Neutropenia of S-01")

    monkeypatch.setattr(use_case, "adjudicate", fail)
    answer = await client.post("/v1/adjudicate", json=one_patient())
    assert is_problem(answer)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "S-01" not in answer.text
    assert "ZeroDivision" not in answer.text
    assert UUID(answer.headers["X-Request-Id"]) == UUID(answer.json()["request_id"])
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_domain_error_that_no_request_can_cause_is_internal(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise DomainError("a secret")

    monkeypatch.setattr(use_case, "adjudicate", fail)
    answer = await client.post("/v1/adjudicate", json=one_patient())
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "secret" not in answer.text


@pytest.mark.parametrize("given", ["trace-7", "a" * 100, "0.1:2_3"])
async def test_a_callers_request_id_is_kept(client: httpx.AsyncClient, given: str) -> None:
    answer = await client.get("/v1/nothing", headers={"X-Request-Id": given})
    assert answer.headers["X-Request-Id"] == answer.json()["request_id"] == given


@pytest.mark.parametrize("given", ["", "a" * 101, "two words", "-x", "<b>", "a\tb"])
async def test_a_malformed_request_id_is_replaced(client: httpx.AsyncClient, given: str) -> None:
    answer = await client.get("/healthz", headers={"X-Request-Id": given})
    assert UUID(answer.headers["X-Request-Id"]).version == 4


@pytest.mark.parametrize("path", ["/healthz", "/v1/protocols", "/v1/nothing", "/docs"])
async def test_every_answer_carries_security_headers(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert len(headers.get_list("X-Request-Id")) == 1


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        (f"{EVENT}/grades/0/grade", 7),
        (f"{EVENT}/grades/0/from", "2026-02-30"),
        (f"{EVENT}/ongoing", 1),
        (f"{EVENT}/causality/0/relatedness", "likely"),
        ("/as_of", "2026"),
        ("/protocol/id", 7),
    ],
)
async def test_a_value_that_says_nothing_about_a_patient_is_repeated(
    client: httpx.AsyncClient, pointer: str, value: Any
) -> None:
    answer = await client.post("/v1/adjudicate", json=changed(one_patient(), pointer, value))
    assert answer.json()["errors"][0]["value"] == value


NAME = "Zofia Nowak"


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/subject/id", [NAME]),
        (f"{EVENT}/id", {"name": NAME}),
        (f"{EVENT}/term", NAME * 50),
        (f"{EVENT}/other_crs_symptoms", NAME),
        (f"{EVENT}/grades/0/grade", {"grade": NAME}),
        (f"{EVENT}/grades/0/from", f"{NAME} wrote at length " * 20),
        (f"{EVENT}/grades/0/from", [NAME]),
        (f"{EVENT}/grades/0/from", NAME),
        (f"{EVENT}/ongoing", NAME),
        (f"{EVENT}/clinically_signifcant", NAME),
        ("/subject/death", NAME),
        ("/subject/withdrawal", {"date": "2026-13", "reason": NAME}),
        ("/subject/initials", NAME),
    ],
)
async def test_what_may_say_something_about_a_patient_is_not(
    client: httpx.AsyncClient, pointer: str, value: Any
) -> None:
    answer = await client.post("/v1/adjudicate", json=changed(one_patient(), pointer, value))
    assert answer.status_code == 422
    assert NAME not in answer.text


def codes_below(heading: str) -> set[str]:
    """The codes in the first column of the tables below a heading of docs/errors.md."""
    text = (ROOT / "docs" / "errors.md").read_text("utf-8")
    section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    return set(re.findall(r"`([a-z0-9_]+)`", " ".join(rows)))


def codes_of_no_request() -> set[str]:
    """The codes that the last sentence of docs/errors.md lists."""
    last = (ROOT / "docs" / "errors.md").read_text("utf-8").splitlines()[-1]
    return set(re.findall(r"`([a-z0-9_]+)`", last))


def codes_of_unknown_names() -> set[str]:
    """These are put together from the kind of thing that a document does not have."""
    document = deepcopy(dict(load("NCT06886919").document))
    rules = document["dlt"]
    rules["exceptions"][0]["replaces"] = ["nothing"]
    rules["observed_in"] = ["nowhere"]
    rules["window"]["agent"] = "none"
    rules["criteria"][0]["when"] = {"all": [{"group": "none"}, {"intervention": "none"}]}
    with pytest.raises(BadProtocol) as refused:
        make_ready(document)
    return {fault.code for fault in refused.value.faults}


def codes_of_faults() -> set[str]:
    """The codes that the sources of the app give to a fault, and those of values in a body."""
    classes = {kind.__name__: kind for kind in kinds(DomainError)}
    found = {"one_of_two", "unknown_condition", *CODES.values(), *codes_of_unknown_names()}
    found |= {kind.code for kind in kinds(BadValue) - {BadValue}}
    found |= {kind.code for kind in errors._PARAMETERS}
    for path in (ROOT / "app").rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        for call, caught in calls_with_what_was_caught(tree, None):
            match call:
                case ast.Call(func=ast.Name("Fault"), keywords=keywords):
                    given = {each.arg: each.value for each in keywords}.get("code")
                case ast.Call(func=ast.Name("_fault_of_query"), args=[_, _, given]):
                    pass
                case _:
                    continue
            match given:
                case ast.Constant(str(code)):
                    found.add(CODES.get(code, code))
                case ast.Attribute(ast.Name("error"), "code"):
                    assert caught is not None
                    found.add(classes[caught].code)
                case None:
                    found.add("invalid")
                case _:
                    pass
    return found


def calls_with_what_was_caught(
    node: ast.AST, caught: str | None
) -> Iterator[tuple[ast.Call, str | None]]:
    """Every call, with the name of the error that the handler around it catches."""
    match node:
        case ast.ExceptHandler(type=ast.Name(name) | ast.Attribute(attr=name)):
            caught = name
        case ast.Call():
            yield node, caught
        case _:
            pass
    for below in ast.iter_child_nodes(node):
        yield from calls_with_what_was_caught(below, caught)


def test_the_documented_codes_of_faults_are_those_that_there_are() -> None:
    assert codes_of_faults() - codes_of_no_request() == codes_below("Codes of a fault")


def test_the_documented_codes_of_problems_are_those_of_errors() -> None:
    """An error that only ever is a fault, such as a bad grade, makes no problem of its own."""
    raised = {kind.code for kind in kinds(DomainError)} | HTTP_CODES
    problems = codes_below("Codes of a problem")
    assert problems <= raised
    assert raised - problems <= codes_below("Codes of a fault") | codes_of_no_request()
    assert not problems & codes_of_no_request()


def kinds(kind: type[DomainError]) -> set[type[DomainError]]:
    return {kind}.union(*(kinds(each) for each in kind.__subclasses__()))


def test_documented_statuses_are_those_of_the_table() -> None:
    text = (ROOT / "docs" / "errors.md").read_text("utf-8")
    documented = dict(re.findall(r"^\| `([a-z0-9_]+)` \| (\d{3}) \|", text, re.MULTILINE))
    table = {kind.code: status for kind, status in errors.STATUSES.items()}
    for code, status in documented.items():
        if code not in HTTP_CODES:
            assert int(status) == table.get(code, 422), code


def test_an_error_below_another_has_its_status() -> None:
    for kind, status in errors.STATUSES.items():
        for below in kinds(kind):
            error = below.__new__(below)
            assert status_of(error) == errors.STATUSES.get(below, status)
