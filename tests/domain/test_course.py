"""Grade courses: what is known of one event at a data cut (docs/time.md).

Names of tests are the sentences of the design; `course` observes an event at a cut.
"""

from typing import Any

import pytest

from app.domain.course import Course, StopKind, Tail, course_of, stop_of
from app.domain.steps import UNKNOWN_GRADE
from app.domain.time import ALWAYS, MICROSECOND, NEVER, PartialTime, last_instant_of_cut, zone_of
from tests.builders import LATER, course, event, observation, subject

SHANGHAI = zone_of("+08:00")


def at(text: str) -> int:
    """First instant of a recorded time."""
    return PartialTime(text).span(SHANGHAI).first


def end_of(text: str) -> int:
    """Last instant of a recorded time."""
    return PartialTime(text).span(SHANGHAI).last


def grades(known: Course) -> list[int]:
    return [step.grade for step in known.steps]


def spans(known: Course) -> list[tuple[int, int]]:
    return [(step.span.first, step.span.last) for step in known.steps]


def codes(known: Course) -> list[str]:
    return [code for code, _ in known.findings]


def contradicts(known: Course) -> bool:
    return any(step.contradicts for step in known.steps)


class TestSteps:
    """Grade as a step function of time, from grade changes in list order."""

    def test_a_course_keeps_the_changes_in_list_order(self) -> None:
        known = course((3, "2026-03-05"), (1, "2026-03-08"), (0, "2026-03-10"))
        assert grades(known) == [3, 1, 0]
        assert [step.recorded for step in known.steps] == [
            "2026-03-05",
            "2026-03-08",
            "2026-03-10",
        ]
        assert [step.position for step in known.steps] == [0, 1, 2]

    def test_a_grade_may_be_unknown(self) -> None:
        assert grades(course((None, "2026-03-05"), (1, "2026-03-08"))) == [UNKNOWN_GRADE, 1]

    def test_a_time_may_be_unknown(self) -> None:
        known = course((3, "2026-03-05"), (1, None))
        assert spans(known)[1] == (ALWAYS, end_of(LATER))
        assert known.steps[1].recorded is None

    def test_without_any_grade_every_grade_is_possible_at_every_time(self) -> None:
        known = course()
        assert grades(known) == [UNKNOWN_GRADE]
        assert spans(known) == [(ALWAYS, end_of(LATER))]
        assert known.findings == (
            ("no_grade", "No grade was recorded, so every grade of the term is possible."),
        )

    def test_the_grade_before_a_change_surely_holds_until_it(self) -> None:
        change = course((3, "2026-03-05"), (1, "2026-03-08")).steps[1]
        assert change.held_through == at("2026-03-08") - MICROSECOND


class TestCut:
    """Nothing that happened later than the data cut may influence the answer."""

    def test_a_change_wholly_after_the_cut_is_dropped_and_the_step_before_it_counts_as_ongoing(
        self,
    ) -> None:
        changes = (3, "2026-03-05"), (1, "2026-03-11")
        known = course(*changes, as_of="2026-03-10", ongoing=False)
        assert grades(known) == [3]
        assert (known.tail, known.through) == (Tail.GOES_ON, NEVER)

    def test_a_change_on_the_day_of_a_date_cut_is_kept(self) -> None:
        assert grades(course((3, "2026-03-05"), (1, "2026-03-10"), as_of="2026-03-10")) == [3, 1]

    def test_a_change_at_an_instant_cut_is_kept(self) -> None:
        changes = (3, "2026-03-05"), (1, "2026-03-10T08:00+08:00")
        assert grades(course(*changes, as_of="2026-03-10T08:00+08:00")) == [3, 1]
        assert grades(course(*changes, as_of="2026-03-10T07:59+08:00")) == [3]

    def test_a_change_at_the_midnight_of_a_date_cut_is_dropped(self) -> None:
        changes = (3, "2026-03-05"), (1, "2026-03-11T00:00+08:00")
        assert grades(course(*changes, as_of="2026-03-10")) == [3]

    def test_an_interval_that_straddles_the_cut_is_clipped(self) -> None:
        known = course((3, "2026-03"), as_of="2026-03-10")
        assert spans(known) == [(at("2026-03-01"), end_of("2026-03-10"))]
        assert known.steps[0].span.sup == end_of("2026-03-10") + MICROSECOND

    def test_an_event_that_begins_after_the_cut_is_not_there(self) -> None:
        known = course((3, "2026-03-05"), as_of="2026-03-01")
        assert known.steps == ()
        assert known.tail is Tail.GOES_ON

    def test_an_assessment_after_the_cut_is_not_there(self) -> None:
        late = [{"on": "2026-03-20", "grade": 4}]
        known = course((4, "2026-03-05"), ongoing=True, as_of="2026-03-10", assessments=late)
        assert known.tail is Tail.GOES_ON


class TestTail:
    """What is known after the last change."""

    @pytest.mark.parametrize("ongoing", [True, False, None])
    def test_grade_0_is_known_to_stay(self, ongoing: bool | None) -> None:
        known = course((3, "2026-03-05"), (0, "2026-03-08"), ongoing=ongoing)
        assert (known.tail, known.through) == (Tail.GOES_ON, NEVER)

    def test_the_last_step_runs_on_while_ongoing_known_up_to_as_of(self) -> None:
        known = course((3, "2026-03-05"), ongoing=True)
        assert (known.tail, known.through) == (Tail.GOES_ON, NEVER)

    def test_it_is_known_up_to_ongoing_as_of_and_unknown_after_that(self) -> None:
        known = course((3, "2026-03-05"), ongoing=True, ongoing_as_of="2026-03-10")
        assert (known.tail, known.through) == (Tail.SILENT, at("2026-03-10"))
        assert known.ends_by == NEVER

    @pytest.mark.parametrize(
        ("as_of", "reported"),
        [
            ("2026-03-10", "2026-03-10"),
            ("2026-03-10", "2026-03-11"),
            ("2026-03-10T23:00+08:00", "2026-03-10T23:00+08:00"),
            ("2026-03-10T23:00+08:00", "2026-03-11"),
        ],
    )
    def test_a_report_at_the_cut_or_later_counts_as_known_up_to_it(
        self, as_of: str, reported: str
    ) -> None:
        known = course((3, "2026-03-05"), as_of=as_of, ongoing=True, ongoing_as_of=reported)
        assert known.tail is Tail.GOES_ON

    def test_a_report_before_the_last_change_does_not_reach_beyond_it(self) -> None:
        known = course((3, "2026-03-05"), ongoing=True, ongoing_as_of="2026-03-01")
        assert (known.tail, known.through) == (Tail.SILENT, at("2026-03-05"))

    def test_without_ongoing_the_last_grade_is_known_at_its_own_time_only(self) -> None:
        known = course((3, "2026-03-05"), ongoing=None)
        assert (known.tail, known.through) == (Tail.SILENT, at("2026-03-05"))

    def test_ongoing_false_means_ended_at_an_unknown_time_after_the_last_change_and_by_the_cut(
        self,
    ) -> None:
        known = course((3, "2026-03-05"), ongoing=False)
        assert (known.tail, known.through) == (Tail.ENDED, at("2026-03-05"))
        assert known.ends_by <= end_of(LATER)

    def test_a_setting_lets_an_event_persist_in_silence(self) -> None:
        patient = subject()
        silent = event("Lung infection", (3, "2026-03-05"), ongoing=None)
        seen = observation(patient, persists_in_silence=True)
        assert course_of(silent, seen).tail is Tail.GOES_ON

    def test_grade_5_is_the_end(self) -> None:
        known = course((3, "2026-03-05"), (5, "2026-03-08"), ongoing=None)
        assert known.tail is Tail.FATAL
        assert known.through == at("2026-03-08")
        assert known.ends_by == end_of("2026-03-08") + MICROSECOND


class TestStop:
    """Death, withdrawal or loss to follow-up stops every clock."""

    OPEN = (3, "2026-03-05")

    @pytest.mark.parametrize(
        ("record", "kind"),
        [
            ({"death": {"date": "2026-03-10"}}, StopKind.DEATH),
            ({"withdrawal": {"date": "2026-03-10", "reason": "consent"}}, StopKind.WITHDRAWAL),
        ],
    )
    def test_stops_an_ongoing_event(self, record: dict[str, Any], kind: StopKind) -> None:
        known = course(self.OPEN, ongoing=True, patient=subject(**record))
        assert known.stop is not None
        assert known.stop.kind is kind
        assert (known.tail, known.through) == (Tail.STOPPED, at("2026-03-10"))

    def test_follow_up_until_before_the_cut_is_loss_to_follow_up_at_the_end_of_that_day(
        self,
    ) -> None:
        lost = course(self.OPEN, ongoing=True, patient=subject(follow_up_until="2026-03-10"))
        assert lost.stop is not None
        assert lost.stop.kind is StopKind.FOLLOW_UP
        assert (lost.tail, lost.through) == (Tail.STOPPED, end_of("2026-03-10"))

    @pytest.mark.parametrize("until", ["2026-05-30", "2026-05-31", "2026-06-15"])
    def test_follow_up_until_the_cut_or_later_stops_nothing(self, until: str) -> None:
        known = course(self.OPEN, ongoing=True, patient=subject(follow_up_until=until))
        assert (known.tail, known.stop) == (Tail.GOES_ON, None)

    @pytest.mark.parametrize(
        "record", [{"death": {"date": "2026-06-01"}}, {"withdrawal": {"date": "2026-06-01"}}]
    )
    def test_a_stop_after_the_cut_stops_nothing(self, record: dict[str, Any]) -> None:
        known = course(self.OPEN, ongoing=True, patient=subject(**record))
        assert (known.tail, known.stop) == (Tail.GOES_ON, None)

    def test_a_stop_of_unknown_date_leaves_the_last_grade_known_at_its_own_time(self) -> None:
        known = course(self.OPEN, ongoing=True, patient=subject(death={"date": None}))
        assert (known.tail, known.through) == (Tail.STOPPED, at("2026-03-05"))
        assert known.stop is not None
        assert known.stop.recorded is None

    def test_a_partly_dated_stop_may_have_been_at_its_earliest(self) -> None:
        known = course(self.OPEN, ongoing=True, patient=subject(withdrawal={"date": "2026-04"}))
        assert known.through == at("2026-04-01")

    def test_the_first_stop_counts(self) -> None:
        patient = subject(
            withdrawal={"date": "2026-03-20"},
            death={"date": "2026-04-02"},
            follow_up_until="2026-03-12",
        )
        cut = last_instant_of_cut(PartialTime(LATER), SHANGHAI)
        stop = stop_of(patient, SHANGHAI, cut)
        assert stop is not None
        assert (stop.kind, stop.recorded) == (StopKind.FOLLOW_UP, "2026-03-12")

    def test_a_change_recorded_after_a_stop_was_observed_so_the_clock_runs_to_it(self) -> None:
        patient = subject(withdrawal={"date": "2026-03-10"})
        known = course(self.OPEN, (2, "2026-03-12"), ongoing=True, patient=patient)
        assert grades(known) == [3, 2]
        assert (known.tail, known.through) == (Tail.STOPPED, at("2026-03-12"))

    def test_silence_before_a_stop_stays_silence(self) -> None:
        patient = subject(withdrawal={"date": "2026-03-10"})
        known = course(self.OPEN, ongoing=None, patient=patient)
        assert (known.tail, known.through) == (Tail.SILENT, at("2026-03-05"))

    def test_a_report_up_to_the_stop_is_stopped_there(self) -> None:
        patient = subject(withdrawal={"date": "2026-03-10"})
        known = course(self.OPEN, patient=patient, ongoing=True, ongoing_as_of="2026-03-20")
        assert (known.tail, known.through) == (Tail.STOPPED, at("2026-03-10"))

    def test_ended_by_the_death_or_unresolved_at_death(self) -> None:
        known = course(self.OPEN, ongoing=False, patient=subject(death={"date": "2026-03-20"}))
        assert (known.tail, known.through) == (Tail.STOPPED, at("2026-03-05"))

    def test_ended_before_a_withdrawal_stays_ended(self) -> None:
        patient = subject(withdrawal={"date": "2026-03-20"})
        assert course(self.OPEN, ongoing=False, patient=patient).tail is Tail.ENDED

    @pytest.mark.parametrize(
        ("setting", "tail"), [("exceeds_limit", Tail.FATAL), ("ends_event", Tail.ENDED)]
    )
    def test_a_reading_says_what_death_from_another_cause_means(
        self, setting: str, tail: Tail
    ) -> None:
        patient = subject(death={"date": "2026-03-20"})
        seen = observation(patient, death_from_another_cause=setting)
        known = course_of(event("Lung infection", self.OPEN, ongoing=True), seen)
        assert known.tail is tail
        assert at("2026-03-20") <= known.ends_by <= end_of("2026-03-20") + MICROSECOND

    @pytest.mark.parametrize(("death", "tail"), [("2026-03-08T10:00+08:00", Tail.FATAL),
                                                 ("2026-03-08", Tail.STOPPED),
                                                 ("2026-03-20", Tail.STOPPED)])  # fmt: skip
    def test_what_assessments_last_saw_may_be_over_before_the_death(
        self, death: str, tail: Tail
    ) -> None:
        """Assessed at grade 3 on 2026-03-08 at 10:00; a death at that minute leaves no gap."""
        patient = subject(death={"date": death})
        seen = observation(patient, death_from_another_cause="exceeds_limit")
        assessed = [
            {"on": "2026-03-05T10:00+08:00", "grade": 3},
            {"on": "2026-03-08T10:00+08:00", "grade": 3},
        ]
        known = course_of(event("Lung infection", assessments=assessed, ongoing=True), seen)
        assert known.tail is tail


class TestContradictions:
    """Times that contradict the order are a finding; all times of the pair are unknown."""

    def test_all_times_of_a_contradicting_pair_are_unknown(self) -> None:
        known = course((3, "2026-03-05"), (2, "2026-03-10"), (1, "2026-03-08"), (0, "2026-03-20"))
        everything = (ALWAYS, end_of(LATER))
        assert contradicts(known)
        assert spans(known)[1:3] == [everything, everything]
        assert spans(known)[0] == (at("2026-03-05"), end_of("2026-03-05"))
        assert spans(known)[3] == (at("2026-03-20"), end_of("2026-03-20"))
        assert codes(known) == ["order_contradicted"]

    def test_one_wrong_time_may_contradict_many(self) -> None:
        known = course((3, "2026-03-10"), (2, "2026-03-12"), (1, "2026-03-02"))
        assert spans(known) == [(ALWAYS, end_of(LATER))] * 3

    def test_a_day_does_not_contradict_an_hour_of_it(self) -> None:
        known = course((3, "2026-03-05T10:00+08:00"), (1, "2026-03-05"))
        assert codes(known) == []
        assert not contradicts(known)

    def test_intervals_that_may_stand_in_order_do_not_contradict(self) -> None:
        assert not contradicts(course((3, "2026-03-10"), (1, "2026-03")))
        assert not contradicts(course((3, "2026-03-10"), (1, "2026-03-10")))
        assert not contradicts(course((3, "2026-03-10T12:00+08:00"), (1, "2026-03-10")))

    def test_a_contradiction_beyond_the_cut_is_not_seen(self) -> None:
        known = course((3, "2026-03-05"), (2, "2026-04-10"), (1, "2026-04-08"), as_of="2026-03-20")
        assert not contradicts(known)
        assert grades(known) == [3]
