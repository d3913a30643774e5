"""What a source sent before what holds is kept as history and not applied.

The order of a record's versions is the source's `sequence`; where there is none, its `time`.
"""

from typing import Any

import pytest

from tests.record.service import Service, by_source, event

pytestmark = pytest.mark.anyio

PATH = by_source("AE-1")
WHY = {"reason": {"code": "DUPLICATE"}}


@pytest.fixture
async def begun(service: Service) -> Service:
    await service.begin(at="2026-03-20T00:00:00+00:00")
    await service.patient()
    return service


def sent(grade: int, **source: Any) -> dict[str, Any]:
    """An event of this grade for a day, with what its source says of it."""
    return event((grade, "2026-03-05"), (0, "2026-03-06"), source=source)


async def results(service: Service, *bodies: dict[str, Any]) -> list[str]:
    """What became of each, one after the other."""
    return [(await service.done("PUT", PATH, body))["result"] for body in bodies]


async def grade(service: Service) -> int:
    """The highest grade of what holds."""
    found: int = (await service.get(PATH))["content"]["grades"][0]["grade"]
    return found


@pytest.mark.parametrize(
    ("sequence", "result", "holds"), [(4, "stale", 3), (5, "updated", 4), (6, "updated", 4)]
)
async def test_a_lower_sequence_is_late(
    begun: Service, sequence: int, result: str, holds: int
) -> None:
    got = await results(begun, sent(3, sequence=5), sent(4, sequence=sequence))
    assert got == ["created", result]
    assert await grade(begun) == holds


async def test_what_is_late_is_kept_as_history(begun: Service) -> None:
    first = await begun.send("PUT", PATH, sent(3, sequence=5))
    late = await begun.send("PUT", PATH, sent(4, sequence=4))
    body = late.json()
    assert (late.status_code, body["result"], body["record"]["version"]) == (200, "stale", 1)
    assert late.headers["ETag"] == first.headers["ETag"]
    kept = (await begun.get(f"{PATH}/versions"))["items"][1]
    assert (kept["result"], kept["source"]) == ("stale", {"sequence": 4})
    assert kept["content"]["grades"][0]["grade"] == 4
    event = (await begun.audit(entity="adverse_event"))[-1]
    assert (event["action"], event["entity_version"]) == ("adverse_event.received_late", 2)
    assert event["reason_code"] == "NOT_TRANSMITTED"
    assert body["audit"] == {"seq": event["seq"], "leaf_hash": event["leaf_hash"]}


async def test_it_changes_no_verdict(begun: Service) -> None:
    await results(begun, sent(3, sequence=5))
    before = await begun.verdicts()
    number = len(await begun.adjudications())
    late = await begun.done("PUT", PATH, sent(4, sequence=4), at="2026-03-21T00:00:00+00:00")
    assert [each["adjudication"] for each in late["adjudications"]] == [before["id"]]
    assert await begun.verdicts() == before
    assert len(await begun.adjudications()) == number


@pytest.mark.parametrize(
    ("one", "late"),
    [
        ({"sequence": 5}, {"sequence": 4}),
        ({"time": "2026-03-19T08:00Z"}, {"time": "2026-03-18T08:00Z"}),
    ],
    ids=["by sequence", "by time"],
)
async def test_the_same_late_again_writes_nothing(
    begun: Service, one: dict[str, Any], late: dict[str, Any]
) -> None:
    await results(begun, sent(3, **one), sent(4, **late))
    before = begun.rows()
    assert await results(begun, sent(4, **late)) == ["stale"]
    assert begun.rows() == before


async def test_the_next_version_has_a_number_of_its_own(begun: Service) -> None:
    await results(begun, sent(3, sequence=5), sent(4, sequence=4), sent(2, sequence=6))
    items = (await begun.get(f"{PATH}/versions"))["items"]
    assert [(each["version"], each["result"]) for each in items] == [
        (1, "created"),
        (2, "stale"),
        (3, "updated"),
    ]
    assert (await begun.get(PATH))["version"] == 3


async def test_what_holds_stands_as_it_was_sent_last_in_any_order_of_arrival(
    begun: Service,
) -> None:
    got = await results(
        begun, sent(2, sequence=2), sent(5, sequence=5), sent(1, sequence=1), sent(3, sequence=3)
    )
    assert got == ["created", "updated", "stale", "stale"]
    assert await grade(begun) == 5


@pytest.mark.parametrize(
    ("time", "result"),
    [
        ("2026-03-19T07:59:59.999999Z", "stale"),
        ("2026-03-19T08:00Z", "updated"),
        ("2026-03-19T16:00+08:00", "updated"),
        ("2026-03-19T15:59+08:00", "stale"),
        ("2026-03-19T08:01Z", "updated"),
    ],
)
async def test_without_a_sequence_the_time_of_the_source_orders(
    begun: Service, time: str, result: str
) -> None:
    got = await results(begun, sent(3, time="2026-03-19T08:00Z"), sent(4, time=time))
    assert got == ["created", result]


async def test_a_sequence_outranks_the_time(begun: Service) -> None:
    first = sent(3, sequence=5, time="2026-03-19T08:00Z")
    later = sent(4, sequence=6, time="2026-03-18T08:00Z")
    late = sent(2, sequence=4, time="2026-03-19T09:00Z")
    assert await results(begun, first, later, late) == ["created", "updated", "stale"]


@pytest.mark.parametrize("source", [{}, {"user": "Nurse 7"}])
async def test_what_says_nothing_of_its_order_counts_as_it_comes(
    begun: Service, source: dict[str, Any]
) -> None:
    assert await results(begun, sent(3, sequence=5), sent(4, **source)) == ["created", "updated"]
    assert await results(begun, sent(2, sequence=4)) == ["stale"]


async def test_a_sequence_that_comes_twice_is_told(begun: Service) -> None:
    await results(begun, sent(3, sequence=5))
    again = await begun.done("PUT", PATH, sent(4, sequence=5))
    assert again["result"] == "updated"
    assert "sequence_repeated" in [each["code"] for each in again["record"]["findings"]]


async def test_what_comes_late_of_a_void_record_is_kept(begun: Service) -> None:
    await results(begun, sent(3, sequence=5))
    await begun.done("DELETE", PATH, WHY)
    late = await begun.done("PUT", PATH, sent(4, sequence=4))
    assert (late["result"], late["record"]["state"]) == ("stale", "void")
    refused = await begun.send("PUT", PATH, sent(4, sequence=6))
    assert refused.status_code == 409


@pytest.mark.parametrize(
    ("one", "late"),
    [
        pytest.param({"sequence": 5}, {"sequence": 4}, id="by sequence"),
        pytest.param({"time": "2026-03-19T08:00Z"}, {"time": "2026-03-18T08:00Z"}, id="by time"),
    ],
)
async def test_the_order_outlives_a_void_and_a_restoration(
    begun: Service, one: dict[str, Any], late: dict[str, Any]
) -> None:
    await results(begun, sent(3, **one))
    await begun.done("DELETE", PATH, WHY)
    await begun.done("POST", f"{PATH}/restore", WHY)
    assert await results(begun, sent(4, **late)) == ["stale"]


@pytest.mark.parametrize(
    ("one", "same", "between"),
    [
        ({"sequence": 5}, {"sequence": 9}, {"sequence": 7}),
        (
            {"time": "2026-03-15T08:00Z"},
            {"time": "2026-03-19T08:00Z"},
            {"time": "2026-03-17T08:00Z"},
        ),
    ],
    ids=["by sequence", "by time"],
)
async def test_what_was_sent_between_two_that_are_the_same_is_late(
    begun: Service, one: dict[str, Any], same: dict[str, Any], between: dict[str, Any]
) -> None:
    """The source said 3, 4, 3 in this order; its 4 came last, and does not hold."""
    await results(begun, sent(3, **one), sent(3, **same))
    assert await results(begun, sent(4, **between)) == ["stale"]
    assert await grade(begun) == 3


async def test_a_source_time_that_lies_ahead_keeps_out_nothing_that_comes_since(
    begun: Service,
) -> None:
    """A year mistyped must not make every correction of that year late."""
    await results(begun, sent(3, time="2027-03-19T08:00Z"))
    begun.watch.set("2026-03-21T00:00:00+00:00")
    assert await results(begun, sent(4, time="2026-03-20T08:00Z")) == ["updated"]
    begun.watch.set("2026-03-22T00:00:00+00:00")
    assert await results(begun, sent(4, time="2027-03-21T08:00Z")) == ["unchanged"]
    begun.watch.set("2026-03-23T00:00:00+00:00")
    assert await results(begun, sent(2, time="2026-03-22T08:00Z")) == ["updated"]
    assert await results(begun, sent(3, time="2026-03-21T08:00Z")) == ["stale"]
