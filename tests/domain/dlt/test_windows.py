"""Every kind of DLT window, clock and referral that a rule set may state."""

from typing import Any

import pytest
from pydantic import ValidationError

from tests.builders import event, fields, subject
from tests.domain.dlt.toy import clause, first, patient, toy

AKI, PNEUMONITIS = "Acute kidney injury", "Pneumonitis"
WINDOW = {"anchor": "each_infusion", "agent": "IC19", "first_day": 0, "through": "P28D"}
COMPLETED = {"on": "2026-03-15", "reason": "all assessments done"}
TWICE = ("2026-03-01T10:00:00+08:00", "2026-03-20T10:00:00+08:00")


def windowed(**parts: Any) -> Any:
    return toy(window={**WINDOW, **parts})


def verdict(protocol: Any, onset: str, **recorded: Any) -> str:
    return first(protocol, event(AKI, (4, onset), (3, "2026-05-20")), **recorded).verdict


class TestAnchor:
    """After each infusion, or after the first alone."""

    @pytest.mark.parametrize(
        ("anchor", "onset", "expected"),
        [
            ("each_infusion", "2026-04-17", "DLT"),
            ("each_infusion", "2026-04-18", "NOT_DLT"),
            ("first_infusion", "2026-03-29", "DLT"),
            ("first_infusion", "2026-04-17", "NOT_DLT"),
        ],
    )
    def test_decides_where_windows_lie(self, anchor: str, onset: str, expected: str) -> None:
        assert verdict(windowed(anchor=anchor), onset, infused=TWICE) == expected

    def test_a_date_only_rise_on_a_later_infusion_day_means_nothing_to_the_first_window(
        self,
    ) -> None:
        assert verdict(windowed(anchor="first_infusion"), "2026-03-20", infused=TWICE) == "DLT"

    @pytest.mark.parametrize(("anchor", "windows"), [("each_infusion", 2), ("first_infusion", 1)])
    def test_windows_are_told(self, anchor: str, windows: int) -> None:
        assert len(patient(windowed(anchor=anchor), infused=TWICE).subject.window) == windows


class TestThrough:
    """Through a day, counted from day 0 or day 1, or an elapsed time."""

    @pytest.mark.parametrize(
        ("first_day", "last_inside", "first_outside"),
        [(0, "2026-03-29", "2026-03-30"), (1, "2026-03-28", "2026-03-29")],
    )
    def test_the_infusion_day_is_day_0_or_day_1(
        self, first_day: int, last_inside: str, first_outside: str
    ) -> None:
        assert verdict(windowed(first_day=first_day), last_inside) == "DLT"
        assert verdict(windowed(first_day=first_day), first_outside) == "NOT_DLT"

    @pytest.mark.parametrize(
        ("onset", "expected"),
        [
            ("2026-03-29T10:00+08:00", "DLT"),
            ("2026-03-29T10:01+08:00", "NOT_DLT"),
            ("2026-03-29", "UNDETERMINED"),
            ("2026-03-28", "DLT"),
        ],
    )
    def test_an_elapsed_time_compares_instants(self, onset: str, expected: str) -> None:
        protocol = windowed(through="PT672H")
        judged = first(protocol, event(AKI, (4, onset), (3, "2026-05-20")))
        assert judged.verdict == expected
        assert fields(judged) == (["clock_time"] if expected == "UNDETERMINED" else [])

    def test_an_elapsed_window_ends_just_after_its_last_instant(self) -> None:
        window = patient(windowed(through="PT672H")).subject.window[0]
        assert window.end == "2026-03-29T10:00:00.000001+08:00"

    def test_the_sentence_of_a_window_says_its_last_instant(self) -> None:
        late = event(AKI, (4, "2026-03-30"), (3, "2026-05-20"))
        text = first(windowed(through="PT672H"), late).explanation.text
        assert "outside the window 2026-03-01 10:00 +08:00 to 2026-03-29 10:00 +08:00" in text


class TestEarlyCompletion:
    """A recorded, reasoned act ends the window with its day, where the text provides for it."""

    @pytest.mark.no_cover
    @pytest.mark.parametrize(
        ("onset", "expected"), [("2026-03-15", "DLT"), ("2026-03-16", "NOT_DLT")]
    )
    def test_the_day_of_the_act_is_the_last(self, onset: str, expected: str) -> None:
        protocol = windowed(early_completion=True)
        assert verdict(protocol, onset, window_completed=COMPLETED) == expected

    def test_a_day_of_that_month_may_lie_on_either_side(self) -> None:
        protocol = windowed(early_completion=True)
        assert verdict(protocol, "2026-03", window_completed=COMPLETED) == "UNDETERMINED"

    @pytest.mark.parametrize("on", ["2026-03", "2026"])
    def test_an_act_of_no_known_day_is_refused(self, on: str) -> None:
        with pytest.raises(ValidationError, match="on which day the window was completed"):
            subject(window_completed={"on": on, "reason": "seen by the committee"})

    def test_before_the_act_it_is_not_known(self) -> None:
        protocol = windowed(early_completion=True)
        case = event(AKI, (4, "2026-03-20"), ongoing=True)
        completed_later = {"on": "2026-04-10", "reason": "late entry"}
        judged = first(protocol, case, as_of="2026-03-25", window_completed=completed_later)
        assert judged.verdict == "DLT"
        answer = patient(protocol, as_of="2026-03-10", window_completed=COMPLETED)
        assert (answer.subject.status, answer.subject.until) == (
            "IN_WINDOW",
            "2026-03-30T00:00:00+08:00",
        )

    def test_after_it_the_patient_has_no_dlt(self) -> None:
        protocol = windowed(early_completion=True)
        answer = patient(protocol, as_of="2026-03-20", window_completed=COMPLETED)
        assert (answer.subject.status, answer.subject.window[0].end) == (
            "NO_DLT",
            "2026-03-16T00:00:00+08:00",
        )


class TestOnset:
    """The qualifying grade is reached inside the window, or the event begins in it."""

    LATE_RISE = event(PNEUMONITIS, (1, "2026-03-20"), (4, "2026-04-05"), (0, "2026-04-07"))

    def test_of_the_grade_or_of_the_event(self) -> None:
        assert first(windowed(), self.LATE_RISE).verdict == "NOT_DLT"
        assert first(windowed(onset_from_grade=1), self.LATE_RISE).verdict == "DLT"

    def test_a_lower_grade_than_the_run_moves_nothing(self) -> None:
        assert first(windowed(onset_from_grade=4), self.LATE_RISE).verdict == "NOT_DLT"

    @pytest.mark.parametrize(
        ("rule", "baseline", "expected"),
        [
            ("after_if_above_baseline", 0, "DLT"),
            ("after_if_above_baseline", 4, "NOT_DLT"),
            ("after_if_above_baseline", None, "UNDETERMINED"),
            ("after", 4, "DLT"),
            ("after", None, "DLT"),
            ("either", 0, "UNDETERMINED"),
        ],
    )
    def test_on_the_infusion_day(self, rule: str, baseline: int | None, expected: str) -> None:
        protocol = windowed(rise_on_infusion_day=rule)
        case = event(AKI, (4, "2026-03-01"), (3, "2026-03-05"), baseline_grade=baseline)
        assert first(protocol, case).verdict == expected

    @pytest.mark.parametrize(
        ("rule", "baseline", "expected"),
        [
            ("after_if_above_baseline", 0, "DLT"),
            ("after_if_above_baseline", None, "UNDETERMINED"),
            ("after", None, "DLT"),
            ("either", 0, "UNDETERMINED"),
        ],
    )
    def test_on_the_day_of_a_later_infusion(
        self, rule: str, baseline: int | None, expected: str
    ) -> None:
        protocol = windowed(rise_on_infusion_day=rule)
        infused = ("2026-03-01T10:00:00+08:00", "2026-04-20T10:00:00+08:00")
        case = event(AKI, (4, "2026-04-20"), (3, "2026-04-25"), baseline_grade=baseline)
        assert first(protocol, case, infused=infused).verdict == expected


class TestReferral:
    """A rule set may refer nothing, or grades that no criterion looks at."""

    def test_without_a_clause_nothing_is_referred(self) -> None:
        assert not first(toy(), event(AKI, (4, "2026-04-20"))).refer_to_committee

    def test_a_lower_grade_than_every_criterion(self) -> None:
        referral = {"grade": 2, "at": "9", "says": "Grade 2 or more after the window."}
        protocol = toy(refer_to_committee=referral)
        judged = first(protocol, event(PNEUMONITIS, (2, "2026-04-20"), (0, "2026-04-25")))
        assert (judged.verdict, judged.refer_to_committee) == ("NOT_DLT", True)


class TestPhases:
    """DLTs are observed in some phases; where that is not known, nothing is determined."""

    PROTOCOL = toy(phases=[{"id": "escalation"}, {"id": "expansion"}])
    GRAVE = event(AKI, (4, "2026-03-10"), (3, "2026-03-12"))

    @pytest.mark.parametrize(
        ("phase", "verdict", "status"),
        [
            ("escalation", "DLT", "DLT"),
            ("expansion", "NOT_APPLICABLE", "NOT_APPLICABLE"),
            (None, "UNDETERMINED", "UNDETERMINED"),
        ],
    )
    def test_the_phase_decides(self, phase: str | None, verdict: str, status: str) -> None:
        answer = patient(self.PROTOCOL, self.GRAVE, phase=phase)
        assert (answer.events[0].verdict, answer.subject.status) == (verdict, status)

    def test_without_a_definition_nothing_applies(self) -> None:
        silent = toy(dlt=None)
        answer = patient(silent, self.GRAVE)
        assert (answer.events[0].verdict, answer.subject.status) == (
            "NOT_APPLICABLE",
            "NOT_APPLICABLE",
        )
        assert "states no definition of a DLT" in answer.events[0].explanation.text


class TestClocks:
    """Limits at every grade, over every kind of end."""

    @pytest.mark.parametrize(
        ("days_are", "recovered", "expected"),
        [
            ("calendar", "2026-03-17T09:00+08:00", "NOT_DLT"),
            ("elapsed", "2026-03-17T08:00+08:00", "NOT_DLT"),
            ("elapsed", "2026-03-17T09:00+08:00", "DLT"),
        ],
    )
    def test_days_are_dates_or_24_hours(
        self, days_are: str, recovered: str, expected: str
    ) -> None:
        protocol = toy(
            criteria=[clause("long", grade=3, longer_than="P7D")], clocks={"days_are": days_are}
        )
        case = event(PNEUMONITIS, (3, "2026-03-10T08:00+08:00"), (2, recovered))
        assert first(protocol, case).verdict == expected

    def test_minutes_are_limits_too(self) -> None:
        protocol = toy(criteria=[clause("long", grade=3, longer_than="PT90M")])
        start = (3, "2026-03-10T08:00+08:00")
        for recovered, expected in [("09:30", "NOT_DLT"), ("09:31", "DLT")]:
            case = event(PNEUMONITIS, start, (2, f"2026-03-10T{recovered}+08:00"))
            assert first(protocol, case).verdict == expected

    @pytest.mark.parametrize(
        ("kind", "expected"), [("first_documented", "NOT_DLT"), ("last", "DLT")]
    )
    def test_the_first_or_the_last_recovery_ends_them(self, kind: str, expected: str) -> None:
        protocol = toy(
            criteria=[clause("long", grade=3, longer_than="P7D")], clocks={"recovery": kind}
        )
        changes = (3, "2026-03-05"), (2, "2026-03-08"), (3, "2026-03-12"), (0, "2026-03-15")
        assert first(protocol, event(PNEUMONITIS, *changes)).verdict == expected

    def test_the_last_recovery_is_the_fall_after_which_it_stays_low(self) -> None:
        protocol = toy(
            criteria=[clause("long", grade=3, longer_than="P7D")], clocks={"recovery": "last"}
        )
        began, fell = (3, "2026-03-05"), (2, "2026-03-08")
        further = event(PNEUMONITIS, began, fell, (1, "2026-03-20"))
        assert first(protocol, further).verdict == "NOT_DLT"
        again = event(PNEUMONITIS, began, fell, (3, "2026-03-10"), ongoing=True)
        found = first(protocol, again, as_of="2026-03-11")
        assert (found.verdict, found.becomes_dlt_at) == ("PENDING", "2026-03-13T00:00:00+08:00")

    def test_an_unknown_grade_in_the_last_step_may_be_the_death(self) -> None:
        protocol = toy(criteria=[clause("long", grade=3, longer_than="P7D")])
        case = event("Death NOS", (None, "2026-03-10"))
        assert first(protocol, case).established_at == "2026-03-10T00:00:00+08:00"
