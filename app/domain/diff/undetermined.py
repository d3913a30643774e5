"""Of which undetermined events two versions of a protocol miss the same data, or other data.

What is missing is told in words that rest on the record. Whether two versions would tell the same
can mostly be known without them: of what discrete unknowns would settle, and of what time leaves
open, the values are compared that the words are made of. So nothing has to be read but columns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.domain.adjudication.outcomes import (
    UNKNOWN_BASELINE,
    Completed,
    Unknown,
    asked_facts,
    completed,
    unknown_fact,
)
from app.domain.adjudication.temporal import Answered, OpenQuestion
from app.domain.adjudication.trace import Traced
from app.domain.diff.agreement import as_value
from app.domain.dlt.columns import UNKNOWN, Columns
from app.domain.dlt.completions import enumerable
from app.domain.dlt.formula import Exceeded
from app.domain.dlt.program import Program
from app.domain.dlt.words import limit_words

_AT_ONCE: Final = 64  # events whose completions are evaluated together: each may have thousands


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Of which events the same data are missing, and of which surely others. Shape (events,).

    Of the rest neither is known.
    """

    alike: NDArray[np.bool_]
    otherwise: NDArray[np.bool_]


def missing_compared(
    was: Columns, old: Program, now: Columns, new: Program, told: Sequence[int]
) -> Missing:
    """What both versions tell to be missing of undetermined events.

    `was` are the events as the old version reads them, `now` the same in the same order for the
    new one; their terms and grades are known. `told` is how much is missing of each by the old
    version. Where the versions ask for other facts nothing is known.
    """
    alike, otherwise = np.zeros((2, len(was)), dtype=np.bool_)
    if old.facts != new.facts:
        return Missing(alike=alike, otherwise=otherwise)
    few = enumerable(was, old), enumerable(now, new)
    for row in np.flatnonzero(~few[0] & ~few[1]).tolist():
        alike[row] = list(asked_facts(was, row, old)) == list(asked_facts(now, row, new))
    asked = np.flatnonzero(few[0] & few[1])
    for start in range(0, len(asked), _AT_ONCE):
        rows = asked[start : start + _AT_ONCE]
        pairs = zip(_by_event(was.take(rows), old), _by_event(now.take(rows), new), strict=True)
        for row, (one, other) in zip(rows.tolist(), pairs, strict=True):
            alike[row] = one == other
            otherwise[row] = one.differs_surely(other, told[row])
    return Missing(alike=alike, otherwise=otherwise)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What of an event is missing by a version, as values that words are made of."""

    discrete: Sequence[tuple[Unknown, Mapping[str, str]]]
    """The discrete unknowns that matter, with what each answer would leave."""
    timed: Sequence[Any]
    """What is asked about time, with what either answer would leave."""
    limits: frozenset[str] | None
    """The limits of the clocks that time leaves open, in words; None where other things are."""

    def differs_surely(self, other: "_Told", told: int) -> bool:
        """Whether another version tells something else, where this one tells so much.

        What is asked of one field is told once. So an open clock is told of only where there is
        more than the discrete unknowns; its sentence ends with the limit.
        """
        for (unknown, settles), (also, leaves) in zip(self.discrete, other.discrete, strict=False):
            if unknown != also:
                return False
            if settles != leaves:
                return True
        return (
            len(self.discrete) == len(other.discrete) < told
            and self.limits is not None
            and other.limits is not None
            and self.limits.isdisjoint(other.limits)
        )


def _by_event(columns: Columns, program: Program) -> list[_Told]:
    whole = completed(columns, program)
    found = []
    for row, questions in enumerate(_questions(whole, program)):
        clocks = [each.leaf.clock for each in questions if isinstance(each.leaf, Exceeded)]
        only_clocks = len(clocks) == len(questions)
        found.append(
            _Told(
                discrete=_discrete(columns, row, program, whole),
                timed=[_value(each, program) for each in questions],
                limits=frozenset(map(limit_words, clocks)) if only_clocks else None,
            )
        )
    return found


def _discrete(
    columns: Columns, row: int, program: Program, whole: Completed
) -> list[tuple[Unknown, Mapping[str, str]]]:
    asked = [unknown_fact(each, program) for each in asked_facts(columns, row, program)]
    if columns.baseline[row] == UNKNOWN:
        asked.append(UNKNOWN_BASELINE)
    outcomes, verdicts, cut = whole.outcomes[row], whole.verdicts[row], int(columns.cut[row])
    return [(each, each.settles(outcomes, cut)) for each in asked if each.matters(verdicts)]


def _questions(whole: Completed, program: Program) -> list[list[OpenQuestion]]:
    """What is asked about time, by event."""
    found: list[list[OpenQuestion]] = [[] for _ in whole.outcomes]
    if len(whole.open.origin):
        answered = Answered(Traced.of(whole.open.columns, program))
        for row, event in enumerate(whole.open.origin.tolist()):
            found[event] += answered.open_questions(row)
    return found


def _value(question: OpenQuestion, program: Program) -> Any:
    """A question as a value that is equal to that of another version which asks the same."""
    run = question.run
    return run.start, run.judgement.grade, as_value(question.leaf, program), question.settles
