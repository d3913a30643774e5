"""Limits in words: how long, and whether the limit itself is included."""

import pytest

from app.domain.dlt.rule import Clocks
from app.domain.dlt.text.durations import amount_of, at_least, beyond, within
from app.domain.time import Limit

INCLUDED, EXCLUDED = Clocks(), Clocks(within_includes_limit=False)
ELAPSED = Clocks(days_are="elapsed")


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("P1D", "1 day"), ("P7D", "7 days"), ("P1W", "1 week"), ("P2W", "2 weeks"),
        ("PT1H", "1 hour"), ("PT72H", "72 hours"), ("PT90M", "90 minutes"), ("PT120M", "2 hours"),
    ],
)  # fmt: skip
def test_an_amount_keeps_its_unit(limit: str, words: str) -> None:
    assert amount_of(Limit(limit)) == words


def test_an_included_limit() -> None:
    note = "(calendar days; the 7th day still counts as within)"
    assert (
        beyond(Limit("P7D"), INCLUDED, reached=False, longer=True) == f"longer than 7 days {note}"
    )
    assert (
        beyond(Limit("P7D"), INCLUDED, reached=False, longer=False)
        == f"no longer than 7 days {note}"
    )
    assert within(Limit("P7D"), INCLUDED) == f"within 7 days {note}"


def test_an_excluded_limit() -> None:
    long = "(calendar days; the 7th day is already too long)"
    assert beyond(Limit("P7D"), EXCLUDED, reached=False, longer=True) == f"7 days or longer {long}"
    assert (
        beyond(Limit("P7D"), EXCLUDED, reached=False, longer=False)
        == f"shorter than 7 days {long}"
    )
    late = "(calendar days; the 7th day is already too late)"
    assert within(Limit("P7D"), EXCLUDED) == f"within 7 days {late}"


def test_hours_and_days_of_24_hours_compare_instants() -> None:
    assert beyond(Limit("PT72H"), INCLUDED, reached=False, longer=True) == (
        "longer than 72 hours (exactly 72 hours still counts as within)"
    )
    assert beyond(Limit("PT72H"), EXCLUDED, reached=False, longer=True) == (
        "72 hours or longer (exactly 72 hours is already too long)"
    )
    assert within(Limit("P2W"), ELAPSED) == (
        "within 2 weeks (a day is 24 hours; exactly 336 hours still counts as within)"
    )


@pytest.mark.parametrize(
    ("days", "day"),
    [
        (1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (13, "13th"),
        (21, "21st"), (22, "22nd"), (28, "28th"), (111, "111th"), (122, "122nd"),
    ],
)  # fmt: skip
def test_the_last_day_that_is_within(days: int, day: str) -> None:
    assert f"the {day} day still counts" in within(Limit(f"P{days}D"), INCLUDED)


@pytest.mark.parametrize(
    ("limit", "clocks", "words"),
    [
        ("P7D", INCLUDED, "at least 7 days (calendar days; the 7th day is enough)"),
        ("P2D", ELAPSED, "at least 2 days (a day is 24 hours; exactly 48 hours is enough)"),
        ("PT72H", EXCLUDED, "at least 72 hours (exactly 72 hours is enough)"),
    ],
)
def test_a_limit_that_has_to_be_reached(limit: str, clocks: Clocks, words: str) -> None:
    assert at_least(Limit(limit), clocks) == words
