"""Every error is a problem; none says more than its caller may know."""

import ast
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.api import errors
from app.api.errors import HTTP_CODES, status_of
from app.api.faults import CODES
from app.domain.errors import DomainError
from app.use_cases import adjudicate as use_case
from tests.api.client import NEW_ID, is_problem
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
    [("GET", "/v1/adjudicate", "POST"), ("DELETE", "/v1/protocols", "GET")],
)
async def test_a_method_that_the_path_does_not_answer(
    client: httpx.AsyncClient, method: str, path: str, allowed: str
) -> None:
    answer = await client.request(method, path)
    assert is_problem(answer)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == allowed


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
    assert answer.headers["X-Request-Id"] == answer.json()["request_id"] == str(NEW_ID)
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
    assert answer.headers["X-Request-Id"] == str(NEW_ID)


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


def documented_codes() -> set[str]:
    """The codes in the first column of the tables of docs/errors.md, and in its last sentence."""
    text = (ROOT / "docs" / "errors.md").read_text("utf-8")
    rows = re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
    return set(re.findall(r"`([a-z0-9_]+)`", " ".join([*rows, text.splitlines()[-1]])))


def raised_codes() -> set[str]:
    """The codes of errors and faults as the sources of the app write them."""
    found = set(HTTP_CODES) | set(CODES.values()) | {"one_of_two", "unknown_condition"}
    for path in (ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Assign(targets=[ast.Name("code")], value=ast.Constant(str(code))):
                    found.add(code)
                case ast.Call(func=ast.Name("Fault" | "FaultItem"), keywords=keywords):
                    found |= {
                        CODES.get(str(each.value.value), str(each.value.value))
                        for each in keywords
                        if each.arg == "code" and isinstance(each.value, ast.Constant)
                    }
                case _:
                    pass
    return found


def test_every_code_is_documented() -> None:
    assert raised_codes() - documented_codes() == set()


def test_every_documented_code_exists() -> None:
    """A rule's unknown names have codes that are put together: unknown_group and the like."""
    gone = documented_codes() - raised_codes()
    assert {code for code in gone if not code.startswith("unknown_")} == set()


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
