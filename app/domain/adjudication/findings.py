"""Findings about one event: dirty but plausible data are kept and flagged, never repaired."""

from collections.abc import Iterator

from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.adjudication.result import Finding
from app.domain.course import StopKind
from app.domain.dlt.facts import UNKNOWN
from app.domain.dlt.record import RecordedEvent, assessors_differ, significance
from app.domain.dlt.treatment import kind_of_intervention
from app.domain.dlt.worst import above
from app.domain.grade import DEATH


def findings_of(
    recorded: RecordedEvent, protocol: ReadyProtocol, events: frozenset[str]
) -> tuple[Finding, ...]:
    """Everything remarkable in the record of one event; `events` are the ids of the case."""
    outdated = [
        Finding(
            code="ruling_outdated",
            message=f"The ruling of {each.on.text} by {each.by} was made before the event rose "
            "further; it no longer counts.",
        )
        for each in recorded.outdated_rulings
    ]
    course = [Finding(code=code, message=message) for code, message in recorded.course.findings]
    return (
        *course,
        *outdated,
        *_term(recorded),
        *_grades(recorded),
        *_after_death(recorded),
        *_record(recorded, protocol),
        *_links(recorded, events),
    )


def _term(recorded: RecordedEvent) -> Iterator[Finding]:
    term = recorded.term
    if term.name is None:
        yield Finding(
            code="term_not_resolved",
            message=term.note or f"Term {recorded.event.term!r} was not resolved.",
        )
    elif term.note is not None:
        yield Finding(code="term_mapped", message=term.note)
    if term.code_note is not None:
        yield Finding(code="code_of_other_version", message=term.code_note)


def _grades(recorded: RecordedEvent) -> Iterator[Finding]:
    event, term = recorded.event, recorded.term
    reported = {change.grade for change in event.grades} | {event.baseline_grade}
    reported |= {each.grade for each in event.reported_grades}
    reported |= {each.grade for each in event.assessments} | {event.worst_grade}
    for grade in sorted(grade for grade in reported if grade):
        if term.name is not None and grade not in term.grades:
            yield Finding(
                code="grade_not_in_term",
                message=f"{term.name} has no grade {grade}; the number orders the course all the "
                "same.",
            )
    for grade in above(event):
        yield Finding(
            code="grade_above_worst",
            message=f"Grade {grade} is recorded, above the worst grade of the whole event "
            f"({event.worst_grade}); the grade stands, and the worst grade bounds nothing.",
        )
    fatal = any(change.grade == DEATH for change in event.grades)
    if event.seriousness is not None and event.seriousness.death is True and not fatal:
        yield Finding(
            code="fatal_without_grade_5",
            message="The event is reported as fatal, but no grade 5 is among its grades.",
        )
    last = event.grades[-1].grade if event.grades else None
    if event.ongoing is True and last in {0, DEATH}:
        yield Finding(
            code="ongoing_after_end",
            message=f"The event is reported as ongoing, but its last grade is {last}.",
        )
    before = next(
        (each.grade for each in reversed(event.reported_grades) if each.grade is not None), None
    )
    worst = max(
        (change.grade for change in event.grades if change.grade is not None), default=None
    )
    if before is not None and worst is not None and before != worst:
        yield Finding(
            code="reported_grade_differs",
            message=f"Grade {before} is reported beside a course that peaks at grade {worst}; "
            "both stand.",
        )


def _after_death(recorded: RecordedEvent) -> Iterator[Finding]:
    course = recorded.course
    grades = [step.grade for step in course.steps]
    if DEATH in grades[:-1]:
        yield Finding(
            code="grade_after_death",
            message="A lower grade is recorded after grade 5; both stand.",
        )
    stop = course.stop
    dead = stop is not None and stop.kind is StopKind.DEATH
    if stop is not None and dead and any(step.span.first > stop.last for step in course.steps):
        yield Finding(
            code="change_after_death",
            message=f"A grade change is dated after the death ({stop.recorded}); both stand.",
        )


def _record(recorded: RecordedEvent, protocol: ReadyProtocol) -> Iterator[Finding]:
    event = recorded.event
    known = ", ".join(protocol.document.agents)
    for agent in sorted({each.agent for each in event.causality}):
        if agent.casefold() not in {each.casefold() for each in protocol.document.agents}:
            yield Finding(
                code="unknown_agent",
                message=f"Causality to {agent!r}: {protocol.name} knows {known}.",
            )
    told = (
        event.clinically_significant is not None
        and event.significance is not None
        and event.significance.value is not None
    )
    if told and significance(event) == UNKNOWN:
        yield Finding(
            code="significance_contradicted",
            message="The record says both that the finding is clinically significant and that "
            "it is not.",
        )
    for each in event.interventions or ():
        if kind_of_intervention(each.kind, protocol.document.interventions) is None:
            yield Finding(
                code="unknown_intervention",
                message=f"Intervention {each.kind!r} is none of "
                f"{', '.join(protocol.document.interventions) or 'the protocol'}.",
            )
    counts = protocol.rules.decided.rules.counts.related if protocol.rules else None
    for each_agent in counts.of_each if counts is not None else ():
        if assessors_differ(event, each_agent):
            yield Finding(
                code="assessors_differ",
                message=f"Assessors differ on whether the event is related to {each_agent.agent}.",
            )


def _links(recorded: RecordedEvent, events: frozenset[str]) -> Iterator[Finding]:
    event = recorded.event
    for name, target in (("part_of", event.part_of), ("synonym_of", event.synonym_of)):
        if target is not None and (target not in events or target == event.id):
            yield Finding(
                code="link_without_target",
                message=f"{name} names {target!r}, which is no other event of this case.",
            )
    if event.synonym_of in events - {event.id}:
        yield Finding(
            code="duplicate_of",
            message=f"Reported as the same event as {event.synonym_of}; each is judged by its "
            "own record.",
        )
