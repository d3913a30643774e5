"""The kinds of records as resources: where each stands, and how a path names one of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Path

from app.domain.day import Day
from app.domain.record.kinds import BY_SOURCE, Identifier, Kind, RecordId, key_of
from app.domain.reference_range import PathName, RangeSex
from app.use_cases.ranges import AgeSpan, AnalyteId


def _by_source(
    system: Annotated[Identifier, Path(description="The system of record.", examples=["rave"])],
    record_id: Annotated[
        RecordId, Path(description="Its id for the record.", examples=["S-01.AE.3"])
    ],
) -> str:
    return key_of(system, record_id)


def _subject(subject: Annotated[Identifier, Path(examples=["S-01"])]) -> str:
    return subject


def _site(site: Annotated[Identifier, Path(examples=["01"])]) -> str:
    return site


def _system(
    system: Annotated[Identifier, Path(description="The system of record.", examples=["rave"])],
) -> str:
    return system


def _range(
    laboratory: Annotated[PathName, Path(examples=["Central"])],
    analyte: Annotated[
        AnalyteId,
        Path(
            description="An id, a CDISC test code or a LOINC code of docs/units.md.",
            examples=["platelets"],
        ),
    ],
    sex: Annotated[RangeSex, Path(examples=["any"])],
    age: Annotated[
        AgeSpan,
        Path(
            description="Completed years, both included: `18-65`, `66-`, or `any`.",
            examples=["18-65"],
        ),
    ],
    valid_from: Annotated[
        Day, Path(description="The first day on which it holds.", examples=["2026-01-01"])
    ],
) -> str:
    return f"{laboratory}/{analyte}/{sex}/{age}/{valid_from.isoformat()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A kind of record as a resource: where it stands, and what it is called."""

    kind: Kind
    segment: str
    name: str
    names: str
    key: Callable[..., str]
    by: str | None = None
    """The path below the segment, where it is neither an id nor a source's."""

    @property
    def plural(self) -> str:
        """The last part of the names of operations on many."""
        return self.segment.replace("-", "_")

    @property
    def path(self) -> str:
        """The path of one record, below its study's."""
        if self.by is not None:
            return f"/{self.segment}/{self.by}"
        if self.kind in BY_SOURCE:
            return f"/{self.segment}/by-source/{{system}}/{{record_id}}"
        return f"/{self.segment}/{{{self.kind}}}"


RESOURCES: Final = (
    Resource(kind="site", segment="sites", name="site", names="sites", key=_site),
    Resource(kind="subject", segment="subjects", name="patient", names="patients", key=_subject),
    Resource(
        kind="exposure",
        segment="exposures",
        name="exposure",
        names="exposures",
        key=_by_source,
    ),
    Resource(
        kind="adverse_event",
        segment="adverse-events",
        name="adverse event",
        names="adverse events",
        key=_by_source,
    ),
    Resource(
        kind="laboratory_result",
        segment="laboratory-results",
        name="laboratory result",
        names="laboratory results",
        key=_by_source,
    ),
    Resource(
        kind="assessment",
        segment="assessments",
        name="assessment",
        names="assessments",
        key=_by_source,
    ),
    Resource(
        kind="laboratory_range",
        segment="laboratory-ranges",
        name="range of a laboratory",
        names="ranges of laboratories",
        key=_range,
        by="{laboratory}/{analyte}/{sex}/{age}/{valid_from}",
    ),
    Resource(
        kind="source_system",
        segment="source-systems",
        name="source system",
        names="source systems",
        key=_system,
        by="{system}",
    ),
)
OF_KIND: Final[Mapping[Kind, Resource]] = {each.kind: each for each in RESOURCES}
