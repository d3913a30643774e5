"""Criteria and exceptions as sentences; each sentence has a name, so that two texts of a clause
can be compared sentence by sentence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.dlt.rule import (
    AllOf,
    AnyOf,
    Clocks,
    Condition,
    Criterion,
    ExceptionClause,
    Peak,
    RuleSet,
)
from app.domain.dlt.text.conditions import either, grade_or_less, grade_or_more, item_of, phrase_of
from app.domain.dlt.text.durations import beyond
from app.domain.dlt.text.model import Item
from app.domain.grade import DEATH


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a clause is found, what it says in our words, and in its own where these are there."""

    at: str
    says: str
    sentence: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One clause, group or setting: what it is called, and its sentences by name."""

    title: str
    lines: Mapping[str, Item]
    source: Source | None = None

    @property
    def items(self) -> tuple[Item, ...]:
        """The sentences, in order."""
        return tuple(self.lines.values())


def criterion_part(criterion: Criterion, rules: RuleSet, clocks: Clocks) -> Part:
    """What makes a run a DLT by one criterion."""
    when = Item(text="It looks at every run that counts.")
    if criterion.when is not None:
        when = item_of("It looks only at a run where", phrase_of(criterion.when, clocks))
    lines = {
        "grade": Item(text=_trigger(criterion, clocks)),
        "when": when,
        "exceptions": Item(text=_against(criterion, rules.exceptions)),
    }
    return Part(title=f"criterion {criterion.id}", lines=lines, source=_source(criterion))


def _trigger(criterion: Criterion, clocks: Clocks) -> str:
    grade = grade_or_more(criterion.grade)
    limit, reached = criterion.longer_than or criterion.at_least, criterion.longer_than is None
    if limit is None:
        return f"A run at {grade} is a DLT as soon as that grade is reached."
    below = grade_or_less(criterion.grade - 1)
    lasts = beyond(limit, clocks, reached=reached, longer=True)
    return f"A run at {grade} is a DLT when it lasts {lasts} before the event is at {below}."


def _against(criterion: Criterion, exceptions: Sequence[ExceptionClause]) -> str:
    replacing = [each.id for each in exceptions if criterion.id in each.replaces]
    elsewhere = [each.id for each in exceptions if not each.bears_on(criterion.id)]
    if not exceptions:
        return "The rules have no exception that could take a run out."
    if len(elsewhere) == len(exceptions):
        return "No exception takes a run out of this criterion."
    told = ""
    if elsewhere:
        told = f" These take a run out of other criteria only: {', '.join(elsewhere)}."
    if not replacing:
        return (
            "An exception that concerns the run takes it out as long as the exception holds."
            + told
        )
    return (
        "Where one of these exceptions concerns the run, its limit stands in place of this "
        f"criterion's: {', '.join(replacing)}. Any other that concerns it takes it out as long "
        f"as that exception holds.{told}"
    )


def exception_part(clause: ExceptionClause, clocks: Clocks) -> Part:
    """Whom an exception concerns, what has to hold for it, and what follows where it does not."""
    of = "any criterion" if clause.exempts_from is None else either(clause.exempts_from)
    lines = {
        "when": item_of("It concerns a run where", phrase_of(clause.when, clocks)),
        "limit": Item(text=f"Nothing else has to hold: such a run is no DLT by {of}."),
    }
    if clause.limit is not None:
        by = "" if clause.exempts_from is None else f" by {of}"
        lines["limit"] = item_of(
            f"Such a run is no DLT{by} as long as", phrase_of(clause.limit, clocks)
        )
    if clause.exempts_from is not None:
        lines["others"] = Item(
            text="Every other criterion decides as if this exception did not exist."
        )
    lines["broken"] = Item(text=_broken(clause))
    return Part(title=f"exception {clause.id}", lines=lines, source=_source(clause))


def _broken(clause: ExceptionClause) -> str:
    if not clause.replaces:
        if clause.limit is None:
            return "It has no limit that could be broken."
        return (
            "Where that no longer holds, the criteria decide as if this exception did not exist."
        )
    named = ", ".join(clause.replaces)
    said = (
        f"Its limit stands in place of that of {named}: a run that breaks it is a DLT by "
        f"{named}, even one that {named} alone would have let pass."
    )
    most = _highest(clause.when)
    if most < DEATH:
        said += f" A run that rises above grade {most} is no longer exempt, but keeps this limit."
    return said


def _highest(condition: Condition) -> int:
    """The highest grade to which a run may rise within the scope of an exception."""
    match condition:
        case Peak():
            return condition.peak.at_most
        case AllOf():
            return min(_highest(part) for part in condition.all)
        case AnyOf():
            return max(_highest(part) for part in condition.any)
        case _:
            return DEATH


def _source(clause: Criterion | ExceptionClause) -> Source:
    return Source(at=clause.at, says=clause.says, sentence=clause.sentence)
