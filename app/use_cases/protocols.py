"""Protocol versions by id: those that are built in, and those that were added to the record."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from app.data import protocols as built_in
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.record.origin import Origin, Reason
from app.store.audit import Entry, Receipt
from app.store.protocols import (
    Activation,
    AddedProtocol,
    activate,
    activations,
    add_protocol,
    added_protocol,
    added_versions,
)
from app.store.writer import Unit
from app.use_cases.errors import VersionExists


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """A version of a protocol as written, and made ready."""

    document: Mapping[str, Any]
    ready: ReadyProtocol


def protocol_ids(connection: Connection) -> tuple[str, ...]:
    """The ids of all protocols, in order."""
    added = (each for each, _ in added_versions(connection))
    return tuple(sorted({*built_in.protocol_ids(), *added}))


def all_versions(connection: Connection, protocol_id: str) -> list[Protocol]:
    """All versions of a protocol, latest last. Raises UnknownProtocol."""
    packaged = packaged_versions(protocol_id) if protocol_id in built_in.protocol_ids() else []
    added = [known for each, known in added_versions(connection) if each == protocol_id]
    if not packaged and not added:
        raise built_in.UnknownProtocol(protocol_id)
    return [*packaged, *(protocol(connection, protocol_id, version) for version in added)]


def packaged_versions(protocol_id: str) -> list[Protocol]:
    """The versions of a protocol that are built in, latest last. Raises UnknownProtocol."""
    found = [built_in.load(protocol_id, each) for each in built_in.versions(protocol_id)]
    return [Protocol(document=each.document, ready=each.ready) for each in found]


def protocol(connection: Connection, protocol_id: str, version: str | None = None) -> Protocol:
    """A version; the latest where none is named: the last added, else the last built in.

    Raises UnknownProtocol and UnknownVersion.
    """
    packaged = built_in.versions(protocol_id) if protocol_id in built_in.protocol_ids() else ()
    added = tuple(known for each, known in added_versions(connection) if each == protocol_id)
    if not packaged and not added:
        raise built_in.UnknownProtocol(protocol_id)
    wanted = version or (*packaged, *added)[-1]
    if wanted in packaged:
        known = built_in.load(protocol_id, wanted)
        return Protocol(document=known.document, ready=known.ready)
    found = added_protocol(connection, protocol_id, wanted)
    if found is None:
        raise built_in.UnknownVersion(protocol_id, wanted, (*packaged, *added))
    return Protocol(
        document=json.loads(found.document), ready=built_in.ready_of_canonical(found.document)
    )


def ready_version(connection: Connection, protocol_id: str, version: str) -> ReadyProtocol:
    """A version to judge by. Built-in versions never change, so they are looked for first."""
    if built_in.has(protocol_id, version):
        return built_in.load(protocol_id, version).ready
    return protocol(connection, protocol_id, version).ready


def add(
    unit: Unit, origin: Origin, document: Mapping[str, Any]
) -> tuple[AddedProtocol, Receipt | None]:
    """Add a version. The same document again changes nothing.

    Raises BadProtocol, and VersionExists where the version stands for another document.
    """
    ready = built_in.make_ready(document)
    protocol_id, version = ready.document.id, ready.document.version
    before = added_protocol(unit.connection, protocol_id, version)
    if before is not None and before.digest == ready.digest:
        return before, None
    if before is not None or built_in.has(protocol_id, version):
        raise VersionExists(protocol_id, version)
    entry = Entry(
        action="protocol.added",
        entity="protocol",
        entity_id=f"{protocol_id}:{version}",
        changes=({"path": "/digest", "new": ready.digest},),
        ruleset_digest=ready.digest,
        dictionary_version=ready.dictionary.id,
    )
    receipt = unit.audit.append(entry, origin, unit.recorded_at)
    added = AddedProtocol(
        id=protocol_id,
        version=version,
        digest=ready.digest,
        document=built_in.canonical_text(document),
        recorded_at=unit.recorded_at,
        seq=receipt.seq,
    )
    add_protocol(unit.connection, added)
    return added, receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """A protocol version that is to govern a study from a day on."""

    protocol: str
    version: str
    effective: str
    applies_to: Any
    reason: Reason


def activate_version(
    unit: Unit, origin: Origin, study: str, amendment: Amendment
) -> tuple[Activation, Receipt]:
    """Let a version govern from its day on; starts no adjudication by itself.

    Raises UnknownProtocol and UnknownVersion.
    """
    ready = protocol(unit.connection, amendment.protocol, amendment.version).ready
    known = activations(unit.connection, study)
    last = known[-1] if known else None
    changed: list[Mapping[str, Any]] = []
    for name in ("protocol", "version", "effective", "applies_to"):
        old = {} if last is None else {"old": getattr(last, name)}
        changed.append({"path": f"/{name}", **old, "new": getattr(amendment, name)})
    entry = Entry(
        action="protocol.activated",
        entity="protocol_activation",
        entity_id=study,
        entity_version=len(known) + 1,
        study=study,
        changes=tuple(changed),
        reason_code=amendment.reason.code,
        reason=amendment.reason.text,
        ruleset_digest=ready.digest,
        dictionary_version=ready.dictionary.id,
    )
    receipt = unit.audit.append(entry, origin, unit.recorded_at)
    activation = Activation(
        study=study,
        number=len(known) + 1,
        protocol=amendment.protocol,
        version=amendment.version,
        digest=ready.digest,
        effective=amendment.effective,
        applies_to=amendment.applies_to,
        reason=amendment.reason.text or amendment.reason.code,
        recorded_at=unit.recorded_at,
        seq=receipt.seq,
    )
    activate(unit.connection, activation)
    unit.read.clear()
    return activation, receipt
