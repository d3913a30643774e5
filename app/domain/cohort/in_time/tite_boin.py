"""TITE-BOIN in calendar time: each cohort is placed while earlier patients are observed.

Yuan, Lin, Li, Nie & Warren, Clin Cancer Res 2018;24:4921-4930; Lin & Yuan, Biostatistics
2020;21:807-824.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from app.domain.cohort.in_time.trials import Act, Seen, Step, Trials
from app.domain.cohort.in_time.waiting import within_cohort
from app.domain.cohort.isotonic import select_many
from app.domain.cohort.operating import Counted, Flags, Floats, Ints, Plan
from app.domain.cohort.posterior import eliminates
from app.domain.cohort.tite_boin import TiteBoin


@dataclass(frozen=True, slots=True, kw_only=True)
class TiteBoins:
    """A plan in cohorts by TITE-BOIN, in the formula of its variant.

    A level whose known DLTs eliminate it is closed with those above it, wherever the trial is.
    Tables are by patients (row) and known DLTs.
    """

    design: TiteBoin
    plan: Plan
    gone: Flags
    unsafe: Flags
    """What stops a trial at the lowest level, without closing it."""
    may_escalate: Flags
    may_de_escalate: Flags
    most_pending: Ints
    """With how many pending patients nothing is suspended yet, by patients."""

    @classmethod
    def of(cls, design: TiteBoin, plan: Plan) -> Self:
        """The conduct of a plan."""
        shape = (plan.patients + 1, plan.patients + 1)
        gone, unsafe = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
        up, down = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
        stricter = design.cutoff_eliminate - design.offset
        for n in range(1, plan.patients + 1):
            for dlts in range(n + 1):
                gone[n, dlts] = eliminates(n, dlts, design.target, design.cutoff_eliminate)
                unsafe[n, dlts] = design.extra_safe and eliminates(
                    n, dlts, design.target, stricter
                )
                up[n, dlts] = design.agrees(n, dlts, "escalate")
                down[n, dlts] = design.agrees(n, dlts, "de_escalate")
        return cls(
            design=design,
            plan=plan,
            gone=gone,
            unsafe=unsafe,
            may_escalate=up,
            may_de_escalate=down,
            most_pending=np.array([design.most_pending(n) for n in range(plan.patients + 1)]),
        )

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
        """Where the next cohort goes, with those pending who are (Yuan 2018; Lin & Yuan 2020)."""
        if within_cohort(trials, self.plan.cohort_size):
            return Step.same_level(trials)
        current, here = trials.current, trials.seen(trials.current, now)
        closed = self._closed(trials, now)
        stops = (closed == 0) | ((current == 0) & self.unsafe[here.n, here.dlts])
        moves = self.moves(here)
        level = np.clip(current + moves, 0, np.maximum(closed - 1, 0))
        waits = self.suspends(here) & (closed > 0)
        act = np.where(stops, Act.STOP, Act.TREAT)
        return Step(
            act=np.where(waits, Act.WAIT, act).astype(np.int8),
            level=level,
            closed=closed,
            until=trials.next_outcome(now),
        )

    def suspends(self, here: Seen) -> Flags:
        """Whether enrolment waits, as the design decides of one level (Yuan 2018)."""
        many = here.pending > self.most_pending[here.n]
        nothing = here.n - here.pending + here.follow_up == 0
        suspends: Flags = (many | nothing) & ~self.gone[here.n, here.dlts]
        return suspends

    def moves(self, here: Seen) -> NDArray[np.int64]:
        """1 up, -1 down or 0, as the design decides of one level that is neither eliminated nor
        suspended (Yuan 2018; Lin & Yuan 2020).
        """
        some = here.n - here.pending + here.follow_up > 0
        rate = self.design.estimate_many(
            np.where(some, here.n, 1),
            np.where(some, here.dlts, 0),
            np.where(some, here.pending, 0),
            np.where(some, here.follow_up, 0.0),
        )
        limits = self.design.boundaries
        up = (rate <= limits.lambda_e) & self.may_escalate[here.n, here.dlts]
        down = (rate >= limits.lambda_d) & self.may_de_escalate[here.n, here.dlts]
        return np.where(self.gone[here.n, here.dlts], 0, up.astype(np.int64) - down)

    def mtd(self, treated: Counted, dlts: Counted) -> Ints:
        """The MTD by isotonic regression, from 1 on, and 0 without one (Liu & Yuan 2015)."""
        return select_many(treated.T, dlts.T, self.design.mtd_rules)

    def _closed(self, trials: Trials, now: Floats) -> Ints:
        """The lowest level that is closed with those above it, or the number of levels."""
        dlts = trials.by_level(trials.known(now) & trials.dlt)
        gone = self.gone[trials.treated(), dlts]
        return np.where(gone.any(axis=0), gone.argmax(axis=0), self.levels)
