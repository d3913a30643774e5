"""Adjudicate: cases and a protocol in, explained verdicts out. Pure, and the same for one as for many."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from app.domain.adjudication.explain import Explainer
from app.domain.adjudication.findings import findings_of
from app.domain.adjudication.missing import missing_of
from app.domain.adjudication.prepare import Prepared, prepare
from app.domain.adjudication.protocol import ReadyProtocol, Rules
from app.domain.adjudication.readings import readings_of
from app.domain.adjudication.result import Adjudicated, EventAdjudication, Explanation, Missing, Reason
from app.domain.adjudication.status import status_of
from app.domain.adjudication.summary import summary_of
from app.domain.adjudication.trace import Traced
from app.domain.adjudication.unobserved import not_applicable, phase_missing
from app.domain.case import Subject
from app.domain.course import Course, Tail
from app.domain.dlt.columns import UNKNOWN, Columns, Instants
from app.domain.dlt.completions import enumerable
from app.domain.dlt.encode import encode
from app.domain.dlt.judge import Verdict, Verdicts, completed, judge
from app.domain.time import ALWAYS, NEVER, PartialTime, Zone


def adjudicate(
    subjects: Sequence[Subject], protocol: ReadyProtocol, as_of: PartialTime, time_zone: str | None
) -> tuple[Adjudicated, ...]:
    """Judge every event of every patient at a data cut.

    `time_zone` is the site's zone where a subject names none. Raises `BadCase` with every fault
    of every case.
    """
    answers: dict[int, Adjudicated] = {}
    groups: dict[tuple[int, int], list[Prepared]] = {}
    for each in prepare(subjects, protocol, as_of, time_zone):
        rules = each.protocol.rules
        if rules is None or (each.phase is not None and each.phase not in rules.decided.rules.observed_in):
            answers[each.number] = not_applicable(each)
        else:
            groups.setdefault((id(each.protocol), each.recorded.cut), []).append(each)
    for group in groups.values():
        for each, answer in zip(group, _judged(group), strict=True):
            answers[each.number] = phase_missing(each, answer) if each.phase is None else answer
    return tuple(answers[number] for number in range(len(subjects)))


def _judged(group: Sequence[Prepared]) -> list[Adjudicated]:
    """Patients of one protocol variant and one cut, judged as one batch."""
    protocol = group[0].protocol
    rules = protocol.rules
    if rules is None:
        return []
    program = rules.program
    columns = encode([each.recorded for each in group], program, protocol.document.interventions)
    verdicts = judge(columns, program)
    traced = Traced.of(_shown(columns, rules, verdicts), program) if len(columns) else None
    answers = []
    row = 0
    for each in group:
        events = []
        for number in range(len(each.recorded.events)):
            if traced is not None:
                explainer = Explainer(traced=traced, recorded=each.recorded, first_event=row - number)
                events.append(_event(explainer, number, row, columns, verdicts, each, rules))
            row += 1
        subject = status_of(each.recorded, rules.decided.rules.window, events, each.findings)
        answers.append(Adjudicated(events=tuple(events), subject=subject))
    return answers


def _shown(columns: Columns, rules: Rules, verdicts: Verdicts) -> Columns:
    """Columns that can be traced: an unknown grade or term is shown by the completion that decides.

    That is the latest DLT where the verdict is DLT or PENDING, else the gravest completion.
    """
    grades = columns.courses.grade
    unknown = np.unique(columns.event_of_change[grades == UNKNOWN])
    unknown = np.union1d(unknown, np.flatnonzero(columns.signature == UNKNOWN))
    if not len(unknown):
        return columns
    fixed, signature = grades.copy(), columns.signature.copy()
    for event in unknown:
        alone = columns.take(np.array([event]))
        places = slice(columns.offsets[event], columns.offsets[event + 1])
        if not enumerable(alone, rules.program).all():
            fixed[places] = np.where(grades[places] == UNKNOWN, 3, grades[places])
            continue
        rows, bounds, _ = completed(alone, rules.program)
        decided = verdicts.verdict[event] in {Verdict.DLT, Verdict.PENDING}
        chosen = int(np.argmax(bounds.late)) if decided else _gravest(rows.columns, bounds.early)
        fixed[places] = rows.columns.courses.grade[rows.columns.offsets[chosen] : rows.columns.offsets[chosen + 1]]
        signature[event] = rows.columns.signature[chosen]
    return replace(columns, signature=signature, courses=replace(columns.courses, grade=fixed))


def _gravest(columns: Columns, early: Instants) -> int:
    """The completion that is a DLT first, and among those the one with the highest grade."""
    peak = np.maximum.reduceat(columns.courses.grade, columns.offsets[:-1])
    return int(np.lexsort((-peak, early))[0])


def _event(
    explainer: Explainer, number: int, row: int, columns: Columns, verdicts: Verdicts, prepared: Prepared, rules: Rules
) -> EventAdjudication:
    recorded = explainer.event(number)
    verdict, at = Verdict(int(verdicts.verdict[row])), int(verdicts.at[row])
    runs = list(explainer.traced.runs(row))
    deciding = explainer.deciding(number, runs, at)
    missing: tuple[Missing, ...] = ()
    if verdict is Verdict.UNDETERMINED:
        missing = missing_of(columns.take(np.array([row])), rules.program, recorded, explainer.zone)
    exempting = next((part for part in map(explainer.exempting, runs) if part), None) if verdict is Verdict.NOT_DLT else None
    text = summary_of(explainer, number, verdict, at, deciding, missing)
    tree = Reason(
        clause=None,
        at=None,
        says=f"event {recorded.event.id} is a DLT",
        truth={Verdict.DLT: "yes", Verdict.NOT_DLT: "no", Verdict.PENDING: "not_yet"}.get(verdict, "unknown"),  # type: ignore[arg-type]
        since=_instant(at, explainer.zone),
        text=text,
        records=(f"/events/{recorded.event.id}",),
        parts=tuple(explainer.judged(number, run) for run in runs),
    )
    ids = frozenset(each.event.id for each in prepared.recorded.events)
    return EventAdjudication(
        id=recorded.event.id,
        verdict=verdict.name,  # type: ignore[arg-type]
        criterion=deciding.judgement.criterion if deciding and verdict in {Verdict.DLT, Verdict.PENDING} else None,
        exception=exempting.clause if exempting else None,
        established_at=_instant(at, explainer.zone) if verdict is Verdict.DLT else None,
        becomes_dlt_at=_instant(at, explainer.zone) if verdict in {Verdict.PENDING, Verdict.UNDETERMINED} else None,
        open=is_open(recorded.course),
        missing=missing,
        refer_to_committee=bool(verdicts.referred[row]) or _needs_ruling(missing, prepared, number),
        readings=readings_of(explainer, number, runs, rules),
        explanation=Explanation(text=text, tree=tree),
        findings=findings_of(recorded, prepared.protocol, ids),
    )


def _needs_ruling(missing: Sequence[Missing], prepared: Prepared, number: int) -> bool:
    """Whether a person has to rule before the verdict can be given."""
    fields = {each.field for each in missing}
    differ = any(each.code == "assessors_differ" for each in findings_of(prepared.recorded.events[number], prepared.protocol, frozenset()))
    return "committee_ruling" in fields or ("causality" in fields and differ)


def is_open(course: Course) -> bool:
    """Whether the event may still be there, as far as its record says."""
    if not course.steps or course.steps[-1].grade == 0:
        return False
    return course.tail in {Tail.GOES_ON, Tail.SILENT, Tail.ASSESSED}


def _instant(instant: int, zone: Zone) -> str | None:
    return zone.text(instant) if ALWAYS < instant < NEVER else None
