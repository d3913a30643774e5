"""From case records to columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from app.domain.case import Exposure, Ruling, Subject
from app.domain.course import Course
from app.domain.dlt.columns import UNKNOWN, Columns, Courses, Exposures, Instants, Small
from app.domain.dlt.occurrences import Nth
from app.domain.dlt.program import Program
from app.domain.dlt.record import KnownTerm, Patient, RecordedEvent, answers
from app.domain.dlt.together import Together
from app.domain.dlt.worst import bound_of, up_to
from app.domain.steps import NEVER_DAY, UNKNOWN_GRADE
from app.domain.time import ALWAYS, Span, Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSubject:
    """A patient's record, read at a cut."""

    subject: Subject
    zone: Zone
    cut: int
    events: tuple[RecordedEvent, ...]
    infusions: tuple[tuple[Exposure, Span], ...]
    """Infusions of the window's agent up to the cut, in order of time."""
    rulings: tuple[Ruling, ...] = ()
    """Rulings on the patient, not on one event, that had been made by the cut."""
    measured: Mapping[str, Sequence[Span]] = field(default_factory=dict)
    """When results were measured that could show them, by term that results alone show."""
    silent: bool = False
    """Whether nothing is recorded of how far the events were reviewed, and that means unknown."""


def encode(
    subjects: Sequence[RecordedSubject],
    program: Program,
    interventions: Mapping[str, Sequence[str]],
) -> Columns:
    """The events of all subjects, in order, as columns; each subject has a cut of its own."""
    rows = _rows(subjects, program, interventions)
    courses = [each.event.course for each in rows]
    starts = _starts(rows, program)
    return Columns(
        subject=np.array([each.subject for each in rows], dtype=np.int64),
        signature=np.array(
            [_signature(each.event.term, program) for each in rows], dtype=np.int16
        ),
        baseline=np.array([_baseline(each.event) for each in rows], dtype=np.int8),
        possible_grades=np.array(
            [_possible_grades(each.event, program) for each in rows], dtype=np.uint8
        ),
        facts=np.array([each.told for each in rows], dtype=np.int8)
        .reshape(len(rows), len(program.facts))
        .T.copy(),
        since_first=starts[0],
        since_last=starts[1],
        since_assumed=starts[2],
        tail=np.array([course.tail for course in courses], dtype=np.int8),
        through=np.array([course.through for course in courses], dtype=np.int64),
        through_day=np.array([course.through_day for course in courses], dtype=np.int32),
        ends_by=np.array([course.ends_by for course in courses], dtype=np.int64),
        ends_by_day=np.array([course.ends_by_day for course in courses], dtype=np.int32),
        offsets=np.concatenate(([0], np.cumsum([len(course.steps) for course in courses]))).astype(
            np.int64
        ),
        courses=_courses(courses),
        exposures=_exposures(subjects, program),
        cut=np.array([subjects[each.subject].cut for each in rows], dtype=np.int64),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """An event with the number of its subject, and what the record says to the facts."""

    subject: int
    event: RecordedEvent
    told: list[int]
    since: dict[int, Together | Nth]
    """By the number of the fact."""


def _rows(
    subjects: Sequence[RecordedSubject],
    program: Program,
    interventions: Mapping[str, Sequence[str]],
) -> list[_Row]:
    syndromes = {None, *(each.term for each in program.rules.syndromes)}
    rows: list[_Row] = []
    for number, recorded in enumerate(subjects):
        patient = Patient(
            subject=recorded.subject,
            courses={each.event.id: each.course for each in recorded.events},
            terms={each.event.id: each.term for each in recorded.events},
            interventions=interventions,
            syndromes=tuple(e.event.id for e in recorded.events if e.term.name in syndromes),
            groups=program.groups,
            zone=recorded.zone,
            cut=recorded.cut,
            measured=recorded.measured,
        )
        for each in recorded.events:
            told, since = answers(program.facts, each, patient, program.rules)
            rows.append(_Row(number, each, told, since))
    return rows


def _starts(rows: Sequence[_Row], program: Program) -> tuple[Instants, Instants, Small]:
    """From when on each of the facts holds that begin at an instant, at the earliest and at the
    latest, and whether that assumes what the record is silent of. Shapes are (such facts, events).
    """
    shape = len(rows), len(program.joins)
    since = [[row.since[number] for number in program.joins] for row in rows]
    first = np.array([[each.first for each in row] for row in since], dtype=np.int64)
    last = np.array([[each.last for each in row] for row in since], dtype=np.int64)
    assumed = np.array(
        [[isinstance(each, Together) and each.assumed for each in row] for row in since],
        dtype=np.int8,
    )
    return (
        first.reshape(shape).T.copy(),
        last.reshape(shape).T.copy(),
        assumed.reshape(shape).T.copy(),
    )


def _signature(term: KnownTerm, program: Program) -> int:
    """What the rules know of the term; of an ambiguous one, what all its candidates share."""
    names = term.candidates if term.name is None else (term.name,)
    told = {program.signature_of_term[name] for name in names}
    return told.pop() if len(told) == 1 else UNKNOWN


def _baseline(recorded: RecordedEvent) -> int:
    ruled = [ruling.answer for ruling in recorded.rulings if ruling.question == "baseline_grade"]
    if ruled:
        return int(ruled[-1])
    grade = recorded.event.baseline_grade
    return UNKNOWN_GRADE if grade is None else grade


def _possible_grades(recorded: RecordedEvent, program: Program) -> int:
    """Bits of the grades that an unknown grade may be: of a change never 0, of an assessment also
    that; seriousness bounds it, and the worst grade recorded.
    """
    grades = {grade for grade in recorded.term.grades if grade >= 1}
    if program.rules.clocks.unknown_grades == "all" or not grades:
        grades = {1, 2, 3, 4, 5}
    serious = recorded.event.seriousness
    worst = 5
    if serious is not None and serious.death is not True:
        worst = 3 if serious.life_threatening is False else 4 if serious.death is False else 5
    bounded = {grade for grade in grades if grade <= worst} or grades
    bound = bound_of(recorded.event)
    if bound is not None:
        bounded = up_to(bound, bounded)
    contradicted = any(
        code == "assessment_contradicts_course" for code, _ in recorded.course.findings
    )
    if contradicted or (recorded.event.assessments and not recorded.event.grades):
        bounded = bounded | {0}  # unlike a change, what was looked at may have been normal
    return sum(1 << grade for grade in bounded)


def _courses(courses: Sequence[Course]) -> Courses:
    steps = [step for course in courses for step in course.steps]
    spans = [step.span for step in steps]
    return Courses(
        grade=np.array([step.grade for step in steps], dtype=np.int8),
        first=np.array([span.first for span in spans], dtype=np.int64),
        last=np.array([span.last for span in spans], dtype=np.int64),
        sup=np.array([span.sup for span in spans], dtype=np.int64),
        recorded=np.array([step.recorded_first for step in steps], dtype=np.int64),
        first_day=np.array([max(-NEVER_DAY, span.first_day) for span in spans], dtype=np.int32),
        last_day=np.array([min(NEVER_DAY, span.last_day) for span in spans], dtype=np.int32),
        held_through=np.array([step.held_through for step in steps], dtype=np.int64),
        held_through_day=np.array(
            [max(-NEVER_DAY, step.held_day) for step in steps], dtype=np.int32
        ),
    )


def _exposures(subjects: Sequence[RecordedSubject], program: Program) -> Exposures:
    spans = [[span for _, span in each.infusions] or _unknown_infusion(each) for each in subjects]
    if program.rules.window.anchor == "first_infusion":
        spans = [[_earliest(each)] if each else each for each in spans]
    flat = [span for each in spans for span in each]
    zones = tuple(each.zone for each in subjects)
    caps = [_cap_day(each) for each in subjects]
    return Exposures(
        offsets=np.concatenate(([0], np.cumsum([len(each) for each in spans]))).astype(np.int64),
        first=np.array([span.first for span in flat], dtype=np.int64),
        last=np.array([span.last for span in flat], dtype=np.int64),
        first_day=np.array([max(-NEVER_DAY, span.first_day) for span in flat], dtype=np.int32),
        last_day=np.array([min(NEVER_DAY, span.last_day) for span in flat], dtype=np.int32),
        cap_day=np.array(caps, dtype=np.int32),
        zones=zones[:1] if len(set(zones)) == 1 else zones,
    )


def _earliest(infusions: Sequence[Span]) -> Span:
    """When the first of several infusions was, whichever of them that is."""
    first, last = min(infusions), min(infusions, key=lambda span: span.last)
    return Span(first.first, last.last, last.sup, first.first_day, last.last_day)


def _unknown_infusion(recorded: RecordedSubject) -> list[Span]:
    """Where no infusion is recorded, there may have been one at any time."""
    day = recorded.zone.day_of(recorded.cut)
    return [Span(ALWAYS, recorded.cut, recorded.cut + 1, -NEVER_DAY, day)]


def _cap_day(recorded: RecordedSubject) -> int:
    completed = recorded.subject.window_completed
    if completed is None:
        return NEVER_DAY
    span = completed.on.span(recorded.zone)
    return NEVER_DAY if span.first > recorded.cut else span.last_day
