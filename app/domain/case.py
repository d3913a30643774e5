"""A patient's case as it reaches the service: what was recorded, and nothing else.

Names follow docs/glossary.md. Absent means unknown, except where a docstring says otherwise.
Unknown fields are refused, so that a misspelt one cannot change a verdict.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
)

from app.domain.errors import BadCompletion
from app.domain.grade import Grade
from app.domain.reference_range import ReferenceRange, Sex, UnitText
from app.domain.time import PartialTime, Precision, RecordedTime, zone_of

STRICT = ConfigDict(extra="forbid", str_strip_whitespace=True)

Name = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
]
Text = Annotated[str, StringConstraints(max_length=4000)]
Relatedness = Literal["unrelated", "unlikely", "possible", "probable", "definite"]


def _to_the_day(on: PartialTime) -> PartialTime:
    if on.precision not in {Precision.DAY, Precision.INSTANT}:
        raise BadCompletion(on.text)
    return on


def _only_true_or_false(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    raise ValueError("write true, false, or null where it is not known")


def _known_zone(value: str) -> str:
    zone_of(value)
    return value


ZoneName = Annotated[str, Field(max_length=64), AfterValidator(_known_zone)]
"""An IANA name or an offset."""

Flag = Annotated[bool | None, BeforeValidator(_only_true_or_false)]


def _number_as_text(value: Any) -> Any:
    """A number as its shortest text, so that it is kept with the digits that were sent."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        number = Decimal(str(value))
        if not number.is_finite():
            raise ValueError("write a number that is finite")
        return f"{number:f}"
    return value


FactValue = Annotated[
    Flag | Text,
    BeforeValidator(_number_as_text, json_schema_input_type=bool | float | Text | None),
]
"""What the event form tells by name: yes or no, a number (with its unit behind it), or a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeChange:
    """From this time on the event has this grade; null where the grade or the time is unknown."""

    __pydantic_config__ = STRICT

    at: Annotated[RecordedTime | None, Field(alias="from")]
    grade: Grade | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """A time at which a laboratory grade was known."""

    __pydantic_config__ = STRICT

    on: RecordedTime
    grade: Grade | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Causality:
    """One assessor's judgement of the relation between the event and one agent."""

    __pydantic_config__ = STRICT

    agent: Name
    relatedness: Relatedness | None = None
    assessor: Name | None = None
    on: RecordedTime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervention:
    """Something given or done for the event.

    Without an `end`, `ongoing` says whether it goes on through the data cut, or is over; where
    neither is written, nobody knows how long it was given.
    """

    __pydantic_config__ = STRICT

    kind: Name
    start: RecordedTime | None = None
    end: RecordedTime | None = None
    ongoing: Flag = None


def _as_intervention(value: Any) -> Any:
    return Intervention(kind=value) if isinstance(value, str) else value


GivenIntervention = Annotated[
    Intervention, BeforeValidator(_as_intervention, json_schema_input_type=Name | Intervention)
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seriousness:
    """Regulatory seriousness criteria that bound an unknown grade."""

    __pydantic_config__ = STRICT

    life_threatening: Flag = None
    death: Flag = None
    hospitalisation: Flag = None
    disability: Flag = None
    congenital_anomaly: Flag = None
    medically_important: Flag = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Significance:
    """A judgement of a laboratory finding's clinical significance, with the role that made it."""

    __pydantic_config__ = STRICT

    value: Flag
    assessor_role: Name | None = None
    on: RecordedTime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlternativeCause:
    """Another cause that an assessor named; it removes a DLT only where a clause says so."""

    __pydantic_config__ = STRICT

    cause: Name
    assessor: Name | None = None
    on: RecordedTime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedGrade:
    """A grade as some source reported it, kept beside the course."""

    __pydantic_config__ = STRICT

    grade: Grade | None
    scale: Name | None = None
    source: Name | None = None
    on: RecordedTime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdverseEvent:
    """What was recorded about one adverse event: a course of grades, and the rest.

    `grades` stand in order. `laboratory` absent means the dictionary's flag for the term.
    `worst_grade` says that no grade of the course was above it, so it bounds the unknown ones.
    `interventions` absent means unknown, an empty list that there were none; the same for
    `other_crs_symptoms` and `alternative_causes`.
    """

    __pydantic_config__ = STRICT

    term: Name
    meddra_code: Annotated[int | None, Field(strict=True, ge=0)] = None
    grades: Annotated[tuple[GradeChange, ...], Field(max_length=500)] = ()
    ongoing: Flag = None
    ongoing_as_of: RecordedTime | None = None
    worst_grade: Grade | None = None
    baseline_grade: Grade | None = None
    laboratory: Flag = None
    clinically_significant: Flag = None
    significance: Significance | None = None
    causality: tuple[Causality, ...] = ()
    interventions: tuple[GivenIntervention, ...] | None = None
    other_crs_symptoms: tuple[Text, ...] | None = None
    seriousness: Seriousness | None = None
    assessments: Annotated[tuple[Assessment, ...], Field(max_length=5000)] = ()
    reported_grades: tuple[ReportedGrade, ...] = ()
    part_of: Name | None = None
    synonym_of: Name | None = None
    alternative_causes: tuple[AlternativeCause, ...] | None = None
    facts: dict[Name, FactValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(AdverseEvent):
    """An adverse event of a case, by the id that the case gives it."""

    __pydantic_config__ = STRICT

    id: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """One administration of an agent; a start that is not known is null."""

    __pydantic_config__ = STRICT

    agent: Name
    start: RecordedTime | None
    end: RecordedTime | None = None
    dose_level: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """The patient's death; `cause` is recorded text and decides nothing by itself."""

    __pydantic_config__ = STRICT

    date: RecordedTime | None
    cause: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """The patient's withdrawal from observation."""

    __pydantic_config__ = STRICT

    date: RecordedTime | None
    reason: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowCompletion:
    """A recorded, reasoned early completion of the DLT window, on a day that is known."""

    __pydantic_config__ = STRICT

    on: Annotated[RecordedTime, AfterValidator(_to_the_day)]
    reason: Annotated[str, StringConstraints(min_length=1, max_length=4000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """A signed human answer to a question that the service asked.

    With `event`, `question` is a `missing[].field` of that event and `answer` one of its
    `would_settle` keys; `about` names the agent, intervention, fact or question of the protocol
    where the rules ask the same of several. With `reading`, `answer` is an option of that reading.
    """

    __pydantic_config__ = STRICT

    on: RecordedTime
    answer: Name
    by: Name
    question: Name | None = None
    about: Name | None = None
    event: Name | None = None
    reading: Name | None = None
    reason: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaboratoryBaseline:
    """The value before treatment, and where it lay in the reference range."""

    __pydantic_config__ = STRICT

    value: Decimal | None = None
    range: Literal["low", "normal", "high"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaboratoryMeasurement:
    """One measurement, with what is needed to grade it (docs/grading-laboratory.md).

    `value` is a number, or text such as "<3.42" or "2+"; an empty `unit` is none. Limits and
    baseline are in the unit of the value; of a result that names its `laboratory`, limits that are
    absent are that one's. `facts` tell what the criteria ask for beside the number.
    """

    __pydantic_config__ = STRICT

    term: Name | None = None
    analyte: Name | None = None
    value: Decimal | Name | None = None
    unit: UnitText = None
    lln: Decimal | None = None
    uln: Decimal | None = None
    laboratory: Name | None = None
    baseline: LaboratoryBaseline | None = None
    percent_change_from_baseline: Decimal | None = None
    age_years: Annotated[Decimal | None, Field(ge=0, le=150)] = None
    facts: dict[Name, Flag | Text] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LaboratoryResult(LaboratoryMeasurement):
    """A measurement of a patient, at a time."""

    __pydantic_config__ = STRICT

    measured_at: RecordedTime
    policy: dict[Name, Flag | Text] = field(default_factory=dict)


Component = (
    StrictBool | Decimal | Text | tuple[Name, ...] | dict[Name, StrictBool | Decimal | Text | None]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleAssessment:
    """The recorded components of a CRS, ICANS or ICE assessment at one time.

    `event` names the adverse event that they grade, by ASTCT 2019. An ICE assessment gives the
    ICANS assessment of the same event and time its score.
    """

    __pydantic_config__ = STRICT

    scale: Literal["crs", "icans", "ice"]
    on: RecordedTime
    event: Name | None = None
    components: dict[Name, Component | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectData:
    """One patient: doses, and what ended the observation.

    `exposures` null means that it is not known whether there were any. What `follow_up_until`
    absent means, says who reads it: in a request, followed to the data cut; in the record,
    silence.
    """

    __pydantic_config__ = STRICT

    dose_level: Name | None = None
    phase: Name | None = None
    site: Name | None = None
    time_zone: ZoneName | None = None
    sex: Sex | None = None
    birth_year: Annotated[int | None, Field(strict=True, ge=1900, le=2199)] = None
    exposures: tuple[Exposure, ...] | None = None
    death: Death | None = None
    withdrawal: Withdrawal | None = None
    follow_up_until: RecordedTime | None = None
    window_completed: WindowCompletion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject(SubjectData):
    """The case of one patient: the patient, the adverse events, results and rulings."""

    __pydantic_config__ = STRICT

    id: Name
    events: Annotated[tuple[Event, ...], Field(max_length=5000)] = ()
    rulings: tuple[Ruling, ...] = ()
    laboratory: Annotated[tuple[LaboratoryResult, ...], Field(max_length=20_000)] = ()
    laboratory_ranges: Annotated[tuple[ReferenceRange, ...], Field(max_length=5000)] = ()
    assessments: Annotated[tuple[ScaleAssessment, ...], Field(max_length=5000)] = ()
