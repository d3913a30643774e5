"""Conditions as sentences. A negation is said at the leaves: no "not" has an open scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, assert_never

from app.domain.dlt.asked import (
    Companion,
    Occurrence,
    PeakBounds,
    Recovery,
    Related,
    RunLimit,
    Shift,
    TimedIntervention,
)
from app.domain.dlt.number import NumberBound
from app.domain.dlt.rule import (
    AllOf,
    AlternativeCauseIs,
    Always,
    AnyOf,
    Clocks,
    Condition,
    FactIs,
    HasCompanion,
    HasIntervention,
    InGroup,
    IsLaboratory,
    IsRelated,
    IsSerious,
    IsSignificant,
    IsTerm,
    Lasts,
    Not,
    NumberIs,
    OtherCrsSymptoms,
    Peak,
    Recovers,
    Recurs,
    RuledBy,
    Shifts,
)
from app.domain.dlt.text.durations import amount_of, at_least, beyond, counted, within
from app.domain.dlt.text.model import Item
from app.domain.dlt.words import COUNTED_FROM
from app.domain.grade import DEATH

_CAUSALITY: Final = ("unrelated", "unlikely", "possible", "probable", "definite")
_DIFFER: Final = {
    "unknown": "where assessors differ across this line, it is unknown until the committee rules",
    "investigator": "where assessors differ across this line, the investigator's counts",
    "sponsor": "where assessors differ across this line, the sponsor's counts",
    "any_related": "where assessors differ across this line, it is enough that one says so",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """Several conditions, of which all or at least one have to hold."""

    how: Literal["all", "any"]
    parts: "tuple[Phrase, ...]"


Phrase: TypeAlias = str | Joined
"""A condition in words: without a capital and a full stop."""


_OfTheEvent: TypeAlias = (
    InGroup
    | IsTerm
    | IsRelated
    | IsLaboratory
    | IsSignificant
    | HasIntervention
    | OtherCrsSymptoms
    | AlternativeCauseIs
    | FactIs
    | NumberIs
    | IsSerious
    | HasCompanion
    | Recurs
    | RuledBy
)


def phrase_of(condition: Condition, clocks: Clocks, *, holds: bool = True) -> Phrase:  # noqa: C901 - one case for each kind
    """A condition, or its negation, in words."""
    match condition:
        case AllOf():
            return _joined("all", condition.all, clocks, holds=holds)
        case AnyOf():
            return _joined("any", condition.any, clocks, holds=holds)
        case Not():
            return phrase_of(condition.negated, clocks, holds=not holds)
        case Always():
            return "in every case" if condition.always is holds else "in no case"
        case Peak():
            return _peak(condition.peak, holds=holds)
        case Shifts():
            return _shift(condition.shift, holds=holds)
        case Lasts():
            return _lasts(condition.lasts, clocks, holds=holds)
        case Recovers():
            return _recovers(condition.recovers, clocks, holds=holds)
        case _:
            return _of_the_event(condition, clocks, holds=holds)


def _of_the_event(condition: _OfTheEvent, clocks: Clocks, *, holds: bool) -> str:  # noqa: C901 - one case for each kind
    """A condition that speaks of the event as a whole, not of a run."""
    match condition:
        case InGroup():
            belongs = "belongs" if holds else "does not belong"
            return f"the term {belongs} to the group {quoted(condition.group)}"
        case IsTerm():
            return f"the term is {'' if holds else 'not '}{quoted(condition.term)}"
        case IsRelated():
            return related_words(condition.related, holds=holds)
        case IsLaboratory():
            said = "is" if condition.laboratory is holds else "is not"
            return f"the event {said} a laboratory finding"
        case IsSignificant():
            said = "" if condition.clinically_significant is holds else "not "
            return f"the finding was judged {said}clinically significant"
        case HasIntervention():
            return intervention_words(condition.intervention, clocks, holds=holds)
        case OtherCrsSymptoms():
            were = "were" if condition.other_crs_symptoms is holds else "were no"
            return f"there {were} other symptoms of CRS"
        case AlternativeCauseIs():
            who = "an assessor" if holds else "no assessor"
            return f"{who} named another cause: {either(condition.alternative_cause)}"
        case FactIs():
            told = "true" if condition.equals is holds else "false"
            return f"the fact {quoted(condition.fact)} is recorded as {told}"
        case NumberIs():
            return number_words(condition.number, holds=holds)
        case IsSerious():
            return serious_words(condition.serious, holds=holds)
        case HasCompanion():
            return companion_words(condition.concurrent, holds=holds)
        case Recurs():
            return occurrence_words(condition.occurrence, holds=holds)
        case RuledBy():
            answer = "yes" if holds else "no"
            return f"a person has answered {quoted(condition.ruling)} with {answer}"
        case _:
            assert_never(condition)


def item_of(before: str, phrase: Phrase, after: str = ".") -> Item:
    """A sentence that a condition completes; several conditions stand below it as a list."""
    if isinstance(phrase, str):
        return Item(text=f"{before} {phrase}{after}")
    return Item(text=f"{before} {_INTRODUCED[phrase.how]}:", below=_listed(phrase))


def related_words(related: Related, *, holds: bool = True) -> str:
    """The causality that is asked for, and what holds where assessors differ."""
    asked = related.any_of
    others = tuple(each for each in _CAUSALITY if each not in asked)
    if holds:
        told = either(tuple(each for each in _CAUSALITY if each in asked))
    else:
        told = either(others) if others else f"none of {', '.join(asked)}"
    differ = _DIFFER[related.where_assessors_differ]
    agents = related.agents
    of = agents[0]
    if len(agents) > 1:
        which = "at least one" if holds else "each"
        of = f"{which} of {', '.join(agents[:-1])} and {agents[-1]}"
    return f"the causality to {of} is {told} ({differ})"


_OPPOSITE: Final = {
    "above": "at most",
    "at_least": "below",
    "below": "at least",
    "at_most": "above",
}


def number_words(bound: NumberBound, *, holds: bool = True) -> str:
    """A recorded number against its bound, or against the opposite one."""
    told = {name: value for name in _OPPOSITE if (value := getattr(bound, name)) is not None}
    ((kind, value),) = told.items()
    words = kind.replace("_", " ") if holds else _OPPOSITE[kind]
    unit = f" {bound.unit}" if bound.unit is not None else ""
    return f"the recorded number {quoted(bound.name)} is {words} {value:f}{unit}"


def serious_words(by: str, *, holds: bool = True) -> str:
    """Regulatory seriousness, by one criterion or by any."""
    said = "is" if holds else "is not"
    named = "" if by == "any" else f" by the criterion {quoted(by.replace('_', ' '))}"
    return f"the event {said} serious{named}"


def companion_words(companion: Companion, *, holds: bool = True) -> str:
    """Another event of the patient at the same time."""
    which = quoted(companion.group or companion.term or "")
    kind = "the group" if companion.group is not None else "the term"
    while_at = "the grade of the judged run or more"
    if companion.while_grade is not None:
        while_at = grade_or_more(companion.while_grade)
    return (
        f"{'another' if holds else 'no other'} event of {kind} {which} was at "
        f"{grade_or_more(companion.grade)} at some time while this one was at {while_at}"
    )


def intervention_words(
    asked: str | TimedIntervention, clocks: Clocks | None = None, *, holds: bool = True
) -> str:
    """An intervention of a kind; without clocks, a limit on its times in the fewest words."""
    given = "an" if holds else "no"
    if isinstance(asked, str):
        return f"{given} intervention of the kind {quoted(asked)} was given"
    said, limit = f"{given} intervention of the kind {quoted(asked.kind)}", asked.limit
    if asked.within is not None:
        told = within(limit, clocks) if clocks else f"within {amount_of(limit)}"
        before = "or before it" if holds else "nor before it"
        return f"{said} began {told} of the start of the judged run, {before}"
    if asked.at_least is not None:
        told = at_least(limit, clocks) if clocks else f"at least {amount_of(limit)}"
    else:
        told = (
            beyond(limit, clocks, reached=False, longer=True)
            if clocks
            else f"longer than {amount_of(limit)}"
        )
    return f"{said} was given, without a gap, for {told}"


def occurrence_words(asked: Occurrence, *, holds: bool = True) -> str:
    """The how many-th of the patient's runs it is."""
    return f"the run is {'' if holds else 'not '}{asked.words}"


def either(words: Sequence[str]) -> str:
    """`a`, `a or b`, `a, b or c`; there is at least one."""
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else words[0]


def quoted(text: str) -> str:
    """A name as the document writes it."""
    return f"“{text}”"


def grade_or_more(grade: int) -> str:
    """`grade 3 or more`; grade 5 is death, and there is no more."""
    return f"grade {grade}" if grade >= DEATH else f"grade {grade} or more"


def grade_or_less(grade: int) -> str:
    """`grade 2 or less`."""
    return f"grade {grade} or less" if grade > 0 else "grade 0"


_INTRODUCED: Final = {"all": "all of these hold", "any": "at least one of these holds"}


def _joined(
    how: Literal["all", "any"], parts: Sequence[Condition], clocks: Clocks, *, holds: bool
) -> Phrase:
    other: Literal["all", "any"] = "any" if how == "all" else "all"
    whole = how if holds else other
    # What always holds adds nothing to what has to hold too, nor what never does to a choice.
    idle = whole == "all"
    told = [
        part
        for part in parts
        if not isinstance(part, Always) or (part.always is holds) is not idle
    ]
    said = tuple(phrase_of(part, clocks, holds=holds) for part in told or parts[:1])
    return said[0] if len(said) == 1 else Joined(how=whole, parts=said)


def _listed(phrase: Joined) -> tuple[Item, ...]:
    return tuple(
        Item(text=part)
        if isinstance(part, str)
        else Item(text=f"{_INTRODUCED[part.how]}:", below=_listed(part))
        for part in phrase.parts
    )


def _peak(bounds: PeakBounds, *, holds: bool) -> str:
    least, most = bounds.at_least, bounds.at_most
    told = [
        *([f"{least} or more" if holds else f"below {least}"] if least > 0 else []),
        *([f"{most} or less" if holds else f"above {most}"] if most < DEATH else []),
    ]
    if not told:
        return "the highest grade of the run is any" if holds else "in no case"
    return f"the highest grade of the run is {(' and ' if holds else ' or ').join(told)}"


def _shift(shift: Shift, *, holds: bool) -> str:
    least = "at least" if holds else "less than"
    grades = counted(shift.at_least, "grade")
    return f"the highest grade of the run is {least} {grades} above its baseline"


def _lasts(run: RunLimit, clocks: Clocks, *, holds: bool) -> str:
    if not run.limits:  # refused when the document is made ready
        return f"a stretch at {grade_or_more(run.grade)} has no limit"
    (limit, *_), longer = run.limits, run.exceeds is holds
    told = beyond(limit, clocks, reached=run.reached, longer=longer)
    which = f"{'a' if longer else 'every'} stretch at {grade_or_more(run.grade)}"
    if run.counted_from != "onset":
        return f"{which} lasts, counted from {COUNTED_FROM[run.counted_from]}, {told}"
    if run.total:
        return f"{which} and the later ones of the event together last {told}"
    return f"{which} lasts {told}"


def _recovers(recovery: Recovery, clocks: Clocks, *, holds: bool) -> str:
    to = "its baseline or below" if recovery.to == "baseline" else grade_or_less(recovery.to)
    start = "of the start of the judged run"
    if recovery.clock_from_grade is not None:
        start = f"of the start of each stretch at {grade_or_more(recovery.clock_from_grade)}"
    if recovery.counted_from != "onset":
        start = _from_infusion(recovery)
    said = "is" if holds else "is not"
    return f"the event {said} at {to} {within(recovery.within, clocks)} {start}"


def _from_infusion(recovery: Recovery) -> str:
    since = f"of {COUNTED_FROM[recovery.counted_from]}"
    if recovery.clock_from_grade is None:
        return since
    return f"{since}, after each stretch at {grade_or_more(recovery.clock_from_grade)}"
