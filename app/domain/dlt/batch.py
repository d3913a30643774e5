"""What the events of one batch have in common: placed times, stretches, and windows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.dlt.columns import Columns, Index, Instants, Small, rows_where
from app.domain.dlt.onset import Placed, place
from app.domain.dlt.program import Program
from app.domain.dlt.stretches import Stretches, Timeline


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
        self.timeline = Timeline(self.placed, program.rules.clocks)
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
        counts = np.diff(self.columns.exposures.offsets)
        of_each = counts[subject] if counts.min(initial=1) != counts.max(initial=1) else None
        counted = np.full(len(stretches), -1, dtype=np.int8)
        after_first = np.full(len(stretches), -1, dtype=np.int8)
        for ordinal in range(int(counts.max(initial=0))):
            rows: Index | slice = slice(None)
            if of_each is not None and (ordinal or counts.min() == 0):
                rows = rows_where(of_each > ordinal)
            changes, subjects = onset[rows], subject[rows]
            infusion = self.columns.exposures.offsets[subjects] + ordinal
            if ordinal == 0:
                after_first[rows], after = self._after_first(changes, subjects, infusion)
            else:
                after = self._after(changes, *self._began(infusion), None)
            inside = np.minimum(after, self._before_end(changes, infusion, subjects))
            counted[rows] = np.maximum(counted[rows], inside) if ordinal else inside
        return InWindow(counted=counted, after_first_infusion=after_first)

    def _began(self, infusion: Index) -> tuple[Instants, Instants]:
        return self.columns.exposures.first[infusion], self.columns.exposures.last[infusion]

    def _after_first(self, onset: Index, subject: Index, infusion: Index) -> tuple[Small, Small]:
        """Whether onsets lie after the earliest infusion, and after the one listed first."""
        relation = self.placed.relation[onset]
        first, last = (each[subject] for each in self.columns.exposures.earliest)
        after_earliest = self._after(onset, first, last, relation)
        if self.columns.exposures.in_order:
            return after_earliest, after_earliest
        # Where another infusion may have been the earliest, the baseline tells less of this one.
        began = self._began(infusion)
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
            considered = rows_where(windows.after_first_infusion >= 0)
            event = stretches.event[considered]
            first = (
                rows_where(np.concatenate(([True], event[1:] != event[:-1])))
                if len(event)
                else considered
            )
            found[event[first]] = outside[considered[first]]
        else:
            np.maximum.at(found, stretches.event, outside)
        return found


def _three_valued(surely: NDArray[np.bool_], possibly: NDArray[np.bool_]) -> Small:
    return (surely.astype(np.int8) + possibly.astype(np.int8) - 1).astype(np.int8)
