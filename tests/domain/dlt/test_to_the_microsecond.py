"""A limit in hours against a fall that is only known to lie between two times.

Grade 3 for longer than 72 hours. Whether a fall at the limit itself keeps it, is a reading.
"""

from typing import Any

import pytest

from tests.builders import event
from tests.domain.dlt.toy import clause, first, toy

READINGS = {
    included: toy(
        criteria=[clause("c", grade=3, longer_than="PT72H")],
        clocks={"within_includes_limit": included},
    )
    for included in (True, False)
}


@pytest.mark.parametrize(
    ("included", "over", "verdict"),
    [
        (True, "2026-03-08T10:00:00+08:00", "NOT_DLT"),
        (True, "2026-03-08T10:00:00.000001+08:00", "UNDETERMINED"),
        (True, "2026-03-08T10:01:00+08:00", "UNDETERMINED"),
        (False, "2026-03-08T09:59:59.999999+08:00", "NOT_DLT"),
        (False, "2026-03-08T10:00:00+08:00", "UNDETERMINED"),
    ],
)
def test_the_latest_that_the_fall_may_have_been(included: bool, over: str, verdict: str) -> None:
    """From 2026-03-05 at 10:00, to grade 2 at some time of March, and over by then."""
    changes = (3, "2026-03-05T10:00+08:00"), (2, "2026-03"), (0, over)
    assert first(READINGS[included], event("Chills", *changes)).verdict == verdict


@pytest.mark.parametrize(
    ("included", "began", "verdict"),
    [
        (True, "2026-03-05T00:00:00+08:00", "UNDETERMINED"),
        (True, "2026-03-04T23:59:59.999999+08:00", "DLT"),
        (False, "2026-03-05T00:00:00.000001+08:00", "UNDETERMINED"),
        (False, "2026-03-05T00:00:00+08:00", "DLT"),
    ],
)
def test_the_earliest_that_the_fall_may_have_been(
    included: bool, began: str, verdict: str
) -> None:
    """A fall on 2026-03-08 may have been at midnight."""
    changes = (3, began), (2, "2026-03-08")
    assert first(READINGS[included], event("Chills", *changes)).verdict == verdict


@pytest.mark.parametrize(
    ("included", "recorded", "verdict"),
    [
        (True, {"ongoing_as_of": "2026-03-08T10:00+08:00"}, "DLT"),
        (True, {"ongoing_as_of": "2026-03-08T09:59+08:00"}, "UNDETERMINED"),
        (False, {"ongoing_as_of": "2026-03-08T09:59:59.999999+08:00"}, "DLT"),
        (False, {"ongoing_as_of": "2026-03-08T09:59+08:00"}, "UNDETERMINED"),
    ],
)
def test_how_long_it_surely_went_on(
    included: bool, recorded: dict[str, Any], verdict: str
) -> None:
    """From 2026-03-05 at 10:00; not yet over when its source spoke last."""
    case = event("Chills", (3, "2026-03-05T10:00+08:00"), ongoing=True, **recorded)
    assert first(READINGS[included], case).verdict == verdict
