"""The posterior of one dose level's toxicity, and when it eliminates the level.

Uniform prior: Beta(1 + y, 1 + n - y) after y DLTs among n patients. Liu & Yuan, JRSS C
2015;64:507-523.
"""

from functools import lru_cache
from typing import Final

from scipy.special import betainc

from app.domain.cohort.design import RuleUsed

LEAST_TO_ELIMINATE: Final = 3
"""With fewer patients no level is eliminated."""


@lru_cache(maxsize=1 << 16)
def exceeds(n: int, y: int, target: float) -> float:
    """Pr(p > target | Beta(1 + y, 1 + n - y)), with y DLTs among n (Liu & Yuan 2015)."""
    return 1 - float(betainc(1 + y, 1 + n - y, target))


def eliminates(n: int, y: int, target: float, cutoff: float) -> bool:
    """Whether the level is eliminated, with those above it (Liu & Yuan 2015)."""
    return n >= LEAST_TO_ELIMINATE and exceeds(n, y, target) > cutoff


def elimination_says(kind: str, n: int, y: int, target: float, cutoff: float) -> RuleUsed:
    """Why the level is eliminated or not (Liu & Yuan 2015)."""
    if n < LEAST_TO_ELIMINATE:
        text = f"No level is eliminated with fewer than {LEAST_TO_ELIMINATE} patients."
        return RuleUsed(rule=f"{kind}.not-eliminated", text=text)
    gone = eliminates(n, y, target, cutoff)
    text = (
        f"The probability that the toxicity exceeds {target:g} is {exceeds(n, y, target):.4f}, "
        f"{'above' if gone else 'not above'} the cutoff of {cutoff:g}."
    )
    return RuleUsed(rule=f"{kind}.{'eliminated' if gone else 'not-eliminated'}", text=text)
