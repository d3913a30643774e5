"""Cases of the record: an event had ended by when its source said so, not by the cut."""

import pytest

from app.domain.adjudication.adjudicate import adjudicate
from app.domain.time import PartialTime, zone_of
from tests.builders import LATER, SHANGHAI, event, ic19_protocol, subject
from tests.domain.dlt.toy import clause, toy

ZONE = zone_of(SHANGHAI)
ENDED = event("Lung infection", (3, "2026-03-05"), ongoing=False)
"""Of grade 3 from the 5th; over 7 days from the 13th on; its end is not dated."""


def at(text: str) -> int:
    return PartialTime(text).span(ZONE).first


def verdict(told: str | None, as_of: str = LATER) -> str:
    """What is said where the source of the event spoke last at a time."""
    kept = {} if told is None else {"AE-1": at(told)}
    return (
        adjudicate((subject(ENDED),), ic19_protocol(), PartialTime(as_of), SHANGHAI, kept=kept)[0]
        .events[0]
        .verdict
    )


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("2026-03-01", "NOT_DLT"),
        ("2026-03-06T12:00", "NOT_DLT"),
        ("2026-03-12T23:59:59.999999", "NOT_DLT"),
        ("2026-03-13T00:00", "UNDETERMINED"),
        (LATER, "UNDETERMINED"),
        (None, "UNDETERMINED"),
    ],
)
def test_it_had_ended_by_when_its_source_spoke(told: str | None, expected: str) -> None:
    assert verdict(told) == expected


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [("2026-03-12", "NOT_DLT"), ("2026-03-14", "UNDETERMINED")],
)
def test_or_by_the_cut_where_that_is_earlier(as_of: str, expected: str) -> None:
    assert verdict(LATER, as_of) == expected


@pytest.mark.parametrize(
    ("told", "as_of", "expected"),
    [
        ("2026-03-05T20:00", "2026-03-06T07:59", "PENDING"),
        ("2026-03-05T20:00", "2026-03-07", "UNDETERMINED"),
        ("2026-03-06T08:01", "2026-03-07", "DLT"),
        (None, "2026-03-07", "DLT"),
    ],
)
@pytest.mark.parametrize("begun", [True, False])
def test_an_intervention_goes_on_as_far_as_the_source_spoke(
    told: str | None, as_of: str, expected: str, *, begun: bool
) -> None:
    """The limit of 24 hours is that of one that goes on, or that was never begun."""
    long = {"kind": "oxygen", "longer_than": "PT24H"}
    soon = {"kind": "oxygen", "within": "PT24H"}
    when = {"intervention": long} if begun else {"not": {"intervention": soon}}
    protocol = toy(criteria=[clause("c", grade=3, when=when)], interventions={"oxygen": []})
    start = "2026-03-05T08:00+08:00"
    given = [{"kind": "oxygen", "start": start, "ongoing": True}] if begun else []
    case = subject(event("Lung infection", (3, start), ongoing=True, interventions=given))
    kept = {} if told is None else {"AE-1": at(told)}
    found = adjudicate((case,), protocol, PartialTime(as_of), SHANGHAI, kept=kept)[0]
    assert found.events[0].verdict == expected
