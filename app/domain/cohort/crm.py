"""The continual reassessment method, also with patients who are still observed.

O'Quigley, Pepe & Fisher, Biometrics 1990;46:33-48; Cheung & Chappell, Biometrics 2000;56:1177-1182
(TITE-CRM). One parameter b with a normal prior around 0: a level's toxicity is s ** exp(b)
(empiric) or expit(a + exp(b) * d) with logit(s) = a + d (logistic), s being its skeleton.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, exp, log, log1p, sqrt
from typing import Annotated, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from app.domain.case import STRICT
from app.domain.cohort.design import (
    NotOfThisDesign,
    Rate,
)
from app.domain.errors import BadValue, Fault

Floats = NDArray[np.float64]
_SPREAD: Final = 12.0
"""How far the parameter is looked for: so many prior deviations, and as much again."""
_ZOOMS: Final = 2
_COARSE: Final = 301
_NEGLIGIBLE: Final = 45.0
"""A density below exp(-45) of the highest one adds nothing to 1e-15."""
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
_PANELS: Final = 32
_WIDEST_PANEL: Final = 0.125
"""In b, on whose scale of 1 a likelihood falls off however wide the prior is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Model:
    """The parameters of a model of all dose levels."""

    __pydantic_config__ = STRICT

    skeleton: Annotated[tuple[Rate, ...], Field(min_length=2, max_length=20)]
    target: Rate
    model: Literal["empiric", "logistic"] = "empiric"
    intercept: Annotated[float, Field(ge=-10, le=10)] = 3
    prior_variance: Annotated[float, Field(ge=1e-4, le=100)] = 1.34

    def __post_init__(self) -> None:
        if any(low >= high for low, high in zip(self.skeleton, self.skeleton[1:], strict=False)):
            raise BadValue(f"The skeleton {self.skeleton} does not rise from level to level.")
        if self.model == "logistic" and _logit(self.skeleton[-1]) >= self.intercept:
            # Above it a level gets safer where the levels below it get more toxic.
            most = 1 / (1 + exp(-self.intercept))
            raise BadValue(
                f"The logistic model with intercept {self.intercept} needs rates below "
                f"{most:.4g}, not {self.skeleton[-1]}: use a higher intercept, or the "
                "empiric model."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Crm(_Model):
    """The CRM (O'Quigley 1990), which knows the outcome of each patient that counts."""

    kind: Literal["crm"] = "crm"


@dataclass(frozen=True, slots=True, kw_only=True)
class TiteCrm(_Model):
    """The TITE-CRM (Cheung & Chappell 2000): patients without a DLT count by their weight."""

    kind: Literal["tite-crm"] = "tite-crm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """One patient of a CRM trial; `dlt` is None where the outcome is pending.

    `weight` is how much of the window was observed; a DLT counts whole whatever it says.
    """

    __pydantic_config__ = STRICT

    dose_level: Annotated[int, Field(ge=1, le=20, strict=True)]
    dlt: Annotated[bool | None, Field(strict=True)]
    weight: Annotated[float, Field(ge=0, le=1)] = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """The model after the data; `parameter` is the posterior mean of b, which is plugged in."""

    probability_toxicity: tuple[float, ...]
    recommended_level: int
    parameter: float


Key = tuple[int, bool, float]
"""Patients alike: their level from 0, whether a DLT, and their weight."""
Data = Counter[Key]


def fit(design: Crm | TiteCrm, patients: Sequence[Patient]) -> Fit:
    """The toxicity of each level, and the level closest to the target.

    Plug-in posterior mean, O'Quigley 1990; weighted likelihood, Cheung & Chappell 2000. Raises
    NotOfThisDesign.
    """
    faults = patient_faults(design, patients)
    faults += [
        Fault(
            pointer=f"/subjects/{place}/dlt",
            message="the outcome is not known: leave the patient out, or give false and the "
            "weight of the follow-up in a TITE-CRM",
            code="pending",
        )
        for place, each in enumerate(patients)
        if each.dlt is None
    ]
    if faults:
        raise NotOfThisDesign(*faults)
    return fit_data(design, data_of(patients))


def data_of(patients: Iterable[Patient]) -> Data:
    """The patients who count, by what the likelihood reads of them (Cheung & Chappell 2000)."""
    return Counter(
        (each.dose_level - 1, bool(each.dlt), 1.0 if each.dlt else each.weight)
        for each in patients
        if each.dlt or each.weight
    )


def patient_faults(design: Crm | TiteCrm, patients: Sequence[Patient]) -> list[Fault]:
    """What is wrong with the levels and the weights of the patients."""
    faults = [
        _no_level(design, f"/subjects/{place}/dose_level", each.dose_level)
        for place, each in enumerate(patients)
        if not 1 <= each.dose_level <= len(design.skeleton)
    ]
    if design.kind == "crm":
        faults += [
            Fault(
                pointer=f"/subjects/{place}/weight",
                message=f"the CRM counts a patient or not, and knows no weight {each.weight}: "
                "give 1 or 0, or use the TITE-CRM",
                code="weight",
            )
            for place, each in enumerate(patients)
            if each.weight not in (0, 1)
        ]
    return faults


def _no_level(design: Crm | TiteCrm, pointer: str, level: int) -> Fault:
    told = f"there is no dose level {level}: the skeleton has levels 1 to {len(design.skeleton)}"
    return Fault(pointer=pointer, message=told, code="dose_level")


def fit_data(design: Crm | TiteCrm, data: Data) -> Fit:
    """The model after the data, with the posterior mean plugged in (O'Quigley 1990)."""
    parameter = _posterior_mean(design, data)
    rates = np.exp(log_toxicity(design, np.array([parameter]))[:, 0])
    return Fit(
        probability_toxicity=tuple(rates.tolist()),
        recommended_level=int(closest(rates, design.target)),
        parameter=parameter,
    )


def closest(rates: Floats, target: float) -> NDArray[np.int64]:
    """The level from 1 whose rate is closest to the target; of equals the lowest.

    Levels are rows; with columns, the level of each column.
    """
    nearest = np.argmin(np.abs(rates - target), axis=0) + 1
    return np.where(rates[-1] <= target, len(rates), nearest)


def _posterior_mean(design: Crm | TiteCrm, data: Data, finer: int = 1) -> float:
    """The posterior mean of b by composite Gauss-Legendre quadrature.

    A grid over all of the prior finds where the density is, however far the data moved it; the
    nodes stand only there. Densities are relative to the highest one, so that nothing underflows.
    """
    reach = _SPREAD * (sqrt(design.prior_variance) + 1)
    low, high = -reach, reach
    for _ in range(_ZOOMS):
        grid = np.linspace(low, high, _COARSE)
        density = _log_density(design, data, grid)
        there = np.flatnonzero(density > density.max() - _NEGLIGIBLE)
        low = float(grid[max(there[0] - 1, 0)])
        high = float(grid[min(there[-1] + 1, _COARSE - 1)])
    panels = finer * max(_PANELS, ceil((high - low) / _WIDEST_PANEL))
    edges = np.linspace(low, high, panels + 1)
    middle, half = (edges[1:] + edges[:-1]) / 2, (high - low) / panels / 2
    nodes = (middle[:, None] + half * _NODES).ravel()
    density = _log_density(design, data, nodes)
    mass = np.tile(_WEIGHTS, panels) * np.exp(density - density.max())
    return float(mass @ nodes / mass.sum())


def _log_density(design: Crm | TiteCrm, data: Data, b: Floats) -> Floats:
    """The logarithm of the posterior density of each b, up to a constant."""
    toxic, safe = log_toxicity(design, b), log_safety(design, b)
    total: Floats = -(b**2) / (2 * design.prior_variance)
    for (level, dlt, weight), count in data.items():
        if dlt:
            total = total + count * toxic[level]
        elif weight == 1:
            total = total + count * safe[level]
        else:
            # 1 - w * p is (1 - p) + (1 - w) * p, which does not cancel where both are near 1.
            left = np.logaddexp(safe[level], log1p(-weight) + toxic[level])
            total = total + count * left
    return total


def log_toxicity(design: Crm | TiteCrm, b: Floats) -> Floats:
    """The logarithm of each level's toxicity (row) for each b (column)."""
    if design.model == "empiric":
        return np.log(design.skeleton)[:, None] * np.exp(b)
    return -np.logaddexp(0, -_linear(design, b))


def log_safety(design: Crm | TiteCrm, b: Floats) -> Floats:
    """The logarithm of what remains to 1."""
    if design.model == "empiric":
        return np.log(-np.expm1(log_toxicity(design, b)))
    return -np.logaddexp(0, _linear(design, b))


def _linear(design: Crm | TiteCrm, b: Floats) -> Floats:
    labels = np.array([_logit(rate) - design.intercept for rate in design.skeleton])
    return design.intercept + labels[:, None] * np.exp(b)


def _logit(rate: float) -> float:
    return log(rate) - log1p(-rate)
