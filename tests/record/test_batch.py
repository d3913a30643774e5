"""A batch tells of each item what became of it, and judges each patient once."""

import json
from typing import Any, Final

import pytest

from tests.api.client import client_of, is_problem
from tests.record.service import Service, by_source, event, of_study

pytestmark = pytest.mark.anyio

PATH: Final = of_study("adverse-events/batch")
AT: Final = "2026-03-20T00:00:00+00:00"


def item(key: str, grade: int = 3, **changes: Any) -> dict[str, Any]:
    """An event of this grade for a day, with its identity."""
    source = {"system": "edc", "record_id": key, **changes.pop("source", {})}
    return event((grade, "2026-03-05"), (0, "2026-03-06"), **{**changes, "source": source})


@pytest.fixture
async def begun(service: Service) -> Service:
    return await begin(service)


async def begin(service: Service) -> Service:
    await service.begin(at=AT)
    await service.patient()
    await service.patient("S-02")
    return service


async def batch(service: Service, *items: Any, **more: Any) -> Any:
    """An answer to a batch that is taken."""
    body = {"mode": "independent", "items": items, **more}
    return await service.done("POST", PATH, body)


async def count(service: Service, subject: str = "S-01") -> int:
    return len(await service.adjudications(subject))


BAD: Final = {
    "no such grade": item("B-1", baseline_grade=9),
    "an impossible date": item("B-1", ongoing_as_of="2026-02-30"),
    "no identity": {**item("B-1"), "source": {"system": "edc"}},
    "a misspelt field": item("B-1", clinically_signifcant=True),
    "another version": item("B-1", if_match='"1.0"'),
}
WHY: Final = {
    "no such grade": (422, "/items/1/baseline_grade", "bad_grade"),
    "an impossible date": (422, "/items/1/ongoing_as_of", "bad_time"),
    "no identity": (422, "/items/1/source/record_id", "required"),
    "a misspelt field": (422, "/items/1/clinically_signifcant", "unknown_field"),
    "another version": (412, None, "precondition_failed"),
}


class TestEachItem:
    async def test_the_answer_is_in_the_order_of_the_request(self, begun: Service) -> None:
        await batch(begun, item("AE-3", source={"sequence": 5}), item("AE-2"))
        answer = await batch(
            begun,
            item("AE-2"),
            item("AE-9"),
            item("AE-3", 4, source={"sequence": 4}),
            item("AE-1", baseline_grade=9),
            item("AE-3", 4, source={"sequence": 6}),
        )
        told = [(each["index"], each["key"], each["result"]) for each in answer["items"]]
        assert told == [
            (0, "edc:AE-2", "unchanged"),
            (1, "edc:AE-9", "created"),
            (2, "edc:AE-3", "stale"),
            (3, None, "rejected"),
            (4, "edc:AE-3", "updated"),
        ]
        counts = {"created": 1, "rejected": 1, "stale": 1, "unchanged": 1, "updated": 1}
        assert answer["counts"] == counts

    async def test_it_becomes_what_it_would_have_become_by_itself(self, begun: Service) -> None:
        answer = await batch(begun, item("AE-1", 4))
        written = answer["items"][0]
        assert written["record"] == await begun.get(by_source("AE-1"))
        made = (await begun.audit(entity="adverse_event"))[-1]
        assert written["audit"] == {"seq": made["seq"], "leaf_hash": made["leaf_hash"]}
        again = await begun.event("AE-1", (4, "2026-03-05"), (0, "2026-03-06"))
        assert (again["result"], again["record"]) == ("unchanged", written["record"])

    async def test_what_its_source_said_comes_with_it_without_the_identity(
        self, begun: Service
    ) -> None:
        source = {"sequence": 3, "user": "Nurse 7", "status": "signed"}
        await batch(begun, item("AE-1", source=source))
        assert (await begun.get(by_source("AE-1")))["source"] == source

    @pytest.mark.parametrize(
        ("condition", "result"),
        [
            ({"if_match": "*"}, "updated"),
            ({"if_none_match": "*"}, "rejected"),
            ({"if_match": '"2.0"'}, "rejected"),
        ],
    )
    async def test_it_may_say_what_its_client_has_seen(
        self, begun: Service, condition: dict[str, str], result: str
    ) -> None:
        await batch(begun, item("AE-1"))
        answer = await batch(begun, item("AE-1", 4, **condition))
        assert answer["items"][0]["result"] == result


class TestIndependent:
    @pytest.mark.parametrize("why", list(BAD))
    async def test_what_is_refused_leaves_the_others_alone(self, begun: Service, why: str) -> None:
        answer = await batch(begun, item("A-1", 4), BAD[why], item("C-1"))
        assert [each["result"] for each in answer["items"]] == ["created", "rejected", "created"]
        refusal = answer["items"][1]["refusal"]
        status, pointer, code = WHY[why]
        assert refusal["status"] == status
        if pointer is None:
            assert (refusal["code"], refusal["errors"]) == (code, [])
        else:
            assert [(each["pointer"], each["code"]) for each in refusal["errors"]] == [
                (pointer, code)
            ]
        listed = (await begun.get(of_study("adverse-events")))["items"]
        assert [each["key"] for each in listed] == ["edc:A-1", "edc:C-1"]
        assert answer["adjudications"][0]["verdicts"]["subject"]["status"] == "DLT"

    async def test_one_that_comes_twice_is_written_twice(self, begun: Service) -> None:
        answer = await batch(begun, item("AE-1"), item("AE-1", 4), item("AE-1", 4))
        assert [each["result"] for each in answer["items"]] == ["created", "updated", "unchanged"]

    async def test_where_all_are_refused_nothing_is_written(self, begun: Service) -> None:
        rows = begun.rows()
        answer = await batch(begun, *BAD.values())
        assert (answer["counts"], answer["adjudications"]) == ({"rejected": len(BAD)}, [])
        assert begun.rows() == rows


class TestAtomic:
    async def test_all_are_written(self, begun: Service) -> None:
        answer = await batch(begun, item("AE-1", 4), item("AE-2"), mode="atomic")
        assert answer["counts"] == {"created": 2}

    @pytest.mark.parametrize("why", list(BAD))
    async def test_one_that_is_refused_refuses_all(self, begun: Service, why: str) -> None:
        rows = begun.rows()
        body = {"mode": "atomic", "items": [item("A-1", 4), BAD[why], item("C-1")]}
        answer = await begun.send("POST", PATH, body)
        assert is_problem(answer)
        assert (answer.status_code, answer.json()["code"]) == (422, "batch_rejected")
        _, pointer, code = WHY[why]
        told = [(each["pointer"], each["code"]) for each in answer.json()["errors"]]
        assert told == [(pointer or "/items/1", code)]
        assert begun.rows() == rows

    async def test_every_fault_of_every_item_is_told_at_once(self, begun: Service) -> None:
        items = [BAD["no such grade"], item("A-1"), BAD["no identity"], item("A-1")]
        answer = await begun.send("POST", PATH, {"mode": "atomic", "items": items})
        told = [(each["pointer"], each["code"]) for each in answer.json()["errors"]]
        assert told == [
            ("/items/0/baseline_grade", "bad_grade"),
            ("/items/2/source/record_id", "required"),
            ("/items/3/source/record_id", "duplicate_id"),
        ]

    async def test_what_an_item_wrote_is_taken_back_with_the_others(
        self, any_service: Service
    ) -> None:
        begun = await begin(any_service)
        await batch(begun, item("AE-1"))
        await begun.done("DELETE", by_source("AE-1"), {"reason": {"code": "DUPLICATE"}})
        rows = begun.rows()
        body = {"mode": "atomic", "items": [item("A-1"), item("AE-1", 4)]}
        answer = await begun.send("POST", PATH, body)
        assert [each["code"] for each in answer.json()["errors"]] == ["record_voided"]
        assert begun.rows() == rows


class TestOncePerPatient:
    @pytest.fixture
    async def begun(self, any_service: Service) -> Service:
        return await begin(any_service)

    async def test_each_patient_concerned_is_judged_once(self, begun: Service) -> None:
        before = await count(begun), await count(begun, "S-02")
        items = [item(f"AE-{number}") for number in range(5)]
        answer = await batch(begun, *items, item("B-1", 4, subject="S-02"))
        assert (await count(begun), await count(begun, "S-02")) == (before[0] + 1, before[1] + 1)
        status = {
            each["subject"]: each["verdicts"]["subject"]["status"]
            for each in answer["adjudications"]
        }
        assert status == {"S-01": "IN_WINDOW", "S-02": "DLT"}

    async def test_both_patients_are_judged_where_one_moves(self, begun: Service) -> None:
        await batch(begun, item("AE-1", 4))
        answer = await batch(begun, item("AE-1", 4, subject="S-02"))
        status = {
            each["subject"]: each["verdicts"]["subject"]["status"]
            for each in answer["adjudications"]
        }
        assert status == {"S-01": "IN_WINDOW", "S-02": "DLT"}

    async def test_what_changes_nothing_tells_the_verdicts_that_stand(
        self, begun: Service
    ) -> None:
        first = await batch(begun, item("AE-1", 4))
        number = await count(begun)
        again = await batch(begun, item("AE-1", 4), item("AE-1", 4))
        assert again["adjudications"] == first["adjudications"]
        assert await count(begun) == number


class TestDryRun:
    @pytest.fixture
    async def begun(self, any_service: Service) -> Service:
        return await begin(any_service)

    @pytest.mark.parametrize("mode", ["atomic", "independent"])
    async def test_nothing_is_kept_and_the_answer_is_what_it_would_be(
        self, begun: Service, mode: str
    ) -> None:
        await batch(begun, item("AE-1"))
        rows = begun.rows()
        items = (item("AE-1", 4), item("AE-2"))
        tried = await batch(begun, *items, mode=mode, dry_run=True)
        assert begun.rows() == rows
        assert [each["audit"] for each in tried["items"]] == [None, None]
        done = await batch(begun, *items, mode=mode)
        assert tried["dry_run"] is not done["dry_run"]
        assert tried["counts"] == done["counts"] == {"created": 1, "updated": 1}
        assert verdicts_in(tried) == verdicts_in(done)
        for one, other in zip(tried["items"], done["items"], strict=True):
            assert one["record"]["content"] == other["record"]["content"]

    async def test_its_key_is_free_for_the_batch_itself(self, begun: Service) -> None:
        body = {"mode": "atomic", "items": [item("AE-1", 4)]}
        tried = await begun.send("POST", PATH, {**body, "dry_run": True}, Idempotency_Key="K")
        done = await begun.send("POST", PATH, body, Idempotency_Key="K")
        assert (tried.status_code, done.status_code) == (200, 200)
        assert "Idempotent-Replayed" not in done.headers
        assert done.json()["items"][0]["result"] == "created"


class TestTheWhole:
    @pytest.mark.parametrize(("number", "status"), [(500, 200), (501, 413)])
    async def test_500_items_and_no_more(self, begun: Service, number: int, status: int) -> None:
        items: list[Any] = [{"source": {}}] * number
        body = {"mode": "independent", "items": items}
        answer = await begun.send("POST", PATH, body)
        assert answer.status_code == status
        if status == 413:
            assert is_problem(answer)
            assert answer.json()["code"] == "batch_too_large"

    async def test_a_body_that_is_too_large(self, begun: Service) -> None:
        text = json.dumps({"mode": "atomic", "items": [item("AE-1", term="x" * 2_100_000)]})
        headers = {"Content-Type": "application/json"}
        answer = await begun.client.post(PATH, content=text, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")

    @pytest.mark.parametrize(
        ("changes", "pointer", "code"),
        [
            ({"mode": None}, "/mode", "not_an_option"),
            ({"mode": "some"}, "/mode", "not_an_option"),
            ({"items": []}, "/items", "too_short"),
            ({"items": {}}, "/items", "wrong_type"),
            ({"dry_run": "yes"}, "/dry_run", "wrong_type"),
            ({"dryrun": True}, "/dryrun", "unknown_field"),
        ],
    )
    async def test_what_is_no_batch(
        self, begun: Service, changes: dict[str, Any], pointer: str, code: str
    ) -> None:
        body = {"mode": "atomic", "items": [item("AE-1")], **changes}
        answer = await begun.send("POST", PATH, body)
        assert answer.status_code == 422
        told = [(each["pointer"], each["code"]) for each in answer.json()["errors"]]
        assert told == [(pointer, code)]

    async def test_the_mode_is_never_guessed(self, begun: Service) -> None:
        answer = await begun.send("POST", PATH, {"items": [item("AE-1")]})
        told = [(each["pointer"], each["code"]) for each in answer.json()["errors"]]
        assert told == [("/mode", "required")]

    async def test_an_unknown_study_has_no_batches(self, begun: Service) -> None:
        body = {"mode": "independent", "items": [item("AE-1")]}
        answer = await begun.send("POST", of_study("adverse-events/batch", "NOT-THERE"), body)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_study")


def verdicts_in(answer: Any) -> list[Any]:
    return [each["verdicts"] for each in answer["adjudications"]]


async def test_an_event_is_never_called_batch() -> None:
    """The path of the batch stands beside those of records, which have more steps."""
    async with client_of(auth="off") as client:
        answer = await client.put(PATH, json={})
    assert answer.status_code == 405
