"""The tables. Everything is appended and never changed, but for the pointers to what is current.

Those of records and of imports have files of their own; here stand the rest, and what all share.
"""

from datetime import datetime
from typing import Any, ClassVar, Final

from sqlalchemy import CheckConstraint, Index, Table, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.store.columns import KEY, big, binary, instant, text
from app.store.import_tables import MOVING
from app.store.readjudication_tables import READJUDICATIONS
from app.store.record_tables import POINTERS


class ProtocolDocument(SQLModel, table=True):
    """A version of a protocol that was added; those that are built in stand in the package."""

    __tablename__ = "protocol_documents"

    id: str = Field(primary_key=True, max_length=200)
    version: str = Field(primary_key=True, max_length=200)
    digest: str = Field(max_length=71)
    document: str = text()
    recorded_at: datetime = instant()
    seq: int = big()


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
    reason: str = text()
    recorded_at: datetime = instant()
    seq: int = big()


class DictionaryTexts(SQLModel, table=True):
    """The sentences of a dictionary, from its publisher's own file; the last import is current."""

    __tablename__ = "dictionary_texts"

    dictionary: str = Field(primary_key=True, max_length=200)
    number: int = Field(primary_key=True)
    digest: str = Field(max_length=71)
    source_digest: str = Field(max_length=71)
    texts: str = text()
    recorded_at: datetime = instant()
    seq: int = big()


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
    as_of: datetime = instant()
    protocol: str = Field(max_length=200)
    protocol_version: str = Field(max_length=200)
    status: str = Field(max_length=16)
    cause: str = Field(max_length=32)
    input_digest: str = Field(max_length=71)
    inputs: str = text()
    answer_digest: str = Field(max_length=71)
    answer: str = text()
    summary: str = text()
    supersedes: str | None = Field(default=None, max_length=36)
    due: datetime | None = instant(default=None)
    """The first instant at which time alone may change a verdict."""
    recorded_at: datetime = instant()
    seq: int = big()


class CurrentAdjudication(SQLModel, table=True):
    """Which adjudication of a patient is current."""

    __tablename__ = "current_adjudications"
    __table_args__: ClassVar[Any] = (Index("ix_current_adjudications_due", "due"),)

    study: str = Field(primary_key=True, max_length=200)
    subject: str = Field(primary_key=True, max_length=200)
    adjudication: str = Field(max_length=36)
    number: int
    due: datetime | None = instant(default=None)
    seq: int = big()
    """The audit event by which it became current: made, or reinstated."""
    since: datetime = instant()


class JudgedColumns(SQLModel, table=True):
    """What the current adjudication of a patient was evaluated from, for the evaluator to read.

    It proves nothing and can be made again from the record: what it does not serve for is judged
    from the record. `told` is JSON (app/use_cases/kept_columns.py).
    """

    __tablename__ = "judged_columns"

    study: str = Field(primary_key=True, max_length=200)
    subject: str = Field(primary_key=True, max_length=200)
    adjudication: str = Field(max_length=36)
    told: str = text()
    columns: bytes = binary()


class Hold(SQLModel, table=True):
    """A stop to enrolment, treatment or escalation that somebody on the safety team called."""

    __tablename__ = "holds"

    id: str = Field(primary_key=True, max_length=36)
    study: str = Field(max_length=200, index=True)
    scope: str = text()
    reason: str = text()
    reported_by: str = Field(max_length=200)
    effective_from: datetime = instant()
    recorded_at: datetime = instant()
    seq: int = big()


class HoldLifting(SQLModel, table=True):
    """The end of a hold."""

    __tablename__ = "hold_liftings"

    hold: str = Field(primary_key=True, max_length=36, foreign_key="holds.id")
    reason: str = text()
    lifted_by: str = Field(max_length=200)
    recorded_at: datetime = instant()
    seq: int = big()


class ApiKey(SQLModel, table=True):
    """A key, of which the secret's digest alone is kept."""

    __tablename__ = "api_keys"

    id: str = Field(primary_key=True, max_length=32)
    name: str = Field(max_length=200)
    role: str = Field(max_length=32)
    study: str | None = Field(default=None, max_length=200)
    person: bool
    secret_digest: str = Field(max_length=64)
    expires_at: datetime | None = instant(default=None)
    recorded_at: datetime = instant()
    seq: int = big()


class ApiKeyRevocation(SQLModel, table=True):
    """The end of a key."""

    __tablename__ = "api_key_revocations"

    key: str = Field(primary_key=True, max_length=32, foreign_key="api_keys.id")
    reason: str = text()
    recorded_at: datetime = instant()
    seq: int = big()


class AuditEvent(SQLModel, table=True):
    """One leaf of the audit trail, and the columns that it is searched by."""

    __tablename__ = "audit_events"
    __table_args__: ClassVar[Any] = (
        CheckConstraint("seq > 0", name="ck_audit_events_seq"),
        Index("ix_audit_events_study", "study", "seq"),
        Index("ix_audit_events_entity", "entity", "entity_id", "seq"),
    )

    seq: int = big(primary_key=True, sa_column_kwargs={"autoincrement": False})
    event_id: str = Field(max_length=36, unique=True)
    recorded_at: datetime = instant(index=True)
    study: str | None = Field(default=None, max_length=200)
    subject: str | None = Field(default=None, max_length=200)
    actor: str = Field(max_length=200)
    action: str = Field(max_length=64)
    entity: str = Field(max_length=32)
    entity_id: str = Field(max_length=KEY)
    reason_code: str | None = Field(default=None, max_length=64)
    leaf: str = text()
    leaf_hash: str = Field(max_length=71)


class IdempotentAnswer(SQLModel, table=True):
    """What a request with an Idempotency-Key was answered."""

    __tablename__ = "idempotent_answers"

    actor: str = Field(primary_key=True, max_length=200)
    key: str = Field(primary_key=True, max_length=255)
    request_digest: str = Field(max_length=71)
    status: int
    headers: str = text()
    body: str = text()
    recorded_at: datetime = instant(index=True)


CHANGING: Final = frozenset(
    {
        *(str(each.__tablename__) for each in POINTERS.values()),
        *(str(each.__tablename__) for each in MOVING),
        "current_adjudications",
        "idempotent_answers",
        "judged_columns",
    }
)
"""Tables whose rows change: pointers, jobs, answers that are kept for a while, and columns."""

APPEND_ONLY: Final = tuple(
    sorted(
        {name for name in SQLModel.metadata.tables if name not in CHANGING}
        | {str(each.__tablename__) for each in READJUDICATIONS}
    )
)
"""Tables whose rows are never changed or removed."""


def table_of(model: type[SQLModel]) -> Table:
    """The table behind a model: what statements are made of."""
    return SQLModel.metadata.tables[str(model.__tablename__)]
