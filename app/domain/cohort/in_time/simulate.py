"""Operating characteristics of trials in calendar time, simulated.

Standard errors as in Morris, White & Crowther, Stat Med 2019;38:2074-2102.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import fsum, sqrt
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.domain.cohort.design import NotOfThisDesign
from app.domain.cohort.in_time.accrual import Accrual
from app.domain.cohort.in_time.models import ByModel
from app.domain.cohort.in_time.running import Finished, run
from app.domain.cohort.in_time.trials import Conduct
from app.domain.cohort.operating import Characteristics
from app.domain.cohort.operating_simulate import Simulated, check_trials, summary
from app.domain.errors import Fault

AT_ONCE: Final = 1_000
"""So many trials are run together, from a seed of their own: the n-th thousand from [seed, n].

So the figures follow from the seed and the number of trials, whoever watches the progress.
"""
MOST_WORK: Final = 600_000_000
"""How much may be looked at for one answer, see `work`; half a minute at the most."""
Progress = Callable[[int, int], None]
"""Is told how many trials are done, and of how many."""
_AT_ANY_TIME: Final = Accrual(interarrival=1)


def silent(done: int, total: int) -> None:
    """Tell nobody of the progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CharacteristicsInTime(Characteristics):
    """Characteristics of trials in calendar time.

    `duration` is the mean time from the arrival of the first patient until the last outcome is
    known, and `waiting_time` that from a patient's arrival to enrolment, both in DLT windows;
    `turned_away` the mean number of patients of a trial who were.
    """

    duration: float
    waiting_time: float
    turned_away: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedInTime(Simulated):
    """Simulated characteristics in calendar time; see `CharacteristicsInTime`."""

    duration: float
    waiting_time: float
    turned_away: float
    standard_errors: CharacteristicsInTime


def work(conduct: Conduct, accrual: Accrual | None, trials: int) -> int:
    """How much is looked at: every patient before every other, and each density of a model."""
    densities = conduct.densities(accrual) if isinstance(conduct, ByModel) else 0
    return trials * (conduct.patients**2 + densities)


def check_work(conduct: Conduct, accrual: Accrual | None, trials: int) -> None:
    """Refuse what takes too long. Raises NotOfThisDesign."""
    most = MOST_WORK // work(conduct, accrual, 1)
    if trials > most:
        told = (
            f"{trials:,} trials of {conduct.patients} patients take too long by this design: "
            f"simulate at most {most:,}, or plan fewer patients"
        )
        raise NotOfThisDesign(Fault(pointer="/trials", message=told, code="too_many"))


def simulate_in_time(
    conduct: Conduct,
    true_toxicity: tuple[float, ...],
    accrual: Accrual,
    trials: int,
    seed: int,
    progress: Progress = silent,
) -> SimulatedInTime:
    """The operating characteristics of a conduct in calendar time.

    The same seed gives the same figures. Raises NotOfThisDesign where no such number of trials
    can be simulated.
    """
    check_trials(trials, seed)
    check_work(conduct, accrual, trials)
    ran = list(_run(conduct, true_toxicity, accrual, trials, seed, progress))
    counts = _summary(ran)
    duration = _joined([each.duration for each in ran])
    waited = _joined([each.waited for each in ran])
    away = _joined([each.turned_away for each in ran])
    errors = counts.standard_errors
    return SimulatedInTime(
        trials=trials,
        probability_no_mtd=counts.probability_no_mtd,
        probability_mtd=counts.probability_mtd,
        expected_treated=counts.expected_treated,
        expected_dlts=counts.expected_dlts,
        duration=_mean(duration),
        waiting_time=_mean(waited),
        turned_away=_mean(away),
        standard_errors=CharacteristicsInTime(
            probability_no_mtd=errors.probability_no_mtd,
            probability_mtd=errors.probability_mtd,
            expected_treated=errors.expected_treated,
            expected_dlts=errors.expected_dlts,
            duration=_error(duration),
            waiting_time=_error(waited),
            turned_away=_error(away),
        ),
    )


def simulate_at_any_time(
    conduct: Conduct,
    true_toxicity: tuple[float, ...],
    trials: int,
    seed: int,
    progress: Progress = silent,
) -> Simulated:
    """The operating characteristics of a conduct that waits for every outcome, so that nothing
    but the time depends on the accrual. Raises NotOfThisDesign as `simulate_in_time`.
    """
    check_trials(trials, seed)
    check_work(conduct, None, trials)
    return _summary(list(_run(conduct, true_toxicity, _AT_ANY_TIME, trials, seed, progress)))


def _run(
    conduct: Conduct,
    true_toxicity: tuple[float, ...],
    accrual: Accrual,
    trials: int,
    seed: int,
    progress: Progress,
) -> Iterator[Finished]:
    for place, done in enumerate(range(0, trials, AT_ONCE)):
        progress(done, trials)
        many = min(AT_ONCE, trials - done)
        yield run(conduct, true_toxicity, accrual, many, np.random.default_rng([seed, place]))
    progress(trials, trials)


def _summary(ran: list[Finished]) -> Simulated:
    return summary(
        _joined([each.mtd for each in ran]),
        _joined([each.treated for each in ran]),
        _joined([each.dlts for each in ran]),
    )


def _joined(parts: list[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(parts, axis=-1)


def _mean(figures: NDArray[Any]) -> float:
    # An exact sum is the same one on every machine, in whatever order its processor adds.
    return fsum(figures.tolist()) / len(figures)


def _error(figures: NDArray[Any]) -> float:
    return sqrt(_mean((figures - _mean(figures)) ** 2) / len(figures))
