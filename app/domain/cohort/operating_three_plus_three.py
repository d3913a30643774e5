"""Exact operating characteristics of the 3+3 design.

Closed form for the design that never goes down: Storer, Biometrics 1989;45:925-937. With
de-escalation: Lin & Shih, Biostatistics 2001;2:203-215; Korn et al., Stat Med 1994;13:1799-1806.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.cohort.design import NotOfThisDesign
from app.domain.cohort.operating import Characteristics, rate_faults
from app.domain.cohort.three_plus_three import Variant

_COHORT: Final = 3


@dataclass(frozen=True, slots=True)
class _Level:
    """What a cohort of three does at a level, and what follows from it."""

    none: float
    one: float
    many: float
    top_at_six: bool
    """Whether a first cohort without a DLT is followed by another one before the level passes."""

    @property
    def passes(self) -> float:
        clean = self.none + self.one if self.top_at_six else 1.0
        return self.none * clean + self.one * self.none

    @property
    def fails(self) -> float:
        more = self.none * self.many if self.top_at_six else 0.0
        return self.many + more + self.one * (self.one + self.many)

    @property
    def treated(self) -> float:
        again = self.one + (self.none if self.top_at_six else 0.0)
        return _COHORT * (1 + again)

    @property
    def passed_with_three(self) -> float:
        """The share of those that passed the level which did so with three patients: of
        none + one * none, that is none. Told so, it is defined also where none is 0.
        """
        return 1 / (1 + self.one)


def exact(variant: Variant, true_toxicity: Sequence[float]) -> Characteristics:
    """The operating characteristics of 3+3 from the true toxicity of each level.

    No sampling: levels are passed independently of each other (Storer 1989; Lin & Shih 2001), so
    one pass up and one down suffice. Raises NotOfThisDesign where a toxicity is no probability.
    """
    if faults := rate_faults(true_toxicity):
        raise NotOfThisDesign(*faults)
    levels = [
        _level(rate, top_at_six=variant == "six-at-mtd" and level == len(true_toxicity))
        for level, rate in enumerate(true_toxicity, 1)
    ]
    reached, stopped = 1.0, list[float]()
    treated = list[float]()
    for each in levels:
        treated.append(reached * each.treated)
        stopped.append(reached * each.fails)
        reached *= each.passes
    mtd = [0.0] * len(levels)
    mtd[-1] = reached
    down = 0.0
    for place in reversed(range(len(levels))):
        # Those who came down here from above, and who find either six patients or three.
        refilled = down * levels[place].passed_with_three if variant != "no-de-escalation" else 0.0
        too_toxic = refilled * levels[place].many
        treated[place] += _COHORT * refilled
        mtd[place] += down - too_toxic
        down = stopped[place] + too_toxic
    return Characteristics(
        probability_no_mtd=down,
        probability_mtd=tuple(mtd),
        expected_treated=tuple(treated),
        # A patient is enrolled before anything is known of the own outcome, so Wald's identity.
        expected_dlts=tuple(n * p for n, p in zip(treated, true_toxicity, strict=True)),
    )


def _level(rate: float, *, top_at_six: bool) -> _Level:
    free = 1 - rate
    return _Level(
        none=free**3,
        one=3 * rate * free**2,
        many=rate**2 * (3 * free + rate),
        top_at_six=top_at_six,
    )
