"""When a run is the how many-th of its kind that a rule asks for."""

import numpy as np

from app.domain.dlt.columns import Index, Instants, rows_where
from app.domain.dlt.formula import IsNth
from app.domain.dlt.running import Bounds
from app.domain.dlt.stretches import Rows, Timeline
from app.domain.time import NEVER


def so_often(node: IsNth, rows: Rows, timeline: Timeline, row: int) -> Bounds:
    """Bounds for runs, by what is told of the fact; `row` is its row of `Columns.since_first`.

    Known to be so often, it is so from the first step on that may be; else from the sure one.
    """
    columns = timeline.columns
    told = columns.facts[node.fact][rows.event]
    first, last = columns.since_first[row][rows.event], columns.since_last[row][rows.event]
    return Bounds(
        early=_from_step(np.where(told >= 0, first, last), node.grade, rows, timeline),
        late=_from_step(np.where(told > 0, first, last), node.grade, rows, timeline),
    )


def _from_step(places: Index, grade: int, rows: Rows, timeline: Timeline) -> Instants:
    """When the runs first show a grade at a step of these places or later.

    At the grade of the runs or a lower one they have to begin there.
    """
    columns = timeline.columns
    begins = columns.offsets[rows.event] + np.minimum(places, len(columns.courses.grade))
    showing = rows_where(columns.courses.grade >= grade)
    if not len(showing):
        return np.full(len(rows), NEVER, dtype=np.int64)
    found = np.searchsorted(showing, np.maximum(rows.start, begins))
    shown = showing[np.minimum(found, len(showing) - 1)]
    held = (found < len(showing)) & (shown <= rows.end)
    if grade <= rows.table.grade:
        held &= rows.start >= begins
    return np.where(held, columns.courses.recorded[shown], NEVER)
