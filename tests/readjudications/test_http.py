"""Judging again over HTTP: what may be asked and by whom, and what is refused and why."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from app.domain.record.origin import ROLES, Role
from tests.api.client import is_problem
from tests.api.keys import bearer, issued, with_study
from tests.readjudications.http import AGAIN, AMENDED, CRS, MANY, REAL, WHY, Judging
from tests.record.service import STUDY, of_study

pytestmark = pytest.mark.anyio

NOWHERE: Final = "00000000-0000-4000-8000-000000000000"


ALLOWED: Final[tuple[Mapping[str, Any], ...]] = (
    {},
    AMENDED,
    {**AMENDED, "effective": "2026-03-01", "applies_to": "new_patients"},
    {**AMENDED, "applies_to": "all"},
    {"dictionary_version": "ctcae-5.0"},
    {"readings": {"R-INCL": "limit-excluded"}},
    {"as_of": "2026-03-12"},
    {"as_of": "2026-03-12T10:00+08:00"},
    {"scope": {"subjects": ["S-01"], "sites": ["01"], "dose_levels": ["1"], "terms": [CRS]}},
    {"dry_run": True, "reason": WHY},
    REAL,
    {**REAL, **AMENDED, "scope": {}},
    {**REAL, "scope": {"sites": ["01"]}},
    {**REAL, "reason": {"code": "AMENDMENT"}},
)
REFUSED: Final[tuple[tuple[Mapping[str, Any], str, str, str], ...]] = (
    ({"effective": "2026-03-01"}, "/effective", "needs_version", "protocol_version"),
    ({"applies_to": "all"}, "/applies_to", "needs_version", "protocol_version"),
    ({"protocol_version": "7"}, "/protocol_version", "unknown_version", "1, 2"),
    ({**AMENDED, "applies_to": "some"}, "/applies_to", "not_an_option", "new_patients"),
    ({**AMENDED, "effective": "2026-02-30"}, "/effective", "invalid", "a date"),
    ({"dictionary_version": "7.0"}, "/dictionary_version", "unknown_dictionary", "ctcae-5.0"),
    ({"readings": {"R-7": "yes"}}, "/readings/R-7", "unknown_reading", "R-INCL"),
    ({"readings": {"a/b~c": "yes"}}, "/readings/a~1b~0c", "unknown_reading", "R-INCL"),
    ({"readings": {"R-INCL": "maybe"}}, "/readings/R-INCL", "unknown_option", "limit-excluded"),
    ({"as_of": "2026-03"}, "/as_of", "bad_time", "2026-03"),
    ({"scope": {"cohort": ["1"]}}, "/scope/cohort", "unknown_field", "cohort"),
    ({"scope": {"sites": ["a b"]}}, "/scope/sites/0", "bad_format", ""),
    ({"scope": {"terms": [""]}}, "/scope/terms/0", "too_short", ""),
    ({"dry_run": "no"}, "/dry_run", "wrong_type", "true"),
    ({"dry_run": False}, "/reason", "reason_required", "dry_run"),
    ({**REAL, "reason": {"text": "why"}}, "/reason/code", "required", ""),
    ({**REAL, "dictionary_version": "ctcae-5.0"}, "/dictionary_version", "dry_run_only", "add a"),
    ({**REAL, "readings": {"R-INCL": "limit-excluded"}}, "/readings", "dry_run_only", "add a"),
    ({**REAL, "as_of": "2026-03-12"}, "/as_of", "dry_run_only", "leave it out"),
    ({**REAL, **AMENDED, "scope": {"sites": ["01"]}}, "/scope", "whole_study", "leave the scope"),
)


async def test_all_of_it_may_be_asked(judging: Judging) -> None:
    for body in ALLOWED:
        told = await judging.asked(**body)
        assert (told["kind"], told["state"]) == ("readjudication", "queued"), body
        assert told["parameters"]["request"]["dry_run"] is body.get("dry_run", True)


async def test_what_cannot_be_asked_is_said_with_its_place_and_the_way_out(
    judging: Judging,
) -> None:
    before = judging.service.rows()
    for body, pointer, code, said in REFUSED:
        answer = await judging.ask(**body)
        assert (answer.status_code, is_problem(answer)) == (422, True), body
        (fault,) = answer.json()["errors"]
        assert (fault["pointer"], fault["code"]) == (pointer, code)
        assert said in fault["message"]
    assert judging.service.rows() == before


async def test_every_fault_is_told_at_once(judging: Judging) -> None:
    answer = await judging.ask(dry_run=False, as_of="2026-03-12", effective="2026-03-01")
    assert answer.json()["code"] == "bad_readjudication"
    pointers = [each["pointer"] for each in answer.json()["errors"]]
    assert pointers == ["/effective", "/as_of", "/reason"]


async def test_a_study_that_is_not_there(judging: Judging) -> None:
    answer = await judging.ask(of_study("re-adjudications", "NONE"))
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_study")


async def test_the_answer_says_where_the_job_is_told_of(judging: Judging) -> None:
    answer = await judging.ask()
    told = answer.json()
    assert answer.headers["Location"] == f"/v1/jobs/{told['id']}" == told["links"]["self"]
    assert answer.headers["Retry-After"] == "1"
    assert told["activation"] is None
    (event,) = await judging.service.audit(action="job.queued")
    assert told["audit"] == {"seq": event["seq"], "leaf_hash": event["leaf_hash"]}


async def test_a_key_sent_twice_asks_once(judging: Judging) -> None:
    key = {"Idempotency_Key": "K-1"}
    first = await judging.service.send("POST", AGAIN, dict(AMENDED), **key)
    again = await judging.service.send("POST", AGAIN, dict(AMENDED), **key)
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    other = await judging.service.send("POST", AGAIN, {}, **key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert len((await judging.service.get(of_study("jobs")))["items"]) == 1


async def test_the_same_twice_without_a_key_is_judged_twice(judging: Judging) -> None:
    assert (await judging.asked())["id"] != (await judging.asked())["id"]
    assert judging.work() == 2


async def test_who_may_try_and_who_may_make_it_real(guarded: Judging) -> None:
    trying = {"admin", "medical_monitor", "data_manager", "statistician"}
    for role in ROLES:
        headers = _key(guarded, role)
        for body in ({}, REAL):
            answer = await guarded.service.send("POST", AGAIN, body, **headers)
            may = role in (trying if not body else {"admin", "medical_monitor"})
            assert answer.status_code == (202 if may else 403), (role, body)
        answer = await guarded.service.send("POST", MANY, REAL, **headers)
        assert answer.status_code == (202 if role in {"admin", "medical_monitor"} else 403)
    refused = await guarded.service.send("POST", AGAIN, REAL, **_key(guarded, "statistician"))
    assert "admin or medical_monitor" in refused.json()["detail"]


async def test_a_key_of_one_study_sees_no_other(guarded: Judging) -> None:
    own = _key(guarded, "medical_monitor", STUDY)
    asked = await guarded.service.send("POST", AGAIN, {}, **own)
    job = asked.json()["id"]
    results = f"{AGAIN}/{job}/results"
    assert (await guarded.service.send("GET", results, **own)).status_code == 200
    of_all = await guarded.service.send("POST", MANY, {}, **own)
    assert (of_all.status_code, of_all.json()["code"]) == (403, "forbidden")
    with_study(guarded.service.database, "OTHER")
    elsewhere = _key(guarded, "medical_monitor", "OTHER")
    for method, path, body in (
        ("POST", AGAIN, {}),
        ("POST", f"{AGAIN}/{job}:apply", {"reason": WHY}),
        ("GET", results, None),
        ("POST", f"/v1/jobs/{job}:resume", None),
    ):
        answer = await guarded.service.send(method, path, body, **elsewhere)
        assert answer.status_code == 404, path


def _key(judging: Judging, role: Role, study: str | None = None) -> dict[str, str]:
    return bearer(issued(judging.service.database, role, study).token)


async def test_a_job_of_another_study_or_kind_is_none_of_this(judging: Judging) -> None:
    await judging.service.begin("OTHER")
    other = await judging.asked(of_study("re-adjudications", "OTHER"))
    for job in (other["id"], NOWHERE):
        results = await judging.service.send("GET", f"{AGAIN}/{job}/results")
        assert (results.status_code, results.json()["code"]) == (404, "unknown_job")
        applied = await judging.apply(job)
        assert (applied.status_code, applied.json()["code"]) == (404, "unknown_job")


async def test_several_studies_are_asked_for_or_none(judging: Judging) -> None:
    await judging.service.begin("A-1")
    await judging.service.begin("A-2", protocol={"id": "NCT07339332", "version": "1"})
    told = await judging.asked(MANY, studies=[STUDY, "A-1", "A-1"], **AMENDED)
    assert [each["study"] for each in told["items"]] == ["A-1", STUDY]
    assert [each["study"] for each in (await judging.asked(MANY))["items"]] == [
        "A-1", "A-2", STUDY,
    ]  # fmt: skip
    before = judging.service.rows()
    refused = await judging.ask(MANY, **REAL, **AMENDED)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "unknown_version")
    nobody = await judging.ask(MANY, studies=["NONE"])
    assert (nobody.status_code, nobody.json()["code"]) == (404, "unknown_study")
    assert judging.service.rows() == before
    assert judging.work() == 5


async def test_what_was_tried_is_made_real(judging: Judging) -> None:
    tried = await judging.done(**AMENDED)
    assert (tried["state"], tried["counts"]["changed"]) == ("succeeded", 2)
    before = {key: await judging.service.verdicts(key) for key in ("S-01", "S-02")}
    assert before["S-01"]["verdicts"]["subject"]["status"] == "DLT"
    applied = await judging.apply(tried["id"])
    assert applied.status_code == 202, applied.text
    activation = applied.json()["activation"]
    assert (activation["version"], activation["applies_to"]) == ("2", "all")
    assert applied.json()["parameters"]["applies"] == tried["id"]
    judging.work()
    now = await judging.service.verdicts("S-01")
    assert now["verdicts"]["subject"]["status"] == "NO_DLT"
    assert (now["cause"], now["supersedes"]) == ("readjudication", before["S-01"]["id"])
    unchanged = await judging.service.verdicts("S-02")
    assert unchanged["id"] == before["S-02"]["id"]
    again = await judging.apply(tried["id"])
    assert (again.status_code, again.json()["code"]) == (409, "data_moved")


async def test_what_moved_is_told_by_kind_and_patient(judging: Judging) -> None:
    tried = await judging.done(**AMENDED)
    await judging.crs("AE-9", "S-03", "2026-03-04")
    refused = await judging.apply(tried["id"])
    assert (refused.status_code, refused.json()["code"]) == (409, "data_moved")
    assert "(adjudication, adverse event) of patient 'S-03'" in refused.json()["detail"]
    activations = await judging.service.get(of_study("protocol"))
    assert len(activations["items"]) == 1


async def test_of_many_the_first_are_named(judging: Judging) -> None:
    tried = await judging.done(**AMENDED)
    for number in range(1, 8):
        await judging.service.patient(f"N-{number}")
    detail = (await judging.apply(tried["id"])).json()["detail"]
    assert "of patients 'N-1', 'N-2', 'N-3', 'N-4', 'N-5' and 2 more" in detail


async def test_a_correction_of_the_whole_study_moves_it_too(judging: Judging) -> None:
    tried = await judging.done(**AMENDED)
    study = {"title": "IC19 in lupus", "time_zone": "+08:30"}
    await judging.service.done("PUT", f"/v1/studies/{STUDY}", study)
    detail = (await judging.apply(tried["id"])).json()["detail"]
    assert "of the whole study" in detail
    assert "study" in detail.partition("(")[2].partition(")")[0]


async def test_what_does_not_move_verdicts_lets_it_be_applied(judging: Judging) -> None:
    tried = await judging.done(**AMENDED)
    await judging.done()
    hold = {"scope": {"site": "01"}, "reason": "a first fear", "reported_by": "Dr. Li"}
    await judging.service.done("POST", of_study("holds"), hold)
    assert (await judging.apply(tried["id"])).status_code == 202


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (REAL, "it was no dry run"),
        ({"as_of": "2026-03-12"}, "/as_of"),
        ({"readings": {"R-INCL": "limit-excluded"}}, "/readings"),
        ({**AMENDED, "scope": {"sites": ["01"]}}, "/scope"),
    ],
)
async def test_what_cannot_be_made_real_is_said(
    judging: Judging, body: Mapping[str, Any], said: str
) -> None:
    refused = await judging.apply((await judging.done(**body))["id"])
    assert (refused.status_code, refused.json()["code"]) == (409, "not_applicable")
    assert said in refused.json()["detail"]


async def test_only_one_that_is_done_is_made_real(judging: Judging) -> None:
    asked = await judging.asked(**AMENDED)
    refused = await judging.apply(asked["id"])
    assert refused.json()["code"] == "not_applicable"
    assert "it is queued" in refused.json()["detail"]
    unsaid = await judging.service.send("POST", f"{AGAIN}/{asked['id']}:apply", {})
    assert unsaid.json()["errors"][0]["pointer"] == "/reason"


async def test_it_is_stopped_and_goes_on(judging: Judging) -> None:
    asked = await judging.asked(**AMENDED)
    path = f"/v1/jobs/{asked['id']}"
    stopped = await judging.service.done("DELETE", path)
    assert stopped["state"] == "cancelled"
    assert judging.work() == 0
    resumed = await judging.service.send("POST", f"{path}:resume")
    assert (resumed.status_code, resumed.json()["state"]) == (202, "queued")
    judging.work()
    assert (await judging.service.get(path))["counts"]["changed"] == 2
    over = await judging.service.send("POST", f"{path}:resume")
    assert (over.status_code, over.json()["code"]) == (409, "nothing_to_resume")
    assert "succeeded" in over.json()["detail"]
    nowhere = await judging.service.send("POST", f"/v1/jobs/{NOWHERE}:resume")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "unknown_job")


async def test_the_jobs_of_a_study_are_listed_by_kind(judging: Judging) -> None:
    job = await judging.done()
    listed = await judging.service.get(of_study("jobs"), kind="readjudication")
    assert [each["id"] for each in listed["items"]] == [job["id"]]
    assert (await judging.service.get(of_study("jobs"), kind="import"))["items"] == []
