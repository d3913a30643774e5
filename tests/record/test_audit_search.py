"""The trail is searched by who, what, when and why, and copied whole without gaps."""

from typing import Any, Final

import pytest

from app.store.database import Database
from tests.api.keys import bearer, issued
from tests.record.service import Service, at_database, by_source, of_study

pytestmark = pytest.mark.anyio

TRAIL: Final = of_study("audit-events")
ALL: Final = "/v1/audit-events"


@pytest.fixture
async def begun(service: Service) -> Service:
    """S-01 was recorded at 23:30 on the 20th in Shanghai, and corrected an hour later."""
    await service.begin(at="2026-03-19T00:00:00+00:00")
    await service.begin("OTHER")
    await service.patient(at="2026-03-20T15:30:00+00:00")
    reason = {"code": "MISREAD", "text": "a 7 for a 1"}
    await service.patient(dose_level="2", reason=reason, at="2026-03-20T16:30:00+00:00")
    await service.done("PUT", of_study("subjects/S-02", "OTHER"), {})
    return service


async def found(service: Service, **query: Any) -> list[str]:
    """The actions of the events that a search finds."""
    items = (await service.get(TRAIL, **query))["items"]
    return [each["action"] for each in items]


CREATED, CORRECTED = "subject.created", "subject.corrected"
JUDGED: Final = "adjudication.made"
BEGUN: Final = ["study.created", "protocol.activated"]


async def test_a_study_shows_its_own_events_in_order(begun: Service) -> None:
    assert await found(begun) == [*BEGUN, CREATED, JUDGED, CORRECTED, JUDGED]


@pytest.mark.parametrize(
    ("query", "actions"),
    [
        ({"entity": "subject"}, [CREATED, CORRECTED]),
        ({"entity": "subject", "entity_id": "S-02"}, []),
        ({"action": JUDGED}, [JUDGED, JUDGED]),
        ({"subject": "S-01"}, [CREATED, JUDGED, CORRECTED, JUDGED]),
        ({"reason_code": "MISREAD"}, [CORRECTED]),
        ({"actor": "anonymous", "entity": "study"}, ["study.created"]),
        ({"actor": "nobody"}, []),
        ({"from": "2026-03-21"}, [CORRECTED, JUDGED]),
        ({"from": "2026-03-20", "to": "2026-03-20"}, [CREATED, JUDGED]),
        ({"to": "2026-03-19"}, BEGUN),
        ({"from": "2026-03-20T16:30:00Z"}, [CORRECTED, JUDGED]),
        ({"from": "2026-03-20T16:30:00.000001Z"}, []),
        ({"to": "2026-03-20T15:29:59.999999Z"}, BEGUN),
    ],
)
async def test_by_who_what_when_and_why(
    begun: Service, query: dict[str, str], actions: list[str]
) -> None:
    """A date is that of the study's zone, from midnight to midnight; an instant is inside."""
    assert await found(begun, **query) == actions


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"from": "2026-03"}, "/query/from"),
        ({"to": "later"}, "/query/to"),
        ({"who": "me"}, "/query/who"),
        ({"limit": "0"}, "/query/limit"),
        ({"after": "-1"}, "/query/after"),
    ],
)
async def test_what_cannot_be_searched_for(
    begun: Service, query: dict[str, str], pointer: str
) -> None:
    answer = await begun.client.get(TRAIL, params=query)
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]


async def test_a_search_comes_in_pages_that_keep_the_question(begun: Service) -> None:
    page = await begun.get(TRAIL, subject="S-01", limit=3)
    rest = (await begun.client.get(page["next"])).json()
    actions = [each["action"] for each in (*page["items"], *rest["items"])]
    assert actions == [CREATED, JUDGED, CORRECTED, JUDGED]
    assert rest["next"] is None


async def test_the_whole_trail_has_no_gap(begun: Service) -> None:
    events = await begun.audit()
    assert [each["seq"] for each in events] == list(range(1, len(events) + 1))
    assert {each["study"] for each in events} == {"IC19-SLE", "OTHER"}


async def test_the_whole_trail_is_searched_too(begun: Service) -> None:
    items = (await begun.get(ALL, action=CREATED))["items"]
    assert [each["study"] for each in items] == ["IC19-SLE", "OTHER"]


async def test_a_key_of_one_study_sees_that_studys_events_alone(
    sqlite_database: Database,
) -> None:
    with at_database(sqlite_database, auth="on") as service:
        service.headers.update(bearer(issued(sqlite_database, "admin").token))
        await service.begin()
        await service.begin("OTHER")
        own = bearer(issued(sqlite_database, "auditor", "OTHER").token)
        page = (await service.client.get(ALL, headers=own)).json()
        assert {each["study"] for each in page["items"]} == {"OTHER"}
        other = await service.client.get(TRAIL, headers=own)
        assert (other.status_code, other.json()["code"]) == (404, "unknown_study")


async def test_what_was_changed_is_told_with_old_and_new(begun: Service) -> None:
    await begun.event("AE-1", (3, "2026-03-05"), (0, "2026-03-06"))
    await begun.event("AE-1", (4, "2026-03-05"), (0, "2026-03-06"))
    await begun.done("DELETE", by_source("AE-1"), {"reason": {"code": "DUPLICATE"}})
    events = (await begun.get(TRAIL, entity="adverse_event"))["items"]
    assert [each["changes"] for each in events[1:]] == [
        [{"path": "/content/grades/0/grade", "old": 3, "new": 4}],
        [],
    ]
    assert [each["action"] for each in events[1:]] == [
        "adverse_event.corrected",
        "adverse_event.voided",
    ]
