"""A protocol that measures terms of its own, and results of the liver in the fewest words."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.data.protocols import make_ready
from app.domain.adjudication.adjudicate import adjudicate
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.adjudication.result import Adjudicated
from app.domain.case import Event
from app.domain.time import PartialTime
from tests.builders import LATER, SHANGHAI, subject
from tests.domain.dlt.toy import clause, document

Result = dict[str, Any]
HY = "Hy's law"
OF_HY = f"laboratory:{HY}"
HY_BOUNDS: Sequence[Mapping[str, Any]] = (
    {"analytes": ["alt", "ast"], "above": "3 x ULN"},
    {"analytes": ["bilirubin"], "above": "2 x ULN"},
    {"analytes": ["alp"], "at_most": "2 x ULN"},
)


def bound(grade: int, *analytes: str, **edge: str) -> dict[str, Any]:
    """A grade that one bound gives."""
    return {"grade": grade, "all": [{"analytes": list(analytes), **edge}]}


def own_term(name: str, *measured: Mapping[str, Any], **told: Any) -> dict[str, Any]:
    """A term with the grades that its results give it."""
    grades = sorted({each["grade"] for each in measured})
    return {"term": name, "grades": grades, "measured": list(measured), **told}


def hys_law(grade: int = 1) -> dict[str, Any]:
    return own_term(HY, {"grade": grade, "all": list(HY_BOUNDS)})


def protocol(*terms: Mapping[str, Any], **parts: Any) -> ReadyProtocol:
    """Each term at its lowest grade is a DLT, unless the test writes other criteria."""
    return make_ready(protocol_document(*terms, **parts))


def protocol_document(
    *terms: Mapping[str, Any], dictionary: str = "ctcae-5.0", **parts: Any
) -> dict[str, Any]:
    """The document of a protocol with these terms."""
    grading = {
        "dictionary": dictionary, "own_terms": list(terms), **parts.pop("grading", {}),
    }  # fmt: skip
    criteria = [
        clause(f"c{number}", grade=min(each["grades"]), when={"term": each["term"]})
        for number, each in enumerate(terms)
    ]
    return document(**{"criteria": criteria, **parts, "grading": grading})


def measured(analyte: str, on: str, value: str | None, **told: Any) -> Result:
    """A result; of a time without a date it is on the 5th of March."""
    units = {"alt": "U/L", "ast": "U/L", "alp": "U/L", "bilirubin": "umol/L"}
    limits = {"alt": "40", "ast": "40", "alp": "120", "bilirubin": "20"}
    at = on if "-" in on else f"2026-03-05T{on}+08:00"
    return {
        "analyte": analyte, "measured_at": at, "value": value, "unit": units.get(analyte),
        "uln": limits.get(analyte), **told,
    }  # fmt: skip


def judged(
    by: ReadyProtocol, *results: Result, events: Sequence[Event] = (), **told: Any
) -> Adjudicated:
    """The patient with these results and events, judged by a protocol."""
    as_of = told.pop("as_of", LATER)
    case = subject(*events, laboratory=list(results), **told)
    return adjudicate([case], by, PartialTime(as_of), SHANGHAI)[0]


def verdicts(answer: Adjudicated) -> dict[str, str]:
    """The verdict of each event, by its id."""
    return {each.id: each.verdict for each in answer.events}


def findings(answer: Adjudicated) -> list[str]:
    """The codes of the findings of its only event."""
    (told,) = answer.events
    return [each.code for each in told.findings]


def message(answer: Adjudicated, code: str) -> str:
    """The sentence of a finding of its only event."""
    (told,) = answer.events
    return next(each.message for each in told.findings if each.code == code)
