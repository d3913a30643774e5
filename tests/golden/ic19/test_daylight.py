"""IC19's 72 hours and calendar days at a site that changes its clocks (America/New_York)."""

from typing import Any

import pytest

from app.domain.adjudication.result import EventAdjudication
from tests.builders import event, fields, ic19

CRS = "Cytokine release syndrome"


def new_york(case: Any, infused: str) -> EventAdjudication:
    return ic19(case, time_zone="America/New_York", infused=[infused], as_of="2026-12-30")


@pytest.mark.parametrize(
    ("recovered", "verdict"),
    [
        ("2026-03-08T08:00", "NOT_DLT"),
        ("2026-03-08T09:00", "NOT_DLT"),
        ("2026-03-08T09:01", "DLT"),
    ],
    ids=["71h", "72h", "72h01"],
)
def test_in_spring_an_hour_of_the_wall_clock_is_missing(recovered: str, verdict: str) -> None:
    judged = new_york(event(CRS, (3, "2026-03-05T08:00"), (2, recovered)), "2026-03-01T10:00")
    assert judged.verdict == verdict


@pytest.mark.parametrize(
    ("recovered", "verdict"),
    [
        ("2026-11-01T00:59", "NOT_DLT"),
        ("2026-11-01T01:30", "UNDETERMINED"),
        ("2026-11-01T01:30-04:00", "NOT_DLT"),
        ("2026-11-01T01:30-05:00", "DLT"),
        ("2026-11-01T02:00", "DLT"),
    ],
    ids=["before", "one-of-two", "the-first", "the-second", "after"],
)
def test_in_autumn_an_hour_comes_twice(recovered: str, verdict: str) -> None:
    judged = new_york(event(CRS, (3, "2026-10-29T01:30"), (2, recovered)), "2026-10-20T10:00")
    assert judged.verdict == verdict
    assert fields(judged) == (["clock_time"] if verdict == "UNDETERMINED" else [])


def test_an_onset_in_the_hour_that_comes_twice_needs_its_offset() -> None:
    case = event(CRS, (3, "2026-11-01T01:30"), (2, "2026-11-04T01:00"))
    judged = new_york(case, "2026-10-20T10:00")
    assert (judged.verdict, fields(judged)) == ("UNDETERMINED", ["clock_time"])


def test_calendar_days_do_not_mind() -> None:
    for infused, start, day_7, day_8 in [
        ("2026-03-01T10:00", "2026-03-05T23:00", "2026-03-12T23:59", "2026-03-13T00:00"),
        ("2026-10-20T10:00", "2026-10-29T23:00", "2026-11-05T23:59", "2026-11-06T00:00"),
    ]:
        in_time = new_york(event("Pneumonitis", (3, start), (2, day_7)), infused)
        late = new_york(event("Pneumonitis", (3, start), (2, day_8)), infused)
        assert (in_time.verdict, late.verdict) == ("NOT_DLT", "DLT")
        assert late.established_at is not None
        assert late.established_at.startswith(f"{day_8[:10]}T00:00:00-0")


def test_the_window_ends_with_day_28_whatever_its_length_in_hours() -> None:
    for onset, verdict in [("2026-03-29T23:59", "DLT"), ("2026-03-30T00:00", "NOT_DLT")]:
        case = event("Acute kidney injury", (4, onset), (3, "2026-04-02"))
        assert new_york(case, "2026-03-01T10:00").verdict == verdict
