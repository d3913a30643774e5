"""The seed trials judged from laboratory results: as they are, and with events made of them."""

from functools import cache
from typing import Any

import pytest
from pydantic import TypeAdapter

from app.domain.adjudication.adjudicate import adjudicate
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.adjudication.result import Adjudicated
from app.domain.case import Subject
from app.domain.time import PartialTime
from tests.domain.adjudication.laboratory_results import anc, potassium, protocol, ruled

pytestmark = pytest.mark.no_cover

_SUBJECT = TypeAdapter(Subject)
NEUTROPHILS = "laboratory:Neutrophil count decreased"
PLATELETS = "laboratory:Platelet count decreased"
POTASSIUM = "laboratory:Hyperkalemia"


@cache
def as_events(number: str) -> ReadyProtocol:
    return protocol(number, unreported="event")


def patient(
    number: str, *results: dict[str, Any], by: ReadyProtocol | None = None, **recorded: Any
) -> Adjudicated:
    """A patient of a trial, infused on 2026-03-01 at 10:00 +08:00, with these results alone."""
    ready = by or as_events(number)
    agent = next(name for name, role in ready.document.agents.items() if role != "background")
    case = _SUBJECT.validate_python(
        {
            "id": "S-01",
            "phase": ready.document.phases[0].id,
            "exposures": [{"agent": agent, "start": "2026-03-01T10:00:00+08:00"}],
            "laboratory": results,
            **recorded,
        }
    )
    return adjudicate([case], ready, PartialTime("2026-06-30"), "+08:00")[0]


def platelets(on: str, value: str) -> dict[str, Any]:
    """In 10*9/L: 75, 50 and 25 are the lines."""
    return anc(on, value, analyte="platelets", lln="125", uln="350")


def at(day: str) -> str:
    return f"2026-{day}T08:00+08:00"


def counted(event: str) -> list[Any]:
    return [
        ruled(event, "causality", "related"),
        ruled(event, "clinical_significance", "significant"),
    ]


class TestIc19:
    """Grade 4 that lasts no more than 28 days is let pass: from March 4 on, until April 1."""

    @pytest.mark.parametrize(
        ("last_seen", "left", "verdict"),
        [
            ("03-31", "04-01", "NOT_DLT"),
            ("04-01", "04-02", "UNDETERMINED"),
            ("04-02", "04-03", "DLT"),
        ],
    )
    @pytest.mark.parametrize(
        ("event", "measured", "values"),
        [(NEUTROPHILS, anc, ("0.4", "0.6", "2.5")), (PLATELETS, platelets, ("20", "30", "200"))],
    )
    def test_both_sides_of_28_days(
        self, event: str, measured: Any, values: Any, last_seen: str, left: str, verdict: str
    ) -> None:
        low, risen, normal = values
        results = [
            measured(at("02-27"), normal),
            measured(at("03-04"), low),
            measured(at(last_seen), low),
            measured(at(left), risen),
            measured(at("05-01"), normal),
        ]
        (answer,) = patient("NCT06886919", *results, rulings=counted(event)).events
        assert (answer.id, answer.verdict) == (event, verdict)

    @pytest.mark.parametrize(("value", "verdict"), [("0.5", "NOT_DLT"), ("0.49", "DLT")])
    def test_both_sides_of_grade_4(self, value: str, verdict: str) -> None:
        """500 per mm3 is grade 3, which is let pass however long it lasts."""
        results = [anc(at(day), value) for day in ("03-04", "04-10")]
        (answer,) = patient("NCT06886919", *results, rulings=counted(NEUTROPHILS)).events
        assert answer.verdict == verdict

    @pytest.mark.parametrize(("until", "verdict"), [("03-12", "NOT_DLT"), ("03-13", "DLT")])
    def test_another_finding_of_grade_3_has_7_days(self, until: str, verdict: str) -> None:
        results = potassium(at("03-05"), "6.5"), potassium(at(until), "6.5")
        closing = potassium(at(until).replace("T08", "T20"), "4.5")
        (answer,) = patient("NCT06886919", *results, closing, rulings=counted(POTASSIUM)).events
        assert answer.verdict == verdict

    def test_what_nobody_holds_for_significant_is_none(self) -> None:
        told = [
            *counted(POTASSIUM)[:1],
            ruled(POTASSIUM, "clinical_significance", "not_significant"),
        ]
        answer = patient("NCT06886919", potassium(at("03-05"), "7.5"), rulings=told)
        assert answer.events[0].verdict == "NOT_DLT"

    def test_as_it_is_results_alone_decide_nothing(self) -> None:
        answer = patient("NCT06886919", potassium(at("03-05"), "7.5"), by=protocol())
        assert (answer.events, answer.subject.status) == ((), "NO_DLT")
        assert [each.code for each in answer.subject.findings] == ["laboratory_not_reported"]


@pytest.mark.parametrize("number", ["LCAR-AIO", "NCT07339332"])
def test_trials_that_leave_it_to_a_person_ask_for_the_ruling(number: str) -> None:
    (answer,) = patient(number, anc(at("03-10"), "0.4"), anc(at("03-20"), "2.5")).events
    assert (answer.id, answer.verdict) == (NEUTROPHILS, "UNDETERMINED")
    assert {each.field for each in answer.missing} == {"causality", "committee_ruling"}
    mild = patient(number, anc(at("03-10"), "1.2"), anc(at("03-20"), "2.5"))
    assert [each.verdict for each in mild.events] == ["NOT_DLT"]


@pytest.mark.parametrize("number", ["NCT06340750", "NCT05765006"])
def test_trials_without_a_definition_tell_of_results_and_judge_none(number: str) -> None:
    results = anc(at("02-27"), "2.5"), anc(at("03-10"), "0.4")
    told = patient(number, *results, by=protocol(number))
    assert [each.code for each in told.subject.findings] == ["laboratory_not_reported"]
    made = patient(number, *results)
    assert [each.verdict for each in made.events] == ["NOT_APPLICABLE"]
