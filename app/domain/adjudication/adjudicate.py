"""Adjudicate: cases and a protocol in, explained verdicts out.

Pure, and the same for one as for many.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.domain.adjudication.assessed import with_computed
from app.domain.adjudication.cuts import Cuts, cuts_of
from app.domain.adjudication.decided_by import WORDS, clauses_told
from app.domain.adjudication.explain import Explainer
from app.domain.adjudication.findings import findings_of
from app.domain.adjudication.judged_columns import note
from app.domain.adjudication.missing import missing_of_each
from app.domain.adjudication.prepare import Prepared, prepare
from app.domain.adjudication.protocol import ReadyProtocol, Rules
from app.domain.adjudication.readings import readings_of
from app.domain.adjudication.result import (
    Adjudicated,
    EventAdjudication,
    Explanation,
    Missing,
    Reason,
    TruthWord,
)
from app.domain.adjudication.status import status_of
from app.domain.adjudication.summary import summary_of
from app.domain.adjudication.telling import EVERYTHING, Telling
from app.domain.adjudication.trace import Traced
from app.domain.adjudication.unobserved import not_applicable, phase_missing
from app.domain.case import Subject
from app.domain.course import Course, Tail
from app.domain.dlt.columns import UNKNOWN, Columns, Index, Instants
from app.domain.dlt.encode import encode
from app.domain.dlt.judge import (
    Completed,
    Verdict,
    Verdicts,
    completions_of,
    judge_completing,
    judged,
)
from app.domain.dlt.record import RecordedEvent, assessors_differ
from app.domain.time import ALWAYS, NEVER, PartialTime, Zone


def adjudicate(
    subjects: Sequence[Subject],
    protocol: ReadyProtocol,
    as_of: Cuts,
    time_zone: str | None,
    *,
    kept: Mapping[str, int] | None = None,
    telling: Telling = EVERYTHING,
) -> tuple[Adjudicated, ...]:
    """Judge every event of every patient at a data cut, one of all or one of each.

    `time_zone` is the site's zone where a subject names none. A subject without
    `follow_up_until` was followed to the cut. Of cases of the record, `kept` tells when the source
    of each event spoke last: silence is not knowledge there, of follow-up nor of an event's end.
    Laboratory results and assessments of components are graded; what they make of an event stands
    beside what was reported.
    Raises `BadCase` with every fault of every case.
    """

    cuts = cuts_of(as_of, subjects)

    def alone(at: PartialTime, case: Subject) -> Adjudicated:
        return _adjudicated([case], protocol, at, time_zone, kept, replace(telling, noted=None))[0]

    assessed = {
        number: case
        for number, subject in enumerate(subjects)
        if (case := with_computed(subject, protocol, cuts[number], time_zone)) is not None
    }
    cases = [
        assessed[number].case.subject if number in assessed else subject
        for number, subject in enumerate(subjects)
    ]
    answers = _adjudicated(cases, protocol, cuts, time_zone, kept, telling)
    if telling.noted is not None:
        noted = telling.noted
        both = assessed.keys() & noted.keys()
        noted.update({place: replace(noted[place], computed=True) for place in both})
    return tuple(
        assessed[number].told(answer, partial(alone, cuts[number]))
        if number in assessed
        else answer
        for number, answer in enumerate(answers)
    )


def _adjudicated(
    subjects: Sequence[Subject],
    protocol: ReadyProtocol,
    as_of: Cuts,
    time_zone: str | None,
    kept: Mapping[str, int] | None,
    telling: Telling,
) -> tuple[Adjudicated, ...]:
    answers: dict[int, Adjudicated] = {}
    groups: dict[int, tuple[Rules, list[Prepared]]] = {}
    prepared = prepare(subjects, protocol, as_of, time_zone, kept=kept)
    for each in prepared:
        rules = each.protocol.rules
        if rules is None or (
            each.phase is not None and each.phase not in rules.decided.rules.observed_in
        ):
            answers[each.number] = not_applicable(each)
        else:
            groups.setdefault(id(each.protocol), (rules, []))[1].append(each)
    for rules, group in groups.values():
        is_ruled = group[0].protocol is not protocol
        judged_group = _judged(group, rules, replace(telling, noted=None) if is_ruled else telling)
        for each, answer in zip(group, judged_group, strict=True):
            answers[each.number] = phase_missing(each, answer)
    return tuple(answers[number] for number in range(len(subjects)))


def _judged(group: Sequence[Prepared], rules: Rules, telling: Telling) -> list[Adjudicated]:
    """Patients of one protocol variant, judged as one batch."""
    program, words = rules.program, group[0].protocol.document.interventions
    columns = encode([each.recorded for each in group], program, words)
    completions: Completed | None
    if telling.brief or telling.known:
        verdicts, completions = judge_completing(columns, program)
        asked = _asked(group, verdicts, telling)
        traced = Traced.of(columns.take(asked), program)
    else:
        traced, asked = Traced.of(columns, program), np.arange(len(columns))
        verdicts, completions = judged(columns, program, traced.first)
    if telling.noted is not None:
        note(telling.noted, group, columns, verdicts, rules.decided.rules.window)
    seen_at = {row: (traced, place) for place, row in enumerate(asked.tolist())}
    seen_at |= _shown(columns, rules, verdicts, completions, asked)
    missing = _missing(group, columns, rules, verdicts, asked)
    answers = []
    row = 0
    for each in group:
        events = []
        terms = {event.term.name for event in each.recorded.events}
        for number, recorded in enumerate(each.recorded.events):
            known = telling.known.get(recorded.event.id)
            if known is not None:
                events.append(known)
            elif row in seen_at:
                traced, place = seen_at[row]
                seen = Explainer(
                    traced=traced, recorded=each.recorded, terms=terms, number=number, row=place
                )
                events.append(_event(seen, row, verdicts, missing.get(row, ()), each, rules))
            else:
                events.append(_in_brief(recorded, row, verdicts, each.recorded.zone))
            row += 1
        subject = status_of(each.recorded, rules.decided.rules.window, events, each.findings)
        answers.append(Adjudicated(events=tuple(events), subject=subject))
    return answers


def _asked(group: Sequence[Prepared], verdicts: Verdicts, telling: Telling) -> Index:
    """The rows of the events that are explained."""
    ids = (event.event.id for each in group for event in each.recorded.events)
    asked = np.array([each not in telling.known for each in ids], dtype=np.bool_)
    if telling.brief:
        asked &= verdicts.verdict == Verdict.UNDETERMINED
    return np.flatnonzero(asked)


def _missing(
    group: Sequence[Prepared], columns: Columns, rules: Rules, verdicts: Verdicts, asked: Index
) -> dict[int, tuple[Missing, ...]]:
    """What is missing of the events that are undetermined, among `asked` ones, by row."""
    rows = asked[verdicts.verdict[asked] == Verdict.UNDETERMINED]
    if not len(rows):
        return {}
    events = [(event, each.recorded.zone) for each in group for event in each.recorded.events]
    some = [events[row] for row in rows.tolist()]
    found = missing_of_each(columns.take(rows), rules.program, some)
    return dict(zip(rows.tolist(), found, strict=True))


def _in_brief(
    recorded: RecordedEvent, row: int, verdicts: Verdicts, zone: Zone
) -> EventAdjudication:
    """The verdict of an event that is determined, without why."""
    verdict, at = Verdict(int(verdicts.verdict[row])), int(verdicts.at[row])
    return EventAdjudication(
        id=recorded.event.id,
        verdict=WORDS[verdict],
        criterion=None,
        exception=None,
        established_at=_instant(at, zone) if verdict is Verdict.DLT else None,
        becomes_dlt_at=_instant(at, zone) if verdict is Verdict.PENDING else None,
        open=is_open(recorded.course),
        missing=(),
        refer_to_committee=bool(verdicts.referred[row]),
        readings=(),
        explanation=UNEXPLAINED,
        findings=(),
    )


def _shown(
    columns: Columns,
    rules: Rules,
    verdicts: Verdicts,
    completions: Completed | None,
    asked: Index,
) -> dict[int, tuple[Traced, int]]:
    """For events with an unknown grade or term, a trace of the completion that decides, by row.

    That is the latest DLT where the verdict is DLT or PENDING, else the gravest completion. With
    each comes its row in the trace. Of `asked` events.
    """
    unknown = columns.signature == UNKNOWN
    unknown[columns.event_of_change[columns.courses.grade == UNKNOWN]] = True
    rows = asked[unknown[asked]]
    if not len(rows):
        return {}
    others = rows if completions is None else np.setdiff1d(rows, completions.events)
    wanted = {row: place for place, row in enumerate(rows.tolist())}
    taken = columns.take(rows)
    signature = taken.signature.copy()
    # Where there are too many completions, an unknown grade is shown as 3, or the highest below.
    supposed = np.searchsorted((1 << 1, 1 << 2, 1 << 3), taken.possible_grades, side="right")
    grades = np.where(
        taken.courses.grade == UNKNOWN, supposed[taken.event_of_change], taken.courses.grade
    ).astype(np.int8)
    for told in filter(None, (completions, completions_of(columns, rules.program, others))):
        completed = told.rows.columns
        peak = _peaks(completed)
        for row, among in told.of_each():
            if row in wanted:
                place = wanted[row]
                decided = verdicts.verdict[row] in {Verdict.DLT, Verdict.PENDING}
                chosen = among[
                    int(np.argmax(told.bounds.late[among]))
                    if decided
                    else _gravest(peak[among], told.bounds.early[among])
                ]
                signature[place] = completed.signature[chosen]
                grades[slice(*taken.offsets[place : place + 2])] = completed.courses.grade[
                    slice(*completed.offsets[chosen : chosen + 2])
                ]
    known = replace(taken, signature=signature, courses=replace(taken.courses, grade=grades))
    traced = Traced.of(known, rules.program)
    return {row: (traced, place) for row, place in wanted.items()}


def _peaks(columns: Columns) -> NDArray[np.int64]:
    """The highest grade of each event; of one without changes 0."""
    peak = np.maximum.reduceat(np.append(columns.courses.grade, 0), columns.offsets[:-1])
    return np.where(np.diff(columns.offsets) > 0, peak, 0)


def _gravest(peak: NDArray[np.int64], early: Instants) -> int:
    """The completion that is a DLT first, and among those the one with the highest grade."""
    return int(np.lexsort((-peak, early))[0])


def _event(
    seen: Explainer,
    row: int,
    verdicts: Verdicts,
    missing: tuple[Missing, ...],
    prepared: Prepared,
    rules: Rules,
) -> EventAdjudication:
    recorded = seen.event
    verdict, at = Verdict(int(verdicts.verdict[row])), int(verdicts.at[row])
    deciding = seen.deciding(at) if seen.runs else None
    exempting = (
        next((part for part in map(seen.exempting, seen.runs) if part), None)
        if verdict is Verdict.NOT_DLT
        else None
    )
    criterion, exception = clauses_told(verdict, deciding, exempting)
    text = summary_of(seen, verdict, at, deciding, missing)
    tree = Reason(
        kind="verdict",
        clause=None,
        at=None,
        says=f"event {recorded.event.id} is a DLT",
        truth=_TRUTH[verdict],
        since=_instant(at, seen.zone),
        text=text,
        records=(f"/events/{recorded.event.id}",),
        parts=tuple(seen.judged(run) for run in seen.shown(deciding)),
    )
    return EventAdjudication(
        id=recorded.event.id,
        verdict=WORDS[verdict],
        criterion=criterion,
        exception=exception,
        established_at=_instant(at, seen.zone) if verdict is Verdict.DLT else None,
        becomes_dlt_at=_instant(at, seen.zone)
        if verdict in {Verdict.PENDING, Verdict.UNDETERMINED}
        else None,
        open=is_open(recorded.course),
        missing=missing,
        refer_to_committee=bool(verdicts.referred[row]) or _needs_ruling(missing, recorded, rules),
        readings=readings_of(seen, rules),
        explanation=Explanation(text=text, tree=tree),
        findings=findings_of(recorded, prepared.protocol, prepared.events),
    )


UNEXPLAINED: Final = Explanation(
    text="",
    tree=Reason(
        kind="verdict", clause=None, at=None, says="", truth="unknown", since=None, text="",
        records=(), parts=(),
    ),
)  # fmt: skip
"""The explanation of a verdict that is told without one."""

_TRUTH: dict[Verdict, TruthWord] = {
    Verdict.DLT: "yes",
    Verdict.NOT_DLT: "no",
    Verdict.PENDING: "not_yet",
    Verdict.UNDETERMINED: "unknown",
}


def _needs_ruling(missing: Sequence[Missing], recorded: RecordedEvent, rules: Rules) -> bool:
    """Whether a person has to rule before the verdict can be given."""
    fields = {each.field for each in missing}
    related = rules.decided.rules.counts.related
    differ = related is not None and assessors_differ(recorded.event, related)
    return "committee_ruling" in fields or ("causality" in fields and differ)


def is_open(course: Course) -> bool:
    """Whether the event may still be there, as far as its record says."""
    if not course.steps or course.steps[-1].grade == 0:
        return False
    return course.tail in {Tail.GOES_ON, Tail.SILENT, Tail.ASSESSED}


def _instant(instant: int, zone: Zone) -> str | None:
    return zone.text(instant) if ALWAYS < instant < NEVER else None
