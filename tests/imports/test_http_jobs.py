"""Jobs over HTTP: how far they are, who sees them, how they are stopped, and who does them."""

from collections.abc import AsyncIterator
from typing import Any

import anyio
import httpx
import pytest

from app.domain.record.origin import ROLES, Role
from app.store.database import Database
from tests.api.client import InProcess, client_of
from tests.api.keys import bearer, issued
from tests.imports.files import AE, HOW, record_lines
from tests.imports.http import IMPORTS, PREVIEW, SYSTEM, Sending
from tests.record.service import STUDY, new_study, of_study

pytestmark = pytest.mark.anyio

LINES = record_lines(2)
OTHER = "CT1192"
MAY = {
    "import": {"data_manager", "site_user"},
    "preview": {"admin", "data_manager", "site_user"},
    "assemble": {"admin", "data_manager"},
    "rejected": {"admin", "data_manager", "site_user"},
    "file": {"admin", "auditor", "data_manager", "site_user"},
    "cancel": {"admin", "data_manager", "medical_monitor", "site_user"},
}


async def test_one_asks_again_until_it_is_over(sending: Sending) -> None:
    await sending.begin()
    path = (await sending.post(AE)).headers["location"]
    waiting = await sending.service.client.get(path)
    assert waiting.headers["retry-after"] == "1"
    sending.work()
    over = await sending.service.client.get(path)
    assert over.json()["state"] == "succeeded"
    assert "retry-after" not in over.headers


async def test_a_cancelled_job_goes_on_when_the_same_is_asked(sending: Sending) -> None:
    await sending.begin()
    asked = await sending.post(AE)
    path = asked.headers["location"]
    stopped = await sending.service.send("DELETE", path)
    assert (stopped.status_code, stopped.json()["state"]) == (200, "cancelled")
    assert stopped.json()["audit"]["seq"] > asked.json()["audit_seq"]
    assert sending.work() == 0
    again = await sending.post(AE)
    assert (again.status_code, again.json()["id"]) == (202, asked.json()["id"])
    assert sending.work() == 1
    assert (await sending.job(again.json()["id"]))["counts"]["accepted"] == 4


@pytest.mark.parametrize("state", ["succeeded", "failed", "cancelled"])
async def test_what_is_over_cannot_be_cancelled(sending: Sending, state: str) -> None:
    await sending.begin()
    content = "<ODM>" if state == "failed" else AE
    path = (await sending.post(content)).headers["location"]
    if state == "cancelled":
        await sending.service.send("DELETE", path)
    sending.work()
    before = (await sending.service.client.get(path)).json()
    assert before["state"] == state
    answer = await sending.service.send("DELETE", path)
    assert (answer.status_code, answer.json()["code"]) == (409, "job_over")
    assert (await sending.service.client.get(path)).json() == before


async def test_a_cancellation_is_done_once_under_its_key(sending: Sending) -> None:
    await sending.begin()
    path = (await sending.post(AE)).headers["location"]
    first = await sending.service.send("DELETE", path, Idempotency_Key="stop-1")
    again = await sending.service.send("DELETE", path, Idempotency_Key="stop-1")
    assert first.status_code == again.status_code == 200
    assert again.json() == first.json()
    assert (await sending.service.send("DELETE", path)).status_code == 409


async def test_a_file_is_imported_once_under_its_key(sending: Sending) -> None:
    await sending.begin()
    key = {"Idempotency-Key": "nightly-1"}
    ask = {"params": {"system": "edc"}, "headers": key}
    first = await sending.service.client.post(IMPORTS, content=AE, **ask)  # type: ignore[arg-type]
    assert (first.status_code, first.headers["retry-after"]) == (202, "1")
    sending.work()
    again = await sending.service.client.post(IMPORTS, content=AE, **ask)  # type: ignore[arg-type]
    assert (again.status_code, again.json()) == (202, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    for other in ({"content": AE + "\n"}, {"content": AE, "params": {"system": "rave"}}):
        answer = await sending.service.client.post(IMPORTS, **{**ask, **other})  # type: ignore[arg-type]
        assert answer.status_code in {404, 422}, answer.text
    known = await sending.post(AE)
    assert (known.status_code, known.json()["id"]) == (200, first.json()["id"])
    assert "retry-after" not in known.headers


async def test_an_assembly_is_asked_once_under_its_key(sending: Sending) -> None:
    await sending.begin()
    path = f"{SYSTEM}:assemble"
    first = await sending.service.send("POST", path, Idempotency_Key="again-1")
    again = await sending.service.send("POST", path, Idempotency_Key="again-1")
    assert first.status_code == again.status_code == 202
    assert again.json() == first.json()
    assert first.headers["retry-after"] == "1"
    waiting = await sending.service.send("POST", path, Idempotency_Key="again-2")
    assert (waiting.status_code, waiting.json()["id"]) == (200, first.json()["id"])
    sending.work()
    other = await sending.service.send("POST", path, Idempotency_Key="again-3")
    assert other.status_code == 202
    assert other.json()["id"] != first.json()["id"]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_an_unknown_job_is_not_there(sending: Sending, method: str) -> None:
    answer = await sending.service.send(method, "/v1/jobs/none")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_job")


async def test_jobs_are_listed_in_pages_and_by_kind_and_state(sending: Sending) -> None:
    await sending.begin()
    first = await sending.sent(AE)
    assembly = (await sending.service.send("POST", f"{SYSTEM}:assemble")).json()
    waiting = (await sending.post(LINES)).json()
    every = [first["id"], assembly["id"], waiting["id"]]
    found, path = [], of_study("jobs") + "?limit=1"
    while path:
        page = (await sending.service.client.get(path)).json()
        assert len(page["items"]) == 1
        found += [each["id"] for each in page["items"]]
        path = page["next"]
    assert found == every
    assert await _listed(sending, limit=3) == every
    assert await _listed(sending, kind="import") == [first["id"], waiting["id"]]
    assert await _listed(sending, kind="import", state="queued") == [waiting["id"]]
    assert await _listed(sending, state="succeeded") == [first["id"]]
    assert await _listed(sending, state="failed") == []
    assert await _listed(sending, after=first["audit_seq"]) == every[1:]


async def test_the_jobs_of_an_unknown_study_are_not_there(sending: Sending) -> None:
    answer = await sending.service.client.get("/v1/studies/NONE/jobs")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_study")


async def _listed(sending: Sending, **query: Any) -> list[str]:
    page = await sending.service.get(of_study("jobs"), **query)
    assert page["next"] is None
    return [each["id"] for each in page["items"]]


@pytest.mark.parametrize("beyond", [0, 1])
@pytest.mark.parametrize("path", [IMPORTS, PREVIEW])
async def test_a_file_has_at_most_so_many_bytes(
    sqlite_database: Database, path: str, beyond: int
) -> None:
    content = AE.encode()
    most = len(content) - beyond
    async with client_of(
        sqlite_database, auth="off", max_import_bytes=most, max_body_bytes=1024
    ) as client:
        await _begin(client)
        told = await client.post(path, params={"system": "edc"}, content=content)
        in_parts = await client.post(path, params={"system": "edc"}, content=_parts(content))
    for answer in (told, in_parts):
        if beyond:
            assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
            assert str(most) in answer.json()["detail"]
        else:
            assert answer.status_code < 300, answer.text


async def _parts(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 100):
        yield content[start : start + 100]


async def _begin(client: httpx.AsyncClient, key: dict[str, str] | None = None) -> None:
    for body in (new_study(), new_study(id=OTHER)):
        answer = await client.post("/v1/studies", json=body, headers=key)
        assert answer.status_code == 201, answer.text
    answer = await client.put(SYSTEM, json=HOW, headers=key)
    assert answer.status_code == 201, answer.text


async def test_a_key_of_one_study_sees_no_job_of_another(sqlite_database: Database) -> None:
    async with client_of(sqlite_database, auth="on") as client:
        await _begin(client, _key(sqlite_database, "admin", None))
        own = _key(sqlite_database, "data_manager", STUDY)
        asked = await client.post(IMPORTS, params={"system": "edc"}, content=AE, headers=own)
        job = asked.headers["location"]
        assert (await client.get(job, headers=own)).status_code == 200
        for role in ("admin", "data_manager", "auditor"):
            other = _key(sqlite_database, role, OTHER)
            answer = await client.get(job, headers=other)
            assert (answer.status_code, answer.json()["code"]) == (404, "unknown_job")
            for path in (of_study("jobs"), f"{IMPORTS}/{asked.json()['id']}/file"):
                answer = await client.get(path, headers=other)
                assert (answer.status_code, answer.json()["code"]) == (404, "unknown_study")
            # Below its own study it is not there either.
            path = f"/v1/studies/{OTHER}/imports/{asked.json()['id']}/file"
            answer = await client.get(path, headers=other)
            assert (answer.status_code, answer.json()["code"]) == (404, "unknown_job")
        other = _key(sqlite_database, "data_manager", OTHER)
        answer = await client.delete(job, headers=other)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_job")
        listed = await client.get(f"/v1/studies/{OTHER}/jobs", headers=other)
        assert listed.json()["items"] == []
        assert (await client.get(job, headers=own)).json()["state"] == "queued"


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_may_what_it_may(sqlite_database: Database, role: Role) -> None:
    async with client_of(sqlite_database, auth="on") as client:
        await _begin(client, _key(sqlite_database, "admin", None))
        feed = _key(sqlite_database, "data_manager", STUDY)
        asked = await client.post(IMPORTS, params={"system": "edc"}, content=AE, headers=feed)
        job = asked.json()["id"]
        key = _key(sqlite_database, role, STUDY)
        calls: dict[str, tuple[str, str]] = {
            "preview": ("POST", PREVIEW + "?system=edc"),
            "import": ("POST", IMPORTS + "?system=edc"),
            "assemble": ("POST", f"{SYSTEM}:assemble"),
            "rejected": ("GET", f"{IMPORTS}/{job}/rejected"),
            "file": ("GET", f"{IMPORTS}/{job}/file"),
            "cancel": ("DELETE", f"/v1/jobs/{job}"),
        }
        allowed = set()
        for name, (method, path) in calls.items():
            content = AE if method == "POST" and "system=" in path else None
            answer = await client.request(method, path, content=content, headers=key)
            assert answer.status_code in {200, 202, 403}, answer.text
            allowed |= {name} if answer.status_code != 403 else set()
        for path in (f"/v1/jobs/{job}", of_study("jobs")):
            assert (await client.get(path, headers=key)).status_code == 200
    assert allowed == {name for name, roles in MAY.items() if role in roles}


def _key(database: Database, role: Role, study: str | None) -> dict[str, str]:
    return bearer(issued(database, role, study).token)


async def test_the_service_does_its_jobs_itself(sqlite_database: Database) -> None:
    async with client_of(sqlite_database, auth="off") as client:
        transport = client._transport
        assert isinstance(transport, InProcess)
        app = transport.service
        async with app.router.lifespan_context(app):
            await _begin(client)
            told = [
                await _over(client, await client.post(IMPORTS, params=query, content=content))
                for query, content in (
                    ({"system": "edc"}, AE),
                    ({"system": "edc"}, "<ODM>"),
                    ({"system": "lines"}, LINES),
                )
            ]
        assert [each["state"] for each in told] == ["succeeded", "failed", "succeeded"]
        assert told[0]["counts"]["accepted"] == 4
        assert told[2]["counts"]["accepted"] == 10


async def _over(client: httpx.AsyncClient, asked: httpx.Response) -> Any:
    """The job once it is over, told as soon as it is."""
    assert asked.status_code == 202, asked.text
    with anyio.fail_after(60):
        while True:
            answer = await client.get(asked.headers["location"])
            if "retry-after" not in answer.headers:
                return answer.json()
