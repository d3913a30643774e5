"""Cases of the record: an event had ended by when its source said so, not by the cut."""

import pytest

from app.domain.adjudication.adjudicate import adjudicate
from app.domain.time import PartialTime, zone_of
from tests.builders import LATER, SHANGHAI, event, ic19_protocol, subject

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
