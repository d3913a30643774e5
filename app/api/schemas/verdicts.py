"""Kept adjudications, open items and queries on the wire."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from app.domain.adjudication.result import Missing
from app.use_cases.adjudicate import OneAnswer
from app.use_cases.summaries import Summary
from app.use_cases.verdicts import Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedRecord:
    """A version of a record that verdicts rest on."""

    key: str
    version: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjudicationView:
    """One adjudication whole: its verdicts, explained, and all that they rest on.

    `inputs` is what `input_digest` covers: versions of records, of the protocol, of the dictionary
    and of the engine, and the cut of knowledge. `governed_by` names the activation and why it is
    the one. An adjudication that was recomputed has no `id`, since it is not kept.
    """

    id: str | None
    study: str
    subject: str
    number: int | None
    current: bool
    cause: Cause | None
    supersedes: str | None
    as_of: str
    known_at: datetime | None
    due: Annotated[
        datetime | None, Field(description="When time alone may next change a verdict.")
    ]
    recorded_at: datetime | None
    audit_seq: int | None
    input_digest: str
    answer_digest: str
    governed_by: str
    inputs: Mapping[str, Any]
    verdicts: OneAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjudicationItem:
    """One adjudication in short."""

    id: str
    href: str
    study: str
    subject: str
    number: int
    as_of: datetime
    recorded_at: datetime
    audit_seq: int
    protocol: str
    protocol_version: str
    cause: Cause
    supersedes: str | None
    due: datetime | None
    verdicts: Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjudicationPage:
    """Some adjudications, in the order in which they were made."""

    items: tuple[AdjudicationItem, ...]
    next: Annotated[str | None, Field(description="Where the list goes on; null at its end.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """An event, or with `event` null a patient, whose verdict is not final.

    `due` is when it changes by time alone: a pending event, an open window; null where only a
    datum settles it.
    """

    subject: str
    event: str | None
    verdict: Literal["PENDING", "UNDETERMINED", "IN_WINDOW"]
    due: datetime | None
    reason: str | None
    missing: tuple[Missing, ...]
    adjudication: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItemPage:
    """What is open, the first due first, what only data settle last."""

    items: tuple[OpenItem, ...]
    next: Annotated[str | None, Field(description="Where the list goes on; null at its end.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryItem:
    """A missing datum as the EDC asks for it: form, field, text, and what each answer would do."""

    id: Annotated[str, Field(description="The same for the same question.")]
    subject: str
    event: str | None
    form: str
    field: str
    text: str
    missing: Missing
    adjudication: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryPage:
    """Some queries, by patient."""

    items: tuple[QueryItem, ...]
    next: Annotated[str | None, Field(description="Where the list goes on; null at its end.")]
