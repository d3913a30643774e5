"""Adjudicate: cases and a protocol in, explained verdicts out.

Pure, and the same for one as for many.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np

from app.domain.adjudication.assessed import with_computed
from app.domain.adjudication.cuts import Cuts, cuts_of
from app.domain.adjudication.explain import Explainer
from app.domain.adjudication.findings import findings_of
from app.domain.adjudication.missing import missing_of
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
    VerdictWord,
)
from app.domain.adjudication.status import status_of
from app.domain.adjudication.summary import summary_of
from app.domain.adjudication.trace import Traced
from app.domain.adjudication.unobserved import not_applicable, phase_missing
from app.domain.case import Subject
from app.domain.course import Course, Tail
from app.domain.dlt.columns import UNKNOWN, Columns, Instants
from app.domain.dlt.completions import enumerable
from app.domain.dlt.encode import encode
from app.domain.dlt.judge import Verdict, Verdicts, completed, judge, judged
from app.domain.dlt.record import RecordedEvent, assessors_differ
from app.domain.time import ALWAYS, NEVER, PartialTime, Zone


def adjudicate(
    subjects: Sequence[Subject],
    protocol: ReadyProtocol,
    as_of: Cuts,
    time_zone: str | None,
    *,
    kept: Mapping[str, int] | None = None,
    brief: bool = False,
) -> tuple[Adjudicated, ...]:
    """Judge every event of every patient at a data cut, one of all or one of each.

    `time_zone` is the site's zone where a subject names none. A subject without
    `follow_up_until` was followed to the cut. Of cases of the record, `kept` tells when the source
    of each event spoke last: silence is not knowledge there, of follow-up nor of an event's end.
    Laboratory results and assessments of components are graded; what they make of an event stands
    beside what was reported. A `brief` answer has the same verdicts, instants and referrals, and
    of all that explains them only what is missing.
    Raises `BadCase` with every fault of every case.
    """

    cuts = cuts_of(as_of, subjects)

    def answers_of(cases: Sequence[Subject], at: Cuts) -> tuple[Adjudicated, ...]:
        return _adjudicated(cases, protocol, at, time_zone, kept, brief=brief)

    def alone(at: PartialTime, case: Subject) -> Adjudicated:
        return answers_of([case], at)[0]

    assessed = {
        number: case
        for number, subject in enumerate(subjects)
        if (case := with_computed(subject, protocol, cuts[number], time_zone)) is not None
    }
    cases = [
        assessed[number].case.subject if number in assessed else subject
        for number, subject in enumerate(subjects)
    ]
    return tuple(
        assessed[number].told(answer, partial(alone, cuts[number]))
        if number in assessed
        else answer
        for number, answer in enumerate(answers_of(cases, cuts))
    )


def _adjudicated(
    subjects: Sequence[Subject],
    protocol: ReadyProtocol,
    as_of: Cuts,
    time_zone: str | None,
    kept: Mapping[str, int] | None,
    *,
    brief: bool,
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
        for each, answer in zip(group, _judged(group, rules, brief=brief), strict=True):
            answers[each.number] = phase_missing(each, answer) if each.phase is None else answer
    return tuple(answers[number] for number in range(len(subjects)))


def _judged(group: Sequence[Prepared], rules: Rules, *, brief: bool) -> list[Adjudicated]:
    """Patients of one protocol variant, judged as one batch."""
    program, words = rules.program, group[0].protocol.document.interventions
    columns = encode([each.recorded for each in group], program, words)
    if brief:
        verdicts = judge(columns, program)
        asked = np.flatnonzero(verdicts.verdict == Verdict.UNDETERMINED)
        traced = Traced.of(columns.take(asked), program)
        places = {row: place for place, row in enumerate(asked.tolist())}
    else:
        traced = Traced.of(columns, program)
        verdicts = judged(columns, program, traced.first)
        places = {row: row for row in range(len(columns))}
    shown = _shown(columns, rules, verdicts, places.keys())
    answers = []
    row = 0
    for each in group:
        events = []
        terms = {event.term.name for event in each.recorded.events}
        for number, recorded in enumerate(each.recorded.events):
            if row in places:
                seen = Explainer(
                    traced=shown.get(row, traced),
                    recorded=each.recorded,
                    terms=terms,
                    number=number,
                    row=0 if row in shown else places[row],
                )
                events.append(_event(seen, columns, row, verdicts, each, rules))
            else:
                events.append(_in_brief(recorded, row, verdicts, each.recorded.zone))
            row += 1
        subject = status_of(each.recorded, rules.decided.rules.window, events, each.findings)
        answers.append(Adjudicated(events=tuple(events), subject=subject))
    return answers


def _in_brief(
    recorded: RecordedEvent, row: int, verdicts: Verdicts, zone: Zone
) -> EventAdjudication:
    """The verdict of an event that is determined, without why."""
    verdict, at = Verdict(int(verdicts.verdict[row])), int(verdicts.at[row])
    return EventAdjudication(
        id=recorded.event.id,
        verdict=_WORDS[verdict],
        criterion=None,
        exception=None,
        established_at=_instant(at, zone) if verdict is Verdict.DLT else None,
        becomes_dlt_at=_instant(at, zone) if verdict is Verdict.PENDING else None,
        open=is_open(recorded.course),
        missing=(),
        refer_to_committee=bool(verdicts.referred[row]),
        readings=(),
        explanation=_UNEXPLAINED,
        findings=(),
    )


def _shown(
    columns: Columns, rules: Rules, verdicts: Verdicts, asked: Set[int]
) -> dict[int, Traced]:
    """For events with an unknown grade or term, a trace of the completion that decides, by row.

    That is the latest DLT where the verdict is DLT or PENDING, else the gravest completion.
    """
    grades = columns.courses.grade
    open_rows = set(columns.event_of_change[grades == UNKNOWN].tolist())
    open_rows |= set(np.flatnonzero(columns.signature == UNKNOWN).tolist())
    open_rows &= asked
    shown = {}
    for row in sorted(open_rows):
        alone = columns.take(np.array([row]))
        fixed = np.where(alone.courses.grade == UNKNOWN, 3, alone.courses.grade).astype(np.int8)
        signature = alone.signature
        if enumerable(alone, rules.program).all():
            rows, bounds, _ = completed(alone, rules.program)
            decided = verdicts.verdict[row] in {Verdict.DLT, Verdict.PENDING}
            chosen = (
                int(np.argmax(bounds.late)) if decided else _gravest(rows.columns, bounds.early)
            )
            fixed = rows.columns.courses.grade[
                rows.columns.offsets[chosen] : rows.columns.offsets[chosen + 1]
            ]
            signature = rows.columns.signature[[chosen]]
        known = replace(alone, signature=signature, courses=replace(alone.courses, grade=fixed))
        shown[row] = Traced.of(known, rules.program)
    return shown


def _gravest(columns: Columns, early: Instants) -> int:
    """The completion that is a DLT first, and among those the one with the highest grade."""
    peak = np.maximum.reduceat(np.append(columns.courses.grade, 0), columns.offsets[:-1])
    return int(np.lexsort((-peak, early))[0])


def _event(
    seen: Explainer,
    columns: Columns,
    row: int,
    verdicts: Verdicts,
    prepared: Prepared,
    rules: Rules,
) -> EventAdjudication:
    recorded = seen.event
    verdict, at = Verdict(int(verdicts.verdict[row])), int(verdicts.at[row])
    deciding = seen.deciding(at) if seen.runs else None
    missing: tuple[Missing, ...] = ()
    if verdict is Verdict.UNDETERMINED:
        missing = missing_of(columns.take(np.array([row])), rules.program, recorded, seen.zone)
    exempting = (
        next((part for part in map(seen.exempting, seen.runs) if part), None)
        if verdict is Verdict.NOT_DLT
        else None
    )
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
        verdict=_WORDS[verdict],
        criterion=deciding.judgement.criterion
        if deciding and verdict in {Verdict.DLT, Verdict.PENDING}
        else None,
        exception=exempting.clause if exempting else None,
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


_UNEXPLAINED: Final = Explanation(
    text="",
    tree=Reason(
        kind="verdict", clause=None, at=None, says="", truth="unknown", since=None, text="",
        records=(), parts=(),
    ),
)  # fmt: skip
"""The explanation of a verdict that is told in brief."""

_TRUTH: dict[Verdict, TruthWord] = {
    Verdict.DLT: "yes",
    Verdict.NOT_DLT: "no",
    Verdict.PENDING: "not_yet",
    Verdict.UNDETERMINED: "unknown",
}
_WORDS: dict[Verdict, VerdictWord] = {
    Verdict.DLT: "DLT",
    Verdict.NOT_DLT: "NOT_DLT",
    Verdict.PENDING: "PENDING",
    Verdict.UNDETERMINED: "UNDETERMINED",
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
