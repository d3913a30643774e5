"""The tables of jobs and of what was imported: files, rows, and the rows that were refused.

`seq` is the number of the audit event that the row was written with.
"""

from datetime import datetime
from typing import Any, ClassVar, Final

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from app.store.columns import KEY, big, binary, instant, text


class ImportedFile(SQLModel, table=True):
    """A file as it was sent, known by its SHA-256; its bytes stand in pieces beside it."""

    __tablename__ = "imported_files"

    sha256: str = Field(primary_key=True, max_length=64)
    size: int = big()
    pieces: int
    recorded_at: datetime = instant()
    seq: int = big()


class FilePiece(SQLModel, table=True):
    """Some of the bytes of a file, deflated. Pieces without their file are of a broken upload."""

    __tablename__ = "file_pieces"

    sha256: str = Field(primary_key=True, max_length=64)
    number: int = Field(primary_key=True)
    content: bytes = binary()
    seq: int = big()
    """The last audit event before it: that of its file is written when all pieces are there."""


class Job(SQLModel, table=True):
    """Work that outlives its request: what is asked, how far it is, and who works on it."""

    __tablename__ = "jobs"
    __table_args__: ClassVar[Any] = (
        Index("ix_jobs_study", "study", "seq"),
        Index("ix_jobs_request", "study", "request_digest", unique=True),
        Index("ix_jobs_state", "state"),
    )

    id: str = Field(primary_key=True, max_length=36)
    study: str = Field(max_length=200)
    kind: str = Field(max_length=32)
    request_digest: str = Field(max_length=71)
    parameters: str = text()
    origin: str = text()
    """Who asked for it, as JSON."""
    state: str = Field(max_length=16)
    done: int = big()
    total: int | None = big(default=None)
    counts: str = text()
    problem: str | None = text(default=None)
    """Why it failed, as JSON."""
    worker: str | None = Field(default=None, max_length=64)
    leased_until: datetime | None = instant(default=None)
    """A worker that does not come back by then has lost the job."""
    recorded_at: datetime = instant()
    changed_at: datetime = instant()
    seq: int = big()


class SourceRowVersion(SQLModel, table=True):
    """A row of a source as it came: the whole row after a change of some of its cells."""

    __tablename__ = "source_row_versions"

    study: str = Field(primary_key=True, max_length=200)
    key: str = Field(primary_key=True, max_length=KEY)
    """System, domain, patient and the row's own key."""
    version: int = Field(primary_key=True)
    subject: str = Field(max_length=200)
    removed: bool
    document: str = text()
    digest: str = Field(max_length=71)
    sequence: int | None = big(default=None)
    job: str = Field(max_length=36)
    place: str = text()
    recorded_at: datetime = instant()
    seq: int = big()


class SourceRowPointer(SQLModel, table=True):
    """Which version of a row is current, and by what its source orders its changes."""

    __tablename__ = "source_rows"
    __table_args__: ClassVar[Any] = (
        Index("ix_source_rows_subject", "study", "system", "subject"),
    )

    study: str = Field(primary_key=True, max_length=200)
    key: str = Field(primary_key=True, max_length=KEY)
    system: str = Field(max_length=200)
    subject: str = Field(max_length=200)
    current: int
    latest: int
    extract: str | None = Field(default=None, max_length=200)
    """The extract in which the row was last seen, changed or not."""
    sequence: int | None = big(default=None)
    source_time: datetime | None = instant(default=None)


class ImportLine(SQLModel, table=True):
    """A row of a file that was refused, or a record that its rows could not become, and why."""

    __tablename__ = "import_lines"

    job: str = Field(primary_key=True, max_length=36)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    document: str = text()
    seq: int = big()


MOVING: Final = (Job, SourceRowPointer)
"""Tables whose rows change."""
