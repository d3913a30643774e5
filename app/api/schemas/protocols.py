"""Protocols as the service lists and shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from app.data.protocols import BuiltIn, load, versions
from app.domain.dlt.protocol import Reading


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
    def of(cls, built_in: BuiltIn) -> "VersionItem":
        """The version, in one line."""
        document = built_in.ready.document
        return cls(
            version=document.version,
            digest=built_in.ready.digest,
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
    def of(cls, protocol_id: str) -> "ProtocolItem":
        """The protocol, with the title of its latest version. Raises UnknownProtocol."""
        known = [load(protocol_id, version) for version in versions(protocol_id)]
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
    def of(cls, built_in: BuiltIn) -> "ProtocolVersion":
        """The version as it is shown."""
        document = built_in.ready.document
        return cls(
            id=document.id,
            version=document.version,
            title=document.title,
            digest=built_in.ready.digest,
            readings=document.readings,
            document=built_in.document,
        )
