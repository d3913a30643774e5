"""Changes dated by their month lie between the changes before and after them in the list."""

from typing import Any

import pytest

from app.domain.adjudication.prepare import prepare
from app.domain.dlt.columns import Columns
from app.domain.dlt.encode import encode
from app.domain.dlt.onset import place
from app.domain.steps import ALWAYS_DAY
from app.domain.time import ALWAYS, PartialTime, zone_of
from tests.builders import LATER, SHANGHAI, Change, event, subject
from tests.domain.dlt.toy import clause, first, toy

PROTOCOL = toy(criteria=[clause("c", grade=3)])
MARCH = "2026-03"


def verdict(*changes: Change) -> str:
    return first(PROTOCOL, event("Pneumonitis", *changes)).verdict


class TestVerdicts:
    """The window is through 2026-03-29; the baseline places a rise after the infusion."""

    @pytest.mark.parametrize(
        ("fall", "expected"), [("2026-03-29", "DLT"), ("2026-03-30", "UNDETERMINED")]
    )
    def test_a_rise_is_no_later_than_the_fall(self, fall: str, expected: str) -> None:
        assert verdict((3, MARCH), (0, fall)) == expected

    @pytest.mark.parametrize(
        ("fall", "expected"), [("2026-03-29", "DLT"), ("2026-03-30", "UNDETERMINED")]
    )
    def test_nor_is_one_with_others_in_between(self, fall: str, expected: str) -> None:
        assert verdict((3, MARCH), (4, MARCH), (3, MARCH), (0, fall)) == expected

    @pytest.mark.parametrize(
        ("mild", "expected"), [("2026-03-29", "UNDETERMINED"), ("2026-03-30", "NOT_DLT")]
    )
    def test_a_rise_is_no_earlier_than_the_change_before(self, mild: str, expected: str) -> None:
        assert verdict((1, mild), (3, MARCH), (0, "2026-04-10")) == expected

    @pytest.mark.parametrize(
        ("mild", "expected"), [("2026-03-29", "UNDETERMINED"), ("2026-03-30", "NOT_DLT")]
    )
    def test_nor_after_others_in_between(self, mild: str, expected: str) -> None:
        assert (
            verdict((1, mild), (2, MARCH), (1, MARCH), (3, MARCH), (0, "2026-04-10")) == expected
        )


class TestBounds:
    """What is left of the month, in instants and days. Infused on 2026-03-01 at 10:00."""

    @staticmethod
    def placed(*changes: Change, **recorded: Any) -> Columns:
        assert PROTOCOL.rules is not None
        program = PROTOCOL.rules.program
        patient = subject(event("Pneumonitis", *changes, **recorded))
        prepared = prepare([patient], PROTOCOL, PartialTime(LATER), SHANGHAI)[0]
        return place(encode([prepared.recorded], program, {}), program.rules.window).columns

    def test_between_the_change_before_and_the_one_after(self) -> None:
        zone = zone_of(SHANGHAI)
        before, after = (PartialTime(day).span(zone) for day in ("2026-03-10", "2026-03-12"))
        courses = self.placed((1, "2026-03-10"), (3, MARCH), (2, MARCH), (0, "2026-03-12")).courses
        assert courses.first.tolist() == [before.first] * 3 + [after.first]
        assert courses.last.tolist() == [before.last] + [after.last] * 3
        assert courses.sup.tolist() == [before.sup] + [after.sup] * 3
        assert courses.first_day.tolist() == [before.first_day] * 3 + [after.first_day]
        assert courses.last_day.tolist() == [before.last_day] + [after.last_day] * 3
        assert courses.held_through.tolist() == [before.first - 1] * 3 + [after.first - 1]
        assert courses.held_through_day.tolist() == [before.first_day] * 3 + [after.first_day]

    def test_between_changes_that_are_partly_dated_themselves(self) -> None:
        zone = zone_of(SHANGHAI)
        march, april = (PartialTime(month).span(zone) for month in (MARCH, "2026-04"))
        infused = PartialTime("2026-03-01T10:00+08:00").span(zone)
        courses = self.placed((1, MARCH), (3, "2026"), (0, "2026-04")).courses
        assert (courses.first[1], courses.last[1]) == (infused.first, april.last)
        assert (courses.first_day[1], courses.last_day[1]) == (march.first_day, april.last_day)
        assert courses.held_through[1] == infused.first - 1
        assert (courses.sup[1], courses.held_through_day[1]) == (april.sup, march.first_day)

    def test_a_rise_not_before_the_infusion_that_it_follows(self) -> None:
        infused = PartialTime("2026-03-01T10:00+08:00").span(zone_of(SHANGHAI))
        march = PartialTime(MARCH).span(zone_of(SHANGHAI))
        courses = self.placed((3, MARCH), (0, "2026-04-10")).courses
        assert (courses.first[0], courses.last[0]) == (infused.first, march.last)
        assert (courses.first_day[0], courses.last_day[0]) == (infused.first_day, march.last_day)
        assert courses.held_through[0] == infused.first - 1

    def test_a_rise_that_only_reaches_the_baseline_lies_before_the_infusion(self) -> None:
        zone = zone_of(SHANGHAI)
        day, infused = (
            PartialTime(time).span(zone) for time in ("2026-03-01", "2026-03-01T10:00+08:00")
        )
        courses = self.placed((3, "2026-03-01"), (0, "2026-03-05"), baseline_grade=3).courses
        assert (courses.first[0], courses.last[0]) == (day.first, infused.first - 1)
        assert (courses.sup[0], courses.last_day[0]) == (infused.first, infused.first_day)

    def test_what_contradicts_the_baseline_may_have_been_at_any_time(self) -> None:
        """A rise that the baseline places after the infusion at 10:00, and a fall at 08:00."""
        zone = zone_of(SHANGHAI)
        cut = PartialTime(LATER).span(zone)
        changes = (3, "2026-03-01"), (2, "2026-03-01T08:00+08:00"), (0, "2026-03-20")
        courses = self.placed(*changes).courses
        assert courses.first.tolist()[:2] == courses.held_through.tolist()[:2] == [ALWAYS] * 2
        assert courses.first_day.tolist()[:2] == [ALWAYS_DAY] * 2
        assert courses.held_through_day.tolist()[:2] == [ALWAYS_DAY] * 2
        assert courses.last.tolist()[:2] == [cut.last] * 2
        assert courses.sup.tolist()[:2] == [cut.last + 1] * 2
        assert courses.last_day.tolist()[:2] == [cut.last_day] * 2
