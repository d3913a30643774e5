"""The DLT rule language as typed data. No behaviour lives here (docs/rule-language.md).

A rule set judges *runs*: an unbroken stretch of an event's course at or above a grade. Each
criterion names the grade of the runs that it judges; the conditions of criteria and exceptions
then speak of that run, of its event, or of the patient's exposures.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag

from app.domain.dlt.asked import (
    STRICT,
    Companion,
    Name,
    Occurrence,
    PeakBounds,
    Recovery,
    Related,
    RunLimit,
    Shift,
    TimedIntervention,
    TriggerGrade,
)
from app.domain.dlt.number import NumberBound
from app.domain.time import LimitText

Id = Annotated[
    str, StringConstraints(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
]
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
SeriousBy = Literal[
    "any",
    "life_threatening",
    "death",
    "hospitalisation",
    "disability",
    "congenital_anomaly",
    "medically_important",
]
"""A criterion of seriousness (ICH E2A), or any of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InGroup:
    """The event's term belongs to a named group of the protocol."""

    __pydantic_config__ = STRICT
    group: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class IsTerm:
    """The event's term is this one."""

    __pydantic_config__ = STRICT
    term: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class IsRelated:
    """Condition form of `Related`."""

    __pydantic_config__ = STRICT
    related: Related


@dataclass(frozen=True, slots=True, kw_only=True)
class IsLaboratory:
    """Whether the event is a laboratory finding."""

    __pydantic_config__ = STRICT
    laboratory: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IsSignificant:
    """Whether somebody judged the finding clinically significant."""

    __pydantic_config__ = STRICT
    clinically_significant: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HasIntervention:
    """An intervention of this kind was given for the event; or one whose times keep a limit."""

    __pydantic_config__ = STRICT
    intervention: Name | TimedIntervention


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherCrsSymptoms:
    """Whether other symptoms of a cytokine release syndrome were present."""

    __pydantic_config__ = STRICT
    other_crs_symptoms: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AlternativeCauseIs:
    """An assessor named one of these other causes."""

    __pydantic_config__ = STRICT
    alternative_cause: Annotated[tuple[Name, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class FactIs:
    """A named fact of the event form, true or false."""

    __pydantic_config__ = STRICT
    fact: Name
    equals: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberIs:
    """A number of the event form keeps a bound."""

    __pydantic_config__ = STRICT
    number: NumberBound


@dataclass(frozen=True, slots=True, kw_only=True)
class IsSerious:
    """The event meets one of the regulatory criteria of seriousness, or this one."""

    __pydantic_config__ = STRICT
    serious: SeriousBy


@dataclass(frozen=True, slots=True, kw_only=True)
class HasCompanion:
    """Another event of the patient was there at the same time."""

    __pydantic_config__ = STRICT
    concurrent: Companion


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurs:
    """The run is the N-th of its kind of the patient, or a later one."""

    __pydantic_config__ = STRICT
    occurrence: Occurrence


@dataclass(frozen=True, slots=True, kw_only=True)
class RuledBy:
    """A person has to answer this question; unknown until a signed ruling does."""

    __pydantic_config__ = STRICT
    ruling: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """The highest grade of the run lies within the bounds.

    `at_most` bounds the scope of an exception: a rise above it ends the exemption at that time.
    `at_least` bounds a criterion. The other way round, a later rise would un-make a DLT.
    """

    __pydantic_config__ = STRICT
    peak: PeakBounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Shifts:
    """The run rises above the baseline; for criteria, as `peak` with `at_least`."""

    __pydantic_config__ = STRICT
    shift: Shift


@dataclass(frozen=True, slots=True, kw_only=True)
class Lasts:
    """A stretch at or above a grade lasts longer, or no longer, than a limit."""

    __pydantic_config__ = STRICT
    lasts: RunLimit


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovers:
    """The event recovers in time."""

    __pydantic_config__ = STRICT
    recovers: Recovery


@dataclass(frozen=True, slots=True, kw_only=True)
class AllOf:
    """Every part holds."""

    __pydantic_config__ = STRICT
    all: "Annotated[tuple[Condition, ...], Field(min_length=1)]"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf:
    """At least one part holds."""

    __pydantic_config__ = STRICT
    any: "Annotated[tuple[Condition, ...], Field(min_length=1)]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """The part does not hold."""

    __pydantic_config__ = STRICT
    negated: "Annotated[Condition, Field(alias='not')]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Always:
    """Holds, or never holds, for every event."""

    __pydantic_config__ = STRICT
    always: bool


_KINDS = {
    "group": "group", "term": "term", "related": "related", "laboratory": "laboratory",
    "clinically_significant": "clinically_significant", "intervention": "intervention",
    "other_crs_symptoms": "other_crs_symptoms", "alternative_cause": "alternative_cause",
    "fact": "fact", "number": "number", "serious": "serious", "concurrent": "concurrent",
    "occurrence": "occurrence", "ruling": "ruling",
    "peak": "peak", "shift": "shift", "lasts": "lasts", "recovers": "recovers",
    "all": "all", "any": "any", "not": "not", "always": "always",
}  # fmt: skip


def _kind(value: Any) -> str | None:
    """The condition's kind is the one key that names it."""
    if isinstance(value, Mapping):
        return next((kind for key, kind in _KINDS.items() if key in value), None)
    if isinstance(value, Not):
        return "not"
    return next((kind for key, kind in _KINDS.items() if hasattr(value, key)), None)


Condition = Annotated[
    Annotated[InGroup, Tag("group")]
    | Annotated[IsTerm, Tag("term")]
    | Annotated[IsRelated, Tag("related")]
    | Annotated[IsLaboratory, Tag("laboratory")]
    | Annotated[IsSignificant, Tag("clinically_significant")]
    | Annotated[HasIntervention, Tag("intervention")]
    | Annotated[OtherCrsSymptoms, Tag("other_crs_symptoms")]
    | Annotated[AlternativeCauseIs, Tag("alternative_cause")]
    | Annotated[FactIs, Tag("fact")]
    | Annotated[NumberIs, Tag("number")]
    | Annotated[IsSerious, Tag("serious")]
    | Annotated[HasCompanion, Tag("concurrent")]
    | Annotated[Recurs, Tag("occurrence")]
    | Annotated[RuledBy, Tag("ruling")]
    | Annotated[Peak, Tag("peak")]
    | Annotated[Shifts, Tag("shift")]
    | Annotated[Lasts, Tag("lasts")]
    | Annotated[Recovers, Tag("recovers")]
    | Annotated[AllOf, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[Not, Tag("not")]
    | Annotated[Always, Tag("always")],
    Discriminator(
        _kind,
        custom_error_type="unknown_condition",
        custom_error_message="a condition is an object with one of the keys " + ", ".join(_KINDS),
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """What makes a run at or above `grade` a DLT: at once, or once it has lasted so long.

    `longer_than` is a limit that it has to exceed, `at_least` one that it has to reach.
    """

    __pydantic_config__ = STRICT
    id: Id
    at: Sentence
    says: Sentence
    grade: TriggerGrade
    longer_than: LimitText | None = None
    at_least: LimitText | None = None
    when: Condition | None = None
    sentence: Sentence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionClause:
    """What is not a DLT although a criterion may hold.

    `when` says whom the clause concerns, `limit` what must hold then. Where it `replaces`
    criteria, its limit stands in the place of theirs: a run that breaks it is a DLT. With
    `exempts_from` it takes a run out of these criteria alone.
    """

    __pydantic_config__ = STRICT
    id: Id
    at: Sentence
    says: Sentence
    when: Condition
    limit: Condition | None = None
    replaces: tuple[Id, ...] = ()
    exempts_from: Annotated[tuple[Id, ...], Field(min_length=1)] | None = None
    sentence: Sentence | None = None

    def bears_on(self, criterion: str) -> bool:
        """Whether it may take a run out of this criterion."""
        return self.exempts_from is None or criterion in self.exempts_from


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """When an onset counts: after each, or the first, infusion of an agent, through `through`.

    `first_day` is the number of the infusion day (0 or 1), `through` the last day's number as a
    limit in days, or an elapsed time in hours. `onset_from_grade` moves the onset to the start of
    the stretch at or above that grade.
    """

    __pydantic_config__ = STRICT
    anchor: Literal["each_infusion", "first_infusion"]
    agent: Name
    first_day: Literal[0, 1]
    through: LimitText
    onset_from_grade: TriggerGrade | None = None
    rise_on_infusion_day: Literal["after_if_above_baseline", "after", "either"] = (
        "after_if_above_baseline"
    )
    early_completion: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What must hold before any criterion looks at a run."""

    __pydantic_config__ = STRICT
    related: Related | None = None
    unless: Condition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral:
    """Toxicity at these grades first reached after the window goes to the committee."""

    __pydantic_config__ = STRICT
    grade: TriggerGrade
    at: Sentence
    says: Sentence
    first_reached_only: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Syndrome:
    """A syndrome whose linked symptoms are judged under it, unless a clause names them."""

    __pydantic_config__ = STRICT
    term: Name
    symptoms: tuple[Name, ...]
    own_clause: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """How clocks run: choices that prose leaves open, each settled by a reading."""

    __pydantic_config__ = STRICT
    within_includes_limit: bool = True
    days_are: Literal["calendar", "elapsed"] = "calendar"
    recovery: Literal["first_documented", "last"] = "first_documented"
    after_last_report: Literal["unknown", "persists"] = "unknown"
    death_from_another_cause: Literal["committee", "ends_event", "exceeds_limit"] = "committee"
    unknown_grades: Literal["of_the_term", "all"] = "of_the_term"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """The DLT definition with every reading decided."""

    __pydantic_config__ = STRICT
    observed_in: Annotated[tuple[Id, ...], Field(min_length=1)]
    window: Window
    counts: Counts
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1)]
    exceptions: tuple[ExceptionClause, ...] = ()
    refer_to_committee: Referral | None = None
    syndromes: tuple[Syndrome, ...] = ()
    clocks: Clocks = Clocks()
