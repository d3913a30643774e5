"""Verdicts of a batch of events: evaluate, complete what stays undecided, and agree."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from app.domain.course import Tail
from app.domain.dlt.columns import UNKNOWN, Columns, Index, Instants, Small
from app.domain.dlt.completions import Completions, complete, enumerable, split_times
from app.domain.dlt.evaluate import Batch, Judge, Trace
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


_MOSTLY = 0.75  # with more grave events than this, leaving the others out costs more than it saves
_CHUNK = 32_768  # events of a first pass: what it works on stays in the cache


def judge(columns: Columns, program: Program) -> Verdicts:
    """Judge every event of a batch. Rows do not influence each other."""
    bounds = none_exceeded(len(columns))
    referred = np.full(len(columns), -1, dtype=np.int8)
    for start in range(0, len(columns), _CHUNK):
        part = slice(start, start + _CHUNK)
        found = _grave_pass(columns.part(start, start + _CHUNK), program)
        bounds.early[part], bounds.late[part] = found[0].early, found[0].late
        referred[part] = found[1]
    return _settled(columns, program, bounds, referred)


def _grave_pass(columns: Columns, program: Program) -> tuple[Bounds, Small]:
    """A first pass over the events that may be grave; the others can be no DLT."""
    grave = _may_reach(columns, program.least_grade)
    if len(grave) > _MOSTLY * len(columns):
        found = first_pass(columns, program)
        return found.bounds, found.referred
    bounds = none_exceeded(len(columns))
    referred = np.full(len(columns), -1, dtype=np.int8)
    if len(grave):
        found = first_pass(columns.take(grave), program)
        bounds.early[grave], bounds.late[grave] = found.bounds.early, found.bounds.late
        referred[grave] = found.referred
    return bounds, referred


def _may_reach(columns: Columns, least: int) -> Index:
    """Events that may have reached a grade."""
    high = columns.courses.grade >= least
    unknown = np.flatnonzero(columns.courses.grade == UNKNOWN)
    if len(unknown):
        event = np.searchsorted(columns.offsets, unknown, side="right") - 1
        high[unknown] = columns.possible_grades[event] >= 1 << least
    before = np.concatenate(([0], np.cumsum(high, dtype=np.int64)))
    return np.flatnonzero(np.diff(before[columns.offsets]))


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
    unknown = np.flatnonzero(columns.courses.grade == UNKNOWN)
    if len(unknown):
        # The evaluator passes over unknown grades; whatever it found of these events does not
        # count.
        events = np.searchsorted(columns.offsets, unknown, side="right") - 1
        bounds.early[events], bounds.late[events], referred[events] = ALWAYS, NEVER, 0
    return Pass(batch=batch, bounds=bounds, referred=referred)


def judged(columns: Columns, program: Program, first: Pass) -> Verdicts:
    """Verdicts from a first pass: what it left undecided is completed and has to agree."""
    return _settled(columns, program, first.bounds, first.referred)


def _settled(columns: Columns, program: Program, bounds: Bounds, referred: Small) -> Verdicts:
    refer = referred == 1
    undecided = np.flatnonzero(~_decided(bounds, columns.cut) | _loose(bounds, columns))
    if len(undecided):
        asked, taken = undecided, columns.take(undecided)
        few = enumerable(taken, program)
        if not few.all():
            asked, taken = undecided[few], columns.take(undecided[few])
        if len(asked):
            found, refer_all = agree(taken, program)
            bounds.early[asked], bounds.late[asked] = found.early, found.late
            refer[asked] = refer_all
    return _classified(bounds, columns, refer)


def _loose(bounds: Bounds, columns: Columns) -> NDArray[np.bool_]:
    """Which verdicts are decided, but at an instant that a discrete unknown may move."""
    loose: NDArray[np.bool_] = (bounds.early != bounds.late) & (bounds.late < NEVER)
    rows = np.flatnonzero(loose)
    if len(rows):
        unknown = (columns.facts[:, rows] == UNKNOWN_FACT).any(axis=0)
        loose[rows] = unknown | (columns.baseline[rows] == UNKNOWN)
    return loose


def agree(columns: Columns, program: Program) -> tuple[Bounds, NDArray[np.bool_]]:
    """Bounds over all completions of each event, and whether each of them is referred."""
    rows, bounds, referred = completed(columns, program)
    order = np.argsort(rows.origin, kind="stable")
    start = np.searchsorted(rows.origin[order], np.arange(len(columns)))
    early = np.minimum.reduceat(bounds.early[order], start)
    late = np.maximum.reduceat(bounds.late[order], start)
    refer: NDArray[np.bool_] = np.minimum.reduceat(referred[order], start) == 1
    return Bounds(early=early, late=late), refer


def completed(
    columns: Columns, program: Program, *, every: NDArray[np.bool_] | None = None
) -> tuple[Completions, Bounds, Small]:
    """Every completion of each event, with its bounds and its referral."""
    rows = complete(columns, program, every=every)
    first = first_pass(rows.columns, program)
    bounds, referred = first.bounds, first.referred
    undecided = np.flatnonzero(~_decided(bounds, rows.columns.cut))
    if not len(undecided):
        return rows, bounds, referred
    divided = split_times(rows.take(undecided), program)
    if len(divided.columns) == len(undecided):
        return rows, bounds, referred
    kept = np.flatnonzero(_decided(bounds, rows.columns.cut))
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


def _classified(bounds: Bounds, columns: Columns, referred: NDArray[np.bool_]) -> Verdicts:
    cut = columns.cut
    verdict = np.full(len(bounds.early), Verdict.UNDETERMINED, dtype=np.int8)
    verdict[(bounds.early > cut) & (bounds.late < NEVER)] = Verdict.PENDING
    verdict[bounds.late <= cut] = Verdict.DLT
    verdict[bounds.early == NEVER] = Verdict.NOT_DLT
    # What goes on after the last assessment is assumed for PENDING alone.
    assumed = (verdict == Verdict.UNDETERMINED) & (columns.tail == Tail.ASSESSED)
    at = np.where((verdict == Verdict.NOT_DLT) | assumed, NEVER, bounds.late)
    return Verdicts(verdict=verdict, at=at, referred=referred)


def verdict_of(early: int, late: int, cut: int) -> Verdict:
    """The verdict that one row's bounds give."""
    if early == NEVER:
        return Verdict.NOT_DLT
    if late <= cut:
        return Verdict.DLT
    return Verdict.PENDING if early > cut and late < NEVER else Verdict.UNDETERMINED
