"""The MTD at the end of a trial, by isotonic regression of the levels' toxicity.

Liu & Yuan, JRSS C 2015;64:507-523, as `select.mtd` of the R package BOIN does it: the means of
Beta(0.05, 0.05) posteriors, pooled by their precision until they rise with the dose.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

from app.domain.cohort.design import RuleUsed, Selected, checked_trial, counted
from app.domain.cohort.posterior import LEAST_TO_ELIMINATE, eliminates

Integers = NDArray[np.integer[Any]]
Floats = NDArray[np.float64]
_PRIOR: Final = 0.05
_APART: Final = 1e-10
"""By so much the estimates rise from level to level: of equal ones below the target the highest
dose is closest, of those above it the lowest.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MtdRules:
    """How the MTD is chosen (Liu & Yuan 2015).

    `extra_safe` takes no dose where the lowest is too toxic by a cutoff that is lower by
    `offset`; `bound` is the highest estimate that the MTD may have, if any.
    """

    kind: str
    target: float
    cutoff_eliminate: float
    extra_safe: bool = False
    offset: float = 0.05
    bound: float | None = None


def pava(values: Sequence[float], weights: Sequence[float]) -> tuple[float, ...]:
    """The weighted isotonic regression by pooling adjacent violators (Barlow et al. 1972)."""
    blocks: list[tuple[float, float, int]] = []
    for each, by in zip(values, weights, strict=True):
        value, weight, size = each, by, 1
        while blocks and blocks[-1][0] > value:
            before, heavy, many = blocks.pop()
            value = (before * heavy + value * weight) / (heavy + weight)
            weight, size = heavy + weight, many + size
        blocks.append((value, weight, size))
    return tuple(value for value, _, size in blocks for _ in range(size))


def select(treated: Sequence[int], dlts: Sequence[int], rules: MtdRules) -> Selected:
    """The MTD among the levels that were used and not eliminated (Liu & Yuan 2015).

    Raises NotOfThisDesign.
    """
    checked_trial(treated, dlts)
    limit = _limit(treated, dlts, rules)
    used = [level for level in range(limit) if treated[level]]
    estimates: list[float | None] = [None] * len(treated)
    if not used:
        return _chosen(rules, None, estimates, _nothing_left(limit, treated, dlts))
    means = pava(
        [_mean(treated[level], dlts[level]) for level in used],
        [1 / _variance(treated[level], dlts[level]) for level in used],
    )
    for level, mean in zip(used, means, strict=True):
        estimates[level] = mean
    shifted = {
        level: mean + place * _APART
        for place, (level, mean) in enumerate(zip(used, means, strict=True), start=1)
    }
    fit = [level for level in used if rules.bound is None or shifted[level] <= rules.bound]
    if not fit:
        told = f"Every estimated toxicity is above lambda_d, {rules.bound:.4f}: none is the MTD."
        return _chosen(rules, None, estimates, told)
    mtd = min(fit, key=lambda level: abs(shifted[level] - rules.target))
    told = (
        f"Level {mtd + 1} is the MTD: of the levels that may be one, its estimated toxicity of "
        f"{estimates[mtd]:.4f} is the closest to the target of {rules.target:g}."
    )
    return _chosen(rules, mtd + 1, estimates, told)


def select_many(treated: Integers, dlts: Integers, rules: MtdRules) -> NDArray[np.int64]:
    """The MTD of many trials, one per row, and 0 where no dose is one.

    Like `select` (Liu & Yuan 2015), with the max-min formula of isotonic regression (Robertson,
    Wright & Dykstra, Order Restricted Statistical Inference, 1988).
    """
    trials, levels = treated.shape
    if not trials or not levels:
        return np.zeros(trials, dtype=np.int64)
    # Of small integers, functions of scipy would answer in single precision.
    n, y = treated.astype(np.float64), dlts.astype(np.float64)
    above = 1 - betainc(1 + y, 1 + n - y, rules.target)
    known = n >= LEAST_TO_ELIMINATE
    gone = np.logical_or.accumulate(known & (above > rules.cutoff_eliminate), axis=1)
    if rules.extra_safe:
        stop = known[:, 0] & (above[:, 0] > rules.cutoff_eliminate - rules.offset)
        gone |= stop[:, None]
    used = (n > 0) & ~gone
    shifted = _isotonic(n, y, used) + _APART * np.cumsum(used, axis=1)
    fit = used if rules.bound is None else used & (shifted <= rules.bound)
    distance = np.where(fit, np.abs(shifted - rules.target), np.inf)
    best: NDArray[np.int64] = np.argmin(distance, axis=1).astype(np.int64) + 1
    best[~fit.any(axis=1)] = 0
    return best


def _isotonic(treated: Floats, dlts: Floats, used: NDArray[np.bool_]) -> Floats:
    """The isotonic estimates of the used levels; of others the number means nothing.

    A level's estimate is the highest, over the starts at or below it, of the lowest mean from
    there to an end at or above it.
    """
    levels = treated.shape[1]
    weights = np.where(used, 1 / _variance(treated, dlts), 0)
    products = weights * _mean(treated, dlts)
    best = np.full(treated.shape, -np.inf)
    for start in range(levels):
        # Sums from each start on lose no digits, which differences of running sums would.
        mass = np.cumsum(weights[:, start:], axis=1)
        sums = np.cumsum(products[:, start:], axis=1)
        means = np.divide(sums, mass, out=np.full(mass.shape, np.inf), where=mass > 0)
        lowest = np.minimum.accumulate(means[:, ::-1], axis=1)[:, ::-1]
        best[:, start:] = np.maximum(best[:, start:], lowest)
    return best


def _mean(n: Any, y: Any) -> Any:
    return (y + _PRIOR) / (n + 2 * _PRIOR)


def _variance(n: Any, y: Any) -> Any:
    total = n + 2 * _PRIOR
    return (y + _PRIOR) * (n - y + _PRIOR) / (total**2 * (total + 1))


def _limit(treated: Sequence[int], dlts: Sequence[int], rules: MtdRules) -> int:
    """How many levels are below the lowest that is eliminated."""
    if rules.extra_safe and treated:
        stricter = rules.cutoff_eliminate - rules.offset
        if eliminates(treated[0], dlts[0], rules.target, stricter):
            return 0
    for level, (n, y) in enumerate(zip(treated, dlts, strict=True)):
        if eliminates(n, y, rules.target, rules.cutoff_eliminate):
            return level
    return len(treated)


def _nothing_left(limit: int, treated: Sequence[int], dlts: Sequence[int]) -> str:
    if treated and not limit:
        return (
            f"Level 1, with {counted(dlts[0])} among {treated[0]} patients, is too toxic: no dose "
            "is the MTD."
        )
    return "No level that may be the MTD was given to any patient."


def _chosen(rules: MtdRules, mtd: int | None, found: list[float | None], text: str) -> Selected:
    rule = f"{rules.kind}.{'no-mtd' if mtd is None else 'mtd'}"
    return Selected(mtd=mtd, estimates=tuple(found), because=(RuleUsed(rule=rule, text=text),))
