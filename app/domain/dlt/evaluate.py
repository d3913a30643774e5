"""The one evaluator: formulas over columns, each node known by when it becomes true.

For a row, `early` is the first instant at which a node is true in some completion of what was
recorded, `late` the first at which it is true in every one. Facts that never change stand at
ALWAYS (true), NEVER (false), or from ALWAYS to NEVER (unknown): Kleene's logic, with time.
"""

from collections.abc import Callable
from functools import reduce
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from app.domain.dlt.batch import Batch
from app.domain.dlt.clock import Clock
from app.domain.dlt.columns import UNKNOWN, Index, Small, rows_where
from app.domain.dlt.formula import (
    FALSE,
    Constant,
    Counted,
    Every,
    Exceeded,
    FactHolds,
    Formula,
    IsNth,
    Joins,
    Lapsed,
    Reached,
    RunReaches,
    RunRises,
    Some,
)
from app.domain.dlt.nth import so_often
from app.domain.dlt.running import Bounds, none_exceeded
from app.domain.dlt.since import from_an_instant
from app.domain.dlt.stretches import Rows, Stretches
from app.domain.grade import DEATH
from app.domain.time import ALWAYS, NEVER


class Trace:
    """What every node that changes with time came to, on the stretches of a grade."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Formula, int], list[tuple[Index, Bounds]]] = {}
        self._read: dict[tuple[Formula, int], dict[int, tuple[int, int]]] = {}

    def keep(self, node: Formula, grade: int, rows: Index, bounds: Bounds) -> None:
        """Remember a node's bounds for these stretches of a grade."""
        self._kept.setdefault((node, grade), []).append((rows, bounds))

    def read(self, node: Formula, grade: int, stretch: int) -> tuple[int, int] | None:
        """A node's bounds on one stretch; None where it was not evaluated there."""
        place = (node, grade)
        if place not in self._read:
            told = self._read[place] = {}
            for rows, bounds in self._kept.get(place, ()):
                told.update(
                    zip(
                        rows.tolist(),
                        zip(bounds.early.tolist(), bounds.late.tolist(), strict=True),
                        strict=True,
                    )
                )
        return self._read[place].get(stretch)


Pin = Callable[[Formula, int], bool | None]
"""Asked of a node and the grade of the judged stretches: as early, or as late, as it may be?"""

_SMALL = 256  # below this many stretches a clock is evaluated once for all of them


class Judge:
    """Evaluates formulas on the stretches of one batch."""

    def __init__(self, batch: Batch, trace: Trace | None = None, pin: Pin | None = None) -> None:
        self.batch = batch
        self.trace = trace
        self.pin = pin
        self._whole = trace is not None or pin is not None
        self._clocks: dict[tuple[int, Clock], Bounds] = {}
        self._alive: dict[int, Index] | None = None

    def decide(self) -> Bounds:
        """When each event becomes a DLT. Shapes are (events,)."""
        decided = none_exceeded(len(self.batch.columns))
        for grade in sorted(self.batch.program.classes):
            stretches = self.batch.timeline.stretches(grade)
            if len(stretches):
                judge = self._each_signature if self._whole else self._each_class
                rows, bounds = judge(stretches)
                if len(rows):
                    _lower(decided, stretches.event[rows], bounds)
        return decided

    def _each_signature(self, stretches: Stretches) -> tuple[Index, Bounds]:
        """Bounds of all stretches at a grade."""
        signature = self.batch.columns.signature[stretches.event]
        bounds = none_exceeded(len(stretches))
        for number, rows in _by_number(signature, len(self.batch.program.signatures)):
            found = self._judge(number, stretches.rows(rows))
            bounds.early[rows], bounds.late[rows] = found.early, found.late
        return np.arange(len(stretches)), bounds

    def _each_class(self, stretches: Stretches) -> tuple[Index, Bounds]:
        """Bounds of the stretches at a grade that may count, and which ones those are."""
        classes = self.batch.program.classes[stretches.grade]
        number = classes.of_signature[self.batch.columns.signature[stretches.event]]
        everything = stretches.all_rows()
        truth = np.ones(len(stretches), dtype=np.int8)
        truth = reduce(
            np.minimum, (self.truth(part, everything) for part in classes.common), truth
        )
        alive = rows_where((truth >= 0) | (number == UNKNOWN))
        parts = _by_number(number[alive], len(classes.formulas))
        self._alive = {each: alive[rows] for each, rows in parts}
        bounds = Bounds(early=np.full(len(alive), ALWAYS), late=np.full(len(alive), NEVER))
        for each, rows in parts:
            if each != UNKNOWN:
                found = self.bounds(classes.formulas[each], stretches.rows(alive[rows]))
                bounds.early[rows], bounds.late[rows] = found.early, found.late
        bounds.late[truth[alive] == 0] = NEVER
        return alive, bounds

    def _judge(self, signature: int, rows: Rows) -> Bounds:
        if signature == UNKNOWN:
            return Bounds(early=np.full(len(rows), ALWAYS), late=np.full(len(rows), NEVER))
        found: Bounds | None = None
        for judgement in self.batch.program.judgements[signature]:
            if judgement.grade == rows.table.grade and judgement.whole is not FALSE:
                bounds = self.bounds(judgement.whole, rows)
                found = bounds if found is None else found.joined(bounds, np.minimum)
        return found or none_exceeded(len(rows))

    def bounds(self, node: Formula, rows: Rows) -> Bounds:
        """When a node becomes true on these stretches. Shapes are (rows,)."""
        match node:
            case Reached() | RunReaches() | RunRises():
                found = self._reached(node, rows)
            case Joins() | Lapsed():
                told = self.batch.columns.facts[node.fact][rows.event]
                found = from_an_instant(node, told, rows, self.batch.timeline, self.batch.program)
            case IsNth():
                place = self.batch.program.joins.index(node.fact)
                found = so_often(node, rows, self.batch.timeline, place)
            case Exceeded():
                found = self._exceeded(node, rows)
            case Every() | Some():
                found = self._joined(node, rows)
            case _:
                found = _settled(self.truth(node, rows))
        if self.pin is not None:
            holds = self.pin(node, rows.table.grade)
            found = found if holds is None else _pinned(found, holds=holds)
        if self.trace is not None:
            self.trace.keep(node, rows.table.grade, rows.index, found)
        return found

    def truth(self, node: Formula, rows: Rows) -> Small:
        """What never changes with time, in three values. Shape (rows,)."""
        match node:
            case Constant():
                return np.full(len(rows), 1 if node.value else -1, dtype=np.int8)
            case FactHolds():
                told: Small = self.batch.columns.facts[node.fact][rows.event]
                return told if node.value else -told
            case Counted():
                counted = self.batch.windows(rows.table.grade).counted
                return counted if rows.whole else counted[rows.index]
            case Every() | Some():
                settle = np.minimum if isinstance(node, Every) else np.maximum
                return reduce(settle, (self.truth(part, rows) for part in node.parts))
            case Reached() | RunReaches() | RunRises() | Joins() | Lapsed() | IsNth() | Exceeded():
                raise TypeError(f"{node} changes with time")
            case _:
                assert_never(node)

    def _reached(self, node: Reached | RunReaches | RunRises, rows: Rows) -> Bounds:
        """When the runs reach a grade; above a baseline that is not known, as if it were 0."""
        timeline = self.batch.timeline
        if not isinstance(node, RunRises):
            grade = node.grade if isinstance(node, RunReaches) else rows.table.grade
            reached = timeline.reached(rows, grade)
            return Bounds(early=reached, late=reached)
        baseline = self.batch.columns.baseline[rows.event]
        early = np.full(len(rows), NEVER, dtype=np.int64)
        for grade in range(node.by, DEATH + 1):
            asked = rows_where(np.maximum(baseline, 0) + node.by == grade)
            early[asked] = timeline.reached(rows.take(asked), grade)
        return Bounds(early=early, late=np.where(baseline == UNKNOWN, NEVER, early))

    def _joined(self, node: Every | Some, rows: Rows) -> Bounds:
        join, settle = (
            (np.maximum, np.minimum) if isinstance(node, Every) else (np.minimum, np.maximum)
        )
        if self.pin is not None or not node.settled:
            return self._reduced(node.parts, rows, join)
        truth = reduce(settle, (self.truth(part, rows) for part in node.settled))
        if self.trace is not None:
            # An explanation shows every clock, also where it decides nothing.
            return self._reduced(node.timed, rows, join).joined(_settled(truth), join)
        return self._on_open_rows(node, truth, rows, join)

    def _reduced(self, parts: tuple[Formula, ...], rows: Rows, join: np.ufunc) -> Bounds:
        return reduce(
            lambda one, other: one.joined(other, join), (self.bounds(part, rows) for part in parts)
        )

    def _on_open_rows(
        self, node: Every | Some, truth: Small, rows: Rows, join: np.ufunc
    ) -> Bounds:
        """Clocks are asked only of the rows that the settled parts have not decided."""
        still_open = rows_where(truth >= 0 if isinstance(node, Every) else truth <= 0)
        if not len(still_open):
            return _settled(truth)
        everything = len(still_open) == len(rows)
        found = self._reduced(node.timed, rows if everything else rows.take(still_open), join)
        asked = truth if everything else truth[still_open]
        if (asked == 0).any():
            found = found.joined(_settled(asked), join)
        if everything:
            return found
        late = np.full(len(rows), NEVER if isinstance(node, Every) else ALWAYS, dtype=np.int64)
        early = late
        if found.early is not found.late:
            early = late.copy()
            early[still_open] = found.early
        late[still_open] = found.late
        return Bounds(early=early, late=late)

    def _exceeded(self, node: Exceeded, rows: Rows) -> Bounds:
        """A clock is worked out once, for all stretches that ask for it."""
        place = (rows.table.grade, node.clock)
        if place not in self._clocks:
            asking = self._asking_for(node.clock, rows.table)
            if asking is None:
                return self._clock(node.clock, rows)
            found = self._clock(node.clock, rows.table.rows(asking))
            self._clocks[place] = found.spread(asking, len(rows.table))
        return self._clocks[place].take(rows.index)

    def _asking_for(self, clock: Clock, table: Stretches) -> Index | None:
        """The stretches that ask for a clock; None where that is asked of some rows alone."""
        if self._alive is not None:
            asking = self.batch.program.classes[table.grade].asking[clock]
            return np.concatenate([self._alive[n] for n in asking if n in self._alive])
        return np.arange(len(table)) if len(table) <= _SMALL else None

    def _clock(self, clock: Clock, rows: Rows) -> Bounds:
        timeline = self.batch.timeline
        if clock.grade > rows.table.grade:
            return timeline.exceeded_within(rows, clock)
        if clock.grade < rows.table.grade:
            return timeline.exceeded_around(rows, clock)
        return timeline.exceeded_on(rows, clock)


def _lower(decided: Bounds, event: Index, bounds: Bounds) -> None:
    """The earliest of what was decided of each event and of what was found, in order of events."""
    again = np.concatenate((np.zeros(1, dtype=np.bool_), event[1:] == event[:-1]))
    once, more = rows_where(~again), rows_where(again)
    for known, found in ((decided.early, bounds.early), (decided.late, bounds.late)):
        known[event[once]] = np.minimum(known[event[once]], found[once])
        np.minimum.at(known, event[more], found[more])


def _by_number(numbers: NDArray[np.int16], count: int) -> list[tuple[int, Index]]:
    """The signatures or classes that occur, UNKNOWN first, each with its rows in order."""
    if len(numbers) < _SMALL:
        return [
            (number, rows_where(numbers == number)) for number in sorted(set(numbers.tolist()))
        ]
    narrow = numbers.astype(np.int8) if count < 127 else numbers
    order = np.argsort(
        narrow, kind="stable"
    )  # a radix sort: faster than a pass for each signature
    stops = np.cumsum(np.bincount(numbers + 1, minlength=count + 1))
    starts = np.concatenate(([0], stops[:-1]))
    return [
        (number - 1, order[starts[number] : stops[number]])
        for number in rows_where(stops > starts).tolist()
    ]


def _pinned(bounds: Bounds, *, holds: bool) -> Bounds:
    """Bounds where the node is known to be as early, or as late, as it may be."""
    known = bounds.early if holds else bounds.late
    return Bounds(early=known, late=known)


_EARLY = np.array([ALWAYS, ALWAYS, NEVER], dtype=np.int64)  # by truth: unknown, yes, no (-1)
_LATE = np.array([NEVER, ALWAYS, NEVER], dtype=np.int64)


def _settled(truth: Small) -> Bounds:
    return Bounds(early=_EARLY[truth], late=_LATE[truth])
