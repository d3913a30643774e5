"""Infusions that clocks are counted from."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from app.domain.dlt.columns import Columns, Days, Index, Instants
from app.domain.dlt.running import Begin
from app.domain.time import ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """When an infusion was given, for each clock. Shapes are (clocks,)."""

    first: Instants
    last: Instants
    sup: Instants
    first_day: Days
    last_day: Days


class Infusions:
    """The infusions of the window's agent, by event."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns

    def before(
        self, onset: Begin, event: Index, which: Literal["infusion", "first_infusion"]
    ) -> Begin:
        """The patient's first infusion, or the last one at or before each onset.

        Where it is not known which one that is, all that it may be. Before the first infusion the
        last one is the first.
        """
        subject = self.columns.subject[event]
        first, last = (each[subject] for each in self.columns.exposures.earliest)
        if which == "infusion":
            first, last = self._latest(onset, subject, first, last)
        given = Given(
            first=first,
            last=last,
            sup=np.where(first == last, last, last + 1),
            first_day=self.columns.day_of(event, first),
            last_day=self.columns.day_of(event, last),
        )
        return Begin(given, np.arange(len(event)))

    def _latest(
        self, onset: Begin, subject: Index, first: Instants, last: Instants
    ) -> tuple[Instants, Instants]:
        exposures = self.columns.exposures
        surely = np.full(len(subject), ALWAYS + 1, dtype=np.int64)
        possibly = surely.copy()
        start, count = exposures.offsets[subject], np.diff(exposures.offsets)[subject]
        for ordinal in range(int(count.max(initial=0))):
            having = np.flatnonzero(count > ordinal)
            infusion = start[having] + ordinal
            began, by = exposures.first[infusion], exposures.last[infusion]
            before = by <= onset.first[having]
            surely[having] = np.maximum(surely[having], np.where(before, began, ALWAYS + 1))
            maybe = began <= onset.last[having]
            latest = np.minimum(by, onset.last[having])
            possibly[having] = np.maximum(possibly[having], np.where(maybe, latest, ALWAYS + 1))
        return np.maximum(surely, first), np.maximum(possibly, last)
