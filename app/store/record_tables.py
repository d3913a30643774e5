"""The tables of records: versions that are appended, and pointers to what is current.

A document is the canonical JSON text that its digest was made of. `seq` is the number of the audit
event that the row was written with.
"""

from datetime import datetime
from typing import Any, ClassVar, Final

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from app.domain.record.kinds import Kind
from app.store.columns import KEY, big, instant, text

OF_VERSIONS: Final = ("study", "subject", "applied", "seq")
"""Of a patient's records: when the last version was written is read off the index."""
OF_POINTERS: Final = ("study", "subject", "voided")
"""How many of them count, too."""


class Version(SQLModel):
    """One version of one record, as it was sent."""

    study: str = Field(primary_key=True, max_length=200)
    key: str = Field(primary_key=True, max_length=KEY)
    version: int = Field(primary_key=True)
    subject: str | None = Field(default=None, max_length=200)
    result: str = Field(max_length=16)
    """created, updated, stale (kept and not applied), voided, restored."""
    applied: bool
    schema_number: int
    document: str = text()
    digest: str = Field(max_length=71)
    sequence: int | None = big(default=None)
    source: str | None = text(default=None)
    findings: str = text()
    recorded_at: datetime = instant()
    seq: int = big()


class Pointer(SQLModel):
    """Which version of a record is current."""

    study: str = Field(primary_key=True, max_length=200)
    key: str = Field(primary_key=True, max_length=KEY)
    subject: str | None = Field(default=None, max_length=200)
    current: int
    """The version that was applied last."""
    latest: int
    """The version that was written last, applied or not."""
    voided: bool
    sequence: int | None = big(default=None)
    """The highest sequence of the source that was applied, or found to hold already."""
    source_time: datetime | None = instant(default=None)
    """The latest time at which the source wrote what was applied, or found to hold already."""


class StudyVersion(Version, table=True):
    """Title, time zone and settings of a study."""

    __tablename__ = "study_versions"


class Study(Pointer, table=True):
    """The studies."""

    __tablename__ = "studies"


class SiteVersion(Version, table=True):
    """Time zone and laboratories of a site."""

    __tablename__ = "site_versions"


class Site(Pointer, table=True):
    """The sites."""

    __tablename__ = "sites"


class SubjectVersion(Version, table=True):
    """Dose level, phase, site, milestones and follow-up of a patient."""

    __tablename__ = "subject_versions"
    __table_args__: ClassVar[Any] = (Index("ix_subject_versions_subject", "study", "subject"),)


class Subject(Pointer, table=True):
    """The patients."""

    __tablename__ = "subjects"
    __table_args__: ClassVar[Any] = (Index("ix_subjects_subject", "study", "subject"),)


class ExposureVersion(Version, table=True):
    """An administration of an agent, by the system that recorded it."""

    __tablename__ = "exposure_versions"
    __table_args__: ClassVar[Any] = (Index("ix_exposure_versions_subject", *OF_VERSIONS),)


class Exposure(Pointer, table=True):
    """The administrations."""

    __tablename__ = "exposures"
    __table_args__: ClassVar[Any] = (Index("ix_exposures_subject", *OF_POINTERS),)


class AdverseEventVersion(Version, table=True):
    """An adverse event, by the system that recorded it."""

    __tablename__ = "adverse_event_versions"
    __table_args__: ClassVar[Any] = (Index("ix_adverse_event_versions_subject", *OF_VERSIONS),)


class AdverseEvent(Pointer, table=True):
    """The adverse events."""

    __tablename__ = "adverse_events"
    __table_args__: ClassVar[Any] = (Index("ix_adverse_events_subject", *OF_POINTERS),)


class LaboratoryResultVersion(Version, table=True):
    """A laboratory result, by the system that recorded it."""

    __tablename__ = "laboratory_result_versions"
    __table_args__: ClassVar[Any] = (Index("ix_laboratory_result_versions_subject", *OF_VERSIONS),)


class LaboratoryResult(Pointer, table=True):
    """The laboratory results."""

    __tablename__ = "laboratory_results"
    __table_args__: ClassVar[Any] = (Index("ix_laboratory_results_subject", *OF_POINTERS),)


class AssessmentVersion(Version, table=True):
    """Components of a CRS, ICANS or ICE assessment, by the system that recorded it."""

    __tablename__ = "assessment_versions"
    __table_args__: ClassVar[Any] = (Index("ix_assessment_versions_subject", *OF_VERSIONS),)


class Assessment(Pointer, table=True):
    """The assessments."""

    __tablename__ = "assessments"
    __table_args__: ClassVar[Any] = (Index("ix_assessments_subject", *OF_POINTERS),)


class LaboratoryRangeVersion(Version, table=True):
    """The limits of normal of an analyte at a laboratory."""

    __tablename__ = "laboratory_range_versions"


class LaboratoryRange(Pointer, table=True):
    """The limits of normal."""

    __tablename__ = "laboratory_ranges"


class SourceSystemVersion(Version, table=True):
    """How the files of a source system are read."""

    __tablename__ = "source_system_versions"


class SourceSystemPointer(Pointer, table=True):
    """The source systems."""

    __tablename__ = "source_systems"


VERSIONS: Final[dict[Kind, type[Version]]] = {
    "study": StudyVersion,
    "site": SiteVersion,
    "subject": SubjectVersion,
    "exposure": ExposureVersion,
    "adverse_event": AdverseEventVersion,
    "laboratory_result": LaboratoryResultVersion,
    "assessment": AssessmentVersion,
    "laboratory_range": LaboratoryRangeVersion,
    "source_system": SourceSystemVersion,
}
POINTERS: Final[dict[Kind, type[Pointer]]] = {
    "study": Study,
    "site": Site,
    "subject": Subject,
    "exposure": Exposure,
    "adverse_event": AdverseEvent,
    "laboratory_result": LaboratoryResult,
    "assessment": Assessment,
    "laboratory_range": LaboratoryRange,
    "source_system": SourceSystemPointer,
}
