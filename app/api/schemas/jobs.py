"""Jobs and imports on the wire."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from app.store.audit import Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class JobProgress:
    """How far a job is, in what it counts: of an import, rows of the file; else patients. `total`
    null: unknown as yet.
    """

    done: int
    total: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobProblem:
    """Why a job failed, and where in the file; nothing more of it was done. Of a snapshot whose
    absent rows were to be void and are not, the file itself is imported.
    """

    code: str
    detail: str
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """A job. `counts` tell what became of what is done: every row of a file is one of `accepted`,
    `unchanged`, `stale`, `rejected` and `left_out`; every patient who is judged again one of
    `unchanged`, `changed`, `restated`, `first`, `failed` and `not_there`.
    """

    id: str
    study: str
    kind: Literal["import", "assembly", "readjudication"]
    state: Literal["queued", "running", "succeeded", "failed", "cancelled"]
    progress: JobProgress
    counts: dict[str, Any]
    parameters: dict[str, Any]
    problem: JobProblem | None
    requested_by: str
    recorded_at: datetime
    changed_at: datetime
    audit_seq: int
    links: Annotated[dict[str, str], Field(description="Where its results are.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobAnswer(JobView):
    """A job that was asked for. `audit` is null where there was one for the same already."""

    audit: Receipt | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPage:
    """Some jobs of a study, in the order in which they were asked for."""

    items: tuple[JobView, ...]
    next: Annotated[str | None, Field(description="Where the list goes on; null at its end.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmappedWord:
    """A word of a variable that means nothing as yet, and the setting that would say what."""

    variable: str
    word: str
    setting: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewedRow:
    """A row as it is read: its cells, or why it cannot be read."""

    row: int
    place: str
    outcome: Literal["read", "rejected", "left_out"]
    domain: str | None = None
    subject: str | None = None
    key: str | None = None
    fields: dict[str, str] | None = None
    code: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewedRecord:
    """A record that the rows shown make by themselves, as it would be stored."""

    kind: str
    record_id: str
    subject: str | None
    rows: tuple[str, ...]
    content: dict[str, Any]
    findings: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """How the first rows of a file would be read, and what nobody has said the meaning of."""

    format: str
    rows: tuple[PreviewedRow, ...]
    is_whole: Annotated[bool, Field(description="Whether these are all rows of the file.")]
    records: tuple[PreviewedRecord, ...]
    unmapped: tuple[UnmappedWord, ...]
    not_read: tuple[str, ...]
    findings: tuple[dict[str, Any], ...]
    problem: JobProblem | None
