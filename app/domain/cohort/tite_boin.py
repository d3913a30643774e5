"""TITE-BOIN: BOIN that decides while patients are observed, counting their follow-up.

Two formulas go by the name, and a protocol names its own: Yuan, Lin, Li, Nie & Warren, Clin
Cancer Res 2018;24:4921-4930; Lin & Yuan, Biostatistics 2020;21:807-824.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from app.domain.cohort.boin import BoinRules
from app.domain.cohort.design import (
    Counts,
    Decided,
    Decision,
    NotOfThisDesign,
    RuleUsed,
    outcomes,
    several,
    without_outcome,
)
from app.domain.cohort.posterior import eliminates, elimination_says
from app.domain.errors import Fault

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Variant = Literal["lin-yuan-2020", "yuan-2018"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TiteBoin(BoinRules):
    """TITE-BOIN, by the formula of its variant.

    Enrolment is suspended while more than `max_pending_fraction` of the patients are pending.
    """

    kind: Literal["tite-boin"] = "tite-boin"
    variant: Variant
    max_pending_fraction: Annotated[float, Field(ge=0, le=1)] = 0.5

    def decide(self, counts: Counts) -> Decided:
        """What is decided now, by the variant's paper. Raises NotOfThisDesign."""
        follow_up = _follow_up(counts)
        now, because = self._now(counts, follow_up)
        would = outcomes(self.decision, counts)
        possible = tuple(sorted(each.decision for each in would))
        return Decided(
            decision=now,
            certain=bool(counts.enrolled) and possible == (now,),
            possible=possible,
            because=because,
            would_decide=would,
        )

    def estimate(self, n: int, dlts: int, pending: int, follow_up: float) -> float:
        """The level's toxicity; of n patients some are pending, with so many windows observed.

        The observed DLTs by the effective sample size (Lin & Yuan 2020), or with the expected
        DLTs of pending patients (Yuan 2018). There is some information: not n = pending with no
        follow-up.
        """
        return float(self._estimate(n, dlts, pending, follow_up))

    def estimate_many(self, n: Ints, dlts: Ints, pending: Ints, follow_up: Floats) -> Floats:
        """The estimates of many levels (Yuan 2018; Lin & Yuan 2020)."""
        estimates: Floats = self._estimate(n, dlts, pending, follow_up)
        return estimates

    def _estimate(self, n: Any, dlts: Any, pending: Any, follow_up: Any) -> Any:
        if self.variant == "lin-yuan-2020":
            return dlts / (n - pending + follow_up)
        prior = (dlts + self.target / 2) / (n - pending + 1)
        return (dlts + (pending - follow_up) * prior / (1 - prior)) / n

    def most_pending(self, n: int) -> int:
        """Of n patients, how many may be pending without a suspension (Yuan 2018)."""
        return floor(Fraction(str(self.max_pending_fraction)) * n)

    def agrees(self, n: int, dlts: int, now: Decision) -> bool:
        """Whether the observed rate lets escalate, or de-escalate.

        Yuan 2018 escalates only below the target and de-escalates only above it.
        """
        if self.variant == "lin-yuan-2020":
            return True
        at = Fraction(str(self.target)) * n
        return dlts < at if now == "escalate" else dlts > at

    def _now(self, counts: Counts, follow_up: float) -> tuple[Decision, tuple[RuleUsed, ...]]:
        n, y, pending = counts.enrolled, counts.dlts, counts.pending
        if not n:
            told = "No patient is enrolled at this level yet."
            return "cohort_not_full", (self._rule("cohort-not-full", told),)
        seen = self._rule(
            "counts",
            f"{y} of {n} evaluable patients had a DLT, {without_outcome(pending)}; "
            f"observed so far: {follow_up:g} of {several(pending, 'window')}.",
        )
        gone = elimination_says(self.kind, n, y, self.target, self.cutoff_eliminate)
        if eliminates(n, y, self.target, self.cutoff_eliminate):
            return "eliminate", (seen, gone)
        waits = self._suspended(n, pending, follow_up)
        if waits:
            return "suspend", (seen, gone, self._rule("suspend", waits))
        rate = self.estimate(n, y, pending, follow_up)
        now = self.between(rate)
        because = (seen, gone, self.says(self.kind, rate))
        if now == "stay" or self.agrees(n, y, now):
            return now, because
        told = (
            f"The observed rate of {y / n:.4f} is not on the same side of the target of "
            f"{self.target:g}: stay."
        )
        return "stay", (*because, self._rule("stay", told))

    def _suspended(self, n: int, pending: int, follow_up: float) -> str | None:
        if pending > self.most_pending(n):
            return (
                f"{pending} of {several(n, 'patient')} pending, more than "
                f"{self.max_pending_fraction:g} of them: enrolment waits."
            )
        if not n - pending + follow_up:
            return f"Of {several(n, 'patient')} none was observed yet: enrolment waits."
        return None

    def _rule(self, name: str, text: str) -> RuleUsed:
        return RuleUsed(rule=f"{self.kind}.{name}", text=text)


def _follow_up(counts: Counts) -> float:
    if counts.pending_follow_up is not None:
        return counts.pending_follow_up
    if counts.pending:
        told = (
            f"{several(counts.pending, 'patient')} pending: TITE-BOIN counts their follow-up; "
            "give its total in units of the DLT window, 0 where they were not observed yet"
        )
        raise NotOfThisDesign(Fault(pointer="/pending_follow_up", message=told, code="missing"))
    return 0.0
