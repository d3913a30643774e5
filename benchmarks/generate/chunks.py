"""Columns cut into chunks of whole patients, as views: nothing is copied but the offsets."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from app.domain.dlt.columns import Columns, Courses, Exposures


def chunks(columns: Columns, size: int) -> Iterator[Columns]:
    """Chunks of about `size` events, each up to the end of a patient.

    The events must lie patient by patient.
    """
    count, start = len(columns), 0
    while start < count:
        last = columns.subject[min(start + size, count) - 1]
        stop = int(np.searchsorted(columns.subject, last, side="right"))
        yield _slice(columns, start, stop)
        start = stop


def _slice(columns: Columns, start: int, stop: int) -> Columns:
    first, last = int(columns.subject[start]), int(columns.subject[stop - 1])
    changes = slice(int(columns.offsets[start]), int(columns.offsets[stop]))
    events = slice(start, stop)
    by_event = (
        "signature", "baseline", "possible_grades", "facts",
        "tail", "through", "through_day", "ends_by", "ends_by_day", "cut",
    )  # fmt: skip
    return replace(
        columns,
        **{name: getattr(columns, name)[..., events] for name in by_event},
        subject=columns.subject[events] - first,
        offsets=columns.offsets[start : stop + 1] - columns.offsets[start],
        courses=Courses(
            **{name: getattr(columns.courses, name)[changes] for name in Courses.__slots__}
        ),
        exposures=_slice_exposures(columns.exposures, first, last + 1),
    )


def _slice_exposures(exposures: Exposures, first: int, stop: int) -> Exposures:
    infusions = slice(int(exposures.offsets[first]), int(exposures.offsets[stop]))
    return Exposures(
        offsets=exposures.offsets[first : stop + 1] - exposures.offsets[first],
        first=exposures.first[infusions],
        last=exposures.last[infusions],
        first_day=exposures.first_day[infusions],
        last_day=exposures.last_day[infusions],
        cap_day=exposures.cap_day[first:stop],
        zones=exposures.zones if len(exposures.zones) == 1 else exposures.zones[first:stop],
    )
