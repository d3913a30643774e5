"""What is asked of a dose-escalation design: nothing is stored.

The request's types stand here, since service and commands read them both.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Discriminator, Field, Tag

from app.domain.case import STRICT
from app.domain.cohort.acting import act
from app.domain.cohort.action import MOST_LEVELS, NO_LIMITS, Acted, Ladder, LevelCounts, Limits
from app.domain.cohort.crm import Crm, Fit, Patient, TiteCrm, fit
from app.domain.cohort.crm_decide import act_crm, decide_crm, select_crm
from app.domain.cohort.design import (
    MOST_PATIENTS,
    Count,
    Counts,
    Decided,
    DecisionTable,
    Selected,
)
from app.domain.cohort.designs import AnyDesign, EitherDesign, ModelDesign
from app.domain.errors import BadValue

Levels = Annotated[tuple[Count, ...], Field(min_length=1, max_length=MOST_LEVELS)]
Level = Annotated[int, Field(ge=1, le=MOST_LEVELS, strict=True)]
Subjects = Annotated[tuple[Patient, ...], Field(max_length=1_000)]
_MODELS: Final = frozenset({"crm", "tite-crm"})


def _with_a_table(value: Any) -> Any:
    """Refuse a model: no table of one level tells what it decides."""
    if isinstance(value, dict) and value.get("kind") in ("crm", "tite-crm"):
        raise BadValue(
            f"{value['kind']} decides by the patients of all levels, and has no table of one: ask "
            "/v1/designs/decide with the next cohort as pending; its would_decide is that table."
        )
    return value


def _counts_or_model(value: Any) -> str:
    """How validation tells apart what is asked of counts and of a model."""
    if not isinstance(value, dict):
        return "model" if isinstance(value, DecideModel | ActModel) else "counts"
    design = value.get("design")
    kind = design.get("kind") if isinstance(design, dict) else None
    return "model" if isinstance(kind, str) and kind in _MODELS else "counts"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRequest:
    """The decisions of a design for 1 to `max_n` evaluable patients of a dose level."""

    __pydantic_config__ = STRICT
    design: Annotated[AnyDesign, BeforeValidator(_with_a_table)]
    max_n: Annotated[int, Field(ge=1, le=MOST_PATIENTS, strict=True)] = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideCounts:
    """What a design decides now of a dose level with `enrolled` evaluable patients.

    `dlts` of them had a DLT, and `pending` have no outcome yet, with `pending_follow_up` together
    in units of the DLT window, which TITE-BOIN reads.
    """

    __pydantic_config__ = STRICT
    design: AnyDesign
    enrolled: Annotated[Count, Field(le=MOST_PATIENTS)]
    dlts: Count
    pending: Count = 0
    pending_follow_up: Annotated[float, Field(ge=0)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideModel:
    """What a model of all levels decides now of the level that was treated last.

    A subject whose `dlt` is null is pending; the TITE-CRM counts its `weight`.
    """

    __pydantic_config__ = STRICT
    design: ModelDesign
    subjects: Subjects
    current_level: Level


@dataclass(frozen=True, slots=True, kw_only=True)
class ActCounts:
    """What comes next on a ladder, by the evaluable patients of each level."""

    __pydantic_config__ = STRICT
    design: AnyDesign
    levels: Annotated[tuple[LevelCounts, ...], Field(min_length=1, max_length=MOST_LEVELS)]
    current_level: Level
    limits: Limits = NO_LIMITS


@dataclass(frozen=True, slots=True, kw_only=True)
class ActModel:
    """What comes next on the ladder of a model of all levels."""

    __pydantic_config__ = STRICT
    design: ModelDesign
    subjects: Subjects
    current_level: Level
    limits: Limits = NO_LIMITS


DecideRequest = Annotated[
    Annotated[DecideCounts, Tag("counts")] | Annotated[DecideModel, Tag("model")],
    Discriminator(_counts_or_model),
]
ActRequest = Annotated[
    Annotated[ActCounts, Tag("counts")] | Annotated[ActModel, Tag("model")],
    Discriminator(_counts_or_model),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectRequest:
    """The MTD at the end of a trial, by evaluable patients and DLTs of each level."""

    __pydantic_config__ = STRICT
    design: EitherDesign
    treated: Levels
    dlts: Levels


@dataclass(frozen=True, slots=True, kw_only=True)
class FitRequest:
    """The toxicity probabilities by a model, from the outcomes of all levels."""

    __pydantic_config__ = STRICT
    design: ModelDesign
    subjects: Subjects


def table_of(asked: TableRequest) -> DecisionTable:
    """The decision table, as far as the design has one."""
    return asked.design.table(asked.max_n)


def decided(asked: DecideCounts | DecideModel) -> Decided:
    """The decision and its envelope. Raises NotOfThisDesign."""
    if isinstance(asked, DecideModel):
        return decide_crm(asked.design, asked.subjects, asked.current_level)
    counts = Counts(
        enrolled=asked.enrolled,
        dlts=asked.dlts,
        pending=asked.pending,
        pending_follow_up=asked.pending_follow_up,
    )
    return asked.design.decide(counts)


def acted(asked: ActCounts | ActModel) -> Acted:
    """What comes next on the ladder. Raises NotOfThisDesign."""
    if isinstance(asked, ActModel):
        return act_crm(asked.design, asked.subjects, asked.current_level, asked.limits)
    ladder = Ladder(levels=asked.levels, current_level=asked.current_level, limits=asked.limits)
    return act(asked.design, ladder)


def selected(asked: SelectRequest) -> Selected:
    """The MTD. Raises NotOfThisDesign."""
    if isinstance(asked.design, Crm | TiteCrm):
        return select_crm(asked.design, asked.treated, asked.dlts)
    return asked.design.select_mtd(asked.treated, asked.dlts)


def fitted(asked: FitRequest) -> Fit:
    """The fitted model. Raises NotOfThisDesign."""
    return fit(asked.design, asked.subjects)
