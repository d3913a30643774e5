"""Grades that were computed, beside those that were reported.

A computed grade never replaces the reported one: both stand. Which of the two is judged the
protocol says (`grading.computed`); where they differ, a finding says so, and where the verdict
would be another, both verdicts. An event without grades of its own is judged by the computed ones.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from app.domain.adjudication.result import Adjudicated, EventAdjudication, Finding
from app.domain.case import Assessment, Event, Subject
from app.domain.dlt.worst import bound_of
from app.domain.grade import DEATH
from app.domain.steps import span_of
from app.domain.time import PartialTime, Span, Zone

WhichGrade = Literal["beside", "instead"]
CHANGES_VERDICT: Final = "computed_grade_changes_verdict"
_MOST_SHOWN: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputedGrade:
    """What was computed for one time: a grade, or between what it lies.

    `taken` is the grade that is judged although others are possible, as the protocol's policy
    says or since its rules cannot tell them apart. `shows` is what was measured. `possible` is
    the highest grade of all that could be, where clauses of which nobody told may raise it: only
    what lies beyond differs. What is not `compared` only says how the course goes on. Of what is
    `unsure` it is not known whether it held when it is looked at.
    """

    on: PartialTime
    lowest: int
    highest: int
    taken: int | None = None
    missing: tuple[str, ...] = ()
    """What would settle it, where it is open."""
    shows: str | None = None
    compared: bool = True
    possible: int | None = None
    unsure: bool = False

    @property
    def most(self) -> int:
        """The highest grade that is possible, whatever was not told."""
        return self.highest if self.possible is None else self.possible

    @property
    def grade(self) -> int | None:
        """The grade that is judged; None where it is open."""
        if self.unsure:
            return None
        return self.lowest if self.lowest == self.highest else self.taken

    @property
    def words(self) -> str:
        """The grade, or its bounds."""
        grade = str(self.lowest)
        told = grade if self.lowest == self.highest else f"{grade} to {self.highest}"
        return told if self.shows is None else f"{told} ({self.shows})"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputedCourse:
    """The computed grades of one event in order of time, and what they were computed from.

    `source` stands in sentences: "ASTCT 2019". `findings` are of the computation. What is judged
    is `serial`, where it is another than what is compared: one grade for each time.
    """

    event: str
    source: str
    grades: tuple[ComputedGrade, ...]
    findings: tuple[Finding, ...] = ()
    serial: tuple[ComputedGrade, ...] | None = None

    @property
    def judged(self) -> tuple[ComputedGrade, ...]:
        """The grades that are judged."""
        return self.grades if self.serial is None else self.serial


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A case with its computed courses: what is judged, and what would be otherwise."""

    subject: Subject
    alternatives: Mapping[str, Event]
    """By event that differs: the event as the other of its two courses has it."""
    judged_by: Mapping[str, str]
    """By event: which of the two courses is judged, `reported` or `computed`."""
    findings: Mapping[str, tuple[Finding, ...]]


def joined(
    subject: Subject, courses: Sequence[ComputedCourse], which: WhichGrade, zone: Zone, cut: int
) -> Joined:
    """The case with the computed courses of its events, as far as they were known at the cut.

    A course that names no event of the case is left out; no event has more than one.
    """
    by_event = {each.event: _until(each, zone, cut) for each in courses}
    events: list[Event] = []
    alternatives: dict[str, Event] = {}
    judged_by: dict[str, str] = {}
    findings: dict[str, tuple[Finding, ...]] = {}
    for event in subject.events:
        course = by_event.get(event.id)
        if course is None or not course.grades:
            events.append(event)
            continue
        computed = computed_event(event, course)
        own = bool(event.grades or event.assessments)
        instead = which == "instead" or not own
        events.append(computed if instead else event)
        judged_by[event.id] = "computed" if instead else "reported"
        differs = tuple(differences(event, course, zone)) if own else ()
        if differs:
            alternatives[event.id] = event if instead else computed
        findings[event.id] = (
            *course.findings,
            *((_used(course),) if instead else ()),
            *(_open(course) if instead else ()),
            *differs,
        )
    return Joined(
        subject=replace(subject, events=tuple(events)),
        alternatives=alternatives,
        judged_by=judged_by,
        findings=findings,
    )


def with_findings(
    answer: Adjudicated, case: Joined, judge: Callable[[Subject], Adjudicated]
) -> Adjudicated:
    """The answer with what the computed grades say.

    `judge` judges a case; only those with an event whose two courses differ are judged again.
    """

    def told(event: EventAdjudication) -> EventAdjudication:
        found = case.findings.get(event.id, ())
        other = case.alternatives.get(event.id)
        if other is not None:
            found = (*found, *_changed_verdict(event, case, _verdict_of(judge, case, other)))
        return replace(event, findings=(*event.findings, *found)) if found else event

    return replace(answer, events=tuple(told(event) for event in answer.events))


def computed_event(event: Event, course: ComputedCourse) -> Event:
    """The event with the computed grades in the place of its own: known at their times alone.

    The worst grade that was reported is of the course that they replace, and bounds none of them.
    """
    shown = tuple(Assessment(on=each.on, grade=each.grade) for each in course.judged)
    return replace(event, grades=(), assessments=shown, worst_grade=None)


def differences(event: Event, course: ComputedCourse, zone: Zone) -> Iterator[Finding]:
    """The finding of times at which no grade that was reported is one that was computed."""
    apart = []
    for each in (one for one in course.grades if one.compared):
        reported = sorted(reported_at(event, each.on.span(zone), zone))
        if reported and not any(each.lowest <= grade <= each.most for grade in reported):
            apart.append(
                f"on {each.on.text} grade {each.words} is computed, {_listed(reported)} reported"
            )
    if apart:
        more = len(apart) - _MOST_SHOWN
        listed = "; ".join(apart[:_MOST_SHOWN]) + (f"; and {more} more" if more > 0 else "")
        yield Finding(
            code="computed_grade_differs",
            message=f"By {course.source}, {listed}. Both stand.",
        )


def _listed(grades: Sequence[int]) -> str:
    """Rising grades in words."""
    if len(grades) > 2 and grades[-1] - grades[0] == len(grades) - 1:
        return f"{grades[0]} to {grades[-1]}"
    return " or ".join(map(str, grades))


def reported_at(event: Event, span: Span, zone: Zone) -> frozenset[int]:
    """The grades that the event may have had by its reported course; none where that is open.

    A grade that is not known may be any up to the worst that was recorded, if one bounds it.

    Before its first change it has the baseline's, 0 where that is not known: it was not there.
    After its last one it may have fallen to any lower grade, unless it was said to go on.
    """
    changes = [(change.at, change.grade) for change in event.grades]
    if not changes:
        changes = [(shown.on, shown.grade) for shown in event.assessments]
    steps = [(span_of(at, zone), grade) for at, grade in changes]
    found: set[int | None] = set()
    if steps[0][0].last > span.first:
        found.add(event.baseline_grade or 0)
    for place, (begins, grade) in enumerate(steps):
        ends = steps[place + 1][0].last if place + 1 < len(steps) else None
        if begins.first <= span.last and (ends is None or ends > span.first):
            found.add(grade)
    last = steps[-1][1]
    told = event.ongoing_as_of
    vouched = event.ongoing is True and (told is None or span.last <= told.span(zone).last)
    if last is not None and last < DEATH and span.last > steps[-1][0].first and not vouched:
        found |= set(range(last))
    if None in found:
        bound = bound_of(event)
        found = set() if bound is None else found | set(range(bound + 1))
    return frozenset(each for each in found if each is not None)


def _until(course: ComputedCourse, zone: Zone, cut: int) -> ComputedCourse:
    """The course without what lies after the cut."""

    def known(grades: Sequence[ComputedGrade]) -> tuple[ComputedGrade, ...]:
        return tuple(each for each in grades if each.on.span(zone).first <= cut)

    serial = None if course.serial is None else known(course.serial)
    return replace(course, grades=known(course.grades), serial=serial)


def _used(course: ComputedCourse) -> Finding:
    shown = course.judged[:_MOST_SHOWN]
    listed = ", ".join(f"{each.words} on {each.on.text}" for each in shown)
    more = " …" if len(course.judged) > len(shown) else ""
    message = f"Judged by grades that were computed, by {course.source}: {listed}{more}."
    return Finding(code="computed_grade_used", message=message)


def _open(course: ComputedCourse) -> Iterator[Finding]:
    for each in course.judged:
        if each.grade is None:
            asks = f"; missing: {', '.join(each.missing)}" if each.missing else ""
            message = f"On {each.on.text} the computed grade is {each.words}{asks}."
            yield Finding(code="computed_grade_open", message=message)


def _verdict_of(
    judge: Callable[[Subject], Adjudicated], case: Joined, other: Event
) -> EventAdjudication:
    events = tuple(other if each.id == other.id else each for each in case.subject.events)
    answer = judge(replace(case.subject, events=events))
    return next(each for each in answer.events if each.id == other.id)


def _changed_verdict(
    event: EventAdjudication, case: Joined, other: EventAdjudication
) -> Iterator[Finding]:
    if other.verdict == event.verdict:
        return
    judged = case.judged_by[event.id]
    not_judged = "computed" if judged == "reported" else "reported"
    message = (
        f"By the {judged} grades the verdict is {event.verdict}, by the {not_judged} ones "
        f"{other.verdict}: the investigator has to say which grades are right."
    )
    verdicts = {judged: event.verdict, not_judged: other.verdict}
    yield Finding(code=CHANGES_VERDICT, message=message, verdicts=verdicts)
