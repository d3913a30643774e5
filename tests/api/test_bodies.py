"""A body is read in one way only, or refused."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.api.client import client_of, faults, is_problem
from tests.api.requests import one_patient

pytestmark = pytest.mark.anyio

JSON = {"Content-Type": "application/json"}


async def send(client: httpx.AsyncClient, body: bytes) -> httpx.Response:
    answer = await client.post("/v1/adjudicate", content=body, headers=JSON)
    assert is_problem(answer)
    return answer


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "line 1, column 1: it is empty"),
        (b" \n ", "line 2, column 2: it is empty"),
        (b'{"a": 1,\n "b": }', "line 2, column 7"),
        (b"{'a': 1}", "line 1, column 2"),
        (b'{"a": [1, 2}', "line 1, column 12"),
        (b'{"a": NaN}', "line 1, column 7: NaN is no number"),
        (b'{"NaN": "NaN",\n"a": [-Infinity]}', "line 2, column 7: -Infinity is no number"),
        (b'{"a": 1e999}', "the number 1e999 is too large"),
        (b'{"a": -1e999}', "the number -1e999 is too large"),
        (b'{"a": ' + b"9" * 5000 + b"}", "too many digits"),
        (b'{"a": "\\ud83d"}', "half of a surrogate pair"),
        (b"\xef\xbb\xbf{}", "line 1, column 1"),
    ],
    ids=lambda value: value[:24].decode("latin-1") if isinstance(value, bytes) else "",
)
async def test_no_json(client: httpx.AsyncClient, body: bytes, said: str) -> None:
    answer = await send(client, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "not_json")
    assert said in answer.json()["detail"]


async def test_no_utf8(client: httpx.AsyncClient) -> None:
    answer = await send(client, b'{"a": "\xff"}')
    assert (answer.status_code, answer.json()["code"]) == (400, "not_utf8")
    assert "byte 7" in answer.json()["detail"]


async def test_a_whole_surrogate_pair_is_a_character(client: httpx.AsyncClient) -> None:
    request = one_patient()
    request["subject"]["site"] = "\N{HOSPITAL}"
    body = json.dumps(request).encode()
    assert b"\\ud83c" in body
    answer = await client.post("/v1/adjudicate", content=body, headers=JSON)
    assert answer.status_code == 200


@pytest.mark.parametrize("deep", [b"[" * 100_000, b'{"a":' * 100_000, b'[{"a":' * 100_000])
async def test_nesting_without_end(client: httpx.AsyncClient, deep: bytes) -> None:
    answer = await send(client, deep)
    assert (answer.status_code, answer.json()["code"]) == (400, "too_deep")


@pytest.mark.parametrize(("depth", "code"), [(64, "invalid_request"), (65, "too_deep")])
async def test_the_depth_that_is_read(client: httpx.AsyncClient, depth: int, code: str) -> None:
    answer = await send(client, b"[" * depth + b"]" * depth)
    assert answer.json()["code"] == code


async def test_a_key_that_stands_twice_is_refused_at_every_place(
    client: httpx.AsyncClient,
) -> None:
    body = b'{"as_of": "2026", "as_of": "2027", "subject": {"events": [{}, {"a/b": 1, "a/b": 2}]}}'
    answer = await send(client, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "duplicate_key")
    assert faults(answer) == [
        ("/as_of", "duplicate_key"),
        ("/subject/events/1/a~1b", "duplicate_key"),
    ]


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "json",
        "text/json",
        "application/x-www-form-urlencoded",
        "application/json; charset=latin-1",
        "application/json; charset=utf-8; charset=latin-1",
        "application/json-seq",
        "application/merge-patch+json",
        "application/vnd.site+json",
    ],
)
async def test_a_body_that_is_not_declared_as_json(
    client: httpx.AsyncClient, content_type: str | None
) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    answer = await client.post("/v1/adjudicate", content=b"{}", headers=headers)
    assert is_problem(answer)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        "application/json;charset=utf-8",
        'application/json; charset="UTF-8"',
        "application/json; profile=site",
    ],
)
async def test_a_body_that_is(client: httpx.AsyncClient, content_type: str) -> None:
    answer = await client.post(
        "/v1/adjudicate",
        content=json.dumps(one_patient()),
        headers={"Content-Type": content_type},
    )
    assert answer.status_code == 200


async def in_pieces(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 1024):
        yield b" " * 1024


@pytest.mark.parametrize("path", ["/v1/adjudicate", "/no/such/path"])
async def test_ten_megabytes_are_too_many(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.post(path, content=b" " * 10_485_760, headers=JSON)
    assert is_problem(answer)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert "2,097,152 bytes" in answer.json()["detail"]


@pytest.mark.parametrize("over", [1024, 100 * 1024], ids=["by the last piece", "long before"])
async def test_too_many_bytes_that_nobody_announced(over: int) -> None:
    async with client_of(auth="off", max_body_bytes=4096) as client:
        answer = await client.post("/v1/adjudicate", content=in_pieces(4096 + over), headers=JSON)
    assert is_problem(answer)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize(("size", "status"), [(4096, 400), (4097, 413)])
async def test_the_largest_body_that_is_read(size: int, status: int) -> None:
    async with client_of(auth="off", max_body_bytes=4096) as client:
        answer = await client.post("/v1/adjudicate", content=b" " * size, headers=JSON)
    assert answer.status_code == status


@pytest.mark.parametrize("announced", ["10", "9999"])
async def test_a_client_that_leaves_before_its_body_is_sent(announced: str) -> None:
    """Nobody hears the answer; what matters is that it is no error of ours."""
    async with client_of(auth="off", max_body_bytes=4096) as client:
        app = client._transport.app  # type: ignore[attr-defined]
    sent = []

    async def leave() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json"), (b"content-length", announced.encode())]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/adjudicate",
        "query_string": b"",
        "headers": headers,
    }
    await app(scope, leave, send)
    assert sent[0]["status"] == (400 if announced == "10" else 413)


async def test_a_client_that_waits_for_leave_is_refused_at_once() -> None:
    """It has sent no body yet; to wait for one would hold both up."""
    headers = {**JSON, "Content-Length": "5000", "Expect": "100-continue"}
    async with client_of(auth="off", max_body_bytes=4096) as client:
        answer = await client.post("/v1/adjudicate", content=b"", headers=headers)
    assert answer.status_code == 413
