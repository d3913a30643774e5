"""The JSON Schema of protocol documents over HTTP, and the one that is committed."""

import json
from pathlib import Path

import httpx
import pytest

from app.use_cases.protocol_schemas import schema_text
from tests.api.client import client_of

pytestmark = pytest.mark.anyio

PATH = "/v1/schemas/dlt-protocol"
COMMITTED = Path(__file__).parents[2] / "openapi" / "dlt-protocol.schema.json"


def test_the_committed_schema_is_the_one_that_is_served() -> None:
    assert COMMITTED.read_text("utf-8") == schema_text()


async def test_it_is_served_as_a_schema_with_its_name_and_dialect(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get(PATH)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/schema+json"
    assert answer.json()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert answer.json()["$id"] == "urn:doseguard:schema:dlt-protocol"
    assert answer.json() == json.loads(schema_text())


async def test_who_has_it_is_not_sent_it_again(client: httpx.AsyncClient) -> None:
    etag = (await client.get(PATH)).headers["etag"]
    again = await client.get(PATH, headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    other = await client.get(PATH, headers={"If-None-Match": '"another"'})
    assert other.status_code == 200


async def test_it_wants_a_key_as_everything_does() -> None:
    async with client_of(auth="on") as client:
        assert (await client.get(PATH)).status_code == 401
