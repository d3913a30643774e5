"""A hold stops at once, by anybody on the safety team; that it was lifted stands beside it."""

from typing import Any, Final

import pytest

from tests.api.client import is_problem
from tests.record.service import Service, of_study

pytestmark = pytest.mark.anyio

PATH: Final = of_study("holds")
PLACED, LIFTED = "2026-03-20T12:00:00+00:00", "2026-03-22T12:00:00+00:00"
LIFTING: Final = {"reason": "it was a car", "lifted_by": "the committee"}


def hold(**changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"scope": {}, "reason": "a death", "reported_by": "Dr. Li"}
    return {**body, **changes}


@pytest.fixture
async def begun(any_service: Service) -> Service:
    await any_service.begin(at="2026-03-01T00:00:00+00:00")
    return any_service


@pytest.fixture
async def on_sqlite(service: Service) -> Service:
    await service.begin(at="2026-03-01T00:00:00+00:00")
    return service


async def test_it_holds_at_once(begun: Service) -> None:
    answer = await begun.send("POST", PATH, hold(), at=PLACED)
    placed = answer.json()["hold"]
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{PATH}/{placed['id']}"
    assert (placed["active"], placed["from"]) == (True, "2026-03-20T12:00:00Z")
    assert await begun.get(answer.headers["Location"]) == placed
    assert (await begun.get(PATH, active="true"))["items"] == [placed]


@pytest.mark.parametrize(
    ("scope", "shown"),
    [
        ({}, {}),
        ({"dose_level": "2"}, {"dose_level": "2"}),
        ({"subject": "S-01", "site": None}, {"subject": "S-01"}),
        ({"site": "01", "dose_level": "1"}, {"site": "01", "dose_level": "1"}),
    ],
)
async def test_it_says_what_it_stops(
    on_sqlite: Service, scope: dict[str, Any], shown: dict[str, str]
) -> None:
    """An empty scope is the whole study; nobody has to be recorded to be held."""
    placed = (await on_sqlite.done("POST", PATH, hold(scope=scope)))["hold"]
    nothing = {"dose_level": None, "site": None, "subject": None}
    assert placed["scope"] == {**nothing, **shown}


@pytest.mark.parametrize(
    ("since", "shown"),
    [
        ("2026-03-19T08:00+08:00", "2026-03-19T00:00:00Z"),
        ("2026-03-19T08:00", "2026-03-19T00:00:00Z"),
        ("2026-03-21T00:00:00Z", "2026-03-21T00:00:00Z"),
        (None, "2026-03-20T12:00:00Z"),
    ],
)
async def test_it_may_have_begun_before_it_was_recorded(
    on_sqlite: Service, since: str | None, shown: str
) -> None:
    placed = (await on_sqlite.done("POST", PATH, hold(**{"from": since}), at=PLACED))["hold"]
    assert placed["from"] == shown
    assert placed["recorded_at"] == "2026-03-20T12:00:00Z"


async def test_what_was_lifted_stays_in_the_list(begun: Service) -> None:
    placed = (await begun.done("POST", PATH, hold(), at=PLACED))["hold"]
    path = f"{PATH}/{placed['id']}"
    lifted = (await begun.done("POST", f"{path}/lift", LIFTING, at=LIFTED))["hold"]
    assert lifted == {
        **placed,
        "active": False,
        "lifted_at": "2026-03-22T12:00:00Z",
        "lifted_by": "the committee",
        "lifting_reason": "it was a car",
    }
    assert await begun.get(path) == lifted
    assert (await begun.get(PATH))["items"] == [lifted]
    assert (await begun.get(PATH, active="true"))["items"] == []
    assert (await begun.get(PATH, active="false"))["items"] == [lifted]


async def test_holds_are_listed_as_they_were(begun: Service) -> None:
    placed = (await begun.done("POST", PATH, hold(), at=PLACED))["hold"]
    await begun.done("POST", f"{PATH}/{placed['id']}/lift", LIFTING, at=LIFTED)
    listed = {}
    for as_of in HELD:
        items = (await begun.get(PATH, as_of=as_of))["items"]
        active = (await begun.get(PATH, as_of=as_of, active="true"))["items"]
        assert active == [each for each in items if each["active"]]
        listed[as_of] = [each["active"] for each in items]
    assert listed == HELD


HELD: Final = {
    "2026-03-20T11:59:59.999999Z": [],
    "2026-03-20T12:00:00Z": [True],
    "2026-03-22T11:59:59.999999Z": [True],
    "2026-03-22T12:00:00Z": [False],
    "2026-03-19": [],
    "2026-03-21": [True],
    "2026-03-22": [False],
}


async def test_it_is_lifted_once_and_another_can_be_placed(begun: Service) -> None:
    placed = (await begun.done("POST", PATH, hold()))["hold"]
    path = f"{PATH}/{placed['id']}/lift"
    await begun.done("POST", path, LIFTING)
    rows = begun.rows()
    again = await begun.send("POST", path, LIFTING)
    assert is_problem(again)
    assert (again.status_code, again.json()["code"]) == (409, "hold_lifted")
    assert begun.rows() == rows
    other = (await begun.done("POST", PATH, hold()))["hold"]
    assert other["id"] != placed["id"]


async def test_a_hold_of_another_study_is_not_there(begun: Service) -> None:
    placed = (await begun.done("POST", PATH, hold()))["hold"]
    await begun.begin("OTHER")
    other = of_study(f"holds/{placed['id']}", "OTHER")
    shown = await begun.client.get(other)
    assert (shown.status_code, shown.json()["code"]) == (404, "unknown_hold")
    lifted = await begun.send("POST", f"{other}/lift", LIFTING)
    assert (lifted.status_code, lifted.json()["code"]) == (404, "unknown_hold")
    assert (await begun.get(of_study("holds", "OTHER")))["items"] == []


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"reason": ""}, "/reason", "too_short"),
        ({"reason": None}, "/reason", "wrong_type"),
        ({"reported_by": ""}, "/reported_by", "too_short"),
        ({"scope": {"subjects": "S-01"}}, "/scope/subjects", "unknown_field"),
        ({"scope": {"subject": "no such/id"}}, "/scope/subject", "bad_format"),
        ({"scope": None}, "/scope", "wrong_type"),
        ({"from": "2026-03"}, "/from", "bad_time"),
        ({"from": "2026-03-20T12"}, "/from", "bad_time"),
    ],
)
async def test_what_is_no_hold(
    on_sqlite: Service, changes: dict[str, Any], pointer: str, code: str
) -> None:
    answer = await on_sqlite.send("POST", PATH, hold(**changes))
    assert answer.status_code == 422
    told = [(each["pointer"], each["code"]) for each in answer.json()["errors"]]
    assert told == [(pointer, code)]


async def test_they_come_in_pages(begun: Service) -> None:
    ids = [(await begun.done("POST", PATH, hold()))["hold"]["id"] for _ in range(3)]
    page = await begun.get(PATH, limit=2)
    rest = (await begun.client.get(page["next"])).json()
    assert [each["id"] for each in (*page["items"], *rest["items"])] == ids
    assert rest["next"] is None


async def test_a_hold_changes_no_verdict(begun: Service) -> None:
    await begun.patient()
    before = await begun.verdicts()
    await begun.done("POST", PATH, hold(scope={"subject": "S-01"}))
    assert await begun.verdicts() == before


async def test_a_day_that_a_hold_began_on_begins_at_its_midnight(begun: Service) -> None:
    """In the study's zone: a hold that is dated by a day holds on all of it."""
    placed = (await begun.done("POST", PATH, hold(**{"from": "2026-03-19"}), at=PLACED))["hold"]
    assert placed["from"] == "2026-03-18T16:00:00Z"
