"""What the core answers to the same record, by the shortest way through it."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.course import Observation, course_of, stop_of
from app.domain.dlt.encode import RecordedSubject, encode
from app.domain.dlt.judge import Verdict, judge
from app.domain.dlt.program import Program
from app.domain.dlt.record import KnownTerm, RecordedEvent
from app.domain.steps import span_of
from app.domain.time import NEVER
from tests.oracle.completions import Recorded


@dataclass(frozen=True, slots=True)
class Answer:
    """The core's verdict, its instant, and whether it refers the event."""

    verdict: str
    at: int | None
    referred: bool


def subject_of(recorded: Recorded) -> RecordedSubject:
    """The record as the core reads it."""
    rules, zone, cut = recorded.rules, recorded.zone, recorded.cut
    subject = recorded.subject
    seen = Observation(
        zone=zone,
        cut=cut,
        stop=stop_of(subject, zone, cut),
        death_from_another_cause=rules.clocks.death_from_another_cause,
        persists_in_silence=rules.clocks.after_last_report == "persists",
    )
    term = recorded.terms[0]
    known = KnownTerm(name=None, laboratory=None)
    if len(recorded.terms) == 1:
        known = KnownTerm(name=term.name, laboratory=term.laboratory, grades=term.grades)
    event = RecordedEvent(event=recorded.event, course=course_of(recorded.event, seen), term=known)
    infusions = []
    for exposure in subject.exposures or ():
        span = span_of(exposure.start, zone)
        if exposure.agent.casefold() == rules.window.agent.casefold() and span.first <= cut:
            if span.last > cut:
                span = span._replace(last=cut, sup=cut + 1, last_day=zone.day_of(cut))
            infusions.append((exposure, span))
    return RecordedSubject(
        subject=subject,
        zone=zone,
        cut=cut,
        events=(event,),
        infusions=tuple(sorted(infusions, key=lambda pair: pair[1])),
    )


def answers(records: Sequence[Recorded], program: Program) -> list[Answer]:
    """One answer for each record, all judged in one batch. All share the cut of the first."""
    columns = encode([subject_of(each) for each in records], program, records[0].kinds)
    found = judge(columns, program)
    return [
        Answer(
            Verdict(int(found.verdict[row])).name,
            None if found.at[row] >= NEVER else int(found.at[row]),
            bool(found.referred[row]),
        )
        for row in range(len(records))
    ]
