"""Days of courses: clocks in days count from them, so they stand beside every instant."""

import pytest

from app.domain.course import Course, Tail, course_of
from app.domain.steps import ALWAYS_DAY
from app.domain.time import DAY, PartialTime, zone_of
from tests.builders import Change, course, event, observation, subject

SHANGHAI = zone_of("+08:00")


def day(text: str) -> int:
    return PartialTime(text).span(SHANGHAI).first_day


def through(known: Course) -> int:
    """The last day on which the event was there; the same day as that of the instant."""
    assert known.through_day == SHANGHAI.day_of(known.through)
    return known.through_day


class TestReport:
    """A report that is dated by its month tells of its first day, and no more."""

    def test_through_the_day_of_the_report(self) -> None:
        known = course((3, "2026-02-20"), ongoing=True, ongoing_as_of="2026-03-04")
        assert through(known) == day("2026-03-04")

    def test_through_the_first_day_of_its_month(self) -> None:
        known = course((3, "2026-02-20"), ongoing=True, ongoing_as_of="2026-03")
        assert known.tail is Tail.SILENT
        assert through(known) == day("2026-03-01")

    def test_but_not_before_the_last_change(self) -> None:
        known = course((3, "2026-03-05"), ongoing=True, ongoing_as_of="2026-03")
        assert through(known) == day("2026-03-05")

    def test_nothing_recorded_after_a_change_dated_by_its_month(self) -> None:
        assert through(course((3, "2026-03"), ongoing=None)) == day("2026-03-01")


class TestDeath:
    """Death from another cause that ends the event: by then, or by a change seen after it."""

    @pytest.mark.parametrize(
        ("changes", "by"),
        [
            ([(3, "2026-03-05")], "2026-03-10"),
            ([(3, "2026-03-05"), (2, "2026-03-08")], "2026-03-10"),
            ([(3, "2026-03-05"), (2, "2026-03-20")], "2026-03-20"),
        ],
    )
    def test_the_event_was_over_by(self, changes: list[Change], by: str) -> None:
        seen = observation(
            subject(death={"date": "2026-03-10"}), death_from_another_cause="ends_event"
        )
        known = course_of(event("Chills", *changes, ongoing=True), seen)
        assert (known.tail, known.ends_by_day) == (Tail.ENDED, day(by))
        assert SHANGHAI.day_of(known.ends_by) == day(by)


class TestStop:
    """A stop that is dated by its month may have been on its first day."""

    def test_through_the_first_day_of_its_month(self) -> None:
        known = course((3, "2026-02-20"), ongoing=True, patient=subject(death={"date": "2026-03"}))
        assert through(known) == day("2026-03-01")

    def test_but_not_before_the_last_change(self) -> None:
        patient = subject(withdrawal={"date": "2026-03"})
        known = course((3, "2026-03-05"), ongoing=True, patient=patient)
        assert through(known) == day("2026-03-05")


def test_what_is_wholly_unknown_began_before_every_day() -> None:
    known = course((3, "2026-03-10"), (0, "2026-03-05"))
    assert known.steps[0].span.first_day == known.steps[0].held_day == ALWAYS_DAY
    assert PartialTime("1900-01-01").span(SHANGHAI).first > ALWAYS_DAY * DAY
