"""The clock is aware and in UTC; ids are fresh."""

from datetime import timedelta

from app.clock import random_id, system_clock


def test_the_clock_is_in_utc_and_never_runs_back() -> None:
    first, second = system_clock(), system_clock()
    assert first.utcoffset() == timedelta(0)
    assert first <= second


def test_ids_are_fresh() -> None:
    assert random_id() != random_id()
