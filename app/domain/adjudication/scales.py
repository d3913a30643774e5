"""What assessments of components make of the events that they name: grades by ASTCT 2019."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.adjudication.computed import ComputedCourse, ComputedGrade
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.adjudication.result import Finding
from app.domain.astct.assessments import BadComponents, read_components
from app.domain.astct.course import (
    CrsAssessed,
    GradedAt,
    IcansAssessed,
    crs_course,
    icans_course,
)
from app.domain.astct.crs import CrsComponents
from app.domain.astct.icans import IcansComponents
from app.domain.astct.ice import IceItems, score_ice
from app.domain.case import Event, ScaleAssessment, Subject
from app.domain.errors import Fault
from app.domain.time import Span, Zone

_ASTCT: Final = "astct-2019"
_TERMS: Final[Mapping[str, frozenset[str]]] = {
    "crs": frozenset({"Cytokine release syndrome"}),
    "icans": frozenset({"ICANS", "Immune effector cell-associated neurotoxicity syndrome"}),
}
"""The terms that a scale grades, as dictionaries and protocols name them."""
_WORDS: Final = {"crs": "CRS", "icans": "ICANS"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaled:
    """The computed courses of a patient's events, and what is odd about the assessments."""

    courses: tuple[ComputedCourse, ...]
    findings: tuple[Finding, ...]


def component_faults(subject: Subject, pointer: str) -> Iterator[Fault]:
    """Components that are not of their scale, each at its place."""
    for place, each in enumerate(subject.assessments):
        try:
            read_components(each.scale, each.components)
        except BadComponents as error:
            yield from error.below(f"{pointer}/assessments/{place}/components").faults


def scaled(subject: Subject, protocol: ReadyProtocol, zone: Zone, cut: int) -> Scaled:
    """Grade the assessments that had been made by the cut, event by event.

    Every component has to be of its scale (`component_faults`).
    """
    known = sorted(
        (each for each in subject.assessments if each.on.span(zone).first <= cut),
        key=lambda each: each.on.span(zone),
    )
    events = {event.id: event for event in subject.events}
    of_event: dict[str, list[ScaleAssessment]] = {}
    for each in known:
        if each.event in events:
            of_event.setdefault(str(each.event), []).append(each)
    findings = list(_without_event(known, events))
    courses = []
    for name, assessments in of_event.items():
        scale = _scale_of(events[name], protocol)
        findings += _of_another_scale(assessments, events[name], scale)
        if scale is not None:
            courses.append(_course(name, scale, assessments, zone))
    return Scaled(courses=tuple(courses), findings=tuple(findings))


def _scale_of(event: Event, protocol: ReadyProtocol) -> str | None:
    """The scale by which the protocol grades the event, where it is one of ASTCT."""
    term = protocol.resolve(event.term, event.meddra_code).name
    if term is None or protocol.document.grading.scales.get(term) != _ASTCT:
        return None
    return next((scale for scale, terms in _TERMS.items() if term in terms), None)


def _course(
    event: str, scale: str, assessments: Sequence[ScaleAssessment], zone: Zone
) -> ComputedCourse:
    graded = _crs(assessments) if scale == "crs" else _icans(assessments, zone)
    return ComputedCourse(
        event=event,
        source=f"ASTCT 2019 ({_WORDS[scale]})",
        grades=tuple(
            ComputedGrade(
                on=each.on, lowest=each.lowest, highest=each.highest, missing=each.missing
            )
            for each in graded
        ),
        findings=tuple(_findings(scale, graded)),
    )


def _crs(assessments: Sequence[ScaleAssessment]) -> tuple[GradedAt, ...]:
    serial = []
    for each in assessments:
        components = read_components(each.scale, each.components)
        if isinstance(components, CrsComponents):
            stated = frozenset(each.components)
            serial.append(CrsAssessed(on=each.on, components=components, stated=stated))
    return crs_course(serial)


def _icans(assessments: Sequence[ScaleAssessment], zone: Zone) -> tuple[GradedAt, ...]:
    scores: dict[Span, int | None] = {}
    icans = []
    for each in assessments:
        components = read_components(each.scale, each.components)
        if isinstance(components, IceItems):
            scores[each.on.span(zone)] = score_ice(components).score
        elif isinstance(components, IcansComponents):
            icans.append((each.on, components))
    return icans_course(
        [
            IcansAssessed(on=on, components=components, ice_score=scores.get(on.span(zone)))
            for on, components in icans
        ]
    )


def _findings(scale: str, graded: Sequence[GradedAt]) -> Iterator[Finding]:
    """What is odd about the components, each kind at the first time at which it is there."""
    told: set[str] = set()
    for each in graded:
        for finding in each.findings:
            if finding.code not in told:
                told.add(finding.code)
                message = f"{_WORDS[scale]} components of {each.on.text}: {finding.text}"
                yield Finding(code=finding.code, message=message)


def _without_event(
    known: Sequence[ScaleAssessment], events: Mapping[str, Event]
) -> Iterator[Finding]:
    for each in known:
        if each.event is None:
            message = (
                f"The {each.scale} assessment of {each.on.text} names no event, so it grades none."
            )
            yield Finding(code="assessment_without_event", message=message)
        elif each.event not in events:
            message = (
                f"The {each.scale} assessment of {each.on.text} names {each.event!r}, which is no "
                "event of this case."
            )
            yield Finding(code="assessment_without_event", message=message)


def _of_another_scale(
    assessments: Sequence[ScaleAssessment], event: Event, scale: str | None
) -> Iterator[Finding]:
    fitting = {scale} if scale != "icans" else {"icans", "ice"}
    for other in sorted({each.scale for each in assessments} - fitting):
        message = f"{event.id} ({event.term}) has {other} assessments, by which the protocol does "
        message += "not grade it."
        yield Finding(code="assessment_of_another_scale", message=message)
