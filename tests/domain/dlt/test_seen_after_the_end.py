"""What an assessment showed holds, though the observation had ended: nothing was over before it.

The oracle's completions say so too. From 2026-03-02, dated by the day, so by 2026-03-03T00:00 at
the latest and not at it; the criterion asks for longer than 12 hours.
"""

from dataclasses import replace

import pytest

from tests.oracle.pairs import Pair
from tests.oracle.strategies import Data

LAST = "2026-03-20T08:00"
RULES: Data = {
    "observed_in": ["escalation"],
    "window": {"anchor": "each_infusion", "agent": "IC19", "first_day": 0, "through": "P28D"},
    "counts": {},
    "criteria": [{"id": "c0", "at": "1", "says": "-", "grade": 1, "longer_than": "PT12H"}],
    "exceptions": [],
}
AT_2: Data = {**RULES, "criteria": [{**RULES["criteria"][0], "grade": 2}]}
EXCEEDED, NOT_SEEN_LONG_ENOUGH = "2026-03-03T12:00", "2026-03-03T11:59"
ENDS: list[Data] = [
    {"death": {"date": None}},
    {"death": {"date": "2026-03-02"}},
    {"withdrawal": {"date": "2026-03-02"}},
    {"follow_up_until": "2026-03-02"},
]


def pair(grades: list[tuple[str, int]], seen: list[tuple[str, int]], **patient: object) -> Pair:
    event = {
        "id": "AE-1",
        "term": "Nausea",
        "grades": [{"from": at, "grade": grade} for at, grade in grades],
        "assessments": [{"on": at, "grade": grade} for at, grade in seen],
        "ongoing": True,
        "baseline_grade": 0,
    }
    exposures = [{"agent": "IC19", "start": "2026-03-01T08:00"}]
    subject = {"id": "S-1", "exposures": exposures, "events": [event], **patient}
    return Pair(RULES, {"time_zone": "+08:00", "as_of": LAST, "subject": subject})


def holds(judged: Pair, verdict: str) -> None:
    """The core and every completion say so; where it is UNDETERMINED, they differ."""
    found = judged.compared(200)
    assert (found.answer.verdict, found.unsound) == (verdict, None)
    assert len(found.verdicts) == (2 if verdict == "UNDETERMINED" else 1)


@pytest.mark.parametrize("ended", ENDS)
@pytest.mark.parametrize(
    ("last", "verdict"), [(EXCEEDED, "DLT"), (NOT_SEEN_LONG_ENOUGH, "UNDETERMINED")]
)
def test_a_fall_to_a_grade_shows_that_it_was_there_still(
    ended: Data, last: str, verdict: str
) -> None:
    """It may have fallen from 2 to 1 at any time before, and ended only after."""
    course = [("2026-03-02", 2), (last, 1)]
    holds(pair(course, course, **ended), verdict)


@pytest.mark.parametrize("ended", ENDS)
@pytest.mark.parametrize(
    ("last", "verdict"), [(EXCEEDED, "DLT"), (NOT_SEEN_LONG_ENOUGH, "UNDETERMINED")]
)
def test_so_does_a_change_that_no_assessment_repeats(ended: Data, last: str, verdict: str) -> None:
    course = [("2026-03-02", 2), (last, 1)]
    holds(pair(course, course[:1], **ended), verdict)


@pytest.mark.parametrize("ended", ENDS)
@pytest.mark.parametrize(
    ("last", "verdict"), [(EXCEEDED, "DLT"), (NOT_SEEN_LONG_ENOUGH, "UNDETERMINED")]
)
def test_so_does_the_same_grade_once_more(ended: Data, last: str, verdict: str) -> None:
    holds(pair([("2026-03-02", 2)], [("2026-03-02", 2), (last, 2)], **ended), verdict)


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        (EXCEEDED, "DLT"),
        (NOT_SEEN_LONG_ENOUGH, "UNDETERMINED"),
        ("2026-03-03", "UNDETERMINED"),
    ],
)
def test_a_fall_lies_after_what_was_surely_seen_before_it(seen: str, verdict: str) -> None:
    """An assessment of the day of the change may be later than that, and then denies it."""
    course = [("2026-03-02", 2), ("2026-03-03T20:00", 0)]
    holds(pair(course, [course[0], (seen, 2)]), verdict)


@pytest.mark.parametrize(
    ("grade", "verdict"), [(2, "DLT"), (1, "UNDETERMINED"), (0, "UNDETERMINED")]
)
def test_an_event_does_not_last_until_an_assessment_that_shows_less(
    grade: int, verdict: str
) -> None:
    """The change is dated by its month alone, so that none of the assessments denies it."""
    seen = [("2026-03-02", 2), ("2026-03-18", grade)]
    judged = pair([("2026-03-02", 3), ("2026-03", 2)], seen)
    holds(replace(judged, rules=AT_2), verdict)
