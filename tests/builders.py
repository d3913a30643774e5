"""The shortest ways to say what a test needs: an event, a course, a patient, a verdict by IC19.

Unless a test says otherwise, IC19 was infused on 2026-03-01 at 10:00 +08:00 (day 0, so that day 28
is 2026-03-29), the event is possibly related to it, was absent before it, and has ended.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import yaml
from pydantic import TypeAdapter

from app.data.dictionaries import load, load_synonyms
from app.domain.adjudication.protocol import ReadyProtocol, read_document, ready
from app.domain.case import Event, Subject
from app.domain.course import Course, Observation, course_of, stop_of
from app.domain.dlt.encode import RecordedSubject, encode
from app.domain.dlt.judge import Verdict, judge
from app.domain.dlt.record import RecordedEvent
from app.domain.time import NEVER, PartialTime, last_instant_of_cut, zone_of

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
def _document(file: str) -> dict[str, Any]:
    text = files("app.data").joinpath("protocols", file).read_text("utf-8")
    document: dict[str, Any] = yaml.safe_load(text)
    return document


@cache
def ic19_protocol(*options: tuple[str, str]) -> ReadyProtocol:
    """The built-in IC19 protocol, with (reading, option) pairs decided otherwise."""
    if options:
        return ic19_protocol().with_readings(dict(options))
    document = read_document(_document("NCT06886919-1.yaml"))
    return ready(document, "sha256:0", load("ctcae-5.0"), load_synonyms("synonyms-1"))


class Judged(NamedTuple):
    """The verdict of one event."""

    id: str
    verdict: str
    established_at: str | None
    becomes_dlt_at: str | None
    refer_to_committee: bool


def ic19_events(
    patient: Subject,
    *,
    as_of: str = LATER,
    time_zone: str = SHANGHAI,
    readings: Mapping[str, str] | None = None,
) -> tuple[Judged, ...]:
    """The verdicts of a patient's events by IC19, in order."""
    protocol = ic19_protocol(*sorted((readings or {}).items()))
    assert protocol.rules is not None
    seen = observation(patient, as_of=as_of, time_zone=time_zone)
    recorded = RecordedSubject(
        subject=patient,
        zone=seen.zone,
        cut=seen.cut,
        events=tuple(
            RecordedEvent(
                event=each,
                course=course_of(each, seen),
                term=protocol.resolve(each.term, each.meddra_code),
            )
            for each in patient.events
        ),
        infusions=tuple(
            (each, each.start.span(seen.zone)) for each in patient.exposures or () if each.start
        ),
        infusions_known=bool(patient.exposures),
    )
    program = protocol.rules.program
    found = judge(encode([recorded], program, protocol.document.interventions), program)
    answers = []
    for row, each in enumerate(patient.events):
        verdict = Verdict(int(found.verdict[row]))
        at = None if found.at[row] == NEVER else seen.zone.text(int(found.at[row]))
        is_dlt = verdict is Verdict.DLT
        answers.append(
            Judged(
                id=each.id,
                verdict=verdict.name,
                established_at=at if is_dlt else None,
                becomes_dlt_at=None if is_dlt else at,
                refer_to_committee=bool(found.referred[row]),
            )
        )
    return tuple(answers)


def ic19(
    *events: Event,
    as_of: str = LATER,
    time_zone: str = SHANGHAI,
    readings: Mapping[str, str] | None = None,
    **recorded: Any,
) -> Judged:
    """The verdict of the first of these events by IC19; the others are the same patient's."""
    patient = subject(*events, **recorded)
    return ic19_events(patient, as_of=as_of, time_zone=time_zone, readings=readings)[0]
