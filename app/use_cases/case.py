"""From the record of a patient to a case that can be judged: what was known at one moment.

In the record silence is not knowledge. An event that goes on is known to go on up to the moment
of which its version speaks, and follow-up reaches as far as somebody recorded that it does.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, fields, replace
from typing import Final, TypeVar

from pydantic import TypeAdapter

from app.domain.astct.assessments import BadComponents, read_components
from app.domain.case import (
    AdverseEvent,
    Event,
    Exposure,
    LaboratoryResult,
    ScaleAssessment,
    Subject,
    SubjectData,
)
from app.domain.record.cut import announced, known_by, stated_times, told_at
from app.domain.record.kinds import Kind, key_of
from app.domain.record.origin import Source
from app.domain.time import PartialTime, Span, Zone, instant_of, zone_of
from app.store.protocols import Activation
from app.store.records import Stored
from app.use_cases.known_versions import KnownVersions
from app.use_cases.ranges import Measured
from app.use_cases.snapshot import content_of, document_of

T = TypeVar("T")
_SOURCE: Final = TypeAdapter(Source)
_EVENT_FIELDS: Final = tuple(each.name for each in fields(AdverseEvent))
_SUBJECT_FIELDS: Final = tuple(each.name for each in fields(SubjectData))
UTC: Final = zone_of("UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A version of a record that a case was made of."""

    kind: Kind
    key: str
    version: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A patient's case, which versions it was made of, and how far knowledge reaches."""

    subject: Subject
    zone: Zone
    told: Mapping[str, int] = field(repr=False)
    """Up to when the version of each event speaks."""
    assumed: frozenset[str]
    """The events that go on, of which no source can have said up to when."""
    recorded: Mapping[str, int] = field(repr=False)
    """When the version of each event was recorded."""
    inputs: tuple[Input, ...]
    last_datum: int
    """The latest instant of which the record speaks."""
    stated: tuple[tuple[int, Span], ...] = field(repr=False)
    """When each time of the record was recorded, and the instants that it may be."""
    laboratory: str | None = None
    """That of the site, where results that name none and lack a limit are taken to be of it."""

    def at(self, cut: int) -> "Case":
        """The case as it is at a cut: a change of grade that was announced and has not come is no
        sign that the event goes on until then.
        """
        events = tuple(self._seen(each, cut) for each in self.subject.events)
        changed = {
            e.id for e, was in zip(events, self.subject.events, strict=True) if e is not was
        }
        if not changed:
            return self
        return replace(
            self,
            subject=replace(self.subject, events=events),
            assumed=self.assumed | changed,
        )

    def _seen(self, event: Event, cut: int) -> Event:
        kept = tuple(
            each
            for each in event.grades
            if each.at is None
            or each.at.span(self.zone).first <= max(cut, self.recorded[event.id])
        )
        if len(kept) == len(event.grades):
            return event
        until = PartialTime(UTC.text(self.told[event.id]))
        return replace(event, grades=kept, ongoing=True, ongoing_as_of=until)

    def ahead(self, cut: int) -> tuple[int, ...]:
        """The instants after a cut at which what was recorded ahead of its time says more."""
        return announced(self.stated, cut)


def case_of(
    snapshot: KnownVersions, subject: str, read: Mapping[Kind, list[Stored]] | None = None
) -> Case | None:
    """The case of a patient; None where the patient was not recorded.

    `snapshot` tells which versions it is made of: those that hold, or held at a moment, or others.
    `read` are the patient's records by source, where they are read already.
    """
    held = snapshot.patient_record(subject)
    if held is None:
        return None
    patient = content_of("subject", held, SubjectData)
    zone = zone_of(snapshot.zone_of_patient(patient))
    of_kind: dict[Kind, list[Stored]] = {
        "subject": [held],
        **(read or snapshot.of_patient(subject)),
    }
    measured = _measured(snapshot, patient, of_kind["laboratory_result"])
    of_kind["laboratory_range"] = [stored for stored, _ in measured.ranges]
    stated = tuple(
        (instant_of(each.recorded_at), kind, span)
        for kind, versions in of_kind.items()
        for each in versions
        for span in stated_times(document_of(kind, each).content, zone)
    )
    spoken = [_spoken(each, zone) for each in of_kind["adverse_event"]]
    told = {each.key: told_at(each.event, each.at, each.recorded, zone) for each in spoken}
    by_events = (known_by(each.event, each.at, each.recorded, zone) for each in spoken)
    # A time that ends later than it was recorded had begun, and was known so far.
    by_others = (
        min(span.last, recorded)
        for recorded, kind, span in stated
        if kind != "adverse_event" and span.first <= recorded
    )
    return Case(
        subject=_subject(subject, patient, of_kind, _events(spoken, told, zone), measured, zone),
        told=told,
        assumed=frozenset(_going_on(spoken, zone)),
        recorded={each.key: each.recorded for each in spoken},
        zone=zone,
        inputs=tuple(
            Input(kind=kind, key=each.key, version=each.version, digest=each.digest)
            for kind, versions in of_kind.items()
            for each in versions
        ),
        last_datum=max((*by_events, *by_others), default=instant_of(held.recorded_at)),
        stated=tuple((recorded, span) for recorded, _, span in stated),
        laboratory=measured.laboratory,
    )


def _measured(
    snapshot: KnownVersions, patient: SubjectData, results: Sequence[Stored]
) -> Measured:
    return Measured.of(
        [content_of("laboratory_result", each, LaboratoryResult) for each in results],
        laboratory=lambda: snapshot.laboratory_of_patient(patient),
        ranges=lambda: snapshot.ranges,
    )


def _subject(
    subject: str,
    patient: SubjectData,
    of_kind: Mapping[Kind, Sequence[Stored]],
    events: tuple[Event, ...],
    measured: Measured,
    zone: Zone,
) -> Subject:
    values = {name: getattr(patient, name) for name in _SUBJECT_FIELDS}
    values["exposures"] = _exposures(patient, of_kind["exposure"])
    values["follow_up_until"] = _vouched(
        patient.follow_up_until, instant_of(of_kind["subject"][0].recorded_at), zone
    )
    return Subject(
        **values,
        id=subject,
        events=events,
        laboratory=measured.results,
        laboratory_ranges=tuple(content for _, content in measured.ranges),
        assessments=tuple(_assessments(of_kind["assessment"], {each.id for each in events})),
    )


def governing(
    known: Sequence[Activation], first_infusion: str | None, on: str
) -> Activation | None:
    """The activation under which a patient is judged on a day (ISO dates in the patient's zone).

    The last that is in force and applies to the patient; before any is, the first of all. One for
    new patients applies to those first infused on its day or later, or not infused yet.
    """
    in_force = [
        each
        for each in known
        if each.effective <= on
        and (
            each.applies_to == "all" or first_infusion is None or first_infusion >= each.effective
        )
    ]
    return in_force[-1] if in_force else (known[0] if known else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spoken:
    """A version of an adverse event, when its source wrote it, and when it was recorded."""

    stored: Stored
    event: AdverseEvent
    at: int | None
    recorded: int

    @property
    def key(self) -> str:
        return self.stored.key

    def vouched(self, zone: Zone) -> PartialTime | None:
        """Up to when it says that the event goes on, as far as it can."""
        return _vouched(self.event.ongoing_as_of, self.recorded, zone)


def _spoken(stored: Stored, zone: Zone) -> _Spoken:
    source = None if stored.source is None else _SOURCE.validate_json(stored.source)
    return _Spoken(
        stored=stored,
        event=content_of("adverse_event", stored, AdverseEvent),
        at=source.time.span(zone).first if source and source.time else None,
        recorded=instant_of(stored.recorded_at),
    )


def _events(spoken: Sequence[_Spoken], told: Mapping[str, int], zone: Zone) -> tuple[Event, ...]:
    keys = frozenset(told)
    found = []
    for each in spoken:
        event, system = each.event, each.key.partition(":")[0]
        values = {name: getattr(event, name) for name in _EVENT_FIELDS}
        values["part_of"] = _named(event.part_of, system, keys)
        values["synonym_of"] = _named(event.synonym_of, system, keys)
        silent = PartialTime(UTC.text(told[each.key])) if event.ongoing else None
        values["ongoing_as_of"] = each.vouched(zone) or silent
        found.append(Event(**values, id=each.key))
    return tuple(found)


def _assessments(stored: Sequence[Stored], keys: Set[str]) -> Iterator[ScaleAssessment]:
    """The assessments whose components can be read, with the events that they name."""
    for each in stored:
        content = content_of("assessment", each, ScaleAssessment)
        try:
            read_components(content.scale, content.components)
        except BadComponents:  # kept before components were checked
            continue
        system = each.key.partition(":")[0]
        yield replace(content, event=_named(content.event, system, keys))


def _vouched(until: PartialTime | None, recorded: int, zone: Zone) -> PartialTime | None:
    """How far a version can speak: nobody has seen what lies ahead of its being recorded."""
    ahead = until is not None and until.span(zone).first > recorded
    return PartialTime(UTC.text(recorded)) if ahead else until


def _going_on(spoken: Sequence[_Spoken], zone: Zone) -> Iterator[str]:
    for each in spoken:
        until = each.event.ongoing_as_of
        if each.event.ongoing and (until is None or each.vouched(zone) is not until):
            yield each.key


def _named(other: str | None, system: str, keys: Set[str]) -> str | None:
    """The key of another event, which its own system names without the system."""
    if other is None or other in keys:
        return other
    key = key_of(system, other)
    return key if key in keys else other


def _exposures(patient: SubjectData, stored: Sequence[Stored]) -> tuple[Exposure, ...] | None:
    """What the patient's record lists and what came by itself, which are never both there."""
    found = tuple(content_of("exposure", each, Exposure) for each in stored)
    return (*(patient.exposures or ()), *found) if found else patient.exposures
