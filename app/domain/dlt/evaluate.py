"""The one evaluator: formulas over columns, each node known by when it becomes true.

For a row, `early` is the first instant at which a node is true in some completion of what was
recorded, `late` the first at which it is true in every one. Facts that never change stand at
ALWAYS (true), NEVER (false), or from ALWAYS to NEVER (unknown): Kleene's logic, with time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from app.domain.dlt.clock import Clock
from app.domain.dlt.columns import UNKNOWN, Columns, Index, Instants, Small
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
from app.domain.dlt.onset import Placed, place
from app.domain.dlt.program import Program
from app.domain.dlt.running import Bounds, none_exceeded
from app.domain.dlt.since import from_an_instant
from app.domain.dlt.stretches import Rows, Stretches, Timeline
from app.domain.grade import DEATH
from app.domain.time import ALWAYS, NEVER


@dataclass(frozen=True, slots=True, kw_only=True)
class InWindow:
    """-1 no, 0 unknown, 1 yes, for each stretch."""

    counted: Small
    after_first_infusion: Small


class Batch:
    """Events whose grades are all known, with what their stretches have in common."""

    def __init__(self, columns: Columns, program: Program) -> None:
        self.program = program
        self.placed: Placed = place(columns, program.rules.window)
        self.columns = self.placed.columns
        self.timeline = Timeline(self.columns, program.rules.clocks)
        self._windows: dict[int, InWindow] = {}

    def windows(self, grade: int) -> InWindow:
        """Whether the stretches at a grade have their onset in a window."""
        if grade not in self._windows:
            self._windows[grade] = self._in_window(self.timeline.stretches(grade))
        return self._windows[grade]

    def _in_window(self, stretches: Stretches) -> InWindow:
        window = self.program.rules.window
        onset = stretches.start
        if window.onset_from_grade is not None and window.onset_from_grade < stretches.grade:
            onset = self.timeline.containing(onset, window.onset_from_grade)
        subject = self.columns.subject[stretches.event]
        offsets = self.columns.exposures.offsets
        counts = (offsets[1:] - offsets[:-1])[subject]
        most = int(counts.max(initial=0))
        counted = np.full(len(stretches), -1, dtype=np.int8)
        after_first = np.full(len(stretches), -1, dtype=np.int8)
        for ordinal in range(most):
            rows = (
                np.flatnonzero(counts > ordinal)
                if ordinal or counts.min() == 0
                else np.arange(len(onset))
            )
            infusion = offsets[subject[rows]] + ordinal
            if ordinal == 0:
                after_first[rows], after = self._after_first(onset[rows], subject[rows], infusion)
            else:
                after = self._after(onset[rows], *self._began(infusion), None)
            inside = np.minimum(after, self._before_end(onset[rows], infusion, subject[rows]))
            counted[rows] = np.maximum(counted[rows], inside)
        return InWindow(counted=counted, after_first_infusion=after_first)

    def _began(self, infusion: Index) -> tuple[Instants, Instants]:
        return self.columns.exposures.first[infusion], self.columns.exposures.last[infusion]

    def _after_first(self, onset: Index, subject: Index, infusion: Index) -> tuple[Small, Small]:
        """Whether onsets lie after the earliest infusion, and after the one listed first."""
        relation = self.placed.relation[onset]
        first, last = (each[subject] for each in self.columns.exposures.earliest)
        after_earliest = self._after(onset, first, last, relation)
        began = self._began(infusion)
        if np.array_equal(began[1], last):
            return after_earliest, after_earliest
        # Where another infusion may have been the earliest, the baseline tells less of this one.
        relation = np.where(began[1] > last, np.minimum(relation, 0), relation)
        return after_earliest, self._after(onset, *began, relation)

    def _after(
        self, onset: Index, first: Instants, last: Instants, relation: Small | None
    ) -> Small:
        """Whether an onset lies after an infusion; `relation` is what the baseline tells of it."""
        courses = self.columns.courses
        surely = courses.first[onset] >= last
        possibly = courses.last[onset] >= first
        if relation is not None and relation.any():
            surely = surely & (relation >= 0) | (relation > 0)
            possibly &= relation >= 0
        return _three_valued(surely, possibly)

    def _before_end(self, onset: Index, infusion: Index, subject: Index) -> Small:
        courses, exposures = self.columns.courses, self.columns.exposures
        window = self.program.rules.window
        days = window.through.days
        if days is not None:
            span = days - window.first_day
            surely = courses.last_day[onset] <= exposures.first_day[infusion] + span
            possibly = courses.first_day[onset] <= exposures.last_day[infusion] + span
        else:
            length = window.through.microseconds
            surely = courses.last[onset] <= exposures.first[infusion] + length
            possibly = courses.first[onset] <= exposures.last[infusion] + length
        if window.early_completion:
            cap = exposures.cap_day[subject]
            surely &= courses.last_day[onset] <= cap
            possibly &= courses.first_day[onset] <= cap
        return _three_valued(surely, possibly)

    def referred(self) -> Small:
        """Whether a grade of the referral clause was first reached after every window.

        Shape (events,).
        """
        referral = self.program.rules.refer_to_committee
        found = np.full(len(self.columns), -1, dtype=np.int8)
        if referral is None:
            return found
        stretches = self.timeline.stretches(referral.grade)
        windows = self.windows(referral.grade)
        outside = np.minimum(windows.after_first_infusion, -windows.counted).astype(np.int8)
        if referral.first_reached_only:
            considered = np.flatnonzero(windows.after_first_infusion >= 0)
            event = stretches.event[considered]
            first = (
                np.flatnonzero(np.concatenate(([True], event[1:] != event[:-1])))
                if len(event)
                else considered
            )
            found[event[first]] = outside[considered[first]]
        else:
            np.maximum.at(found, stretches.event, outside)
        return found


def _three_valued(surely: NDArray[np.bool_], possibly: NDArray[np.bool_]) -> Small:
    return (surely.astype(np.int8) + possibly.astype(np.int8) - 1).astype(np.int8)


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

    def decide(self) -> Bounds:
        """When each event becomes a DLT. Shapes are (events,)."""
        program = self.batch.program
        decided = none_exceeded(len(self.batch.columns))
        for grade in sorted({criterion.grade for criterion in program.rules.criteria}):
            stretches = self.batch.timeline.stretches(grade)
            if not len(stretches):
                continue
            of_stretch = self.batch.columns.signature[stretches.event]
            bounds = none_exceeded(len(stretches))
            classes = None if self._whole else program.classes[grade]
            if classes is not None:
                of_stretch = classes.of_signature[of_stretch]
            for number, rows in _by_signature(of_stretch, len(program.signatures)):
                if classes is None or number == UNKNOWN:
                    found = self._judge(number, stretches.rows(rows))
                else:
                    found = self.bounds(classes.formulas[number], stretches.rows(rows))
                bounds.early[rows], bounds.late[rows] = found.early, found.late
            start = np.flatnonzero(
                np.concatenate(([True], stretches.event[1:] != stretches.event[:-1]))
            )
            event = stretches.event[start]
            decided.early[event] = np.minimum(
                decided.early[event], np.minimum.reduceat(bounds.early, start)
            )
            decided.late[event] = np.minimum(
                decided.late[event], np.minimum.reduceat(bounds.late, start)
            )
        return decided

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
                return self.batch.windows(rows.table.grade).counted[rows.index]
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
            asked = np.flatnonzero(np.maximum(baseline, 0) + node.by == grade)
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
        still_open = np.flatnonzero(truth >= 0 if isinstance(node, Every) else truth <= 0)
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
        if len(rows.table) > _SMALL:
            return self._clock(node.clock, rows)
        place = (rows.table.grade, node.clock)
        if place not in self._clocks:
            everything = rows.table.rows(np.arange(len(rows.table)))
            self._clocks[place] = self._clock(node.clock, everything)
        return self._clocks[place].take(rows.index)

    def _clock(self, clock: Clock, rows: Rows) -> Bounds:
        timeline = self.batch.timeline
        if clock.grade > rows.table.grade:
            return timeline.exceeded_within(rows, clock)
        if clock.grade < rows.table.grade:
            return timeline.exceeded_around(rows, clock)
        return timeline.exceeded_on(rows, clock)


def _by_signature(signature: NDArray[np.int16], count: int) -> list[tuple[int, Index]]:
    """The signatures that occur, UNKNOWN first, each with its rows in order."""
    if len(signature) < _SMALL:
        return [
            (number, np.flatnonzero(signature == number))
            for number in sorted(set(signature.tolist()))
        ]
    narrow = signature.astype(np.int8) if count < 127 else signature
    order = np.argsort(
        narrow, kind="stable"
    )  # a radix sort: faster than a pass for each signature
    stops = np.cumsum(np.bincount(signature + 1, minlength=count + 1))
    starts = np.concatenate(([0], stops[:-1]))
    return [
        (number - 1, order[starts[number] : stops[number]])
        for number in np.flatnonzero(stops > starts).tolist()
    ]


def _pinned(bounds: Bounds, *, holds: bool) -> Bounds:
    """Bounds where the node is known to be as early, or as late, as it may be."""
    known = bounds.early if holds else bounds.late
    return Bounds(early=known, late=known)


_EARLY = np.array([ALWAYS, ALWAYS, NEVER], dtype=np.int64)  # by truth: unknown, yes, no (-1)
_LATE = np.array([NEVER, ALWAYS, NEVER], dtype=np.int64)


def _settled(truth: Small) -> Bounds:
    return Bounds(early=_EARLY[truth], late=_LATE[truth])
