"""Without keys the door is closed; it opens on loopback alone."""

import httpx
import pytest
from pydantic import ValidationError

from app.settings import Settings
from tests.api.client import client_of, is_problem
from tests.api.requests import one_patient

OPEN = [
    "/healthz", "/readyz", "/openapi.json", "/docs", "/docs/static/swagger-ui-bundle.js",
    "/docs/static/swagger-ui.css", "/docs/static/favicon.png",
]  # fmt: skip
CLOSED = [
    "/", "/v1/protocols", "/v1/protocols/NCT06886919", "/v1/dictionaries", "/v1/nothing",
    "/docs/", "/docs/static/redoc.standalone.js", "/healthz/", "//healthz", "/HEALTHZ",
]  # fmt: skip


@pytest.mark.anyio
@pytest.mark.parametrize("path", OPEN)
async def test_open_paths(path: str) -> None:
    async with client_of(auth="on") as client:
        assert (await client.get(path)).status_code == 200


@pytest.mark.anyio
@pytest.mark.parametrize("path", CLOSED)
async def test_everything_else_wants_a_key(path: str) -> None:
    async with client_of(auth="on") as client:
        answer = await client.get(httpx.URL("http://doseguard", raw_path=path.encode()))
    assert is_problem(answer)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.anyio
async def test_no_key_opens_the_door_yet() -> None:
    async with client_of(auth="on") as client:
        headers = {"Authorization": "Bearer dg_1_secret"}
        answer = await client.post("/v1/adjudicate", json=one_patient(), headers=headers)
    assert answer.status_code == 401


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_authentication_may_be_off_on_loopback(host: str) -> None:
    assert Settings(auth="off", host=host).auth == "off"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "example.org", ""])  # noqa: S104
def test_authentication_may_not_be_off_elsewhere(host: str) -> None:
    with pytest.raises(ValidationError, match="DOSEGUARD_AUTH=off is refused on"):
        Settings(auth="off", host=host)
    assert Settings(auth="on", host=host).host == host
