"""The Pocock-type boundary: at every look the same probability of stopping a tolerable treatment.

Ivanova, Qaqish & Schell, Biometrics 2005;61:540-545. At the look after n patients the boundary is
the smallest b with P(X >= b) at most a pointwise level, X binomial with n and the acceptable rate;
the level is the highest with which the probability of ever reaching the boundary, under the
acceptable rate, is at most alpha.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

from app.domain.case import STRICT
from app.domain.cohort.design import Rate
from app.domain.cohort.monitoring.boundary import TIE, Looks, StoppingBoundary, StoppingRow
from app.domain.cohort.monitoring.characteristics import ever_stops


@dataclass(frozen=True, slots=True, kw_only=True)
class Pocock(Looks):
    """Stop with a probability of at most `alpha` where the rate is the acceptable `p0`
    (Ivanova, Qaqish & Schell 2005). Raises BadValue where its looks contradict each other.
    """

    __pydantic_config__ = STRICT

    kind: Literal["pocock"] = "pocock"
    p0: Rate
    alpha: Rate

    def __post_init__(self) -> None:
        self.refuse_contradictions()

    @property
    def boundary(self) -> StoppingBoundary:
        """The boundary of the highest pointwise level that alpha allows."""
        return _boundary(self.looked_at, self.max_n, self.p0, self.alpha)


@lru_cache(maxsize=256)
def _boundary(looks: Sequence[int], max_n: int, p0: float, alpha: float) -> StoppingBoundary:
    tails = {n: _tails(n, p0) for n in looks}
    levels = np.unique(np.concatenate(list(tails.values())))
    found = StoppingBoundary(
        max_n=max_n,
        rows=tuple(StoppingRow(n=n, stop_at=None) for n in looks),
        pointwise_level=0.0,
        crossing_probability=0.0,
    )
    # A higher level stops with fewer toxicities, so that the crossing probability only rises.
    low, high = 0, len(levels)
    while low < high:
        middle = (low + high) // 2
        tried = _of_level(tails, max_n, float(levels[middle]))
        crossing = ever_stops(tried, p0)
        if crossing <= alpha * (1 + TIE):
            found = replace(tried, crossing_probability=crossing)
            low = middle + 1
        else:
            high = middle
    return found


def _tails(n: int, p0: float) -> NDArray[np.float64]:
    """P(X >= b) for b from 1 to n."""
    least = np.arange(1, n + 1)
    return np.asarray(betainc(least, n - least + 1, p0), np.float64)


def _of_level(tails: dict[int, NDArray[np.float64]], max_n: int, level: float) -> StoppingBoundary:
    rows, reached = [], 0.0
    for n, tail in tails.items():
        above = int(np.count_nonzero(tail > level * (1 + TIE)))
        rows.append(StoppingRow(n=n, stop_at=above + 1 if above < n else None))
        reached = max(reached, float(tail[above]) if above < n else 0.0)
    return StoppingBoundary(max_n=max_n, rows=tuple(rows), pointwise_level=reached)
