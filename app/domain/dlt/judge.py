"""Verdicts of a batch of events: evaluate, complete what stays undecided, and agree."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from app.domain.course import Tail
from app.domain.dlt.batch import Batch
from app.domain.dlt.columns import UNKNOWN, Columns, Index, Instants, Small, rows_where
from app.domain.dlt.completions import (
    Completions,
    complete,
    enumerable,
    split_times,
    worth_completing,
)
from app.domain.dlt.evaluate import Judge, Trace
from app.domain.dlt.facts import UNKNOWN as UNKNOWN_FACT
from app.domain.dlt.program import Program
from app.domain.dlt.running import Bounds, none_exceeded
from app.domain.time import ALWAYS, NEVER


class Verdict(IntEnum):
    """What is decided of one event (docs/glossary.md)."""

    NOT_DLT = 0
    DLT = 1
    PENDING = 2
    UNDETERMINED = 3


# As numbers: to look a member up costs as much as to compare small columns.
_NOT_DLT, _DLT, _PENDING, _UNDETERMINED = map(int, Verdict)
_ASSESSED = int(Tail.ASSESSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """Verdicts of a batch. Shapes are (events,)."""

    verdict: Small
    at: Instants
    """DLT: established at. PENDING, UNDETERMINED: becomes one at. NEVER where there is none."""
    referred: NDArray[np.bool_]
    """Whether toxicity first reached after the window goes to the committee."""

    def __len__(self) -> int:
        return len(self.verdict)

    def take(self, rows: Index) -> "Verdicts":
        """Those of these events, in this order."""
        return Verdicts(verdict=self.verdict[rows], at=self.at[rows], referred=self.referred[rows])


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """Every completion of some events, evaluated. `rows.origin` counts among `events`."""

    events: Index
    rows: Completions
    bounds: Bounds
    referred: Small

    def agreed(self) -> tuple[Bounds, NDArray[np.bool_]]:
        """Bounds over all completions of each event, and whether each of them is referred."""
        order = np.argsort(self.rows.origin, kind="stable")
        start = np.searchsorted(self.rows.origin[order], np.arange(len(self.events)))
        early = np.minimum.reduceat(self.bounds.early[order], start)
        late = np.maximum.reduceat(self.bounds.late[order], start)
        refer: NDArray[np.bool_] = np.minimum.reduceat(self.referred[order], start) == 1
        return Bounds(early=early, late=late), refer

    def of_each(self) -> Iterator[tuple[int, Index]]:
        """Each event with the rows of its completions, in their order."""
        order = np.argsort(self.rows.origin, kind="stable")
        stops = np.cumsum(np.bincount(self.rows.origin, minlength=len(self.events)))
        return zip(self.events.tolist(), np.split(order, stops[:-1]), strict=True)


def _of_unknown_grade(batch: Batch, least: int) -> Index:
    """Events with an unknown grade that may be DLTs by it, or by another one."""
    unknown = rows_where(batch.columns.courses.grade == UNKNOWN)
    if not len(unknown):
        return unknown
    event = batch.timeline.event_of_change[unknown]
    grave = np.zeros(len(batch.columns), dtype=np.bool_)
    grave[batch.timeline.stretches(least).event] = True
    grave[event] |= batch.columns.possible_grades[event] >= 1 << least
    return event[grave[event]]


_MOSTLY = 0.75  # with more grave events than this, leaving the others out costs more than it saves
_CHUNK = 131_072  # events of a first pass: more take more memory, and no less time for each


def judge(columns: Columns, program: Program) -> Verdicts:
    """Judge every event of a batch. Rows do not influence each other."""
    return judge_completing(columns, program)[0]


def judge_completing(columns: Columns, program: Program) -> tuple[Verdicts, Completed | None]:
    """The same, with the completions of what a first pass left undecided, if there are any."""
    bounds = none_exceeded(len(columns))
    referred = np.zeros(len(columns), dtype=np.bool_)
    worth = [np.zeros(0, dtype=np.int64)]
    for start in range(0, len(columns), _CHUNK):
        part = columns.part(start, start + _CHUNK)
        grave = _may_reach(part, program.least_grade)
        if len(grave):
            everything = len(grave) > _MOSTLY * len(part)
            first = first_pass(part if everything else part.take(grave), program)
            rows = slice(start, start + len(part)) if everything else start + grave
            bounds.early[rows], bounds.late[rows] = first.bounds.early, first.bounds.late
            referred[rows] = first.referred == 1
            asked = _worth_completing(first, program)
            worth.append(start + (asked if everything else grave[asked]))
    return _settled(columns, program, bounds, referred, np.concatenate(worth))


def _may_reach(columns: Columns, least: int) -> Index:
    """Events that may have reached a grade."""
    high = columns.courses.grade >= least
    unknown = rows_where(columns.courses.grade == UNKNOWN)
    if len(unknown):
        event = np.searchsorted(columns.offsets, unknown, side="right") - 1
        high[unknown] = columns.possible_grades[event] >= 1 << least
    before = np.concatenate(([0], np.cumsum(high, dtype=np.int64)))
    return rows_where(np.diff(before[columns.offsets]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One evaluation of a batch with its unknowns left open."""

    batch: Batch
    bounds: Bounds
    referred: Small


def first_pass(columns: Columns, program: Program, trace: Trace | None = None) -> Pass:
    """When each event becomes a DLT, and whether it is referred, with its unknowns left open."""
    batch = Batch(columns, program)
    bounds = Judge(batch, trace).decide()
    referred = batch.referred()
    open_ = _of_unknown_grade(batch, program.least_grade)
    # The evaluator passes over unknown grades; whatever it found of these events does not count.
    bounds.early[open_], bounds.late[open_], referred[open_] = ALWAYS, NEVER, 0
    return Pass(batch=batch, bounds=bounds, referred=referred)


def judged(columns: Columns, program: Program, first: Pass) -> tuple[Verdicts, Completed | None]:
    """Verdicts from a first pass: what it left undecided is completed and has to agree.

    With the completions, where there are any.
    """
    worth = _worth_completing(first, program)
    return _settled(columns, program, first.bounds, first.referred == 1, worth)


def _worth_completing(first: Pass, program: Program) -> Index:
    """Events that a first pass left undecided, and completing may decide."""
    columns, bounds = first.batch.columns, first.bounds
    undecided = ~_decided(bounds, columns.cut) | _loose(bounds, columns)
    if not undecided.any():
        return np.zeros(0, dtype=np.int64)
    return rows_where(worth_completing(first.batch.placed, program, undecided))


def _settled(
    columns: Columns,
    program: Program,
    bounds: Bounds,
    referred: NDArray[np.bool_],
    worth: Index,
) -> tuple[Verdicts, Completed | None]:
    found = completions_of(columns, program, worth)
    if found is not None:
        agreed, refer_all = found.agreed()
        bounds.early[found.events], bounds.late[found.events] = agreed.early, agreed.late
        referred[found.events] = refer_all
    return _classified(bounds, columns, referred, program), found


def completions_of(columns: Columns, program: Program, events: Index) -> Completed | None:
    """The completions of those events that have few enough; None where none has."""
    if not len(events):
        return None
    taken = columns.take(events)
    few = rows_where(enumerable(taken, program))
    if not len(few):
        return None
    if len(few) < len(events):
        events, taken = events[few], taken.take(few)
    rows, bounds, referred = completed(taken, program)
    return Completed(events=events, rows=rows, bounds=bounds, referred=referred)


def _loose(bounds: Bounds, columns: Columns) -> NDArray[np.bool_]:
    """Which verdicts are decided, but at an instant that a discrete unknown may move."""
    loose: NDArray[np.bool_] = (bounds.early != bounds.late) & (bounds.late < NEVER)
    rows = rows_where(loose)
    if len(rows):
        unknown = (columns.facts[:, rows] == UNKNOWN_FACT).any(axis=0)
        loose[rows] = unknown | (columns.baseline[rows] == UNKNOWN)
    return loose


def completed(columns: Columns, program: Program) -> tuple[Completions, Bounds, Small]:
    """Every completion of each event, with its bounds and its referral."""
    return evaluated(complete(columns, program), program)


def evaluated(rows: Completions, program: Program) -> tuple[Completions, Bounds, Small]:
    """Completions with their bounds and their referral; where a time divides an undecided one of
    an event, its undecided ones stand last, divided.
    """
    first = first_pass(rows.columns, program)
    bounds, referred = first.bounds, first.referred
    undecided = ~_decided(bounds, rows.columns.cut)
    if not undecided.any():
        return rows, bounds, referred
    asked = rows_where(undecided)
    divided = split_times(rows.take(asked), program)
    if len(divided.columns) == len(asked):
        return rows, bounds, referred
    events = int(rows.origin.max()) + 1
    grown = np.bincount(divided.origin, minlength=events) > np.bincount(
        rows.origin[asked], minlength=events
    )
    divided = divided.take(rows_where(grown[divided.origin]))
    kept = rows_where(~(undecided & grown[rows.origin]))
    second = first_pass(divided.columns, program)
    return (
        rows.take(kept).beside(divided),
        Bounds(
            early=np.concatenate((bounds.early[kept], second.bounds.early)),
            late=np.concatenate((bounds.late[kept], second.bounds.late)),
        ),
        np.concatenate((referred[kept], second.referred)),
    )


def _decided(bounds: Bounds, cut: Instants) -> NDArray[np.bool_]:
    """Whether every completion gives the same verdict at the cut of each."""
    now: NDArray[np.bool_] = bounds.late <= cut
    never: NDArray[np.bool_] = bounds.early == NEVER
    pending: NDArray[np.bool_] = (bounds.early > cut) & (bounds.late < NEVER)
    return now | never | pending


def _classified(
    bounds: Bounds, columns: Columns, referred: NDArray[np.bool_], program: Program
) -> Verdicts:
    verdict = np.full(len(columns), _NOT_DLT, dtype=np.int8)
    at = np.full(len(columns), NEVER, dtype=np.int64)
    rows = rows_where(bounds.early != NEVER)
    early, late, cut = bounds.early[rows], bounds.late[rows], columns.cut[rows]
    pending = (early > cut) & (late < NEVER)
    of_rows = np.where(pending, _PENDING, _UNDETERMINED).astype(np.int8)
    of_rows[late <= cut] = _DLT
    # What goes on after the last assessment, or in silence, is assumed for PENDING alone.
    assumed = (columns.tail[rows] == _ASSESSED) | _in_silence(columns, rows, program)
    assumed &= of_rows == _UNDETERMINED
    verdict[rows], at[rows] = of_rows, np.where(assumed, NEVER, late)
    return Verdicts(verdict=verdict, at=at, referred=referred)


def _in_silence(columns: Columns, rows: Index, program: Program) -> NDArray[np.bool_]:
    """Whether any fact that is asked of an event is so only if silence is persistence."""
    found = np.zeros(len(rows), dtype=np.bool_)
    if columns.since_assumed.any():
        signature = columns.signature[rows]
        for place, number in enumerate(program.joins):
            asked = (signature == UNKNOWN) | program.asked[signature, number]
            found |= (columns.since_assumed[place][rows] == 1) & asked
    return found


def verdict_of(early: int, late: int, cut: int) -> Verdict:
    """The verdict that one row's bounds give."""
    if early == NEVER:
        return Verdict.NOT_DLT
    if late <= cut:
        return Verdict.DLT
    return Verdict.PENDING if early > cut and late < NEVER else Verdict.UNDETERMINED
