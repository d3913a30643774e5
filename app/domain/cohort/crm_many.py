"""The CRM and the TITE-CRM fitted to many trials at once, as `crm.fit` fits one.

O'Quigley, Pepe & Fisher, Biometrics 1990;46:33-48; Cheung & Chappell, Biometrics
2000;56:1177-1182. The posterior mean is found by the trapezoidal rule on one grid for all trials:
for a smooth density that vanishes at both ends, its error falls off exponentially with the number
of nodes (Trefethen & Weideman, SIAM Rev 2014;56:385-458). It agrees with `crm.fit` to 1e-6.
"""

from dataclasses import dataclass
from math import ceil, log, sqrt
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from app.domain.cohort.crm import Crm, TiteCrm, closest, log_safety, log_toxicity

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_NEGLIGIBLE: Final = 30.0
"""A density below exp(-30) of the highest one adds nothing to 1e-9."""
_STEP: Final = 0.6
"""Nodes are apart by so much of the narrowest posterior's deviation,"""
_WIDEST: Final = 0.2
"""but by no more than this in b, on whose scale of 1 a likelihood falls off."""
_CELLS: Final = 1 << 15
"""So many densities are handled together, so that a processor keeps them at hand."""
_AT_ONCE: Final = 16
"""So many factors are multiplied before their logarithm is taken, so that none underflows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyFits:
    """A model on the grid of its parameter b, for trials with at most so many patients."""

    design: Crm | TiteCrm
    nodes: Floats
    log_prior: Floats
    log_toxic: Floats
    """Of each level (row) at each node."""
    log_safe: Floats

    @classmethod
    def of(cls, design: Crm | TiteCrm, patients: int) -> Self:
        """The grid for trials of a size."""
        low, high = _reach(design, patients)
        count = ceil((high - low) / _apart(design, patients)) + 1
        nodes = np.linspace(low, high, count)
        return cls(
            design=design,
            nodes=nodes,
            log_prior=-(nodes**2) / (2 * design.prior_variance),
            log_toxic=log_toxicity(design, nodes),
            log_safe=log_safety(design, nodes),
        )

    def recommended(self, toxic: Ints, safe: Ints, level: Ints, weight: Floats) -> Ints:
        """The level from 1 whose plug-in toxicity is closest to the target, of each trial."""
        parameter = self.parameter(toxic, safe, level, weight)
        return closest(np.exp(log_toxicity(self.design, parameter)), self.design.target)

    def parameter(self, toxic: Ints, safe: Ints, level: Ints, weight: Floats) -> Floats:
        """The posterior mean of b in each trial (column).

        `toxic` and `safe` are the patients with a DLT and those observed without one, by level
        (row); `level` from 0 and `weight` those of patients who are still observed, a row each.
        A weight of 0 adds nothing (Cheung & Chappell 2000).
        """
        found = np.empty(toxic.shape[1])
        together = max(1, _CELLS // len(self.nodes))
        for first in range(0, len(found), together):
            some = slice(first, first + together)
            found[some] = self._means(
                self.log_prior + toxic.T[some] @ self.log_toxic + safe.T[some] @ self.log_safe,
                level[:, some],
                weight[:, some],
            )
        return found

    def _means(self, density: Floats, level: Ints, weight: Floats) -> Floats:
        """The means, from the logarithms of the densities without the patients still observed."""
        for first in range(0, len(level), _AT_ONCE):
            some = slice(first, first + _AT_ONCE)
            with np.errstate(divide="ignore"):
                # Where a product underflows all the same, the posterior has no mass.
                density += np.log(self._observed(level[some], weight[some]))
        density -= density.max(axis=1, keepdims=True)
        mass = np.exp(density, out=density)
        means: Floats = mass @ self.nodes / mass.sum(axis=1)
        return means

    def _observed(self, level: Ints, weight: Floats) -> Floats:
        """How probable it is, in each trial (row) at each node, that some patients had no DLT yet:
        1 - w * p, told as (1 - p) + (1 - w) * p, which does not cancel where both are near 1.
        """
        toxic, safe = np.exp(self.log_toxic), np.exp(self.log_safe)
        product = np.ones((level.shape[1], len(self.nodes)))
        for at, by in zip(level, weight, strict=True):
            product *= safe[at] + (1 - by)[:, None] * toxic[at]
        return product


def _labels(design: Crm | TiteCrm) -> tuple[float, float]:
    """How fast the lowest and the highest level's linear term moves with exp(b)."""
    lowest, highest = design.skeleton[0], design.skeleton[-1]
    if design.model == "empiric":
        return -log(lowest), -log(highest)
    return (
        design.intercept - log(lowest / (1 - lowest)),
        design.intercept - log(highest / (1 - highest)),
    )


def _reach(design: Crm | TiteCrm, patients: int) -> tuple[float, float]:
    """From where to where in b a posterior can have mass.

    With DLTs only, it lies lower until exp(b) is too small to matter to so many patients; without
    any, higher until even the highest level is safe for all. Beyond either the prior falls off.
    """
    steep, flat = _labels(design)
    intercept = abs(design.intercept) if design.model == "logistic" else 0.0
    lowest = max(0.0, log(patients * steep + 1))
    highest = max(0.0, log((intercept + log(patients) + _NEGLIGIBLE) / flat))
    tail = 2 * _NEGLIGIBLE * design.prior_variance
    return -sqrt(tail + lowest**2), sqrt(tail + highest**2)


def _apart(design: Crm | TiteCrm, patients: int) -> float:
    """How far nodes may be apart: by the most information about b that patients can hold."""
    if design.model == "empiric":
        log_rate = -np.logspace(-6, 2, 2_000)
        each = log_rate**2 * np.exp(log_rate) / -np.expm1(log_rate)
    else:
        logit = np.linspace(-40, design.intercept, 2_000)
        each = (logit - design.intercept) ** 2 / (2 + np.exp(logit) + np.exp(-logit))
    narrowest = 1 / sqrt(patients * float(each.max()) + 1 / design.prior_variance)
    return min(_WIDEST, _STEP * narrowest)
