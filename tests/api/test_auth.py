"""A key that works opens the door; without one it is shut, and does not say why."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import httpx
import pytest
from pydantic import ValidationError

from app.api.keyring import KEPT_SECONDS
from app.api.openapi import EXAMPLE_TIME
from app.settings import Settings
from app.store.database import Database
from app.use_cases.keys import IssuedKey
from tests.api.client import client_of, is_problem
from tests.api.keys import bearer, issued, revoked
from tests.api.requests import one_patient

OPEN = [
    "/healthz", "/readyz", "/openapi.json", "/docs", "/docs/static/swagger-ui-bundle.js",
    "/docs/static/swagger-ui.css", "/docs/static/favicon.png",
]  # fmt: skip
CLOSED = [
    "/", "/v1/protocols", "/v1/protocols/NCT06886919", "/v1/dictionaries", "/v1/nothing",
    "/docs/", "/docs/static/redoc.standalone.js", "/healthz/", "//healthz", "/HEALTHZ",
]  # fmt: skip
SECOND = timedelta(seconds=1)
WELL_FORMED = f"dg_{'0' * 32}_{'A' * 43}"
"""The token of no key."""


@pytest.mark.anyio
@pytest.mark.parametrize("path", OPEN)
async def test_open_paths_ask_nobody(sqlite_database: Database, path: str) -> None:
    async with client_of(sqlite_database, auth="on") as client:
        assert (await client.get(path)).status_code == 200
        wrong = await client.get(path, headers=bearer(WELL_FORMED))
        assert wrong.status_code == 200


@pytest.mark.anyio
@pytest.mark.parametrize("path", CLOSED)
async def test_everything_else_wants_a_key(path: str) -> None:
    async with client_of(auth="on") as client:
        answer = await client.get(httpx.URL("http://doseguard", raw_path=path.encode()))
    assert is_problem(answer)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.anyio
async def test_a_key_opens(database: Database) -> None:
    key = issued(database, "site_user")
    async with client_of(database, auth="on", headers=bearer(key.token)) as client:
        assert (await client.get("/v1/dictionaries")).status_code == 200
        assert (await client.post("/v1/adjudicate", json=one_patient())).status_code == 200
        assert (await client.get("/v1/nothing")).status_code == 404


@pytest.mark.anyio
@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer  "])
async def test_the_scheme_may_be_written_in_any_case(
    sqlite_database: Database, scheme: str
) -> None:
    token = issued(sqlite_database, "auditor").token
    async with client_of(sqlite_database, auth="on") as client:
        answer = await client.get(
            "/v1/dictionaries", headers={"Authorization": f"{scheme} {token}"}
        )
    assert answer.status_code == 200


class Time:
    """A clock that moves only when told."""

    def __init__(self) -> None:
        self.now = EXAMPLE_TIME

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def key(sqlite_database: Database) -> IssuedKey:
    return issued(sqlite_database, "admin")


@pytest.fixture
def refused(sqlite_database: Database, key: IssuedKey) -> dict[str, list[tuple[str, str]]]:
    """Headers that open nothing, by what is wrong with them."""
    token = key.token
    expired = issued(sqlite_database, "admin", expires_at=EXAMPLE_TIME)
    ended = issued(sqlite_database, "admin")
    revoked(sqlite_database, ended.key.id)
    other = issued(sqlite_database, "admin").token
    tokens = {
        "empty": "",
        "unknown": WELL_FORMED,
        "another key's secret": f"{token[:36]}{other[36:]}",
        "a secret cut short": token[:-1],
        "a secret made longer": f"{token}A",
        "id in capitals": token[:35].upper() + token[35:],
        "no prefix": token[3:],
        "not ASCII": f"{token[:-1]}é",
        "expired": expired.token,
        "revoked": ended.token,
    }
    headers = {name: [("Authorization", f"Bearer {each}")] for name, each in tokens.items()}
    return headers | {
        "none": [],
        "scheme Basic": [("Authorization", f"Basic {token}")],
        "no scheme": [("Authorization", token)],
        "two": [("Authorization", f"Bearer {token}"), ("Authorization", f"Bearer {other}")],
        "in another header": [("X-Api-Key", token)],
    }


@pytest.mark.anyio
async def test_whatever_opens_nothing_is_refused_in_the_same_words(
    sqlite_database: Database, refused: dict[str, list[tuple[str, str]]]
) -> None:
    async with client_of(sqlite_database, auth="on") as client:
        answers = {}
        for name, given in refused.items():
            headers = [("X-Request-Id", "the-same"), *given]
            encoded = [(header.encode(), value.encode("latin-1")) for header, value in headers]
            answers[name] = await client.get("/v1/dictionaries", headers=encoded)
    first = answers["none"]
    assert is_problem(first)
    for name, answer in answers.items():
        assert answer.status_code == 401, name
        assert answer.content == first.content, name
        assert answer.headers == first.headers, name


@pytest.mark.anyio
async def test_a_key_works_until_the_instant_at_which_it_expires(
    sqlite_database: Database, time: Time
) -> None:
    token = issued(sqlite_database, "admin", expires_at=EXAMPLE_TIME + SECOND).token
    async with client_of(sqlite_database, time, auth="on", headers=bearer(token)) as client:
        time.now = EXAMPLE_TIME + SECOND - timedelta(microseconds=1)
        assert (await client.get("/v1/dictionaries")).status_code == 200
        time.now = EXAMPLE_TIME + SECOND
        assert (await client.get("/v1/dictionaries")).status_code == 401


@pytest.mark.anyio
async def test_a_revoked_key_opens_for_two_seconds_more_and_not_longer(
    sqlite_database: Database, key: IssuedKey, time: Time
) -> None:
    async with client_of(sqlite_database, time, auth="on", headers=bearer(key.token)) as client:
        assert (await client.get("/v1/dictionaries")).status_code == 200
        revoked(sqlite_database, key.key.id)
        time.now = EXAMPLE_TIME + KEPT_SECONDS * SECOND - timedelta(microseconds=1)
        assert (await client.get("/v1/dictionaries")).status_code == 200
        time.now = EXAMPLE_TIME + KEPT_SECONDS * SECOND
        assert (await client.get("/v1/dictionaries")).status_code == 401
    assert KEPT_SECONDS == 2


@pytest.mark.anyio
async def test_a_clock_that_is_set_back_keeps_no_key_longer(
    sqlite_database: Database, key: IssuedKey, time: Time
) -> None:
    async with client_of(sqlite_database, time, auth="on", headers=bearer(key.token)) as client:
        assert (await client.get("/v1/dictionaries")).status_code == 200
        revoked(sqlite_database, key.key.id)
        time.now = EXAMPLE_TIME - SECOND
        assert (await client.get("/v1/dictionaries")).status_code == 401


@pytest.mark.anyio
async def test_what_was_refused_is_asked_again_at_once(sqlite_database: Database) -> None:
    """A key that is made a moment after somebody tried it works at once."""
    async with client_of(sqlite_database, auth="on") as client:
        assert (await client.get("/v1/dictionaries")).status_code == 401
        token = issued(sqlite_database, "admin").token
        answer = await client.get("/v1/dictionaries", headers=bearer(token))
        assert answer.status_code == 200


@pytest.fixture
def far_away() -> Iterator[Database]:
    """A PostgreSQL that is not there."""
    database = Database("postgresql://nobody@127.0.0.1:1/nothing")
    yield database
    database.close()


@pytest.mark.anyio
async def test_while_the_database_is_away_clients_are_told_to_come_back(
    far_away: Database,
) -> None:
    async with client_of(far_away, auth="on", headers=bearer(WELL_FORMED)) as client:
        answer = await client.get("/v1/dictionaries")
        assert is_problem(answer)
        assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
        assert answer.headers["Retry-After"] == "1"
        assert (await client.get("/healthz")).status_code == 200
        malformed = await client.get("/v1/dictionaries", headers=bearer("dg_1_secret"))
        assert malformed.status_code == 401


@pytest.mark.anyio
async def test_a_database_that_was_not_migrated_is_said_to_be(
    bare_database: Database,
) -> None:
    async with client_of(bare_database, auth="on", headers=bearer(WELL_FORMED)) as client:
        answer = await client.get("/v1/dictionaries")
        assert is_problem(answer)
        assert (answer.status_code, answer.json()["code"]) == (503, "not_migrated")
        assert "doseguard migrate" in answer.json()["detail"]
        assert answer.headers["Retry-After"] == "1"


@pytest.mark.anyio
async def test_with_authentication_off_nobody_is_asked() -> None:
    async with client_of(auth="off") as client:
        assert (await client.get("/v1/dictionaries")).status_code == 200
        wrong = await client.get("/v1/dictionaries", headers=bearer("wrong"))
        assert wrong.status_code == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_authentication_may_be_off_on_loopback(host: str) -> None:
    assert Settings(auth="off", host=host).auth == "off"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "example.org", ""])  # noqa: S104
def test_authentication_may_not_be_off_elsewhere(host: str) -> None:
    with pytest.raises(ValidationError, match="DOSEGUARD_AUTH=off is refused on"):
        Settings(auth="off", host=host)
    assert Settings(auth="on", host=host).host == host
