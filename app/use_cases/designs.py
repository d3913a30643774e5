"""What is asked of a dose-escalation design: nothing is stored.

The request's types stand here, since service and commands read them both.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

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
    NotOfThisDesign,
    Selected,
)
from app.domain.cohort.designs import AnyDesign, EitherDesign, ModelDesign
from app.domain.cohort.operating import Characteristics, Plan
from app.domain.cohort.operating_exact import exact
from app.domain.cohort.operating_simulate import Simulated, simulate
from app.domain.cohort.operating_three_plus_three import exact as exact_three_plus_three
from app.domain.cohort.rolling_six import RollingSix
from app.domain.cohort.three_plus_three import ThreePlusThree
from app.domain.cohort.tite_boin import TiteBoin
from app.domain.errors import BadValue, Fault

_MOST_TRIALS: Final = 100_000
Levels = Annotated[tuple[Count, ...], Field(min_length=1, max_length=MOST_LEVELS)]
Level = Annotated[int, Field(ge=1, le=MOST_LEVELS, strict=True)]
Subjects = Annotated[tuple[Patient, ...], Field(max_length=1_000)]
Probability = Annotated[float, Field(ge=0, le=1)]
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


@dataclass(frozen=True, slots=True, kw_only=True)
class CharacteristicsRequest:
    """How a design does where the true toxicity probabilities are these.

    `exact` enumerates every trial, `simulate` draws `trials` of them by `seed`. 3+3 sets its own
    cohorts; the other designs need `cohorts` and `cohort_size`.
    """

    __pydantic_config__ = STRICT
    design: AnyDesign
    true_toxicity: Annotated[tuple[Probability, ...], Field(min_length=1, max_length=MOST_LEVELS)]
    method: Literal["exact", "simulate"]
    cohorts: Annotated[int, Field(ge=1, le=MOST_PATIENTS, strict=True)] | None = None
    cohort_size: Annotated[int, Field(ge=1, le=MOST_PATIENTS, strict=True)] | None = None
    start_level: Annotated[int, Field(ge=1, le=MOST_LEVELS, strict=True)] = 1
    trials: Annotated[int, Field(ge=1, le=_MOST_TRIALS, strict=True)] = 10_000
    seed: Annotated[int, Field(ge=0, lt=2**53, strict=True)] = 0


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


def characteristics(asked: CharacteristicsRequest) -> Simulated | Characteristics:
    """The operating characteristics. Raises NotOfThisDesign."""
    design = asked.design
    if isinstance(design, ThreePlusThree):
        _refuse_plans_of_its_own(asked)
        return exact_three_plus_three(design.variant, asked.true_toxicity)
    if isinstance(design, RollingSix | TiteBoin):
        told = (
            f"what {design.kind!r} does depends on accrual and on when DLTs occur, which no "
            "request says yet: ask for 3+3, boin, mtpi, mtpi2, i3+3 or a table"
        )
        raise NotOfThisDesign(Fault(pointer="/design/kind", message=told))
    if asked.cohorts is None or asked.cohort_size is None:
        raise NotOfThisDesign(
            *(
                Fault(pointer=f"/{name}", message="this design needs it", code="required")
                for name in ("cohorts", "cohort_size")
                if getattr(asked, name) is None
            )
        )
    plan = Plan(
        true_toxicity=asked.true_toxicity,
        cohorts=asked.cohorts,
        cohort_size=asked.cohort_size,
        start_level=asked.start_level,
    )
    if asked.method == "exact":
        return exact(design, plan)
    return simulate(design, plan, asked.trials, asked.seed)


def _refuse_plans_of_its_own(asked: CharacteristicsRequest) -> None:
    """A 3+3 sets its cohorts itself, begins with the lowest level, and is enumerated at once."""
    told = "3+3 sets its own cohorts: leave this out"
    faults = [
        Fault(pointer=f"/{name}", message=told)
        for name in ("cohorts", "cohort_size")
        if getattr(asked, name) is not None
    ]
    if asked.start_level != 1:
        told = "3+3 is enumerated from the lowest level: leave out those below the start"
        faults.append(Fault(pointer="/start_level", message=told))
    if asked.method == "simulate":
        told = "3+3 is enumerated exactly, in less time than it takes to simulate: ask for exact"
        faults.append(Fault(pointer="/method", message=told))
    if faults:
        raise NotOfThisDesign(*faults)
