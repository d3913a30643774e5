"""Each sentence of the fine print on verdicts, clocks and ends, as IC19 shows it.

Names and docstrings are the sentences. Pneumonitis stands for an event with the general limit of
7 days: grade 3 from 2026-03-10 exceeds it at 2026-03-18T00:00+08:00.
"""

from typing import Any

import pytest

from tests.builders import event, fields, ic19, settles

PNEUMONITIS, CRS = "Pneumonitis", "Cytokine release syndrome"
EXCEEDED = "2026-03-18T00:00:00+08:00"


def grade_3(*then: Any, **told: Any) -> Any:
    return event(PNEUMONITIS, (3, "2026-03-10"), *then, **told)


class TestRunningOut:
    """A clock has run out only when its established_at lies before the cut."""

    @pytest.mark.parametrize(
        ("as_of", "verdict"),
        [
            ("2026-03-17", "PENDING"),
            ("2026-03-17T23:59:59.999999+08:00", "PENDING"),
            ("2026-03-18T00:00+08:00", "DLT"),
            ("2026-03-18", "DLT"),
        ],
        ids=[
            "own-midnight-is-not-before-it",
            "a-moment-earlier",
            "an-instant-includes-it",
            "later",
        ],
    )
    def test_until_then_the_event_is_pending(self, as_of: str, verdict: str) -> None:
        judged = ic19(grade_3(ongoing=True), as_of=as_of)
        assert judged.verdict == verdict
        assert EXCEEDED in {judged.becomes_dlt_at, judged.established_at}

    def test_although_no_later_observation_could_change_it(self) -> None:
        at_the_end_of_day_7 = ic19(grade_3(ongoing=True), as_of="2026-03-17T23:59:59.999999+08:00")
        assert at_the_end_of_day_7.verdict == "PENDING"

    def test_immediate_criteria_are_not_clocks(self) -> None:
        by_day = event(PNEUMONITIS, (4, "2026-03-10"), ongoing=True)
        assert ic19(by_day, as_of="2026-03-10T00:00+08:00").verdict == "DLT"
        assert ic19(by_day, as_of="2026-03-09").verdict == "NOT_DLT"


class TestEstablishedAt:
    """It is the latest over the completions, each giving its earliest clause."""

    def test_a_limit_in_hours_counts_from_the_exclusive_end_of_a_partly_known_start(self) -> None:
        judged = ic19(event(CRS, (3, "2026-03-03"), (1, "2026-03-20")))
        assert judged.established_at == "2026-03-07T00:00:00+08:00"
        by_the_hour = ic19(event(CRS, (3, "2026-03-03T08+08:00"), (1, "2026-03-20")))
        assert by_the_hour.established_at == "2026-03-06T09:00:00+08:00"

    def test_a_limit_in_days_counts_from_the_latest_possible_date(self) -> None:
        judged = ic19(event(PNEUMONITIS, (3, "2026-03"), (1, "2026-05-10")), as_of="2026-05-30")
        assert judged.verdict == "UNDETERMINED"
        within = ic19(event(PNEUMONITIS, (3, "2026-03"), ongoing=True), as_of="2026-03-20")
        assert within.verdict == "UNDETERMINED"
        assert within.becomes_dlt_at == "2026-03-28T00:00:00+08:00"

    def test_an_immediate_criterion_gives_the_first_instant_of_its_steps_recorded_time(
        self,
    ) -> None:
        for recorded, first in [
            ("2026-03-10T02:00+08:00", "2026-03-10T02:00:00+08:00"),
            ("2026-03-10T02+08:00", "2026-03-10T02:00:00+08:00"),
            ("2026-03-10", "2026-03-10T00:00:00+08:00"),
        ]:
            judged = ic19(event(PNEUMONITIS, (4, recorded), (1, "2026-03-20")))
            assert judged.established_at == first

    def test_the_earliest_clause_counts(self) -> None:
        rising = (3, "2026-03-10"), (4, "2026-03-14"), (1, "2026-03-25")
        assert ic19(event(PNEUMONITIS, *rising)).established_at == "2026-03-14T00:00:00+08:00"
        late_rise = (3, "2026-03-10"), (4, "2026-03-20"), (1, "2026-03-25")
        assert ic19(event(PNEUMONITIS, *late_rise)).established_at == EXCEEDED

    def test_undetermined_may_carry_the_first_instant_at_which_every_completion_is_a_dlt(
        self,
    ) -> None:
        unknown = event("Sepsis", (None, "2026-03-10"), ongoing=True)
        judged = ic19(unknown, as_of="2026-03-12")
        assert (judged.verdict, judged.becomes_dlt_at) == ("UNDETERMINED", EXCEEDED)


class TestEnds:
    """How an event ended, or may have."""

    @pytest.mark.parametrize(
        ("as_of", "verdict"),
        [
            ("2026-03-17", "NOT_DLT"),
            ("2026-03-18", "UNDETERMINED"),
            ("2026-05-30", "UNDETERMINED"),
        ],
    )
    def test_ongoing_false_means_ended_at_an_unknown_time_after_the_last_change_and_by_the_cut(
        self, as_of: str, verdict: str
    ) -> None:
        judged = ic19(grade_3(ongoing=False), as_of=as_of)
        assert (judged.verdict, judged.open) == (verdict, False)
        assert fields(judged) == (["recovery"] if verdict == "UNDETERMINED" else [])

    def test_with_worst_grade_only_a_recovery_time_is_unknown_not_zero(self) -> None:
        assert ic19(grade_3(ongoing=False)).verdict == "UNDETERMINED"

    def test_by_the_death_or_unresolved_at_death(self) -> None:
        judged = ic19(grade_3(ongoing=False), death={"date": "2026-03-14"})
        assert (judged.verdict, fields(judged)) == ("UNDETERMINED", ["committee_ruling"])

    @pytest.mark.parametrize("ongoing", [None, True])
    def test_null_or_absent_leaves_it_open_too(self, ongoing: bool | None) -> None:
        assert ic19(grade_3(ongoing=ongoing)).open

    def test_silence_must_not_turn_into_a_dlt(self) -> None:
        judged = ic19(grade_3(ongoing=None))
        assert (judged.verdict, fields(judged)) == ("UNDETERMINED", ["recovery"])
        assert settles(judged, "recovery") == {"beyond_limit": "DLT", "within_limit": "NOT_DLT"}

    @pytest.mark.parametrize(
        ("reported", "verdict"),
        [("2026-03-12", "UNDETERMINED"), ("2026-03-17", "UNDETERMINED"), ("2026-03-18", "DLT")],
    )
    def test_between_ongoing_as_of_and_the_cut_the_event_may_have_ended_at_any_time(
        self, reported: str, verdict: str
    ) -> None:
        assert ic19(grade_3(ongoing=True, ongoing_as_of=reported)).verdict == verdict

    def test_even_before_the_limit_it_is_then_not_pending(self) -> None:
        silent = grade_3(ongoing=True, ongoing_as_of="2026-03-12")
        judged = ic19(silent, as_of="2026-03-14")
        assert (judged.verdict, judged.becomes_dlt_at) == ("UNDETERMINED", None)
        assert settles(judged, "recovery") == {
            "beyond_limit": "PENDING",
            "within_limit": "NOT_DLT",
        }

    def test_a_change_wholly_after_the_cut_is_dropped_and_the_step_before_it_counts_as_ongoing(
        self,
    ) -> None:
        recovered = grade_3((2, "2026-03-16"), ongoing=False)
        assert ic19(recovered, as_of="2026-03-16").verdict == "NOT_DLT"
        earlier = ic19(recovered, as_of="2026-03-15")
        assert (earlier.verdict, earlier.becomes_dlt_at) == ("PENDING", EXCEEDED)
        assert earlier.open

    def test_an_open_event_keeps_or_lowers_its_grade(self) -> None:
        mild = event(PNEUMONITIS, (2, "2026-03-10"), ongoing=True)
        judged = ic19(mild, as_of="2026-03-12")
        assert (judged.verdict, judged.becomes_dlt_at, judged.open) == ("NOT_DLT", None, True)


class TestStops:
    """Death, withdrawal or loss to follow-up stops every clock: undetermined, never pending."""

    @pytest.mark.parametrize(
        "stop",
        [
            {"death": {"date": "2026-03-14", "cause": "road accident"}},
            {"withdrawal": {"date": "2026-03-14"}},
            {"follow_up_until": "2026-03-14"},
        ],
        ids=["death", "withdrawal", "lost"],
    )
    @pytest.mark.parametrize("as_of", ["2026-03-15", "2026-03-17", "2026-05-30"])
    def test_a_limit_that_was_not_reached_by_then(self, stop: dict[str, Any], as_of: str) -> None:
        judged = ic19(grade_3(ongoing=True), as_of=as_of, **stop)
        assert (judged.verdict, judged.becomes_dlt_at) == ("UNDETERMINED", None)

    @pytest.mark.parametrize(
        "stop",
        [
            {"death": {"date": "2026-03-18", "cause": "road accident"}},
            {"withdrawal": {"date": "2026-03-18"}},
            {"follow_up_until": "2026-03-18"},
        ],
        ids=["death", "withdrawal", "lost"],
    )
    def test_a_limit_that_was_reached_by_then_stays_exceeded(self, stop: dict[str, Any]) -> None:
        judged = ic19(grade_3(ongoing=True), **stop)
        assert (judged.verdict, judged.established_at) == ("DLT", EXCEEDED)

    def test_death_from_another_cause_before_a_limit_needs_a_ruling(self) -> None:
        judged = ic19(grade_3(ongoing=True), death={"date": "2026-03-14", "cause": "accident"})
        assert fields(judged) == ["committee_ruling"]
        assert judged.refer_to_committee

    @pytest.mark.parametrize(
        "stop", [{"withdrawal": {"date": "2026-03-14"}}, {"follow_up_until": "2026-03-14"}]
    )
    def test_a_withdrawal_or_loss_needs_data_not_a_ruling(self, stop: dict[str, Any]) -> None:
        judged = ic19(grade_3(ongoing=True), **stop)
        assert {"recovery", "follow_up"} <= set(fields(judged))
        assert not judged.refer_to_committee

    def test_follow_up_until_before_the_cut_is_loss_at_the_end_of_that_day(self) -> None:
        assert ic19(grade_3(ongoing=True), follow_up_until="2026-03-17").verdict == "UNDETERMINED"
        assert ic19(grade_3(ongoing=True), follow_up_until="2026-03-18").verdict == "DLT"

    def test_a_month_of_follow_up_may_have_ended_on_its_first_day(self) -> None:
        assert ic19(grade_3(ongoing=True), follow_up_until="2026-03").verdict == "UNDETERMINED"

    def test_a_stop_does_not_matter_where_nothing_runs(self) -> None:
        exempt = event("Leukopenia", (4, "2026-03-10"), ongoing=True)
        assert ic19(exempt, death={"date": "2026-03-14"}).verdict == "NOT_DLT"
        recovered = grade_3((2, "2026-03-12"), ongoing=True)
        assert ic19(recovered, withdrawal={"date": "2026-03-14"}).verdict == "NOT_DLT"

    @pytest.mark.parametrize(
        ("observed", "verdict"), [("2026-03-17", "NOT_DLT"), ("2026-03-18", "DLT")]
    )
    def test_a_change_recorded_after_a_stop_was_observed_so_the_clock_runs_to_it(
        self, observed: str, verdict: str
    ) -> None:
        withdrawn = {"date": "2026-03-12"}
        assert ic19(grade_3((2, observed)), withdrawal=withdrawn).verdict == verdict

    @pytest.mark.parametrize(
        ("died", "at"),
        [("2026-04-01", "2026-04-01T00:00:00+08:00"), ("2026-04-06", "2026-04-05T00:00:00+08:00")],
        ids=["before-the-limit", "after-the-limit"],
    )
    def test_death_from_the_event_itself_is_no_improvement(self, died: str, at: str) -> None:
        fatal = event(PNEUMONITIS, (3, "2026-03-28"), (5, died))
        judged = ic19(fatal, death={"date": died, "cause": "pneumonitis"})
        assert (judged.verdict, judged.criterion) == ("DLT", "grade-3-persisting")
        assert judged.established_at == at

    def test_a_running_limit_in_hours_is_exceeded_at_the_death_too(self) -> None:
        fatal = event(CRS, (3, "2026-03-29T08:00+08:00"), (5, "2026-03-30T20:00+08:00"))
        judged = ic19(fatal, death={"date": "2026-03-30"})
        assert (judged.verdict, judged.established_at) == ("DLT", "2026-03-30T20:00:00+08:00")


class TestAssessments:
    """The grade after the last one is unknown for what has run out, and persists for PENDING."""

    @staticmethod
    def neutropenia(*shown: tuple[str, int], **told: Any) -> Any:
        assessments = [{"on": on, "grade": grade} for on, grade in shown]
        settled = {"clinically_significant": True, "assessments": assessments, **told}
        return event("Neutropenia", (4, "2026-03-04"), **settled)

    WEEKLY = (("2026-03-04", 4), ("2026-03-11", 4), ("2026-03-30", 4))

    def test_it_persists_for_what_is_pending(self) -> None:
        judged = ic19(self.neutropenia(*self.WEEKLY, ongoing=True), as_of="2026-04-01")
        assert (judged.verdict, judged.becomes_dlt_at) == ("PENDING", "2026-04-02T00:00:00+08:00")

    def test_it_is_unknown_for_what_has_already_run_out(self) -> None:
        judged = ic19(self.neutropenia(*self.WEEKLY, ongoing=True), as_of="2026-04-02")
        assert (judged.verdict, fields(judged)) == ("UNDETERMINED", ["assessment"])

    def test_an_assessment_after_the_limit_settles_it(self) -> None:
        shown = (*self.WEEKLY, ("2026-04-02", 4))
        judged = ic19(self.neutropenia(*shown, ongoing=True), as_of="2026-04-02")
        assert (judged.verdict, judged.established_at) == ("DLT", "2026-04-02T00:00:00+08:00")

    def test_however_the_event_ended(self) -> None:
        shown = (*self.WEEKLY, ("2026-04-02", 4))
        assert ic19(self.neutropenia(*shown, ongoing=False)).verdict == "DLT"
        assert ic19(
            self.neutropenia(*shown, ongoing=True), withdrawal={"date": "2026-03-20"}
        ).verdict == ("DLT")

    @pytest.mark.parametrize(
        ("last_at_4", "first_below", "verdict"),
        [
            ("2026-03-30", "2026-04-01", "NOT_DLT"),
            ("2026-03-30", "2026-04-06", "UNDETERMINED"),
            ("2026-04-02", "2026-04-06", "DLT"),
        ],
    )
    def test_between_two_of_them_a_change_is_an_interval(
        self, last_at_4: str, first_below: str, verdict: str
    ) -> None:
        shown = [("2026-03-04", 4), (last_at_4, 4), (first_below, 2)]
        assessments = [{"on": on, "grade": grade} for on, grade in shown]
        told: dict[str, Any] = {"clinically_significant": True, "assessments": assessments}
        with_grades = event("Neutropenia", (4, "2026-03-04"), (2, first_below), **told)
        for neutropenia in (with_grades, event("Neutropenia", **told)):
            judged = ic19(neutropenia)
            assert judged.verdict == verdict
            assert fields(judged) == (["assessment"] if verdict == "UNDETERMINED" else [])


class TestContradictions:
    """Times that contradict the order make what depends on them undetermined."""

    def test_what_depends_on_them_is_undetermined(self) -> None:
        judged = ic19(event(PNEUMONITIS, (3, "2026-03-10"), (2, "2026-03-05")))
        assert (judged.verdict, fields(judged)[0]) == ("UNDETERMINED", "dates")
        assert [finding.code for finding in judged.findings] == ["order_contradicted"]

    def test_what_does_not_depend_on_them_stands(self) -> None:
        mild = event(PNEUMONITIS, (2, "2026-03-10"), (1, "2026-03-05"))
        assert ic19(mild).verdict == "NOT_DLT"
        grave = event(PNEUMONITIS, (4, "2026-03-05"), (2, "2026-03-10"), (1, "2026-03-08"))
        assert ic19(grave).verdict == "DLT"
        exempt = event("Leukopenia", (4, "2026-03-10"), (2, "2026-03-05"))
        assert ic19(exempt).verdict == "NOT_DLT"
