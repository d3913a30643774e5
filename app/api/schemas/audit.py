"""The audit trail on the wire."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from app.domain.record.leaf import AuditRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditItem(AuditRecord):
    """An event: what the leaf holds, and its hash.

    `leaf_hash` is `sha256:` and the SHA-256 of a zero byte and the RFC 8785 text of all other
    fields; `previous` is that of the event before.
    """

    leaf_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """Some events, in the order of the trail."""

    items: tuple[AuditItem, ...]
    next: Annotated[str | None, Field(description="Where the list goes on; null at its end.")]
