"""An answer as lines that a person reads: the verdict, when, why, and what is still open."""

import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Literal

from app.domain.adjudication.result import (
    Adjudicated,
    EventAdjudication,
    Finding,
    Missing,
    SubjectAdjudication,
)
from app.use_cases.adjudicate import ManyAnswer, OneAnswer

Tone = Literal["bad", "good", "open", "plain", "faint"]
Paint = Callable[[str, Tone], str]
"""Gives a text its colour, where there are colours."""

_WIDTH: Final = 96
_TONES: Final[dict[str, Tone]] = {
    "DLT": "bad",
    "NOT_DLT": "good",
    "NO_DLT": "good",
    "PENDING": "open",
    "UNDETERMINED": "open",
    "IN_WINDOW": "open",
}


def lines_of(answer: OneAnswer | ManyAnswer, paint: Paint) -> Iterator[str]:
    """The answer in lines without line ends."""
    protocol = answer.protocol
    heading = f"{protocol.id} version {protocol.version}, data cut {answer.as_of.text}"
    yield paint(f"{heading} ({protocol.digest[:19]}…)", "faint")
    if isinstance(answer, OneAnswer):
        judged: Sequence[Adjudicated] = (
            Adjudicated(events=answer.events, subject=answer.subject),
        )
    else:
        judged = answer.subjects
    for each in judged:
        yield from _subject(each.subject, paint)
        for event in each.events:
            yield from _event(event, paint)


def _subject(subject: SubjectAdjudication, paint: Paint) -> Iterator[str]:
    tone = _TONES.get(subject.status, "plain")
    until = f" until {subject.until}" if subject.until else ""
    yield f"Patient {subject.id}: {paint(subject.status, tone)}{until}"
    yield from _paragraph(subject.explanation.text, "  ")
    of_patient = [each for each in subject.missing if each.event is None]
    yield from _open_points(of_patient, subject.explanation.text, "  ")
    yield from _findings(subject.findings, "  ", paint)


def _event(event: EventAdjudication, paint: Paint) -> Iterator[str]:
    tone = _TONES.get(event.verdict, "plain")
    yield f"  {event.id}: {paint(event.verdict, tone)}{_when(event)}"
    yield from _paragraph(event.explanation.text, "    ")
    if event.refer_to_committee:
        yield "    Refer to the committee."
    yield from _open_points(event.missing, event.explanation.text, "    ")
    if event.readings:
        yield from _paragraph(f"Readings: {', '.join(event.readings)}.", "    ")
    yield from _findings(event.findings, "    ", paint)


def _when(event: EventAdjudication) -> str:
    clause = event.criterion or event.exception
    parts = [
        f"by {clause}" if clause else None,
        f"established at {event.established_at}" if event.established_at else None,
        f"becomes a DLT at {event.becomes_dlt_at}" if event.becomes_dlt_at else None,
        "open" if event.open else None,
    ]
    said = ", ".join(part for part in parts if part)
    return f" ({said})" if said else ""


def _open_points(missing: Sequence[Missing], said: str, indent: str) -> Iterator[str]:
    """What is missing, what each answer would do, and why unless that has been said."""
    for each in missing:
        settles = ", ".join(
            f"{answer} → {verdict}" for answer, verdict in each.would_settle.items()
        )
        would = f" ({settles})" if settles else ""
        why = "" if each.text in said else f" {each.text}"
        yield from _paragraph(f"Missing: {each.field}{would}.{why}", indent)


def _findings(findings: Sequence[Finding], indent: str, paint: Paint) -> Iterator[str]:
    for finding in findings:
        for line in _paragraph(f"Finding {finding.code}: {finding.message}", indent):
            yield paint(line, "faint")


def _paragraph(text: str, indent: str) -> Iterator[str]:
    for line in text.splitlines():
        yield from textwrap.wrap(
            line, _WIDTH, initial_indent=indent, subsequent_indent=indent + "  "
        )
