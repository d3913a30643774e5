"""The kinds of records, and what each holds."""

from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

from pydantic import StringConstraints, TypeAdapter

from app.domain.case import (
    STRICT,
    AdverseEvent,
    Exposure,
    Flag,
    LaboratoryResult,
    Name,
    ScaleAssessment,
    SubjectData,
    Text,
    ZoneName,
)
from app.domain.reference_range import ReferenceRange
from app.domain.source_system import SourceSystem

Kind = Literal[
    "study", "site", "subject", "exposure", "adverse_event", "laboratory_result", "assessment",
    "laboratory_range", "source_system",
]  # fmt: skip
OF_A_PATIENT: Final[tuple[Kind, ...]] = (
    "subject",
    "exposure",
    "adverse_event",
    "laboratory_result",
    "assessment",
)
"""Kinds whose records belong to one patient."""

BY_SOURCE: Final[tuple[Kind, ...]] = (
    "exposure",
    "adverse_event",
    "laboratory_result",
    "assessment",
)
"""Kinds that are known by the system that recorded them and its id for the record."""

Identifier = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
]
"""An id that stands in a path: letters, digits, dots, dashes and underscores."""

RecordId = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f/]+$")
]
"""A source's id for a record: anything without slashes and control characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A study: its title, the time zone of sites that name none, and how it is run."""

    __pydantic_config__ = STRICT

    title: Annotated[str, StringConstraints(min_length=1, max_length=400)]
    time_zone: ZoneName
    settings: dict[Name, Flag | Text] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A site: its time zone, in which its wall-clock times and days are read, and its name."""

    __pydantic_config__ = STRICT

    name: Text | None = None
    time_zone: ZoneName | None = None
    laboratories: tuple[Name, ...] = ()


Content = (
    Study
    | Site
    | SubjectData
    | Exposure
    | AdverseEvent
    | LaboratoryResult
    | ScaleAssessment
    | ReferenceRange
    | SourceSystem
)

CONTENT: Final[dict[Kind, TypeAdapter[Any]]] = {
    "study": TypeAdapter(Study),
    "site": TypeAdapter(Site),
    "subject": TypeAdapter(SubjectData),
    "exposure": TypeAdapter(Exposure),
    "adverse_event": TypeAdapter(AdverseEvent),
    "laboratory_result": TypeAdapter(LaboratoryResult),
    "assessment": TypeAdapter(ScaleAssessment),
    "laboratory_range": TypeAdapter(ReferenceRange),
    "source_system": TypeAdapter(SourceSystem),
}
"""Reads and writes the document of each kind."""

SCHEMA_NUMBER: Final = 1
"""The shape in which documents are written; older ones are lifted when they are read."""


def key_of(system: str, record_id: str) -> str:
    """How the record knows what a source sent, and how verdicts name it."""
    return f"{system}:{record_id}"
