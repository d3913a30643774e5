"""A protocol in the fewest words: one agent, a window of 28 days, and the clauses of a test."""

from collections.abc import Mapping
from typing import Any

from app.data.protocols import make_ready
from app.domain.adjudication.adjudicate import adjudicate
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.adjudication.result import Adjudicated, EventAdjudication
from app.domain.case import Event
from app.domain.time import PartialTime
from tests.builders import LATER, SHANGHAI, subject

GRADE_4: Mapping[str, Any] = {"id": "grade-4", "at": "1", "says": "Grade 4.", "grade": 4}
GRADE_3_OVER_7_DAYS: Mapping[str, Any] = {
    "id": "grade-3-7d",
    "at": "2",
    "says": "Grade 3 for more than 7 days.",
    "grade": 3,
    "longer_than": "P7D",
}


def clause(name: str, **parts: Any) -> dict[str, Any]:
    """A criterion or an exception with its place and paraphrase."""
    return {"id": name, "at": "1", "says": "So it says.", **parts}


def document(**parts: Any) -> dict[str, Any]:
    """A protocol document: parts of the DLT definition stand below `dlt`, others beside it."""
    definition = {
        "observed_in": ["escalation"],
        "window": {"anchor": "each_infusion", "agent": "IC19", "first_day": 0, "through": "P28D"},
        "counts": {},
        "criteria": [GRADE_4],
    }
    beside = {
        "id": "TOY",
        "version": "1",
        "title": "A toy",
        "source": {"registry": "TOY"},
        "agents": {"IC19": "investigational", "chemotherapy": "background"},
        "grading": {"dictionary": "ctcae-5.0"},
        "phases": [{"id": "escalation"}],
    }
    inside = {*definition, "exceptions", "refer_to_committee", "syndromes", "clocks"}
    definition |= {key: value for key, value in parts.items() if key in inside}
    beside |= {key: value for key, value in parts.items() if key not in inside}
    return {"dlt": definition, **beside}


def toy(**parts: Any) -> ReadyProtocol:
    """The document, made ready to judge by."""
    return make_ready(document(**parts))


def patient(
    protocol: ReadyProtocol, *events: Event, as_of: str = LATER, **recorded: Any
) -> Adjudicated:
    """A patient adjudicated by a protocol."""
    cut = PartialTime(as_of)
    return adjudicate([subject(*events, **recorded)], protocol, cut, SHANGHAI)[0]


def first(
    protocol: ReadyProtocol, *events: Event, as_of: str = LATER, **recorded: Any
) -> EventAdjudication:
    """The first of a patient's events adjudicated by a protocol."""
    return patient(protocol, *events, as_of=as_of, **recorded).events[0]
