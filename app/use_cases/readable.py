"""What a person reads: an answer, or a study as it stands, in lines.

Of an answer the verdict, when, why, and what is still open. Of a study who stands how, what
changed a verdict that had been given, and what is open until when.
"""

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final, Literal

from app.domain.adjudication.result import (
    Adjudicated,
    EventAdjudication,
    Finding,
    Missing,
    SubjectAdjudication,
)
from app.domain.record.leaf import AuditRecord
from app.use_cases.adjudicate import ManyAnswer, OneAnswer
from app.use_cases.open_items import OpenPoint
from app.use_cases.summaries import EventVerdict, Summary

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

_CAUSES: Final = {
    "TIME": "time passed, and nothing more was known",
    "CORRECTION": "corrected",
    "VOID": "voided",
    "RESTORATION": "restored",
    "PATIENT": "the patient's record was corrected",
    "SITE": "the site's record was corrected",
    "STUDY": "the study's record was corrected",
}
"""What changes a verdict that had been given; another event of the patient does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyNow:
    """A study as it stands: what the service tells of it."""

    id: str
    title: str
    protocol: str
    time_zone: tzinfo
    patients: Sequence[Summary]
    terms: Mapping[str, str]
    """What was reported, by the key of the adverse event."""
    events: Sequence[AuditRecord]
    """The study's audit trail, in order."""
    open: Sequence[OpenPoint]
    holds: Sequence[tuple[Mapping[str, str | None], str]]
    """The scope and the reason of what is stopped."""


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


def lines_of_study(study: StudyNow, paint: Paint) -> Iterator[str]:
    """The study in lines without line ends; times are those of its zone."""
    yield ""
    yield f"{study.id}: {study.title}"
    yield paint(f"{study.protocol}; times of {study.time_zone}", "faint")
    yield ""
    for patient in sorted(study.patients, key=lambda each: each.subject.id):
        yield from _patient(patient, study, paint)
    yield from _under("What changed a verdict that had been given", _changes(study, paint))
    yield from _under("What came late, and was kept without being applied", _late(study))
    yield from _under("What is open, and until when", _open_items(study, paint))
    yield from _under("What is stopped", _holds(study))


def _under(heading: str, lines: Iterator[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield from ("", heading, *found)


def _patient(summary: Summary, study: StudyNow, paint: Paint) -> Iterator[str]:
    subject = summary.subject
    why = _why(summary, study)
    yield f"  {subject.id:<5}{_word(subject.status, paint)}{why}".rstrip()
    for event in summary.events:
        term = study.terms.get(event.id, event.id)
        when = _when_of(event, study)
        yield f"       {_word(event.verdict, paint)}{term}{when}"


def _word(word: str, paint: Paint) -> str:
    return paint(f"{word:<16}", _TONES.get(word, "plain"))


def _why(summary: Summary, study: StudyNow) -> str:
    """Until when, and what the patient's events do not say by themselves."""
    subject = summary.subject
    if subject.until is not None:
        return f"until {_shown(subject.until, study)}"
    if any(event.verdict == subject.status for event in summary.events):
        return ""
    return _asks(subject.missing) if subject.missing else subject.reason or ""


def _when_of(event: EventVerdict, study: StudyNow) -> str:
    clause = event.criterion or event.exception
    since, becomes = event.established_at, event.becomes_dlt_at
    parts = [
        f"by {clause}" if clause else None,
        f"since {_shown(since, study)}" if since else None,
        f"a DLT from {_shown(becomes, study)} on" if becomes else None,
        _asks(event.missing) if event.missing else None,
        "for the committee" if event.refer_to_committee else None,
    ]
    return "".join(f", {part}" for part in parts if part)


def _asks(missing: Sequence[Missing]) -> str:
    return f"asks for {', '.join(dict.fromkeys(each.field for each in missing))}"


def _changes(study: StudyNow, paint: Paint) -> Iterator[str]:
    """Each verdict that became another one, and what the record says of the reason."""
    written: dict[str | None, AuditRecord] = {}
    for each in study.events:
        if each.entity != "adjudication":
            written[each.request_id] = each
        elif each.reason_code in _CAUSES:
            cause = written.get(each.request_id) if each.request_id else None
            why = _CAUSES[each.reason_code] + (_reason(cause) if cause else "")
            for what, words in _changed(each, study):
                when = _shown(each.recorded_at, study)
                yield f"  {when}  {each.subject:<5}{what}: {paint(words, 'open')}"
                yield from _paragraph(why, " " * 25)


def _changed(made: AuditRecord, study: StudyNow) -> Iterator[tuple[str, str]]:
    """The events whose verdict changed; the patient's status, where none of them did."""
    told = {each["path"]: each for each in made.changes}
    of_events = {path: each for path, each in told.items() if path.startswith("/events/")}
    status = {path: each for path, each in told.items() if path == "/status" and "old" in each}
    for path, each in (of_events or status).items():
        key = path.removeprefix("/events/")
        what = study.terms.get(key, key) if path in of_events else "status"
        yield what, f"{each.get('old', 'not counted')} → {each.get('new', 'not counted')}"


def _late(study: StudyNow) -> Iterator[str]:
    for each in study.events:
        if each.action.endswith(".received_late"):
            what = study.terms.get(each.entity_id, each.entity_id)
            when = _shown(each.recorded_at, study)
            yield f"  {when}  {each.subject or '':<5}{what}, version {each.entity_version}"


def _reason(cause: AuditRecord) -> str:
    code = f", {cause.reason_code}" if cause.reason_code else ""
    return f"{code}: {cause.reason}" if cause.reason else code


def _open_items(study: StudyNow, paint: Paint) -> Iterator[str]:
    for each in study.open:
        what = study.terms.get(each.event, each.event) if each.event else "the patient"
        until = "no date" if each.due is None else _local(each.due, study)
        asks = f", {_asks(each.missing)}" if each.missing else ""
        yield f"  {until:<18}{each.subject:<5}{_word(each.verdict, paint)}{what}{asks}"


def _holds(study: StudyNow) -> Iterator[str]:
    for scope, reason in study.holds:
        names = ", ".join(
            f"{name} {value}".replace("_", " ") for name, value in scope.items() if value
        )
        yield from _paragraph(f"{names or 'the study'}: {reason}", "  ")


def _shown(text: str, study: StudyNow) -> str:
    return _local(datetime.fromisoformat(text), study)


def _local(moment: datetime, study: StudyNow) -> str:
    return moment.astimezone(study.time_zone).strftime("%Y-%m-%d %H:%M")


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
    for each in event.counterfactual:
        yield from _paragraph(f"It {each.sentence}.", "    ")
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
