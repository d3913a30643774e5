"""Studies begin with the protocol version that governs them, and holds stop them at once."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.record.canonical import canonical
from app.domain.record.changes import ABSENT, changes
from app.domain.record.documents import Document
from app.domain.record.kinds import Study
from app.domain.record.origin import Origin, Reason
from app.domain.time import PartialTime, zone_of
from app.store import holds
from app.store.audit import Entry, Receipt
from app.store.holds import StoredHold
from app.store.protocols import Activation
from app.store.types import written
from app.store.writer import Unit
from app.use_cases.errors import HoldLifted, UnknownHold
from app.use_cases.judging import moment_of
from app.use_cases.protocols import Amendment, activate_version, protocol
from app.use_cases.records import Sent, Written, create_study, require_study
from app.use_cases.snapshot import Snapshot

BEGINNING = "0001-01-01"
"""The day from which the first protocol version of a study governs: there is none before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BegunStudy:
    """A study that was created."""

    written: Written
    activation: Activation
    receipt: Receipt


def begin(
    unit: Unit, origin: Origin, study: str, content: Study, protocol_id: str, version: str | None
) -> BegunStudy:
    """Create a study under a protocol version.

    Raises StudyExists, UnknownProtocol, UnknownVersion.
    """
    ready = protocol(unit.connection, protocol_id, version).ready
    sent = Sent(kind="study", key=study, document=Document(subject=None, content=content))
    written = create_study(unit, origin, sent)
    amendment = Amendment(
        protocol=protocol_id,
        version=ready.document.version,
        effective=BEGINNING,
        applies_to="all",
        reason=Reason(code="STUDY_BEGUN"),
    )
    activation, receipt = activate_version(unit, origin, study, amendment)
    return BegunStudy(written=written, activation=activation, receipt=receipt)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHold:
    """A stop that somebody on the safety team calls."""

    scope: dict[str, Any]
    reason: str
    reported_by: str
    effective_from: PartialTime | None
    """A day, in the study's zone, from its midnight on; absent is now."""


def place_hold(unit: Unit, origin: Origin, study: str, new: NewHold) -> tuple[StoredHold, Receipt]:
    """Stop. Raises UnknownStudy."""
    require_study(unit, study)
    hold_id = str(unit.new_id())
    effective_from = _beginning(unit, study, new.effective_from)
    told = {
        "scope": new.scope,
        "reported_by": new.reported_by,
        "effective_from": written(effective_from),
    }
    entry = Entry(
        action="hold.placed",
        entity="hold",
        entity_id=hold_id,
        study=study,
        site=new.scope.get("site"),
        subject=new.scope.get("subject"),
        changes=tuple(changes(ABSENT, told)),
        reason_code="HOLD",
        reason=new.reason,
        on_behalf_of=new.reported_by,
    )
    receipt = unit.audit.append(entry, origin, unit.recorded_at)
    hold = StoredHold(
        id=hold_id,
        study=study,
        scope=canonical(new.scope),
        reason=new.reason,
        reported_by=new.reported_by,
        effective_from=effective_from,
        recorded_at=unit.recorded_at,
        seq=receipt.seq,
    )
    holds.place(unit.connection, hold)
    return hold, receipt


def _beginning(unit: Unit, study: str, told: PartialTime | None) -> datetime:
    """The first instant that may be meant: a stop begins rather early."""
    if told is None:
        return unit.recorded_at
    zone = zone_of(Snapshot.within(unit, study).zone_of_patient(None))
    return moment_of(told.span(zone).first)


def lift_hold(
    unit: Unit, origin: Origin, study: str, hold_id: str, *, reason: str, by: str
) -> tuple[StoredHold, Receipt]:
    """Let it go on. Raises UnknownStudy, UnknownHold, HoldLifted."""
    require_study(unit, study)
    before = holds.hold(unit.connection, study, hold_id)
    if before is None:
        raise UnknownHold(hold_id)
    if before.lifted_at is not None:
        raise HoldLifted(hold_id)
    scope = json.loads(before.scope)
    entry = Entry(
        action="hold.lifted",
        entity="hold",
        entity_id=hold_id,
        study=study,
        site=scope.get("site"),
        subject=scope.get("subject"),
        changes=({"path": "/lifted_by", "new": by},),
        reason_code="HOLD_LIFTED",
        reason=reason,
        on_behalf_of=by,
    )
    receipt = unit.audit.append(entry, origin, unit.recorded_at)
    holds.lift(
        unit.connection, hold_id, reason=reason, by=by, recorded_at=unit.recorded_at,
        seq=receipt.seq,
    )  # fmt: skip
    after = holds.hold(unit.connection, study, hold_id)
    assert after is not None  # noqa: S101 (it was there a statement ago, under the lock)
    return after, receipt
