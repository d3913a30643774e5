"""A request that a client may have to send twice is done once, and answered alike."""

import asyncio
import threading
from typing import Any, Final

import pytest

from app.store.database import DatabaseUnavailable
from app.store.idempotency import ANSWERS
from app.store.writer import Unit
from tests.api.client import InProcess, is_problem
from tests.api.keys import bearer, issued
from tests.record.service import Service, at_database, by_source, event, new_study, of_study
from tests.store.rows import rows_of

pytestmark = pytest.mark.anyio

HOLDS: Final = of_study("holds")
HOLD: Final = {"scope": {}, "reason": "a death", "reported_by": "Dr. Li"}
WHY: Final = {"reason": {"code": "DUPLICATE"}}
KEY: Final = {"Idempotency-Key": "K-1"}
REPLAYED: Final = "Idempotent-Replayed"


@pytest.fixture
async def begun(any_service: Service) -> Service:
    await any_service.begin(at="2026-03-20T00:00:00+00:00")
    await any_service.patient()
    await any_service.event("AE-1", (4, "2026-03-05"), (0, "2026-03-06"))
    return any_service


#: Every operation that takes a key, but the adding of a protocol, which is like the others.
REQUESTS: Final = {
    "create a study": ("POST", "/v1/studies", new_study(id="ANOTHER")),
    "activate a version": (
        "POST",
        of_study("protocol"),
        {"version": "1", "effective": "2026-04-01", "applies_to": "all", **WHY},
    ),
    "a batch": (
        "POST",
        of_study("adverse-events/batch"),
        {
            "mode": "atomic",
            "items": [event((3, "2026-03-05"), source={"system": "edc", "record_id": "B"})],
        },
    ),
    "void": ("DELETE", by_source("AE-1"), WHY),
    "hold": ("POST", HOLDS, HOLD),
}


class TestTheSameAgain:
    @pytest.mark.parametrize("name", list(REQUESTS))
    async def test_it_is_answered_as_the_first_time_and_nothing_is_done(
        self, begun: Service, name: str
    ) -> None:
        method, path, body = REQUESTS[name]
        first = await begun.send(method, path, body, **KEY)
        rows = begun.rows()
        again = await begun.send(method, path, body, at="2026-03-21T00:00:00+00:00", **KEY)
        assert REPLAYED not in first.headers
        assert again.headers[REPLAYED] == "true"
        assert (again.status_code, again.content) == (first.status_code, first.content)
        for header in ("ETag", "Location", "Content-Type"):
            assert again.headers.get(header) == first.headers.get(header)
        assert begun.rows() == rows

    async def test_what_has_happened_since_does_not_change_the_answer(
        self, begun: Service
    ) -> None:
        first = await begun.send("DELETE", by_source("AE-1"), WHY, **KEY)
        await begun.done("POST", f"{by_source('AE-1')}/restore", WHY)
        again = await begun.send("DELETE", by_source("AE-1"), WHY, **KEY)
        assert again.json() == first.json()
        assert (await begun.get(by_source("AE-1")))["state"] == "active"

    async def test_without_a_key_it_is_done_again(self, begun: Service) -> None:
        for _ in range(2):
            await begun.done("POST", HOLDS, HOLD)
        assert len((await begun.get(HOLDS))["items"]) == 2

    async def test_so_is_it_with_another_key(self, begun: Service) -> None:
        for key in ("K-1", "K-2"):
            await begun.done("POST", HOLDS, HOLD, Idempotency_Key=key)
        assert len((await begun.get(HOLDS))["items"]) == 2

    async def test_the_event_names_the_key(self, begun: Service) -> None:
        await begun.done("POST", HOLDS, HOLD, **KEY)
        assert (await begun.audit())[-1]["idempotency_key"] == "K-1"


class TestAnotherRequest:
    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("POST", HOLDS, {**HOLD, "reason": "another death"}),
            ("POST", of_study("holds", "OTHER"), HOLD),
            ("DELETE", by_source("AE-1"), WHY),
            ("POST", f"{HOLDS}?", dict(reversed(HOLD.items()))),
        ],
        ids=["another body", "another path", "another method", "in another order"],
    )
    async def test_its_key_has_to_be_another(
        self, begun: Service, method: str, path: str, body: Any
    ) -> None:
        await begun.begin("OTHER")
        await begun.done("POST", HOLDS, HOLD, **KEY)
        rows = begun.rows()
        answer = await begun.send(method, path, body, **KEY)
        assert is_problem(answer)
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
        assert begun.rows() == rows

    async def test_a_key_has_1_to_255_characters(self, begun: Service) -> None:
        for length, status in ((0, 422), (1, 201), (255, 201), (256, 422)):
            answer = await begun.send("POST", HOLDS, HOLD, Idempotency_Key="k" * length)
            assert answer.status_code == status

    async def test_what_another_client_sends_under_the_same_key_is_another_request(
        self, sqlite_database: Any
    ) -> None:
        with at_database(sqlite_database, auth="on") as service:
            service.headers.update(bearer(issued(sqlite_database, "admin").token))
            await service.begin()
            one, other = (
                bearer(issued(sqlite_database, "medical_monitor").token) for _ in range(2)
            )
            first = await service.done("POST", HOLDS, HOLD, **KEY, **one)
            second = await service.send("POST", HOLDS, HOLD, **KEY, **other)
            assert REPLAYED not in second.headers
            assert second.json()["hold"]["id"] != first["hold"]["id"]


class TestWhatIsNotKept:
    async def test_a_refused_request_keeps_its_key_free(self, begun: Service) -> None:
        refused = await begun.send("POST", HOLDS, {**HOLD, "reason": ""}, **KEY)
        assert refused.status_code == 422
        done = await begun.send("POST", HOLDS, HOLD, **KEY)
        assert (done.status_code, REPLAYED in done.headers) == (201, False)

    async def test_so_does_one_that_is_refused_under_the_lock(self, begun: Service) -> None:
        path = f"{by_source('AE-1')}/restore"
        refused = await begun.send("POST", path, WHY, **KEY)
        assert (refused.status_code, refused.json()["code"]) == (409, "not_voided")
        assert begun.rows()["idempotent_answers"] == []
        await begun.done("DELETE", by_source("AE-1"), WHY)
        done = await begun.send("POST", path, WHY, **KEY)
        assert (done.status_code, REPLAYED in done.headers) == (200, False)

    async def test_so_does_one_that_failed(
        self, begun: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: Any, **__: Any) -> None:
            raise DatabaseUnavailable

        with monkeypatch.context() as broken:
            broken.setattr("app.api.routes.holds.place", fail)
            failed = await begun.send("POST", HOLDS, HOLD, **KEY)
        assert (failed.status_code, failed.headers["Retry-After"]) == (503, "1")
        done = await begun.send("POST", HOLDS, HOLD, **KEY)
        assert (done.status_code, REPLAYED in done.headers) == (201, False)

    async def test_the_answer_is_kept_with_what_was_done_or_not_at_all(
        self, begun: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: Any, **__: Any) -> None:
            raise ZeroDivisionError

        rows = begun.rows()
        with monkeypatch.context() as broken:
            broken.setattr("app.api.writing.keep_answer", fail)
            assert (await begun.send("POST", HOLDS, HOLD, **KEY)).status_code == 500
        assert begun.rows() == rows

    async def test_one_answer_is_kept_of_each(self, begun: Service) -> None:
        for _ in range(3):
            await begun.done("POST", HOLDS, HOLD, **KEY)
        with begun.database.reading() as connection:
            assert len(rows_of(connection, ANSWERS)) == 1


class TestWhileTheFirstIsRunning:
    async def test_the_second_is_told_to_come_again(self, begun: Service) -> None:
        transport = begun.client._transport
        assert isinstance(transport, InProcess)
        writer = transport.service.state.record.writer
        holding, go_on = threading.Event(), threading.Event()

        def hold_up(_: Unit) -> None:
            holding.set()
            assert go_on.wait(10)

        blocked = writer.submit(hold_up)
        assert await asyncio.to_thread(holding.wait, 10)
        first = asyncio.create_task(begun.send("POST", HOLDS, HOLD, **KEY))
        while not transport.service.state.record.running:
            await asyncio.sleep(0)
        second = await begun.send("POST", HOLDS, HOLD, **KEY)
        other = asyncio.create_task(begun.send("POST", HOLDS, HOLD, Idempotency_Key="K-2"))
        go_on.set()
        blocked.result(10)
        assert is_problem(second)
        assert (second.status_code, second.json()["code"]) == (409, "idempotency_key_in_use")
        assert second.headers["Retry-After"] == "1"
        assert (await first).status_code == (await other).status_code == 201
        third = await begun.send("POST", HOLDS, HOLD, **KEY)
        assert third.content == (await first).content
        assert len((await begun.get(HOLDS))["items"]) == 2
