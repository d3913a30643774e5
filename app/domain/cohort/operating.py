"""Trials in cohorts by a design that decides of one dose level: how they are run, what they show.

The conduct is that of BOIN's published simulations: Liu & Yuan, JRSS C 2015;64:507-523, and Yuan
et al., Clin Cancer Res 2016;22:4291-4301. The exact figures stand in `operating_exact`, the
simulated ones in `operating_simulate`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import comb
from typing import Final, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from app.domain.cohort.design import MOST_PATIENTS, Decision, Design, NotOfThisDesign
from app.domain.cohort.isotonic import MtdRules, select_many
from app.domain.cohort.posterior import eliminates
from app.domain.errors import Fault

Ints = NDArray[np.int64]
Counted = NDArray[np.int16]
"""Patients or DLTs: a row for each level, a column for each trial."""
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

NO_MTD: Final = 0
_CLOSES: Final = 2
_MOVES: Final[dict[Decision, int]] = {
    "escalate": 1,
    "stay": 0,
    "de_escalate": -1,
    "eliminate": _CLOSES,
    "exceeds_mtd": _CLOSES,
}
_MOST_CODES: Final = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A trial in cohorts of one size, where the true toxicity of each level is known.

    Raises NotOfThisDesign where no such trial can be run.
    """

    true_toxicity: tuple[float, ...]
    cohorts: int
    cohort_size: int
    start_level: int = 1

    def __post_init__(self) -> None:
        faults = [*rate_faults(self.true_toxicity), *self._size_faults()]
        if not 1 <= self.start_level <= max(1, self.levels):
            told = f"the trial cannot start at level {self.start_level} of {self.levels}"
            faults.append(Fault(pointer="/start_level", message=told))
        if faults:
            raise NotOfThisDesign(*faults)

    @property
    def levels(self) -> int:
        """How many dose levels there are."""
        return len(self.true_toxicity)

    @property
    def patients(self) -> int:
        """How many patients a trial has that does not stop early."""
        return self.cohorts * self.cohort_size

    def _size_faults(self) -> list[Fault]:
        sizes = {"/cohorts": self.cohorts, "/cohort_size": self.cohort_size}
        faults = [
            Fault(pointer=pointer, message=f"{size} is too few: write 1 or more")
            for pointer, size in sizes.items()
            if size < 1
        ]
        if self.patients > MOST_PATIENTS and not faults:
            told = f"{self.patients} patients are more than {MOST_PATIENTS}: plan fewer cohorts"
            faults.append(Fault(pointer="/cohorts", message=told))
        return faults


def rate_faults(true_toxicity: Sequence[float]) -> list[Fault]:
    """What is wrong with the true toxicity of the levels."""
    if not true_toxicity:
        told = "give the true toxicity of one dose level at least"
        return [Fault(pointer="/true_toxicity", message=told)]
    return [
        Fault(
            pointer=f"/true_toxicity/{place}",
            message=f"{rate} is no probability: write a number from 0 to 1",
        )
        for place, rate in enumerate(true_toxicity)
        if not 0 <= rate <= 1
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Characteristics:
    """How a design behaves where the true toxicities are known; tuples are by level."""

    probability_no_mtd: float
    probability_mtd: tuple[float, ...]
    expected_treated: tuple[float, ...]
    expected_dlts: tuple[float, ...]


@runtime_checkable
class ByRules(Protocol):
    """A design that chooses the MTD by rules, so that many trials can be asked at once."""

    @property
    def mtd_rules(self) -> MtdRules:
        """The rules; `extra_safe` also stops a trial at the lowest level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """What follows from a cohort, looked up by the cohorts of its level and their DLTs."""

    moves: NDArray[np.int8]
    stops: Flags
    """Whether these counts stop the trial at the lowest level, without closing it."""

    @classmethod
    def of(cls, design: Design, plan: Plan) -> Self:
        """The conduct of a plan by a design.

        Only after a cohort that is not the last is anything decided. Raises NotOfThisDesign where
        the design has no decision, or one that does not say where the next cohort goes.
        """
        shape = (plan.cohorts, plan.patients + 1)
        moves, stops = np.zeros(shape, np.int8), np.zeros(shape, np.bool_)
        for cohorts in range(1, plan.cohorts):
            n = cohorts * plan.cohort_size
            moves[cohorts, : n + 1] = [_move(design, n, dlts) for dlts in range(n + 1)]
            stops[cohorts, : n + 1] = _stops(design, n)
        return cls(moves=moves, stops=stops)

    def after(
        self, level: Ints, closed: Ints, seen: tuple[Ints, Ints]
    ) -> tuple[Ints, Ints, Flags]:
        """Where each trial goes on, its lowest closed level, and whether it stops instead.

        Levels count from 0; `closed` is the number of levels where none is. `seen` are the
        cohorts at the level, and their DLTs (Liu & Yuan 2015, section 2).
        """
        moves = self.moves[seen]
        closes = moves == _CLOSES
        closed = np.where(closes, level, closed)
        stopped = (level == 0) & (closes | self.stops[seen])
        # A level that is not there counts as closed, so that nothing goes up from the top.
        up = (moves == 1) & (level + 1 < closed)
        down = (closes | (moves == -1)) & (level > 0)
        return level + up - down, closed, stopped


def _move(design: Design, n: int, dlts: int) -> int:
    try:
        decision = design.decision(n, dlts)
    except NotOfThisDesign as error:
        # Nobody asked for so many: the plan comes to them.
        raise NotOfThisDesign(
            *(replace(fault, pointer="/design") for fault in error.faults)
        ) from error
    if decision not in _MOVES:
        told = (
            f"{decision} of {dlts} DLTs among {n} patients does not say where the next cohort "
            "goes: plan a design that decides after each cohort"
        )
        raise NotOfThisDesign(Fault(pointer="/design", message=told, code="not_in_cohorts"))
    return _MOVES[decision]


def _stops(design: Design, n: int) -> list[bool] | bool:
    """The extra rule for safety at the lowest level, by DLTs (Yuan et al. 2016)."""
    if not isinstance(design, ByRules) or not design.mtd_rules.extra_safe:
        return False
    rules = design.mtd_rules
    cutoff = rules.cutoff_eliminate - rules.offset
    return [eliminates(n, dlts, rules.target, cutoff) for dlts in range(n + 1)]


def chances(plan: Plan) -> Floats:
    """How probable each number of DLTs is in a cohort: a row for each number, by level."""
    rate, size = np.array(plan.true_toxicity), plan.cohort_size
    return np.array(
        [comb(size, dlts) * rate**dlts * (1 - rate) ** (size - dlts) for dlts in range(size + 1)]
    )


def sums(places: Ints, weights: Floats, length: int) -> Floats:
    """The sum of the weights at each place."""
    return np.bincount(places, weights, length).astype(np.float64)


def codes(columns: Sequence[tuple[NDArray[np.signedinteger], int]]) -> Ints:
    """One number for each row of some columns: equal where all of them are.

    Each column comes with a number that its values stay below.
    """
    code, size = np.zeros(len(columns[0][0]), np.int64), 1
    for column, below in columns:
        if size > _MOST_CODES // below:
            code = np.unique(code, return_inverse=True)[1].astype(np.int64)
            size = len(code)
        code, size = code * below + column, size * below
    return code


def counted(treated: Counted, dlts: Counted, most: int) -> list[tuple[Counted, int]]:
    """The counts as columns for `codes`; `most` is the most patients of a trial."""
    return [(each, most + 1) for counts in (treated, dlts) for each in counts]


def selected(design: Design, treated: Counted, dlts: Counted, most: int) -> Ints:
    """The MTD of each trial that came to its end, as a level from 1 on; NO_MTD without one.

    Trials are columns. Each different one is asked of the design once.
    """
    code = codes(counted(treated, dlts, most))
    _, first, inverse = np.unique(code, return_index=True, return_inverse=True)
    treated, dlts = treated[:, first], dlts[:, first]
    if isinstance(design, ByRules):
        return select_many(treated.T, dlts.T, design.mtd_rules)[inverse]
    found = [
        design.select_mtd(n, with_dlt).mtd or NO_MTD
        for n, with_dlt in zip(treated.T.tolist(), dlts.T.tolist(), strict=True)
    ]
    return np.array(found, np.int64)[inverse]
