"""Two infusions, and times that are only known by their day."""

import pytest

from tests.builders import event
from tests.domain.dlt.toy import clause, first, toy

FIRST_INFUSION = "2026-03-01T10:00:00+08:00"
WINDOW = {"anchor": "each_infusion", "agent": "IC19", "first_day": 0}


@pytest.mark.parametrize(
    ("second", "verdict"),
    [
        ("2026-03-29T09:00:00+08:00", "DLT"),
        ("2026-03-29T10:00:00+08:00", "DLT"),
        ("2026-03-29T10:00:00.000001+08:00", "DLT"),
        ("2026-03-29T10:01:00+08:00", "UNDETERMINED"),
    ],
)
def test_an_onset_in_one_window_or_the_other(second: str, verdict: str) -> None:
    """The first window ends at 10:00 of 2026-03-29, the day of the onset; the other begins."""
    protocol = toy(
        criteria=[clause("c", grade=3)],
        window={**WINDOW, "through": "PT672H", "rise_on_infusion_day": "either"},
    )
    reported = event("Chills", (3, "2026-03-29"), (0, "2026-04-02"))
    assert first(protocol, reported, infused=(FIRST_INFUSION, second)).verdict == verdict


@pytest.mark.parametrize(
    ("began", "verdict"),
    [
        ("2026-03-06T23:59+08:00", "DLT"),
        ("2026-03-07T09:00+08:00", "UNDETERMINED"),
        ("2026-03-08T00:00+08:00", "NOT_DLT"),
    ],
)
def test_a_fall_on_the_day_of_an_infusion_may_have_come_before_it(
    began: str, verdict: str
) -> None:
    """Only a rise is taken to follow the infusion of its day: here 2026-03-10 at 10:00."""
    protocol = toy(criteria=[clause("c", grade=4, longer_than="PT72H")])
    reported = event("Chills", (4, began), (3, "2026-03-10"), (0, "2026-03-20"))
    twice = (FIRST_INFUSION, "2026-03-10T10:00:00+08:00")
    assert first(protocol, reported, infused=twice).verdict == verdict


@pytest.mark.parametrize(("rise", "verdict"), [("2026-04-01", "DLT"), ("2026-04", "UNDETERMINED")])
def test_a_rise_dated_by_its_month_may_have_come_before_the_infusion(
    rise: str, verdict: str
) -> None:
    """Only a rise dated by the very day is taken to follow it: here 2026-04-01 at 10:00."""
    twice = (FIRST_INFUSION, "2026-04-01T10:00:00+08:00")
    reported = event("Chills", (4, rise), (0, "2026-04-20"))
    assert first(toy(), reported, infused=twice).verdict == verdict
