"""What assessments of components make of the events that they name: grades by ASTCT 2019."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.domain.adjudication.computed import ComputedCourse, ComputedGrade
from app.domain.adjudication.in_order import Point, in_order
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.adjudication.result import Finding
from app.domain.astct.assessments import BadComponents, read_components
from app.domain.astct.crs import CrsComponents
from app.domain.astct.crs_course import CrsAssessed, crs_course
from app.domain.astct.graded import GradedAt
from app.domain.astct.icans import IcansComponents
from app.domain.astct.icans_course import IcansAssessed, icans_course
from app.domain.astct.ice import IceItems, score_ice
from app.domain.astct.orders import unordered
from app.domain.case import Event, ScaleAssessment, Subject
from app.domain.dlt.boundaries import boundaries_of
from app.domain.errors import Fault
from app.domain.time import PartialTime, Span, Zone

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
    known = [each for each in subject.assessments if each.on.span(zone).first <= cut]
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
            course = _course(name, scale, assessments, zone)
            courses.append(_in_order(course, events[name], subject, protocol, zone, cut))
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
    graded = _crs(assessments, zone) if scale == "crs" else _icans(assessments, zone)
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


def _in_order(
    course: ComputedCourse,
    event: Event,
    subject: Subject,
    protocol: ReadyProtocol,
    zone: Zone,
    cut: int,
) -> ComputedCourse:
    """The course with one grade for each time, where times do not tell which came first."""
    spans = [each.on.span(zone) for each in course.grades]
    if not unordered(spans):
        return course
    points = [
        Point(
            on=each.on,
            span=span,
            lowest=each.lowest,
            highest=each.highest,
            possible=each.highest,
            taken=each.grade,
            shows="",
            missing=each.missing,
        )
        for each, span in zip(course.grades, spans, strict=True)
    ]
    lines = _lines(event, subject, protocol, zone, cut)
    serial = tuple(
        ComputedGrade(
            on=each.on,
            lowest=each.lowest,
            highest=each.highest,
            taken=each.taken,
            missing=each.missing,
            unsure=each.taken is None,
        )
        for each in in_order(points, lines)
    )
    return replace(course, serial=serial)


def _lines(
    event: Event, subject: Subject, protocol: ReadyProtocol, zone: Zone, cut: int
) -> frozenset[int]:
    """The lines that the rules draw between the grades of an event."""
    in_force = (each for each in subject.rulings if each.on.span(zone).first <= cut)
    decided = {each.reading: each.answer for each in in_force if each.reading}
    rules = protocol.with_readings(decided).rules
    term = protocol.resolve(event.term, event.meddra_code).name
    if rules is None or term is None:
        return frozenset()
    return boundaries_of(rules.decided.rules, rules.decided.groups, [term])[term]


def _crs(assessments: Sequence[ScaleAssessment], zone: Zone) -> tuple[GradedAt, ...]:
    serial = []
    for each in assessments:
        components = read_components(each.scale, each.components)
        if isinstance(components, CrsComponents):
            serial.append(
                CrsAssessed(
                    on=each.on,
                    span=each.on.span(zone),
                    components=components,
                    stated=frozenset(each.components),
                )
            )
    return crs_course(serial)


def _icans(assessments: Sequence[ScaleAssessment], zone: Zone) -> tuple[GradedAt, ...]:
    """The ICANS grades. ICE items without an assessment of their time are one of their own."""
    scores: dict[Span, tuple[PartialTime, int, int]] = {}
    icans = []
    for each in sorted(assessments, key=lambda one: one.on.text):
        components = read_components(each.scale, each.components)
        span = each.on.span(zone)
        if isinstance(components, IceItems):
            found = score_ice(components).bounds
            on, lowest, highest = scores.get(span, (each.on, found.min, found.max))
            scores[span] = on, min(lowest, found.min), max(highest, found.max)
        elif isinstance(components, IcansComponents):
            icans.append((each.on, span, components))
    alone = scores.keys() - {span for _, span, _ in icans}
    return icans_course(
        [
            IcansAssessed(on=on, span=span, components=components, ice=_bounds(scores, span))
            for on, span, components in icans
        ]
        + [
            IcansAssessed(
                on=scores[span][0],
                span=span,
                components=IcansComponents(),
                ice=_bounds(scores, span),
                alone=True,
            )
            for span in alone
        ]
    )


def _bounds(
    scores: Mapping[Span, tuple[PartialTime, int, int]], span: Span
) -> tuple[int, int] | None:
    found = scores.get(span)
    return None if found is None else found[1:]


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
