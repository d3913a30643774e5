"""The description: committed, complete, and true by example."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema_rs import Draft202012Validator

from app.api.openapi import NDJSON, slug_of
from app.api.operations import OPERATIONS
from app.data.samples.exchanges import Exchange, exchanges
from tests.api.client import client_of
from tools.examples import OUTPUT, examples

pytestmark = pytest.mark.anyio

COMMITTED = Path(__file__).parents[2] / "openapi" / "openapi.json"
JSON, PROBLEM = "application/json", "application/problem+json"
FILE = "*/*"
"""The media type of bodies that are files."""
HEADERS: Mapping[int, str] = {401: "WWW-Authenticate", 503: "Retry-After"}
TOO_LONG_TO_SHOW = {"show_protocol_schema"}
"""What it answers stands beside the description."""
Described = dict[str, Any]


@cache
def description() -> Described:
    found: Described = json.loads(COMMITTED.read_text("utf-8"))
    return found


@cache
def operations() -> list[tuple[str, str, Described]]:
    """Name, path and description of every operation."""
    return [
        (each["operationId"], path, each)
        for path, methods in description()["paths"].items()
        for each in methods.values()
    ]


def answers(described: Described) -> dict[int, Described]:
    """Every answer by its status, the shared ones looked up."""
    shared = description()["components"]["responses"]
    return {
        int(status): shared[each["$ref"].rpartition("/")[2]] if "$ref" in each else each
        for status, each in described["responses"].items()
    }


@cache
def described_by_name() -> dict[str, Described]:
    return {name: each for name, _, each in operations()}


def media_of(exchange: Exchange) -> str:
    return exchange.media or (PROBLEM if exchange.status >= 400 else JSON)


def body_of(described: Described) -> Described:
    """What is taken: JSON, or a file."""
    content = described["requestBody"]["content"]
    found: Described = content.get(JSON) or content[FILE]
    return found


def named(exchange: Exchange) -> str:
    return f"{exchange.operation}-{slug_of(exchange)}"


async def test_the_committed_description_is_the_one_that_is_served() -> None:
    async with client_of(auth="on") as client:
        assert (await client.get("/openapi.json")).json() == description()


async def test_with_authentication_off_nothing_is_said_of_keys(client: httpx.AsyncClient) -> None:
    served = (await client.get("/openapi.json")).json()
    assert "securitySchemes" not in served["components"]
    assert not any(
        "security" in each for path in served["paths"].values() for each in path.values()
    )


def test_it_is_openapi_3_1_with_title_version_and_tags() -> None:
    assert description()["openapi"].startswith("3.1")
    assert description()["info"]["title"] == "Doseguard"
    assert description()["info"]["version"] == "0.1.0"
    known = {tag["name"] for tag in description()["tags"]}
    assert {tag for _, _, each in operations() for tag in each["tags"]} == known


def test_the_table_has_every_operation_and_no_other() -> None:
    assert sorted(name for name, _, _ in operations()) == sorted(OPERATIONS)


def test_no_two_types_share_a_name() -> None:
    """One that does gets its module before its name: give it its own in app/api/openapi.py."""
    assert [name for name in description()["components"]["schemas"] if "__" in name] == []


def test_every_reference_leads_somewhere() -> None:
    components = description()["components"]
    there_are = {
        f"#/components/{kind}/{name}"
        for kind in ("headers", "responses", "schemas")
        for name in components[kind]
    }
    assert set(references(description())) - there_are == set()


def references(value: Any) -> Iterator[str]:
    match value:
        case {"$ref": str(reference)}:
            yield reference
        case dict():
            for each in value.values():
                yield from references(each)
        case list():
            for each in value:
                yield from references(each)
        case _:
            pass


def test_the_story_told_again_gives_the_same_examples() -> None:
    assert examples() == OUTPUT.read_text("utf-8")


def test_every_operation_has_an_example_of_what_it_takes_and_answers() -> None:
    for name, _, described in operations():
        of_it = [each for each in exchanges() if each.operation == name]
        assert len({slug_of(each) for each in of_it}) == len(of_it), name
        if name in TOO_LONG_TO_SHOW:
            continue
        done = [each for status, each in answers(described).items() if status < 300]
        shown = [content for each in done for content in each["content"].values()]
        assert any("examples" in each for each in shown), name
        if "requestBody" in described:
            assert body_of(described)["examples"], name
        for parameter in described.get("parameters", ()):
            assert "example" in parameter or not parameter["required"], (name, parameter["name"])


@pytest.mark.parametrize("header", ["If-Match", "If-None-Match", "Idempotency-Key"])
def test_some_operation_shows_the_header(header: str) -> None:
    shown = [
        parameter.get("example")
        for _, _, described in operations()
        for parameter in described.get("parameters", ())
        if parameter["name"].lower() == header.lower()
    ]
    assert any(shown)


@pytest.mark.parametrize("exchange", exchanges(), ids=named)
def test_the_description_shows_the_exchange(exchange: Exchange) -> None:
    described = described_by_name()[exchange.operation]
    name = slug_of(exchange)
    if exchange.body is not None:
        assert body_of(described)["examples"][name]["value"] == exchange.body
    answer = answers(described)[exchange.status]
    if exchange.answer is None:
        assert "content" not in answer
    else:
        assert answer["content"][media_of(exchange)]["examples"][name]["value"] == exchange.answer


@pytest.mark.parametrize("exchange", exchanges(), ids=named)
def test_an_answer_carries_the_headers_that_are_described(exchange: Exchange) -> None:
    described = described_by_name()[exchange.operation]
    told = {name.lower() for name in answers(described)[exchange.status].get("headers", ())}
    assert exchange.answer_headers.keys() <= told
    assert told & {"etag", "location"} <= exchange.answer_headers.keys()
    if isinstance(exchange.answer, dict) and exchange.answer.get("next") is not None:
        assert "link" in exchange.answer_headers


@pytest.mark.parametrize("exchange", exchanges(), ids=named)
def test_an_exchange_is_as_the_schemas_say(exchange: Exchange) -> None:
    described = described_by_name()[exchange.operation]
    contents = answers(described)[exchange.status].get("content", {})
    assert (exchange.answer is not None) == (media_of(exchange) in contents)
    if exchange.answer is not None:
        schema = contents[media_of(exchange)]["schema"]
        for value in values_of(exchange, schema):
            assert faults(schema, value) == []
    # That interventions may also be written as words, which adjudicate shows, no schema says yet.
    if exchange.status < 300 and exchange.body is not None and exchange.operation != "adjudicate":
        assert faults(body_of(described)["schema"], exchange.body) == []


def values_of(exchange: Exchange, schema: Described) -> list[Any]:
    """The answer; each of its lines, where the schema is that of a line."""
    if exchange.media == NDJSON and schema.get("type") != "string":
        return [json.loads(each) for each in exchange.answer.splitlines()]
    return [exchange.answer]


def faults(schema: Described, value: Any) -> list[str]:
    validator = validator_of(json.dumps(schema))
    return [f"{each.instance_path}: {each.message}" for each in validator.iter_errors(value)]


@cache
def validator_of(schema: str) -> Draft202012Validator:
    return Draft202012Validator({**json.loads(schema), "components": description()["components"]})


@pytest.mark.parametrize("operation", operations(), ids=lambda each: each[0])
def test_every_error_is_described_as_a_problem(operation: tuple[str, str, Described]) -> None:
    name, path, described = operation
    errors = {status: each for status, each in answers(described).items() if status >= 400}
    assert {422, 500} <= errors.keys()
    assert ({401, 403} <= errors.keys()) == path.startswith("/v1/")
    assert (503 in errors) == (name != "healthz")
    assert ("requestBody" in described) == (413 in errors)
    is_file = FILE in described.get("requestBody", {}).get("content", ())
    assert (413 in errors and not is_file) == ({400, 415} <= errors.keys())
    assert ("{" in path) == (404 in errors)
    for status, each in errors.items():
        assert each["content"].keys() == {PROBLEM}
        assert each["content"][PROBLEM]["schema"] == {"$ref": "#/components/schemas/Problem"}
        if status in HEADERS:
            assert each["headers"].keys() == {HEADERS[status]}


async def test_the_pages_to_try_it_on_come_from_this_service_alone(
    client: httpx.AsyncClient,
) -> None:
    page = (await client.get("/docs")).text
    assert "https://" not in page
    assert "http://" not in page
    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"):
        assert f"/docs/static/{name}" in page
        assert len((await client.get(f"/docs/static/{name}")).content) > 500
