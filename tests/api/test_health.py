"""Alive as long as the process is; ready when everything packaged can be used."""

from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from app.api.routes import health
from app.data.dictionaries import available
from app.data.protocols import protocol_ids
from app.domain.errors import BadProtocol
from app.store.database import Database, sqlite_url
from app.store.migrate import head
from app.store.tables import APPEND_ONLY
from tests.api.client import client_of, is_problem

pytestmark = pytest.mark.anyio


async def test_alive(client: httpx.AsyncClient) -> None:
    answer = await client.get("/healthz")
    assert answer.json() == {
        "status": "ok",
        "engine_version": "0.1.0",
        "time": "2026-03-01T02:00:00Z",
    }


async def test_ready(client: httpx.AsyncClient) -> None:
    answer = (await client.get("/readyz")).json()
    assert answer["status"] == "ready"
    assert [each["id"] for each in answer["dictionaries"]] == list(available())
    assert {each["id"] for each in answer["protocols"]} == set(protocol_ids())
    assert (answer["database"], answer["revision"]) == ("sqlite", head())


async def test_not_ready_while_something_packaged_cannot_be_used(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: str) -> None:
        raise BadProtocol("NCT00000000", ())

    monkeypatch.setattr(health, "load", broken)
    answer = await client.get("/readyz")
    assert is_problem(answer)
    assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
    assert "NCT00000000" in answer.json()["detail"]
    assert (await client.get("/healthz")).status_code == 200


async def test_not_ready_before_the_tables_are_made(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path))
    async with client_of(database, auth="off") as client:
        answer = await client.get("/readyz")
    database.close()
    assert is_problem(answer)
    assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
    assert answer.headers["Retry-After"] == "1"
    assert "migration none" in answer.json()["detail"]


async def test_not_ready_while_a_guard_is_off(
    client: httpx.AsyncClient, sqlite_database: Database
) -> None:
    with sqlite_database.writing() as connection:
        connection.execute(text(f"DROP TRIGGER {APPEND_ONLY[0]}_no_delete"))
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
    assert f"{APPEND_ONLY[0]}_no_delete must be on" in answer.json()["detail"]


async def test_not_ready_while_the_database_does_not_answer() -> None:
    async with client_of(auth="off") as client:
        answer = await client.get("/readyz")
    assert is_problem(answer)
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert answer.headers["Retry-After"] == "1"
