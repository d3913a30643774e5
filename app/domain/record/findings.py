"""Findings on arrival: dirty but plausible data are stored and flagged, never refused.

They need no protocol: what a protocol makes of the same record, adjudication says. Where both mean
the same thing they use the same code (docs/verdicts.md).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, assert_never

from app.domain.case import (
    AdverseEvent,
    Exposure,
    Intervention,
    LaboratoryResult,
    ScaleAssessment,
    SubjectData,
)
from app.domain.course import span_of
from app.domain.grade import DEATH
from app.domain.record.cut import recorded_times
from app.domain.record.kinds import OF_A_PATIENT, Content, Kind, Site, Study
from app.domain.reference_range import ReferenceRange
from app.domain.time import ALWAYS, PartialTime, Precision, Span, Zone

Severity = Literal["info", "warning", "error"]
"""An error: the data cannot all be true. A warning: something lacks, or is odd. Else an info."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFinding:
    """Something wrong or remarkable about a record, which was kept as it was sent.

    `pointer` is a JSON pointer (RFC 6901) into the content; the empty one is the whole record.
    """

    code: str
    severity: Severity
    pointer: str
    message: str


class Told(NamedTuple):
    """What a code stands for: how bad it is, and what is said, in one sentence."""

    severity: Severity
    message: str


CODES: Final[Mapping[str, Told]] = MappingProxyType({
    "sequence_repeated": Told(
        "warning",
        "The source sent other content under the same sequence before, and what came last holds: "
        "give each change a sequence of its own.",
    ),
    "unknown_subject": Told(
        "warning",
        "The patient is not recorded yet, so the record is kept and decides nothing until the "
        "patient is recorded.",
    ),
    "time_in_future": Told(
        "error",
        "This time lies after the record arrived: correct it, or send it again when it has come.",
    ),
    "end_before_start": Told("error", "The end lies before the start: correct one of the two."),
    "no_grade": Told(
        "warning",
        "No grade was recorded, so every grade of the term is possible: send the grades with "
        "their times.",
    ),
    "order_contradicted": Told(
        "error",
        "This time contradicts the order of the grade changes, so it is taken as unknown: correct "
        "it, or send the changes in their order.",
    ),
    "ongoing_after_end": Told(
        "error",
        "The event is reported as ongoing, but its last grade ends it: correct one of the two.",
    ),
    "fatal_without_grade_5": Told(
        "error",
        "The event is reported as fatal, but no grade 5 is among its grades: send that grade with "
        "its time, or correct the seriousness.",
    ),
    "grade_5_without_death": Told(
        "warning",
        "Grade 5 was recorded, but no date of the patient's death: record the death with the "
        "patient, or correct the grade.",
    ),
    "grade_after_death": Told(
        "error", "A grade is recorded after grade 5: correct the grade, or the order."
    ),
    "change_after_death": Told(
        "error",
        "This time lies after the patient's death: correct it, or the date of the death.",
    ),
    "onset_before_infusion": Told(
        "warning",
        "The event began before the first exposure: send its grade at that time "
        "(baseline_grade).",
    ),
    "partial_date_at_infusion": Told(
        "warning",
        "This time may lie before or after the first exposure: send it more finely, or the grade "
        "at the exposure (baseline_grade) where only the clock time lacks.",
    ),
    "baseline_above_first_grade": Told(
        "warning",
        "The grade at baseline is above the first grade of the course: correct one of the two, "
        "unless the event had already improved.",
    ),
    "relatedness_missing": Told(
        "warning",
        "This assessor has given no judgement, so it counts for nothing: send the relatedness.",
    ),
    "laboratory_without_assessments": Told(
        "info",
        "A laboratory grade is known only when it is measured: send the assessments, else the "
        "grade counts as known between the changes.",
    ),
    "unit_missing": Told(
        "warning", "No unit was sent, so the value is read in the unit of its limits: send it."
    ),
    "limits_missing": Told(
        "warning",
        "Neither limit of normal was sent, so the value cannot be compared with them: send lln "
        "and uln, or the laboratory whose ranges are recorded.",
    ),
    "value_missing": Told("warning", "No value was sent: send it, or void the result."),
    "value_not_numeric": Told(
        "warning", "The value is no number, so it is kept as text: send the number that was "
        "measured, if there is one.",
    ),
    "no_exposure": Told(
        "info",
        "No exposure was sent with the patient, so no window is known from this record alone: "
        "send the exposures, here or each by its source.",
    ),
    "stopped_before_infusion": Told(
        "error",
        "The {what} lies before an exposure: correct one of the two dates.",
    ),
})  # fmt: skip
"""Every code that a record can be flagged with on arrival."""

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
    unknown = [_finding("unknown_subject", "")] if _is_parked(kind, patient) else []
    future = (
        _finding("time_in_future", pointer)
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
        case Study() | Site() | ScaleAssessment() | ReferenceRange():
            return ()
        case _:
            assert_never(content)


def _finding(code: str, pointer: str, what: str = "") -> RecordFinding:
    told = CODES[code]
    return RecordFinding(
        code=code, severity=told.severity, pointer=pointer, message=told.message.format(what=what)
    )


def sequence_repeated() -> RecordFinding:
    """The finding of a source that numbers two contents of a record alike."""
    return _finding("sequence_repeated", "")


def _event(
    event: AdverseEvent, patient: SubjectData | None, zone: Zone
) -> Iterator[RecordFinding]:
    shown = _course(event)
    if not shown:
        yield _finding("no_grade", "/grades")
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
            yield _finding("order_contradicted", step.time_pointer)
        latest = max(latest, span.first)


def _outcome(event: AdverseEvent, shown: tuple[_Shown, ...]) -> Iterator[RecordFinding]:
    grades = [step.grade for step in shown]
    if event.ongoing is True and grades[-1:] in ([0], [DEATH]):
        yield _finding("ongoing_after_end", "/ongoing")
    fatal = event.seriousness is not None and event.seriousness.death is True
    if fatal and DEATH not in grades:
        yield _finding("fatal_without_grade_5", "/seriousness/death")
    if DEATH in grades[:-1]:
        yield _finding("grade_after_death", shown[grades.index(DEATH) + 1].grade_pointer)
    baseline, first = event.baseline_grade, next(iter(grades), None)
    if baseline is not None and first is not None and baseline > first:
        yield _finding("baseline_above_first_grade", "/baseline_grade")


def _judgements(event: AdverseEvent) -> Iterator[RecordFinding]:
    for place, each in enumerate(event.causality):
        if each.relatedness is None:
            yield _finding("relatedness_missing", f"/causality/{place}/relatedness")
    if event.laboratory is True and not event.assessments:
        yield _finding("laboratory_without_assessments", "/assessments")


def _beside_death(
    shown: tuple[_Shown, ...], patient: SubjectData, zone: Zone
) -> Iterator[RecordFinding]:
    date = patient.death.date if patient.death else None
    if date is None:
        fatal = (step for step in shown if step.grade == DEATH)
        yield from (_finding("grade_5_without_death", step.grade_pointer) for step in fatal)
        return
    died = date.span(zone)
    for step in shown:
        if span_of(step.time, zone).first > died.last:
            yield _finding("change_after_death", step.time_pointer)


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
        yield _finding("onset_before_infusion", "/baseline_grade")
    earliest = ALWAYS
    for step in shown:
        span = span_of(step.time, zone)
        earliest = max(earliest, span.first)  # by the order of the list
        on_either_side = earliest < infused.last and infused.first <= span.last
        if on_either_side and step.time is not None and _is_vague(step.time, untold=untold):
            yield _finding("partial_date_at_infusion", step.time_pointer)


def _is_vague(time: PartialTime, *, untold: bool) -> bool:
    """Whether it matters that a time is partial.

    On which side of an exposure on the same day a change lies, the baseline grade says.
    """
    if time.precision in {Precision.YEAR, Precision.MONTH}:
        return True
    return untold and time.precision is not Precision.INSTANT


def _laboratory(result: LaboratoryResult) -> Iterator[RecordFinding]:
    if result.value is None:
        yield _finding("value_missing", "/value")
    elif isinstance(result.value, str) and not _NUMBER.fullmatch(result.value):
        yield _finding("value_not_numeric", "/value")
    if result.unit is None:
        yield _finding("unit_missing", "/unit")
    if result.lln is None and result.uln is None and result.laboratory is None:
        yield _finding("limits_missing", "/lln")


def _patient(patient: SubjectData, zone: Zone) -> Iterator[RecordFinding]:
    exposures = patient.exposures or ()
    if not exposures:
        yield _finding("no_exposure", "/exposures")
    for place, each in enumerate(exposures):
        yield from _ends(each, f"/exposures/{place}", zone)
    for what, pointer, stop in _stops(patient, zone):
        if any(span_of(each.start, zone).first > stop.last for each in exposures):
            yield _finding("stopped_before_infusion", pointer, what)


def _after_stop(
    exposure: Exposure, patient: SubjectData | None, zone: Zone
) -> Iterator[RecordFinding]:
    if patient is not None:
        start = span_of(exposure.start, zone).first
        for what, _, stop in _stops(patient, zone):
            if start > stop.last:
                yield _finding("stopped_before_infusion", "/start", what)


def _stops(patient: SubjectData, zone: Zone) -> Iterator[tuple[str, str, Span]]:
    """After what nobody is given anything: its name, where it stands, and when."""
    if patient.death is not None:
        yield "death", "/death/date", span_of(patient.death.date, zone)
    if patient.withdrawal is not None:
        yield "withdrawal", "/withdrawal/date", span_of(patient.withdrawal.date, zone)


def _ends(given: Exposure | Intervention, pointer: str, zone: Zone) -> Iterator[RecordFinding]:
    if span_of(given.end, zone).last < span_of(given.start, zone).first:
        yield _finding("end_before_start", f"{pointer}/end")
