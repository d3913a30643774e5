"""The three criteria of IC19's DLT definition, both sides of each limit.

1) any related grade 4 or 5; 2) any related grade 3 that does not improve to grade 2 or less within
7 days; 3) any grade 3 epileptic seizure not relieved to grade 2 or less within 3 days.
"""

import pytest

from tests.builders import caused_by, event, ic19, ic19_patient, subject

PNEUMONITIS = "Pneumonitis"


class TestGrade4Or5:
    """1) Any grade 4 or 5 event related to IC19."""

    @pytest.mark.parametrize(
        ("grade", "verdict"), [(4, "DLT"), (5, "DLT"), (3, "NOT_DLT"), (1, "NOT_DLT")]
    )
    def test_a_day_at_grade_4_or_5_is_a_dlt_and_a_day_below_is_none(
        self, grade: int, verdict: str
    ) -> None:
        judged = ic19(event(PNEUMONITIS, (grade, "2026-03-10"), (0, "2026-03-11")))
        assert judged.verdict == verdict
        assert judged.criterion == ("grade-4-or-5" if verdict == "DLT" else None)

    def test_it_holds_at_once_from_the_first_instant_of_the_recorded_onset(self) -> None:
        by_day = ic19(event(PNEUMONITIS, (4, "2026-03-10"), (1, "2026-03-12")))
        to_the_minute = ic19(event(PNEUMONITIS, (4, "2026-03-10T02:15+08:00"), (1, "2026-03-12")))
        assert by_day.established_at == "2026-03-10T00:00:00+08:00"
        assert to_the_minute.established_at == "2026-03-10T02:15:00+08:00"

    def test_a_rise_from_grade_3_counts_from_grade_4(self) -> None:
        changes = (3, "2026-03-10"), (4, "2026-03-12"), (2, "2026-03-13")
        judged = ic19(event(PNEUMONITIS, *changes))
        assert (judged.verdict, judged.criterion) == ("DLT", "grade-4-or-5")
        assert judged.established_at == "2026-03-12T00:00:00+08:00"

    def test_related_death_is_a_dlt_however_late_the_other_limits_are(self) -> None:
        patient = subject(
            event("Sepsis", (5, "2026-03-14")), death={"date": "2026-03-14", "cause": "sepsis"}
        )
        judged = ic19_patient(patient)
        assert (judged.events[0].verdict, judged.events[0].criterion) == ("DLT", "grade-4-or-5")
        assert judged.subject.status == "DLT"

    @pytest.mark.parametrize("relatedness", ["unlikely", "unrelated"])
    @pytest.mark.parametrize("grade", [4, 5])
    def test_an_unrelated_one_is_none(self, grade: int, relatedness: str) -> None:
        unrelated = event(PNEUMONITIS, (grade, "2026-03-10"), causality=caused_by(relatedness))
        assert ic19(unrelated).verdict == "NOT_DLT"

    def test_is_known_before_anything_else_is(self) -> None:
        open_event = event(PNEUMONITIS, (4, "2026-03-10"), ongoing=True)
        judged = ic19(open_event, as_of="2026-03-10")
        assert (judged.verdict, judged.open) == ("DLT", True)


class TestGrade3Persisting:
    """2) Any grade 3 event related to IC19 that does not improve within 7 days."""

    @pytest.mark.parametrize(
        ("improved", "verdict"),
        [
            ("2026-03-10", "NOT_DLT"),
            ("2026-03-16", "NOT_DLT"),
            ("2026-03-17", "NOT_DLT"),
            ("2026-03-18", "DLT"),
            ("2026-04-20", "DLT"),
        ],
        ids=["same-day", "6-days", "7-days", "8-days", "41-days"],
    )
    @pytest.mark.parametrize("to", [0, 2])
    def test_within_7_days_includes_the_7th(self, improved: str, verdict: str, to: int) -> None:
        judged = ic19(event(PNEUMONITIS, (3, "2026-03-10"), (to, improved)))
        assert judged.verdict == verdict

    def test_it_is_established_at_the_first_instant_of_the_day_after_the_limit(self) -> None:
        judged = ic19(event(PNEUMONITIS, (3, "2026-03-10T22:00+08:00"), (2, "2026-03-25")))
        assert (judged.criterion, judged.established_at) == (
            "grade-3-persisting",
            "2026-03-18T00:00:00+08:00",
        )

    def test_a_limit_in_days_compares_calendar_dates_not_hours(self) -> None:
        late_on_day_7 = (3, "2026-03-10T01:00+08:00"), (2, "2026-03-17T23:59+08:00")
        early_on_day_8 = (3, "2026-03-10T23:00+08:00"), (2, "2026-03-18T00:01+08:00")
        assert ic19(event(PNEUMONITIS, *late_on_day_7)).verdict == "NOT_DLT"
        assert ic19(event(PNEUMONITIS, *early_on_day_8)).verdict == "DLT"

    @pytest.mark.parametrize(
        ("as_of", "verdict"),
        [("2026-03-10", "PENDING"), ("2026-03-17", "PENDING"), ("2026-03-18", "DLT")],
    )
    def test_ongoing_it_is_pending_through_the_7th_day(self, as_of: str, verdict: str) -> None:
        open_event = event(PNEUMONITIS, (3, "2026-03-10"), ongoing=True)
        judged = ic19(open_event, as_of=as_of)
        assert judged.verdict == verdict
        due = judged.becomes_dlt_at if verdict == "PENDING" else judged.established_at
        assert due == "2026-03-18T00:00:00+08:00"
        assert judged.open

    def test_improvement_to_grade_3_is_none(self) -> None:
        changes = (4, "2026-04-03"), (3, "2026-04-05"), (2, "2026-04-12")
        outside = ic19(event(PNEUMONITIS, (3, "2026-03-28"), *changes))
        assert (outside.verdict, outside.established_at) == ("DLT", "2026-04-05T00:00:00+08:00")

    def test_worsening_to_grade_4_after_the_window_does_not_stop_the_clock(self) -> None:
        changes = (3, "2026-03-28"), (4, "2026-03-30"), (2, "2026-04-05")
        judged = ic19(event(PNEUMONITIS, *changes))
        assert (judged.verdict, judged.criterion) == ("DLT", "grade-3-persisting")

    def test_each_run_is_judged(self) -> None:
        twice_short = (3, "2026-03-05"), (2, "2026-03-11"), (3, "2026-03-12"), (1, "2026-03-18")
        short_long = (3, "2026-03-05"), (2, "2026-03-06"), (3, "2026-03-12"), (1, "2026-03-20")
        assert ic19(event(PNEUMONITIS, *twice_short)).verdict == "NOT_DLT"
        assert ic19(event(PNEUMONITIS, *short_long)).established_at == "2026-03-20T00:00:00+08:00"

    @pytest.mark.parametrize("term", ["Febrile neutropenia", "Sepsis", "Hypertension", "Hypoxia"])
    def test_holds_for_every_term_that_no_exception_names(self, term: str) -> None:
        assert ic19(event(term, (3, "2026-03-10"), (2, "2026-03-17"))).verdict == "NOT_DLT"
        assert ic19(event(term, (3, "2026-03-10"), (2, "2026-03-18"))).verdict == "DLT"

    def test_an_unrelated_one_is_none(self) -> None:
        unrelated = event(PNEUMONITIS, (3, "2026-03-10"), causality=caused_by("unrelated"))
        assert ic19(unrelated).verdict == "NOT_DLT"


class TestSeizure:
    """3) Any grade 3 epileptic seizure that cannot be relieved to grade 2 within 3 days."""

    @pytest.mark.parametrize(
        ("relieved", "verdict"),
        [
            ("2026-03-07", "NOT_DLT"),
            ("2026-03-08", "NOT_DLT"),
            ("2026-03-09", "DLT"),
            ("2026-03-13", "DLT"),
        ],
        ids=["2-days", "3-days", "4-days", "8-days"],
    )
    def test_within_3_days_includes_the_3rd(self, relieved: str, verdict: str) -> None:
        assert ic19(event("Seizure", (3, "2026-03-05"), (2, relieved))).verdict == verdict

    def test_its_limit_is_established_before_the_general_one(self) -> None:
        judged = ic19(event("Seizure", (3, "2026-03-05"), (2, "2026-03-20")))
        assert (judged.criterion, judged.established_at) == (
            "seizure-g3-3d",
            "2026-03-09T00:00:00+08:00",
        )

    def test_ongoing_it_is_pending_through_the_3rd_day(self) -> None:
        open_event = event("Seizure", (3, "2026-03-05"), ongoing=True)
        pending = ic19(open_event, as_of="2026-03-08")
        assert (pending.verdict, pending.criterion) == ("PENDING", "seizure-g3-3d")
        assert pending.becomes_dlt_at == "2026-03-09T00:00:00+08:00"
        assert ic19(open_event, as_of="2026-03-09").verdict == "DLT"

    def test_the_heading_covers_it_so_an_unrelated_one_is_none(self) -> None:
        unrelated = event("Seizure", (3, "2026-03-05"), causality=caused_by("unlikely"))
        assert ic19(unrelated).verdict == "NOT_DLT"

    def test_a_grade_4_one_is_a_dlt_at_once(self) -> None:
        judged = ic19(event("Seizure", (4, "2026-03-05"), (1, "2026-03-06")))
        assert judged.criterion == "grade-4-or-5"

    @pytest.mark.parametrize("term", ["Epileptic seizure", "Convulsion", "Seizures", "seizure"])
    def test_goes_by_many_names(self, term: str) -> None:
        assert ic19(event(term, (3, "2026-03-05"), (2, "2026-03-09"))).verdict == "DLT"

    def test_no_other_event_has_its_limit(self) -> None:
        assert ic19(event("Tremor", (3, "2026-03-05"), (2, "2026-03-09"))).verdict == "NOT_DLT"
