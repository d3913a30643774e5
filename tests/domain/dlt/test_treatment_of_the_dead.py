"""Interventions of events whose last grade is not known, and may be a death."""

from typing import Any

import pytest

from tests.domain.dlt.treated import LONG, SOON, given, judged

UNKNOWN_AT_LAST = (3, "2026-03-05T08:00+08:00"), (None, "2026-03-05T20:00+08:00")


@pytest.mark.parametrize(
    ("tells", "verdict"),
    [
        ({}, "UNDETERMINED"),
        ({"seriousness": {"life_threatening": False, "death": True}}, "UNDETERMINED"),
        ({"seriousness": {"death": False}}, "DLT"),
        ({"seriousness": {"life_threatening": False}}, "DLT"),
        ({"worst_grade": 5}, "UNDETERMINED"),
        ({"worst_grade": 4}, "DLT"),
        ({"worst_grade": 4, "seriousness": {"death": True}}, "UNDETERMINED"),
    ],
)
def test_nobody_tells_what_was_not_given_to_a_patient_who_perhaps_had_died(
    tells: Any, verdict: str
) -> None:
    found = judged({"not": SOON}, [], *UNKNOWN_AT_LAST, event_tells=tells)
    assert found.verdict == verdict
    assert judged(SOON, [], *UNKNOWN_AT_LAST, event_tells=tells).verdict == (
        "NOT_DLT" if verdict == "DLT" else "UNDETERMINED"
    )


def test_what_had_been_given_before_stands() -> None:
    before = given("2026-03-05T09:00+08:00", kind="tocilizumab")
    assert judged(SOON, [before], *UNKNOWN_AT_LAST).verdict == "DLT"
    assert judged({"not": SOON}, [before], *UNKNOWN_AT_LAST).verdict == "NOT_DLT"


def test_how_long_one_was_given_is_known_until_then() -> None:
    short = given("2026-03-05T08:00+08:00", "2026-03-05T18:00+08:00")
    long = given("2026-03-04T08:00+08:00", "2026-03-05T18:00+08:00")
    assert judged(LONG, [short], *UNKNOWN_AT_LAST).verdict == "NOT_DLT"
    assert judged(LONG, [long], *UNKNOWN_AT_LAST).verdict == "DLT"
