"""When a fact that holds from an instant on is true of a run, or has lapsed without it."""

import numpy as np

from app.domain.dlt.columns import Instants, Small
from app.domain.dlt.formula import Joins, Lapsed
from app.domain.dlt.program import Program
from app.domain.dlt.running import Bounds
from app.domain.dlt.stretches import Rows, Timeline
from app.domain.time import NEVER, Limit


def from_an_instant(
    node: Joins | Lapsed, told: Small, rows: Rows, timeline: Timeline, program: Program
) -> Bounds:
    """Bounds of the instant by what is `told` of the fact. Shapes are (rows,)."""
    if isinstance(node, Lapsed):
        early, late = _due(node.limit, rows, timeline)
        return Bounds(
            early=np.where(told <= 0, early, NEVER), late=np.where(told < 0, late, NEVER)
        )
    columns, row = timeline.columns, program.joins.index(node.fact)
    return Bounds(
        early=np.where(told >= 0, columns.since_first[row][rows.event], NEVER),
        late=np.where(told > 0, columns.since_last[row][rows.event], NEVER),
    )


def _due(limit: Limit, rows: Rows, timeline: Timeline) -> tuple[Instants, Instants]:
    """When so much time has passed from the start of a run, at the earliest and at the latest."""
    columns, clocks = timeline.columns, timeline.clocks
    courses, start = columns.courses, rows.start
    if limit.days is None or clocks.days_are == "elapsed":
        length = limit.microseconds
        return courses.first[start] + length, courses.sup[start] + length
    over = limit.days + (1 if clocks.within_includes_limit else 0)
    first, last = courses.first_day[start] + over, courses.last_day[start] + over
    return columns.midnight(rows.event, first), columns.midnight(rows.event, last)
