"""When patients arrive, and when in the window their DLTs occur. All times are in DLT windows."""

from dataclasses import dataclass
from math import log
from typing import Annotated, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from app.domain.case import STRICT
from app.domain.errors import BadValue

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

INSTANT: Final = 1e-9
"""What is apart by less is at the same time: sums of fractions are not exact."""
LATE_SHARE: Final = 0.5
_LEAST: Final = 1e-12
"""For a toxicity of 0 or 1 there is no Weibull distribution; it is taken as one so near to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accrual:
    """How patients arrive at a trial, and when their DLTs occur.

    `interarrival` is the mean time between two arrivals, in DLT windows; they are `exponential`
    (a Poisson process) or `fixed`. A DLT occurs at any time of the window (`uniform`; Cheung &
    Chappell, Biometrics 2000;56:1177-1182), or the time to it is `weibull` with a share of
    `late_share` in the second half of the window, 0.5 by default (Yuan et al., Clin Cancer Res
    2018;24:4921-4930; Lin & Yuan, Biostatistics 2020;21:807-824). Who arrives while enrolment is
    suspended waits (`queue`) or is lost to the trial (`turn_away`).
    """

    __pydantic_config__ = STRICT

    interarrival: Annotated[float, Field(ge=0.001, le=1_000)]
    arrivals: Literal["exponential", "fixed"] = "exponential"
    time_to_dlt: Literal["uniform", "weibull"] = "uniform"
    late_share: Annotated[float, Field(ge=0.001, le=0.999)] | None = None
    while_suspended: Literal["queue", "turn_away"] = "queue"

    def __post_init__(self) -> None:
        if self.time_to_dlt == "uniform" and self.late_share is not None:
            raise BadValue(
                f"A late_share of {self.late_share:g} is given, but uniform times have half of "
                "the DLTs in each half of the window: leave it out, or use weibull."
            )

    def gaps(self, many: int, numbers: np.random.Generator) -> Floats:
        """The time until the next patient arrives, in so many trials."""
        if self.arrivals == "fixed":
            return np.full(many, self.interarrival)
        return numbers.exponential(self.interarrival, many)

    def times_to_dlt(self, toxicity: Floats, at: Floats) -> Floats:
        """When in the window the DLT of each patient occurs who has one.

        `toxicity` is the probability of the patient's level, `at` a uniform number: so much of
        the distribution of times within the window, above 0, is passed (Yuan et al. 2018).
        """
        if self.time_to_dlt == "uniform":
            return at
        share = LATE_SHARE if self.late_share is None else self.late_share
        rate = np.clip(toxicity, _LEAST, 1 - _LEAST)
        # Of the cumulative hazard, so much is reached in the window and in its first half.
        whole, half = np.log1p(-rate), np.log1p(-(1 - share) * rate)
        shape = np.log(whole / half) / log(2)
        times: Floats = (np.log1p(-rate * at) / whole) ** (1 / shape)
        return times

    def next_let_in(
        self, arrived: Floats, until: Floats, numbers: np.random.Generator
    ) -> tuple[Floats, Ints]:
        """Where patients are turned away: the first arrival once enrolment goes on, and how many
        were turned away, those who had `arrived` included.
        """
        if self.arrivals == "fixed":
            away = np.maximum(np.ceil((until - INSTANT - arrived) / self.interarrival), 1)
            return np.maximum(arrived + away * self.interarrival, until), away.astype(np.int64)
        # A Poisson process has no memory, so what comes after `until` starts there anew.
        more = numbers.poisson((until - arrived) / self.interarrival)
        return until + self.gaps(len(until), numbers), 1 + more
