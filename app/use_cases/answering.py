"""The answers about cases: each as if alone, and all of a zone as one batch.

Of an event whose source did not say up to when it goes on, silence matters to limits that have run
out; one that has not stays pending, whatever else became known of the patient since.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from app.domain.adjudication.adjudicate import adjudicate
from app.domain.adjudication.cuts import Cuts, cuts_of
from app.domain.adjudication.judged_columns import JudgedColumns
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.adjudication.result import EventAdjudication, Finding
from app.domain.adjudication.telling import EVERYTHING, Telling
from app.domain.case import Subject
from app.domain.time import PartialTime
from app.use_cases.adjudicate import OneAnswer, one_answer
from app.use_cases.case import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """Columns that other rules can be held against, and what decides whether they may be."""

    columns: JudgedColumns
    assumed: frozenset[int]
    """The places of the events that were taken to go on at the cut, which nobody said."""
    silent: frozenset[int]
    """Of those that may be taken so, by other verdicts."""
    infused: str | None
    """The day of the first infusion in the patient's zone."""
    last_datum: int
    """The cut that judging began with; that of the verdicts is a later one where time changed
    something.
    """


def judge(case: Case, protocol: ReadyProtocol, as_of: PartialTime) -> OneAnswer:
    """The verdicts of one case at a cut."""
    return judge_each([case], protocol, as_of)[0]


def judge_each(
    cases: Sequence[Case], protocol: ReadyProtocol, as_of: Cuts, telling: Telling = EVERYTHING
) -> list[OneAnswer]:
    """The same of several cases of one study, each as if alone, at one cut or each at its own."""
    return [each.answer for each in answered_each(cases, protocol, as_of, telling)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The verdicts of a patient, what they were evaluated from, and which events are assumed to
    go on: those that would be undetermined otherwise, and are pending so.
    """

    answer: OneAnswer
    columns: JudgedColumns | None
    silent: Set[str]
    """The events that may be assumed to go on."""
    assumed: Set[str] = frozenset()

    def evaluated(self, case: Case) -> Evaluated | None:
        """The columns with what decides whether they may be used, if there are any."""
        if self.columns is None:
            return None
        return Evaluated(
            columns=self.columns,
            assumed=self._places(self.assumed),
            silent=self._places(self.silent),
            infused=first_infusion(case),
            last_datum=case.last_datum,
        )

    def _places(self, events: Set[str]) -> frozenset[int]:
        return frozenset(
            place for place, each in enumerate(self.answer.events) if each.id in events
        )


def answered_each(
    cases: Sequence[Case], protocol: ReadyProtocol, as_of: Cuts, telling: Telling
) -> list[Answered]:
    """The same, with what was evaluated, where everything is told."""
    cuts = cuts_of(as_of, cases)
    seen = [case.at(at.span(case.zone).last) for case, at in zip(cases, cuts, strict=True)]
    asked = [(case.subject, case, at) for case, at in zip(seen, cuts, strict=True)]
    answers = _answers(asked, protocol, telling)
    running = {
        number: events
        for number, (case, each) in enumerate(zip(seen, answers, strict=True))
        if (events := {e.id for e in each.answer.events if _is_assumed(e, case)})
    }
    while running:
        again = [
            (going_on(seen[n].subject, events), seen[n], cuts[n]) for n, events in running.items()
        ]
        left = {}
        found = zip(running.items(), _answers(again, protocol, telling), strict=True)
        for (number, events), each in found:
            pending = {event.id for event in each.answer.events if event.verdict == "PENDING"}
            if not events <= pending:
                left[number] = events & pending
            elif _tell_the_same(answers[number], each, beside=events):
                answers[number] = _assuming(answers[number], each, events)
        running = {number: events for number, events in left.items() if events}
    return answers


def _tell_the_same(one: Answered, other: Answered, beside: Set[str]) -> bool:
    """Whether both tell the same of all other events: nothing of those hangs on what is assumed.

    A rule may ask what else was there at the same time (`concurrent`). What a brief answer tells
    of them decides, so that brief and whole answers agree.
    """
    events = zip(one.answer.events, other.answer.events, strict=True)
    return all(_decided(was) == _decided(now) for was, now in events if was.id not in beside)


def _decided(event: EventAdjudication) -> tuple[object, ...]:
    instants = event.established_at, event.becomes_dlt_at
    return event.verdict, *instants, event.missing, event.refer_to_committee


def _assuming(one: Answered, other: Answered, assumed: Set[str]) -> Answered:
    """The answer in which some events go on, with the others explained as without that."""
    pairs = zip(one.answer.events, other.answer.events, strict=True)
    events = tuple(now if now.id in assumed else was for was, now in pairs)
    return replace(other, answer=replace(other.answer, events=events), assumed=assumed)


def _is_assumed(event: EventAdjudication, case: Case) -> bool:
    return event.id in case.assumed and _is_running(event)


def _is_running(event: EventAdjudication) -> bool:
    """Whether recovery is all that is missing, and beyond the limit the event would be pending."""
    return event.verdict == "UNDETERMINED" and all(
        each.field == "recovery" and "PENDING" in each.would_settle.values()
        for each in event.missing
    )


def going_on(subject: Subject, events: Set[str]) -> Subject:
    """The case, with these events going on at the cut."""
    return replace(
        subject,
        events=tuple(
            replace(each, ongoing_as_of=None) if each.id in events else each
            for each in subject.events
        ),
    )


def _answers(
    asked: Sequence[tuple[Subject, Case, PartialTime]], protocol: ReadyProtocol, telling: Telling
) -> list[Answered]:
    """The verdicts of patients at their cuts, in order, beside what is known of their cases."""
    answers: dict[int, Answered] = {}
    by_zone: dict[str, list[int]] = {}
    for number, (_, case, _) in enumerate(asked):
        by_zone.setdefault(case.zone.name, []).append(number)
    for zone, numbers in by_zone.items():
        patients = [_in_phase(asked[number][0], protocol) for number in numbers]
        cuts = [asked[number][2] for number in numbers]
        # Ids of events are those of records, which no two patients of a study share.
        told = {event: at for number in numbers for event, at in asked[number][1].told.items()}
        cases, noted = [each for each, _ in patients], dict[int, JudgedColumns]()
        noting = replace(telling, noted=noted if telling is EVERYTHING else None)
        judged = adjudicate(cases, protocol, cuts, zone, kept=told, telling=noting)
        found = zip(numbers, patients, cuts, judged, strict=True)
        for place, (number, (patient, findings), cut, each) in enumerate(found):
            answer = one_answer(patient, each, protocol, cut)
            if findings:
                subject = answer.subject
                subject = replace(subject, findings=(*subject.findings, *findings))
                answer = replace(answer, subject=subject)
            silent = asked[number][1].assumed
            answers[number] = Answered(answer=answer, columns=noted.get(place), silent=silent)
    return [answers[number] for number in range(len(asked))]


def _in_phase(
    subject: Subject, protocol: ReadyProtocol
) -> tuple[Subject, tuple[Finding, ...]]:  # fmt: skip
    """The case; a phase that the protocol version does not have is not known."""
    phases = [each.id for each in protocol.document.phases]
    if subject.phase is None or subject.phase in phases:
        return subject, ()
    message = (
        f"{protocol.name} has no phase {subject.phase!r}; it has "
        f"{', '.join(phases) or 'none'}. The patient's phase counts as not known."
    )
    return replace(subject, phase=None), (Finding(code="unknown_phase", message=message),)


def first_infusion(case: Case) -> str | None:
    """The day of the first infusion in the patient's zone (ISO); None where none is dated."""
    starts = [each.start for each in case.subject.exposures or () if each.start is not None]
    first = min((each.span(case.zone).first for each in starts), default=None)
    return None if first is None else case.zone.local(first).date().isoformat()
