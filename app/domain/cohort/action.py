"""What a decision means on the dose ladder: which level is treated next, or that none is.

A design decides of one dose level. The ends of the ladder, levels that are closed, and the most
patients that a protocol allows turn that into an action. The conduct is that of each design's
paper: Storer, Biometrics 1989;45:925-937 (3+3); Skolnik et al., J Clin Oncol 2008;26:190-195
(rolling six); Liu & Yuan, JRSS C 2015;64:507-523, and Yuan et al., Clin Cancer Res
2016;22:4291-4301 (the designs by intervals).
"""

from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import Field

from app.domain.case import STRICT
from app.domain.cohort.design import (
    Count,
    Counts,
    Decided,
    Decision,
    NotOfThisDesign,
    RuleUsed,
    Selected,
)
from app.domain.errors import Fault

ActionKind = Literal["treat", "wait", "select_mtd", "stop"]
"""`treat` the next patients at a level, `wait` for outcomes, end the escalation and `select_mtd`,
or `stop`, since the lowest level is too toxic and no dose is the MTD.
"""
MOST_LEVELS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most patients of a level and of the escalation, where the protocol sets any.

    `closed_from` is the lowest level, from 1 on, that people have closed, with those above it.
    """

    __pydantic_config__ = STRICT

    most_at_level: Annotated[int, Field(ge=1, le=10_000, strict=True)] | None = None
    most_in_total: Annotated[int, Field(ge=1, le=10_000, strict=True)] | None = None
    closed_from: Annotated[int, Field(ge=1, le=MOST_LEVELS, strict=True)] | None = None


NO_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelCounts:
    """The evaluable patients of one level of the ladder; see `Counts`."""

    __pydantic_config__ = STRICT

    enrolled: Count
    dlts: Count
    pending: Count = 0
    pending_follow_up: Annotated[float, Field(ge=0)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """The levels from the lowest on, and the one that was treated last, from 1 on.

    Raises NotOfThisDesign where the numbers cannot be of one trial.
    """

    levels: tuple[LevelCounts, ...]
    current_level: int
    limits: Limits = NO_LIMITS

    def __post_init__(self) -> None:
        faults = [
            fault for place in range(len(self.levels)) for fault in self._count_faults(place)
        ]
        faults += level_faults(self.current_level, self.limits, len(self.levels))
        if faults:
            raise NotOfThisDesign(*faults)

    def counts(self, level: int) -> Counts:
        """The counts of a level, from 1 on. Raises NotOfThisDesign where they cannot be."""
        each = self.levels[level - 1]
        return Counts(
            enrolled=each.enrolled,
            dlts=each.dlts,
            pending=each.pending,
            pending_follow_up=each.pending_follow_up,
        )

    @property
    def current(self) -> LevelCounts:
        """The counts of the level that was treated last."""
        return self.levels[self.current_level - 1]

    @property
    def in_total(self) -> int:
        """How many patients all levels have."""
        return sum(each.enrolled for each in self.levels)

    @property
    def pending_at(self) -> tuple[int, ...]:
        """The levels, from 1 on, that have patients without an outcome."""
        return tuple(place for place, each in enumerate(self.levels, 1) if each.pending)

    def _count_faults(self, place: int) -> tuple[Fault, ...]:
        try:
            self.counts(place + 1)
        except NotOfThisDesign as error:
            return at_level(error, place).faults
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What comes next. `level`, from 1 on, and at most how many `patients` until the design is
    asked again, of `treat`; the `selected` MTD of `select_mtd`.
    """

    kind: ActionKind
    level: int | None = None
    patients: int | None = None
    selected: Selected | None = None
    because: tuple[RuleUsed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionIf:
    """What comes next if so many of the pending patients of the current level have a DLT."""

    dlts: tuple[int, ...]
    design_says: Decision
    action: Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """What the design says, and the action that the ladder makes of it.

    `closed_from` is the lowest level that is closed, None where all are open.
    """

    design_says: Decided
    action: Action
    closed_from: int | None
    would_act: tuple[ActionIf, ...]


def level_faults(current: int, limits: Limits, levels: int) -> list[Fault]:
    """What is wrong with the level treated last, and with the one that was closed."""
    named = {"/current_level": current}
    if limits.closed_from is not None:
        named["/limits/closed_from"] = limits.closed_from
    return [
        Fault(
            pointer=pointer,
            message=f"there is no dose level {level}: the ladder has levels 1 to {levels}",
            code="dose_level",
        )
        for pointer, level in named.items()
        if not 1 <= level <= levels
    ]


def at_level(error: NotOfThisDesign, place: int) -> NotOfThisDesign:
    """The refusal of a level's counts, at that level's place; places count from 0."""
    fields = LevelCounts.__dataclass_fields__
    return NotOfThisDesign(
        *(
            Fault(
                pointer=f"/levels/{place}{fault.pointer}"
                if fault.pointer[1:] in fields
                else fault.pointer,
                message=fault.message,
                code=fault.code,
            )
            for fault in error.faults
        )
    )
