"""Events that are said to be over, beside the data cut and beside a death."""

import pytest

from app.domain.case import Death
from app.domain.time import PartialTime
from tests.builders import event
from tests.domain.dlt.toy import clause, first, toy

OVER_24_H = toy(criteria=[clause("lasting", grade=3, longer_than="PT24H")])
DEATH_EXCEEDS = toy(
    criteria=[clause("lasting", grade=3, longer_than="P7D")],
    clocks={"death_from_another_cause": "exceeds_limit"},
)
DEATH = Death(date=PartialTime("2026-03-09"), cause="Traffic accident")


@pytest.mark.parametrize(
    ("cut", "verdict"),
    [
        # It is over by the cut, so its last grade held for no time.
        ("2026-03-04T08:00+08:00", "NOT_DLT"),
        ("2026-03-04T08:01+08:00", "DLT"),
    ],
)
def test_an_event_that_is_over_at_the_instant_of_its_last_change(cut: str, verdict: str) -> None:
    over = event("Nausea", (3, "2026-03-03T08:00+08:00"), (4, "2026-03-04T08:00+08:00"))
    assert first(OVER_24_H, over, as_of=cut).verdict == verdict


@pytest.mark.parametrize(
    ("changes", "ongoing", "verdict"),
    [
        # It went on until the death, which exceeds the limit.
        ([(3, "2026-03-05")], True, "DLT"),
        # It ended before the death, or was unresolved at it.
        ([(3, "2026-03-05")], False, "UNDETERMINED"),
        ([(3, "2026-03-05"), (4, "2026-03-09")], False, "UNDETERMINED"),
        # It was still seen after the death's day had ended.
        ([(3, "2026-03-05"), (4, "2026-03-10")], False, "DLT"),
        ([(3, "2026-03-05"), (2, "2026-03-08")], False, "NOT_DLT"),
    ],
)
def test_an_event_that_was_perhaps_over_before_a_death_that_exceeds_limits(
    changes: list[tuple[int, str]], ongoing: bool, verdict: str
) -> None:
    course = event("Nausea", *changes, ongoing=ongoing)
    assert first(DEATH_EXCEEDS, course, death=DEATH).verdict == verdict
