"""Batches of adverse events on the wire."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from app.api.schemas.problem import FaultItem
from app.api.schemas.records import About, RecordView, VerdictsNow
from app.domain.case import STRICT, AdverseEvent
from app.domain.record.kinds import Identifier, RecordId, key_of
from app.domain.record.origin import Reason, Source
from app.store.audit import Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifiedSource(Source):
    """What the source says of a record, with its identity there."""

    __pydantic_config__ = STRICT

    system: Identifier
    record_id: RecordId


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchItem(AdverseEvent):
    """One adverse event of a batch, as by itself, with its identity in `source`."""

    __pydantic_config__ = STRICT

    subject: About
    source: IdentifiedSource
    reason: Reason | None = None
    if_match: Annotated[str | None, Field(max_length=200)] = None
    if_none_match: Literal["*"] | None = None

    @property
    def key(self) -> str:
        """How the record knows it."""
        return key_of(self.source.system, self.source.record_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchBody:
    """Adverse events to be written together, each patient judged once.

    `atomic` writes all or none; `independent` writes those that can be. With `dry_run` nothing is
    kept, and the answer is what it would have been.
    """

    __pydantic_config__ = STRICT

    mode: Literal["atomic", "independent"]
    dry_run: bool = False
    items: Annotated[tuple[BatchItem, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadBatch:
    """A batch whose items have yet to be read, each by itself."""

    __pydantic_config__ = STRICT

    mode: Literal["atomic", "independent"]
    dry_run: Annotated[bool, Field(strict=True)] = False
    items: Annotated[tuple[dict[str, Any], ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why an item was refused, as it would have been by itself."""

    status: int
    code: str
    detail: str
    errors: tuple[FaultItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemResult:
    """What became of one item. `record` is the version that holds now."""

    index: int
    key: str | None
    result: Literal["created", "updated", "unchanged", "stale", "rejected"]
    record: RecordView | None
    audit: Receipt | None
    refusal: Refusal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchAnswer:
    """Each item in the order of the request, and the verdicts of the patients concerned."""

    mode: Literal["atomic", "independent"]
    dry_run: bool
    counts: dict[str, int]
    items: tuple[ItemResult, ...]
    adjudications: tuple[VerdictsNow, ...]
