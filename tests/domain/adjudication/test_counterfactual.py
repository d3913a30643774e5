"""What would have changed a verdict: each sentence is true of the case with that one change."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from app.data.protocols import load
from app.domain.adjudication import counterfactual as module
from app.domain.adjudication.adjudicate import adjudicate
from app.domain.adjudication.counterfactual import with_counterfactuals
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.adjudication.result import Adjudicated, Counterfactual
from app.domain.case import Event, Subject
from app.domain.time import PartialTime
from tests.builders import LATER, SHANGHAI, caused_by, event, subject
from tests.domain.dlt.toy import GRADE_3_OVER_7_DAYS, GRADE_4, clause, toy

IC19 = load("NCT06886919").ready
CRS = "Cytokine release syndrome"
NEVER_2 = "would not be a DLT if its grade had never been above 2"
NEVER_3 = "would not be a DLT if its grade had never been above 3"
UNRELATED = "would not be a DLT if the causality to IC19 had been unrelated or unlikely"


def judged(
    patient: Subject, protocol: ReadyProtocol = IC19, as_of: str = LATER, zone: str = SHANGHAI
) -> Adjudicated:
    cut = PartialTime(as_of)
    answer = adjudicate([patient], protocol, cut, zone)[0]
    return with_counterfactuals(patient, answer, protocol, cut, zone)


def told(
    *events: Event, protocol: ReadyProtocol = IC19, as_of: str = LATER, **recorded: Any
) -> tuple[str, list[str]]:
    """The verdict of the first event, and what would have changed it."""
    first = judged(subject(*events, **recorded), protocol, as_of).events[0]
    return first.verdict, [each.sentence for each in first.counterfactual]


# Both sides of a limit in hours


def test_a_recovery_a_minute_too_late() -> None:
    patient = subject(event(CRS, (3, "2026-03-03T08:00+08:00"), (2, "2026-03-06T08:01+08:00")))
    found = judged(patient).events[0]
    assert found.verdict == "DLT"
    assert found.counterfactual == (
        Counterfactual(
            kind="clock",
            sentence="would not be a DLT if recovery to grade 2 or less had been documented by "
            "2026-03-06 08:00 +08:00",
            at="2026-03-06T08:00:00+08:00",
        ),
        Counterfactual(kind="grade", sentence=NEVER_2, at=None),
        Counterfactual(kind="causality", sentence=UNRELATED, at=None),
    )


def test_a_recovery_just_in_time() -> None:
    crs = event(CRS, (3, "2026-03-03T08:00+08:00"), (2, "2026-03-06T08:00+08:00"))
    assert told(crs) == (
        "NOT_DLT",
        [
            "would be a DLT if grade 3 or more had lasted beyond 2026-03-06 08:00 +08:00",
            "would be a DLT if it had been at grade 4 from 2026-03-03 08:00 +08:00",
        ],
    )


# Both sides of a limit in days


def test_a_recovery_a_day_too_late() -> None:
    verdict, sentences = told(event("Lung infection", (3, "2026-03-05"), (2, "2026-03-13")))
    assert (verdict, sentences[0]) == (
        "DLT",
        "would not be a DLT if recovery to grade 2 or less had been documented by 2026-03-12",
    )


def test_a_recovery_on_the_last_day() -> None:
    verdict, sentences = told(event("Lung infection", (3, "2026-03-05"), (2, "2026-03-12")))
    assert (verdict, sentences[0]) == (
        "NOT_DLT",
        "would be a DLT if grade 3 or more had lasted beyond 2026-03-12",
    )


def test_an_event_that_goes_on_could_have_recovered() -> None:
    going_on = event("Lung infection", (3, "2026-03-05"), ongoing=True)
    assert told(going_on, as_of="2026-03-20")[1][0] == (
        "would not be a DLT if recovery to grade 2 or less had been documented by 2026-03-12"
    )


def test_of_several_limits_the_one_that_decides() -> None:
    """Hypotension has limits of 72 hours and of 7 days: without a vasopressor the longer holds."""
    course = ((3, "2026-03-05"), (2, "2026-03-13"))
    general = event("Hypotension", *course, interventions=[], other_crs_symptoms=[])
    assert "documented by 2026-03-12" in told(general)[1][0]
    hours = ((3, "2026-03-05T08:00+08:00"), (2, "2026-03-10T08:00+08:00"))
    given_it = event(
        "Hypotension", *hours, interventions=["norepinephrine"], other_crs_symptoms=[]
    )
    assert "documented by 2026-03-08 08:00 +08:00" in told(given_it)[1][0]


def test_a_fact_that_would_have_changed_the_limit() -> None:
    hours = ((3, "2026-03-05T08:00+08:00"), (2, "2026-03-10T08:00+08:00"))
    given_it = event(
        "Hypotension", *hours, interventions=["norepinephrine"], other_crs_symptoms=[]
    )
    none = "would not be a DLT if instead no intervention of the kind “vasopressor” was given"
    assert none in told(given_it)[1]


def test_a_return_to_baseline() -> None:
    late = event("ICANS", (3, "2026-03-05"), (2, "2026-03-07"), (0, "2026-04-03"))
    assert told(late)[1][0] == (
        "would not be a DLT if recovery to its baseline had been documented by 2026-04-02"
    )
    in_time = event("ICANS", (3, "2026-03-05"), (2, "2026-03-07"), (0, "2026-04-02"))
    assert "would be a DLT if it had not been at its baseline by 2026-04-02" in told(in_time)[1]


def test_clinical_significance() -> None:
    significant = event(
        "Lipase increased", (4, "2026-03-05"), (2, "2026-03-06"), clinically_significant=True
    )
    assert told(significant)[1] == [
        NEVER_3,
        UNRELATED,
        "would not be a DLT if instead the finding was judged not clinically significant",
    ]
    not_so = event(
        "Lipase increased", (4, "2026-03-05"), (2, "2026-03-06"), clinically_significant=False
    )
    assert told(not_so) == (
        "NOT_DLT",
        ["would be a DLT if instead the finding was judged clinically significant"],
    )


def test_a_causality_that_would_have_made_it_one() -> None:
    unlikely = event("Lung infection", (4, "2026-03-05"), (0, "2026-03-06"),
                     causality=caused_by("unlikely"))  # fmt: skip
    assert told(unlikely) == (
        "NOT_DLT",
        ["would be a DLT if the causality to IC19 had been possible, probable or definite"],
    )


def test_a_ruling_on_the_causality_gives_way_to_the_changed_one() -> None:
    severe = event("Lung infection", (4, "2026-03-05"), (0, "2026-03-06"),
                   causality=caused_by("unlikely"))  # fmt: skip
    ruling = {"on": "2026-03-20", "by": "Committee", "event": "AE-1", "question": "causality",
              "answer": "related"}  # fmt: skip
    verdict, sentences = told(severe, rulings=[ruling])
    assert verdict == "DLT"
    assert "would not be a DLT if the causality to IC19 had been unrelated" in sentences


def test_two_data_that_would_both_have_to_change_are_not_told() -> None:
    mild = event("Lung infection", (2, "2026-03-05"), (0, "2026-03-06"),
                 causality=caused_by("unlikely"))  # fmt: skip
    assert told(mild) == ("NOT_DLT", [])


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [({"ongoing": None}, "UNDETERMINED"), ({"ongoing": True}, "PENDING")],
)
def test_other_verdicts_say_themselves_what_is_missing(
    changes: Mapping[str, Any], verdict: str
) -> None:
    open_event = event("Lung infection", (3, "2026-03-05"), **changes)
    cut = "2026-03-08" if verdict == "PENDING" else LATER
    assert told(open_event, as_of=cut) == (verdict, [])


def test_every_run_can_be_the_one() -> None:
    twice = event("Lung infection", (3, "2026-03-05"), (2, "2026-03-09"), (3, "2026-03-15"),
                  (1, "2026-03-18"))  # fmt: skip
    assert told(twice)[1][:2] == [
        "would be a DLT if grade 3 or more from 2026-03-05 had lasted beyond 2026-03-12",
        "would be a DLT if grade 3 or more from 2026-03-15 had lasted beyond 2026-03-22",
    ]


def test_only_the_closing_step_moves() -> None:
    """What the course was before the limit, and after the recovery, stays as it was."""
    long = event("Lung infection", (3, "2026-03-05"), (4, "2026-03-06"), (3, "2026-03-07"),
                 (2, "2026-03-20"), (0, "2026-03-25"))  # fmt: skip
    protocol = toy(criteria=[GRADE_3_OVER_7_DAYS])
    assert told(long, protocol=protocol)[1] == [
        "would not be a DLT if recovery to grade 2 or less had been documented by 2026-03-12",
        NEVER_2,
    ]


def test_a_course_of_assessments() -> None:
    seen = event("Lipase increased", assessments=[
        {"on": "2026-03-05", "grade": 3}, {"on": "2026-03-14", "grade": 3},
        {"on": "2026-03-15", "grade": 2}], clinically_significant=True)  # fmt: skip
    verdict, sentences = told(seen)
    assert (verdict, sentences[0]) == (
        "DLT",
        "would not be a DLT if recovery to grade 2 or less had been documented by 2026-03-12",
    )


@pytest.mark.parametrize(
    "course",
    [
        {"grades": [{"from": "2026-03-05", "grade": 4}, {"from": None, "grade": 0}]},
        {"grades": [{"from": "2026-03-05", "grade": 4}, {"from": "2026-03-09", "grade": None},
                    {"from": "2026-03-10", "grade": 0}]},
        {"grades": [{"from": "2026-03-05", "grade": 4}, {"from": "2026-03", "grade": 0}]},
        {"grades": [{"from": "2026-03-05", "grade": 4}, {"from": "2026-03-10", "grade": 0}],
         "assessments": [{"on": "2026-03-06", "grade": 4}]},
    ],
)  # fmt: skip
def test_a_course_that_is_not_wholly_known_is_not_varied(course: Mapping[str, Any]) -> None:
    patient = subject(event("Lung infection", **course))
    found = judged(patient).events[0]
    assert found.verdict == "DLT"
    assert [each.kind for each in found.counterfactual] == ["causality"]


def test_nor_is_one_of_an_event_that_is_none() -> None:
    grades = [{"from": "2026-03-05", "grade": 2}, {"from": None, "grade": 0}]
    assert told(event("Lung infection", grades=grades)) == ("NOT_DLT", [])


def test_hours_from_a_day_are_not_known_finely_enough() -> None:
    crs = event(CRS, (3, "2026-03-03"), (2, "2026-03-20"))
    assert [each for each in told(crs)[1] if "documented" in each] == []


def test_a_limit_that_is_excluded() -> None:
    protocol = toy(criteria=[GRADE_3_OVER_7_DAYS], clocks={"within_includes_limit": False})
    at_it = event("Lung infection", (3, "2026-03-05"), (2, "2026-03-12"))
    assert told(at_it, protocol=protocol)[1][0] == (
        "would not be a DLT if recovery to grade 2 or less had been documented by 2026-03-11"
    )
    within = event("Lung infection", (3, "2026-03-05"), (2, "2026-03-11"))
    assert told(within, protocol=protocol)[1][0] == (
        "would be a DLT if grade 3 or more had lasted beyond 2026-03-11"
    )


def test_a_recovery_that_is_more_than_the_grade_below() -> None:
    limit = {"recovers": {"to": 1, "within": "P7D"}}
    protocol = toy(exceptions=[clause("back", when={"peak": {"at_most": 4}}, limit=limit)])
    in_time = event("Lung infection", (4, "2026-03-05"), (1, "2026-03-12"))
    assert told(in_time, protocol=protocol)[1] == [
        "would be a DLT if it had not been at grade 1 or less by 2026-03-12"
    ]


def test_a_baseline_that_is_not_known_is_not_returned_to() -> None:
    limit = {"recovers": {"to": "baseline", "within": "P7D"}}
    protocol = toy(exceptions=[clause("back", when={"peak": {"at_most": 3}}, limit=limit)])
    severe = event("Lung infection", (4, "2026-03-05"), (0, "2026-03-21"), baseline_grade=None)
    assert told(severe, protocol=protocol) == ("DLT", [NEVER_3])


def test_the_last_year_of_all_has_nothing_after_it() -> None:
    protocol = toy(
        window={"anchor": "each_infusion", "agent": "IC19", "first_day": 0, "through": "P28D"},
        criteria=[{**GRADE_3_OVER_7_DAYS, "longer_than": "P20D"}],
    )
    severe = event("Lung infection", (3, "2199-12-20"), (2, "2199-12-21"))
    patient = subject(severe, infused=["2199-12-10T10:00+08:00"])
    first = judged(patient, protocol, "2199-12-31").events[0]
    assert (first.verdict, first.counterfactual) == ("NOT_DLT", ())


def test_two_questions_that_one_ruling_would_answer_are_not_turned() -> None:
    hot = {"number": {"name": "temperature", "at_least": 38}}
    hotter = {"number": {"name": "temperature", "at_least": 39}}
    protocol = toy(criteria=[{**GRADE_4, "when": {"any": [hot, hotter]}}])
    fever = event("Lung infection", (4, "2026-03-05"), (0, "2026-03-06"),
                  facts={"temperature": "38.5"})  # fmt: skip
    assert told(fever, protocol=protocol) == ("DLT", [NEVER_3])


def test_a_question_of_a_person_and_a_fact_of_the_form() -> None:
    asked = {"all": [{"ruling": "Is it intolerable?"}, {"fact": "treated", "equals": False}]}
    protocol = toy(criteria=[{**GRADE_4, "when": asked}])
    severe = event("Lung infection", (4, "2026-03-05"), (0, "2026-03-06"),
                   facts={"treated": False})  # fmt: skip
    ruling = {"on": "2026-03-20", "by": "Committee", "event": "AE-1",
              "question": "committee_ruling", "answer": "yes"}  # fmt: skip
    verdict, sentences = told(severe, protocol=protocol, rulings=[ruling])
    assert verdict == "DLT"
    assert sentences[1:] == [
        "would not be a DLT if instead a person has answered “Is it intolerable?” with no",
        "would not be a DLT if instead the fact “treated” is recorded as true",
    ]


# Where nothing is told


def test_a_term_that_is_not_known() -> None:
    named = event("Nothing of the kind", (4, "2026-03-05"), (0, "2026-03-06"))
    found = judged(subject(named), toy())
    assert (found.events[0].verdict, found.events[0].counterfactual) == ("DLT", ())


def test_a_protocol_or_a_phase_that_observes_no_dlt() -> None:
    severe = event("Lung infection", (4, "2026-03-05"), (0, "2026-03-06"))
    assert told(severe, protocol=load("NCT05765006").ready) == ("NOT_APPLICABLE", [])
    two = toy(phases=[{"id": "escalation"}, {"id": "expansion"}])
    assert told(severe, protocol=two, phase="expansion") == ("NOT_APPLICABLE", [])
    assert told(severe, protocol=two)[1] == []
    assert told(severe, protocol=two, phase="escalation") == ("DLT", [NEVER_3])


def test_a_patient_without_events() -> None:
    assert judged(subject()).events == ()


def test_a_patient_with_very_many_events(monkeypatch: pytest.MonkeyPatch) -> None:
    severe = event("Lung infection", (4, "2026-03-05"), (0, "2026-03-06"))
    monkeypatch.setattr(module, "MOST_EVENTS", 1)
    assert told(severe) == ("DLT", [NEVER_3, UNRELATED])
    assert told(severe, replace(severe, id="AE-2")) == ("DLT", [])


@pytest.mark.no_cover
def test_events_that_results_make_are_changed_too() -> None:
    protocol = toy(grading={"dictionary": "ctcae-5.0", "laboratory": {"unreported": "event"}})
    high = [
        {"term": "Hyperkalemia", "value": "7.4", "unit": "mmol/L", "uln": "5.1",
         "measured_at": "2026-03-05T08:00+08:00"},
        {"term": "Hyperkalemia", "value": "4.4", "unit": "mmol/L", "uln": "5.1",
         "measured_at": "2026-03-06T08:00+08:00"},
    ]  # fmt: skip
    (found,) = judged(subject(laboratory=high), protocol).events
    assert found.verdict == "DLT"
    assert NEVER_3 in [each.sentence for each in found.counterfactual]


def test_other_events_are_left_as_they_were() -> None:
    severe = event("Lung infection", (4, "2026-03-05"), (0, "2026-03-06"))
    mild = event("Nausea", (1, "2026-03-05"), (0, "2026-03-06"), id="AE-2")
    first, second = judged(subject(severe, mild)).events
    assert [each.sentence for each in first.counterfactual] == [NEVER_3, UNRELATED]
    assert [each.sentence for each in second.counterfactual] == [
        "would be a DLT if it had been at grade 4 from 2026-03-05"
    ]
