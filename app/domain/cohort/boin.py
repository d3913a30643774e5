"""The Bayesian optimal interval design (BOIN): a level's observed rate between two boundaries.

Liu & Yuan, JRSS C 2015;64:507-523.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Annotated, Literal

from pydantic import Field

from app.domain.case import STRICT
from app.domain.cohort.design import (
    MOST_PATIENTS,
    Boundaries,
    Counts,
    Decided,
    Decision,
    DecisionTable,
    Rate,
    RuleUsed,
    Selected,
    rows,
    several,
)
from app.domain.cohort.isotonic import MtdRules, select
from app.domain.cohort.posterior import LEAST_TO_ELIMINATE, eliminates, elimination_says
from app.domain.cohort.waiting import not_full, rate_says, wait_for_all
from app.domain.errors import BadValue


@dataclass(frozen=True, slots=True, kw_only=True)
class BoinRules:
    """What BOIN and TITE-BOIN have in common (Liu & Yuan 2015).

    `phi1` is the highest rate that is too low and `phi2` the lowest that is too high; without
    them they are 0.6 and 1.4 times the target.
    """

    __pydantic_config__ = STRICT

    target: Rate
    cutoff_eliminate: Rate = 0.95
    extra_safe: bool = False
    offset: Annotated[float, Field(ge=0, lt=0.5)] = 0.05
    bound_mtd: bool = False
    phi1: Rate | None = None
    phi2: Rate | None = None

    def __post_init__(self) -> None:
        low, high = self._phis()
        if not low < self.target < high < 1:
            raise BadValue(
                f"The target {self.target:g} is not between phi1 {low:g} and phi2 {high:g} below "
                "1: give phi1 and phi2 on either side of it."
            )
        if self.offset >= self.cutoff_eliminate:
            raise BadValue(
                f"The offset {self.offset:g} leaves nothing of the cutoff "
                f"{self.cutoff_eliminate:g}: give a smaller one."
            )

    @property
    def boundaries(self) -> Boundaries:
        """Lambda_e and lambda_d in full precision (Liu & Yuan 2015)."""
        low, high = self._phis()
        target = self.target
        return Boundaries(
            lambda_e=log((1 - low) / (1 - target)) / log(target * (1 - low) / low / (1 - target)),
            lambda_d=log((1 - target) / (1 - high))
            / log(high * (1 - target) / target / (1 - high)),
        )

    @property
    def mtd_rules(self) -> MtdRules:
        """How the MTD is chosen (Liu & Yuan 2015)."""
        return MtdRules(
            kind="boin",
            target=self.target,
            cutoff_eliminate=self.cutoff_eliminate,
            extra_safe=self.extra_safe,
            offset=self.offset,
            bound=self.boundaries.lambda_d if self.bound_mtd else None,
        )

    def decision(self, n: int, dlts: int) -> Decision:
        """What Liu & Yuan 2015 decide with n outcomes known."""
        if not n:
            return "cohort_not_full"
        if eliminates(n, dlts, self.target, self.cutoff_eliminate):
            return "eliminate"
        return self.between(dlts / n)

    def between(self, rate: float) -> Decision:
        """What the boundaries decide with an observed or estimated rate (Liu & Yuan 2015)."""
        limits = self.boundaries
        if rate <= limits.lambda_e:
            return "escalate"
        return "de_escalate" if rate >= limits.lambda_d else "stay"

    def table(self, max_n: int) -> DecisionTable:
        """The boundaries, and the decisions for 1 to max_n outcomes (Liu & Yuan 2015)."""
        return DecisionTable(boundaries=self.boundaries, rows=rows(self.decision, max_n))

    def select_mtd(self, treated: Sequence[int], dlts: Sequence[int]) -> Selected:
        """The level whose isotonic estimate is closest to the target (Liu & Yuan 2015).

        Raises NotOfThisDesign.
        """
        return select(treated, dlts, self.mtd_rules)

    def says(self, kind: str, rate: float) -> RuleUsed:
        """Where the rate stands between the boundaries (Liu & Yuan 2015)."""
        limits, now = self.boundaries, self.between(rate)
        where = {
            "escalate": f"at or below lambda_e, {limits.lambda_e:.4f}",
            "de_escalate": f"at or above lambda_d, {limits.lambda_d:.4f}",
        }.get(now, f"between lambda_e, {limits.lambda_e:.4f}, and lambda_d, {limits.lambda_d:.4f}")
        return RuleUsed(rule=f"{kind}.{now}", text=f"The rate of {rate:.4f} is {where}.")

    def _phis(self) -> tuple[float, float]:
        low = 0.6 * self.target if self.phi1 is None else self.phi1
        high = 1.4 * self.target if self.phi2 is None else self.phi2
        return low, high


@dataclass(frozen=True, slots=True, kw_only=True)
class Boin(BoinRules):
    """BOIN (Liu & Yuan 2015), which waits until all outcomes are known.

    With a `cohort_size` it decides only with complete cohorts, unless the level is eliminated
    whatever the rest of the cohort shows.
    """

    kind: Literal["boin"] = "boin"
    cohort_size: Annotated[int, Field(ge=1, le=MOST_PATIENTS, strict=True)] | None = None

    def decide(self, counts: Counts) -> Decided:
        """What is decided once pending outcomes cannot change it (Liu & Yuan 2015)."""
        size = self.cohort_size or 1
        full = -(-counts.enrolled // size) * size
        if full > counts.enrolled and not self._gone(counts, full):
            told = (
                f"{several(counts.enrolled, 'patient')} enrolled: a cohort has {size}, and "
                f"is full with {full}."
            )
            return not_full(self.kind, counts, self.decision, told)
        return wait_for_all(self.kind, counts, self.decision, self._why)

    def _gone(self, counts: Counts, full: int) -> bool:
        enough = counts.enrolled >= LEAST_TO_ELIMINATE
        return enough and self.decision(full, counts.dlts) == "eliminate"

    def _why(self, n: int, y: int) -> tuple[RuleUsed, ...]:
        seen = rate_says(self.kind, n, y)
        gone = elimination_says(self.kind, n, y, self.target, self.cutoff_eliminate)
        if self.decision(n, y) == "eliminate":
            return (seen, gone)
        return (seen, gone, self.says(self.kind, y / n))
