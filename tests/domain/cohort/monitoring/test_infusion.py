"""Counts of named events: whether an event of the day of the infusion came after it."""

import pytest

from tests.domain.cohort.monitoring.cohorts import LATER, decided, event, patient

STANDS = {"yes": "stop", "no": "continue", "unknown": "undetermined"}


@pytest.mark.parametrize(
    ("infused", "on", "decision"),
    [
        ("2026-03-01T10:00Z", "2026-03-01T09:59Z", "continue"),
        ("2026-03-01T10:00Z", "2026-03-01T10:00Z", "stop"),
        ("2026-03-01T10:00Z", "2026-03-01T09", "continue"),
        ("2026-03-01T10:00Z", "2026-03-01T10", "stop"),
        # With a clock time it may have been before, or after.
        ("2026-03-01T10:30Z", "2026-03-01T10", "undetermined"),
        ("2026-03-01T10", "2026-03-01T10:30Z", "undetermined"),
        ("2026-03-01T10", "2026-03-01T11", "stop"),
        ("2026-03-01", "2026-03-01T00:05Z", "undetermined"),
        ("2026-03-01", "2026-03-02T00:05Z", "stop"),
        ("2026-03-01T10:00Z", "2026-03-02", "stop"),
        ("2026-03", "2026-03-31T00:05Z", "undetermined"),
        # By the day alone it may have been before: it is taken to have been after.
        ("2026-03-01", "2026-03-01", "stop"),
        ("2026-03-01T10:00Z", "2026-03-01", "stop"),
        ("2026-03-01T23:59Z", "2026-03-01", "stop"),
        ("2026-03-01T10", "2026-03-01", "stop"),
        ("2026-03-01T10:00Z", "2026-02-28", "continue"),
        ("2026-03-01T10:00Z", "2026-03", "stop"),
        ("2026-03-02T10:00Z", "2026-03", "undetermined"),
        ("2026-03-01T10:00Z", "2026-03-31T23:59Z", "stop"),
        ("2026-03-01T10:00Z", "2026-04-01T00:00Z", "continue"),
        ("2026-03-01", "2026-03-31T20:00Z", "stop"),
        ("2026-03-05", "2026-04", "undetermined"),
        ("2026-03", "2026-03-31", "stop"),
        ("2026-03", "2026-04-01", "undetermined"),
        ("2026-03", "2026-04-30", "undetermined"),
        ("2026-03", "2026-05-01", "continue"),
        ("2026-03", "2026-03-30", "undetermined"),
        (None, "2026-03-10", "undetermined"),
        (None, LATER, "undetermined"),
    ],
)
def test_the_day_of_the_infusion(infused: str | None, on: str, decision: str) -> None:
    # The window of one whose infusion is unknown, or was in the last month, would be open.
    told = patient(event(on, 5), infused=infused)
    assert STANDS[decided(told).reached] == decision


@pytest.mark.parametrize(
    ("changes", "reached"),
    [
        # It rose on the day of the infusion, and so after it.
        ([("2026-02-20", 2), ("2026-03-01", 3)], "yes"),
        ([("2026-03-01", 2), ("2026-03-01", 3)], "yes"),
        ([("2026-03-01", 3), ("2026-03-02", 0)], "yes"),
        # It was as bad before, or may have been.
        ([("2026-02-20", 3), ("2026-03-01", 4)], "no"),
        ([("2026-02-20", None), ("2026-03-01", 3)], "unknown"),
        # Its course says that it was before the infusion, after it, or that nobody knows.
        ([("2026-03-01", 3), ("2026-03-01T09:59Z", 0)], "no"),
        ([("2026-03-01", 3), ("2026-03-01T10:00Z", 0)], "yes"),
        ([("2026-03-01", None), ("2026-03-01T09:59Z", 3)], "no"),
        ([("2026-03-01T10:01Z", 2), ("2026-03-01", 3)], "yes"),
    ],
)
def test_a_day_alone_is_taken_to_be_after_the_clock_time_of_an_infusion(
    changes: list[tuple[str | None, int | None]], reached: str
) -> None:
    course = {"grades": [{"from": on, "grade": grade} for on, grade in changes]}
    told = patient(course, infused="2026-03-01T10:00Z")
    assert decided(told, minimum_grade=3).reached == reached


def test_an_event_that_ended_within_the_hour_of_the_infusion_may_have_been_before() -> None:
    changes = [("2026-03-01", 5), ("2026-03-01T10:30Z", 0)]
    course = {"grades": [{"from": on, "grade": grade} for on, grade in changes]}
    assert decided(patient(course, infused="2026-03-01T10")).reached == "unknown"
    assert decided(patient(course, infused="2026-03-01T10:30Z")).reached == "yes"
    assert decided(patient(course, infused="2026-03-01T10:31Z")).reached == "no"
