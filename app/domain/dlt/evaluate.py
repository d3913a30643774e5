"""The one evaluator: formulas over columns, each node known by when it becomes true.

For a row, `early` is the first instant at which a node is true in some completion of what was
recorded, `late` the first at which it is true in every one. Facts that never change stand at
ALWAYS (true), NEVER (false), or from ALWAYS to NEVER (unknown): Kleene's logic, with time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from app.domain.dlt.columns import UNKNOWN, Columns, Index, Small
from app.domain.dlt.formula import Constant, Counted, Every, Exceeded, FactHolds, Formula, Reached, RunReaches, Some
from app.domain.dlt.onset import Placed, first_infusion, place
from app.domain.dlt.program import Program
from app.domain.dlt.stretches import Bounds, Stretches, Timeline, none_exceeded
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
        for ordinal in range(most if window.anchor == "each_infusion" else min(most, 1)):
            rows = np.flatnonzero(counts > ordinal) if ordinal or counts.min() == 0 else np.arange(len(onset))
            infusion = offsets[subject[rows]] + ordinal
            after = self._after(onset[rows], infusion, first=ordinal == 0)
            if ordinal == 0:
                after_first[rows] = after
            inside = np.minimum(after, self._before_end(onset[rows], infusion, subject[rows]))
            counted[rows] = np.maximum(counted[rows], inside)
        return InWindow(counted=counted, after_first_infusion=after_first)

    def _after(self, onset: Index, infusion: Index, *, first: bool) -> Small:
        courses, exposures = self.columns.courses, self.columns.exposures
        surely = courses.first[onset] >= exposures.last[infusion]
        possibly = courses.last[onset] >= exposures.first[infusion]
        if first:
            relation = self.placed.relation[onset]
            surely = surely & (relation >= 0) | (relation > 0)
            possibly = possibly & (relation >= 0)
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
        """Whether a grade of the referral clause was first reached after every window. Shape (events,)."""
        referral = self.program.rules.refer_to_committee
        found = np.full(len(self.columns), -1, dtype=np.int8)
        if referral is None:
            return found
        stretches = self.timeline.stretches(referral.grade)
        windows = self.windows(referral.grade)
        outside = np.minimum(windows.after_first_infusion, -windows.counted).astype(np.int8)
        if referral.first_reached_only:
            considered = np.flatnonzero(windows.after_first_infusion >= 0)
            event, first = np.unique(stretches.event[considered], return_index=True)
            found[event] = outside[considered[first]]
        else:
            np.maximum.at(found, stretches.event, outside)
        return found


def _three_valued(surely: NDArray[np.bool_], possibly: NDArray[np.bool_]) -> Small:
    return (surely.astype(np.int8) + possibly.astype(np.int8) - 1).astype(np.int8)


class Trace:
    """What every node came to, for the stretches of a grade that it was evaluated on."""

    def __init__(self) -> None:
        self.bounds: dict[tuple[Formula, int], tuple[Index, Bounds]] = {}

    def keep(self, node: Formula, grade: int, rows: Index, bounds: Bounds) -> None:
        """Remember a node's bounds for these stretches of a grade."""
        self.bounds[node, grade] = (rows, bounds)

    def read(self, node: Formula, grade: int, stretch: int) -> tuple[int, int] | None:
        """A node's bounds on one stretch; None where it was not evaluated there."""
        kept = self.bounds.get((node, grade))
        if kept is None:
            return None
        rows, bounds = kept
        place = int(np.searchsorted(rows, stretch))
        if place == len(rows) or rows[place] != stretch:
            return None
        return int(bounds.early[place]), int(bounds.late[place])


Pin = Callable[[Formula, int], bool | None]
"""Says of a node, and the grade of the judged stretches, that it is taken to hold, or never to."""


class Judge:
    """Evaluates formulas on the stretches of one batch."""

    def __init__(self, batch: Batch, trace: Trace | None = None, pin: Pin | None = None) -> None:
        self.batch = batch
        self.trace = trace
        self.pin = pin

    def decide(self) -> Bounds:
        """When each event becomes a DLT. Shapes are (events,)."""
        count = len(self.batch.columns)
        decided = none_exceeded(count)
        signature = self.batch.columns.signature
        program = self.batch.program
        for grade in sorted({criterion.grade for criterion in program.rules.criteria}):
            stretches = self.batch.timeline.stretches(grade)
            if not len(stretches):
                continue
            of_stretch = signature[stretches.event]
            bounds = none_exceeded(len(stretches))
            for number in np.unique(of_stretch):
                rows = np.flatnonzero(of_stretch == number)
                found = self._judge(int(number), stretches, rows)
                bounds.early[rows], bounds.late[rows] = found.early, found.late
            event, start = np.unique(stretches.event, return_index=True)
            decided.early[event] = np.minimum(decided.early[event], np.minimum.reduceat(bounds.early, start))
            decided.late[event] = np.minimum(decided.late[event], np.minimum.reduceat(bounds.late, start))
        return decided

    def _judge(self, signature: int, stretches: Stretches, rows: Index) -> Bounds:
        if signature == UNKNOWN:
            return Bounds(early=np.full(len(rows), ALWAYS), late=np.full(len(rows), NEVER))
        found = none_exceeded(len(rows))
        for judgement in self.batch.program.judgements[signature]:
            if judgement.grade == stretches.grade:
                bounds = self.bounds(judgement.whole, stretches, rows)
                found = Bounds(early=np.minimum(found.early, bounds.early), late=np.minimum(found.late, bounds.late))
        return found

    def bounds(self, node: Formula, stretches: Stretches, rows: Index) -> Bounds:
        """When a node becomes true on these stretches. Shapes are (rows,)."""
        match node:
            case Reached():
                recorded = self.batch.columns.courses.recorded[stretches.start[rows]]
                found = Bounds(early=recorded, late=recorded)
            case RunReaches():
                reached = self.batch.timeline.reached(stretches, rows, node.grade)
                found = Bounds(early=reached, late=reached)
            case Exceeded():
                found = self._exceeded(node, stretches, rows)
            case Every() | Some():
                found = self._joined(node, stretches, rows)
            case _:
                found = _settled(self.truth(node, stretches, rows))
        if self.pin is not None:
            holds = self.pin(node, stretches.grade)
            found = found if holds is None else _pinned(found, holds=holds)
        if self.trace is not None:
            self.trace.keep(node, stretches.grade, rows, found)
        return found

    def truth(self, node: Constant | FactHolds | Counted, stretches: Stretches, rows: Index) -> Small:
        """What never changes with time, in three values. Shape (rows,)."""
        match node:
            case Constant():
                return np.full(len(rows), 1 if node.value else -1, dtype=np.int8)
            case FactHolds():
                told = self.batch.columns.facts[node.fact][stretches.event[rows]]
                return told if node.value else -told
            case Counted():
                return self.batch.windows(stretches.grade).counted[rows]
            case _:
                assert_never(node)

    def _joined(self, node: Every | Some, stretches: Stretches, rows: Index) -> Bounds:
        join = np.maximum if isinstance(node, Every) else np.minimum
        found = self.bounds(node.parts[0], stretches, rows)
        for part in node.parts[1:]:
            bounds = self.bounds(part, stretches, rows)
            found = Bounds(early=join(found.early, bounds.early), late=join(found.late, bounds.late))
        return found

    def _exceeded(self, node: Exceeded, stretches: Stretches, rows: Index) -> Bounds:
        timeline = self.batch.timeline
        if node.grade > stretches.grade:
            return timeline.exceeded_within(stretches, rows, node.grade, node.stop, node.limit)
        start = stretches.start[rows]
        if node.grade < stretches.grade:
            start = timeline.containing(start, node.grade)
        return timeline.exceeded(start, node.stop, node.limit)


def _pinned(bounds: Bounds, *, holds: bool) -> Bounds:
    """Bounds as they would be if the node were known to become true, or never to."""
    if not holds:
        return none_exceeded(len(bounds.early))
    known = np.where(bounds.late < NEVER, bounds.late, bounds.early)
    return Bounds(early=known, late=known)


_EARLY = np.array([NEVER, ALWAYS, ALWAYS], dtype=np.int64)
_LATE = np.array([NEVER, NEVER, ALWAYS], dtype=np.int64)


def _settled(truth: Small) -> Bounds:
    return Bounds(early=_EARLY[truth + 1], late=_LATE[truth + 1])
