"""Silence matters to limits that have run out, and to nothing that has not."""

from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from app.domain.adjudication.adjudicate import adjudicate
from app.domain.adjudication.telling import IN_BRIEF
from app.domain.case import Subject
from app.domain.time import NEVER, PartialTime, instant_of, zone_of
from app.use_cases.answering import judge, judge_each
from app.use_cases.case import Case
from tests.builders import SHANGHAI, event, ic19_protocol, subject
from tests.domain.dlt.toy import clause, toy
from tests.oracle.ic19 import NAMES
from tests.oracle.requests import cases

SUBJECT = TypeAdapter(Subject)
TWO_TERMS = ("Hypotension", "Cytokine release syndrome", "Lung infection", *NAMES)


def case_of(patient: Subject, zone: str = SHANGHAI) -> Case:
    """The case, in which no source said up to when any event goes on, and none spoke ahead."""
    late = {each.id: NEVER for each in patient.events}
    return Case(
        subject=patient,
        zone=zone_of(zone),
        told=late,
        assumed=frozenset(each.id for each in patient.events if each.ongoing),
        recorded=late,
        inputs=(),
        last_datum=0,
        stated=(),
    )


def kept(patient: Subject, as_of: str, zone: str = SHANGHAI) -> Any:
    return judge(case_of(patient, zone), ic19_protocol(), PartialTime(as_of))


def plain(patient: Subject, as_of: str, zone: str = SHANGHAI) -> Any:
    """What is said where silence is silence."""
    cut = PartialTime(as_of)
    told = case_of(patient, zone).told
    return adjudicate((patient,), ic19_protocol(), cut, zone, kept=told)[0]


def verdicts(answer: Any) -> dict[str, str]:
    return {each.id: each.verdict for each in answer.events}


def open_infection(**recorded: Any) -> Any:
    """Grade 3 from the 5th, told to go on on the 8th: to be over 7 days from the 13th on."""
    return event("Lung infection", (3, "2026-03-05"), ongoing=True, **recorded)


def test_an_event_stays_pending_until_its_limit_has_run_out() -> None:
    patient = subject(open_infection(ongoing_as_of="2026-03-08T12:00+08:00"))
    assert verdicts(plain(patient, "2026-03-10")) == {"AE-1": "UNDETERMINED"}
    assert verdicts(kept(patient, "2026-03-10")) == {"AE-1": "PENDING"}
    assert verdicts(kept(patient, "2026-03-12")) == {"AE-1": "PENDING"}
    answer = kept(patient, "2026-03-13T00:00+08:00")
    assert verdicts(answer) == {"AE-1": "UNDETERMINED"}
    assert [each.field for each in answer.events[0].missing] == ["recovery"]


def test_not_where_something_else_is_missing_too() -> None:
    told = {"ongoing_as_of": "2026-03-08T12:00+08:00"}
    patient = subject(open_infection(**told, causality=[]))
    answer = kept(patient, "2026-03-10")
    assert verdicts(answer) == {"AE-1": "UNDETERMINED"}
    assert answer.events == plain(patient, "2026-03-10").events


def test_not_where_its_source_said_up_to_when() -> None:
    patient = subject(open_infection(ongoing_as_of="2026-03-08"))
    said = replace(case_of(patient), assumed=frozenset())
    answer = judge(said, ic19_protocol(), PartialTime("2026-03-10"))
    assert verdicts(answer) == {"AE-1": "UNDETERMINED"}


def test_the_patient_is_pending_with_it() -> None:
    patient = subject(open_infection(ongoing_as_of="2026-03-08T12:00+08:00"))
    answer = kept(patient, "2026-03-10")
    assert (answer.subject.status, answer.subject.until) == (
        "PENDING",
        "2026-03-13T00:00:00+08:00",
    )


def announced(recorded: str) -> Case:
    """Grade 3 from the 5th, and none from the 20th on; all was told and recorded at once."""
    patient = subject(event("Lung infection", (3, "2026-03-05"), (0, "2026-03-20")))
    at = {"AE-1": instant_of(datetime.fromisoformat(recorded))}
    return replace(case_of(patient), told=at, recorded=at)


@pytest.mark.parametrize(
    ("cut", "verdict"),
    [
        ("2026-03-12", "PENDING"),
        ("2026-03-13T00:00+08:00", "UNDETERMINED"),
        ("2026-03-19", "UNDETERMINED"),
        ("2026-03-20", "DLT"),
    ],
)
def test_a_change_of_grade_that_is_announced_counts_when_it_has_come(
    cut: str, verdict: str
) -> None:
    answer = judge(announced("2026-03-08T12:00+08:00"), ic19_protocol(), PartialTime(cut))
    assert verdicts(answer) == {"AE-1": verdict}


@pytest.mark.parametrize(
    ("recorded", "verdict"),
    [("2026-03-19T23:59:59.999999+08:00", "UNDETERMINED"), ("2026-03-20T00:00+08:00", "DLT")],
)
def test_one_that_had_come_when_it_was_recorded_was_seen(recorded: str, verdict: str) -> None:
    told = {"AE-1": instant_of(datetime.fromisoformat("2026-03-08T12:00+08:00"))}
    case = replace(announced(recorded), told=told)
    answer = judge(case, ic19_protocol(), PartialTime("2026-03-13T00:00+08:00"))
    assert verdicts(answer) == {"AE-1": verdict}


def test_nor_is_another_event_decided_by_what_nobody_said() -> None:
    """A neutropenia counts beside a fever: had that gone on, of which nobody spoke, it would be a
    DLT. So neither is told as if it had; where it is sure to have been over, the fever pends.
    """
    low, counted = "Neutrophil count decreased", {"concurrent": {"term": "Fever"}}
    protocol = toy(
        criteria=[
            clause("fever", grade=3, longer_than="P60D", when={"term": "Fever"}),
            clause("low", grade=4, when={"all": [{"term": low}, counted]}),
        ]
    )
    fever = event("Fever", (3, "2026-03-05"), ongoing=True, ongoing_as_of="2026-03-06")
    answers = {}
    for began in ("2026-03-02", "2026-03-20"):
        neutropenia = event(low, (4, began), (0, f"{began[:-1]}4"), id="AE-2")
        case = case_of(subject(fever, neutropenia))
        answers[began] = verdicts(judge(case, protocol, PartialTime("2026-03-25")))
    assert answers == {
        "2026-03-02": {"AE-1": "PENDING", "AE-2": "NOT_DLT"},
        "2026-03-20": {"AE-1": "UNDETERMINED", "AE-2": "UNDETERMINED"},
    }


def test_an_event_that_is_decided_anyway_is_explained_without_what_is_assumed() -> None:
    """Of grade 4 it is a DLT whatever was beside it; nobody says that the fever still was."""
    low, beside = "Neutrophil count decreased", {"concurrent": {"term": "Fever"}}
    protocol = toy(
        criteria=[
            clause("fever", grade=3, longer_than="P60D", when={"term": "Fever"}),
            clause("low", grade=4, when={"term": low}),
            clause("both", grade=3, when={"all": [{"term": low}, beside]}),
        ]
    )
    fever = event("Fever", (3, "2026-03-05"), ongoing=True, ongoing_as_of="2026-03-06")
    neutropenia = event(low, (4, "2026-03-20T08:00+08:00"), (0, "2026-03-24"), id="AE-2")
    case, cut = case_of(subject(fever, neutropenia)), PartialTime("2026-03-25")
    told = judge(case, protocol, cut)
    assert verdicts(told) == {"AE-1": "PENDING", "AE-2": "DLT"}
    silent = adjudicate((case.subject,), protocol, cut, SHANGHAI, kept=case.told)[0]
    assert told.events[1] == silent.events[1]
    brief = judge_each([case], protocol, cut, IN_BRIEF)[0]
    assert verdicts(brief) == verdicts(told)


@st.composite
def two_events(draw: st.DrawFn) -> tuple[dict[str, Any], str, str]:
    """A patient with two events of the same weeks, each told to go on up to its last change."""
    one, other = draw(cases(TWO_TERMS)), draw(cases(TWO_TERMS))
    assume(one["time_zone"] == other["time_zone"])
    patient = deepcopy(one["subject"])
    second = {**deepcopy(other["subject"]["events"][0]), "id": "AE-2"}
    second["part_of"] = draw(st.sampled_from((None, None, "AE-1")))
    patient["events"].append(second)
    for each in patient["events"]:
        changes = [change["from"] for change in each["grades"] if change["from"]]
        if each.get("ongoing") and changes and "T" in changes[-1]:
            each["ongoing_as_of"] = changes[-1]
    cut = draw(st.sampled_from((one["as_of"], other["as_of"])))
    return patient, cut, one["time_zone"]


@given(two_events())
def test_only_what_recovery_alone_would_settle_is_told_otherwise(
    drawn: tuple[dict[str, Any], str, str],
) -> None:
    """Nothing else of the patient is judged as if an event went on, and no silence is a DLT."""
    written, cut, zone = drawn
    patient = SUBJECT.validate_python(written)
    told, silent = kept(patient, cut, zone), plain(patient, cut, zone)
    for one, other in zip(told.events, silent.events, strict=True):
        if one != other:
            assert (one.verdict, other.verdict) == ("PENDING", "UNDETERMINED")
            assert {each.field for each in other.missing} == {"recovery"}
    if told.subject.status != silent.subject.status:
        assert (told.subject.status, silent.subject.status) == ("PENDING", "UNDETERMINED")


def test_several_patients_are_judged_as_each_would_be_alone() -> None:
    """Pending for different reasons, in two zones, and one in a phase that nobody knows."""
    running = open_infection(ongoing_as_of="2026-03-08T12:00+08:00")
    several = [
        case_of(subject(running, id="S-1")),
        case_of(subject(replace(running, causality=()), id="S-2")),
        case_of(subject(running, id="S-3"), "Europe/Berlin"),
        replace(case_of(subject(running, id="S-4")), assumed=frozenset()),
        case_of(subject(running, event("Fatigue", (3, "2026-03-05"), id="AE-2"), id="S-5")),
        case_of(subject(running, id="S-6", phase="unheard of")),
        case_of(subject(id="S-7")),
    ]
    for cut in ("2026-03-10", "2026-03-13T00:00+08:00", "2026-03-20"):
        as_of = PartialTime(cut)
        alone = [judge(case, ic19_protocol(), as_of) for case in several]
        assert judge_each(several, ic19_protocol(), as_of) == alone
        assert judge_each(several[::-1], ic19_protocol(), as_of) == alone[::-1]
        assert [each.subject.id for each in alone] == [case.subject.id for case in several]
    assert judge_each([], ic19_protocol(), PartialTime("2026-03-10")) == []


@given(drawn=st.lists(cases(TWO_TERMS), min_size=2, max_size=4))
@settings(max_examples=10)
def test_whoever_is_judged_beside_them(drawn: list[dict[str, Any]]) -> None:
    several = [case_of(SUBJECT.validate_python(e["subject"]), e["time_zone"]) for e in drawn]
    as_of = PartialTime(drawn[0]["as_of"])
    alone = [judge(case, ic19_protocol(), as_of) for case in several]
    assert judge_each(several, ic19_protocol(), as_of) == alone
