"""A protocol document: one version of one trial's protocol, as data.

A document may hold the choice of a *reading* anywhere in its DLT definition, written
`{reading: R-SPEC, options: {option: value, …}}`. Deciding the readings turns the document into a
`RuleSet`; the document itself, with every option, is what the digest covers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field

from app.domain.dlt.asked import STRICT, Name
from app.domain.dlt.measured import MeasuredGrade
from app.domain.dlt.rule import Id, Sentence
from app.domain.grade import Grade
from app.domain.time import LimitText, RecordedTime


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the protocol's text is found."""

    __pydantic_config__ = STRICT
    registry: Name
    updated: RecordedTime | None = None
    section: Sentence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTerm:
    """A term that the dictionary does not have.

    `measured` says how laboratory results grade it, which makes it a laboratory finding. Of
    several ways to be graded the highest counts.
    """

    __pydantic_config__ = STRICT
    term: Name
    grades: Annotated[tuple[Grade, ...], Field(min_length=1)]
    laboratory: bool = False
    measured: tuple[MeasuredGrade, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LaboratoryGrading:
    """What laboratory results do in this trial.

    `unreported` says what a graded term is that no adverse event reports: `finding` tells of it,
    `event` judges it as an event of its own. `policy` is that of docs/grading-laboratory.md, as
    far as it differs from the default; `baseline` says whether a result without a baseline takes
    the last one of its analyte and unit before the first infusion.
    """

    __pydantic_config__ = STRICT
    unreported: Literal["finding", "event"] = "finding"
    baseline: Literal["as_reported", "last_before_infusion"] = "last_before_infusion"
    policy: dict[Name, Name] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grading:
    """Dictionary, scales by term, the protocol's own terms, and what laboratory results do.

    `computed` says of events whose grades are both reported and computed of their components,
    which are judged meanwhile: the reported ones, beside which the computed ones stand, or these
    instead.
    """

    __pydantic_config__ = STRICT
    dictionary: Id
    scales: dict[Name, Id] = field(default_factory=dict)
    own_terms: tuple[OwnTerm, ...] = ()
    laboratory: LaboratoryGrading = LaboratoryGrading()
    computed: Literal["beside", "instead"] = "beside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A point that the prose leaves open: its options, and which one holds."""

    __pydantic_config__ = STRICT
    id: Id
    question: Sentence
    options: dict[Id, Sentence]
    default: Id
    ruled_by: Name | None = None
    ruled_on: RecordedTime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseLevel:
    """One rung of the dose ladder, in cells."""

    __pydantic_config__ = STRICT
    id: Id
    cells: Annotated[int, Field(gt=0)]
    alternatives: tuple[Annotated[int, Field(gt=0)], ...] = ()
    role: Literal["start", "escalation", "back_up", "de_escalation"] = "escalation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """The planned dose levels in rising order, as far as the text states them."""

    __pydantic_config__ = STRICT
    unit: Name = "CAR-T cells"
    levels: tuple[DoseLevel, ...] = ()
    planned_levels: Annotated[int, Field(ge=1)] | None = None
    de_escalation_levels: Annotated[int, Field(ge=0)] = 0
    tolerance_percent: Annotated[int, Field(ge=0, le=100)] | None = None
    may_insert_levels: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stagger:
    """Who waits for whom, how long, and which act waits."""

    __pydantic_config__ = STRICT
    at: Sentence
    says: Sentence
    kind: Literal["first_pair", "each_consecutive_pair", "sentinel", "between_cohorts"]
    gated_act: Literal["enrol", "lymphodeplete", "infuse"]
    anchor: Literal["infusion_start", "infusion_completion"]
    at_least: LimitText
    phases: tuple[Id, ...]
    needs_clearance: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """The escalation design as the text names it."""

    __pydantic_config__ = STRICT
    kind: Literal["3+3", "target_rate", "not_stated"]
    at: Sentence | None = None
    cohort_size: Annotated[int, Field(ge=1)] | None = None
    expanded_cohort: Annotated[int, Field(ge=1)] | None = None
    target_percent: Annotated[int, Field(ge=1, le=99)] | None = None
    says: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A phase of the trial and its cap, where one is stated."""

    __pydantic_config__ = STRICT
    id: Id
    planned_subjects: Annotated[int, Field(ge=1)] | None = None
    cap_per_dose_level: Annotated[int, Field(ge=1)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One version of a protocol. `dlt` is null where the text states no DLT definition,
    `enrolment` (app/domain/enrolment.py) where it has no rule of who may be dosed next.
    """

    __pydantic_config__ = STRICT
    schema_number: Literal[1] = 1
    id: Id
    version: Id
    title: Sentence
    source: Source
    agents: dict[Name, Literal["investigational", "background"]]
    grading: Grading
    phases: Annotated[tuple[Phase, ...], Field(min_length=1)]
    ladder: Ladder = Ladder()
    design: Design = Design(kind="not_stated")
    stagger: tuple[Stagger, ...] = ()
    enrolment: Mapping[str, Any] | None = None
    planned_subjects: Annotated[int, Field(ge=1)] | None = None
    follow_up: LimitText | None = None
    groups: dict[Name, Any] = field(default_factory=dict)
    interventions: dict[Name, tuple[Name, ...]] = field(default_factory=dict)
    readings: tuple[Reading, ...] = ()
    dlt: Mapping[str, Any] | None = None
    notes: tuple[Sentence, ...] = ()
