"""Many results as columns: decimal numbers as whole numbers of one scale, nothing rounded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[Any]
"""int64, or Python's whole numbers (object) where int64 could overflow."""
Bools = NDArray[np.bool_]
Bytes = NDArray[np.int8]

MISSING: Final = -(2**63)
"""No number was given."""
SCALE: Final = 6
"""Decimals of int64 columns."""
SAFE: Final = 2**57
"""No number of an int64 column may be larger: thresholds multiply it by up to 60."""

TRUE, UNTOLD, FALSE = 1, 0, -1
"""What a column of facts holds."""


class Range(IntEnum):
    """Where the baseline lay in its reference range, as it was reported."""

    UNSTATED = 0
    LOW = 1
    NORMAL = 2
    HIGH = 3


class Reach(NamedTuple):
    """How far values reach of which only bounds are known ("<3.42").

    They lie from the column `value` to `upto`; `open_below` and `open_above` say where the bound
    itself is not possible.
    """

    upto: Numbers
    open_below: Bools
    open_above: Bools


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Results of any terms. `ladder` says by which ladder each is graded.

    All numbers are whole numbers of 10 to the power of minus `scale`; with a `reach` they are
    objects.
    """

    ladder: NDArray[np.int16]
    value: Numbers
    lln: Numbers
    uln: Numbers
    baseline: Numbers
    baseline_range: Bytes
    percent: Numbers
    facts: Mapping[str, Bytes] = field(default_factory=dict)
    scale: int = SCALE
    reach: Reach | None = None

    def __len__(self) -> int:
        return len(self.ladder)

    def taken(self, rows: NDArray[np.intp] | slice) -> "Columns":
        """Some rows, in this order; those of a slice without copying."""
        return Columns(
            ladder=self.ladder[rows],
            value=self.value[rows],
            lln=self.lln[rows],
            uln=self.uln[rows],
            baseline=self.baseline[rows],
            baseline_range=self.baseline_range[rows],
            percent=self.percent[rows],
            facts={name: column[rows] for name, column in self.facts.items()},
            scale=self.scale,
            reach=self.reach and Reach(*(each[rows] for each in self.reach)),
        )
