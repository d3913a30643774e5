"""Reads and runs the fenced examples of docs/.

| fence | is |
|---|---|
| `yaml document` | a whole protocol document, the base of the page's later `rules` |
| `yaml rules` | keys that replace the base's own, with `cases` |
| `yaml refused` | keys with which the base is refused, `because` of what |
| `yaml part` | keys that the base accepts |
| `yaml cases` | `cases` under a built-in `protocol` |
| `yaml grades` | components of a `scale` with their grades (test_grades.py) |
| `json results` | measurements with their answers, one a line (test_grading_laboratory.py) |
| `python` | a doctest |

A case is short for a request: its keys are those of an event, but `grades` is `{time: grade}`,
and `patient` (keys of the subject), `others` (further events), `as_of`, `readings`, `answer` and
`status`.
"""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from app.data.protocols import load, make_ready
from app.data.strict_yaml import read_yaml
from app.domain.adjudication.adjudicate import adjudicate
from app.domain.adjudication.counterfactual import with_counterfactuals
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.adjudication.result import Adjudicated, EventAdjudication, SubjectAdjudication
from app.domain.case import Event, Subject
from app.domain.dlt.protocol import Document
from app.domain.dlt.rule import RuleSet
from app.domain.time import PartialTime

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
INFUSED = "2026-03-01T10:00:00+08:00"
LATER = "2026-05-30"

_FENCE = re.compile(r"^```(\w+)(?: (\w+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SUBJECT = TypeAdapter(Subject)
_OF_THE_CASE = {"patient", "others", "as_of", "readings", "answer", "status"}
_OF_EVENTS = {field.name for field in fields(Event)}
_OF_RULES = {field.name for field in fields(RuleSet)}
_OF_DOCUMENTS = {field.name for field in fields(Document)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One fenced example and where it stands."""

    page: str
    line: int
    language: str
    kind: str
    text: str

    @property
    def place(self) -> str:
        """File and line."""
        return f"{self.page}:{self.line}"

    @property
    def content(self) -> dict[str, Any]:
        """The YAML as read by the loader of protocols."""
        return deepcopy(_read(self.text))


@cache
def _read(text: str) -> dict[str, Any]:
    """Once for each text: examples of a page are asked for again and again."""
    content: dict[str, Any] = read_yaml(text)
    return content


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    text = page.read_text("utf-8")
    return [
        Block(
            page=str(page.relative_to(DOCS)),
            line=text.count("\n", 0, found.start()) + 1,
            language=found[1],
            kind=found[2] or "",
            text=found[3],
        )
        for found in _FENCE.finditer(text)
    ]


def base_of(page: str) -> dict[str, Any]:
    """The document that a page's rules change."""
    (base,) = [each.content for each in blocks(DOCS / page) if each.kind == "document"]
    return base


def changed(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The base with these keys of its DLT definition, or of itself, replaced."""
    document = deepcopy(dict(base))
    for key, value in changes.items():
        if key in {"cases", "because"}:
            continue
        assert key in _OF_RULES | _OF_DOCUMENTS, f"{key} is no key of a document"
        (document["dlt"] if key in _OF_RULES else document)[key] = value
    return document


def protocol_of(block: Block) -> ReadyProtocol:
    """The protocol that the cases of a block are judged by."""
    if block.kind == "cases":
        return load(block.content.get("protocol", "NCT06886919")).ready
    return make_ready(changed(base_of(block.page), block.content))


def judged(case: Mapping[str, Any], protocol: ReadyProtocol) -> Adjudicated:
    """The answer to a case."""
    agent = next(iter(protocol.document.agents))
    phases = [phase.id for phase in protocol.document.phases]
    readings = [
        {"on": "2026-01-01", "by": "Committee", "reading": reading, "answer": option}
        for reading, option in case.get("readings", {}).items()
    ]
    patient = dict(case.get("patient", {}))
    own = {key: value for key, value in case.items() if key not in _OF_THE_CASE}
    subject = {
        "id": "S-01",
        "phase": phases[0],
        "exposures": [{"agent": agent, "start": INFUSED}],
        "events": [_event(each, agent) for each in (own, *case.get("others", ())) if each],
        **patient,
        "rulings": [*readings, *patient.get("rulings", [])],
    }
    as_of = PartialTime(case.get("as_of", LATER))
    read = _SUBJECT.validate_python(subject)
    answer = adjudicate([read], protocol, as_of, "+08:00")[0]
    return with_counterfactuals(read, answer, protocol, as_of, "+08:00")


def _event(case: Mapping[str, Any], agent: str) -> dict[str, Any]:
    assert set(case) <= _OF_EVENTS, f"unknown keys {set(case) - _OF_EVENTS}"
    event = {
        "id": "AE-1",
        "term": "Lung infection",
        "causality": [{"agent": agent, "relatedness": "possible", "assessor": "investigator"}],
        "baseline_grade": 0,
        "ongoing": False,
        **case,
    }
    if isinstance(event.get("grades"), Mapping):
        event["grades"] = [{"from": at, "grade": g} for at, g in event["grades"].items()]
    return event


def differences(case: Mapping[str, Any], answer: Adjudicated) -> Iterator[str]:
    """Where the answer is not the one that the page promises."""
    if "answer" in case:
        promised = case["answer"]
        if not isinstance(promised, Mapping):
            promised = {"verdict": promised}
        for key, value in promised.items():
            found = _told(answer.events[0], key)
            if found != value:
                yield f"{key}: {found!r}, the page says {value!r}"
    status = case.get("status", {})
    for key, value in (status if isinstance(status, Mapping) else {"status": status}).items():
        found = _of_patient(answer.subject, key)
        if found != value:
            yield f"{key} of the patient: {found!r}, the page says {value!r}"


def _of_patient(subject: SubjectAdjudication, key: str) -> Any:
    match key:
        case "asks":
            return [each.field for each in subject.missing]
        case "findings":
            return [each.code for each in subject.findings]
        case _:
            return getattr(subject, key)


def _told(event: EventAdjudication, key: str) -> Any:
    match key:
        case "missing":
            return {each.field: dict(each.would_settle) for each in event.missing}
        case "asks":
            return [each.field for each in event.missing]
        case "findings":
            return [each.code for each in event.findings]
        case "readings":
            return list(event.readings)
        case "counterfactual":
            return [each.sentence for each in event.counterfactual]
        case _:
            return getattr(event, key)
