"""Rolling six in calendar time: each patient is asked for by the design's own rules.

Skolnik et al., J Clin Oncol 2008;26:190-195.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from app.domain.cohort.design import Counts, Decision
from app.domain.cohort.in_time.trials import Act, Seen, Step, Trials
from app.domain.cohort.operating import Counted, Flags, Floats, Ints, selected
from app.domain.cohort.rolling_six import RollingSix

FULL: Final = 6
_SAYS: Final[tuple[Decision, ...]] = ("stay", "escalate", "suspend", "de_escalate")


@dataclass(frozen=True, slots=True, kw_only=True)
class RollingSixes:
    """The conduct of Skolnik 2008.

    A level with two DLTs is closed, and the one below it is filled to six; the highest level
    needs no more patients than let escalate.
    """

    design: RollingSix
    levels: int
    start: int
    says: NDArray[np.int8]
    """The place in _SAYS of what is decided, by patients, DLTs and pending patients."""

    @classmethod
    def of(cls, design: RollingSix, levels: int, start: int) -> Self:
        """The conduct, from a level on, which counts from 0."""
        says = np.zeros((FULL + 1,) * 3, np.int8)
        for n in range(FULL + 1):
            for dlts in range(n + 1):
                for pending in range(n - dlts + 1):
                    now = design.decide(Counts(enrolled=n, dlts=dlts, pending=pending))
                    # It decides whoever is pending, so that there is always a decision.
                    says[n, dlts, pending] = _SAYS.index(now.decision or "suspend")
        return cls(design=design, levels=levels, start=start, says=says)

    @property
    def patients(self) -> int:
        """The most patients of a trial."""
        return self.levels * FULL

    def step(self, trials: Trials, now: Floats) -> Step:
        """Whether and where the next patient is enrolled (Skolnik 2008)."""
        current, here = trials.current, trials.seen(trials.current, now)
        exceeded = self._is(here, "de_escalate")
        closed = np.where(exceeded, current, trials.closed)
        level = current - exceeded
        if exceeded.any():
            here = trials.seen(np.maximum(level, 0), now)
        escalates = self._is(here, "escalate")
        up = escalates & (level + 1 < closed)
        top = (closed == self.levels) & (level == self.levels - 1)
        over = (level < 0) | (escalates & ~up & (top | (here.n == FULL)))
        act = np.where(self._is(here, "suspend"), Act.WAIT, Act.TREAT)
        return Step(
            act=np.where(over, Act.SELECT, act).astype(np.int8),
            level=level + up,
            closed=closed,
            until=trials.next_outcome(now),
        )

    def mtd(self, treated: Counted, dlts: Counted) -> Ints:
        """The MTD by the design's rule, from 1 on, and 0 without one."""
        return selected(self.design, treated, dlts, self.patients)

    def _is(self, here: Seen, decision: Decision) -> Flags:
        found: Flags = self.says[here.n, here.dlts, here.pending] == _SAYS.index(decision)
        return found
