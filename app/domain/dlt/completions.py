"""What a record with unknowns could be: rows that fix one unknown after another.

Kleene's logic leaves some rows undecided although all their completions agree. Such rows are
multiplied over their discrete unknowns (the term, grades, the baseline, facts), and then over the
side of an infusion or window end on which a partly dated change lies.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.domain.course import Tail
from app.domain.dlt.columns import UNKNOWN, Columns, Index, Instants, rows_where
from app.domain.dlt.facts import UNKNOWN as UNKNOWN_FACT
from app.domain.dlt.onset import Placed, place
from app.domain.dlt.program import Program
from app.domain.grade import DEATH

#: More completions than this of one event are not enumerated: its verdict stays UNDETERMINED.
MOST_COMPLETIONS = 4096
_AT_ONCE = 65_536  # completions that are evaluated together
BASELINES = (0, 1, 2, 3, 4)
_BELOW_DEATH = 0b011111


@dataclass(frozen=True, slots=True, kw_only=True)
class Completions:
    """Rows with fewer unknowns; `origin` names the event that each row completes."""

    columns: Columns
    origin: Index

    def take(self, rows: Index) -> "Completions":
        """These rows."""
        return Completions(columns=self.columns.take(rows), origin=self.origin[rows])

    def beside(self, other: "Completions") -> "Completions":
        """The rows of both, these first."""
        return Completions(
            columns=self.columns.beside(other.columns),
            origin=np.concatenate((self.origin, other.origin)),
        )


def enumerable(columns: Columns, program: Program) -> NDArray[np.bool_]:
    """Which events have few enough completions to enumerate. Shape (events,)."""
    within: NDArray[np.bool_] = _magnitude(columns, program) <= np.log(MOST_COMPLETIONS) + 1e-9
    return within


def parts_of(columns: Columns, program: Program, rows: Index) -> Iterator[Index]:
    """Events of which each has few enough completions, in parts that are evaluated together: of
    many with few completions, and of few with many.
    """
    if len(rows):
        before = np.cumsum(np.exp(_magnitude(columns, program)[rows]))
        part = (before / _AT_ONCE).astype(np.int64)
        yield from np.split(rows, np.flatnonzero(np.diff(part)) + 1)


def _magnitude(columns: Columns, program: Program) -> NDArray[np.float64]:
    """The logarithm of how many completions each event has."""
    relevant = _asked(columns, program)
    facts = ((columns.facts == UNKNOWN_FACT) & relevant).sum(axis=0)
    unknown = np.add.reduceat(
        np.append(columns.courses.grade == UNKNOWN, False).astype(np.int64), columns.offsets[:-1]
    )
    unknown[np.diff(columns.offsets) == 0] = 0
    size = facts * np.log(2) + unknown * np.log(5)
    size += np.where(columns.baseline == UNKNOWN, np.log(len(BASELINES)), 0.0)
    size += np.where(columns.signature == UNKNOWN, np.log(len(program.term_classes)), 0.0)
    magnitude: NDArray[np.float64] = size
    return magnitude


def worth_completing(
    placed: Placed, program: Program, undecided: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Of which undecided events completing could tell more. Shapes are (events,).

    Of the others every discrete unknown is a fact that is asked for in one direction alone, and no
    time lies around an instant at which it would be split. The bounds that the evaluator gives
    with such facts left open are those of two completions: all of them as the criteria have it,
    and none of them.
    """
    columns = placed.columns
    worth: NDArray[np.bool_] = columns.signature == UNKNOWN
    matters = placed.baseline_matters | program.asks_baseline[columns.signature]
    worth |= (columns.baseline == UNKNOWN) & matters
    for number in np.flatnonzero(program.asked_both_ways.any(axis=0)).tolist():
        asked = program.asked_both_ways[columns.signature, number]
        worth |= asked & (columns.facts[number] == UNKNOWN_FACT)
    worth[placed.event_of_change[columns.courses.grade == UNKNOWN]] = True
    partly = _partly_dated(columns, program)
    partly = partly[undecided[placed.event_of_change[partly]]]
    for ordinal in range(_most_infusions(columns) if len(partly) else 0):
        for at_end in (False, True):
            worth[_around(columns, program, partly, ordinal, at_end=at_end).event] = True
    return worth & undecided


def complete(columns: Columns, program: Program, *, every: bool = False) -> Completions:
    """Fix every discrete unknown that the rules ask for.

    With `every`, fix the baseline and the facts that matter to an event in all of its rows, also
    in those where they no longer matter.
    """
    rows = Completions(columns=columns, origin=np.arange(len(columns)))
    rows = _baselines(_grades(_terms(rows, program)), program, always=every)
    return _facts(rows, program, _asked(columns, program)[:, rows.origin] if every else None)


def _asked(columns: Columns, program: Program) -> NDArray[np.bool_]:
    """Which facts matter to each event; all of them where the term is unknown.

    Shape (facts, events).
    """
    asked = np.vstack((program.asked, program.asked.any(axis=0)))  # row -1: an unknown term
    chosen: NDArray[np.bool_] = asked[columns.signature].T
    return chosen


def _others(count: int, rows: Index) -> Index:
    """Every row but these."""
    others = np.ones(count, dtype=np.bool_)
    others[rows] = False
    return rows_where(others)


def _first_of_each(sorted_events: Index) -> Index:
    """Places where a new event begins."""
    return rows_where(np.concatenate(([True], sorted_events[1:] != sorted_events[:-1])))


def _terms(rows: Completions, program: Program) -> Completions:
    unknown = rows_where(rows.columns.signature == UNKNOWN)
    if not len(unknown):
        return rows
    kept = rows_where(rows.columns.signature != UNKNOWN)
    classes = program.term_classes
    grown = rows.take(np.concatenate((kept, np.repeat(unknown, len(classes)))))
    signature = grown.columns.signature.copy()
    signature[len(kept) :] = np.tile([number for number, _ in classes], len(unknown))
    facts = grown.columns.facts.copy()
    laboratory = program.fact("laboratory")
    if laboratory is not None:
        told = np.tile([1 if flag else -1 for _, flag in classes], len(unknown))
        now = facts[laboratory, len(kept) :]
        facts[laboratory, len(kept) :] = np.where(now == UNKNOWN_FACT, told, now)
    return replace(grown, columns=replace(grown.columns, signature=signature, facts=facts))


def _grades(rows: Completions) -> Completions:
    """Fix every unknown grade, in the rows that have one."""
    unknown = rows_where(rows.columns.courses.grade == UNKNOWN)
    if not len(unknown):
        return rows
    events = np.searchsorted(rows.columns.offsets, unknown, side="right") - 1
    grown = rows.take(events[_first_of_each(events)])
    while (grown.columns.courses.grade == UNKNOWN).any():
        grown = _next_grade(grown)
    return rows.take(_others(len(rows.columns), events)).beside(grown)


def _next_grade(rows: Completions) -> Completions:
    """The first unknown grade of each row: each that it may be, death only in the last step."""
    columns = rows.columns
    unknown = rows_where(columns.courses.grade == UNKNOWN)
    event = np.searchsorted(columns.offsets, unknown, side="right") - 1
    first = _first_of_each(event)
    event, change = event[first], unknown[first]
    possible = columns.possible_grades[event]
    below_death = possible & _BELOW_DEATH
    is_last = change == columns.offsets[event + 1] - 1
    possible = np.where(is_last | (below_death == 0), possible, below_death)
    may_be = (possible[:, None] >> np.arange(6) & 1).astype(np.bool_)
    which, grades = np.nonzero(may_be)
    kept = _others(len(columns), event)
    grown = rows.take(np.concatenate((kept, event[which])))
    fixed = grown.columns.courses.grade.copy()
    place_in_event = (change - columns.offsets[event])[which]
    fixed[grown.columns.offsets[len(kept) : -1] + place_in_event] = grades
    known = replace(grown.columns, courses=replace(grown.columns.courses, grade=fixed))
    return replace(grown, columns=_fatal(known, len(kept) + rows_where(grades == DEATH)))


def _fatal(columns: Columns, events: Index) -> Columns:
    """An unknown last grade that turns out to be 5 makes the event fatal."""
    if not len(events):
        return columns
    courses, last = columns.courses, columns.offsets[events + 1] - 1
    tails = {
        "tail": Tail.FATAL,
        "through": courses.first[last],
        "through_day": courses.first_day[last],
        "ends_by": np.minimum(courses.sup[last], columns.cut[events]),
        "ends_by_day": courses.last_day[last],
    }
    changed = {name: getattr(columns, name).copy() for name in tails}
    for name, values in tails.items():
        changed[name][events] = values
    return replace(columns, **changed)


def _baselines(rows: Completions, program: Program, *, always: bool) -> Completions:
    columns = rows.columns
    unknown = rows_where(columns.baseline == UNKNOWN)
    if len(unknown) and not always:
        matters = place(columns.take(unknown), program.rules.window).baseline_matters
        unknown = unknown[matters | program.asks_baseline[columns.signature[unknown]]]
    if not len(unknown):
        return rows
    kept = _others(len(columns), unknown)
    grown = rows.take(np.concatenate((kept, np.repeat(unknown, len(BASELINES)))))
    baseline = grown.columns.baseline.copy()
    baseline[len(kept) :] = np.tile(np.array(BASELINES, dtype=np.int8), len(unknown))
    return replace(grown, columns=replace(grown.columns, baseline=baseline))


def _facts(rows: Completions, program: Program, every: NDArray[np.bool_] | None) -> Completions:
    """Fix every unknown fact; the rows are multiplied once, when all facts are known.

    `every` says which of the facts are fixed whatever the others are. Shape (facts, rows).
    """
    index = np.arange(len(rows.columns))
    facts, signature = rows.columns.facts, rows.columns.signature
    for number in range(len(program.facts)):
        asked = facts[number] == UNKNOWN_FACT
        if every is not None:
            asked &= every[number, index]
        else:
            asked &= program.asked[signature, number]
            for other, value, idle in program.settles.get(number, ()):
                asked &= ~(idle[signature] & (facts[other] == value))
        unknown = rows_where(asked)
        if len(unknown):
            kept = rows_where(~asked)
            grown = np.concatenate((kept, unknown, unknown))
            index, facts, signature = index[grown], facts[:, grown], signature[grown]
            facts[number, len(kept) : len(kept) + len(unknown)] = 1
            facts[number, len(kept) + len(unknown) :] = -1
    if len(index) == len(rows.columns):
        return rows
    grown_rows = rows.take(index)
    return replace(grown_rows, columns=replace(grown_rows.columns, facts=facts))


def split_times(rows: Completions, program: Program) -> Completions:
    """Divide partly dated changes at the infusions and window ends that they may lie around."""
    window = program.rules.window
    rows = replace(rows, columns=place(rows.columns, window).columns)
    for ordinal in range(_most_infusions(rows.columns)):
        for at_end in (False, True):
            for _ in range(_MOST_CHANGES_SPLIT):
                grown = _split_at(rows, program, ordinal, at_end=at_end)
                if grown is None:
                    break
                rows = grown
    return rows


_MOST_CHANGES_SPLIT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """Partly dated changes around an instant that decides. Shapes are (such changes,)."""

    event: Index
    change: Index
    bound: Instants


def _most_infusions(columns: Columns) -> int:
    return int(np.diff(columns.exposures.offsets).max(initial=0))


def _partly_dated(columns: Columns, program: Program) -> Index:
    courses = columns.courses
    return rows_where((courses.first != courses.last) & (courses.grade >= program.least_grade))


def _around(
    columns: Columns, program: Program, partly: Index, ordinal: int, *, at_end: bool
) -> Around:
    courses, exposures = columns.courses, columns.exposures
    event = np.searchsorted(columns.offsets, partly, side="right") - 1
    subject = columns.subject[event]
    has = np.diff(exposures.offsets)[subject] > ordinal
    infusion = np.where(has, exposures.offsets[subject] + ordinal, 0)
    bound = exposures.first[infusion]
    days = program.rules.window.through.days
    if at_end and days is not None:
        end = (exposures.first_day[infusion] + days - program.rules.window.first_day + 1).astype(
            np.int32
        )
        bound = columns.midnight(event, end)
    elif at_end:
        bound = bound + program.rules.window.through.microseconds + 1
    around = has & (exposures.first[infusion] == exposures.last[infusion])
    around &= (courses.first[partly] < bound) & (bound <= courses.last[partly])
    return Around(event=event[around], change=partly[around], bound=bound[around])


def _split_at(
    rows: Completions, program: Program, ordinal: int, *, at_end: bool
) -> Completions | None:
    columns = rows.columns
    partly = _partly_dated(columns, program)
    if not len(partly):
        return None
    around = _around(columns, program, partly, ordinal, at_end=at_end)
    if not len(around.event):
        return None
    first = _first_of_each(around.event)
    chosen, bounds = around.event[first], around.bound[first]
    change = around.change[first] - columns.offsets[chosen]
    kept = _others(len(columns), chosen)
    grown = rows.take(np.concatenate((kept, chosen, chosen)))
    return replace(grown, columns=_divided(grown.columns, len(kept), change, bounds))


def _divided(columns: Columns, kept: int, change: Index, bounds: NDArray[np.int64]) -> Columns:
    courses = columns.courses
    first, last, sup = courses.first.copy(), courses.last.copy(), courses.sup.copy()
    first_day, last_day = courses.first_day.copy(), courses.last_day.copy()
    count = len(change)
    before = columns.offsets[kept : kept + count] + change
    after = columns.offsets[kept + count : -1] + change
    last[before], sup[before] = bounds - 1, bounds
    last_day[before] = columns.day_of(np.arange(kept, kept + count), bounds - 1)
    first[after] = bounds
    first_day[after] = columns.day_of(np.arange(kept + count, kept + 2 * count), bounds)
    narrowed = replace(
        courses, first=first, last=last, sup=sup, first_day=first_day, last_day=last_day
    )
    return replace(columns, courses=narrowed)
