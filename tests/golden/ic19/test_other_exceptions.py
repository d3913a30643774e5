"""Expected events, non-haematology 1 to 6: grade 3 with a limit of its own."""

from typing import Any

import pytest

from app.domain.adjudication.result import EventAdjudication
from tests.builders import caused_by, event, fields, ic19, settles

LIVER = [
    "Alanine aminotransferase increased",
    "Aspartate aminotransferase increased",
    "Blood bilirubin increased",
]
HEMOPHAGOCYTIC = ["Hemophagocytic lymphohistiocytosis", "IEC-HS", "HLH"]
HOURS_72 = [("Chills", "chills-g3-72h"), ("Cytokine release syndrome", "crs-g3-72h")]
ON_VASOPRESSOR: dict[str, Any] = {"interventions": ["vasopressor"]}


def judged(term: str, *changes: Any, as_of: str = "2026-05-30", **told: Any) -> EventAdjudication:
    """An event that, if it is a laboratory finding, somebody judged significant."""
    return ic19(event(term, *changes, **{"clinically_significant": True, **told}), as_of=as_of)


@pytest.mark.parametrize(
    ("term", "clause"),
    [(term, "liver-g3-14d") for term in LIVER]
    + [(term, "hemophagocytic-g3-14d") for term in HEMOPHAGOCYTIC],
)
class TestTwoWeeks:
    """1, 2: transaminases and bilirubin, and hemophagocytic syndrome, to grade 2 in 2 weeks."""

    @pytest.mark.parametrize(
        ("recovered", "verdict"),
        [
            ("2026-03-14", "NOT_DLT"),
            ("2026-03-20", "NOT_DLT"),
            ("2026-03-21", "NOT_DLT"),
            ("2026-03-22", "DLT"),
        ],
        ids=["7-days", "13-days", "14-days", "15-days"],
    )
    def test_within_2_weeks_includes_the_14th_day(
        self, term: str, clause: str, recovered: str, verdict: str
    ) -> None:
        answer = judged(term, (3, "2026-03-07"), (2, recovered))
        assert answer.verdict == verdict
        assert answer.exception == (clause if verdict == "NOT_DLT" else None)

    def test_beyond_it_is_established_on_the_15th_day(self, term: str, clause: str) -> None:
        answer = judged(term, (3, "2026-03-07"), (1, "2026-03-30"))
        assert (answer.criterion, answer.established_at) == (
            "grade-3-persisting",
            "2026-03-22T00:00:00+08:00",
        )

    def test_ongoing_it_is_pending_past_the_general_limit(self, term: str, clause: str) -> None:
        for as_of in ("2026-03-10", "2026-03-20", "2026-03-21"):
            pending = judged(term, (3, "2026-03-07"), ongoing=True, as_of=as_of)
            assert pending.verdict == "PENDING"
            assert pending.becomes_dlt_at == "2026-03-22T00:00:00+08:00"
        assert judged(term, (3, "2026-03-07"), ongoing=True, as_of="2026-03-22").verdict == "DLT"

    def test_grade_4_is_not_exempt(self, term: str, clause: str) -> None:
        answer = judged(term, (3, "2026-03-07"), (4, "2026-03-08"), (2, "2026-03-09"))
        assert (answer.verdict, answer.criterion) == ("DLT", "grade-4-or-5")
        assert answer.established_at == "2026-03-08T00:00:00+08:00"

    def test_an_unrelated_one_is_none(self, term: str, clause: str) -> None:
        changes = (3, "2026-03-07"), (2, "2026-04-07")
        assert judged(term, *changes, causality=caused_by("unlikely")).verdict == "NOT_DLT"


def test_no_other_laboratory_value_has_two_weeks() -> None:
    changes = (3, "2026-03-07"), (2, "2026-03-15")
    assert judged("Alkaline phosphatase increased", *changes).verdict == "DLT"
    assert judged("GGT increased", *changes).verdict == "DLT"


@pytest.mark.parametrize(("term", "clause"), HOURS_72)
class TestSeventyTwoHours:
    """3, 5: chills, and CRS by ASTCT, to grade 2 or less within 72 hours."""

    @pytest.mark.parametrize(
        ("recovered", "verdict"),
        [
            ("2026-03-05T08:00+08:00", "NOT_DLT"),
            ("2026-03-06T07:59+08:00", "NOT_DLT"),
            ("2026-03-06T08:00+08:00", "NOT_DLT"),
            ("2026-03-06T08:00:00.000001+08:00", "DLT"),
            ("2026-03-06T08:01+08:00", "DLT"),
            ("2026-03-06T09:00+08:00", "DLT"),
            ("2026-03-20T08:00+08:00", "DLT"),
        ],
        ids=["48h", "71h59", "72h", "72h-and-a-moment", "72h01", "73h", "17-days"],
    )
    def test_within_72_hours_includes_the_72nd(
        self, term: str, clause: str, recovered: str, verdict: str
    ) -> None:
        answer = judged(term, (3, "2026-03-03T08:00+08:00"), (2, recovered))
        assert answer.verdict == verdict
        assert answer.exception == (clause if verdict == "NOT_DLT" else None)
        if verdict == "DLT":
            assert answer.established_at == "2026-03-06T08:00:00+08:00"

    def test_hours_compare_instants_across_offsets(self, term: str, clause: str) -> None:
        start = (3, "2026-03-05T23:30+08:00")
        assert judged(term, start, (2, "2026-03-08T15:30Z")).verdict == "NOT_DLT"
        assert judged(term, start, (2, "2026-03-08T15:31Z")).verdict == "DLT"

    @pytest.mark.parametrize(
        ("recovered", "verdict"),
        [
            ("2026-03-03", "NOT_DLT"),
            ("2026-03-05", "NOT_DLT"),
            ("2026-03-06", "UNDETERMINED"),
            ("2026-03-07", "DLT"),
            ("2026-03-09", "DLT"),
        ],
        ids=["same-day", "2-days", "3-days", "4-days", "6-days"],
    )
    def test_over_dates_only_the_two_bounds_decide(
        self, term: str, clause: str, recovered: str, verdict: str
    ) -> None:
        answer = judged(term, (3, "2026-03-03"), (1, recovered))
        assert answer.verdict == verdict
        assert fields(answer) == (["clock_time"] if verdict == "UNDETERMINED" else [])

    def test_dates_only_exceed_it_72_hours_after_the_latest_possible_start(
        self, term: str, clause: str
    ) -> None:
        answer = judged(term, (3, "2026-03-03"), (1, "2026-03-09"))
        assert answer.established_at == "2026-03-07T00:00:00+08:00"

    def test_a_start_to_the_minute_and_an_end_by_date(self, term: str, clause: str) -> None:
        start = (3, "2026-03-03T08:00+08:00")
        assert judged(term, start, (1, "2026-03-05")).verdict == "NOT_DLT"
        assert judged(term, start, (1, "2026-03-06")).verdict == "UNDETERMINED"
        assert judged(term, start, (1, "2026-03-07")).verdict == "DLT"

    def test_an_end_by_the_hour(self, term: str, clause: str) -> None:
        start = (3, "2026-03-03T08:00+08:00")
        assert judged(term, start, (1, "2026-03-06T07+08:00")).verdict == "NOT_DLT"
        assert judged(term, start, (1, "2026-03-06T08+08:00")).verdict == "UNDETERMINED"
        assert judged(term, start, (1, "2026-03-06T09+08:00")).verdict == "DLT"

    def test_ongoing_it_is_pending_until_72_hours(self, term: str, clause: str) -> None:
        start = (3, "2026-03-03T08:00+08:00")
        for as_of, verdict in [
            ("2026-03-03T08:00+08:00", "PENDING"),
            ("2026-03-06T07:59+08:00", "PENDING"),
            ("2026-03-06T08:00+08:00", "DLT"),
            ("2026-03-06", "DLT"),
        ]:
            answer = judged(term, start, ongoing=True, as_of=as_of)
            assert answer.verdict == verdict
            due = answer.becomes_dlt_at or answer.established_at
            assert due == "2026-03-06T08:00:00+08:00"

    def test_each_run_has_its_own_72_hours(self, term: str, clause: str) -> None:
        first = (3, "2026-03-03T08:00+08:00"), (2, "2026-03-04T20:00+08:00")
        second = (3, "2026-03-05T08:00+08:00")
        assert judged(term, *first, second, (2, "2026-03-08T08:00+08:00")).verdict == "NOT_DLT"
        late = judged(term, *first, second, (2, "2026-03-08T08:01+08:00"))
        assert late.established_at == "2026-03-08T08:00:00+08:00"

    def test_an_unrelated_one_is_none(self, term: str, clause: str) -> None:
        changes = (3, "2026-03-03"), (2, "2026-03-20")
        assert judged(term, *changes, causality=caused_by("unrelated")).verdict == "NOT_DLT"


def test_a_grade_4_crs_is_a_dlt_however_short() -> None:
    changes = (3, "2026-03-04T02:00+08:00"), (4, "2026-03-04T06:00+08:00")
    answer = judged("Cytokine release syndrome", *changes, (2, "2026-03-04T16:00+08:00"))
    assert (answer.verdict, answer.criterion) == ("DLT", "grade-4-or-5")
    assert answer.established_at == "2026-03-04T06:00:00+08:00"


@pytest.mark.parametrize("term", ["CRS", "cytokine release syndrome", "Cytokine Release Syndrome"])
def test_crs_goes_by_many_names(term: str) -> None:
    answer = judged(term, (3, "2026-03-03T08:00+08:00"), (2, "2026-03-05T08:00+08:00"))
    assert (answer.verdict, answer.exception) == ("NOT_DLT", "crs-g3-72h")


class TestHypotension:
    """4: grade 3 hypotension (without other CRS symptoms) on a vasopressor, within 72 hours."""

    START = (3, "2026-03-04T08:00+08:00")
    AT_60_H = (1, "2026-03-06T20:00+08:00")
    AT_72_H = (1, "2026-03-07T08:00+08:00")
    AT_80_H = (1, "2026-03-07T16:00+08:00")
    AT_8_DAYS = (1, "2026-03-12T08:00+08:00")

    @pytest.mark.parametrize(
        ("symptoms", "clause"),
        [([], "hypotension-g3-72h"), (["fever 38.8"], "crs-g3-72h")],
        ids=["alone", "with-fever"],
    )
    def test_on_a_vasopressor_it_has_72_hours_by_4_alone_and_by_5_with_other_symptoms(
        self, symptoms: list[str], clause: str
    ) -> None:
        told: dict[str, Any] = {**ON_VASOPRESSOR, "other_crs_symptoms": symptoms}
        in_time = judged("Hypotension", self.START, self.AT_72_H, **told)
        late = judged("Hypotension", self.START, self.AT_80_H, **told)
        assert (in_time.verdict, in_time.exception) == ("NOT_DLT", clause)
        assert (late.verdict, late.established_at) == ("DLT", "2026-03-07T08:00:00+08:00")

    def test_unknown_whether_there_were_others_both_ways_have_72_hours(self) -> None:
        told: dict[str, Any] = {**ON_VASOPRESSOR, "other_crs_symptoms": None}
        assert judged("Hypotension", self.START, self.AT_72_H, **told).verdict == "NOT_DLT"
        assert judged("Hypotension", self.START, self.AT_80_H, **told).verdict == "DLT"

    @pytest.mark.parametrize("symptoms", [None, [], ["fever 38.8"]])
    def test_without_a_vasopressor_the_general_limit_holds(
        self, symptoms: list[str] | None
    ) -> None:
        told: dict[str, Any] = {"interventions": [], "other_crs_symptoms": symptoms}
        assert judged("Hypotension", self.START, self.AT_80_H, **told).verdict == "NOT_DLT"
        assert judged("Hypotension", self.START, self.AT_8_DAYS, **told).verdict == "DLT"

    @pytest.mark.parametrize("symptoms", [None, [], ["fever 38.8"]])
    def test_without_data_on_a_vasopressor_it_matters_between_the_limits(
        self, symptoms: list[str] | None
    ) -> None:
        told: dict[str, Any] = {"interventions": None, "other_crs_symptoms": symptoms}
        assert judged("Hypotension", self.START, self.AT_60_H, **told).verdict == "NOT_DLT"
        assert judged("Hypotension", self.START, self.AT_8_DAYS, **told).verdict == "DLT"
        between = judged("Hypotension", self.START, self.AT_80_H, **told)
        assert (between.verdict, fields(between)) == ("UNDETERMINED", ["interventions"])
        assert settles(between, "interventions") == {"given": "DLT", "not_given": "NOT_DLT"}

    @pytest.mark.parametrize(
        "drug", ["norepinephrine", "Noradrenaline", "VASOPRESSIN", "dopamine"]
    )
    def test_a_vasopressor_may_be_named_by_the_drug(self, drug: str) -> None:
        told: dict[str, Any] = {"interventions": [drug], "other_crs_symptoms": []}
        assert judged("Hypotension", self.START, self.AT_80_H, **told).verdict == "DLT"

    def test_fluids_are_no_vasopressor(self) -> None:
        told: dict[str, Any] = {"interventions": ["fluids"], "other_crs_symptoms": []}
        assert judged("Hypotension", self.START, self.AT_80_H, **told).verdict == "NOT_DLT"

    def test_a_word_that_nobody_knows_may_be_a_vasopressor(self) -> None:
        told: dict[str, Any] = {"interventions": ["drug X"], "other_crs_symptoms": []}
        answer = judged("Hypotension", self.START, self.AT_80_H, **told)
        assert (answer.verdict, fields(answer)) == ("UNDETERMINED", ["interventions"])

    @pytest.mark.parametrize("symptoms", [None, [], ["fever 38.8"]])
    def test_grade_4_stays_a_dlt(self, symptoms: list[str] | None) -> None:
        told: dict[str, Any] = {**ON_VASOPRESSOR, "other_crs_symptoms": symptoms}
        changes = (4, "2026-03-04T08:00+08:00"), (2, "2026-03-04T12:00+08:00")
        answer = judged("Hypotension", *changes, **told)
        assert (answer.verdict, answer.criterion) == ("DLT", "grade-4-or-5")


class TestIcans:
    """6: grade 3 ICANS of at most 7 days, grade 2 within 1 week, baseline within 28 days."""

    ONSET = (3, "2026-03-06")

    @pytest.mark.parametrize(
        ("to_grade_2", "verdict"),
        [("2026-03-12", "NOT_DLT"), ("2026-03-13", "NOT_DLT"), ("2026-03-14", "DLT")],
        ids=["6-days", "7-days", "8-days"],
    )
    def test_remission_to_grade_2_within_a_week(self, to_grade_2: str, verdict: str) -> None:
        answer = judged("ICANS", self.ONSET, (2, to_grade_2), (0, "2026-03-20"))
        assert answer.verdict == verdict
        if verdict == "DLT":
            assert answer.established_at == "2026-03-14T00:00:00+08:00"

    @pytest.mark.parametrize(
        ("to_baseline", "verdict"),
        [("2026-04-02", "NOT_DLT"), ("2026-04-03", "NOT_DLT"), ("2026-04-04", "DLT")],
        ids=["27-days", "28-days", "29-days"],
    )
    def test_remission_to_baseline_within_28_days(self, to_baseline: str, verdict: str) -> None:
        answer = judged("ICANS", self.ONSET, (1, "2026-03-10"), (0, to_baseline))
        assert answer.verdict == verdict
        if verdict == "DLT":
            assert answer.established_at == "2026-04-04T00:00:00+08:00"
        else:
            assert answer.exception == "icans-g3-7d-baseline-28d"

    @pytest.mark.parametrize(
        ("baseline", "verdict"),
        [(2, "NOT_DLT"), (1, "NOT_DLT"), (0, "DLT"), (None, "UNDETERMINED")],
    )
    def test_baseline_is_the_grade_at_the_infusion(
        self, baseline: int | None, verdict: str
    ) -> None:
        changes = self.ONSET, (2, "2026-03-09"), (1, "2026-03-15")
        answer = judged("ICANS", *changes, ongoing=True, baseline_grade=baseline)
        assert answer.verdict == verdict
        assert fields(answer) == (["baseline_grade"] if baseline is None else [])

    def test_back_to_grade_0_the_baseline_does_not_matter(self) -> None:
        changes = self.ONSET, (2, "2026-03-09"), (0, "2026-03-15")
        assert judged("ICANS", *changes, baseline_grade=None).verdict == "NOT_DLT"

    def test_recovery_to_baseline_open_it_is_pending_through_the_28th_day(self) -> None:
        changes = self.ONSET, (1, "2026-03-10")
        for as_of, verdict in [("2026-03-20", "PENDING"), ("2026-04-03", "PENDING")]:
            answer = judged("ICANS", *changes, ongoing=True, as_of=as_of)
            assert (answer.verdict, answer.becomes_dlt_at) == (
                verdict,
                "2026-04-04T00:00:00+08:00",
            )
        assert judged("ICANS", *changes, ongoing=True, as_of="2026-04-04").verdict == "DLT"

    def test_grade_3_open_it_is_pending_through_the_7th_day(self) -> None:
        answer = judged("ICANS", self.ONSET, ongoing=True, as_of="2026-03-13")
        assert (answer.verdict, answer.becomes_dlt_at) == ("PENDING", "2026-03-14T00:00:00+08:00")

    def test_both_clocks_start_when_grade_3_begins(self) -> None:
        changes = (1, "2026-03-02"), (3, "2026-03-06"), (1, "2026-03-10"), (0, "2026-04-03")
        assert judged("ICANS", *changes).verdict == "NOT_DLT"

    def test_grade_2_that_does_not_return_to_baseline_is_none(self) -> None:
        assert judged("ICANS", (2, "2026-03-06"), ongoing=True).verdict == "NOT_DLT"

    def test_grade_4_is_a_dlt_at_once(self) -> None:
        answer = judged("ICANS", (4, "2026-03-06"), (1, "2026-03-07"), (0, "2026-03-08"))
        assert (answer.verdict, answer.criterion) == ("DLT", "grade-4-or-5")

    @pytest.mark.parametrize(
        "term", ["Immune effector cell-associated neurotoxicity syndrome", "icans"]
    )
    def test_goes_by_its_long_name_too(self, term: str) -> None:
        answer = judged(term, self.ONSET, (1, "2026-03-10"), (0, "2026-03-11"))
        assert answer.exception == "icans-g3-7d-baseline-28d"
