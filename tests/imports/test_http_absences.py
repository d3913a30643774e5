"""Absent rows become void over HTTP: what has to be asked, and what is told."""

import json
from typing import Any

import pytest

from tests.api.client import faults
from tests.imports.files import AE, AE_ROWS, HOW
from tests.imports.http import SYSTEM, Sending
from tests.record.service import of_study

pytestmark = pytest.mark.anyio

VOID: Any = {"semantics": "snapshot", "extract": "2", "absent": "void", "reason_code": "GONE"}


@pytest.mark.parametrize(
    ("asked", "code", "said"),
    [
        ({**VOID, "semantics": "changes"}, "void_without_snapshot", "semantics=snapshot"),
        ({**VOID, "format": "records-ndjson"}, "void_without_snapshot", "DELETE"),
        ({**VOID, "extract": None}, "snapshot_without_extract", "name it"),
        ({**VOID, "reason_code": None}, "void_without_reason", "DELETED_AT_SOURCE"),
        ({**VOID, "absent": None}, "reason_without_void", "absent=void"),
        ({**VOID, "absent": "flag"}, "reason_without_void", "absent=void"),
    ],
)
async def test_a_void_needs_a_snapshot_and_a_reason(
    sending: Sending, asked: dict[str, str | None], code: str, said: str
) -> None:
    await sending.begin()
    before = sending.service.rows()
    answer = await sending.post(AE, **{name: each for name, each in asked.items() if each})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert said in answer.json()["detail"]
    assert sending.service.rows() == before


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        ({"absent": "delete"}, ("/query/absent", "not_an_option")),
        ({"reason_code": "gone"}, ("/query/reason_code", "bad_format")),
        ({"reason_text": ""}, ("/query/reason_text", "too_short")),
        ({"reason_code": None, "reason_text": "gone"}, ("/query/reason_code", "missing")),
    ],
)
async def test_what_is_wrong_about_a_void_is_pointed_at(
    sending: Sending, asked: dict[str, str | None], fault: tuple[str, str]
) -> None:
    await sending.begin()
    named = {name: each for name, each in {**VOID, **asked}.items() if each is not None}
    answer = await sending.post(AE, **named)
    assert answer.status_code == 422
    assert faults(answer) == [fault]


async def test_absent_rows_are_void_where_it_is_asked(sending: Sending) -> None:
    await sending.begin(**HOW, absent_void_share=0.25)
    await sending.sent(AE, extract="1")
    shorter = AE.replace(AE_ROWS[1], "")
    job = await sending.sent(shorter, **VOID, reason_text="deleted by the site")
    assert job["parameters"]["void_absent"] == {"code": "GONE", "text": "deleted by the site"}
    assert (job["state"], job["counts"]["absent_voided"]) == ("succeeded", 1)
    event = await sending.service.get(of_study("adverse-events/by-source/edc/S-01|AE|A2"))
    assert (event["state"], event["result"]) == ("void", "voided")
    trail = await sending.service.get(of_study("audit-events"), reason_code="GONE")
    assert [each["request_id"] for each in trail["items"]] == [f"job/{job['id']}"]
    told = [json.loads(line) for line in (await sending.refused(job["id"])).splitlines()]
    assert [each["code"] for each in told] == ["row_voided"]


async def test_too_many_absent_rows_fail_the_job(sending: Sending) -> None:
    await sending.begin()
    await sending.sent(AE, extract="1")
    job = await sending.sent(AE.replace(AE_ROWS[1], ""), **VOID)
    assert (job["state"], job["problem"]["code"]) == ("failed", "too_many_absent")
    assert "lacks 1 of the 4 rows of AE" in job["problem"]["detail"]
    assert "at most 0 may be void" in job["problem"]["detail"]
    event = await sending.service.get(of_study("adverse-events/by-source/edc/S-01|AE|A2"))
    assert event["state"] == "active"


@pytest.mark.parametrize("share", [-0.01, 1.01, "a lot"])
async def test_a_share_is_a_fraction(sending: Sending, share: Any) -> None:
    await sending.begin()
    answer = await sending.service.send("PUT", SYSTEM, {**HOW, "absent_void_share": share})
    assert answer.status_code == 422
    assert [each[0] for each in faults(answer)] == ["/absent_void_share"]
