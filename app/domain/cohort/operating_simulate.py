"""Simulated operating characteristics of trials in cohorts, all trials at once.

The conduct is that of Liu & Yuan, JRSS C 2015;64:507-523; see `operating`.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np

from app.domain.cohort.design import Design, NotOfThisDesign
from app.domain.cohort.operating import (
    NO_MTD,
    Characteristics,
    Conduct,
    Counted,
    Floats,
    Ints,
    Plan,
    chances,
    selected,
)
from app.domain.errors import Fault

MOST_TRIALS: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated(Characteristics):
    """Characteristics of so many trials, and the Monte Carlo standard error of each figure."""

    trials: int
    standard_errors: Characteristics


def simulate(design: Design, plan: Plan, trials: int, seed: int) -> Simulated:
    """The operating characteristics of a design in cohorts, from so many simulated trials.

    Trials as in Liu & Yuan 2015; standard errors as in Morris, White & Crowther, Stat Med
    2019;38:2074-2102. The same seed gives the same figures. Raises NotOfThisDesign where the
    design has no decision, or no such number of trials can be simulated.
    """
    check_trials(trials, seed)
    treated, dlts, running = _run(Conduct.of(design, plan), plan, trials, seed)
    mtd = np.full(trials, NO_MTD)
    if len(running):
        mtd[running] = selected(design, treated[:, running], dlts[:, running], plan.patients)
    return summary(mtd, treated, dlts)


def check_trials(trials: int, seed: int) -> None:
    """Refuse numbers of trials and seeds that cannot be. Raises NotOfThisDesign."""
    if not 1 <= trials <= MOST_TRIALS:
        told = f"{trials} trials cannot be simulated: write a number from 1 to {MOST_TRIALS:,}"
        raise NotOfThisDesign(Fault(pointer="/trials", message=told))
    if seed < 0:
        told = f"{seed} is no seed: write 0 or a greater number"
        raise NotOfThisDesign(Fault(pointer="/seed", message=told))


def _run(conduct: Conduct, plan: Plan, trials: int, seed: int) -> tuple[Counted, Counted, Ints]:
    """Patients and DLTs of each trial, and which trials were not stopped."""
    numbers, below = np.random.default_rng(seed), _below(plan)
    treated = np.zeros((plan.levels, trials), np.int16)
    dlts = np.zeros_like(treated)
    running = np.arange(trials)
    level, closed = np.full(trials, plan.start_level - 1), np.full(trials, plan.levels)
    for cohorts_left in reversed(range(plan.cohorts)):
        drawn = numbers.random(len(running))
        treated[level, running] += np.int16(plan.cohort_size)
        dlts[level, running] += (drawn >= below[:, level]).sum(axis=0, dtype=np.int16)
        if cohorts_left:
            cohorts = treated[level, running] // plan.cohort_size
            seen = cohorts.astype(np.int64), dlts[level, running].astype(np.int64)
            level, closed, stops = conduct.after(level, closed, seen)
            level, closed, running = level[~stops], closed[~stops], running[~stops]
    return treated, dlts, running


def _below(plan: Plan) -> Floats:
    """How probable at most so many DLTs are in a cohort: a row for each number, by level."""
    return np.cumsum(chances(plan)[:-1], axis=0)


def summary(mtd: Ints, treated: Counted, dlts: Counted) -> Simulated:
    """The figures of simulated trials (columns), by the MTD of each from 1 on or NO_MTD.

    Standard errors as in Morris, White & Crowther 2019.
    """
    levels, trials = treated.shape
    share = np.bincount(mtd, minlength=levels + 1) / trials
    error = np.sqrt(share * (1 - share) / trials)
    return Simulated(
        trials=trials,
        probability_no_mtd=float(share[0]),
        probability_mtd=tuple(share[1:].tolist()),
        expected_treated=tuple(treated.mean(axis=1).tolist()),
        expected_dlts=tuple(dlts.mean(axis=1).tolist()),
        standard_errors=Characteristics(
            probability_no_mtd=float(error[0]),
            probability_mtd=tuple(error[1:].tolist()),
            expected_treated=tuple((treated.std(axis=1) / sqrt(trials)).tolist()),
            expected_dlts=tuple((dlts.std(axis=1) / sqrt(trials)).tolist()),
        ),
    )
