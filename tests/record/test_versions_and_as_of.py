"""Every version stays; every read answers as of any moment what was known then, and no more."""

from typing import Any, Final

import pytest

from app.api.openapi import describe
from tests.api.client import InProcess, is_problem
from tests.record.kinds import KINDS, Kind
from tests.record.operations import begin
from tests.record.service import STUDY, Service, by_source, event, of_study

pytestmark = pytest.mark.anyio

PATH = by_source("AE-1")
FIRST, SECOND, THIRD, FOURTH = (f"2026-03-{day}T12:00:00+00:00" for day in range(20, 24))
WHY = {"reason": {"code": "DUPLICATE"}}


def graded(grade: int, **recorded: Any) -> dict[str, Any]:
    return event((grade, "2026-03-05"), (0, "2026-03-06"), **recorded)


@pytest.fixture
async def corrected(any_service: Service) -> Service:
    """AE-1 was of grade 3 on the 20th, of grade 4 since the 21st, and void since the 22nd."""
    await any_service.begin(at="2026-03-01T00:00:00+00:00")
    await any_service.patient(at=FIRST)
    await any_service.done("PUT", PATH, graded(3), at=FIRST)
    await any_service.done("PUT", PATH, graded(4), at=SECOND)
    await any_service.done("DELETE", PATH, WHY, at=THIRD)
    return any_service


def grade_of(view: Any) -> int:
    grade: int = view["content"]["grades"][0]["grade"]
    return grade


KNOWN: Final = {
    "2026-03-19": None,
    "2026-03-20T11:59:59.999999Z": None,
    "2026-03-20T12:00:00Z": (3, "active"),
    "2026-03-21T11:59:59.999999Z": (3, "active"),
    "2026-03-21T12:00:00Z": (4, "active"),
    "2026-03-21T20:00:00+08:00": (4, "active"),
    "2026-03-22T11:59:59Z": (4, "active"),
    "2026-03-22T12:00:00Z": (4, "void"),
    "2026-03-20": (3, "active"),
    "2026-03-21": (4, "active"),
    "2026-03-22": (4, "void"),
}


async def test_a_record_is_shown_and_listed_as_it_was_known(corrected: Service) -> None:
    """An instant is inside; a date ends at its midnight in the study's zone."""
    shown: dict[str, Any] = {}
    listed: dict[str, Any] = {}
    for as_of in KNOWN:
        answer = await corrected.client.get(PATH, params={"as_of": as_of})
        items = (await corrected.get(of_study("adverse-events"), as_of=as_of))["items"]
        if answer.status_code == 404:
            assert is_problem(answer)
            assert answer.json()["code"] == "unknown_record"
            shown[as_of], listed[as_of] = None, items or None
        else:
            shown[as_of] = (grade_of(answer.json()), answer.json()["state"])
            listed[as_of] = shown[as_of] if items == [answer.json()] else items
    assert shown == KNOWN
    assert listed == KNOWN


async def test_a_date_ends_in_the_zone_of_the_study(service: Service) -> None:
    """12:00 UTC on the 20th is the 21st in Kiritimati."""
    await service.begin(time_zone="Pacific/Kiritimati", at="2026-03-01T00:00:00+00:00")
    await service.done("PUT", PATH, graded(3), at=FIRST)
    assert (await service.client.get(PATH, params={"as_of": "2026-03-20"})).status_code == 404
    assert (await service.client.get(PATH, params={"as_of": "2026-03-21"})).status_code == 200


async def test_a_moment_is_a_date_or_an_instant(service: Service) -> None:
    await service.begin()
    for wrong in ("2026-03", "2026-03-20T10", "yesterday", "2026-02-30", ""):
        answer = await service.client.get(PATH, params={"as_of": wrong})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/query/as_of"


async def test_every_version_stays_as_it_was_sent(corrected: Service) -> None:
    items = (await corrected.get(f"{PATH}/versions"))["items"]
    assert [(each["version"], each["result"], grade_of(each)) for each in items] == [
        (1, "created", 3),
        (2, "updated", 4),
        (3, "voided", 4),
    ]
    recorded = [each["recorded_at"] for each in items]
    assert recorded == [each.replace("+00:00", "Z") for each in (FIRST, SECOND, THIRD)]
    for item in items:
        answer = await corrected.client.get(f"{PATH}/versions/{item['version']}")
        assert answer.json() == item
        assert answer.headers["ETag"] == item["etag"]
    assert len({each["etag"] for each in items}) == 3


async def test_a_version_that_is_not_there(corrected: Service) -> None:
    wrong = {"4": 404, "0": 422, "-1": 422, "x": 422, "99999999999": 422}
    for version, status in wrong.items():
        answer = await corrected.client.get(f"{PATH}/versions/{version}")
        assert is_problem(answer)
        assert answer.status_code == status


async def test_versions_come_in_pages(corrected: Service) -> None:
    page = await corrected.get(f"{PATH}/versions", limit=2)
    assert [each["version"] for each in page["items"]] == [1, 2]
    rest = (await corrected.client.get(page["next"])).json()
    assert ([each["version"] for each in rest["items"]], rest["next"]) == ([3], None)


async def test_lists_of_what_was_known_come_in_pages_too(corrected: Service) -> None:
    for number in range(2, 6):
        await corrected.done("PUT", by_source(f"AE-{number}"), graded(3))
    for query in ({}, {"as_of": "2026-03-23"}):
        found: list[str] = []
        url: str | None = of_study("adverse-events?limit=2")
        if query:
            url = f"{url}&as_of=2026-03-23"
        while url is not None:
            page = (await corrected.client.get(url)).json()
            assert len(page["items"]) <= 2
            found += [each["key"] for each in page["items"]]
            url = page["next"]
        assert found == [f"edc:AE-{number}" for number in range(1, 6)]


async def test_a_list_is_of_the_patient_who_had_the_record_then(service: Service) -> None:
    await service.begin(at="2026-03-01T00:00:00+00:00")
    await service.done("PUT", PATH, graded(3), at=FIRST)
    await service.done("PUT", PATH, graded(3, subject="S-02"), at=SECOND)
    path = of_study("adverse-events")
    for as_of, patient in (("2026-03-20", "S-01"), ("2026-03-21", "S-02")):
        for subject in ("S-01", "S-02"):
            listed = (await service.get(path, as_of=as_of, subject=subject))["items"]
            assert len(listed) == (1 if subject == patient else 0)
    assert (await service.get(path, subject="S-01"))["items"] == []


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
async def test_every_kind_keeps_its_versions(service: Service, kind: Kind) -> None:
    await begin(service)
    path = kind.path(kind.keys[0])
    first = await service.get(path)
    body = kind.put(kind.keys[0], {**kind.content, **kind.corrected}).body
    await service.done("PUT", path, body, at="2026-03-20T00:00:00+00:00")
    versions = (await service.get(f"{path}/versions"))["items"]
    assert (versions[0], len(versions)) == (first, 2)
    assert await service.get(f"{path}/versions/1") == first
    assert await service.get(path, as_of="2026-03-19") == first
    assert await service.get(path) == versions[1] == await service.get(path, as_of="2026-03-20")
    listed = (await service.get(of_study(kind.segment), as_of="2026-03-19"))["items"]
    assert first in listed


async def test_the_study_itself_is_shown_as_it_was(corrected: Service) -> None:
    path = f"/v1/studies/{STUDY}"
    body = {"title": "IC19, renamed", "time_zone": "+08:00"}
    await corrected.done("PUT", path, body, at=THIRD)
    titles = {
        as_of: (await corrected.get(path, as_of=as_of))["content"]["title"]
        for as_of in ("2026-03-21", "2026-03-22")
    }
    assert titles == {"2026-03-21": "IC19 in lupus", "2026-03-22": "IC19, renamed"}
    assert [each["version"] for each in (await corrected.get(f"{path}/versions"))["items"]] == [
        1,
        2,
    ]
    answer = await corrected.client.get(path, params={"as_of": "2026-02-01"})
    assert answer.status_code == 404


async def test_verdicts_rest_on_what_was_known(corrected: Service) -> None:
    told = {}
    for as_of in JUDGED:
        judged = await corrected.verdicts(as_of=as_of)
        assert (judged["as_of"], judged["id"]) == (as_of, None)
        told[as_of] = {each["id"]: each["verdict"] for each in judged["verdicts"]["events"]}
    assert told == JUDGED


JUDGED: Final = {
    "2026-03-20T12:00:00Z": {"edc:AE-1": "NOT_DLT"},
    "2026-03-21T11:59:59Z": {"edc:AE-1": "NOT_DLT"},
    "2026-03-21T12:00:00Z": {"edc:AE-1": "DLT"},
    "2026-03-22T11:59:59Z": {"edc:AE-1": "DLT"},
    "2026-03-22T12:00:00Z": {},
}


async def test_what_is_known_now_can_be_cut_at_a_time_before(corrected: Service) -> None:
    """`known_at` later than the cut: what came since about the time before the cut counts."""
    early = "2026-03-19T00:00:00Z"
    then = await corrected.client.get(
        of_study("subjects/S-01/adjudication"), params={"as_of": early}
    )
    assert (then.status_code, then.json()["code"]) == (404, "unknown_record")
    judged = await corrected.verdicts(as_of=early, known_at="2026-03-21T12:00:00Z")
    assert [each["verdict"] for each in judged["verdicts"]["events"]] == ["DLT"]
    assert judged["known_at"] == "2026-03-21T12:00:00Z"


async def test_what_is_recomputed_is_not_kept(corrected: Service) -> None:
    before = corrected.rows()
    await corrected.verdicts(as_of="2026-03-21")
    await corrected.verdicts(protocol_version="1")
    assert corrected.rows() == before


async def test_the_same_question_has_the_same_digests(corrected: Service) -> None:
    one = await corrected.verdicts(as_of="2026-03-21T12:00:00Z")
    corrected.watch.set("2026-04-01T00:00:00+00:00")
    await corrected.done("PUT", by_source("AE-9"), graded(4))
    assert await corrected.verdicts(as_of="2026-03-21T12:00:00Z") == one


def test_every_read_of_the_record_takes_a_moment(service: Service) -> None:
    transport = service.client._transport
    assert isinstance(transport, InProcess)
    without = set()
    for path, methods in describe(transport.service, closed=False)["paths"].items():
        read = methods.get("get")
        if read and path.startswith("/v1/studies/{study}") and "versions" not in path:
            names = {each["name"] for each in read["parameters"]}
            if "as_of" not in names:
                without.add(read["operationId"])
    of_jobs = {
        "list_jobs", "list_rejected_rows", "show_imported_file", "list_readjudication_results",
    }  # fmt: skip
    assert without == {"list_audit_events"} | of_jobs, "the trail holds every moment"


STOOD: Final = {
    "2026-03-20T11:59:59.999999Z": [],
    "2026-03-20T12:00:00Z": [(2, "IN_WINDOW")],
    "2026-03-21T11:59:59.999999Z": [(2, "IN_WINDOW")],
    "2026-03-21T12:00:00Z": [(3, "DLT")],
    "2026-03-22T11:59:59.999999Z": [(3, "DLT")],
    "2026-03-22T12:00:00Z": [(1, "IN_WINDOW")],
    "2026-03-20": [(2, "IN_WINDOW")],
    "2026-03-21": [(3, "DLT")],
    "2026-03-22": [(1, "IN_WINDOW")],
}
"""Number and status; on the 22nd the one from before the event stands again."""


async def test_adjudications_are_listed_as_they_stood(corrected: Service) -> None:
    path = of_study("adjudications")
    stood = {}
    for as_of in STOOD:
        items = (await corrected.get(path, as_of=as_of))["items"]
        stood[as_of] = [(each["number"], each["verdicts"]["subject"]["status"]) for each in items]
    assert stood == STOOD
    now = (await corrected.get(path))["items"]
    assert now == (await corrected.get(path, as_of="2026-03-22"))["items"]


async def test_those_that_were_superseded_are_listed_of_what_had_been_made(
    corrected: Service,
) -> None:
    made = {
        as_of: [
            each["number"]
            for each in (
                await corrected.get(of_study("adjudications"), as_of=as_of, current="false")
            )["items"]
        ]
        for as_of in STOOD
        if "T" in as_of
    }
    assert list(made.values()) == [[], [1, 2], [1, 2], [1, 2, 3], [1, 2, 3], [1, 2, 3]]


async def test_a_patient_stands_in_the_lists_until_voided(corrected: Service) -> None:
    await corrected.done("DELETE", of_study("subjects/S-01"), WHY, at=FOURTH)
    for path in ("adjudications", "open-items"):
        assert (await corrected.get(of_study(path)))["items"] == []
        listed = {
            as_of: len((await corrected.get(of_study(path), as_of=as_of))["items"])
            for as_of in ("2026-03-23T11:59:59.999999Z", "2026-03-23T12:00:00Z")
        }
        assert list(listed.values()) == [1, 0]


async def test_open_items_are_those_of_the_moment(corrected: Service) -> None:
    """A patient with a DLT is open no more."""
    for as_of, stood in STOOD.items():
        items = (await corrected.get(of_study("open-items"), as_of=as_of))["items"]
        open_then = [status for _, status in stood if status != "DLT"]
        assert [each["verdict"] for each in items] == open_then


async def test_queries_are_those_of_the_moment(any_service: Service) -> None:
    await any_service.begin(at="2026-03-01T00:00:00+00:00")
    await any_service.patient(at=FIRST)
    await any_service.done("PUT", PATH, graded(4, causality=[]), at=SECOND)
    await any_service.done("PUT", PATH, graded(4), at=THIRD)
    asked = {
        as_of: [
            each["event"]
            for each in (await any_service.get(of_study("queries"), as_of=as_of))["items"]
        ]
        for as_of in STOOD
        if "T" in as_of
    }
    assert list(asked.values()) == [[], [], [], ["edc:AE-1"], ["edc:AE-1"], []]
    assert (await any_service.get(of_study("queries")))["items"] == []


async def test_a_hold_is_shown_as_it_was_known(any_service: Service) -> None:
    await any_service.begin(at="2026-03-01T00:00:00+00:00")
    body = {"scope": {}, "reason": "a death", "reported_by": "Dr. Li"}
    path = of_study("holds")
    placed = (await any_service.done("POST", path, body, at=FIRST))["hold"]
    path = f"{path}/{placed['id']}"
    lifting = {"reason": "it was a car", "lifted_by": "the committee"}
    await any_service.done("POST", f"{path}/lift", lifting, at=SECOND)
    before = await any_service.client.get(path, params={"as_of": "2026-03-20T11:59:59.999999Z"})
    assert is_problem(before)
    assert (before.status_code, before.json()["code"]) == (404, "unknown_hold")
    for as_of in ("2026-03-20T12:00:00Z", "2026-03-20", "2026-03-21T11:59:59.999999Z"):
        assert await any_service.get(path, as_of=as_of) == placed
    for as_of in ("2026-03-21T12:00:00Z", "2026-03-21"):
        assert await any_service.get(path, as_of=as_of) == await any_service.get(path)
    assert (await any_service.get(path))["active"] is False
