"""What is asked of a dose-escalation design: nothing is stored.

The request's types stand here, since service and commands read them both.
"""

from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import Field

from app.domain.case import STRICT
from app.domain.cohort.crm import Fit, Patient, fit
from app.domain.cohort.design import (
    MOST_PATIENTS,
    Count,
    Counts,
    Decided,
    DecisionTable,
    Selected,
)
from app.domain.cohort.designs import AnyDesign, ModelDesign
from app.domain.cohort.operating_three_plus_three import Characteristics, exact
from app.domain.cohort.three_plus_three import ThreePlusThree

MOST_LEVELS: Final = 20
Levels = Annotated[tuple[Count, ...], Field(min_length=1, max_length=MOST_LEVELS)]
Probability = Annotated[float, Field(ge=0, le=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRequest:
    """The decisions of a design for 1 to `max_n` evaluable patients of a dose level."""

    __pydantic_config__ = STRICT
    design: AnyDesign
    max_n: Annotated[int, Field(ge=1, le=MOST_PATIENTS, strict=True)] = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideRequest:
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
class SelectRequest:
    """The MTD at the end of a trial, by evaluable patients and DLTs of each level."""

    __pydantic_config__ = STRICT
    design: AnyDesign
    treated: Levels
    dlts: Levels


@dataclass(frozen=True, slots=True, kw_only=True)
class FitRequest:
    """The toxicity probabilities by a model, from the outcomes of all levels."""

    __pydantic_config__ = STRICT
    design: ModelDesign
    subjects: Annotated[tuple[Patient, ...], Field(max_length=1_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CharacteristicsRequest:
    """How a 3+3 does where the true toxicity probabilities are these: every trial enumerated."""

    __pydantic_config__ = STRICT
    design: ThreePlusThree
    true_toxicity: Annotated[tuple[Probability, ...], Field(min_length=1, max_length=MOST_LEVELS)]
    method: Literal["exact"]


def table_of(asked: TableRequest) -> DecisionTable:
    """The decision table, as far as the design has one."""
    return asked.design.table(asked.max_n)


def decided(asked: DecideRequest) -> Decided:
    """The decision and its envelope. Raises NotOfThisDesign."""
    counts = Counts(
        enrolled=asked.enrolled,
        dlts=asked.dlts,
        pending=asked.pending,
        pending_follow_up=asked.pending_follow_up,
    )
    return asked.design.decide(counts)


def selected(asked: SelectRequest) -> Selected:
    """The MTD. Raises NotOfThisDesign."""
    return asked.design.select_mtd(asked.treated, asked.dlts)


def fitted(asked: FitRequest) -> Fit:
    """The fitted model. Raises NotOfThisDesign."""
    return fit(asked.design, asked.subjects)


def characteristics(asked: CharacteristicsRequest) -> Characteristics:
    """The operating characteristics."""
    return exact(asked.design.variant, asked.true_toxicity)
