"""Of which undetermined events two versions of a protocol miss the same data, or other data.

What is missing is told in words that rest on the record. Whether two versions would tell the same
can mostly be known without them: of what discrete unknowns would settle, and of what time leaves
open, the values are compared that the words are made of. So nothing has to be read but columns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.adjudication.outcomes import (
    UNKNOWN_BASELINE,
    Unknown,
    asked_facts,
    completed,
    unknown_fact,
)
from app.domain.adjudication.temporal import Answered, Leaf, OpenQuestion
from app.domain.adjudication.trace import Traced
from app.domain.diff.agreement import as_value
from app.domain.dlt.clock import Clock
from app.domain.dlt.columns import UNKNOWN, Columns
from app.domain.dlt.completions import enumerable, parts_of
from app.domain.dlt.formula import Exceeded
from app.domain.dlt.program import Program
from app.domain.dlt.words import limit_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Of which events the same data are missing, and of which surely others. Shape (events,).

    Of the rest neither is known.
    """

    alike: NDArray[np.bool_]
    otherwise: NDArray[np.bool_]


def missing_compared(
    was: Columns,
    old: Program,
    now: Columns,
    new: Program,
    told: Sequence[int],
    silent: Sequence[bool],
) -> Missing:
    """What both versions tell to be missing of undetermined events.

    `was` are the events as the old version reads them, `now` the same in the same order for the
    new one; their terms and grades are known. `told` is how much is missing of each by the old
    version; `silent` are those that may be taken to go on, which nobody said. Where the versions
    ask for other facts nothing is known.
    """
    alike, otherwise = np.zeros((2, len(was)), dtype=np.bool_)
    if old.facts != new.facts:
        return Missing(alike=alike, otherwise=otherwise)
    few = enumerable(was, old), enumerable(now, new)
    for row in np.flatnonzero(~few[0] & ~few[1]).tolist():
        alike[row] = list(asked_facts(was, row, old)) == list(asked_facts(now, row, new))
    for rows in parts_of(was, old, np.flatnonzero(few[0] & few[1])):
        one, other = _Completed(was.take(rows), old), _Completed(now.take(rows), new)
        for place, row in enumerate(rows.tolist()):
            if silent[row] or not told[row]:
                alike[row] = one.whole(place) == other.whole(place)
            else:
                alike[row], otherwise[row] = _compared(one, other, place, told[row])
    return Missing(alike=alike, otherwise=otherwise)


def _compared(one: "_Completed", other: "_Completed", row: int, told: int) -> tuple[bool, bool]:
    """Whether the same of an event is missing, and whether surely something else is.

    That is all that is asked here. Whether an event is taken to go on hangs on more, so one that
    may be, or of which nothing is told, is compared whole.

    By the one version `told` is how much is missing. What is asked of one field is told once; so
    an open clock is told of where there is more than the discrete unknowns, and its sentence ends
    with the limit. Where there is no more, all fields are those of discrete unknowns; and clocks
    ask for the same fields whatever their limits.
    """
    was, now = one.discrete(row), other.discrete(row)
    if was != now:
        first = next((pair for pair in zip(was, now, strict=False) if pair[0] != pair[1]), None)
        return False, first is not None and first[0][0] == first[1][0]
    if len(was) == told:
        return one.asked(row, limits=False) == other.asked(row, limits=False), False
    if _other_limits(one.open_leaves(row), other.open_leaves(row)):
        return False, True  # whichever of these are asked for
    if _other_limits(one.leaves_asked(row), other.leaves_asked(row)):
        return False, True
    return one.asked(row) == other.asked(row), False


def _other_limits(was: Sequence[Leaf], now: Sequence[Leaf]) -> bool:
    """Whether all of these are clocks, and none of the one has a limit of the other."""
    limits, others = (
        [limit_words(each.clock) for each in leaves if isinstance(each, Exceeded)]
        for leaves in (was, now)
    )
    only_clocks = len(limits) == len(was) and len(others) == len(now)
    return only_clocks and set(limits).isdisjoint(others)


class _Completed:
    """Events, completed by a version, and what is missing of them as values that words are made
    of.
    """

    def __init__(self, columns: Columns, program: Program) -> None:
        self._columns = columns
        self._program = program
        self._whole = completed(columns, program)
        self._open: list[list[int]] = [[] for _ in range(len(columns))]
        self._asked: dict[int, list[tuple[int, OpenQuestion]]] = {}
        for row, event in enumerate(self._whole.open.origin.tolist()):
            self._open[event].append(row)

    @cached_property
    def _answered(self) -> Answered:
        return Answered(Traced.of(self._whole.open.columns, self._program))

    def discrete(self, row: int) -> list[tuple[Unknown, Mapping[str, str]]]:
        """The discrete unknowns that matter, with what each answer would leave."""
        columns, program, whole = self._columns, self._program, self._whole
        asked = [unknown_fact(each, program) for each in asked_facts(columns, row, program)]
        if columns.baseline[row] == UNKNOWN:
            asked.append(UNKNOWN_BASELINE)
        outcomes, verdicts = whole.outcomes[row], whole.verdicts[row]
        cut = int(columns.cut[row])
        return [(each, each.settles(outcomes, cut)) for each in asked if each.matters(verdicts)]

    def whole(self, row: int) -> Any:
        """All that completions come to, and all that is asked."""
        # the first part of a key is the number of the signature, which is the version's own
        outcomes = {key[1:]: span for key, span in self._whole.outcomes[row].items()}
        return outcomes, self.discrete(row), self.asked(row)

    def open_leaves(self, row: int) -> list[Leaf]:
        """What time leaves open, whatever the answers would leave."""
        return [leaf for each in self._open[row] for _, leaf in self._answered.open_leaves(each)]

    def leaves_asked(self, row: int) -> list[Leaf]:
        """What is asked about time."""
        return [each.leaf for _, each in self._questions(row)]

    def asked(self, row: int, *, limits: bool = True) -> list[Any]:
        """What is asked about time, with what either answer would leave: of each completion, by
        what is supposed there. Without `limits` as far as the fields hang on it.
        """
        columns, found = self._whole.open.columns, []
        for place, each in self._questions(row):
            supposed = int(columns.baseline[place]), columns.facts[:, place].tolist()
            if not limits and isinstance(each.leaf, Exceeded):
                asked: Any = self._without_limit(each.leaf.clock)
            else:
                asked = as_value(each.leaf, self._program), each.settles
            found.append((supposed, each.run.start, each.run.judgement.grade, asked))
        return found

    def _questions(self, row: int) -> list[tuple[int, OpenQuestion]]:
        """Each question, with the completion of which it is asked."""
        if row not in self._asked:
            self._asked[row] = [
                (place, each)
                for place in self._open[row]
                for each in self._answered.open_questions(place)
            ]
        return self._asked[row]

    def _without_limit(self, clock: Clock) -> Any:
        elapsed = clock.is_elapsed(self._program.rules.clocks)
        return clock.grade, clock.stop, clock.counted_from, clock.total, elapsed
