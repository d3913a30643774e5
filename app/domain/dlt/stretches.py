"""Stretches of courses at or above a grade, and the clocks that run on them.

A *stretch* at grade g is an unbroken part of a course at g or worse. A clock starts with a
stretch and stops at the first grade at or below another; a limit on it is exceeded at an instant
of which the bounds are computed here: `early` over the most favourable, `late` over the least
favourable completion of what was recorded. ALWAYS and NEVER stand at the two ends.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.domain.course import Tail
from app.domain.dlt.columns import UNKNOWN, Columns, Index, Instants
from app.domain.dlt.rule import Clocks
from app.domain.time import NEVER, Limit

Stop = int | Literal["baseline"]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Some stretches of a table. Shapes are (rows,)."""

    table: Stretches
    index: Index
    event: Index
    start: Index
    end: Index
    open: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.index)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Earliest and latest instant at which something becomes true.

    One array where they are the same.
    """

    early: Instants
    late: Instants

    def take(self, rows: Index) -> "Bounds":
        """These rows."""
        return Bounds(early=self.early[rows], late=self.late[rows])

    def joined(self, other: "Bounds", join: np.ufunc) -> "Bounds":
        """Both, by `np.maximum` (all of them) or `np.minimum` (any of them)."""
        if self.early is self.late and other.early is other.late:
            both = join(self.late, other.late)
            return Bounds(early=both, late=both)
        return Bounds(early=join(self.early, other.early), late=join(self.late, other.late))


class Timeline:
    """Courses of one batch, with the stretches and clocks that rules ask for. Grades are known."""

    def __init__(self, columns: Columns, clocks: Clocks) -> None:
        self.columns = columns
        self.clocks = clocks
        self._stretches: dict[int, Stretches] = {}
        self._inner: dict[tuple[int, int], tuple[Index, Index]] = {}

    @cached_property
    def event_of_change(self) -> Index:
        """The event that each change belongs to."""
        return self.columns.event_of_change

    @cached_property
    def _is_first(self) -> NDArray[np.bool_]:
        flags = np.zeros(len(self.columns.courses.grade), dtype=np.bool_)
        flags[self.columns.offsets[:-1][np.diff(self.columns.offsets) > 0]] = True
        return flags

    @cached_property
    def _is_last(self) -> NDArray[np.bool_]:
        flags = np.zeros(len(self.columns.courses.grade), dtype=np.bool_)
        flags[self.columns.offsets[1:][np.diff(self.columns.offsets) > 0] - 1] = True
        return flags

    def stretches(self, grade: int) -> Stretches:
        """All stretches at or above a grade."""
        if grade not in self._stretches:
            above = self.columns.courses.grade >= grade
            before = np.concatenate(([False], above[:-1])) & ~self._is_first
            after = np.concatenate((above[1:], [False])) & ~self._is_last
            start, end = np.flatnonzero(above & ~before), np.flatnonzero(above & ~after)
            self._stretches[grade] = Stretches(
                grade=grade,
                event=self.event_of_change[start],
                start=start,
                end=end,
                open=self._is_last[end],
            )
        return self._stretches[grade]

    def reached(self, rows: Rows, grade: int) -> Instants:
        """Recorded time at which each stretch first shows a grade; NEVER where it does not."""
        if grade <= rows.table.grade:
            return self.columns.courses.recorded[rows.start]
        inner = self.stretches(grade)
        first, count = self._within(inner, rows.table)
        showing = np.flatnonzero(count[rows.index])
        instants = np.full(len(rows), NEVER, dtype=np.int64)
        instants[showing] = self.columns.courses.recorded[inner.start[first[rows.index[showing]]]]
        return instants

    def containing(self, changes: Index, grade: int) -> Index:
        """Start of the stretch at or above a lower grade that contains each change."""
        table = self.stretches(grade)
        return table.start[np.searchsorted(table.start, changes, side="right") - 1]

    def _within(self, inner: Stretches, outer: Stretches) -> tuple[Index, Index]:
        """For each outer stretch, the first inner one (of a higher grade) in it.

        And how many there are.
        """
        place = (inner.grade, outer.grade)
        if place not in self._inner:
            parent = np.searchsorted(outer.start, inner.start, side="right") - 1
            count = np.bincount(parent, minlength=len(outer))
            self._inner[place] = (np.concatenate(([0], np.cumsum(count)[:-1])), count)
        return self._inner[place]

    def inner_starts(self, grade: int, outer: Stretches, stretch: int) -> Index:
        """First changes of the stretches at a higher grade within one stretch."""
        inner = self.stretches(grade)
        first, count = self._within(inner, outer)
        return inner.start[first[stretch] : first[stretch] + count[stretch]]

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

    def exceeded(self, start: Index, stop: Stop, limit: Limit) -> Bounds:
        """When a clock that starts with the change `start` exceeds a limit.

        Shapes are (len(start),).
        """
        event = self.event_of_change[start]
        bounds = self.clock(start, self.closing(start, stop), event, limit)
        unknown = (
            np.flatnonzero(self.columns.baseline[event] == UNKNOWN)
            if stop == "baseline"
            else event[:0]
        )
        if len(unknown):
            bounds = Bounds(early=bounds.early.copy(), late=bounds.late.copy())
            bounds.late[unknown] = NEVER
            bounds.early[unknown] = self.clock(
                start[unknown], np.full(len(unknown), UNKNOWN), event[unknown], limit
            ).early
        return bounds

    @cached_property
    def _loose_changes(self) -> NDArray[np.bool_]:
        courses = self.columns.courses
        loose: NDArray[np.bool_] = courses.first != courses.last
        loose |= courses.held_through != courses.first - 1
        return loose

    @cached_property
    def _loose_tails(self) -> NDArray[np.bool_]:
        loose: NDArray[np.bool_] = self.columns.tail != Tail.GOES_ON
        return loose

    def clock(self, start: Index, closing: Index, event: Index, limit: Limit) -> Bounds:
        """When clocks from one change to another (-1: not stopped) exceed a limit.

        Most clocks run between exact times, where both bounds are one; only the others are
        worked out twice.
        """
        elapsed = self.clocks.days_are == "elapsed" or limit.days is None
        still_open = closing == UNKNOWN
        loose = self._loose_changes[start] | np.where(
            still_open, self._loose_tails[event], self._loose_changes[closing]
        )
        rows = np.flatnonzero(loose)
        if len(rows) == len(start):
            return self._loose_clock(start, closing, event, limit, elapsed=elapsed)
        late = self._exact_clock(start, closing, event, still_open, limit, elapsed=elapsed)
        if not len(rows):
            return Bounds(early=late, late=late)
        found = self._loose_clock(start[rows], closing[rows], event[rows], limit, elapsed=elapsed)
        early = late.copy()
        early[rows], late[rows] = found.early, found.late
        return Bounds(early=early, late=late)

    def _exact_clock(
        self,
        start: Index,
        closing: Index,
        event: Index,
        still_open: NDArray[np.bool_],
        limit: Limit,
        *,
        elapsed: bool,
    ) -> Instants:
        courses = self.columns.courses
        if elapsed:
            due = courses.first[start] + limit.microseconds
            ended = courses.first[closing] - (1 if self.clocks.within_includes_limit else 0) < due
            return np.where(ended & ~still_open, NEVER, due)
        day = courses.first_day[start] + (
            (limit.days or 0) + (1 if self.clocks.within_includes_limit else 0)
        )
        in_time = (courses.first_day[closing] < day) & ~still_open
        return np.where(in_time, NEVER, self.columns.midnight(event, day))

    def _loose_clock(
        self, start: Index, closing: Index, event: Index, limit: Limit, *, elapsed: bool
    ) -> Bounds:
        bounds = (self._hours if elapsed else self._days)(start, closing, event, limit)
        still_open = closing == UNKNOWN
        tail = self.columns.tail[event]
        assessed = still_open & (tail == Tail.ASSESSED) & (bounds.late == NEVER)
        if assessed.any():
            ahead = assessed & (bounds.early > self.columns.cut)
            bounds.late[ahead] = self._at_the_latest(
                start[ahead], event[ahead], limit, elapsed=elapsed
            )
        fatal = np.flatnonzero(still_open & (tail == Tail.FATAL))
        if len(fatal):
            self._exceeded_at_death(
                bounds, fatal, start[fatal], event[fatal], limit, elapsed=elapsed
            )
        return bounds

    def _hours(self, start: Index, closing: Index, event: Index, limit: Limit) -> Bounds:
        courses, columns = self.columns.courses, self.columns
        length = limit.microseconds
        compared = length if self.clocks.within_includes_limit else length - 1
        still_open = closing == UNKNOWN
        held = np.where(still_open, columns.through[event], courses.held_through[closing])
        ends = np.where(still_open, columns.ends_by[event], courses.last[closing] - 1)
        latest = np.where(still_open, courses.sup[start], courses.last[start])
        early = np.where(
            courses.first[start] + compared <= ends, courses.first[start] + length, NEVER
        )
        late = np.where(latest + compared <= held, courses.sup[start] + length, NEVER)
        return Bounds(early=early, late=late)

    def _days(self, start: Index, closing: Index, event: Index, limit: Limit) -> Bounds:
        courses, columns = self.columns.courses, self.columns
        over = (limit.days or 0) + (1 if self.clocks.within_includes_limit else 0)
        still_open = closing == UNKNOWN
        held = np.where(still_open, columns.through_day[event], courses.held_through_day[closing])
        ends = np.where(still_open, columns.ends_by_day[event], courses.last_day[closing])
        first_day, last_day = courses.first_day[start] + over, courses.last_day[start] + over
        early = np.where(first_day <= ends, columns.midnight(event, first_day), NEVER)
        late = np.where(last_day <= held, columns.midnight(event, last_day), NEVER)
        return Bounds(early=early, late=late)

    def _at_the_latest(
        self, start: Index, event: Index, limit: Limit, *, elapsed: bool
    ) -> Instants:
        if elapsed:
            return self.columns.courses.sup[start] + limit.microseconds
        over = (limit.days or 0) + (1 if self.clocks.within_includes_limit else 0)
        return self.columns.midnight(event, self.columns.courses.last_day[start] + over)

    def _exceeded_at_death(
        self,
        bounds: Bounds,
        rows: Index,
        start: Index,
        event: Index,
        limit: Limit,
        *,
        elapsed: bool,
    ) -> None:
        """Death from the event itself is no recovery: a running limit is exceeded at the death."""
        columns = self.columns
        at_the_latest = columns.ends_by[event]
        if not elapsed:
            # A death dated by its day exceeds a limit in days on that day, from its first instant.
            midnight = np.maximum(
                columns.midnight(event, columns.ends_by_day[event]), columns.through[event]
            )
            one_day = columns.through_day[event] == columns.ends_by_day[event]
            at_the_latest = np.where(one_day, midnight, at_the_latest)
        at_the_latest = np.maximum(at_the_latest, columns.courses.first[start])
        at_the_earliest = np.maximum(columns.through[event], columns.courses.first[start])
        # Until the death the grade holds, whenever the death was: the limit runs all the same.
        limit_at_the_latest = self._at_the_latest(start, event, limit, elapsed=elapsed)
        bounds.early[rows] = np.minimum(bounds.early[rows], at_the_earliest)
        bounds.late[rows] = np.minimum(limit_at_the_latest, at_the_latest)

    def stops_with_stretch(self, stop: Stop, grade: int) -> bool:
        """Whether a clock that starts with a stretch at a grade stops where the stretch ends."""
        return stop == grade - 1 and self.clocks.recovery == "first_documented"

    def exceeded_on(self, rows: Rows, stop: Stop, limit: Limit) -> Bounds:
        """When a limit on these stretches themselves is exceeded."""
        if self.stops_with_stretch(stop, rows.table.grade):
            closing = np.where(rows.open, UNKNOWN, rows.end + 1)
            return self.clock(rows.start, closing, rows.event, limit)
        return self.exceeded(rows.start, stop, limit)

    def exceeded_within(self, rows: Rows, grade: int, stop: Stop, limit: Limit) -> Bounds:
        """When a limit on any stretch at a higher grade within these is exceeded."""
        inner = self.stretches(grade)
        first, count = self._within(inner, rows.table)
        first, count = first[rows.index], count[rows.index]
        found = none_exceeded(len(rows))
        for ordinal in range(int(count.max(initial=0))):
            having = np.flatnonzero(count > ordinal)
            bounds = self.exceeded_on(inner.rows(first[having] + ordinal), stop, limit)
            found.early[having] = np.minimum(found.early[having], bounds.early)
            found.late[having] = np.minimum(found.late[having], bounds.late)
        return found


def none_exceeded(count: int) -> Bounds:
    """A limit that is never exceeded."""
    never = np.full(count, NEVER, dtype=np.int64)
    return Bounds(early=never, late=never.copy())
