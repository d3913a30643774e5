"""Operating characteristics of designs: what simulating or enumerating the trials costs."""

from dataclasses import dataclass
from typing import Final

from app.domain.cohort import operating_three_plus_three
from app.domain.cohort.boin import Boin
from app.domain.cohort.operating import Plan
from app.domain.cohort.operating_exact import exact
from app.domain.cohort.operating_simulate import simulate
from benchmarks.measure import Cost, side_by_side

TRIALS: Final = 10_000
R_BOIN_TRIALS: Final = 1_000
R_BOIN_SECONDS: Final = 1.8
R_ESCALATION_TRIALS: Final = 50
R_ESCALATION_SECONDS: Final = 2.3
_RATES: Final = (0.05, 0.15, 0.3, 0.45, 0.6)
_SIMULATED: Final = Plan(true_toxicity=_RATES, cohorts=10, cohort_size=3)
_ENUMERATED: Final = Plan(true_toxicity=_RATES[:3], cohorts=4, cohort_size=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignsResult:
    """What operating characteristics cost."""

    simulated: Cost
    """`TRIALS` trials of BOIN: 5 doses, 10 cohorts of 3."""
    enumerated: Cost
    """The exact figures of that plan."""
    few: Cost
    """The exact figures of BOIN with 3 doses and 4 cohorts of 3."""
    three_plus_three: Cost
    """The exact figures of 3+3 with 5 doses."""


def measure(repeats: int) -> DesignsResult:
    """All figures."""
    boin = Boin(target=0.3)
    costs = side_by_side(
        {
            "simulated": lambda: simulate(boin, _SIMULATED, TRIALS, 1),
            "enumerated": lambda: exact(boin, _SIMULATED),
            "few": lambda: exact(boin, _ENUMERATED),
            "three_plus_three": lambda: operating_three_plus_three.exact("de-escalation", _RATES),
        },
        repeats,
    )
    return DesignsResult(**costs)
