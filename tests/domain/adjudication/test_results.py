"""Laboratory results beside the adverse events that report them."""

from typing import Any

import pytest

from app.domain.adjudication.result import EventAdjudication
from app.domain.case import Event
from tests.builders import event
from tests.domain.adjudication.laboratory_results import (
    NEUTROPENIA,
    OF_NEUTROPHILS,
    Result,
    anc,
    as_events,
    as_findings,
    counted,
    judged,
    of_patient,
    protocol,
    verdicts,
)


def at(day: str, value: str | None, **told: Any) -> Result:
    return anc(f"2026-{day}T08:00+08:00", value, **told)


def neutropenia(*changes: tuple[int | None, str | None], **told: Any) -> Event:
    """A report by the day, of which somebody said that it matters."""
    dated = [(grade, None if on is None else f"2026-{on}") for grade, on in changes]
    return event(NEUTROPENIA, *dated, **{"clinically_significant": True, **told})


def codes(answer: EventAdjudication) -> list[str]:
    return [each.code for each in answer.findings]


def beside(reported: Event, *results: Result, **patient: Any) -> EventAdjudication:
    return judged(*results, events=[reported], by=as_findings(), **patient).events[0]


DIFFERS, CHANGES = "computed_grade_differs", "computed_grade_changes_verdict"
REPORTED = neutropenia((3, "03-04"), (1, "04-20"), (0, "04-25"))


class TestBeside:
    def test_results_that_agree_say_nothing(self) -> None:
        results = at("03-05", "0.7"), at("04-02", "0.8"), at("04-21", "1.6"), at("04-26", "2.0")
        assert codes(beside(REPORTED, *results)) == []

    def test_a_difference_is_told_and_both_stand(self) -> None:
        answer = beside(REPORTED, at("03-05", "0.3"), at("03-07", "0.7"), at("04-26", "2.0"))
        assert (answer.verdict, codes(answer)) == ("NOT_DLT", [DIFFERS])
        assert answer.findings[0].message == (
            "By CTCAE 5.0 (Neutrophil count decreased), on 2026-03-05T08:00+08:00 grade 4 (0.3 "
            "10*9/L) is computed, 3 reported. Both stand."
        )

    def test_a_verdict_that_would_be_another_is_asked_for(self) -> None:
        """Grade 4 for 28 days by the results is let pass, and for 29 is not."""
        begun = at("03-05", "0.3"), at("04-01", "0.4")
        let_pass = beside(REPORTED, *begun, at("04-02", "0.6"), at("04-21", "1.6"))
        assert (let_pass.verdict, codes(let_pass)) == ("NOT_DLT", [DIFFERS])
        answer = beside(REPORTED, *begun, at("04-03", "0.4"), at("04-21", "1.6"))
        assert (answer.verdict, codes(answer)) == ("NOT_DLT", [DIFFERS, CHANGES])
        assert answer.findings[1].message == (
            "By the reported grades the verdict is NOT_DLT, by the computed ones DLT: the "
            "investigator has to say which grades are right."
        )

    def test_the_recorded_end_ends_the_computed_course(self) -> None:
        """One result at grade 4: until when is not measured, but the event was over in time."""
        short = neutropenia((3, "03-04"), (0, "03-20"))
        assert codes(beside(short, at("03-05", "0.3"))) == [DIFFERS]
        assert codes(beside(REPORTED, at("03-05", "0.3"))) == [DIFFERS, CHANGES]

    def test_the_protocol_may_say_that_results_are_judged_instead(self) -> None:
        results = at("03-05", "0.3"), at("04-05", "0.4"), at("04-21", "1.6")
        answer = judged(*results, events=[REPORTED], by=protocol(computed="instead")).events[0]
        assert (answer.verdict, codes(answer)) == (
            "DLT",
            ["computed_grade_used", DIFFERS, CHANGES],
        )

    def test_an_event_without_grades_is_judged_by_its_results(self) -> None:
        answer = beside(neutropenia(), at("03-05", "0.3"), at("04-05", "0.4"), at("04-21", "1.6"))
        assert (answer.verdict, codes(answer)) == ("DLT", ["computed_grade_used"])

    def test_a_name_of_another_version_is_the_term_all_the_same(self) -> None:
        by_synonym = event("Neutropenia", (3, "2026-03-04"), (0, "2026-03-20"))
        assert DIFFERS in codes(beside(by_synonym, at("03-05", "0.3")))


class TestWhatIsCompared:
    """Only a grade that was surely not reported for that time differs."""

    @pytest.mark.parametrize(
        ("on", "value", "differs"),
        [
            ("03-04", "2.5", False),  # it began on that day, at what hour is not recorded
            ("03-04", "0.3", True),
            ("03-05", "2.5", True),
            ("04-20", "0.8", False),
            ("04-20", "1.6", False),
            ("04-20", "0.3", True),
        ],
    )
    def test_a_day_on_which_the_grade_changed(self, on: str, value: str, differs: bool) -> None:
        assert (DIFFERS in codes(beside(REPORTED, at(on, value)))) == differs

    def test_bounds_differ_where_they_exclude_what_is_reported(self) -> None:
        """Below 0.6 it may be grade 3 or 4."""
        assert codes(beside(REPORTED, at("03-05", "<0.6"))) == []
        other = neutropenia((1, "03-04"), (0, "04-20"))
        assert "(<0.6 10*9/L)" in beside(other, at("03-05", "<0.6")).findings[0].message

    def test_before_the_first_change_and_after_the_end_is_not_its_time(self) -> None:
        short = neutropenia((2, "03-10"), (0, "03-20"))
        results = at("03-05", "1.6"), at("03-12", "1.2"), at("03-22", "1.6"), at("04-22", "1.4")
        assert codes(beside(short, *results)) == []

    def test_nothing_measured_in_its_time_says_nothing(self) -> None:
        short = neutropenia((2, "03-10"), (0, "03-12"))
        assert codes(beside(short, at("03-05", "1.6"), at("03-22", "1.6"))) == []
        assert codes(beside(short, at("03-05", "1.6"))) == []

    def test_grave_results_around_it_contradict_its_dates(self) -> None:
        short = neutropenia((3, "03-10"), (0, "03-20"))
        grave = [at(day, "0.7") for day in ("03-09", "03-11", "03-21")]
        message = beside(short, *grave, at("03-23", "1.6")).findings[0].message
        assert "on 2026-03-09T08:00+08:00 grade 3 (0.7 10*9/L) is computed, 0 reported" in message
        assert "on 2026-03-21T08:00+08:00" in message
        assert "2026-03-23" not in message

    def test_what_was_grave_before_the_infusion_was_its_baseline(self) -> None:
        early = neutropenia((4, "03-03"), (0, "03-20"), baseline_grade=3)
        results = at("02-28", "0.7"), at("03-02", "0.8"), at("03-05", "0.3"), at("03-21", "2")
        message = beside(early, *results).findings
        assert message == ()
        unknown = neutropenia((4, "03-03"), (0, "03-20"), baseline_grade=None)
        (told,) = beside(unknown, *results).findings
        assert "2026-02-28" not in told.message
        assert "2026-03-02" in told.message

    def test_each_event_of_a_term_has_its_own_time(self) -> None:
        first = neutropenia((3, "03-04"), ongoing=True)
        second = neutropenia((4, "03-20"), (0, "03-30"), id="AE-2")
        results = at("03-05", "0.7"), at("03-18", "0.8"), at("03-21", "0.7"), at("03-31", "2.0")
        answer = judged(*results, events=[second, first], by=as_findings())
        told = {each.id: codes(each) for each in answer.events}
        assert told == {"AE-1": [], "AE-2": [DIFFERS]}

    def test_an_event_without_a_date_may_have_been_there_at_any_time(self) -> None:
        answer = beside(neutropenia((3, None)), at("02-05", "0.7"), at("03-05", "0.3"))
        assert DIFFERS in codes(answer)

    def test_assessments_that_were_reported_are_compared_too(self) -> None:
        shown = [{"on": "2026-03-05", "grade": 3}, {"on": "2026-03-12", "grade": 0}]
        assert DIFFERS in codes(beside(neutropenia(assessments=shown), at("03-05", "0.3")))

    def test_another_event_is_left_alone(self) -> None:
        fatigue = event("Fatigue", (1, "2026-03-04"), (0, "2026-03-06"), id="AE-2")
        answer = judged(at("03-05", "0.3"), events=[REPORTED, fatigue], by=as_findings())
        assert codes(answer.events[1]) == []


class TestWhatNobodyReports:
    EARLY = neutropenia((3, "03-04"), (0, "03-10"))
    LATER = (at("03-05", "0.7"), at("03-12", "2.0"), at("03-20", "0.3"), at("04-25", "0.4"))

    def test_a_later_rise_is_told_although_the_term_was_reported(self) -> None:
        answer = judged(*self.LATER, events=[self.EARLY], by=as_findings())
        assert of_patient(answer) == ["laboratory_not_reported"]
        assert "2026-03-20" in answer.subject.findings[0].message
        assert codes(answer.events[0]) == []

    def test_it_is_an_event_of_its_own_named_after_the_reported_one(self) -> None:
        name = f"{OF_NEUTROPHILS} after AE-1"
        results = (at("03-02", "1.6"), *self.LATER)
        answer = judged(*results, events=[self.EARLY], by=as_events(), rulings=counted(name))
        assert verdicts(answer) == {"AE-1": "NOT_DLT", OF_NEUTROPHILS: "NOT_DLT", name: "DLT"}

    def test_a_rise_after_the_end_is_no_part_of_it(self) -> None:
        """The end was recorded, and no result of the event's time was grave."""
        mild = neutropenia((1, "03-04"), (0, "03-10"))
        answer = judged(at("03-05", "1.6"), at("03-20", "0.7"), events=[mild], by=as_findings())
        assert of_patient(answer) == ["laboratory_not_reported"]

    def test_an_end_without_a_date_keeps_what_comes(self) -> None:
        worst_only = neutropenia((3, "03-04"), ongoing=False)
        results = at("03-05", "0.7"), at("03-12", "2.0"), at("03-20", "0.3")
        answer = judged(*results, events=[worst_only], by=as_findings())
        assert codes(answer.events[0]) == [DIFFERS, CHANGES]
        assert "0 to 3 reported" in answer.events[0].findings[0].message
