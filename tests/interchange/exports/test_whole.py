"""What is exported and read again is the same record, and so has the same verdict."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from app.domain.adjudication.result import EventAdjudication
from app.domain.case import AdverseEvent, Event, Subject
from app.domain.time import PartialTime
from app.interchange.exports import ExportFormat
from app.interchange.exports.events import ExportedEvent
from app.interchange.identity import made_key
from tests.builders import ic19_patient
from tests.interchange.exports import whole
from tests.interchange.exports.drawn import by_patient, exported
from tests.interchange.exports.reading import FORMATS, content_of, read_back
from tests.oracle.ic19 import NAMES
from tests.oracle.requests import cases

ANY_FORMAT: Final = pytest.mark.parametrize("wanted", FORMATS)
_SUBJECT: Final = TypeAdapter(Subject)
_FIELDS: Final = tuple(each.name for each in fields(AdverseEvent))


def numbered(drawn: Sequence[ExportedEvent]) -> list[ExportedEvent]:
    """The events with keys of their own, by patient."""
    return [replace(each, key=f"edc:AE-{at}") for at, each in enumerate(by_patient(drawn))]


def names_of(told: Sequence[ExportedEvent], subject: str) -> dict[str, str]:
    """What the events of a patient are called where they were read back, by their keys here."""
    keys = (each.key for each in told if each.subject == subject)
    return {key: made_key(subject, "AE", ("AEGRPID", key)) for key in keys}


@ANY_FORMAT
@settings(max_examples=60, deadline=None)
@given(drawn=st.lists(whole.events(), min_size=1, max_size=4))
def test_any_event_comes_back_as_it_was_recorded(
    wanted: ExportFormat, drawn: list[ExportedEvent]
) -> None:
    told = numbered(drawn)
    made = read_back(exported(wanted, *told), wanted)
    assert [content_of(each) for each in made] == [
        whole.as_it_returns(each, names_of(told, each.subject)) for each in told
    ]
    assert {each.code for one in made for each in one.findings} <= {"link_not_found"}


def test_every_field_of_an_event_is_drawn() -> None:
    links = {"part_of", "synonym_of"}
    course = {"term", "meddra_code", "grades", "ongoing", "ongoing_as_of", "worst_grade"}
    assert {*_FIELDS} == {*whole.BESIDE, *links, *course}


@ANY_FORMAT
@settings(max_examples=25, deadline=None)
@given(case=cases(NAMES))
def test_the_verdict_of_what_comes_back_is_the_same(wanted: ExportFormat, case: Any) -> None:
    patient = _SUBJECT.validate_python(case["subject"])
    patient = replace(patient, events=tuple(_dated(e, case["as_of"]) for e in patient.events))
    told = [
        ExportedEvent(study="S", subject="S-1", key=each.id, event=_without_id(each))
        for each in patient.events
    ]
    made = read_back(exported(wanted, *told), wanted)
    events = tuple(_with_id(content_of(each), each.record_id) for each in made)
    returned = replace(patient, events=events)
    zone, cut = case["time_zone"], case["as_of"]
    before = ic19_patient(patient, as_of=cut, time_zone=zone)
    after = ic19_patient(returned, as_of=cut, time_zone=zone)
    assert list(map(_judged, after.events)) == list(map(_judged, before.events))
    assert after.subject.status == before.subject.status


def _dated(event: Event, cut: str) -> Event:
    """The event with a time up to which it went on, which exports always tell."""
    if not event.ongoing or event.ongoing_as_of is not None:
        return event
    return replace(event, ongoing_as_of=PartialTime(cut))


def _without_id(event: Event) -> AdverseEvent:
    return AdverseEvent(**{name: getattr(event, name) for name in _FIELDS})


def _with_id(event: AdverseEvent, name: str) -> Event:
    return Event(id=name, **{each: getattr(event, each) for each in _FIELDS})


def _judged(of: EventAdjudication) -> tuple[Any, ...]:
    """All that is said of an event, but its name."""
    missing = tuple((each.field, tuple(each.would_settle.items())) for each in of.missing)
    return (of.verdict, of.criterion, of.exception, of.established_at, of.becomes_dlt_at, missing)
