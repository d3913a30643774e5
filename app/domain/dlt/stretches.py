"""Stretches of courses at or above a grade, and the clocks that run on them.

A *stretch* at grade g is an unbroken part of a course at g or worse. A clock runs until the first
grade at or below another; when it exceeds its limit is worked out in `running.py`. ALWAYS and
NEVER stand at the two ends.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.domain.dlt.clock import Clock, Stop
from app.domain.dlt.columns import UNKNOWN, Index, Instants, rows_where
from app.domain.dlt.infusions import Infusions
from app.domain.dlt.onset import Placed
from app.domain.dlt.rule import Clocks
from app.domain.dlt.running import Begin, Bounds, Clocked, Limits, Running, none_exceeded
from app.domain.time import NEVER


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretches:
    """All stretches at or above `grade`, in order of events. Shapes are (stretches,)."""

    grade: int
    event: Index
    start: Index
    end: Index
    """Index of the last change within the stretch."""
    open: NDArray[np.bool_]
    """Whether no lower grade was recorded after it."""

    def __len__(self) -> int:
        return len(self.event)

    def rows(self, index: Index) -> "Rows":
        """Some of them, with what is asked of each again and again."""
        return Rows(
            table=self,
            index=index,
            event=self.event[index],
            start=self.start[index],
            end=self.end[index],
            open=self.open[index],
        )

    def all_rows(self) -> "Rows":
        """All of them."""
        return Rows(
            table=self,
            index=np.arange(len(self)),
            event=self.event,
            start=self.start,
            end=self.end,
            open=self.open,
            whole=True,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Some stretches of a table. Shapes are (rows,)."""

    table: Stretches
    index: Index
    event: Index
    start: Index
    end: Index
    open: NDArray[np.bool_]
    whole: bool = False
    """Whether they are all of the table, in its order."""

    def __len__(self) -> int:
        return len(self.index)

    @property
    def closing(self) -> Index:
        """The change that ended each; -1 where none was recorded."""
        return np.where(self.open, UNKNOWN, self.end + 1)

    def take(self, rows: Index) -> "Rows":
        """Some of these."""
        return Rows(
            table=self.table,
            index=self.index[rows],
            event=self.event[rows],
            start=self.start[rows],
            end=self.end[rows],
            open=self.open[rows],
        )


class Timeline:
    """Courses of one batch, with the stretches and clocks that rules ask for. Grades are known."""

    def __init__(self, placed: Placed, clocks: Clocks) -> None:
        columns = self.columns = placed.columns
        self.event_of_change = placed.event_of_change
        self._begins = placed.begins
        self.clocks = clocks
        self._stretches: dict[int, Stretches] = {}
        self._outer: dict[tuple[int, int], Index] = {}
        self._inner: dict[tuple[int, int], tuple[Index, Index]] = {}
        self._reached: dict[tuple[int, int], Instants] = {}
        self._running = Running(columns)

    @cached_property
    def infusions(self) -> Infusions:
        """From where clocks are counted that do not start with an onset."""
        return Infusions(self.columns)

    def stretches(self, grade: int) -> Stretches:
        """All stretches at or above a grade."""
        if grade not in self._stretches:
            above = self.columns.courses.grade >= grade
            begins, ends = above.copy(), above.copy()
            begins[1:] &= ~above[:-1] | self._begins[1:-1]
            ends[:-1] &= ~above[1:] | self._begins[1:-1]
            start, end = rows_where(begins), rows_where(ends)
            self._stretches[grade] = Stretches(
                grade=grade,
                event=self.event_of_change[start],
                start=start,
                end=end,
                open=self._begins[end + 1],
            )
        return self._stretches[grade]

    def reached(self, rows: Rows, grade: int) -> Instants:
        """Recorded time at which each stretch first shows a grade; NEVER where it does not."""
        if grade <= rows.table.grade:
            return self.columns.courses.recorded[rows.start]
        place = (grade, rows.table.grade)
        if place not in self._reached:
            inner = self.stretches(grade)
            first, count = self._within(inner, rows.table)
            showing = rows_where(count > 0)
            instants = np.full(len(rows.table), NEVER, dtype=np.int64)
            instants[showing] = self.columns.courses.recorded[inner.start[first[showing]]]
            self._reached[place] = instants
        return self._reached[place][rows.index]

    def containing(self, changes: Index, grade: int) -> Index:
        """Start of the stretch at or above a lower grade that contains each change."""
        table = self.stretches(grade)
        return table.start[self._around(changes, table)]

    def _around(self, changes: Index, table: Stretches) -> Index:
        """The stretch that contains each change."""
        stretches: Index = np.searchsorted(table.start, changes, side="right") - 1
        return stretches

    def _around_each(self, inner: Stretches, outer: Stretches) -> Index:
        """The stretch at a lower grade around each one at a higher grade."""
        place = (inner.grade, outer.grade)
        if place not in self._outer:
            self._outer[place] = self._around(inner.start, outer)
        return self._outer[place]

    def _within(self, inner: Stretches, outer: Stretches) -> tuple[Index, Index]:
        """For each outer stretch, the first inner one (of a higher grade) in it.

        And how many there are.
        """
        place = (inner.grade, outer.grade)
        if place not in self._inner:
            count = np.bincount(self._around_each(inner, outer), minlength=len(outer))
            self._inner[place] = (np.concatenate(([0], np.cumsum(count)[:-1])), count)
        return self._inner[place]

    def closing(self, start: Index, stop: Stop) -> Index:
        """The change that stops a clock started at `start`; -1 where none was recorded.

        That is the first change at or below `stop`, or, by the reading, the one after the last
        change above it. Courses are short, so walking along them beats a pass over all changes.
        """
        grade = self.columns.courses.grade
        event = self.event_of_change[start]
        stops_at = self.columns.offsets[1:][event]
        bound = (
            self.columns.baseline[event]
            if stop == "baseline"
            else np.full(len(start), stop, dtype=np.int8)
        )
        last = self.clocks.recovery == "last"
        closing = np.full(len(start), UNKNOWN, dtype=np.int64)
        walking, change = np.arange(len(start)), start.copy()
        while len(walking):
            below = grade[change] <= bound[walking]
            found = walking[below]
            if last:
                closing[walking[~below]] = UNKNOWN
                found = found[closing[found] == UNKNOWN]
                closing[found] = change[below][np.searchsorted(walking[below], found)]
            else:
                closing[found] = change[below]
            going = (change + 1 < stops_at[walking]) & (last | ~below)
            walking, change = walking[going], change[going] + 1
        return closing

    def ends(self, start: Index, clock: Clock) -> Index:
        """The change that stops a clock of each of these stretches; -1: none was recorded."""
        if not clock.total and not self.stops_with_stretch(clock.stop, clock.grade):
            return self.closing(start, clock.stop)
        table = self.stretches(clock.grade)
        return table.rows(self._around(start, table)).closing

    def exceeded(self, start: Index, clock: Clock) -> Bounds:
        """When clocks of stretches that start with these changes exceed their limit.

        Shapes are (len(start),).
        """
        event = self.event_of_change[start]
        clocked = self._clocked(start, self.closing(start, clock.stop), event, clock)
        limits = Limits.of(clock, self.clocks)
        bounds = self._running.exceed(clocked, limits)
        unknown = (
            rows_where(self.columns.baseline[event] == UNKNOWN)
            if clock.stop == "baseline"
            else event[:0]
        )
        if len(unknown):
            bounds = Bounds(early=bounds.early.copy(), late=bounds.late.copy())
            bounds.late[unknown] = NEVER
            never_back = clocked.take(unknown)
            never_back = replace(never_back, closing=np.full(len(unknown), UNKNOWN))
            bounds.early[unknown] = self._running.exceed(never_back, limits).early
        return bounds

    def _clocked(self, start: Index, closing: Index, event: Index, clock: Clock) -> Clocked:
        onset = Begin(self.columns.courses, start)
        begin = onset
        if clock.counted_from != "onset":
            begin = self.infusions.before(onset, event, clock.counted_from)
        return Clocked(begin=begin, onset=onset, closing=closing, event=event)

    def stops_with_stretch(self, stop: Stop, grade: int) -> bool:
        """Whether a clock that starts with a stretch at a grade stops where the stretch ends."""
        return stop == grade - 1 and self.clocks.recovery == "first_documented"

    def exceeded_on(self, rows: Rows, clock: Clock) -> Bounds:
        """When a limit on these stretches themselves is exceeded."""
        if clock.total:
            return self._total(rows.table, rows.index, clock)
        if self.stops_with_stretch(clock.stop, rows.table.grade):
            clocked = self._clocked(rows.start, rows.closing, rows.event, clock)
            return self._running.exceed(clocked, Limits.of(clock, self.clocks))
        return self.exceeded(rows.start, clock)

    def exceeded_around(self, rows: Rows, clock: Clock) -> Bounds:
        """When a limit on the stretch at a lower grade around each of these is exceeded."""
        outer = self.stretches(clock.grade)
        return self.exceeded_on(
            outer.rows(self._around_each(rows.table, outer)[rows.index]), clock
        )

    def exceeded_within(self, rows: Rows, clock: Clock) -> Bounds:
        """When a limit on any stretch at a higher grade within these is exceeded."""
        inner = self.stretches(clock.grade)
        first, count = self._within(inner, rows.table)
        first, count = first[rows.index], count[rows.index]
        found = none_exceeded(len(rows))
        for ordinal in range(int(count.max(initial=0))):
            having = rows_where(count > ordinal)
            bounds = self.exceeded_on(inner.rows(first[having] + ordinal), clock)
            found.early[having] = np.minimum(found.early[having], bounds.early)
            found.late[having] = np.minimum(found.late[having], bounds.late)
        return found

    def _total(self, table: Stretches, index: Index, clock: Clock) -> Bounds:
        """When the lengths of each stretch and of those after it in its event exceed a limit.

        What those before have used up is taken from the limit of each.
        """
        whole = Limits.of(clock, self.clocks)
        found = none_exceeded(len(index))
        least = np.zeros(len(index), dtype=np.int64)
        most = least.copy()
        adding = np.arange(len(index))
        stretch = index
        while len(adding):
            rows = table.rows(stretch)
            onset = Begin(self.columns.courses, rows.start)
            clocked = Clocked(begin=onset, onset=onset, closing=rows.closing, event=rows.event)
            bounds = self._running.exceed(clocked, whole.less(least[adding], most[adding]))
            found.early[adding] = np.minimum(found.early[adding], bounds.early)
            found.late[adding] = np.minimum(found.late[adding], bounds.late)
            following = np.minimum(stretch + 1, len(table) - 1)
            again = rows_where((following > stretch) & (table.event[following] == rows.event))
            used = self._running.lengths(
                onset.take(again), rows.closing[again], elapsed=whole.elapsed
            )
            adding, stretch = adding[again], following[again]
            least[adding] += used[0]
            most[adding] += used[1]
        return found
