"""Whether named events stop a cohort: for certain, for certain not, or what would settle it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

from app.domain.cohort.design import NotOfThisDesign, RuleUsed, several
from app.domain.cohort.monitoring.counting import Missed, Tally, tally
from app.domain.cohort.monitoring.courses import Cut
from app.domain.cohort.monitoring.decide import Certain, StopDecision
from app.domain.cohort.monitoring.events import (
    EventLimit,
    MonitoredPatient,
    Terms,
    TooManyUnknownTerms,
    Vocabulary,
)
from app.domain.cohort.monitoring.refusals import PATIENTS, dates, twice, unknown_terms
from app.domain.errors import Fault

_UNREAD: Final = RuleUsed(
    rule="events.terms-unread",
    text="Too many terms are in no version of CTCAE. None was looked up: whatever they mean, the "
    "limit cannot be reached, and the counts are only bounds.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedPatient:
    """A patient with events that count, or may: how many for certain, and how many at most.

    `death` says that the recorded death is one of them, `lost_to_follow_up` that one more is told
    for days of the window of which nobody knows; there may be more.
    """

    patient: str
    certain: int
    possible: int
    events: tuple[str, ...]
    death: bool
    lost_to_follow_up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingDatum:
    """What would say whether an event counts. `event` is null where it is of the patient: the day
    of the infusion, the death, or what came after the follow-up.
    """

    patient: str
    event: str | None
    pointer: str
    question: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPatient:
    """A patient who can still have an event that counts, through `until`.

    Null where the window has no last day that is known.
    """

    patient: str
    until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsMonitored:
    """What a count of named events decides.

    `decision` looks ahead: it is undetermined while data are missing that would settle it, or
    while windows are open in which it can change; of patients who were not infused yet it knows
    nothing. `reached` says of the data cut alone whether the limit has been reached.
    """

    name: str
    decision: StopDecision
    certain: bool
    possible: tuple[Certain, ...]
    reached: Literal["yes", "no", "unknown"]
    counting: Literal["patients", "events"]
    at_least: int
    certain_count: int
    possible_count: int
    because: tuple[RuleUsed, ...]
    counted: tuple[CountedPatient, ...]
    missing: tuple[MissingDatum, ...]
    open: tuple[OpenPatient, ...]


def decide_events(
    rule: EventLimit, patients: Sequence[MonitoredPatient], cut: Cut, words: Vocabulary
) -> EventsMonitored:
    """What the events of these patients decide at the data cut.

    Raises NotOfThisDesign where no dictionary knows a term of the rule, an id stands twice, a
    patient was infused after the cut, or the days of a patient contradict each other.
    """
    if faults := (*unknown_terms(rule, words), *twice(patients), *dates(patients, cut)):
        raise NotOfThisDesign(*faults)
    tallies, read = _tallies(rule, patients, cut, words)
    certain = sum(each.certain for each in tallies)
    possible = sum(each.possible for each in tallies)
    stops = certain >= rule.at_least
    can_have = _at_most(rule, tallies, ahead=False) >= rule.at_least
    can_stop = _at_most(rule, tallies, ahead=True) >= rule.at_least
    decisions: tuple[Certain, ...] = ("stop",) if stops else ("continue",)
    if can_stop and not stops:
        decisions = ("continue", "stop")
    unsettled = len(decisions) > 1
    pairs = tuple(zip(patients, tallies, strict=True))
    return EventsMonitored(
        name=rule.name,
        decision="undetermined" if unsettled else decisions[0],
        certain=not unsettled,
        possible=decisions,
        reached="yes" if stops else "unknown" if can_have else "no",
        counting=rule.counting,
        at_least=rule.at_least,
        certain_count=certain,
        possible_count=possible,
        because=(*_because(rule, tallies, (certain, possible)), *(() if read else (_UNREAD,))),
        counted=tuple(_counted(*pair) for pair in pairs if pair[1].possible),
        missing=tuple(
            _missing(rule, place, patient, each)
            for place, (patient, found) in enumerate(pairs)
            for each in found.missing
            if unsettled
        ),
        open=tuple(
            OpenPatient(patient=patient.id, until=found.open_until)
            for patient, found in pairs
            if found.open and unsettled
        ),
    )


def _tallies(
    rule: EventLimit, patients: Sequence[MonitoredPatient], cut: Cut, words: Vocabulary
) -> tuple[tuple[Tally, ...], bool]:
    """What counts of each patient, and whether their terms were looked up.

    Where too many terms are unknown, those that may count are bounded without looking any up:
    that is enough where they cannot reach the limit, whatever they mean.
    """
    terms = Terms.of(rule, words.names_of)
    try:
        return tuple(tally(rule, terms, patient, cut) for patient in patients), True
    except TooManyUnknownTerms as error:
        unread = replace(terms, names_of=None)
        bounds = tuple(tally(rule, unread, patient, cut) for patient in patients)
        if _at_most(rule, bounds, ahead=True) < rule.at_least:
            return bounds, False
        fault = Fault(pointer=PATIENTS, message=str(error), code=error.code)
        raise NotOfThisDesign(fault) from error


def _counted(patient: MonitoredPatient, found: Tally) -> CountedPatient:
    return CountedPatient(
        patient=patient.id,
        certain=found.certain,
        possible=found.possible,
        events=tuple(patient.events[place].id for place in found.events),
        death=found.death,
        lost_to_follow_up=found.lost,
    )


def _at_most(rule: EventLimit, tallies: Sequence[Tally], *, ahead: bool) -> int:
    """The most that can count, with what may still come where it looks `ahead`: a patient once,
    but of events that nobody knows of there is no most.
    """
    unseen = [each.lost or (ahead and each.open) for each in tallies]
    if rule.counting == "patients":
        pairs = zip(unseen, tallies, strict=True)
        return sum(more or each.possible > 0 for more, each in pairs)
    return (rule.at_least if any(unseen) else 0) + sum(each.possible for each in tallies)


def _because(
    rule: EventLimit, tallies: Sequence[Tally], counts: tuple[int, int]
) -> Iterator[RuleUsed]:
    certain, possible = counts
    counted = several(certain, rule.counting.removesuffix("s"))
    if possible > certain:
        counted += f" for certain and {possible} at most"
    count = "counts" if certain == possible == 1 else "count"
    stop = "1 stops" if rule.at_least == 1 else f"{rule.at_least} stop"
    told = f"{rule.name}: {counted} {count}; {stop}."
    yield RuleUsed(rule="events.count", text=told)
    still_open = sum(each.open for each in tallies)
    if still_open and certain < rule.at_least:
        told = (
            f"{still_open} of {several(len(tallies), 'patient')} can still have an event that "
            "counts."
        )
        yield RuleUsed(rule="events.open", text=told)


def _missing(
    rule: EventLimit, place: int, patient: MonitoredPatient, missed: Missed
) -> MissingDatum:
    at = f"{PATIENTS}/{place}"
    if missed.event is None:
        where, question = _asked_of_patient(patient, missed)
        return MissingDatum(
            patient=patient.id, event=None, pointer=f"{at}/{where}", question=question
        )
    event = patient.events[missed.event]
    at = f"{at}/events/{missed.event}"
    of = f"event {event.id} of patient {patient.id}"
    if missed.datum == "term":
        question, at = f"Is {of} one of the rule's terms?", f"{at}/term"
    elif missed.datum == "related":
        question, at = f"Is {of} related to the treatment?", f"{at}/related"
    elif missed.datum == "grades":
        question = f"Which grades did {of} have, and from when?"
        at = f"{at}/grades"
    elif missed.datum == "grade":
        question = f"Is the grade of {of} {rule.minimum_grade} or above?"
        at = f"{at}/grades/{missed.change}/grade"
    elif missed.datum == "clock":
        question = f"At which time of the day did {of} reach this grade?"
        at = f"{at}/grades/{missed.change}/from"
    else:
        question = f"On which day did {of} reach this grade?"
        at = f"{at}/grades/{missed.change}/from"
    return MissingDatum(patient=patient.id, event=event.id, pointer=at, question=question)


def _asked_of_patient(patient: MonitoredPatient, missed: Missed) -> tuple[str, str]:
    """Where the patient lacks the datum, and the question for it."""
    who = f"patient {patient.id}"
    if missed.datum == "infused":
        return "infused", f"On which day was {who} infused?"
    if missed.datum == "infused_clock":
        return "infused", f"At which time of the day was {who} infused?"
    if missed.datum == "death":
        return "death/date", f"On which day did {who} die?"
    if missed.datum == "death_clock":
        return "death/date", f"At which time of the day did {who} die?"
    if missed.datum == "death_related":
        told = f"Is the death of {who} related to the treatment?"
        return "death", f"{told} Give it as an event of grade 5."
    return "follow_up_until", f"Which events did {who} have after the follow-up?"
