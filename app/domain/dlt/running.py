"""When running clocks exceed their limits: arithmetic on spans, in instants and in calendar days.

A limit is exceeded at an instant of which the bounds are computed here: `early` over the most
favourable, `late` over the least favourable completion of what was recorded.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.domain.course import Tail
from app.domain.dlt.clock import Clock
from app.domain.dlt.columns import UNKNOWN, Columns, Days, Index, Instants, rows_where
from app.domain.dlt.rule import Clocks
from app.domain.time import NEVER

_GOES_ON, _ASSESSED, _FATAL = int(Tail.GOES_ON), int(Tail.ASSESSED), int(Tail.FATAL)

Amount = int | NDArray[np.int64]
"""Microseconds or days: of all rows, or of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Earliest and latest instant at which something becomes true.

    One array where they are the same.
    """

    early: Instants
    late: Instants

    def take(self, rows: Index) -> "Bounds":
        """These rows."""
        late = self.late[rows]
        return Bounds(early=late if self.early is self.late else self.early[rows], late=late)

    def spread(self, rows: Index, count: int) -> "Bounds":
        """At these rows of `count`; nothing of use stands at the others."""
        late = np.empty(count, dtype=np.int64)
        late[rows] = self.late
        if self.early is self.late:
            return Bounds(early=late, late=late)
        early = np.empty(count, dtype=np.int64)
        early[rows] = self.early
        return Bounds(early=early, late=late)

    def joined(self, other: "Bounds", join: np.ufunc) -> "Bounds":
        """Both, by `np.maximum` (all of them) or `np.minimum` (any of them)."""
        if self.early is self.late and other.early is other.late:
            both = join(self.late, other.late)
            return Bounds(early=both, late=both)
        return Bounds(early=join(self.early, other.early), late=join(self.late, other.late))


def none_exceeded(count: int) -> Bounds:
    """A limit that is never exceeded."""
    never = np.full(count, NEVER, dtype=np.int64)
    return Bounds(early=never, late=never.copy())


class Spans(Protocol):
    """Spans in columns: what a clock may be counted from."""

    @property
    def first(self) -> Instants:
        """Earliest instants."""

    @property
    def last(self) -> Instants:
        """Latest instants."""

    @property
    def sup(self) -> Instants:
        """Exclusive ends; of an exact time, that time."""

    @property
    def first_day(self) -> Days:
        """Calendar days of the earliest instants."""

    @property
    def last_day(self) -> Days:
        """Calendar days of the latest instants."""


@dataclass(frozen=True, slots=True)
class Begin:
    """From where clocks are counted: some spans of a table. Only what is asked for is gathered."""

    table: Spans
    index: Index

    @property
    def first(self) -> Instants:
        """Earliest instants."""
        return self.table.first[self.index]

    @property
    def last(self) -> Instants:
        """Latest instants."""
        return self.table.last[self.index]

    @property
    def sup(self) -> Instants:
        """Exclusive ends; of an exact time, that time."""
        return self.table.sup[self.index]

    @property
    def first_day(self) -> Days:
        """Calendar days of the earliest instants."""
        return self.table.first_day[self.index]

    @property
    def last_day(self) -> Days:
        """Calendar days of the latest instants."""
        return self.table.last_day[self.index]

    def take(self, rows: Index) -> "Begin":
        """Some of these."""
        return Begin(self.table, self.index[rows])


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limit of each row, in microseconds or, by the calendar, in days; and how it is kept.

    They differ between the most and the least favourable completion where a part of the limit
    was used up before, nobody knows exactly how much.
    """

    early: Amount
    late: Amount
    elapsed: bool
    included: bool

    @classmethod
    def of(cls, clock: Clock, clocks: Clocks) -> "Limits":
        """The whole limit of a clock."""
        elapsed = clock.is_elapsed(clocks)
        amount = clock.limit.microseconds if elapsed else clock.limit.days or 0
        included = clock.includes_limit(clocks)
        return cls(early=amount, late=amount, elapsed=elapsed, included=included)

    def take(self, rows: Index) -> "Limits":
        """Those of some rows."""
        early = self.early if isinstance(self.early, int) else self.early[rows]
        late = self.late if isinstance(self.late, int) else self.late[rows]
        return Limits(early=early, late=late, elapsed=self.elapsed, included=self.included)

    def less(self, least: NDArray[np.int64], most: NDArray[np.int64]) -> "Limits":
        """What is left of them when so much was used up, at the least and at the most."""
        early, late = np.maximum(self.early - most, 0), np.maximum(self.late - least, 0)
        return Limits(early=early, late=late, elapsed=self.elapsed, included=self.included)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocked:
    """Clocks of some stretches: from where they are counted, and the changes around them.

    `onset` and `closing` are changes; a closing of -1 was not recorded.
    """

    begin: Begin
    onset: Begin
    closing: Index
    event: Index

    def take(self, rows: Index) -> "Clocked":
        """Some of these."""
        onset = self.onset.take(rows)
        return Clocked(
            begin=onset if self.begin is self.onset else self.begin.take(rows),
            onset=onset,
            closing=self.closing[rows],
            event=self.event[rows],
        )

    @property
    def open(self) -> NDArray[np.bool_]:
        """Whether no change that stops it was recorded."""
        still_open: NDArray[np.bool_] = self.closing == UNKNOWN
        return still_open


class Running:
    """The clocks of one batch."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns

    @cached_property
    def _loose_changes(self) -> NDArray[np.bool_]:
        courses = self.columns.courses
        loose: NDArray[np.bool_] = courses.first != courses.last
        loose |= courses.held_through != courses.first - 1
        return loose

    @cached_property
    def _loose_tails(self) -> NDArray[np.bool_]:
        loose: NDArray[np.bool_] = self.columns.tail != _GOES_ON
        return loose

    def exceed(self, clocked: Clocked, limits: Limits) -> Bounds:
        """When clocks exceed their limits. Shapes are (clocks,).

        Most clocks run between exact times, where both bounds are one; only the others are
        worked out twice.
        """
        if clocked.begin is not clocked.onset or not isinstance(limits.late, int):
            return self.loose(clocked, limits)
        loose = self._loose_changes[clocked.onset.index] | np.where(
            clocked.open,
            self._loose_tails[clocked.event],
            self._loose_changes[clocked.closing],
        )
        rows = rows_where(loose)
        if len(rows) == len(loose):
            return self.loose(clocked, limits)
        late = self._exact(clocked, limits)
        if not len(rows):
            return Bounds(early=late, late=late)
        found = self.loose(clocked.take(rows), limits.take(rows))
        early = late.copy()
        early[rows], late[rows] = found.early, found.late
        return Bounds(early=early, late=late)

    def _exact(self, clocked: Clocked, limits: Limits) -> Instants:
        courses = self.columns.courses
        if limits.elapsed:
            due = clocked.begin.first + limits.late
            ended = courses.first[clocked.closing] - (1 if limits.included else 0) < due
            return np.where(ended & ~clocked.open, NEVER, due)
        day = clocked.begin.first_day + _over(limits.late, limits)
        in_time = (courses.first_day[clocked.closing] < day) & ~clocked.open
        return np.where(in_time, NEVER, self.columns.midnight(clocked.event, day))

    def loose(self, clocked: Clocked, limits: Limits) -> Bounds:
        """Where any time is not exact, or the clock is not counted from the stretch's onset."""
        bounds = (self._hours if limits.elapsed else self._days)(clocked, limits)
        tail = self.columns.tail[clocked.event]
        assessed = clocked.open & (tail == _ASSESSED) & (bounds.late == NEVER)
        if assessed.any():
            ahead = rows_where(assessed & (bounds.early > self.columns.cut[clocked.event]))
            bounds.late[ahead] = self._at_the_latest(clocked.take(ahead), limits.take(ahead))
        fatal = rows_where(clocked.open & (tail == _FATAL))
        if len(fatal):
            self._at_death(bounds, fatal, clocked.take(fatal), limits.take(fatal))
        return bounds

    def _hours(self, clocked: Clocked, limits: Limits) -> Bounds:
        courses, columns, begin = self.columns.courses, self.columns, clocked.begin
        short = 0 if limits.included else 1
        still_open, event, closing = clocked.open, clocked.event, clocked.closing
        held = np.where(still_open, columns.through[event], courses.held_through[closing])
        ends = np.where(still_open, columns.ends_by[event], courses.last[closing] - 1)
        latest = np.where(still_open, begin.sup, begin.last) + limits.late - short
        possibly = begin.first + limits.early - short <= ends
        surely = latest <= held
        early, late = begin.first + limits.early, begin.sup + limits.late
        if begin is not clocked.onset:
            # What begins after the limit has run out is beyond it from its onset.
            surely |= latest < clocked.onset.first
            early = np.maximum(early, clocked.onset.first)
            late = np.maximum(late, clocked.onset.sup)
        return Bounds(early=np.where(possibly, early, NEVER), late=np.where(surely, late, NEVER))

    def _days(self, clocked: Clocked, limits: Limits) -> Bounds:
        courses, columns = self.columns.courses, self.columns
        still_open, event, closing = clocked.open, clocked.event, clocked.closing
        held = np.where(still_open, columns.through_day[event], courses.held_through_day[closing])
        ends = np.where(still_open, columns.ends_by_day[event], courses.last_day[closing])
        first_day = clocked.begin.first_day + _over(limits.early, limits)
        last_day = clocked.begin.last_day + _over(limits.late, limits)
        possibly, surely = first_day <= ends, last_day <= held
        early, late = columns.midnight(event, first_day), columns.midnight(event, last_day)
        if clocked.begin is not clocked.onset:
            surely |= last_day <= clocked.onset.first_day
            early = np.maximum(early, clocked.onset.first)
            late = np.maximum(late, clocked.onset.sup)
        return Bounds(early=np.where(possibly, early, NEVER), late=np.where(surely, late, NEVER))

    def _at_the_latest(self, clocked: Clocked, limits: Limits) -> Instants:
        if limits.elapsed:
            late = clocked.begin.sup + limits.late
        else:
            day = clocked.begin.last_day + _over(limits.late, limits)
            late = self.columns.midnight(clocked.event, day)
        return late if clocked.begin is clocked.onset else np.maximum(late, clocked.onset.sup)

    def _at_death(self, bounds: Bounds, rows: Index, fatal: Clocked, limits: Limits) -> None:
        """Death from the event itself is no recovery: a running limit is exceeded at the death."""
        columns, event, onset = self.columns, fatal.event, fatal.onset.first
        at_the_latest = columns.ends_by[event]
        if not limits.elapsed:
            # A death dated by its day exceeds a limit in days on that day, from its first instant.
            midnight = np.maximum(
                columns.midnight(event, columns.ends_by_day[event]), columns.through[event]
            )
            one_day = columns.through_day[event] == columns.ends_by_day[event]
            # Which part of the day lies after a partly dated infusion is not known.
            one_day &= ~columns.exposures.partly[columns.subject[event]]
            at_the_latest = np.where(one_day, midnight, at_the_latest)
        at_the_latest = np.maximum(at_the_latest, onset)
        at_the_earliest = np.maximum(columns.through[event], onset)
        # Until the death the grade holds, whenever the death was: the limit runs all the same.
        bounds.early[rows] = np.minimum(bounds.early[rows], at_the_earliest)
        bounds.late[rows] = np.minimum(self._at_the_latest(fatal, limits), at_the_latest)

    def lengths(
        self, onset: Begin, closing: Index, *, elapsed: bool
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """How long stretches lasted that a recorded change ended, at the least and at the most."""
        courses = self.columns.courses
        if elapsed:
            least = courses.held_through[closing] + 1 - onset.last
            most = courses.last[closing] - onset.first
        else:
            least = courses.held_through_day[closing].astype(np.int64) - onset.last_day
            most = courses.last_day[closing].astype(np.int64) - onset.first_day
        return np.maximum(least, 0), np.maximum(most, 0)


def _over(days: Amount, limits: Limits) -> Amount:
    """Days from the start to the first day beyond a limit in days."""
    return days + (1 if limits.included else 0)
