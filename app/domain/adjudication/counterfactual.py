"""What would have made a verdict another: one datum changed, and the case judged again.

A sentence is told only where the evaluator, asked about the changed case, gives the other verdict;
so it is true by construction.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from app.domain.adjudication.assessed import with_computed
from app.domain.adjudication.otherwise import Change, Known, changes_of
from app.domain.adjudication.prepare import Prepared, prepare
from app.domain.adjudication.protocol import ReadyProtocol, Rules
from app.domain.adjudication.result import (
    Adjudicated,
    Counterfactual,
    EventAdjudication,
    VerdictWord,
)
from app.domain.case import Subject
from app.domain.dlt.columns import UNKNOWN
from app.domain.dlt.encode import encode
from app.domain.dlt.judge import Verdict, judge
from app.domain.dlt.text.conditions import either
from app.domain.time import PartialTime

_OTHER: Final[Mapping[VerdictWord, Verdict]] = {
    "DLT": Verdict.NOT_DLT,
    "NOT_DLT": Verdict.DLT,
}
_BEGINNING: Final = {Verdict.NOT_DLT: "would not be a DLT", Verdict.DLT: "would be a DLT"}
MOST_EVENTS: Final = 30
"""Of patients with more events nothing is told: each change judges all of a patient's events."""


def with_counterfactuals(
    subject: Subject,
    answer: Adjudicated,
    protocol: ReadyProtocol,
    as_of: PartialTime,
    time_zone: str | None,
) -> Adjudicated:
    """The answer to a case, with what would have made each DLT none, and each other event one.

    Tells nothing of other verdicts: these name what is missing. Takes what `adjudicate` took of
    the patient, and what it answered.
    """
    graded = with_computed(subject, protocol, as_of, time_zone)
    case = subject if graded is None else graded.case.subject
    if len(case.events) > MOST_EVENTS:
        return answer
    (prepared,) = prepare([case], protocol, as_of, time_zone)
    rules = prepared.protocol.rules
    if rules is None or prepared.phase is None:
        return answer
    asked = [
        (change, _OTHER[event.verdict], event.id)
        for event, known in _known(case, answer, prepared, rules, as_of)
        for change in changes_of(known, is_dlt=event.verdict == "DLT")
    ]
    cases = [change.subject for change, _, _ in asked]
    ids = [event for _, _, event in asked]
    verdicts = _judged(prepare(cases, protocol, as_of, time_zone), ids, prepared.protocol, rules)
    told: dict[str, list[Change]] = {}
    for (change, other, event), verdict in zip(asked, verdicts, strict=True):
        if verdict is other:
            told.setdefault(event, []).append(change)
    events = (
        replace(event, counterfactual=_said(told[event.id], _OTHER[event.verdict]))
        if event.id in told
        else event
        for event in answer.events
    )
    return replace(answer, events=tuple(events))


def _known(
    case: Subject, answer: Adjudicated, prepared: Prepared, rules: Rules, as_of: PartialTime
) -> Iterator[tuple[EventAdjudication, Known]]:
    """Each event that is a DLT or none, and whose term is known."""
    recorded, program = prepared.recorded, rules.program
    columns = encode([recorded], program, prepared.protocol.document.interventions)
    answers = {event.id: event for event in answer.events if event.verdict in _OTHER}
    for place, event in enumerate(case.events):
        signature = int(columns.signature[place])
        if event.id in answers and signature != UNKNOWN:
            yield (
                answers[event.id],
                Known(
                    subject=case,
                    place=place,
                    program=program,
                    signature=signature,
                    facts=columns.facts[:, place].tolist(),
                    zone=recorded.zone,
                    as_of=as_of,
                ),
            )


def _judged(
    changed: Sequence[Prepared], ids: Sequence[str], protocol: ReadyProtocol, rules: Rules
) -> list[Verdict]:
    """The verdict of one event of each changed case."""
    if not changed:
        return []
    cases = [each.recorded for each in changed]
    columns = encode(cases, rules.program, protocol.document.interventions)
    ends = np.cumsum([len(each.events) for each in cases])
    rows = [
        int(end) - len(case.events) + [each.event.id for each in case.events].index(event)
        for case, event, end in zip(cases, ids, ends, strict=True)
    ]
    verdicts = judge(columns.take(np.array(rows)), rules.program).verdict
    return [Verdict(int(each)) for each in verdicts]


def _said(changes: Sequence[Change], other: Verdict) -> tuple[Counterfactual, ...]:
    """Each topic once, by its first change; changes that differ in a word together."""
    by_topic: dict[tuple[str, ...], list[Change]] = {}
    for change in changes:
        by_topic.setdefault(change.topic, []).append(change)
    found = []
    for first, *others in by_topic.values():
        words = [each.word for each in (first, *others) if each.word is not None]
        says = f"{first.says} {either(words)}" if words else first.says
        sentence = f"{_BEGINNING[other]} {says}"
        found.append(Counterfactual(kind=first.kind, sentence=sentence, at=first.at))
    return tuple(found)
