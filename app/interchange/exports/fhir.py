"""Adverse events as FHIR R4 AdverseEvent resources, one for each grade that an event had.

R4 has a single grade in a resource (extension `ctcae-grade`), so one resource per event would lose
the course. The resources of an event have one business identifier, its key, and `grade-step` says
in which order they come. What R4 has no place for stands in extensions of ours, `urn:doseguard:…`;
docs/exports.md lists them.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any, Final

from app.domain.case import AdverseEvent, Causality, GradeChange, Seriousness
from app.domain.grade import DEATH
from app.domain.time import PartialTime, Precision
from app.interchange.exports.events import EventVerdict, ExportedEvent, criteria_of, is_serious
from app.interchange.exports.recorded import PARTS, Shape, json_text, recorded_values

GRADE: Final = "http://hl7.org/fhir/us/ctcae/StructureDefinition/ctcae-grade"
_GRADES: Final = "http://hl7.org/fhir/us/ctcae/CodeSystem/ctcae-grade-code-system"
_MEDDRA: Final = "http://terminology.hl7.org/CodeSystem/MDRAE"
_OUTCOME: Final = "http://terminology.hl7.org/CodeSystem/adverse-event-outcome"
_SERIOUS: Final = "http://terminology.hl7.org/CodeSystem/adverse-event-seriousness"
CRITERION: Final = (
    "http://hl7.org/fhir/uv/ae-research-backport-ig/StructureDefinition/seriousness-criteria"
)
_NCIT: Final = "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"
_CODES: Final[Mapping[str, str]] = {
    "death": "C48275",
    "life_threatening": "C84266",
    "hospitalisation": "C83052",
    "disability": "C113380",
    "congenital_anomaly": "C83117",
    "medically_important": "C82521",
}
"""The criteria of seriousness in the NCI Thesaurus, as HL7's guide binds them."""

_ABSENT: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"

EVENT: Final = "urn:doseguard:adverse-event"
"""The system of the identifier that all resources of an event have."""
STUDY: Final = "urn:doseguard:study"
SUBJECT: Final = "urn:doseguard:subject"
OURS: Final = "urn:doseguard:fhir:"
"""What the urls of our own extensions begin with."""
STEP: Final = "urn:doseguard:fhir:grade-step"
STEPS: Final = "urn:doseguard:fhir:grade-steps"
"""How many grade changes the event has, 0 where its one resource tells of none."""
WORST: Final = "urn:doseguard:fhir:worst-grade"
"""That no grade of the event was above."""
AS_RECORDED: Final = "urn:doseguard:fhir:as-recorded"
"""On a date: the time as it was recorded, where FHIR cannot say it so."""
ONGOING: Final = "urn:doseguard:fhir:ongoing"
"""Whether the event goes on, which `outcome` tells only in part."""
ONGOING_AS_OF: Final = "urn:doseguard:fhir:ongoing-as-of"
RECORDED: Final = "urn:doseguard:fhir:recorded"
"""What else the record holds of the event, by the names of docs/record.md, once an event."""
VERDICT: Final = "urn:doseguard:fhir:dlt-verdict"

VALUES: Final[Mapping[Shape, str]] = {
    "json": "valueString",
    "flag": "valueBoolean",
    "grade": "valueInteger",
    "text": "valueString",
}
"""In which element of an extension a part of the record stands."""

_ID: Final = re.compile(r"[A-Za-z0-9.-]{1,64}")
_INSTANT: Final = re.compile(
    r"(?P<minute>\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(?P<second>:\d{2})?(?P<fraction>[.,]\d+)?"
    r"(?P<offset>Z|[+-]\d{2}(?::?\d{2})?)?",
    re.ASCII,
)


def as_fhir_ndjson(events: Iterable[ExportedEvent]) -> Iterator[str]:
    """A resource a line."""
    for each in events:
        for step, _ in enumerate(each.course, start=1):
            resource = _resource(each, step)
            yield json.dumps(resource, ensure_ascii=False, separators=(",", ":")) + "\n"


def _resource(each: ExportedEvent, step: int) -> dict[str, Any]:
    event, change = each.event, each.course[step - 1]
    coding = (
        {}
        if event.meddra_code is None
        else {"coding": [{"system": _MEDDRA, "code": str(event.meddra_code)}]}
    )
    return {
        "resourceType": "AdverseEvent",
        "id": sha256(f"{each.study}\n{each.key}\n{step}".encode()).hexdigest(),
        "extension": list(_extensions(each, change, step)),
        "identifier": {"system": EVENT, "value": each.key},
        "actuality": "actual",
        "event": {**coding, "text": event.term},
        "subject": _reference("Patient", SUBJECT, each.subject),
        **_date(change.at),
        **_serious(event.seriousness),
        **_outcome(each, change, is_last=step == len(each.course)),
        **_suspects(event.causality),
        "study": [_reference("ResearchStudy", STUDY, each.study)],
    }


def _extensions(each: ExportedEvent, change: GradeChange, step: int) -> Iterator[dict[str, Any]]:
    if change.grade is not None:
        grade = {"system": _GRADES, "code": str(change.grade)}
        yield {"url": GRADE, "valueCodeableConcept": {"coding": [grade]}}
    yield {"url": STEP, "valuePositiveInt": step}
    yield {"url": STEPS, "valueUnsignedInt": len(each.event.grades)}
    if step == len(each.course):
        yield from _going_on(each.event)
    if step == 1:
        yield from _recorded(each.event)
    if each.event.worst_grade is not None:
        yield {"url": WORST, "valueInteger": each.event.worst_grade}
    if each.event.seriousness is not None:
        yield from _criteria(each.event.seriousness)
    if each.verdict is not None:
        yield {"url": VERDICT, "extension": list(_verdict(each.verdict))}


def _going_on(event: AdverseEvent) -> Iterator[dict[str, Any]]:
    if event.ongoing is not None:
        yield {"url": ONGOING, "valueBoolean": event.ongoing}
    if event.ongoing_as_of is not None:
        yield {"url": ONGOING_AS_OF, "valueString": event.ongoing_as_of.text}


def _recorded(event: AdverseEvent) -> Iterator[dict[str, Any]]:
    """The parts that were recorded: lists and objects as the JSON of the record."""
    told = recorded_values(event)
    parts: list[dict[str, Any]] = []
    for each in PARTS:
        if each.name in told:
            value = told[each.name]
            written = json_text(value) if each.shape == "json" else value
            parts.append({"url": each.name, VALUES[each.shape]: written})
    if parts:
        yield {"url": RECORDED, "extension": parts}


def _criteria(of: Seriousness) -> Iterator[dict[str, Any]]:
    """An extension for each criterion of which it was said whether it is met."""
    for name, value in criteria_of(of).items():
        if value is not None:
            code = {"coding": [{"system": _NCIT, "code": _CODES[name]}]}
            parts = [
                {"url": "criterionCode", "valueCodeableConcept": code},
                {"url": "criterionPresent", "valueBoolean": value},
            ]
            yield {"url": CRITERION, "extension": parts}


def _serious(of: Seriousness | None) -> dict[str, Any]:
    told = None if of is None else is_serious(of)
    if told is None:
        return {}
    code = "serious" if told else "non-serious"
    return {"seriousness": {"coding": [{"system": _SERIOUS, "code": code}]}}


def _outcome(each: ExportedEvent, change: GradeChange, *, is_last: bool) -> dict[str, Any]:
    """The outcome of the event, which its last grade tells; a grade that gave way to another has
    none.
    """
    if not is_last:
        return {}
    ongoing = each.event.ongoing
    if change.grade == DEATH:
        code = "fatal"
    elif ongoing is True:
        code = "ongoing"
    elif ongoing is False or change.grade == 0:
        code = "resolved"
    else:
        return {}
    return {"outcome": {"coding": [{"system": _OUTCOME, "code": code}]}}


def _suspects(causality: tuple[Causality, ...]) -> dict[str, Any]:
    """One entity for each judgement of an agent."""
    suspects = [{"instance": {"display": each.agent}, **_judgement(each)} for each in causality]
    return {"suspectEntity": suspects} if suspects else {}


def _judgement(of: Causality) -> dict[str, Any]:
    """What was judged and by whom; FHIR has no empty elements."""
    told: dict[str, Any] = {}
    if of.relatedness is not None:
        told["assessment"] = {"text": of.relatedness}
    if of.assessor is not None:
        told["author"] = {"display": of.assessor}
    return {"causality": [told]} if told else {}


def _verdict(of: EventVerdict) -> Iterator[dict[str, Any]]:
    texts = {
        "verdict": of.verdict,
        "criterion": of.criterion,
        "exception": of.exception,
        "established_at": of.established_at,
        "becomes_dlt_at": of.becomes_dlt_at,
        "as_of": of.as_of,
        "adjudication": of.adjudication,
        "protocol": of.protocol,
        "protocol_version": of.protocol_version,
    }
    for name, text in texts.items():
        if text is not None:
            yield {"url": name, "valueString": text}
    for missing in of.missing:
        yield {"url": "missing", "valueString": missing}
    yield {"url": "open", "valueBoolean": of.open}
    yield {"url": "refer_to_committee", "valueBoolean": of.refer_to_committee}


def _date(time: PartialTime | None) -> dict[str, Any]:
    """When the grade began, never finer than it was recorded; that nobody knows it, where so."""
    if time is None:
        return {"_date": {"extension": [{"url": _ABSENT, "valueCode": "unknown"}]}}
    date = _date_time(time)
    if date == time.text:
        return {"date": date}
    as_recorded = {"extension": [{"url": AS_RECORDED, "valueString": time.text}]}
    return {"date": date, "_date": as_recorded}


def _date_time(time: PartialTime) -> str:
    """As much of a recorded time as FHIR's dateTime can say.

    A time of day needs an offset there, and seconds, which "may be zero-filled" (FHIR R4, 2.24).
    """
    match time.precision:
        case Precision.YEAR:
            return time.text[:4]
        case Precision.MONTH:
            return time.text[:7]
        case Precision.DAY | Precision.HOUR:
            return time.text[:10]
        case Precision.INSTANT:
            return _instant(time.text)


def _instant(text: str) -> str:
    """The instant as a dateTime; its date alone, where nobody wrote the offset."""
    found = _INSTANT.fullmatch(text)
    if found is None or found["offset"] is None:
        return text[:10]
    offset = found["offset"]
    if offset != "Z":
        hours, minutes = offset[:3], offset[3:].removeprefix(":") or "00"
        offset = f"{hours}:{minutes}"
    fraction = (found["fraction"] or "").replace(",", ".")
    return f"{found['minute']}{found['second'] or ':00'}{fraction}{offset}"


def _reference(kind: str, system: str, value: str) -> dict[str, Any]:
    """A reference to who or what is known by our id; literal, where FHIR takes it for an id."""
    literal = {"reference": f"{kind}/{value}"} if _ID.fullmatch(value) else {}
    return {**literal, "type": kind, "identifier": {"system": system, "value": value}}
