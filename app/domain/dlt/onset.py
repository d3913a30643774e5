"""Where partly dated changes lie, relative to the infusions and to each other."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.domain.dlt.columns import (
    UNKNOWN,
    Columns,
    Courses,
    Days,
    Index,
    Instants,
    Small,
    rows_where,
)
from app.domain.dlt.rule import Window
from app.domain.steps import ALWAYS_DAY
from app.domain.time import ALWAYS

AFTER, BEFORE = 1, -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Columns whose partly dated changes have been placed as far as the baseline allows.

    `relation` says of each change whether it surely lies after (1) or before (-1) the first
    infusion by the baseline grade alone; 0 leaves it to the times. `baseline_matters` marks events
    with a change that only the baseline could place.
    """

    columns: Columns
    relation: Small
    baseline_matters: NDArray[np.bool_]
    event_of_change: Index
    """The event that each change belongs to."""
    begins: NDArray[np.bool_]
    """Whether an event begins there. Shape (changes + 1,): beyond the last, the next would."""


def place(columns: Columns, window: Window) -> Placed:
    """Use the baseline grade, then the order of the list, to narrow partly dated changes."""
    courses, of_change = columns.courses, columns.event_of_change
    begins = np.zeros(len(courses.grade) + 1, dtype=np.bool_)
    begins[columns.offsets] = True
    placed = Placed(
        columns=columns,
        relation=np.zeros(len(courses.grade), dtype=np.int8),
        baseline_matters=np.zeros(len(columns), dtype=np.bool_),
        event_of_change=of_change,
        begins=begins,
    )
    loose = courses.first != courses.last
    if columns.exposures.partly_dated:
        # Beside a partly dated infusion, an exact rise too is placed by the baseline.
        first, last = columns.exposures.earliest
        loose |= (first != last)[columns.subject][of_change]
    partly = rows_where(loose)
    if not len(partly):
        return placed
    narrowed = replace(
        courses,
        first=courses.first.copy(),
        last=courses.last.copy(),
        sup=courses.sup.copy(),
        first_day=courses.first_day.copy(),
        last_day=courses.last_day.copy(),
        held_through=courses.held_through.copy(),
        held_through_day=courses.held_through_day.copy(),
    )
    _beside_first_infusion(placed, window, partly, narrowed)
    _beside_later_infusions(placed, window, partly, narrowed)
    _keep_order(placed, partly, narrowed)
    return replace(placed, columns=replace(columns, courses=narrowed))


def _rises(placed: Placed, changes: Index) -> NDArray[np.bool_]:
    grade = placed.columns.courses.grade
    before = np.where(placed.begins[changes], 0, grade[changes - 1])
    rises: NDArray[np.bool_] = grade[changes] > before
    rises &= grade[changes] != UNKNOWN
    return rises


def _beside_first_infusion(
    placed: Placed, window: Window, partly: Index, narrowed: Courses
) -> None:
    columns, courses = placed.columns, placed.columns.courses
    first, last = columns.exposures.earliest
    subject = columns.subject[placed.event_of_change[partly]]
    touches = (courses.first[partly] <= last[subject]) & (courses.last[partly] >= first[subject])
    changes = partly[touches]
    changes = changes[_rises(placed, changes)]
    if not len(changes):
        return
    events = placed.event_of_change[changes]
    subject = columns.subject[events]
    one_day = courses.first_day[changes] == courses.last_day[changes]
    baseline, grade = columns.baseline[events], courses.grade[changes]
    known = baseline != UNKNOWN
    after = known & (grade > baseline)
    before = known & (grade <= baseline)
    if window.rise_on_infusion_day == "after":
        after, before = after | one_day, before & ~one_day
    elif window.rise_on_infusion_day == "either":
        after, before = after & ~one_day, before & ~one_day
    placed.baseline_matters[events[~known & ~(after | before)]] = True
    placed.relation[changes[after]] = AFTER
    placed.relation[changes[before]] = BEFORE
    _not_before(placed, narrowed, changes[after], first[subject[after]])
    _not_after(placed, narrowed, changes[before], last[subject[before]] - 1)


def _beside_later_infusions(
    placed: Placed, window: Window, partly: Index, narrowed: Courses
) -> None:
    """A rise dated by the day of a later infusion alone follows the reading; wider ones do not."""
    columns, courses = placed.columns, placed.columns.courses
    exposures = columns.exposures
    counts = np.diff(exposures.offsets)
    most = int(counts.max(initial=0))
    if most < 2 or window.rise_on_infusion_day == "either":
        return
    several = counts[columns.subject[placed.event_of_change[partly]]] > 1
    changes = partly[several]
    changes = changes[courses.first_day[changes] == courses.last_day[changes]]
    changes = changes[courses.first[changes] != courses.last[changes]]
    changes = changes[_rises(placed, changes)]
    event = placed.event_of_change[changes]
    subject, baseline = columns.subject[event], columns.baseline[event]
    day = courses.first_day[changes]
    above = (baseline != UNKNOWN) & (courses.grade[changes] > baseline)
    if window.rise_on_infusion_day == "after":
        above = np.ones_like(above)
    for ordinal in range(1, most):
        has = counts[subject] > ordinal
        infusion = np.where(has, exposures.offsets[subject] + ordinal, 0)
        same_day = has & (exposures.first_day[infusion] == day)
        same_day &= exposures.last_day[infusion] == day
        placed.baseline_matters[event[same_day & (baseline == UNKNOWN) & ~above]] = True
        chosen = rows_where(same_day & above)
        _not_before(placed, narrowed, changes[chosen], exposures.first[infusion[chosen]])


def _not_before(placed: Placed, narrowed: Courses, changes: Index, bound: Instants) -> None:
    later = bound > narrowed.first[changes]
    changes, bound = changes[later], bound[later]
    narrowed.first[changes] = bound
    narrowed.first_day[changes] = _days(placed, changes, bound)
    narrowed.held_through[changes] = np.maximum(narrowed.held_through[changes], bound - 1)
    narrowed.held_through_day[changes] = np.maximum(
        narrowed.held_through_day[changes], narrowed.first_day[changes]
    )


def _not_after(placed: Placed, narrowed: Courses, changes: Index, bound: Instants) -> None:
    earlier = bound < narrowed.last[changes]
    changes, bound = changes[earlier], bound[earlier]
    narrowed.last[changes] = bound
    narrowed.sup[changes] = bound + 1
    narrowed.last_day[changes] = _days(placed, changes, bound)


def _days(placed: Placed, changes: Index, instants: Instants) -> Days:
    """Calendar days of instants in the zone of each change's patient."""
    return placed.columns.day_of(placed.event_of_change[changes], instants)


def _keep_order(placed: Placed, partly: Index, narrowed: Courses) -> None:
    """No change before its predecessor, none after its successor; what contradicts is unknown."""
    columns = placed.columns
    against = narrowed.first[1:] < narrowed.first[:-1]
    against |= narrowed.last[1:] < narrowed.last[:-1]
    against &= ~placed.begins[1:-1]
    disordered = np.zeros(len(columns), dtype=np.bool_)
    disordered[placed.event_of_change[1:][against]] = True
    asked = np.zeros(len(columns), dtype=np.bool_)
    asked[placed.event_of_change[partly]] = True
    touched = rows_where(disordered & asked)
    starts, stops = columns.offsets[touched], columns.offsets[touched + 1]
    longest = int((stops - starts).max(initial=0))
    for step in range(1, longest):
        here = (starts + step)[starts + step < stops]
        _raise(narrowed, here)
    for step in range(longest - 2, -1, -1):
        here = (starts + step)[starts + step < stops - 1]
        _lower(narrowed, here)
    wrong = rows_where(narrowed.first > narrowed.last)
    narrowed.first[wrong], narrowed.first_day[wrong] = ALWAYS, ALWAYS_DAY
    narrowed.held_through[wrong], narrowed.held_through_day[wrong] = ALWAYS, ALWAYS_DAY
    if len(wrong):
        cut = columns.cut[placed.event_of_change[wrong]]
        narrowed.last[wrong], narrowed.sup[wrong] = cut, cut + 1
        narrowed.last_day[wrong] = _days(placed, wrong, cut)


def _raise(narrowed: Courses, here: Index) -> None:
    behind = here[narrowed.first[here] < narrowed.first[here - 1]]
    narrowed.first[behind] = narrowed.first[behind - 1]
    narrowed.first_day[behind] = narrowed.first_day[behind - 1]
    narrowed.held_through[behind] = np.maximum(
        narrowed.held_through[behind], narrowed.first[behind] - 1
    )
    narrowed.held_through_day[behind] = np.maximum(
        narrowed.held_through_day[behind], narrowed.first_day[behind]
    )


def _lower(narrowed: Courses, here: Index) -> None:
    ahead = here[narrowed.last[here] > narrowed.last[here + 1]]
    narrowed.last[ahead] = narrowed.last[ahead + 1]
    narrowed.sup[ahead] = narrowed.sup[ahead + 1]
    narrowed.last_day[ahead] = narrowed.last_day[ahead + 1]
