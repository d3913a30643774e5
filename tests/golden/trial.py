"""A trial's patients in the fewest words, adjudicated by the trial's built-in document.

Unless a test says otherwise, the cells were infused on 2026-03-01 at 10:00 +08:00, an event is
possibly related to them, was absent before and is over; the cut lies after everything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from pydantic import TypeAdapter

from app.data.protocols import load
from app.domain.adjudication.adjudicate import adjudicate
from app.domain.adjudication.result import Adjudicated, EventAdjudication
from app.domain.case import Event, Subject
from app.domain.dlt.protocol import Document
from app.domain.time import PartialTime

Change = tuple[int | None, str | None]
"""A grade, and the time from which the event has it."""

LATER = "2026-05-30"

_EVENT = TypeAdapter(Event)
_SUBJECT = TypeAdapter(Subject)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One built-in protocol and the agent that it infuses."""

    protocol_id: str
    agent: str

    @property
    def document(self) -> Document:
        """The document as read."""
        return load(self.protocol_id).ready.document

    def event(
        self, term: str, *changes: Change, related: str = "possible", **recorded: Any
    ) -> Event:
        """An adverse event; `recorded` adds to, or replaces, what is assumed of it."""
        return _EVENT.validate_python(
            {
                "id": "AE-1",
                "term": term,
                "grades": [{"from": at, "grade": grade} for grade, at in changes],
                "baseline_grade": 0,
                "causality": [self.judgement(related, "investigator")],
                "ongoing": False,
                **recorded,
            }
        )

    def judgement(self, relatedness: str, assessor: str) -> dict[str, str]:
        """One assessor's causality to the cells."""
        return {"agent": self.agent, "relatedness": relatedness, "assessor": assessor}

    def patient(
        self,
        *events: Event,
        infused: Sequence[str] = ("2026-03-01T10:00:00+08:00",),
        phase: str | None = "escalation",
        as_of: str = LATER,
        readings: Mapping[str, str] | None = None,
        rulings: Sequence[Mapping[str, str]] = (),
        **recorded: Any,
    ) -> Adjudicated:
        """The patient with these events; `readings` are decided otherwise, by rulings."""
        switched = [
            {"on": "2026-01-01", "by": "Committee", "reading": reading, "answer": option}
            for reading, option in (readings or {}).items()
        ]
        subject = _SUBJECT.validate_python(
            {
                "id": "S-01",
                "phase": phase,
                "exposures": [{"agent": self.agent, "start": start} for start in infused],
                "events": events,
                "rulings": [*switched, *rulings],
                **recorded,
            }
        )
        protocol = load(self.protocol_id).ready
        return adjudicate([subject], protocol, PartialTime(as_of), "+08:00")[0]

    def first(self, *events: Event, **patient: Any) -> EventAdjudication:
        """The answer for the first of a patient's events."""
        return self.patient(*events, **patient).events[0]

    def verdict(self, *events: Event, **patient: Any) -> str:
        """The verdict of the first of a patient's events."""
        return self.first(*events, **patient).verdict


def ruled(
    answer: str, *, question: str = "committee_ruling", on: str = "2026-05-01"
) -> dict[str, str]:
    """A signed answer to a question about event AE-1."""
    return {"on": on, "event": "AE-1", "question": question, "answer": answer, "by": "Committee"}


def asked(event: EventAdjudication) -> dict[str, dict[str, str]]:
    """What is missing, and what each answer to it would settle."""
    return {missing.field: dict(missing.would_settle) for missing in event.missing}


class Choice(NamedTuple):
    """A case that the options of one reading decide differently."""

    says: str
    reading: str
    verdicts: Mapping[str, str]
    """By option."""
    events: Sequence[Event]
    recorded: Mapping[str, Any] = {}
    """Of the patient."""
