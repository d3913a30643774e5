"""The tables. Everything is appended and never changed, but for the pointers to what is current.

A document is the canonical JSON text that its digest was made of. `seq` is the number of the audit
event that the row was written with.
"""

from datetime import datetime
from typing import Any, ClassVar, Final

from sqlalchemy import BigInteger, CheckConstraint, Index, Table, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.domain.record.kinds import Kind
from app.store.types import UtcInstant

KEY: Final = 420  # a system and a record id, each up to 200 characters, and what joins them


def _instant(**more: Any) -> Any:
    return Field(sa_type=UtcInstant, **more)


def _text(**more: Any) -> Any:
    return Field(sa_type=Text, **more)


def _big(**more: Any) -> Any:
    return Field(sa_type=BigInteger, **more)


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
    document: str = _text()
    digest: str = Field(max_length=71)
    sequence: int | None = _big(default=None)
    source: str | None = _text(default=None)
    findings: str = _text()
    recorded_at: datetime = _instant()
    seq: int = _big()


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
    sequence: int | None = _big(default=None)
    """The highest sequence of the source that was applied, or found to hold already."""
    source_time: datetime | None = _instant(default=None)
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
    __table_args__: ClassVar[Any] = (Index("ix_exposure_versions_subject", "study", "subject"),)


class Exposure(Pointer, table=True):
    """The administrations."""

    __tablename__ = "exposures"
    __table_args__: ClassVar[Any] = (Index("ix_exposures_subject", "study", "subject"),)


class AdverseEventVersion(Version, table=True):
    """An adverse event, by the system that recorded it."""

    __tablename__ = "adverse_event_versions"
    __table_args__: ClassVar[Any] = (
        Index("ix_adverse_event_versions_subject", "study", "subject"),
    )


class AdverseEvent(Pointer, table=True):
    """The adverse events."""

    __tablename__ = "adverse_events"
    __table_args__: ClassVar[Any] = (Index("ix_adverse_events_subject", "study", "subject"),)


class LaboratoryResultVersion(Version, table=True):
    """A laboratory result, by the system that recorded it."""

    __tablename__ = "laboratory_result_versions"
    __table_args__: ClassVar[Any] = (
        Index("ix_laboratory_result_versions_subject", "study", "subject"),
    )


class LaboratoryResult(Pointer, table=True):
    """The laboratory results."""

    __tablename__ = "laboratory_results"
    __table_args__: ClassVar[Any] = (Index("ix_laboratory_results_subject", "study", "subject"),)


class AssessmentVersion(Version, table=True):
    """Components of a CRS, ICANS or ICE assessment, by the system that recorded it."""

    __tablename__ = "assessment_versions"
    __table_args__: ClassVar[Any] = (Index("ix_assessment_versions_subject", "study", "subject"),)


class Assessment(Pointer, table=True):
    """The assessments."""

    __tablename__ = "assessments"
    __table_args__: ClassVar[Any] = (Index("ix_assessments_subject", "study", "subject"),)


class LaboratoryRangeVersion(Version, table=True):
    """The limits of normal of an analyte at a laboratory."""

    __tablename__ = "laboratory_range_versions"


class LaboratoryRange(Pointer, table=True):
    """The limits of normal."""

    __tablename__ = "laboratory_ranges"


VERSIONS: Final[dict[Kind, type[Version]]] = {
    "study": StudyVersion,
    "site": SiteVersion,
    "subject": SubjectVersion,
    "exposure": ExposureVersion,
    "adverse_event": AdverseEventVersion,
    "laboratory_result": LaboratoryResultVersion,
    "assessment": AssessmentVersion,
    "laboratory_range": LaboratoryRangeVersion,
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
}


class ProtocolDocument(SQLModel, table=True):
    """A version of a protocol that was added; those that are built in stand in the package."""

    __tablename__ = "protocol_documents"

    id: str = Field(primary_key=True, max_length=200)
    version: str = Field(primary_key=True, max_length=200)
    digest: str = Field(max_length=71)
    document: str = _text()
    recorded_at: datetime = _instant()
    seq: int = _big()


class ProtocolActivation(SQLModel, table=True):
    """A protocol version that governs a study's patients from a day on."""

    __tablename__ = "protocol_activations"

    study: str = Field(primary_key=True, max_length=200)
    number: int = Field(primary_key=True)
    protocol: str = Field(max_length=200)
    version: str = Field(max_length=200)
    digest: str = Field(max_length=71)
    effective: str = Field(max_length=10)
    applies_to: str = Field(max_length=16)
    reason: str = _text()
    recorded_at: datetime = _instant()
    seq: int = _big()


class DictionaryTexts(SQLModel, table=True):
    """The sentences of a dictionary, from its publisher's own file; the last import is current."""

    __tablename__ = "dictionary_texts"

    dictionary: str = Field(primary_key=True, max_length=200)
    number: int = Field(primary_key=True)
    digest: str = Field(max_length=71)
    source_digest: str = Field(max_length=71)
    texts: str = _text()
    recorded_at: datetime = _instant()
    seq: int = _big()


class Adjudication(SQLModel, table=True):
    """The verdicts of one patient as they once stood, with all that they were made of."""

    __tablename__ = "adjudications"
    __table_args__: ClassVar[Any] = (
        UniqueConstraint("study", "subject", "input_digest", name="uq_adjudications_input"),
        UniqueConstraint("study", "subject", "number", name="uq_adjudications_number"),
        Index("ix_adjudications_study_seq", "study", "seq"),
    )

    id: str = Field(primary_key=True, max_length=36)
    study: str = Field(max_length=200)
    subject: str = Field(max_length=200)
    number: int
    as_of: datetime = _instant()
    protocol: str = Field(max_length=200)
    protocol_version: str = Field(max_length=200)
    status: str = Field(max_length=16)
    cause: str = Field(max_length=32)
    input_digest: str = Field(max_length=71)
    inputs: str = _text()
    answer_digest: str = Field(max_length=71)
    answer: str = _text()
    summary: str = _text()
    supersedes: str | None = Field(default=None, max_length=36)
    due: datetime | None = _instant(default=None)
    """The first instant at which time alone may change a verdict."""
    recorded_at: datetime = _instant()
    seq: int = _big()


class CurrentAdjudication(SQLModel, table=True):
    """Which adjudication of a patient is current."""

    __tablename__ = "current_adjudications"
    __table_args__: ClassVar[Any] = (Index("ix_current_adjudications_due", "due"),)

    study: str = Field(primary_key=True, max_length=200)
    subject: str = Field(primary_key=True, max_length=200)
    adjudication: str = Field(max_length=36)
    number: int
    due: datetime | None = _instant(default=None)
    seq: int = _big()
    """The audit event by which it became current: made, or reinstated."""
    since: datetime = _instant()


class Hold(SQLModel, table=True):
    """A stop to enrolment, treatment or escalation that somebody on the safety team called."""

    __tablename__ = "holds"

    id: str = Field(primary_key=True, max_length=36)
    study: str = Field(max_length=200, index=True)
    scope: str = _text()
    reason: str = _text()
    reported_by: str = Field(max_length=200)
    effective_from: datetime = _instant()
    recorded_at: datetime = _instant()
    seq: int = _big()


class HoldLifting(SQLModel, table=True):
    """The end of a hold."""

    __tablename__ = "hold_liftings"

    hold: str = Field(primary_key=True, max_length=36, foreign_key="holds.id")
    reason: str = _text()
    lifted_by: str = Field(max_length=200)
    recorded_at: datetime = _instant()
    seq: int = _big()


class ApiKey(SQLModel, table=True):
    """A key, of which the secret's digest alone is kept."""

    __tablename__ = "api_keys"

    id: str = Field(primary_key=True, max_length=32)
    name: str = Field(max_length=200)
    role: str = Field(max_length=32)
    study: str | None = Field(default=None, max_length=200)
    person: bool
    secret_digest: str = Field(max_length=64)
    expires_at: datetime | None = _instant(default=None)
    recorded_at: datetime = _instant()
    seq: int = _big()


class ApiKeyRevocation(SQLModel, table=True):
    """The end of a key."""

    __tablename__ = "api_key_revocations"

    key: str = Field(primary_key=True, max_length=32, foreign_key="api_keys.id")
    reason: str = _text()
    recorded_at: datetime = _instant()
    seq: int = _big()


class AuditEvent(SQLModel, table=True):
    """One leaf of the audit trail, and the columns that it is searched by."""

    __tablename__ = "audit_events"
    __table_args__: ClassVar[Any] = (
        CheckConstraint("seq > 0", name="ck_audit_events_seq"),
        Index("ix_audit_events_study", "study", "seq"),
        Index("ix_audit_events_entity", "entity", "entity_id", "seq"),
    )

    seq: int = _big(primary_key=True, sa_column_kwargs={"autoincrement": False})
    event_id: str = Field(max_length=36, unique=True)
    recorded_at: datetime = _instant(index=True)
    study: str | None = Field(default=None, max_length=200)
    subject: str | None = Field(default=None, max_length=200)
    actor: str = Field(max_length=200)
    action: str = Field(max_length=64)
    entity: str = Field(max_length=32)
    entity_id: str = Field(max_length=KEY)
    reason_code: str | None = Field(default=None, max_length=64)
    leaf: str = _text()
    leaf_hash: str = Field(max_length=71)


class IdempotentAnswer(SQLModel, table=True):
    """What a request with an Idempotency-Key was answered."""

    __tablename__ = "idempotent_answers"

    actor: str = Field(primary_key=True, max_length=200)
    key: str = Field(primary_key=True, max_length=255)
    request_digest: str = Field(max_length=71)
    status: int
    headers: str = _text()
    body: str = _text()
    recorded_at: datetime = _instant(index=True)


CHANGING: Final = frozenset(
    {
        *(str(each.__tablename__) for each in POINTERS.values()),
        "current_adjudications",
        "idempotent_answers",
    }
)
"""Tables whose rows change: pointers, and answers that are kept for a while."""

APPEND_ONLY: Final = tuple(
    sorted(name for name in SQLModel.metadata.tables if name not in CHANGING)
)
"""Tables whose rows are never changed or removed."""


def table_of(model: type[SQLModel]) -> Table:
    """The table behind a model: what statements are made of."""
    return SQLModel.metadata.tables[str(model.__tablename__)]
