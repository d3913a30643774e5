"""Designs that wait until all outcomes are known, in calendar time.

A cohort is filled, and then all its outcomes are awaited. The conduct of designs by intervals is
that of Liu & Yuan, JRSS C 2015;64:507-523; of 3+3 that of Storer, Biometrics 1989;45:925-937, and
of Korn et al., Stat Med 1994;13:1799-1806.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from app.domain.cohort import operating
from app.domain.cohort.design import Decision, Design
from app.domain.cohort.in_time.accrual import INSTANT
from app.domain.cohort.in_time.trials import Act, Step, Trials
from app.domain.cohort.operating import Counted, Flags, Floats, Ints, Plan, selected
from app.domain.cohort.three_plus_three import ThreePlusThree

COHORT: Final = 3
FULL: Final = 6
_OF_3_PLUS_3: Final[tuple[Decision, ...]] = ("escalate", "expand", "exceeds_mtd")


def within_cohort(trials: Trials, size: int) -> bool:
    """Whether nothing is decided before the next patient: the trial's first, or one who is not
    the first of a cohort.
    """
    return not trials.patients or trials.patients % size != 0


@dataclass(frozen=True, slots=True, kw_only=True)
class InCohorts:
    """A plan in cohorts, by a design that decides of one level (Liu & Yuan 2015)."""

    design: Design
    plan: Plan
    conduct: operating.Conduct

    @classmethod
    def of(cls, design: Design, plan: Plan) -> Self:
        """The conduct of a plan by a design. Raises NotOfThisDesign."""
        return cls(design=design, plan=plan, conduct=operating.Conduct.of(design, plan))

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

    def step(self, trials: Trials, now: Floats) -> Step:
        """After a cohort, whatever follows from the level's counts (Liu & Yuan 2015)."""
        if within_cohort(trials, self.plan.cohort_size):
            return Step.same_level(trials)
        here = trials.seen(trials.current, now)
        level, closed, stops = self.conduct.after(
            trials.current, trials.closed, (here.n // self.plan.cohort_size, here.dlts)
        )
        return once_known(trials, now, level, closed, np.where(stops, Act.STOP, Act.TREAT))

    def mtd(self, treated: Counted, dlts: Counted) -> Ints:
        """The MTD by the design's own rule, from 1 on, and 0 without one."""
        return selected(self.design, treated, dlts, self.patients)


def once_known(
    trials: Trials, now: Floats, level: Ints, closed: Ints, act: NDArray[np.integer]
) -> Step:
    """The step where every outcome is known; elsewhere all of them are waited for."""
    last = trials.last_outcome()
    return Step(
        act=np.where(last > now + INSTANT, Act.WAIT, act).astype(np.int8),
        level=level,
        closed=closed,
        until=last,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ByThrees:
    """3+3 from the lowest level on, in one of its variants (Storer 1989; Korn 1994)."""

    design: ThreePlusThree
    levels: int
    says: NDArray[np.int8]
    """The place in _OF_3_PLUS_3 of what is decided, by patients (row) and DLTs."""
    needed: NDArray[np.int8]
    """How many patients the MTD needs, as the top level (row 1) or not, by DLTs."""

    @classmethod
    def of(cls, design: ThreePlusThree, levels: int) -> Self:
        """The conduct by a variant."""
        says = np.zeros((FULL + 1, FULL + 1), np.int8)
        for n in (COHORT, FULL):
            for dlts in range(n + 1):
                says[n, dlts] = _OF_3_PLUS_3.index(design.decision(n, dlts))
        needed = [
            [design.needed(dlts, top=top) for dlts in range(FULL + 1)] for top in (False, True)
        ]
        return cls(design=design, levels=levels, says=says, needed=np.array(needed, np.int8))

    @property
    def start(self) -> int:
        """The level of the first patient, from 0."""
        return 0

    @property
    def patients(self) -> int:
        """The most patients of a trial."""
        return self.levels * FULL

    def step(self, trials: Trials, now: Floats) -> Step:
        """After three patients: up, three more, or down (Storer 1989; Korn 1994)."""
        if within_cohort(trials, COHORT):
            return Step.same_level(trials)
        current, here = trials.current, trials.seen(trials.current, now)
        says = self.says[here.n, here.dlts]
        exceeded = says == _OF_3_PLUS_3.index("exceeds_mtd")
        closed = np.where(exceeded, current, trials.closed)
        up = (says == _OF_3_PLUS_3.index("escalate")) & (current + 1 < closed)
        level = current + up - exceeded
        settled = (says != _OF_3_PLUS_3.index("expand")) & ~up
        over = settled & self._has_enough(trials, np.maximum(level, 0), now)
        act = np.where(over | (level < 0), Act.SELECT, Act.TREAT)
        return once_known(trials, now, level, closed, act)

    def mtd(self, treated: Counted, dlts: Counted) -> Ints:
        """The MTD by the variant's rule, from 1 on, and 0 without one."""
        return selected(self.design, treated, dlts, self.patients)

    def _has_enough(self, trials: Trials, level: Ints, now: Floats) -> Flags:
        """Whether a level has the patients that the MTD needs."""
        there = trials.seen(level, now)
        top = (level == self.levels - 1).astype(np.int64)
        enough: Flags = there.n >= self.needed[top, there.dlts]
        return enough
