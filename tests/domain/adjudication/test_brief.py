"""A brief answer tells the verdicts of a whole one, and cuts of their own change nobody else's."""

from dataclasses import replace

import pytest

from app.data import protocols
from app.domain.adjudication.adjudicate import adjudicate
from app.domain.adjudication.judged_columns import JudgedColumns
from app.domain.adjudication.result import Adjudicated, EventAdjudication
from app.domain.adjudication.telling import IN_BRIEF, Telling
from app.domain.case import Subject
from app.domain.time import PartialTime
from benchmarks.generate.cases import subject_of
from benchmarks.generate.draws import draw
from benchmarks.generate.mixes import GRAVE, MILD, PROTOCOL, Mix
from tests.builders import event, subject
from tests.domain.dlt.toy import document, toy

CUTS = ("2026-05-30", "2026-03-20T10:00+08:00", "2026-04-11")


def patients(mix: Mix, events: int) -> list[Subject]:
    drawn = draw(mix, events, protocols.load(PROTOCOL).ready, seed=11)
    return [subject_of(drawn, patient) for patient in range(int(drawn.patient[-1]) + 1)]


@pytest.mark.no_cover
@pytest.mark.parametrize("mix", [MILD, GRAVE], ids=["mild", "grave"])
def test_the_verdicts_are_those_of_the_whole_answer(mix: Mix) -> None:
    protocol, several = protocols.load(PROTOCOL).ready, patients(mix, 250)
    at = [PartialTime(CUTS[number % len(CUTS)]) for number in range(len(several))]
    whole = adjudicate(several, protocol, at, None)
    brief = adjudicate(several, protocol, at, None, telling=IN_BRIEF)
    told = {event.verdict for each in brief for event in each.events}
    assert told - {"PENDING"} == {"DLT", "NOT_DLT", "UNDETERMINED"}
    assert "PENDING" in told or mix is MILD
    for one, other in zip(whole, brief, strict=True):
        assert other.subject == replace(one.subject, explanation=other.subject.explanation)
        assert [without_why(each) for each in other.events] == [
            without_why(each) for each in one.events
        ]
        assert [each for each in other.events if each.verdict == "UNDETERMINED"] == [
            each for each in one.events if each.verdict == "UNDETERMINED"
        ]


def without_why(event: EventAdjudication) -> tuple[object, ...]:
    """All that a brief answer tells of every event."""
    return (
        event.id,
        event.verdict,
        event.established_at,
        event.becomes_dlt_at,
        event.open,
        event.missing,
        event.refer_to_committee,
    )


def test_a_brief_answer_explains_nothing_that_is_determined() -> None:
    (brief,) = adjudicate(
        patients(GRAVE, 12)[:1], protocols.load(PROTOCOL).ready, PartialTime(CUTS[0]), None,
        telling=IN_BRIEF,
    )  # fmt: skip
    decided = [each for each in brief.events if each.verdict != "UNDETERMINED"]
    assert decided
    assert {(each.criterion, each.exception, each.explanation.text) for each in decided} == {
        (None, None, "")
    }


def test_each_is_judged_at_a_cut_of_its_own_as_alone() -> None:
    protocol, several = protocols.load(PROTOCOL).ready, patients(GRAVE, 120)
    at = [PartialTime(CUTS[number % len(CUTS)]) for number in range(len(several))]
    alone: list[Adjudicated] = [
        adjudicate([each], protocol, cut, None)[0] for each, cut in zip(several, at, strict=True)
    ]
    assert list(adjudicate(several, protocol, at, None)) == alone


def test_of_known_events_it_is_told_what_is_known_and_the_others_are_judged() -> None:
    """Their verdicts are the patient's, whoever knows them."""
    protocol, case = protocols.load(PROTOCOL).ready, patients(GRAVE, 60)[1]
    (whole,) = adjudicate([case], protocol, PartialTime(CUTS[0]), None)
    first, *others = whole.events
    assert first.verdict != "DLT"
    known = replace(first, verdict="DLT", criterion="somebody's", missing=())
    (told,) = adjudicate(
        [case], protocol, PartialTime(CUTS[0]), None, telling=Telling(known={first.id: known})
    )
    assert told.events == (known, *others)
    assert told.subject.status == "DLT"
    every = {each.id: each for each in whole.events}
    (again,) = adjudicate(
        [case], protocol, PartialTime(CUTS[0]), None, telling=Telling(known=every)
    )
    assert again == whole


@pytest.mark.parametrize(
    ("observed", "phase", "is_noted"),
    [
        (["escalation"], "escalation", True),
        (["escalation"], None, False),
        (["escalation", "expansion"], None, True),
        (["escalation"], "expansion", False),
    ],
)
def test_columns_are_noted_where_the_rules_alone_decide(
    observed: list[str], phase: str | None, is_noted: bool
) -> None:
    """And not where a phase that is not recorded does, or where nothing was judged."""
    definition = {**document()["dlt"], "observed_in": observed}
    phases = [{"id": "escalation"}, {"id": "expansion"}]
    noted: dict[int, JudgedColumns] = {}
    adjudicate(
        [subject(event("Fever", (3, "2026-03-03")), phase=phase)],
        toy(dlt=definition, phases=phases), PartialTime(CUTS[0]), None,
        telling=Telling(noted=noted),
    )  # fmt: skip
    assert list(noted) == ([0] if is_noted else [])
