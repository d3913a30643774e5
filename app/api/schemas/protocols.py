"""Protocols as the service lists and shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from app.domain.dlt.protocol import Reading
from app.use_cases.protocols import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionItem:
    """One version of a protocol."""

    version: str
    digest: str
    states_dlt_rules: Annotated[
        bool,
        Field(description="Whether its text defines DLTs; else NOT_APPLICABLE."),
    ]
    href: str

    @classmethod
    def of(cls, known: Protocol) -> "VersionItem":
        """The version, in one line."""
        document = known.ready.document
        return cls(
            version=document.version,
            digest=known.ready.digest,
            states_dlt_rules=document.dlt is not None,
            href=f"/v1/protocols/{document.id}/versions/{document.version}",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolItem:
    """A protocol and its versions, latest last."""

    id: str
    title: str
    latest: str
    versions: tuple[VersionItem, ...]

    @classmethod
    def of(cls, protocol_id: str, known: Sequence[Protocol]) -> "ProtocolItem":
        """The protocol with its versions, and the title of the latest."""
        latest = known[-1].ready.document
        return cls(
            id=protocol_id,
            title=latest.title,
            latest=latest.version,
            versions=tuple(VersionItem.of(each) for each in known),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolPage:
    """Some protocols of a list."""

    items: tuple[ProtocolItem, ...]
    next: Annotated[str | None, Field(description="Where the list goes on; null at its end.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolVersion:
    """A version whole: what the digest covers, and the readings that it leaves to choose."""

    id: str
    version: str
    title: str
    digest: Annotated[
        str, Field(description="SHA-256 of the document's canonical JSON (RFC 8785).")
    ]
    readings: Annotated[
        tuple[Reading, ...],
        Field(description="Points that the prose leaves open: options, and the one that holds."),
    ]
    document: Mapping[str, Any]

    @classmethod
    def of(cls, known: Protocol) -> "ProtocolVersion":
        """The version as it is shown."""
        document = known.ready.document
        return cls(
            id=document.id,
            version=document.version,
            title=document.title,
            digest=known.ready.digest,
            readings=document.readings,
            document=known.document,
        )
