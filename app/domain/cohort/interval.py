"""Interval designs: mTPI, mTPI-2 (the same decisions as Keyboard) and i3+3.

Ji, Liu, Li & Bekele, Clin Trials 2010;7:653-663 (mTPI); Guo, Wang, Yang, Lynn & Ji, Contemp Clin
Trials 2017;58:23-33 (mTPI-2); Yan, Mandrekar & Yuan, Clin Cancer Res 2017;23:3994-4003
(Keyboard); Liu, Wang & Ji, J Biopharm Stat 2020;30:294-304 (i3+3).
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Final, Literal

from pydantic import Field
from scipy.special import betainc

from app.domain.case import STRICT
from app.domain.cohort.design import (
    Counts,
    Decided,
    Decision,
    DecisionTable,
    Rate,
    RuleUsed,
    Selected,
    rows,
)
from app.domain.cohort.isotonic import MtdRules, select
from app.domain.cohort.posterior import eliminates, elimination_says
from app.domain.cohort.waiting import rate_says, wait_for_all
from app.domain.errors import BadValue

Margin = Annotated[float, Field(ge=0.001, lt=1)]
_Keys = tuple[Fraction, Fraction, Fraction, Fraction]
"""Four edges: of the interval below the target's, of the target's, and of the one above it."""
_TIE: Final = 1e-9
"""Relative; the masses are exact to less than that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Interval(ABC):
    """What interval designs have in common."""

    __pydantic_config__ = STRICT

    target: Rate
    cutoff_eliminate: Rate = 0.95

    @property
    @abstractmethod
    def kind(self) -> str:
        """The design's name."""

    @property
    def mtd_rules(self) -> MtdRules:
        """How the MTD is chosen (Liu & Yuan 2015)."""
        return MtdRules(kind=self.kind, target=self.target, cutoff_eliminate=self.cutoff_eliminate)

    def decision(self, n: int, dlts: int) -> Decision:
        """What the design's paper decides with n outcomes known."""
        if not n:
            return "cohort_not_full"
        if eliminates(n, dlts, self.target, self.cutoff_eliminate):
            return "eliminate"
        return self._compared(n, dlts)

    def decide(self, counts: Counts) -> Decided:
        """What the design's paper decides once pending outcomes cannot change it."""
        return wait_for_all(self.kind, counts, self.decision, self._why)

    def table(self, max_n: int) -> DecisionTable:
        """The decisions of the design's paper for 1 to max_n outcomes."""
        return DecisionTable(rows=rows(self.decision, max_n))

    def select_mtd(self, treated: Sequence[int], dlts: Sequence[int]) -> Selected:
        """The level whose isotonic estimate is closest to the target (Liu & Yuan 2015).

        Raises NotOfThisDesign.
        """
        return select(treated, dlts, self.mtd_rules)

    def _why(self, n: int, y: int) -> tuple[RuleUsed, ...]:
        seen = rate_says(self.kind, n, y)
        gone = elimination_says(self.kind, n, y, self.target, self.cutoff_eliminate)
        now = self.decision(n, y)
        if now == "eliminate":
            return (seen, gone)
        return (seen, gone, RuleUsed(rule=f"{self.kind}.{now}", text=self._said(n, y)))

    @abstractmethod
    def _compared(self, n: int, y: int) -> Decision:
        """What is decided of a level that is not eliminated."""

    @abstractmethod
    def _said(self, n: int, y: int) -> str:
        """The numbers by which it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mass(_Interval):
    """The interval whose posterior mass, by its length, is the largest decides."""

    epsilon1: Margin = 0.05
    epsilon2: Margin = 0.05

    def __post_init__(self) -> None:
        _, low, high, _ = self._keys()
        if not 0 < low < high < 1:
            raise BadValue(
                f"The interval from {float(low):g} to {float(high):g} around the target "
                f"{self.target:g} is not between 0 and 1: give a smaller epsilon1 and epsilon2."
            )

    def _keys(self) -> _Keys:
        """The edges of the intervals that are compared: for mTPI, all that is left and right."""
        target = _exact(self.target)
        low, high = target - _exact(self.epsilon1), target + _exact(self.epsilon2)
        if self.kind == "mtpi":
            return Fraction(0), low, high, Fraction(1)
        length = high - low
        return max(Fraction(0), low - length), low, high, min(Fraction(1), high + length)

    def _compared(self, n: int, y: int) -> Decision:  # type: ignore[explicit-override]
        bottom, low, high, top = self._keys()
        mode = Fraction(y, n)
        # Beyond the intervals the density only falls on its way through them, and its masses may
        # be too small to be told apart.
        if mode <= bottom:
            return "escalate"
        if mode >= top:
            return "de_escalate"
        below, inside, above = self._masses(n, y)
        if mode < high and below > inside * (1 + _TIE):
            return "escalate"
        if mode > low and above >= inside * (1 - _TIE):
            return "de_escalate"
        return "stay"

    def _masses(self, n: int, y: int) -> tuple[float, float, float]:
        """The unit probability masses of the three intervals."""
        bottom, low, high, top = self._keys()
        return _density(n, y, bottom, low), _density(n, y, low, high), _density(n, y, high, top)

    def _said(self, n: int, y: int) -> str:  # type: ignore[explicit-override]
        bottom, low, high, top = self._keys()
        below, inside, above = self._masses(n, y)
        return (
            f"The posterior mass by length is {below:.4g} from {float(bottom):g} to "
            f"{float(low):g}, {inside:.4g} from there to {float(high):g}, and {above:.4g} from "
            f"there to {float(top):g}; the largest decides, of equal ones the highest."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mtpi(_Mass):
    """MTPI (Ji 2010): all below the target's interval, the interval, and all above it."""

    kind: Literal["mtpi"] = "mtpi"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mtpi2(_Mass):
    """MTPI-2 (Guo 2017): intervals all as long as the target's, but for what is left at 0 and 1.

    The posterior has one mode, so that an interval further off can be the strongest only where
    the neighbour on that side is stronger than the target's: the two neighbours tell.
    """

    kind: Literal["mtpi2"] = "mtpi2"


@dataclass(frozen=True, slots=True, kw_only=True)
class I3Plus3(_Interval):
    """I3+3 (Liu 2020): the observed rate below, in or above an interval, ends included."""

    kind: Literal["i3+3"] = "i3+3"
    interval: tuple[Rate, Rate]

    def __post_init__(self) -> None:
        low, high = self.interval
        if not (low < high and low <= self.target <= high):
            raise BadValue(
                f"The interval from {low:g} to {high:g} does not hold the target "
                f"{self.target:g}: give one that rises around it."
            )

    def _compared(self, n: int, y: int) -> Decision:  # type: ignore[explicit-override]
        low, high = _exact(self.interval[0]), _exact(self.interval[1])
        if y < low * n:
            return "escalate"
        # One DLT less would be too few: with so few patients the interval is leapt over.
        if y <= high * n or y - 1 < low * n:
            return "stay"
        return "de_escalate"

    def _said(self, n: int, y: int) -> str:  # type: ignore[explicit-override]
        low, high = self.interval
        said = f"The rate of {y / n:.4f} is compared with the interval from {low:g} to {high:g}"
        if y > _exact(high) * n:
            return f"{said}; with one DLT less it would be {(y - 1) / n:.4f}."
        return f"{said}."


def _exact(value: float) -> Fraction:
    """The number as it was written: 0.25 - 0.05 is 0.2 then."""
    return Fraction(str(value))


def _density(n: int, y: int, start: Fraction, end: Fraction) -> float:
    """The mass of Beta(1 + y, 1 + n - y) from start to end, by their distance."""
    low, high = float(start), float(end)
    if start * n > y:
        # In the upper tail: from the other end, where nothing cancels.
        mass = betainc(1 + n - y, 1 + y, float(1 - start)) - betainc(
            1 + n - y, 1 + y, float(1 - end)
        )
    else:
        mass = betainc(1 + y, 1 + n - y, high) - betainc(1 + y, 1 + n - y, low)
    return float(mass) / float(end - start)
