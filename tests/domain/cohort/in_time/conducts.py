"""Conducts to run, and trials asked one by one of what people are told to do."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from app.domain.cohort.acting import act
from app.domain.cohort.action import Action, Ladder, LevelCounts, Limits
from app.domain.cohort.boin import Boin
from app.domain.cohort.crm import Crm, Patient, TiteCrm
from app.domain.cohort.crm_decide import act_crm
from app.domain.cohort.designs import EitherDesign
from app.domain.cohort.in_time.conducts import conduct_of
from app.domain.cohort.in_time.trials import Act, Conduct, Step, Trials
from app.domain.cohort.operating import Counted, Floats, Ints, Plan
from app.domain.cohort.rolling_six import RollingSix
from app.domain.cohort.tite_boin import TiteBoin

RATES = (0.1, 0.25, 0.45)
PLAN = Plan(true_toxicity=RATES, cohorts=6, cohort_size=3)
ONE_BY_ONE = Plan(true_toxicity=RATES, cohorts=15, cohort_size=1)
BOIN = Boin(target=0.3)
SAFE = Boin(target=0.3, extra_safe=True)
LIN = TiteBoin(target=0.3, variant="lin-yuan-2020")
YUAN = TiteBoin(target=0.3, variant="yuan-2018", extra_safe=True)
PATIENT = TiteBoin(target=0.3, variant="lin-yuan-2020", max_pending_fraction=1)
CRM = Crm(skeleton=(0.08, 0.2, 0.4), target=0.25)
TITE_CRM = TiteCrm(skeleton=(0.08, 0.2, 0.4), target=0.25)


def conduct(design: EitherDesign, plan: Plan = PLAN) -> Conduct:
    """The conduct of a design."""
    return conduct_of(design, plan)


@dataclass
class Watched:
    """A conduct whose every decision is compared with the action that `/decide` names."""

    inner: Conduct
    design: Any
    decides_every: int
    compared: list[Act] = field(default_factory=list)

    @property
    def levels(self) -> int:
        return self.inner.levels

    @property
    def start(self) -> int:
        return self.inner.start

    @property
    def patients(self) -> int:
        return self.inner.patients

    def mtd(self, treated: Counted, dlts: Counted) -> Ints:
        return self.inner.mtd(treated, dlts)

    def step(self, trials: Trials, now: Floats) -> Step:
        step = self.inner.step(trials, now)
        if trials.patients and trials.patients % self.decides_every == 0:
            for trial in range(len(trials)):
                self.compare(trials, now, step, trial)
        return step

    def compare(self, trials: Trials, now: Floats, step: Step, trial: int) -> None:
        pending = bool((~trials.known(now)[:, trial]).any())
        did = Act(step.act[trial])
        if pending and not isinstance(self.design, RollingSix | TiteBoin | TiteCrm):
            # People are told earlier where the pending outcomes cannot matter.
            assert did == Act.WAIT
            return
        says = self.told(trials, now, trial)
        self.compared.append(did)
        if says.kind == "treat":
            assert says.level is not None
            assert (did, step.level[trial]) == (Act.TREAT, says.level - 1)
        elif says.kind == "wait":
            # The MTD is selected once no outcome is pending anywhere.
            ends = any(rule.rule == "action.select" for rule in says.because) or pending
            assert did == Act.WAIT or (did == Act.SELECT and ends)
        elif says.kind == "stop":
            # Of 3+3 and rolling six, selecting finds no MTD then.
            assert did == Act.STOP or (did == Act.SELECT and step.closed[trial] == 0)
        else:
            assert did == Act.SELECT

    def told(self, trials: Trials, now: Floats, trial: int) -> Action:
        known, followed = trials.known(now)[:, trial], trials.followed(now)[:, trial]
        level, dlt = trials.level[:, trial], trials.dlt[:, trial]
        current = int(trials.current[trial]) + 1
        if isinstance(self.design, Crm | TiteCrm):
            patients = [
                Patient(
                    dose_level=int(each) + 1,
                    dlt=bool(with_dlt) if sure else None,
                    weight=float(weight),
                )
                for each, with_dlt, sure, weight in zip(level, dlt, known, followed, strict=True)
            ]
            return act_crm(self.design, patients, current, Limits()).action
        levels = tuple(
            LevelCounts(
                enrolled=int((level == each).sum()),
                dlts=int(((level == each) & known & dlt).sum()),
                pending=int(((level == each) & ~known).sum()),
                pending_follow_up=float(np.where((level == each) & ~known, followed, 0).sum()),
            )
            for each in range(trials.levels)
        )
        return act(self.design, Ladder(levels=levels, current_level=current)).action
