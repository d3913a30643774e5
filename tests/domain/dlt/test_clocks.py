"""What a clock is counted from, what it adds up, and whether its limit is beyond itself."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.case import Exposure
from app.domain.errors import BadProtocol
from app.domain.time import PartialTime
from tests.builders import event
from tests.domain.dlt.toy import clause, first, toy
from tests.sparing import SPARING

FIRST = Exposure(agent="IC19", start=PartialTime("2026-03-01T10:00+08:00"))
AGAIN = Exposure(agent="IC19", start=PartialTime("2026-03-15T10:00+08:00"))
SOMETIME = Exposure(agent="IC19", start=PartialTime("2026-03-15"))


def lasting(**asked: Any) -> Any:
    """A criterion on a stretch at grade 3."""
    when = {"lasts": {"grade": 3, **asked}}
    return toy(criteria=[clause("lasting", grade=3, when=when)])


def recovering(**asked: Any) -> Any:
    """Grade 3 that is excused when it recovers in time."""
    soon = clause("soon", when={"always": True}, limit={"recovers": asked})
    return toy(criteria=[clause("grade-3", grade=3)], exceptions=[soon])


class TestAtLeast:
    """The limit itself is already beyond."""

    @pytest.mark.no_cover
    @pytest.mark.parametrize(
        ("limit", "end", "verdict"),
        [
            ("P7D", "2026-03-11T23:59+08:00", "NOT_DLT"),
            ("P7D", "2026-03-12T00:00+08:00", "DLT"),
            ("PT72H", "2026-03-08T07:59+08:00", "NOT_DLT"),
            ("PT72H", "2026-03-08T08:00+08:00", "DLT"),
        ],
    )
    @pytest.mark.parametrize("included", [True, False])
    def test_both_sides(self, limit: str, end: str, verdict: str, included: bool) -> None:
        """Whether "within" includes its limit is another question."""
        course = event("Nausea", (3, "2026-03-05T08:00+08:00"), (1, end))
        criterion = clause("lasting", grade=3, at_least=limit)
        clocks = {"within_includes_limit": included}
        assert first(toy(criteria=[criterion], clocks=clocks), course).verdict == verdict
        when = {"lasts": {"grade": 3, "at_least": limit}}
        asked = toy(criteria=[clause("lasting", grade=3, when=when)], clocks=clocks)
        assert first(asked, course).verdict == verdict
        shorter = {"lasts": {"grade": 3, "shorter_than": limit}}
        excused = toy(
            criteria=[clause("grade-3", grade=3)],
            exceptions=[clause("short", when={"always": True}, limit=shorter)],
            clocks=clocks,
        )
        assert first(excused, course).verdict == verdict

    def test_it_is_established_when_the_limit_is_reached(self) -> None:
        going_on = event("Nausea", (3, "2026-03-05"), ongoing=True)
        judged = first(lasting(at_least="P7D"), going_on)
        assert (judged.verdict, judged.established_at) == ("DLT", "2026-03-12T00:00:00+08:00")
        assert "7 days or longer before grade 2 or less" in str(judged.explanation.tree)
        assert "limit 7 days, itself beyond it" in str(judged.explanation.tree)

    def test_a_criterion_has_one_limit(self) -> None:
        both = clause("both", grade=3, longer_than="P7D", at_least="P7D")
        with pytest.raises(BadProtocol, match="a criterion has one limit"):
            toy(criteria=[both])


class TestCountedFromAnInfusion:
    """The last day that is within is a day of the treatment, whenever the event began."""

    @pytest.mark.no_cover
    @pytest.mark.parametrize(
        ("counted_from", "end", "verdict"),
        [
            ("first_infusion", "2026-03-29", "NOT_DLT"),
            ("first_infusion", "2026-03-30", "DLT"),
            ("infusion", "2026-04-12", "NOT_DLT"),
            ("infusion", "2026-04-13", "DLT"),
            ("onset", "2026-04-17", "NOT_DLT"),
            ("onset", "2026-04-18", "DLT"),
        ],
    )
    def test_both_sides_of_28_days(self, counted_from: str, end: str, verdict: str) -> None:
        course = event("Nausea", (3, "2026-03-20"), (1, end))
        lasts = lasting(longer_than="P28D", counted_from=counted_from)
        recovers = recovering(to=2, within="P28D", counted_from=counted_from)
        for protocol in (lasts, recovers):
            judged = first(protocol, course, exposures=(FIRST, AGAIN))
            assert judged.verdict == verdict

    @pytest.mark.parametrize(
        ("end", "verdict"),
        [("2026-03-16T10:00+08:00", "NOT_DLT"), ("2026-03-16T10:01+08:00", "DLT")],
    )
    def test_hours_run_from_the_start_of_the_infusion(self, end: str, verdict: str) -> None:
        course = event("Nausea", (3, "2026-03-15T22:00+08:00"), (1, end))
        protocol = lasting(longer_than="PT24H", counted_from="infusion")
        judged = first(protocol, course, exposures=(FIRST, AGAIN))
        assert judged.verdict == verdict
        if verdict == "DLT":
            assert judged.established_at == "2026-03-16T10:00:00+08:00"
        text = str(judged.explanation.tree)
        assert "from the infusion of 2026-03-15 10:00 +08:00; limit 24 h from the infusion" in text

    @pytest.mark.parametrize("limit", ["P14D", "PT336H"])
    def test_what_begins_after_the_limit_is_beyond_it_at_once(self, limit: str) -> None:
        course = event("Nausea", (3, "2026-03-20T08:00+08:00"), (1, "2026-03-20T09:00+08:00"))
        judged = first(lasting(longer_than=limit, counted_from="first_infusion"), course)
        assert (judged.verdict, judged.established_at) == ("DLT", "2026-03-20T08:00:00+08:00")

    @pytest.mark.parametrize("limit", ["P7D", "PT168H"])
    @pytest.mark.parametrize("shown", [[], [{"on": "2026-03-04", "grade": 3}]])
    def test_an_open_event_is_pending_until_the_limit_of_the_infusion(
        self, shown: list[Any], limit: str
    ) -> None:
        began = (3, "2026-03-03T12:00+08:00")
        going_on = event("Nausea", began, ongoing=True, assessments=shown)
        protocol = lasting(longer_than=limit, counted_from="first_infusion")
        judged = first(protocol, going_on, as_of="2026-03-05")
        due = "2026-03-09T00:00:00+08:00" if limit == "P7D" else "2026-03-08T10:00:00+08:00"
        assert (judged.verdict, judged.becomes_dlt_at) == ("PENDING", due)

    def test_a_partly_dated_infusion_leaves_hours_open(self) -> None:
        protocol = lasting(longer_than="PT24H", counted_from="infusion")
        course = event(
            "Nausea",
            (3, "2026-03-15T23:00+08:00"),
            (1, "2026-03-16T12:00+08:00"),
            baseline_grade=0,
        )
        judged = first(protocol, course, exposures=(SOMETIME,))
        assert judged.verdict == "UNDETERMINED"
        asked = {each.field: each for each in judged.missing}
        assert asked["exposure"].would_settle == {"beyond_limit": "DLT", "within_limit": "NOT_DLT"}
        assert "the infusion of 2026-03-15; limit 24 h" in asked["exposure"].text
        late = event("Nausea", (3, "2026-03-15T23:30+08:00"), (1, "2026-03-17T00:00+08:00"))
        assert first(protocol, late, exposures=(SOMETIME,)).verdict == "DLT"

    def test_hours_from_an_infusion_of_a_day_are_over_as_if_it_ended_with_that_day(self) -> None:
        protocol = lasting(longer_than="PT48H", counted_from="infusion")
        course = event("Nausea", (3, "2026-03-16T08:00+08:00"), (1, "2026-03-25"))
        judged = first(protocol, course, exposures=(SOMETIME,))
        assert (judged.verdict, judged.established_at) == ("DLT", "2026-03-18T00:00:00+08:00")

    def test_which_of_two_infusions_was_the_last_may_be_open(self) -> None:
        protocol = lasting(longer_than="P7D", counted_from="infusion")
        month = Exposure(agent="IC19", start=PartialTime("2026-03"))
        course = event("Nausea", (3, "2026-03-20"), (1, "2026-03-23"), baseline_grade=0)
        judged = first(protocol, course, exposures=(FIRST, month))
        assert judged.verdict == "UNDETERMINED"
        text = str([each.text for each in judged.missing])
        assert "the infusion between 2026-03-01 and 2026-03-20" in text

    def test_death_ends_a_clock_that_was_running(self) -> None:
        fatal = event("Nausea", (3, "2026-03-03"), (5, "2026-03-05"))
        protocol = lasting(longer_than="P28D", counted_from="infusion")
        assert first(protocol, fatal).established_at == "2026-03-05T00:00:00+08:00"

    def test_a_window_of_the_first_infusion_knows_no_other(self) -> None:
        window = {"anchor": "first_infusion", "agent": "IC19", "first_day": 0, "through": "P28D"}
        asked = {"lasts": {"grade": 3, "longer_than": "P7D", "counted_from": "infusion"}}
        with pytest.raises(BadProtocol, match="write counted_from: first_infusion"):
            toy(window=window, criteria=[clause("lasting", grade=3, when=asked)])

    def test_an_unknown_infusion_is_told(self) -> None:
        protocol = lasting(longer_than="P7D", counted_from="infusion")
        course = event("Nausea", (3, "2026-03-20"), (1, "2026-03-23"))
        judged = first(protocol, course, exposures=())
        assert judged.verdict == "UNDETERMINED"
        assert "exposure" in {each.field for each in judged.missing}


@pytest.mark.parametrize(("end", "verdict"), [("2026-03-23", "NOT_DLT"), ("2026-03-24", "DLT")])
def test_a_criterion_counts_each_stretch_by_itself(end: str, verdict: str) -> None:
    protocol = toy(criteria=[clause("long", grade=3, longer_than="P7D")])
    apart = ((3, "2026-03-05"), (2, "2026-03-12"), (3, "2026-03-16"), (2, end))
    assert first(protocol, event("Pneumonitis", *apart)).verdict == verdict


class TestTotal:
    """Days at the grade, with interruptions."""

    @pytest.mark.parametrize(
        ("end", "verdict"), [("2026-03-20", "NOT_DLT"), ("2026-03-21", "DLT")]
    )
    def test_lengths_are_added_up(self, end: str, verdict: str) -> None:
        course = event("Nausea", (3, "2026-03-05"), (1, "2026-03-09"), (4, "2026-03-17"), (0, end))
        judged = first(lasting(longer_than="P7D", total=True), course)
        assert judged.verdict == verdict
        if verdict == "DLT":
            assert judged.established_at == "2026-03-21T00:00:00+08:00"
        text = str(judged.explanation.tree)
        assert "longer than 7 days at grade 3 or more in total" in text
        assert "grade 3 from 2026-03-05 to 2026-03-09 = 4 days; limit 7 days in total" in text

    def test_no_stretch_alone_has_to_be_long(self) -> None:
        course = event(
            "Nausea",
            (3, "2026-03-05T08:00+08:00"),
            (1, "2026-03-05T20:00+08:00"),
            (3, "2026-03-06T08:00+08:00"),
            (1, "2026-03-06T20:00+08:00"),
        )
        assert first(lasting(at_least="PT24H", total=True), course).verdict == "DLT"
        assert first(lasting(longer_than="PT24H", total=True), course).verdict == "NOT_DLT"
        assert first(lasting(at_least="PT24H"), course).verdict == "NOT_DLT"

    def test_the_instant_is_told_to_the_microsecond(self) -> None:
        course = event(
            "Nausea",
            (3, "2026-03-05T08:00+08:00"),
            (1, "2026-03-05T20:00+08:00"),
            (3, "2026-03-06T08:00+08:00"),
            (1, "2026-03-06T23:00+08:00"),
        )
        for asked in ({"at_least": "PT24H"}, {"longer_than": "PT24H"}):
            judged = first(lasting(**asked, total=True), course)
            assert judged.established_at == "2026-03-06T20:00:00+08:00"

    def test_an_open_stretch_needs_what_is_left(self) -> None:
        course = event(
            "Nausea", (3, "2026-03-05"), (1, "2026-03-09"), (3, "2026-03-17"), ongoing=True
        )
        judged = first(lasting(longer_than="P7D", total=True), course, as_of="2026-03-18")
        assert (judged.verdict, judged.becomes_dlt_at) == (
            "PENDING",
            "2026-03-21T00:00:00+08:00",
        )

    @pytest.mark.parametrize("began", ["2026-03-05", "2026-03-24"])
    def test_a_length_that_is_not_known_leaves_the_total_open(self, began: str) -> None:
        """From the 24th it may be all of the limit, and is not beyond it alone."""
        course = event("Nausea", (3, began), (1, "2026-03"), (3, "2026-04-02"), (1, "2026-04-05"))
        judged = first(lasting(longer_than="P7D", total=True), course)
        assert judged.verdict == "UNDETERMINED"
        assert {each.field for each in judged.missing} == {"recovery"}

    def test_only_the_same_event_is_added_up(self) -> None:
        one = event("Nausea", (3, "2026-03-05"), (1, "2026-03-10"))
        other = event("Nausea", (3, "2026-03-12"), (1, "2026-03-17"), id="AE-2")
        assert first(lasting(longer_than="P7D", total=True), one, other).verdict == "NOT_DLT"

    @pytest.mark.parametrize(("grade", "verdict"), [(2, "DLT"), (4, "NOT_DLT")])
    def test_stretches_around_the_run_and_within_it(self, grade: int, verdict: str) -> None:
        course = event(
            "Nausea",
            (2, "2026-03-05"),
            (3, "2026-03-06"),
            (4, "2026-03-07"),
            (0, "2026-03-09"),
            (2, "2026-03-12"),
            (0, "2026-03-16"),
        )
        when = {"lasts": {"grade": grade, "longer_than": "P7D", "total": True}}
        protocol = toy(criteria=[clause("lasting", grade=3, when=when)])
        assert first(protocol, course).verdict == verdict

    @pytest.mark.parametrize(("end", "verdict"), [("08:00", "NOT_DLT"), ("08:01", "DLT")])
    def test_hours_are_added_to_the_minute(self, end: str, verdict: str) -> None:
        """24 hours and 48, which is the limit."""
        course = event(
            "Nausea",
            (3, "2026-03-05T08:00+08:00"),
            (0, "2026-03-06T08:00+08:00"),
            (3, "2026-03-10T08:00+08:00"),
            (0, f"2026-03-12T{end}+08:00"),
        )
        assert first(lasting(longer_than="PT72H", total=True), course).verdict == verdict

    def test_it_is_counted_from_onsets(self) -> None:
        with pytest.raises(BadProtocol, match="a total adds up stretches from their onsets"):
            lasting(longer_than="P7D", total=True, counted_from="infusion")


def stretches() -> st.SearchStrategy[list[int]]:
    """Days on which grade 3 begins and ends, in turn."""
    return st.lists(st.integers(2, 27), min_size=2, max_size=8, unique=True).map(sorted)


@SPARING
@given(stretches(), st.integers(1, 20))
def test_a_total_is_the_sum_of_the_lengths(days: list[int], limit: int) -> None:
    """The days of each stretch, added up by hand."""
    days = days[: len(days) // 2 * 2]
    told = [(3 - 2 * (n % 2), f"2026-03-{day:02d}") for n, day in enumerate(days)]
    judged = first(lasting(longer_than=f"P{limit}D", total=True), event("Nausea", *told))
    total = sum(_lengths(days))
    assert judged.verdict == ("DLT" if total > limit else "NOT_DLT")


def _lengths(days: list[int]) -> Iterator[int]:
    yield from (end - start for n, (start, end) in enumerate(pairwise(days)) if n % 2 == 0)
