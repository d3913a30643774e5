"""Records arrive: created, corrected, the same again, or too late; nothing is ever overwritten."""

from typing import Any

import pytest

from app.store.database import Database
from tests.api.client import is_problem
from tests.api.keys import bearer, issued
from tests.record.service import Service, at_database, by_source, event, of_study

pytestmark = pytest.mark.anyio

AT = "2026-03-20T00:00:00+00:00"
PATH = by_source("AE-1")
SHOWN = {"state": "active", "version": 1}


@pytest.fixture
async def begun(service: Service) -> Service:
    """A study with S-01, who was infused."""
    await service.begin(at=AT)
    await service.patient()
    return service


def graded(grade: int, **recorded: Any) -> dict[str, Any]:
    """An event of this grade for a day: from grade 4 on a DLT."""
    return event((grade, "2026-03-05"), (0, "2026-03-06"), **recorded)


def sent(grade: int, **source: Any) -> dict[str, Any]:
    return graded(grade, source=source)


async def versions(service: Service, path: str = PATH) -> list[tuple[int, str, int]]:
    """Number, result and highest grade of every version."""
    items = (await service.get(f"{path}/versions"))["items"]
    return [
        (each["version"], each["result"], each["content"]["grades"][0]["grade"]) for each in items
    ]


class TestTheFirstTime:
    async def test_a_record_is_created_and_judged(self, begun: Service) -> None:
        answer = await begun.send("PUT", PATH, graded(4))
        body = answer.json()
        assert (answer.status_code, body["result"]) == (201, "created")
        assert body["record"] | SHOWN == body["record"]
        assert body["record"]["key"] == "edc:AE-1"
        assert [each["verdicts"]["subject"]["status"] for each in body["adjudications"]] == ["DLT"]
        assert body["adjudications"][0]["verdicts"]["events"][0]["id"] == "edc:AE-1"

    async def test_its_tag_is_the_one_that_is_shown(self, begun: Service) -> None:
        created = await begun.send("PUT", PATH, graded(4))
        shown = await begun.client.get(PATH)
        tag = created.headers["ETag"]
        assert tag == shown.headers["ETag"] == created.json()["record"]["etag"]
        assert tag.startswith('"')
        assert tag.endswith('"')
        assert shown.json() == created.json()["record"]

    @pytest.mark.parametrize(
        "key", ["S-01.AE.3", "a b", "ä-事", "1:2", "%25", "..x", "O'Neill;--"]
    )
    async def test_a_system_names_its_records_as_it_likes(self, begun: Service, key: str) -> None:
        path = by_source(key.replace("%25", "%2525"))
        answer = await begun.done("PUT", path, graded(3))
        assert answer["record"]["key"] == f"edc:{key.replace('%25', '%25')}"
        assert (await begun.get(path))["key"] == answer["record"]["key"]

    async def test_one_id_of_two_systems_is_two_records(self, begun: Service) -> None:
        await begun.done("PUT", PATH, graded(4))
        other = PATH.replace("/edc/", "/safety/")
        assert (await begun.done("PUT", other, graded(3)))["result"] == "created"
        listed = (await begun.get(of_study("adverse-events")))["items"]
        assert [each["key"] for each in listed] == ["edc:AE-1", "safety:AE-1"]

    async def test_so_is_one_id_in_two_studies(self, begun: Service) -> None:
        await begun.begin("OTHER")
        await begun.done("PUT", PATH, graded(4))
        other = PATH.replace("/IC19-SLE/", "/OTHER/")
        assert (await begun.done("PUT", other, graded(4)))["result"] == "created"


class TestTheSameAgain:
    @pytest.mark.parametrize(
        "again",
        [
            graded(4),
            dict(reversed(graded(4).items())),
            graded(4, ongoing=None, facts={}, interventions=None),
            graded(4, term="  Lung infection "),
            graded(4, reason={"code": "AGAIN"}),
        ],
        ids=["to the letter", "in another order", "defaults", "spaces", "reason"],
    )
    async def test_nothing_is_written(self, begun: Service, again: dict[str, Any]) -> None:
        first = await begun.send("PUT", PATH, graded(4))
        before = begun.rows()
        answer = await begun.send("PUT", PATH, again, at="2026-03-21T00:00:00+00:00")
        assert answer.status_code == 200
        body = answer.json()
        assert (body["result"], body["audit"]) == ("unchanged", None)
        assert answer.headers["ETag"] == first.headers["ETag"]
        assert body["record"] == first.json()["record"]
        assert body["adjudications"] == first.json()["adjudications"]
        assert begun.rows() == before

    async def test_only_how_far_its_source_has_come_is_remembered(self, begun: Service) -> None:
        first = await begun.send("PUT", PATH, graded(4))
        before = begun.rows()
        again = graded(4, source={"time": "2026-03-19T00:00:00Z"})
        answer = await begun.send("PUT", PATH, again, at="2026-03-21T00:00:00+00:00")
        body = answer.json()
        assert (body["result"], body["audit"]) == ("unchanged", None)
        assert body["record"] == first.json()["record"]
        changed = [name for name, rows in begun.rows().items() if rows != before[name]]
        assert changed == ["adverse_events"]

    async def test_a_number_is_the_same_however_it_is_written(self, begun: Service) -> None:
        """But for its zeros, which a laboratory means."""
        path = by_source("LB-1", "laboratory-results")
        body = {"subject": "S-01", "measured_at": "2026-03-05", "analyte": "K"}
        await begun.done("PUT", path, {**body, "value": 5.1})
        assert (await begun.done("PUT", path, {**body, "value": "5.1"}))["result"] == "unchanged"
        assert (await begun.done("PUT", path, {**body, "value": "5.10"}))["result"] == "updated"

    async def test_what_was_corrected_back_is_a_version_of_its_own(self, begun: Service) -> None:
        for grade in (3, 4, 3):
            await begun.done("PUT", PATH, graded(grade))
        assert await versions(begun) == [(1, "created", 3), (2, "updated", 4), (3, "updated", 3)]


class TestCorrections:
    async def test_a_correction_is_a_version_and_a_verdict(self, begun: Service) -> None:
        await begun.done("PUT", PATH, graded(4))
        answer = await begun.send("PUT", PATH, graded(3))
        assert (answer.status_code, answer.json()["result"]) == (200, "updated")
        now = answer.json()["adjudications"][0]["verdicts"]
        assert [each["verdict"] for each in now["events"]] == ["NOT_DLT"]
        assert await versions(begun) == [(1, "created", 4), (2, "updated", 3)]

    async def test_an_event_that_moves_to_another_patient_judges_both(
        self, begun: Service
    ) -> None:
        await begun.patient("S-02")
        await begun.done("PUT", PATH, graded(4))
        moved = await begun.done("PUT", PATH, graded(4, subject="S-02"))
        status = {
            each["subject"]: each["verdicts"]["subject"]["status"]
            for each in moved["adjudications"]
        }
        assert status == {"S-01": "IN_WINDOW", "S-02": "DLT"}
        assert (await begun.verdicts("S-01"))["verdicts"]["events"] == []

    async def test_a_person_says_why_and_a_feed_may_leave_it_out(
        self, sqlite_database: Database
    ) -> None:
        with at_database(sqlite_database, auth="on") as service:
            service.headers.update(bearer(issued(sqlite_database, "admin").token))
            await service.begin()
            person = bearer(issued(sqlite_database, "site_user", person=True).token)
            feed = bearer(issued(sqlite_database, "data_manager").token)
            body: dict[str, Any] = {"exposures": []}
            path = of_study("subjects/S-01")
            await service.done("PUT", path, body, **person)
            again = await service.send("PUT", path, body, **person)
            assert again.json()["result"] == "unchanged"
            refused = await service.send("PUT", path, {"dose_level": "1"}, **person)
            assert (refused.status_code, refused.json()["code"]) == (422, "reason_required")
            source = {"audit_id": "A-9"}
            await service.done("PUT", path, {"dose_level": "1", "source": source}, **feed)
            reason = {"code": "SITE_CORRECTION", "text": "misread"}
            await service.done("PUT", path, {"dose_level": "2", "reason": reason}, **person)
            events = await service.audit(entity="subject")
        assert [(each["reason_code"], each["reason"]) for each in events] == [
            (None, None),
            ("NOT_TRANSMITTED", "audit record A-9 of the source"),
            ("SITE_CORRECTION", "misread"),
        ]
        assert [each["actor_kind"] for each in events] == ["person", "machine", "person"]


class TestPreconditions:
    async def test_the_tag_that_was_seen_lets_the_correction_in(self, begun: Service) -> None:
        tag = (await begun.send("PUT", PATH, graded(4))).headers["ETag"]
        answer = await begun.send("PUT", PATH, graded(3), If_Match=f'"other", {tag}')
        assert answer.status_code == 200
        assert answer.headers["ETag"] != tag

    async def test_one_that_is_outdated_does_not(self, begun: Service) -> None:
        tag = (await begun.send("PUT", PATH, graded(4))).headers["ETag"]
        now = (await begun.send("PUT", PATH, graded(3))).headers["ETag"]
        answer = await begun.send("PUT", PATH, graded(2), If_Match=tag)
        assert is_problem(answer)
        assert (answer.status_code, answer.json()["code"]) == (412, "precondition_failed")
        assert now in answer.json()["detail"]
        assert (await begun.get(PATH))["version"] == 2

    async def test_the_same_content_under_an_outdated_tag_is_refused_too(
        self, begun: Service
    ) -> None:
        tag = (await begun.send("PUT", PATH, graded(4))).headers["ETag"]
        await begun.done("PUT", PATH, graded(3))
        answer = await begun.send("PUT", PATH, graded(3), If_Match=tag)
        assert answer.status_code == 412

    @pytest.mark.parametrize(
        ("headers", "there", "not_there"),
        [
            ({}, 200, 201),
            ({"If-Match": "*"}, 200, 412),
            ({"If-None-Match": "*"}, 412, 201),
            ({"If-Match": '"1.0"'}, 412, 412),
        ],
    )
    async def test_whether_it_may_be_there(
        self, begun: Service, headers: dict[str, str], there: int, not_there: int
    ) -> None:
        await begun.done("PUT", PATH, graded(4))
        assert (await begun.send("PUT", PATH, graded(3), **headers)).status_code == there
        other = await begun.send("PUT", by_source("AE-2"), graded(3), **headers)
        assert other.status_code == not_there

    @pytest.mark.parametrize("headers", [{"If-Match": 'W/"1.0"'}, {"If-None-Match": '"1.0"'}])
    async def test_what_a_write_does_not_take_is_said(
        self, begun: Service, headers: dict[str, str]
    ) -> None:
        answer = await begun.send("PUT", PATH, graded(3), **headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_header")
        assert next(iter(headers)) in answer.json()["detail"]


class TestVoidAndRestore:
    WHY = {"reason": {"code": "DUPLICATE", "text": "the same as AE-2"}}  # noqa: RUF012

    async def test_what_is_void_counts_no_more_and_can_count_again(self, begun: Service) -> None:
        await begun.done("PUT", PATH, graded(4))
        voided = await begun.done("DELETE", PATH, self.WHY)
        assert (voided["result"], voided["record"]["state"]) == ("voided", "void")
        assert voided["adjudications"][0]["verdicts"]["events"] == []
        assert (await begun.get(PATH))["state"] == "void"
        restored = await begun.done("POST", f"{PATH}/restore", self.WHY)
        assert (restored["result"], restored["record"]["state"]) == ("restored", "active")
        assert restored["adjudications"][0]["verdicts"]["events"][0]["verdict"] == "DLT"
        assert await versions(begun) == [(1, "created", 4), (2, "voided", 4), (3, "restored", 4)]

    async def test_what_is_void_is_restored_before_it_is_corrected(self, begun: Service) -> None:
        await begun.done("PUT", PATH, graded(4))
        await begun.done("DELETE", PATH, self.WHY)
        for body in (graded(3), graded(4)):
            answer = await begun.send("PUT", PATH, body)
            assert (answer.status_code, answer.json()["code"]) == (409, "record_voided")

    async def test_a_reason_is_always_needed(self, begun: Service) -> None:
        await begun.done("PUT", PATH, graded(4))
        answer = await begun.send("DELETE", PATH, {})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/reason"

    async def test_a_patient_who_is_void_has_no_verdicts(self, begun: Service) -> None:
        await begun.done("PUT", PATH, graded(4))
        path = of_study("subjects/S-01")
        await begun.done("DELETE", path, self.WHY)
        gone = await begun.client.get(f"{path}/adjudication")
        assert (gone.status_code, gone.json()["code"]) == (404, "unknown_record")
        assert (await begun.get(of_study("adjudications")))["items"] == []
        assert (await begun.get(of_study("open-items")))["items"] == []
        await begun.done("POST", f"{path}/restore", self.WHY)
        assert (await begun.verdicts())["verdicts"]["subject"]["status"] == "DLT"
