"""The description: committed, complete, and true by example."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.api.openapi import EXAMPLE_PARAMETERS
from tests.api.client import client_of

pytestmark = pytest.mark.anyio

COMMITTED = Path(__file__).parents[2] / "openapi" / "openapi.json"
Operation = tuple[str, str, dict[str, Any]]


def operations() -> list[Operation]:
    """Method, path and description of every operation."""
    description = json.loads(COMMITTED.read_text("utf-8"))
    return [
        (method.upper(), path, operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    ]


def named(operation: Operation) -> str:
    return str(operation[2]["operationId"])


def url_of(path: str, name: str) -> str:
    """The path and query of an operation's example."""
    given = dict(EXAMPLE_PARAMETERS.get(name, {}))
    inside = {key: given.pop(key) for key in list(given) if f"{{{key}}}" in path}
    return str(httpx.URL(path.format(**inside), params=given))


async def test_the_committed_description_is_the_one_that_is_served() -> None:
    async with client_of(auth="on") as client:
        assert (await client.get("/openapi.json")).json() == json.loads(COMMITTED.read_text())


async def test_with_authentication_off_nothing_is_said_of_keys(client: httpx.AsyncClient) -> None:
    description = (await client.get("/openapi.json")).json()
    assert "securitySchemes" not in description["components"]
    assert "security" not in json.dumps(description["paths"])


def test_it_is_openapi_3_1_with_title_version_and_tags() -> None:
    description = json.loads(COMMITTED.read_text("utf-8"))
    assert description["openapi"].startswith("3.1")
    assert description["info"]["title"] == "Doseguard"
    assert description["info"]["version"] == "0.1.0"
    known = {tag["name"] for tag in description["tags"]}
    assert {tag for _, _, operation in operations() for tag in operation["tags"]} == known


@pytest.mark.parametrize("operation", operations(), ids=named)
async def test_the_example_of_an_operation_is_what_it_answers(
    client: httpx.AsyncClient, operation: Operation
) -> None:
    method, path, described = operation
    body = None
    if "requestBody" in described:
        examples = described["requestBody"]["content"]["application/json"]["examples"]
        body = next(iter(examples.values()))["value"]
    answer = await client.request(method, url_of(path, named(operation)), json=body)
    shown = described["responses"]["200"]["content"]["application/json"]["example"]
    assert (answer.status_code, answer.json()) == (200, shown)


async def test_every_example_of_a_request_is_answered(client: httpx.AsyncClient) -> None:
    for method, path, described in operations():
        content = described.get("requestBody", {}).get("content", {}).get("application/json", {})
        for name, example in content.get("examples", {}).items():
            answer = await client.request(method, path, json=example["value"])
            assert answer.status_code == 200, name


@pytest.mark.parametrize("operation", operations(), ids=named)
def test_every_error_is_described_as_a_problem(operation: Operation) -> None:
    _, path, described = operation
    statuses = {int(status) for status in described["responses"] if int(status) >= 400}
    assert {422, 500} <= statuses
    assert ({401, 403, 503} <= statuses) == path.startswith("/v1/")
    for status in statuses:
        content = described["responses"][str(status)]["content"]
        assert content == {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        }


async def test_the_pages_to_try_it_on_come_from_this_service_alone(
    client: httpx.AsyncClient,
) -> None:
    page = (await client.get("/docs")).text
    assert "https://" not in page
    assert "http://" not in page
    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"):
        assert f"/docs/static/{name}" in page
        assert len((await client.get(f"/docs/static/{name}")).content) > 500
