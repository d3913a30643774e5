"""Findings on arrival: dirty but plausible data are stored and flagged, never refused.

They need no protocol: what a protocol makes of the same record, adjudication says. Where both mean
the same thing they use the same code (docs/verdicts.md).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final, NamedTuple, assert_never

from app.domain.case import (
    AdverseEvent,
    Exposure,
    Intervention,
    LaboratoryResult,
    ScaleAssessment,
    SubjectData,
)
from app.domain.dlt.worst import above
from app.domain.grade import DEATH
from app.domain.record.cut import recorded_times
from app.domain.record.finding_codes import CODES, Severity
from app.domain.record.kinds import OF_A_PATIENT, Content, Kind, Site, Study
from app.domain.reference_range import ReferenceRange
from app.domain.source_system import SourceSystem
from app.domain.steps import span_of
from app.domain.time import ALWAYS, PartialTime, Precision, Span, Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFinding:
    """Something wrong or remarkable about a record, which was kept as it was sent.

    `pointer` is a JSON pointer (RFC 6901) into the content; the empty one is the whole record.
    """

    code: str
    severity: Severity
    pointer: str
    message: str


_NUMBER: Final = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)


class _Shown(NamedTuple):
    """One step of a course as it was sent."""

    grade_pointer: str
    time_pointer: str
    time: PartialTime | None
    grade: int | None


def findings_on_arrival(
    kind: Kind, content: Content, *, patient: SubjectData | None, zone: Zone, recorded: int
) -> tuple[RecordFinding, ...]:
    """What is remarkable about a record, by itself and beside its patient.

    `patient` is None where the patient is not recorded yet; of a patient's own record it is not
    looked at. `recorded` is the instant (microseconds) at which the record arrived.
    """
    unknown = [finding_of("unknown_subject", "")] if _is_parked(kind, patient) else []
    future = (
        finding_of("time_in_future", pointer)
        for pointer, time in recorded_times(content)
        if time.span(zone).first > recorded
    )
    return (*unknown, *_about(content, patient, zone), *future)


def _is_parked(kind: Kind, patient: SubjectData | None) -> bool:
    return patient is None and kind in OF_A_PATIENT and kind != "subject"


def _about(content: Content, patient: SubjectData | None, zone: Zone) -> Iterable[RecordFinding]:
    match content:
        case AdverseEvent():
            return _event(content, patient, zone)
        case LaboratoryResult():
            return _laboratory(content)
        case Exposure():
            return chain(_ends(content, "", zone), _after_stop(content, patient, zone))
        case SubjectData():
            return _patient(content, zone)
        case Study() | Site() | ScaleAssessment() | ReferenceRange() | SourceSystem():
            return ()
        case _:
            assert_never(content)


def finding_of(code: str, pointer: str, what: str = "") -> RecordFinding:
    """The finding of a code at a place; `what` stands in its message where that has a gap."""
    told = CODES[code]
    return RecordFinding(
        code=code, severity=told.severity, pointer=pointer, message=told.message.format(what=what)
    )


def sequence_repeated() -> RecordFinding:
    """The finding of a source that numbers two contents of a record alike."""
    return finding_of("sequence_repeated", "")


def _event(
    event: AdverseEvent, patient: SubjectData | None, zone: Zone
) -> Iterator[RecordFinding]:
    shown = _course(event)
    if not shown:
        yield finding_of("no_grade", "/grades")
    yield from _order(shown, zone)
    yield from _outcome(event, shown)
    yield from _judgements(event)
    for place, given in enumerate(event.interventions or ()):
        yield from _ends(given, f"/interventions/{place}", zone)
    if patient is not None:
        yield from _beside_death(shown, patient, zone)
        yield from _beside_exposures(event, shown, patient, zone)


def _course(event: AdverseEvent) -> tuple[_Shown, ...]:
    """The grade changes; the assessments, where there are none."""
    return tuple(
        _Shown(f"/grades/{place}/grade", f"/grades/{place}/from", each.at, each.grade)
        for place, each in enumerate(event.grades)
    ) or tuple(
        _Shown(f"/assessments/{place}/grade", f"/assessments/{place}/on", each.on, each.grade)
        for place, each in enumerate(event.assessments)
    )


def _order(shown: tuple[_Shown, ...], zone: Zone) -> Iterator[RecordFinding]:
    latest = ALWAYS
    for step in shown:
        span = span_of(step.time, zone)
        if span.last < latest:
            yield finding_of("order_contradicted", step.time_pointer)
        latest = max(latest, span.first)


def _outcome(event: AdverseEvent, shown: tuple[_Shown, ...]) -> Iterator[RecordFinding]:
    grades = [step.grade for step in shown]
    if event.ongoing is True and grades[-1:] in ([0], [DEATH]):
        yield finding_of("ongoing_after_end", "/ongoing")
    fatal = event.seriousness is not None and event.seriousness.death is True
    if fatal and DEATH not in grades:
        yield finding_of("fatal_without_grade_5", "/seriousness/death")
    if DEATH in grades[:-1]:
        yield finding_of("grade_after_death", shown[grades.index(DEATH) + 1].grade_pointer)
    yield from _above_worst(event)
    baseline, first = event.baseline_grade, next(iter(grades), None)
    if baseline is not None and first is not None and baseline > first:
        yield finding_of("baseline_above_first_grade", "/baseline_grade")


def _above_worst(event: AdverseEvent) -> Iterator[RecordFinding]:
    wrong = above(event)
    if not wrong:
        return
    listed = [(f"/grades/{place}", each.grade) for place, each in enumerate(event.grades)]
    shown = enumerate(event.assessments)
    listed += [(f"/assessments/{place}", each.grade) for place, each in shown]
    for pointer, grade in listed:
        if grade in wrong:
            yield finding_of("grade_above_worst", f"{pointer}/grade")


def _judgements(event: AdverseEvent) -> Iterator[RecordFinding]:
    for place, each in enumerate(event.causality):
        if each.relatedness is None:
            yield finding_of("relatedness_missing", f"/causality/{place}/relatedness")
    if event.laboratory is True and not event.assessments:
        yield finding_of("laboratory_without_assessments", "/assessments")


def _beside_death(
    shown: tuple[_Shown, ...], patient: SubjectData, zone: Zone
) -> Iterator[RecordFinding]:
    date = patient.death.date if patient.death else None
    if date is None:
        fatal = (step for step in shown if step.grade == DEATH)
        yield from (finding_of("grade_5_without_death", step.grade_pointer) for step in fatal)
        return
    died = date.span(zone)
    for step in shown:
        if span_of(step.time, zone).first > died.last:
            yield finding_of("change_after_death", step.time_pointer)


def _beside_exposures(
    event: AdverseEvent, shown: tuple[_Shown, ...], patient: SubjectData, zone: Zone
) -> Iterator[RecordFinding]:
    starts = [each.start.span(zone) for each in patient.exposures or () if each.start]
    if not starts:
        return
    infused = min(starts)
    untold = event.baseline_grade is None
    onset = next((step for step in shown if step.grade != 0), None)
    if onset and untold and span_of(onset.time, zone).last < infused.first:
        yield finding_of("onset_before_infusion", "/baseline_grade")
    earliest = ALWAYS
    for step in shown:
        span = span_of(step.time, zone)
        earliest = max(earliest, span.first)  # by the order of the list
        on_either_side = earliest < infused.last and infused.first <= span.last
        if on_either_side and step.time is not None and _is_vague(step.time, untold=untold):
            yield finding_of("partial_date_at_infusion", step.time_pointer)


def _is_vague(time: PartialTime, *, untold: bool) -> bool:
    """Whether it matters that a time is partial.

    On which side of an exposure on the same day a change lies, the baseline grade says.
    """
    if time.precision in {Precision.YEAR, Precision.MONTH}:
        return True
    return untold and time.precision is not Precision.INSTANT


def _laboratory(result: LaboratoryResult) -> Iterator[RecordFinding]:
    if result.value is None:
        yield finding_of("value_missing", "/value")
    elif isinstance(result.value, str) and not _NUMBER.fullmatch(result.value):
        yield finding_of("value_not_numeric", "/value")
    if result.unit is None:
        yield finding_of("unit_missing", "/unit")
    if result.lln is None and result.uln is None and result.laboratory is None:
        yield finding_of("limits_missing", "/lln")


def _patient(patient: SubjectData, zone: Zone) -> Iterator[RecordFinding]:
    exposures = patient.exposures or ()
    if not exposures:
        yield finding_of("no_exposure", "/exposures")
    for place, each in enumerate(exposures):
        yield from _ends(each, f"/exposures/{place}", zone)
    for what, pointer, stop in _stops(patient, zone):
        if any(span_of(each.start, zone).first > stop.last for each in exposures):
            yield finding_of("stopped_before_infusion", pointer, what)


def _after_stop(
    exposure: Exposure, patient: SubjectData | None, zone: Zone
) -> Iterator[RecordFinding]:
    if patient is not None:
        start = span_of(exposure.start, zone).first
        for what, _, stop in _stops(patient, zone):
            if start > stop.last:
                yield finding_of("stopped_before_infusion", "/start", what)


def _stops(patient: SubjectData, zone: Zone) -> Iterator[tuple[str, str, Span]]:
    """After what nobody is given anything: its name, where it stands, and when."""
    if patient.death is not None:
        yield "death", "/death/date", span_of(patient.death.date, zone)
    if patient.withdrawal is not None:
        yield "withdrawal", "/withdrawal/date", span_of(patient.withdrawal.date, zone)


def _ends(given: Exposure | Intervention, pointer: str, zone: Zone) -> Iterator[RecordFinding]:
    if span_of(given.end, zone).last < span_of(given.start, zone).first:
        yield finding_of("end_before_start", f"{pointer}/end")
