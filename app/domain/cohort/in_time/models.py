"""The CRM and the TITE-CRM in calendar time.

O'Quigley, Pepe & Fisher, Biometrics 1990;46:33-48; Cheung & Chappell, Biometrics
2000;56:1177-1182. Cohorts go at most one level up (Goodman, Zahurak & Piantadosi, Stat Med
1995;14:1149-1161).
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from app.domain.cohort.crm import Crm, TiteCrm
from app.domain.cohort.crm_many import ManyFits
from app.domain.cohort.in_time.accrual import Accrual
from app.domain.cohort.in_time.trials import Act, Step, Trials
from app.domain.cohort.in_time.waiting import once_known, within_cohort
from app.domain.cohort.operating import Counted, Flags, Floats, Ints, Plan, codes, counted


@dataclass(frozen=True, slots=True, kw_only=True)
class ByModel:
    """A plan in cohorts by a model. The CRM waits for all outcomes, the TITE-CRM for none: it
    counts patients by the part of the window in which they were observed.
    """

    design: Crm | TiteCrm
    plan: Plan
    fits: ManyFits

    @classmethod
    def of(cls, design: Crm | TiteCrm, plan: Plan) -> Self:
        """The conduct of a plan."""
        return cls(design=design, plan=plan, fits=ManyFits.of(design, plan.patients))

    @property
    def levels(self) -> int:
        """How many dose levels there are."""
        return self.plan.levels

    @property
    def start(self) -> int:
        """The level of the first patient, from 0."""
        return self.plan.start_level - 1

    @property
    def patients(self) -> int:
        """The most patients of a trial."""
        return self.plan.patients

    def densities(self, accrual: Accrual | None) -> int:
        """How many densities a trial needs, those of patients still observed being a tenth each
        of what the others cost.
        """
        pending = 0.0
        if accrual is not None and self.design.kind == "tite-crm":
            pending = min(self.patients, 1 / accrual.interarrival)
        return int(self.plan.cohorts * len(self.fits.nodes) * (1 + pending / 10))

    def step(self, trials: Trials, now: Floats) -> Step:
        """The recommended level, or the one above the current one where that is lower."""
        if within_cohort(trials, self.plan.cohort_size):
            return Step.same_level(trials)
        act = np.full(len(trials), Act.TREAT, np.int8)
        if self.design.kind == "crm":
            step = once_known(trials, now, trials.current.copy(), trials.closed, act)
            asked = step.act == Act.TREAT
            known = trials.at(asked)
            found = self.mtd(known.treated(), known.by_level(known.dlt))
            step.level[asked] = _one_up(known.current, found)
            return step
        level = _one_up(trials.current, self._recommended(trials, now))
        return Step(act=act, level=level, closed=trials.closed, until=np.zeros(len(trials)))

    def mtd(self, treated: Counted, dlts: Counted) -> Ints:
        """The level that the model recommends, from 1 on, all outcomes being known."""
        code = codes(counted(treated, dlts, self.patients))
        _, first, inverse = np.unique(code, return_index=True, return_inverse=True)
        toxic, safe = dlts[:, first], (treated - dlts)[:, first]
        nobody = np.zeros((0, len(first)))
        found = self.fits.recommended(
            toxic.astype(np.int64), safe.astype(np.int64), nobody.astype(np.int64), nobody
        )
        return found[inverse]

    def _recommended(self, trials: Trials, now: Floats) -> Ints:
        """By what is known now, and the follow-up of those of whom nothing is."""
        known = trials.known(now)
        toxic = trials.by_level(known & trials.dlt)
        safe = trials.by_level(known & ~trials.dlt)
        level, weight = _pending(trials, ~known, trials.followed(now))
        return self.fits.recommended(toxic.astype(np.int64), safe.astype(np.int64), level, weight)


def _one_up(current: Ints, recommended: Ints) -> Ints:
    """The level, from 0, that is treated where one is recommended, which counts from 1."""
    return np.minimum(recommended - 1, current + 1)


def _pending(trials: Trials, pending: Flags, followed: Floats) -> tuple[Ints, Floats]:
    """Level and weight of the pending patients: as many rows as the trial has that has most,
    others being filled up by patients of weight 0.
    """
    most = int(pending.sum(axis=0).max(initial=0))
    first = np.argsort(~pending, axis=0, kind="stable")[:most]
    level = np.take_along_axis(trials.level, first, axis=0).astype(np.int64)
    weight = np.take_along_axis(np.where(pending, followed, 0.0), first, axis=0)
    return level, weight
