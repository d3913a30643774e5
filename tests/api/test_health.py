"""Alive as long as the process is; ready when everything packaged can be used."""

import httpx
import pytest

from app.api.routes import health
from app.data.protocols import protocol_ids
from app.domain.errors import BadProtocol
from tests.api.client import is_problem

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
    assert [each["id"] for each in answer["dictionaries"]] == ["ctcae-5.0"]
    assert {each["id"] for each in answer["protocols"]} == set(protocol_ids())


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
