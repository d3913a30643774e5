"""Changes of one datum of an event's record, each with the words for it.

Nothing is decided here: whether a change gives another verdict, the evaluator says
(`counterfactual.py`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, get_args

from app.domain.adjudication.other_courses import (
    Moved,
    Reckoned,
    Step,
    fallen_by,
    held_beyond,
    steps_of,
    with_steps,
)
from app.domain.adjudication.result import CounterfactualKind
from app.domain.case import Causality, Event, Relatedness, Ruling, Subject
from app.domain.dlt.clock import Clock
from app.domain.dlt.facts import ANSWERS, NO, UNKNOWN, YES, Fact
from app.domain.dlt.program import Program
from app.domain.dlt.text.conditions import grade_or_less, grade_or_more
from app.domain.dlt.text.facts import fact_phrase
from app.domain.dlt.words import instant_words
from app.domain.grade import DEATH
from app.domain.time import PartialTime, Precision, Span, Zone

_WORDS: Final[tuple[Relatedness, ...]] = get_args(Relatedness)
_OF_THE_TERM: Final = frozenset({"laboratory"})
"""Facts that are no datum of the report: with another answer it would be another event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A patient of whose event one datum is another.

    Of changes with the same `topic` the first that gives another verdict is told; of those that
    differ in a `word` alone, every word that does.
    """

    kind: CounterfactualKind
    topic: tuple[str, ...]
    subject: Subject
    says: str
    at: str | None = None
    word: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One event of a patient, its answers to the facts, and what the rules ask of its term."""

    subject: Subject
    place: int
    program: Program
    signature: int
    facts: Sequence[int]
    zone: Zone
    as_of: PartialTime

    @property
    def event(self) -> Event:
        """The event as it was recorded."""
        return self.subject.events[self.place]

    def otherwise(self, event: Event, rulings: Sequence[Ruling] | None = None) -> Subject:
        """The patient with the event recorded so."""
        before, after = self.subject.events[: self.place], self.subject.events[self.place + 1 :]
        ruled = self.subject.rulings if rulings is None else tuple(rulings)
        return replace(self.subject, events=(*before, event, *after), rulings=ruled)


def changes_of(known: Known, *, is_dlt: bool) -> Iterator[Change]:
    """What could have been otherwise, of an event that is a DLT or of one that is none."""
    yield from _in_time(known, is_dlt=is_dlt)
    yield from _lower(known) if is_dlt else _higher(known)
    for number, fact in enumerate(known.program.facts):
        told = known.facts[number]
        if not known.program.asked[known.signature, number] or told == UNKNOWN:
            continue
        if fact.kind == "related":
            yield from _causality(known, fact)
        elif fact.kind not in _OF_THE_TERM and not _is_one_of_several(known, fact):
            yield _ruled(known, fact, told)


def _in_time(known: Known, *, is_dlt: bool) -> Iterator[Change]:
    """A recovery just within a limit, the longest first; or a grade just beyond the shortest."""
    steps, rules = steps_of(known.event), known.program.rules.clocks
    if steps is None:
        return
    move = fallen_by if is_dlt else held_beyond
    infusions = _infusions(known)
    for clock in sorted(_clocks(known), key=lambda each: each.limit.microseconds, reverse=is_dlt):
        stop = known.event.baseline_grade if clock.stop == "baseline" else clock.stop
        if stop is None or clock.total:  # of a total, no one stretch is what could be otherwise
            continue
        reckoned = Reckoned(clock=clock, clocks=rules, zone=known.zone, infusions=infusions)
        for moved in move(steps, stop, reckoned):
            yield Change(
                kind="clock",
                topic=("clock", str(clock.grade), str(clock.stop), str(moved.start)),
                subject=known.otherwise(with_steps(known.event, moved.steps)),
                says=_moved_words(known, clock, moved, is_dlt=is_dlt),
                at=moved.limit.text,
            )


def _clocks(known: Known) -> list[Clock]:
    """Every clock that the rules have for the event's term."""
    judged = known.program.judgements[known.signature]
    return [node.clock for each in judged for node in each.clocks]


def _infusions(known: Known) -> tuple[Span, ...]:
    """When the window's agent was given."""
    agent = known.program.rules.window.agent.casefold()
    given = [each for each in known.subject.exposures or () if each.agent.casefold() == agent]
    return tuple(each.start.span(known.zone) for each in given if each.start is not None)


def _moved_words(known: Known, clock: Clock, moved: Moved, *, is_dlt: bool) -> str:
    when = _when(known, moved.limit)
    to = "its baseline" if clock.stop == "baseline" else grade_or_less(clock.stop)
    # Of several runs a reader has to know which.
    begun = _when(known, moved.steps[moved.start][0]) if moved.one_of_several else None
    if is_dlt:
        of = "" if begun is None else f" from the run of {begun}"
        return f"if recovery to {to}{of} had been documented by {when}"
    since = "" if begun is None else f" from {begun}"
    if clock.stop == clock.grade - 1:
        return f"if {grade_or_more(clock.grade)}{since} had lasted beyond {when}"
    return f"if it had not been at {to}{since} by {when}"


def _when(known: Known, time: PartialTime) -> str:
    if time.precision is Precision.DAY:
        return time.text
    return instant_words(time.span(known.zone).first, known.zone)


def _lower(known: Known) -> Iterator[Change]:
    """Its highest grades lower, by as little as possible."""
    steps = steps_of(known.event) or ()
    peak = max((grade for _, grade in steps), default=0)
    for most in range(peak - 1, 0, -1):
        lower = [(at, min(grade, most)) for at, grade in steps]
        yield _graded(known, lower, f"if its grade had never been above {most}")


def _higher(known: Known) -> Iterator[Change]:
    """The first of its highest grades higher, by as little as possible; death is another event."""
    steps = steps_of(known.event) or ()
    peak = max((grade for _, grade in steps), default=DEATH)
    for place, (at, grade) in enumerate(steps):
        if grade == peak:
            for worse in range(peak + 1, DEATH):
                higher = [*steps[:place], (at, worse), *steps[place + 1 :]]
                says = f"if it had been at grade {worse} from {_when(known, at)}"
                yield _graded(known, higher, says)
            return


def _graded(known: Known, steps: Sequence[Step], says: str) -> Change:
    subject = known.otherwise(with_steps(known.event, steps))
    return Change(kind="grade", topic=("grade",), subject=subject, says=says)


def _causality(known: Known, fact: Fact) -> Iterator[Change]:
    """Each other causality to an agent, as if it were the only one that was told."""
    (agent,) = fact.subject
    told = known.event.causality
    ours = {each.relatedness for each in told if each.agent.casefold() == agent.casefold()}
    others = [each for each in told if each.agent.casefold() != agent.casefold()]
    rulings = [
        each
        for each in known.subject.rulings
        if (each.event, each.question) != (known.event.id, "causality")
    ]
    for word in _WORDS:
        if word not in ours:
            judged = (*others, Causality(agent=agent, relatedness=word))
            event = replace(known.event, causality=judged)
            yield Change(
                kind="causality",
                topic=("causality", agent),
                subject=known.otherwise(event, rulings),
                says=f"if the causality to {agent} had been",
                word=word,
            )


def _is_one_of_several(known: Known, fact: Fact) -> bool:
    """Whether a ruling on the fact would answer another one too."""
    return any(
        other.field == fact.field and set(fact.subject[:1]) <= set(other.subject)
        for other in known.program.facts
        if other is not fact
    )


def _ruled(known: Known, fact: Fact, told: int) -> Change:
    """The fact answered the other way, by a ruling on the day of the data cut."""
    yes, no = ANSWERS[fact.kind]
    ruling = Ruling(
        on=known.as_of,
        answer=yes if told == NO else no,
        by="counterfactual",
        event=known.event.id,
        question=fact.field,
        about=fact.subject[0] if fact.subject else None,
    )
    return Change(
        kind="fact",
        topic=(fact.kind, *fact.subject),
        subject=known.otherwise(known.event, (*known.subject.rulings, ruling)),
        says=f"if instead {fact_phrase(fact, holds=told != YES)}",
    )
