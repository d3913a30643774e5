"""What a design does in a scenario, judged by the MTD that the scenario has."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.cohort.in_time.simulate import SimulatedInTime
from app.domain.cohort.operating import Characteristics
from app.domain.cohort.operating_simulate import Simulated

TOO_TOXIC: Final = 1.4
"""Times the target: from this toxicity on a level is too toxic (Liu & Yuan 2015, phi2)."""
_SAME: Final = 1e-9


Found = SimulatedInTime | Simulated | Characteristics


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignInScenario:
    """What a design does in a scenario.

    `probability_correct` is that of selecting the scenario's MTD, or no dose where it has none;
    `probability_above` that of a level above it; `share_treated_above` the expected patients of
    such levels, of all expected ones. `duration` is in DLT windows, null without accrual.
    """

    name: str
    probability_correct: float
    probability_above: float
    share_treated_above: float
    expected_n: float
    expected_dlts: float
    duration: float | None
    characteristics: Found


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioCompared:
    """What each design does in a scenario; `true_mtd` is a level from 1 on, or null for none."""

    name: str
    true_toxicity: tuple[float, ...]
    true_mtd: int | None
    designs: tuple[DesignInScenario, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Designs compared over scenarios."""

    target: float
    too_toxic: float
    scenarios: tuple[ScenarioCompared, ...]


def true_mtd(true_toxicity: Sequence[float], target: float, too_toxic: float) -> int | None:
    """The MTD of a scenario, as a level from 1 on, or None where the lowest level is too toxic.

    The level whose true toxicity is closest to the target, on either side of it, as in Liu &
    Yuan, JRSS C 2015;64:507-523; of equally close ones the lower. `too_toxic` is the toxicity
    from which on a lowest level is none.
    """
    if true_toxicity[0] >= too_toxic - _SAME:
        return None
    apart = [abs(rate - target) for rate in true_toxicity]
    return next(level for level, each in enumerate(apart, 1) if each <= min(apart) + _SAME)


def judged(name: str, found: Found, mtd: int | None) -> DesignInScenario:
    """The figures of a design in a scenario with this MTD (Liu & Yuan 2015)."""
    above, n = mtd or 0, sum(found.expected_treated)
    return DesignInScenario(
        name=name,
        probability_correct=found.probability_mtd[mtd - 1] if mtd else found.probability_no_mtd,
        probability_above=sum(found.probability_mtd[above:]),
        share_treated_above=sum(found.expected_treated[above:]) / n,
        expected_n=n,
        expected_dlts=sum(found.expected_dlts),
        duration=found.duration if isinstance(found, SimulatedInTime) else None,
        characteristics=found,
    )
