"""Stop when the posterior probability that toxicity is too frequent exceeds a cutoff.

With the prior Beta(a, b) and k toxicities among n patients, the posterior is
Beta(a + k, b + n - k). To watch a trial continuously by it comes from Thall & Simon, Biometrics
1994;50:337-349, who compare with a standard treatment whose rate is uncertain; the rule with a
fixed rate, for toxicity, is that of Geller, Follmann, Leifer & Carter, in: Advances in Clinical
Trial Biostatistics, ed. Geller, 2003.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field
from scipy.special import betaincc

from app.domain.case import STRICT
from app.domain.cohort.design import Rate
from app.domain.cohort.monitoring.boundary import TIE, Looks, StoppingBoundary, StoppingRow
from app.domain.errors import BadValue

_Weight = Annotated[float, Field(gt=0, le=10_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class BetaPrior:
    """Beta(a, b): as if a toxicities had been seen among a + b patients."""

    __pydantic_config__ = STRICT

    a: _Weight
    b: _Weight


@dataclass(frozen=True, slots=True, kw_only=True)
class BetaBinomial(Looks):
    """Stop when P(p > rate | data) exceeds the cutoff, or equals it (Geller et al. 2003).

    Raises BadValue where the prior alone would stop, or where the looks contradict each other.
    """

    __pydantic_config__ = STRICT

    kind: Literal["beta-binomial"] = "beta-binomial"
    prior: BetaPrior
    rate: Rate
    cutoff: Rate

    def __post_init__(self) -> None:
        self.refuse_contradictions()
        alone = self.exceeds(0, 0)
        if alone >= self._least:
            raise BadValue(
                f"The prior alone says with probability {alone:.4f} that the rate is above "
                f"{self.rate:g}, which reaches the cutoff of {self.cutoff:g}: no patient could be "
                "treated. Give another prior, rate or cutoff."
            )

    def exceeds(self, n: int, toxicities: int) -> float:
        """P(p > rate | data), with so many toxicities among n (Geller et al. 2003)."""
        a, b = self.prior.a + toxicities, self.prior.b + n - toxicities
        return float(betaincc(a, b, self.rate))

    @property
    def boundary(self) -> StoppingBoundary:
        """The fewest toxicities at each look whose posterior reaches the cutoff."""
        rows = tuple(StoppingRow(n=n, stop_at=self._fewest(n)) for n in self.looked_at)
        return StoppingBoundary(max_n=self.max_n, rows=rows)

    def _fewest(self, n: int) -> int | None:
        toxicities = np.arange(n + 1)
        a, b = self.prior.a + toxicities, self.prior.b + n - toxicities
        # It rises with the toxicities, and the prior alone does not reach the cutoff.
        below = int(np.count_nonzero(betaincc(a, b, self.rate) < self._least))
        return below if below <= n else None

    @property
    def _least(self) -> float:
        """The least probability that stops: an exact tie does, which is the safer side."""
        return self.cutoff * (1 - TIE)
