"""What is asked of the gate: the day, the dose level, and the patients as they were recorded."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StringConstraints

from app.domain.case import STRICT, Name
from app.domain.cohort.gate.rules import Act
from app.domain.day import Day

Status = Literal["DLT", "UNDETERMINED", "PENDING", "IN_WINDOW", "NOT_EVALUABLE", "NO_DLT"]
"""A patient's status in the words of adjudication."""
Why = Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=r"^[^\x00]*$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDlt:
    """A DLT, and since when it has been known."""

    __pydantic_config__ = STRICT

    known_on: Day


@dataclass(frozen=True, slots=True, kw_only=True)
class GatePatient:
    """A patient of the study. Absent means that it has not happened, or is not recorded.

    `infused` is the day of the first infusion, `last_infused` that of the last where there were
    several. `status` is that of adjudication on the asked day, `pending_until` the last day on
    which a PENDING one can still change by time; `cleared_on` when the safety review let others
    follow, `window_completed_on` when the observation was recorded as completed.
    """

    __pydantic_config__ = STRICT

    id: Name
    dose_level: Name
    phase: Name | None = None
    enrolled: Day | None = None
    lymphodepleted: Day | None = None
    infused: Day | None = None
    last_infused: Day | None = None
    infusion_completed: Day | None = None
    dlt: KnownDlt | None = None
    cleared_on: Day | None = None
    evaluable: StrictBool = True
    window_completed_on: Day | None = None
    status: Status | None = None
    pending_until: Day | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldScope:
    """What a hold stops: the study, a dose level and those above it, a site, or one patient."""

    __pydantic_config__ = STRICT

    dose_level: Name | None = None
    subject: Name | None = None
    site: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A stop; without `from` it has been in force all along, and it ends on `lifted_on`."""

    __pydantic_config__ = STRICT

    scope: Literal["study"] | HeldScope
    reason: Why
    effective_from: Annotated[Day | None, Field(alias="from")] = None
    lifted_on: Day | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRequest:
    """May the next patient be let in, at this level and on this day?

    Without `act` every rule is asked. `subject` is the patient whom it is about: a record of the
    same id does not count among the others, unless it says that the patient has been infused.
    `site` is that patient's; where it is not told, a hold of any site stands.
    """

    __pydantic_config__ = STRICT

    phase: Name
    dose_level: Name
    on: Day
    act: Act | None = None
    subject: Name | None = None
    site: Name | None = None
    holds: Annotated[tuple[Hold, ...], Field(max_length=1000)] = ()
    subjects: Annotated[tuple[GatePatient, ...], Field(max_length=1000)] = ()
