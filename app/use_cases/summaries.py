"""A patient's verdicts in short: all but their explanations, which the adjudication has."""

from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter

from app.domain.adjudication.adjudicate import UNEXPLAINED
from app.domain.adjudication.result import (
    EventAdjudication,
    Finding,
    Missing,
    Status,
    VerdictWord,
)
from app.use_cases.adjudicate import OneAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class EventVerdict:
    """The verdict of one event, without its explanation."""

    id: str
    verdict: VerdictWord
    criterion: str | None
    exception: str | None
    established_at: str | None
    becomes_dlt_at: str | None
    open: bool
    missing: tuple[Missing, ...]
    refer_to_committee: bool
    readings: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectVerdict:
    """The status of one patient, without its explanation."""

    id: str
    status: Status
    until: str | None
    reason: str | None
    missing: tuple[Missing, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A patient's verdicts in short; the adjudication has them whole, with explanations."""

    subject: SubjectVerdict
    events: tuple[EventVerdict, ...]


SUMMARY: Final = TypeAdapter(Summary)


def unexplained(event: EventVerdict) -> EventAdjudication:
    """The verdict of an event as far as a summary tells it: without why."""
    told = {name: getattr(event, name) for name in EventVerdict.__slots__}
    return EventAdjudication(**told, explanation=UNEXPLAINED)


def summary_of(answer: OneAnswer) -> Summary:
    """The verdicts without their explanations."""
    subject = answer.subject
    return Summary(
        subject=SubjectVerdict(
            id=subject.id,
            status=subject.status,
            until=subject.until,
            reason=subject.reason,
            missing=subject.missing,
            findings=subject.findings,
        ),
        events=tuple(
            EventVerdict(
                id=each.id,
                verdict=each.verdict,
                criterion=each.criterion,
                exception=each.exception,
                established_at=each.established_at,
                becomes_dlt_at=each.becomes_dlt_at,
                open=each.open,
                missing=each.missing,
                refer_to_committee=each.refer_to_committee,
                readings=each.readings,
                findings=each.findings,
            )
            for each in answer.events
        ),
    )
