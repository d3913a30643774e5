"""A patient's laboratory results in the fewest words, judged by IC19 as a test changes it."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from app.data.protocols import make_ready
from app.domain.adjudication.adjudicate import adjudicate
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.adjudication.result import Adjudicated
from app.domain.case import Event
from app.domain.time import PartialTime
from tests.builders import LATER, SHANGHAI, subject

ROOT = Path(__file__).parents[3]
NEUTROPENIA = "Neutrophil count decreased"
OF_POTASSIUM = "laboratory:Hyperkalemia"
OF_NEUTROPHILS = f"laboratory:{NEUTROPENIA}"

Result = dict[str, Any]


def anc(on: str, value: str | None, **told: Any) -> Result:
    """Neutrophils in 10*9/L, of which 1.8 is the lower limit: 1.5, 1.0 and 0.5 are the lines."""
    defaults = {"analyte": "neutrophils", "unit": "10*9/L", "lln": "1.8", "uln": "7.5"}
    return {**defaults, "measured_at": on, "value": value, **told}


def alt(on: str, value: str, **told: Any) -> Result:
    """Alanine aminotransferase in U/L, of which 40 is the upper limit."""
    defaults = {"analyte": "alt", "unit": "U/L", "lln": "5", "uln": "40"}
    return {**defaults, "measured_at": on, "value": value, **told}


def potassium(on: str, value: str | None, **told: Any) -> Result:
    """Potassium in mmol/L for hyperkalemia alone: 5.1, 5.5, 6.0 and 7.0 are the lines."""
    defaults = {"term": "Hyperkalemia", "unit": "mmol/L", "lln": "3.5", "uln": "5.1"}
    return {**defaults, "measured_at": on, "value": value, **told}


@cache
def _document(number: str) -> Mapping[str, Any]:
    text = (ROOT / "app" / "data" / "protocols" / f"{number}-1.yaml").read_text()
    document: Mapping[str, Any] = yaml.safe_load(text)
    return document


def protocol(
    number: str = "NCT06886919", *, computed: str = "beside", **laboratory: Any
) -> ReadyProtocol:
    """A built-in document under another version, with another `grading`."""
    document = _document(number)
    grading = {**document["grading"], "computed": computed, "laboratory": laboratory}
    return make_ready({**document, "version": "x", "grading": grading})


@cache
def as_events() -> ReadyProtocol:
    """IC19, with an event made of what nobody reports."""
    return protocol(unreported="event")


@cache
def as_findings() -> ReadyProtocol:
    """IC19 as it is: a finding of what nobody reports."""
    return protocol()


def judged(
    *results: Result,
    events: Sequence[Event] = (),
    by: ReadyProtocol | None = None,
    as_of: str = LATER,
    zone: str | None = SHANGHAI,
    **patient: Any,
) -> Adjudicated:
    """The patient with these results and events."""
    case = subject(*events, laboratory=list(results), **patient)
    return adjudicate([case], by or as_events(), PartialTime(as_of), zone)[0]


def verdicts(answer: Adjudicated) -> dict[str, str]:
    """The verdict of each event, by its id."""
    return {each.id: each.verdict for each in answer.events}


def of_patient(answer: Adjudicated) -> list[str]:
    """The codes of the patient's findings."""
    return [each.code for each in answer.subject.findings]


def ruled(event: str, question: str, answer: str) -> Mapping[str, str]:
    """A signed answer to a question about an event."""
    return {
        "on": "2026-04-30", "by": "Monitor", "event": event, "question": question,
        "answer": answer,
    }  # fmt: skip


def counted(event: str = OF_NEUTROPHILS) -> list[Mapping[str, str]]:
    """The rulings by which an event of results is related, and matters."""
    return [
        ruled(event, "causality", "related"),
        ruled(event, "clinical_significance", "significant"),
    ]
