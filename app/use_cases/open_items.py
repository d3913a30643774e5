"""What is still open in a study: until when, and which datum would settle it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import chain
from typing import Final

from sqlalchemy import Connection

from app.domain.adjudication.computed import CHANGES_VERDICT
from app.domain.adjudication.result import Missing
from app.domain.record.queries import DataQuery, query_of
from app.store.adjudications import Adjudications
from app.use_cases.summaries import SUMMARY, Summary

OPEN: Final = frozenset({"PENDING", "UNDETERMINED", "IN_WINDOW"})
_NEVER: Final = datetime.fromisoformat("9999-12-31T23:59:59+00:00")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPoint:
    """An event, or with `event` None a patient, whose verdict is not final."""

    subject: str
    event: str | None
    verdict: str
    due: datetime | None
    reason: str | None
    missing: tuple[Missing, ...]
    adjudication: str

    @property
    def order(self) -> tuple[datetime, str, str]:
        """The first due first; what only a datum settles last."""
        return (self.due or _NEVER, self.subject, self.event or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuery:
    """One missing datum of one patient, as a question to the site."""

    id: str
    subject: str
    event: str | None
    query: DataQuery
    missing: Missing
    adjudication: str


def open_points(
    connection: Connection,
    study: str,
    due_before: datetime | None,
    known_at: datetime | None = None,
) -> list[OpenPoint]:
    """All that is open in a study, or was at an instant, in order; only what is due before
    `due_before`, where it is given.
    """
    found = [
        point
        for each in Adjudications(connection=connection, study=study).standing(known_at)
        for point in _points(each.subject, each.id, SUMMARY.validate_json(each.summary))
        if due_before is None or (point.due is not None and point.due < due_before)
    ]
    return sorted(found, key=lambda point: point.order)


def open_queries(
    connection: Connection, study: str, subject: str | None, known_at: datetime | None = None
) -> list[OpenQuery]:
    """The questions to the sites of a study, or those of an instant, by patient, each once: what
    is missing, and which of two grades is right where the verdict hangs on it.
    """
    found: dict[str, OpenQuery] = {}
    asked = chain(
        open_points(connection, study, None, known_at), _disputed(connection, study, known_at)
    )
    for point in asked:
        if subject is not None and point.subject != subject:
            continue
        for missing in point.missing:
            event = missing.event if missing.event is not None else point.event
            identifier = _identifier(study, point.subject, event, missing)
            found.setdefault(
                identifier,
                OpenQuery(
                    id=identifier,
                    subject=point.subject,
                    event=event,
                    query=query_of(missing),
                    missing=missing,
                    adjudication=point.adjudication,
                ),
            )
    return sorted(found.values(), key=lambda each: (each.subject, each.event or "", each.id))


def _disputed(
    connection: Connection, study: str, known_at: datetime | None
) -> Iterator[OpenPoint]:
    """The events whose verdict would be another by the grades that are not judged."""
    for each in Adjudications(connection=connection, study=study).standing(known_at):
        for event in SUMMARY.validate_json(each.summary).events:
            missing = tuple(
                Missing(
                    field="grade",
                    event=event.id,
                    text=finding.message,
                    would_settle=finding.verdicts,
                )
                for finding in event.findings
                if finding.code == CHANGES_VERDICT
            )
            yield OpenPoint(
                subject=each.subject,
                event=event.id,
                verdict=event.verdict,
                due=None,
                reason=None,
                missing=missing,
                adjudication=each.id,
            )


def _points(subject: str, adjudication: str, summary: Summary) -> Iterator[OpenPoint]:
    for event in summary.events:
        if event.verdict in OPEN:
            yield OpenPoint(
                subject=subject,
                event=event.id,
                verdict=event.verdict,
                due=_moment(event.becomes_dlt_at),
                reason=None,
                missing=event.missing,
                adjudication=adjudication,
            )
    patient = summary.subject
    by_itself = patient.status in OPEN and not any(
        event.verdict == patient.status for event in summary.events
    )
    if by_itself:
        yield OpenPoint(
            subject=subject,
            event=None,
            verdict=patient.status,
            due=_moment(patient.until),
            reason=patient.reason,
            missing=patient.missing,
            adjudication=adjudication,
        )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _identifier(study: str, subject: str, event: str | None, missing: Missing) -> str:
    """The same for the same question, however often it is asked."""
    asked = "\n".join((study, subject, event or "", missing.field, missing.text))
    return sha256(asked.encode()).hexdigest()[:16]
