"""The tables of re-adjudications: what was to be judged again, what was, and what came out.

`seq` is the number of the audit event that the row was written with. A row of
`readjudication_results` says that its chunk is done: there cannot be two.
"""

from datetime import datetime
from typing import Any, ClassVar, Final

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from app.store.columns import big, instant, text


class ReadjudicationChunk(SQLModel, table=True):
    """Patients who are judged again together, as a JSON array of their ids."""

    __tablename__ = "readjudication_chunks"

    job: str = Field(primary_key=True, max_length=36)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    subjects: str = text()
    seq: int = big()


class ReadjudicationResult(SQLModel, table=True):
    """What judging a chunk came to; `digest` covers its counts and its changes."""

    __tablename__ = "readjudication_results"

    job: str = Field(primary_key=True, max_length=36)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    counts: str = text()
    digest: str = Field(max_length=71)
    recorded_at: datetime = instant()
    seq: int = big()


class ReadjudicationChange(SQLModel, table=True):
    """A patient of whom something came out otherwise, as the canonical JSON that is answered."""

    __tablename__ = "readjudication_changes"
    __table_args__: ClassVar[Any] = (Index("ix_readjudication_changes_seq", "seq"),)

    job: str = Field(primary_key=True, max_length=36)
    subject: str = Field(primary_key=True, max_length=200)
    number: int
    kind: str = Field(max_length=16)
    document: str = text()
    seq: int = big()


READJUDICATIONS: Final = (ReadjudicationChunk, ReadjudicationResult, ReadjudicationChange)
"""Tables whose rows are appended, and nothing else."""
