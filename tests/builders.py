"""The shortest ways to say what a test needs: an event, a course, a patient, a verdict by IC19.

Unless a test says otherwise, IC19 was infused on 2026-03-01 at 10:00 +08:00 (day 0, so that day 28
is 2026-03-29), the event is possibly related to it, was absent before it, and has ended.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from app.data.protocols import load
from app.domain.adjudication.adjudicate import adjudicate
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.adjudication.result import Adjudicated, EventAdjudication
from app.domain.case import Event, Subject
from app.domain.course import Course, Observation, course_of, stop_of
from app.domain.time import PartialTime, last_instant_of_cut, zone_of

Change = tuple[int | None, str | None]
"""A grade, and the time from which the event has it."""

INFUSED = "2026-03-01T10:00:00+08:00"
SHANGHAI = "+08:00"
LATER = "2026-05-30"
"""A data cut after everything that a test records."""

_EVENT = TypeAdapter(Event)
_SUBJECT = TypeAdapter(Subject)


def event(term: str, *changes: Change, **recorded: Any) -> Event:
    """An adverse event as a request records it; `recorded` adds to, or replaces, the defaults."""
    return _EVENT.validate_python(
        {
            "id": "AE-1",
            "term": term,
            "grades": [{"from": at, "grade": grade} for grade, at in changes],
            "baseline_grade": 0,
            "causality": caused_by("possible"),
            "ongoing": False,
            **recorded,
        }
    )


def caused_by(relatedness: str | None, assessor: str = "investigator") -> list[dict[str, Any]]:
    """One assessor's causality to IC19."""
    return [{"agent": "IC19", "relatedness": relatedness, "assessor": assessor}]


def subject(
    *events: Event, infused: Sequence[str | None] = (INFUSED,), **recorded: Any
) -> Subject:
    """A patient with these events, after these infusions of IC19."""
    exposures = [{"agent": "IC19", "start": start} for start in infused]
    return _SUBJECT.validate_python(
        {"id": "S-01", "exposures": exposures, "events": events, **recorded}
    )


def observation(
    patient: Subject, *, as_of: str = LATER, time_zone: str = SHANGHAI, **settings: Any
) -> Observation:
    """What bounds the courses of a patient at a data cut."""
    zone = zone_of(time_zone)
    cut = last_instant_of_cut(PartialTime(as_of), zone)
    chosen = {"death_from_another_cause": "committee", "persists_in_silence": False, **settings}
    return Observation(zone=zone, cut=cut, stop=stop_of(patient, zone, cut), **chosen)


def course(
    *changes: Change, as_of: str = LATER, patient: Subject | None = None, **recorded: Any
) -> Course:
    """What is known at a data cut of the course of an event with these changes."""
    seen = observation(patient or subject(), as_of=as_of)
    return course_of(event("Lung infection", *changes, **recorded), seen)


@cache
def ic19_protocol(*options: tuple[str, str]) -> ReadyProtocol:
    """The built-in IC19 protocol, with (reading, option) pairs decided otherwise."""
    return load("NCT06886919").ready.with_readings(dict(options))


def ic19_patient(
    patient: Subject,
    *,
    as_of: str = LATER,
    time_zone: str | None = SHANGHAI,
    readings: Mapping[str, str] | None = None,
) -> Adjudicated:
    """A patient's events, in order, and status, adjudicated by IC19."""
    protocol = ic19_protocol(*sorted((readings or {}).items()))
    return adjudicate([patient], protocol, PartialTime(as_of), time_zone)[0]


def ic19(
    *events: Event,
    as_of: str = LATER,
    time_zone: str | None = SHANGHAI,
    readings: Mapping[str, str] | None = None,
    **recorded: Any,
) -> EventAdjudication:
    """The first of these events adjudicated by IC19; the others are the same patient's."""
    patient = subject(*events, **recorded)
    return ic19_patient(patient, as_of=as_of, time_zone=time_zone, readings=readings).events[0]


def fields(adjudicated: EventAdjudication) -> list[str]:
    """What an answer says is missing, each once, in order."""
    return list(dict.fromkeys(each.field for each in adjudicated.missing))


def settles(adjudicated: EventAdjudication, field: str) -> Mapping[str, str]:
    """What each answer to the first missing datum of a kind would do."""
    return next(each.would_settle for each in adjudicated.missing if each.field == field)
