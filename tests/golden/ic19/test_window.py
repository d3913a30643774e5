"""Within 28 days after any IC19 infusion, and what goes to the committee afterwards.

Infusion on 2026-03-01 at 10:00: day 0 is 2026-03-01, day 28 is 2026-03-29.
"""

from typing import Any

import pytest

from tests.builders import caused_by, event, fields, ic19, ic19_patient, settles, subject

AKI = "Acute kidney injury"
DAY_0, DAY_28 = "2026-03-01T10:00:00+08:00", "2026-03-29"


def grade_4(at: str | None, **told: Any) -> Any:
    return event(AKI, (4, at), (2, "2026-05-20"), **told)


class TestEdges:
    """Day 0 is the infusion day, days are calendar days, day 28 lies inside."""

    @pytest.mark.parametrize(
        ("onset", "verdict", "referred"),
        [
            ("2026-02-28", "NOT_DLT", False),
            ("2026-03-01T09:59+08:00", "NOT_DLT", False),
            ("2026-03-01T10:00+08:00", "DLT", False),
            ("2026-03-01T10:01+08:00", "DLT", False),
            ("2026-03-02", "DLT", False),
            ("2026-03-28", "DLT", False),
            ("2026-03-29", "DLT", False),
            ("2026-03-29T11:30+08:00", "DLT", False),
            ("2026-03-29T23:59:59+08:00", "DLT", False),
            ("2026-03-30T00:00+08:00", "NOT_DLT", True),
            ("2026-03-30", "NOT_DLT", True),
            ("2026-04-30", "NOT_DLT", True),
        ],
    )
    def test_the_onset_decides(self, onset: str, verdict: str, referred: bool) -> None:
        judged = ic19(grade_4(onset))
        assert (judged.verdict, judged.refer_to_committee) == (verdict, referred)

    def test_days_are_those_of_the_site(self) -> None:
        utc_evening = grade_4("2026-03-29T16:30Z")
        assert ic19(utc_evening).verdict == "NOT_DLT"
        assert ic19(utc_evening, time_zone="UTC").verdict == "DLT"

    def test_the_day_of_the_infusion_too(self) -> None:
        new_york = "America/New_York"  # where 2026-03-01T10:00+08:00 is the evening of 02-28
        assert ic19(grade_4("2026-03-28"), time_zone=new_york).verdict == "DLT"
        assert ic19(grade_4("2026-03-29"), time_zone=new_york).verdict == "NOT_DLT"

    def test_the_patients_own_zone_wins_over_the_requests(self) -> None:
        patient = subject(grade_4("2026-03-29T16:30Z"), time_zone="UTC")
        assert ic19_patient(patient, time_zone="+08:00").events[0].verdict == "DLT"

    def test_without_any_zone_the_offset_of_the_infusion_counts(self) -> None:
        patient = ic19_patient(subject(grade_4("2026-03-29T16:30Z")), time_zone=None)
        assert patient.events[0].verdict == "NOT_DLT"
        assert [each.code for each in patient.subject.findings] == ["time_zone_assumed"]

    def test_the_qualifying_grade_counts_not_the_first_symptom(self) -> None:
        changes = (1, "2026-03-20"), (4, "2026-03-30"), (1, "2026-04-02")
        judged = ic19(event(AKI, *changes))
        assert (judged.verdict, judged.refer_to_committee) == ("NOT_DLT", True)

    def test_recovery_may_be_observed_after_the_window(self) -> None:
        late = ic19(event("Pneumonitis", (3, "2026-03-29"), (2, "2026-04-06")))
        assert (late.verdict, late.established_at) == ("DLT", "2026-04-06T00:00:00+08:00")
        assert (
            ic19(event("Pneumonitis", (3, "2026-03-29"), (2, "2026-04-05"))).verdict == "NOT_DLT"
        )

    def test_a_run_that_starts_on_day_29_is_outside(self) -> None:
        judged = ic19(event("Pneumonitis", (3, "2026-03-30"), (2, "2026-04-30")))
        assert (judged.verdict, judged.refer_to_committee) == ("NOT_DLT", True)

    def test_it_does_not_matter_how_long_before_the_infusion_an_event_began(self) -> None:
        before = event("Hypertension", (3, "2026-01-10"), (1, "2026-03-20"), baseline_grade=3)
        assert ic19(before).verdict == "NOT_DLT"

    def test_worsening_after_the_infusion_counts_as_occurring(self) -> None:
        worse = event(
            AKI, (3, "2026-02-20"), (4, "2026-03-05"), (2, "2026-03-06"), baseline_grade=3
        )
        judged = ic19(worse)
        assert (judged.verdict, judged.established_at) == ("DLT", "2026-03-05T00:00:00+08:00")


class TestPartialOnset:
    """A partly dated onset denotes every instant that it may be."""

    @pytest.mark.parametrize(
        ("onset", "verdict"),
        [("2026-03", "UNDETERMINED"), ("2026-04", "NOT_DLT"), ("2026-02", "NOT_DLT")],
    )
    def test_dated_by_the_month(self, onset: str, verdict: str) -> None:
        judged = ic19(event(AKI, (4, onset), ongoing=True))
        assert judged.verdict == verdict
        assert fields(judged) == (["onset"] if verdict == "UNDETERMINED" else [])

    def test_the_month_of_the_window_is_enough_where_the_cut_lies_inside(self) -> None:
        judged = ic19(event(AKI, (4, "2026-03"), ongoing=True), as_of="2026-03-20")
        assert (judged.verdict, judged.established_at) == ("DLT", "2026-03-01T00:00:00+08:00")

    def test_either_answer_would_settle_it(self) -> None:
        judged = ic19(event(AKI, (4, "2026-03"), ongoing=True))
        answers = {"inside_window": "DLT", "outside_window": "NOT_DLT"}
        assert settles(judged, "onset") == answers

    def test_the_first_day_after_the_window_may_be_known_by_the_hour_alone(self) -> None:
        assert ic19(grade_4("2026-03-29T23")).verdict == "DLT"
        assert ic19(grade_4("2026-03-30T00")).verdict == "NOT_DLT"

    def test_without_any_onset_it_is_undetermined(self) -> None:
        judged = ic19(event(AKI, (4, None), (1, "2026-05-20")))
        assert (judged.verdict, fields(judged)) == ("UNDETERMINED", ["onset"])

    def test_without_any_onset_a_later_step_may_bound_it(self) -> None:
        judged = ic19(event(AKI, (4, None), (1, "2026-03-15")))
        assert (judged.verdict, judged.established_at) == ("DLT", None)


class TestInfusionDay:
    """A date-only onset on the infusion day counts by the baseline grade."""

    @pytest.mark.parametrize(
        ("baseline", "verdict"), [(0, "DLT"), (3, "DLT"), (4, "NOT_DLT"), (None, "UNDETERMINED")]
    )
    def test_above_the_baseline_it_is_after_the_infusion(
        self, baseline: int | None, verdict: str
    ) -> None:
        judged = ic19(event(AKI, (4, "2026-03-01"), (1, "2026-03-04"), baseline_grade=baseline))
        assert judged.verdict == verdict
        assert fields(judged) == (["baseline_grade"] if baseline is None else [])

    @pytest.mark.parametrize("baseline", [0, 4, None])
    def test_a_clock_time_needs_no_baseline(self, baseline: int | None) -> None:
        before = event(AKI, (4, "2026-03-01T09:00+08:00"), (1, "2026-03-04"))
        after = event(
            AKI, (4, "2026-03-01T11:00+08:00"), (1, "2026-03-04"), baseline_grade=baseline
        )
        assert ic19(before).verdict == "NOT_DLT"
        assert ic19(after).verdict == "DLT"

    def test_a_month_that_contains_the_infusion_lies_after_it_too(self) -> None:
        month = event(AKI, (4, "2026-03"), (1, "2026-03-20"))
        judged = ic19(month)
        assert (judged.verdict, judged.established_at) == ("DLT", "2026-03-01T00:00:00+08:00")

    def test_a_month_not_above_the_baseline_lies_before_it(self) -> None:
        assert ic19(event(AKI, (4, "2026-03"), (1, "2026-03-20"), baseline_grade=4)).verdict == (
            "NOT_DLT"
        )

    def test_an_onset_between_the_infusion_and_midnight_bounds_clocks_in_hours(self) -> None:
        by_day = (3, "2026-03-01")
        assert ic19(event("Chills", by_day, (1, "2026-03-04T10:00+08:00"))).verdict == "NOT_DLT"
        assert ic19(event("Chills", by_day, (1, "2026-03-04T10:01+08:00"))).verdict == (
            "UNDETERMINED"
        )
        assert ic19(event("Chills", by_day, (1, "2026-03-05T00:00+08:00"))).verdict == "DLT"

    def test_ongoing_its_clock_runs_out_72_hours_after_midnight(self) -> None:
        judged = ic19(event("Chills", (3, "2026-03-01"), ongoing=True), as_of="2026-03-03")
        assert (judged.verdict, judged.becomes_dlt_at) == ("PENDING", "2026-03-05T00:00:00+08:00")

    def test_an_infusion_by_day_alone_precedes_what_rises_above_the_baseline(self) -> None:
        same_day = event(AKI, (4, "2026-03-01"), (1, "2026-03-04"))
        to_the_minute = event(AKI, (4, "2026-03-01T08:00+08:00"), (1, "2026-03-04"))
        assert ic19(same_day, infused=["2026-03-01"]).verdict == "DLT"
        assert ic19(to_the_minute, infused=["2026-03-01"]).verdict == "DLT"


class TestAnyInfusion:
    """Each infusion opens a window of 28 days."""

    TWICE = (DAY_0, "2026-04-10T10:00:00+08:00")

    @pytest.mark.parametrize(
        ("onset", "verdict", "referred"),
        [
            ("2026-03-29", "DLT", False),
            ("2026-03-30", "NOT_DLT", True),
            ("2026-04-10T09:00+08:00", "NOT_DLT", True),
            ("2026-04-10T11:00+08:00", "DLT", False),
            ("2026-05-08", "DLT", False),
            ("2026-05-09", "NOT_DLT", True),
        ],
    )
    def test_a_later_one_opens_a_window_of_its_own(
        self, onset: str, verdict: str, referred: bool
    ) -> None:
        judged = ic19(grade_4(onset), infused=self.TWICE)
        assert (judged.verdict, judged.refer_to_committee) == (verdict, referred)

    def test_windows_may_overlap(self) -> None:
        judged = ic19(grade_4("2026-04-15"), infused=[DAY_0, "2026-03-21T10:00:00+08:00"])
        assert judged.verdict == "DLT"

    def test_an_onset_in_one_of_several_windows_is_enough(self) -> None:
        overlapping = [DAY_0, "2026-03-25T10:00:00+08:00"]
        somewhere_in_march = event(AKI, (4, "2026-03"), (1, "2026-05-01"))
        assert ic19(somewhere_in_march, infused=overlapping).verdict == "DLT"

    def test_a_date_only_rise_on_a_later_infusion_day_is_after_it(self) -> None:
        assert ic19(grade_4("2026-04-10"), infused=self.TWICE).verdict == "DLT"

    def test_a_grade_that_was_there_before_a_later_infusion_did_not_occur_after_it(self) -> None:
        lasting = event(AKI, (4, "2026-04-05"), (1, "2026-04-20"))
        judged = ic19(lasting, infused=self.TWICE)
        assert (judged.verdict, judged.refer_to_committee) == ("NOT_DLT", True)

    def test_an_infusion_after_the_cut_opens_none(self) -> None:
        lasting = event(AKI, (4, "2026-04-05"), ongoing=True)
        judged = ic19(lasting, infused=[DAY_0, "2026-04-03"], as_of="2026-04-02")
        assert judged.verdict == "NOT_DLT"

    def test_the_order_of_the_list_does_not_matter(self) -> None:
        backwards = tuple(reversed(self.TWICE))
        assert ic19(grade_4("2026-05-08"), infused=backwards).verdict == "DLT"

    def test_an_infusion_of_another_agent_opens_none(self) -> None:
        exposures = [
            {"agent": "IC19", "start": DAY_0},
            {"agent": "lymphodepletion", "start": "2026-04-10"},
        ]
        assert ic19(grade_4("2026-04-15"), exposures=exposures).verdict == "NOT_DLT"

    def test_an_infusion_without_a_time_may_have_been_at_any(self) -> None:
        judged = ic19(grade_4("2026-04-15"), infused=[DAY_0, None])
        assert (judged.verdict, fields(judged)) == ("UNDETERMINED", ["exposure"])

    def test_an_infusion_by_the_month_opens_a_window_that_is_known_as_well(self) -> None:
        in_april = ic19(event(AKI, (4, "2026-04-10"), (3, "2026-04-12")), infused=["2026-03"])
        assert (in_april.verdict, fields(in_april)) == ("UNDETERMINED", ["exposure"])
        in_may = ic19(event(AKI, (4, "2026-05-10"), (3, "2026-05-12")), infused=["2026-03"])
        assert in_may.verdict == "NOT_DLT"

    @pytest.mark.parametrize("exposures", [None, []])
    def test_without_a_recorded_infusion_nothing_is_determined(self, exposures: Any) -> None:
        patient = ic19_patient(subject(grade_4("2026-03-10"), exposures=exposures))
        assert patient.events[0].verdict == "UNDETERMINED"
        assert fields(patient.events[0]) == ["exposure"]
        assert patient.subject.status == "UNDETERMINED"


class TestReferral:
    """Toxicity of grade 3 or 4 that occurs after 28 days goes to the committee."""

    @pytest.mark.parametrize("grade", [3, 4, 5])
    def test_grade_3_or_more_first_reached_after_day_28_is_referred(self, grade: int) -> None:
        judged = ic19(event(AKI, (grade, "2026-03-30")))
        assert (judged.verdict, judged.refer_to_committee) == ("NOT_DLT", True)

    def test_grade_2_is_not(self) -> None:
        assert not ic19(event(AKI, (2, "2026-03-30"))).refer_to_committee

    def test_later_rises_do_not_count(self) -> None:
        changes = (3, "2026-03-20"), (2, "2026-03-22"), (4, "2026-04-10"), (1, "2026-04-12")
        judged = ic19(event(AKI, *changes))
        assert (judged.verdict, judged.refer_to_committee) == ("NOT_DLT", False)

    def test_a_run_before_the_infusion_does_not_count_as_first(self) -> None:
        changes = (3, "2026-01-10"), (1, "2026-02-10"), (3, "2026-04-10"), (1, "2026-04-12")
        assert ic19(event(AKI, *changes, baseline_grade=1)).refer_to_committee

    def test_what_was_there_at_the_infusion_is_not_reached_later(self) -> None:
        lasting = event(AKI, (3, "2026-02-20"), (1, "2026-04-20"), baseline_grade=3)
        assert not ic19(lasting).refer_to_committee

    @pytest.mark.parametrize(
        "told",
        [
            {"causality": caused_by("unrelated")},
            {"causality": []},
            {"laboratory": True, "clinically_significant": False},
        ],
    )
    def test_causality_and_significance_do_not_matter(self, told: dict[str, Any]) -> None:
        judged = ic19(grade_4("2026-03-30", **told))
        assert (judged.verdict, judged.refer_to_committee) == ("NOT_DLT", True)

    def test_exceptions_do_not_matter(self) -> None:
        neutropenia = event("Neutropenia", (4, "2026-03-30"), (2, "2026-04-05"))
        assert ic19(neutropenia).refer_to_committee

    def test_it_is_false_while_unknown(self) -> None:
        judged = ic19(event(AKI, (4, "2026-03"), ongoing=True))
        assert (judged.verdict, judged.refer_to_committee) == ("UNDETERMINED", False)

    def test_a_dated_month_after_the_window_is_known(self) -> None:
        assert ic19(grade_4("2026-04")).refer_to_committee

    def test_an_unknown_grade_that_may_be_2_is_not_referred(self) -> None:
        judged = ic19(event("Pneumonitis", (None, "2026-04-02"), (1, "2026-04-05")))
        assert (judged.verdict, judged.refer_to_committee) == ("NOT_DLT", False)

    def test_an_unknown_grade_of_a_term_that_begins_at_3_is_referred(self) -> None:
        assert ic19(event("Sepsis", (None, "2026-04-02"), ongoing=True)).refer_to_committee
