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


def place(columns: Columns, window: Window) -> Placed:
    """Use the baseline grade, then the order of the list, to narrow partly dated changes."""
    courses = columns.courses
    relation = np.zeros(len(courses.grade), dtype=np.int8)
    matters = np.zeros(len(columns), dtype=np.bool_)
    partly = np.flatnonzero(courses.first != courses.last)
    if columns.exposures.partly_dated:
        # Beside a partly dated infusion, an exact rise too is placed by the baseline.
        first, last = columns.exposures.earliest
        beside = np.repeat((first != last)[columns.subject], np.diff(columns.offsets))
        partly = np.flatnonzero((courses.first != courses.last) | beside)
    if not len(partly):
        return Placed(columns=columns, relation=relation, baseline_matters=matters)
    event = np.searchsorted(columns.offsets, partly, side="right") - 1
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
    _beside_first_infusion(columns, window, partly, event, narrowed, relation, matters)
    _beside_later_infusions(columns, window, partly, event, narrowed, matters)
    _keep_order(columns, event, narrowed)
    return Placed(
        columns=replace(columns, courses=narrowed), relation=relation, baseline_matters=matters
    )


def _rises(columns: Columns, changes: Index, event: Index) -> NDArray[np.bool_]:
    grade = columns.courses.grade
    before = np.where(changes > columns.offsets[event], grade[changes - 1], 0)
    rises: NDArray[np.bool_] = grade[changes] > before
    rises &= grade[changes] != UNKNOWN
    return rises


def _beside_first_infusion(
    columns: Columns,
    window: Window,
    partly: Index,
    event: Index,
    narrowed: Courses,
    relation: Small,
    matters: NDArray[np.bool_],
) -> None:
    subject = columns.subject[event]
    infusion_first, infusion_last = (each[subject] for each in columns.exposures.earliest)
    courses = columns.courses
    touches = (courses.first[partly] <= infusion_last) & (courses.last[partly] >= infusion_first)
    chosen = np.flatnonzero(touches & _rises(columns, partly, event))
    if not len(chosen):
        return
    changes, events = partly[chosen], event[chosen]
    one_day = courses.first_day[changes] == courses.last_day[changes]
    baseline, grade = columns.baseline[events], courses.grade[changes]
    known = baseline != UNKNOWN
    after = known & (grade > baseline)
    before = known & (grade <= baseline)
    if window.rise_on_infusion_day == "after":
        after, before = after | one_day, before & ~one_day
    elif window.rise_on_infusion_day == "either":
        after, before = after & ~one_day, before & ~one_day
    matters[events[~known & ~(after | before)]] = True
    relation[changes[after]] = AFTER
    relation[changes[before]] = BEFORE
    _not_before(columns, narrowed, changes[after], infusion_first[chosen][after])
    _not_after(columns, narrowed, changes[before], infusion_last[chosen][before] - 1)


def _beside_later_infusions(
    columns: Columns,
    window: Window,
    partly: Index,
    event: Index,
    narrowed: Courses,
    matters: NDArray[np.bool_],
) -> None:
    """A rise dated by the day of a later infusion alone follows the reading; wider ones do not."""
    exposures = columns.exposures
    counts = np.diff(exposures.offsets)
    most = int(counts.max(initial=0))
    if most < 2 or window.rise_on_infusion_day == "either":
        return
    courses = columns.courses
    rises = _rises(columns, partly, event) & (courses.first[partly] != courses.last[partly])
    one_day = courses.first_day[partly] == courses.last_day[partly]
    for ordinal in range(1, most):
        subject = columns.subject[event]
        has = counts[subject] > ordinal
        infusion = np.where(has, exposures.offsets[subject] + ordinal, 0)
        same_day = (
            has & one_day & rises & (exposures.first_day[infusion] == courses.first_day[partly])
        )
        same_day &= exposures.last_day[infusion] == courses.first_day[partly]
        baseline = columns.baseline[event]
        above = (baseline != UNKNOWN) & (courses.grade[partly] > baseline)
        if window.rise_on_infusion_day == "after":
            above = np.ones_like(above)
        matters[event[same_day & (baseline == UNKNOWN) & ~above]] = True
        chosen = np.flatnonzero(same_day & above)
        _not_before(columns, narrowed, partly[chosen], exposures.first[infusion[chosen]])


def _not_before(columns: Columns, narrowed: Courses, changes: Index, bound: Instants) -> None:
    later = bound > narrowed.first[changes]
    changes, bound = changes[later], bound[later]
    narrowed.first[changes] = bound
    narrowed.first_day[changes] = _days(columns, changes, bound)
    narrowed.held_through[changes] = np.maximum(narrowed.held_through[changes], bound - 1)
    narrowed.held_through_day[changes] = np.maximum(
        narrowed.held_through_day[changes], narrowed.first_day[changes]
    )


def _not_after(columns: Columns, narrowed: Courses, changes: Index, bound: Instants) -> None:
    earlier = bound < narrowed.last[changes]
    changes, bound = changes[earlier], bound[earlier]
    narrowed.last[changes] = bound
    narrowed.sup[changes] = bound + 1
    narrowed.last_day[changes] = _days(columns, changes, bound)


def _days(columns: Columns, changes: Index, instants: Instants) -> Days:
    """Calendar days of instants in the zone of each change's patient."""
    events = np.searchsorted(columns.offsets, changes, side="right") - 1
    return columns.day_of(events, instants)


def _keep_order(columns: Columns, event: Index, narrowed: Courses) -> None:
    """No change before its predecessor, none after its successor; what contradicts is unknown."""
    touched = event[np.flatnonzero(np.concatenate(([True], event[1:] != event[:-1])))]
    starts, stops = columns.offsets[touched], columns.offsets[touched + 1]
    longest = int((stops - starts).max(initial=0))
    for step in range(1, longest):
        here = (starts + step)[starts + step < stops]
        _raise(narrowed, here)
    for step in range(longest - 2, -1, -1):
        here = (starts + step)[starts + step < stops - 1]
        _lower(narrowed, here)
    wrong = np.flatnonzero(narrowed.first > narrowed.last)
    narrowed.first[wrong], narrowed.first_day[wrong] = ALWAYS, ALWAYS_DAY
    narrowed.held_through[wrong], narrowed.held_through_day[wrong] = ALWAYS, ALWAYS_DAY
    if len(wrong):
        cut = columns.cut[np.searchsorted(columns.offsets, wrong, side="right") - 1]
        narrowed.last[wrong], narrowed.sup[wrong] = cut, cut + 1
        narrowed.last_day[wrong] = _days(columns, wrong, narrowed.last[wrong])


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
