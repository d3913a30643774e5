"""Records arrive, are corrected, voided and restored, each with its audit event.

Identity is the study, the kind and the key. The same content again changes nothing; what a source
sent late is kept as history and does not replace what it sent since; nothing is ever overwritten.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import TypeAdapter

from app.domain.case import SubjectData
from app.domain.record.canonical import canonical, digest_of
from app.domain.record.changes import changes
from app.domain.record.documents import Document, read_document, written_document
from app.domain.record.findings import RecordFinding, findings_on_arrival, sequence_repeated
from app.domain.record.kinds import SCHEMA_NUMBER, Kind
from app.domain.record.origin import NOT_TRANSMITTED, Origin, Reason, Source
from app.domain.time import instant_of, zone_of
from app.store.audit import Entry, Receipt
from app.store.records import Holding, Records, Result, Stored
from app.store.writer import Unit
from app.use_cases.errors import (
    NotVoided,
    PreconditionFailed,
    ReasonRequired,
    RecordVoided,
    StudyExists,
    TwoWaysOfExposure,
    UnknownRecord,
    UnknownStudy,
)
from app.use_cases.order import is_late, known_source_time, remember, says_more
from app.use_cases.snapshot import Snapshot

_SOURCE: Final = TypeAdapter(Source)
_FINDINGS: Final = TypeAdapter(tuple[RecordFinding, ...])
EMPTY: Final[Mapping[str, Any]] = {"content": {}}
"""What the changes of a record's first version are told from: every field of it."""
_ACTIONS: Final[Mapping[Result, str]] = {
    "created": "created",
    "updated": "corrected",
    "stale": "received_late",
    "voided": "voided",
    "restored": "restored",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a client sends of one record."""

    kind: Kind
    key: str
    document: Document
    source: Source | None = None
    reason: Reason | None = None
    findings: tuple[RecordFinding, ...] = ()
    """What was remarkable on the way, before the record was made."""
    in_order: bool = False
    """Whether the order of its source is known to be kept: then nothing of it is late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Precondition:
    """What the client has seen: entity tags, any state at all (`*`), or nothing yet."""

    tags: tuple[str, ...] = ()
    exists: bool = False
    is_new: bool = False

    def check(self, holding: Holding | None) -> None:
        """Raises PreconditionFailed where the record is not as the client believes."""
        if self.is_new and holding is not None:
            raise PreconditionFailed(f"it exists already, as {holding.stored.etag}")
        if not self.exists and not self.tags:
            return
        if holding is None:
            raise PreconditionFailed("there is none")
        if not self.exists and holding.stored.etag not in self.tags:
            raise PreconditionFailed(f"it is {holding.stored.etag} now")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What became of it: the version that holds now, and what was written, if anything was."""

    kind: Kind
    result: str
    holds: Stored
    written: Stored | None
    receipt: Receipt | None
    affected: frozenset[str]
    """The patients whose verdicts may change."""


def put(unit: Unit, origin: Origin, study: str, sent: Sent, condition: Precondition) -> Written:
    """Create a record or correct it.

    Raises UnknownStudy, PreconditionFailed, RecordVoided, ReasonRequired.
    """
    require_study(unit, study)
    return _put(unit, origin, study, sent, condition)


def create_study(unit: Unit, origin: Origin, sent: Sent) -> Written:
    """Create a study, whose own record is the first in it. Raises StudyExists."""
    if Snapshot.within(unit, sent.key).study_record is not None:
        raise StudyExists(sent.key)
    return _put(unit, origin, sent.key, sent, Precondition())


def _put(unit: Unit, origin: Origin, study: str, sent: Sent, condition: Precondition) -> Written:
    records = Records(connection=unit.connection, kind=sent.kind, study=study)
    before = records.holding(sent.key)
    condition.check(before)
    value = written_document(sent.kind, sent.document)
    text = canonical(value)
    digest = digest_of(text)
    late = before is not None and not sent.in_order and is_late(sent.source, before)
    if before is not None:
        known = records.stale_version(sent.key, _sequence(sent), digest) if late else None
        if known is not None:
            return _as_it_was(sent.kind, "stale", before)
        same = before.stored.digest == digest and not says_more(
            sent.kind, before.stored, unit.recorded_at
        )
        if same and not late and not before.stored.voided:
            remember(records, before, sent.source, unit.recorded_at)
            return _as_it_was(sent.kind, "unchanged", before)
        if before.stored.voided and not late:
            raise RecordVoided(sent.kind, sent.key)
        if not late:
            _require_reason(origin, sent.reason)
    result: Result = "created" if before is None else "stale" if late else "updated"
    return _write(unit, origin, _Draft(
        records=records, before=before, result=result, value=value, text=text, digest=digest,
        sent=sent,
    ))  # fmt: skip


def void(
    unit: Unit, origin: Origin, study: str, kind: Kind, key: str, reason: Reason,
    condition: Precondition,
) -> Written:  # fmt: skip
    """Take a record out of all verdicts, with its reason; it can be restored.

    Raises UnknownStudy, UnknownRecord, PreconditionFailed, RecordVoided.
    """
    records, before = _existing(unit, study, kind, key)
    condition.check(before)
    if before.stored.voided:
        raise RecordVoided(kind, key)
    return _again(unit, origin, records, before, "voided", reason)


def restore(
    unit: Unit, origin: Origin, study: str, kind: Kind, key: str, reason: Reason,
    condition: Precondition,
) -> Written:  # fmt: skip
    """Let a voided record count again, as it was.

    Raises UnknownStudy, UnknownRecord, PreconditionFailed, NotVoided.
    """
    records, before = _existing(unit, study, kind, key)
    condition.check(before)
    if not before.stored.voided:
        raise NotVoided(kind, key)
    return _again(unit, origin, records, before, "restored", reason)


def require_study(unit: Unit, study: str) -> None:
    """Raises UnknownStudy."""
    if Snapshot.within(unit, study).study_record is None:
        raise UnknownStudy(study)


def findings_of(stored: Stored) -> tuple[RecordFinding, ...]:
    """What was remarkable about a version when it came."""
    found: tuple[RecordFinding, ...] = _FINDINGS.validate_json(stored.findings)
    return found


def _findings_text(findings: tuple[RecordFinding, ...]) -> str:
    return canonical(_FINDINGS.dump_python(findings, mode="json")) if findings else "[]"


def source_of(stored: Stored) -> Source | None:
    """What the source said of a version."""
    return None if stored.source is None else _SOURCE.validate_json(stored.source)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A version on its way into the table."""

    records: Records
    before: Holding | None
    result: Result
    value: Any
    """The document as JSON, and its text."""
    text: str
    digest: str
    sent: Sent


def _existing(unit: Unit, study: str, kind: Kind, key: str) -> tuple[Records, Holding]:
    require_study(unit, study)
    records = Records(connection=unit.connection, kind=kind, study=study)
    before = records.holding(key)
    if before is None:
        raise UnknownRecord(kind, key)
    return records, before


def _again(
    unit: Unit, origin: Origin, records: Records, before: Holding, result: Result, reason: Reason
) -> Written:
    """Write the document that holds once more, with another standing."""
    held = before.stored
    document = read_document(records.kind, held.schema_number, held.document)
    sent = Sent(kind=records.kind, key=held.key, document=document, reason=reason)
    return _write(unit, origin, _Draft(
        records=records, before=before, result=result, value=_value_of(held.document),
        text=held.document, digest=held.digest, sent=sent,
    ))  # fmt: skip


def _write(unit: Unit, origin: Origin, draft: _Draft) -> Written:
    sent, before, records = draft.sent, draft.before, draft.records
    version = 1 if before is None else before.latest + 1
    if draft.result in {"created", "updated", "restored"}:
        _require_one_way_of_exposure(unit, records.study, sent)
    receipt = unit.audit.append(_entry(unit, draft, version), origin, unit.recorded_at)
    held = before.stored if before else None
    findings = _findings(unit, draft)
    stored = Stored(
        study=records.study,
        key=sent.key,
        version=version,
        subject=sent.document.subject,
        result=draft.result,
        applied=draft.result != "stale",
        schema_number=SCHEMA_NUMBER,
        document=draft.text,
        digest=draft.digest,
        sequence=_sequence(sent),
        source=_source_text(sent.source),
        findings=_findings_text(findings),
        recorded_at=unit.recorded_at,
        seq=receipt.seq,
    )
    records.append(stored, before, known_source_time(sent.source, unit.recorded_at))
    if records.kind in {"study", "site", "subject", "laboratory_range"}:
        unit.read.clear()
    holds = stored if stored.applied or held is None else held
    moved = {held.subject if held else None, stored.subject} if stored.applied else set()
    return Written(
        kind=records.kind,
        result=draft.result,
        holds=holds,
        written=stored,
        receipt=receipt,
        affected=frozenset(each for each in moved if each is not None),
    )


def _require_one_way_of_exposure(unit: Unit, study: str, sent: Sent) -> None:
    """Exposures stand in the patient's record, or come by source: in both they count twice."""
    subject = sent.document.subject
    if sent.kind not in {"exposure", "subject"} or subject is None:
        return
    snapshot = Snapshot.within(unit, study)
    patient = _patient(snapshot, sent)
    if patient is None or not patient.exposures:
        return
    if sent.kind == "exposure" or any(snapshot.of_patient(subject, ("exposure",)).values()):
        raise TwoWaysOfExposure(subject)


def _entry(unit: Unit, draft: _Draft, version: int) -> Entry:
    sent, before = draft.sent, draft.before
    old = EMPTY if before is None else _value_of(before.stored.document)
    reason = _reason_of(draft)
    source = sent.source or Source()
    return Entry(
        action=f"{sent.kind}.{_ACTIONS[draft.result]}",
        entity=sent.kind,
        entity_id=sent.key,
        entity_version=version,
        study=draft.records.study,
        site=_site(Snapshot.within(unit, draft.records.study), sent),
        subject=sent.document.subject,
        changes=tuple(changes(old, draft.value)),
        reason_code=reason.code if reason else None,
        reason=reason.text if reason else None,
        source_time=source.time.text if source.time else None,
        on_behalf_of=source.user,
    )


def _site(snapshot: Snapshot, sent: Sent) -> str | None:
    if sent.kind == "site":
        return sent.key
    patient = _patient(snapshot, sent)
    return patient.site if patient else None


def _reason_of(draft: _Draft) -> Reason | None:
    """The reason that was given; of a feed that gave none, that it gave none."""
    if draft.sent.reason is not None or draft.before is None:
        return draft.sent.reason
    audit_id = draft.sent.source.audit_id if draft.sent.source else None
    text = f"audit record {audit_id} of the source" if audit_id else None
    return Reason(code=NOT_TRANSMITTED, text=text)


def _require_reason(origin: Origin, reason: Reason | None) -> None:
    if origin.actor.kind == "person" and reason is None:
        raise ReasonRequired


def _findings(unit: Unit, draft: _Draft) -> tuple[RecordFinding, ...]:
    """What is remarkable about what came; of a document that came before, what was then."""
    sent, before = draft.sent, draft.before
    if before is not None and draft.result in {"voided", "restored"}:
        return findings_of(before.stored)
    snapshot = Snapshot.within(unit, draft.records.study)
    patient = _patient(snapshot, sent)
    found = findings_on_arrival(
        sent.kind,
        sent.document.content,
        patient=patient,
        zone=zone_of(snapshot.zone_of_patient(patient)),
        recorded=instant_of(unit.recorded_at),
    )
    found = (*sent.findings, *found)
    sequence = _sequence(sent)
    if before is None or sequence is None or sequence != before.sequence:
        return found
    return (*found, sequence_repeated())


def _patient(snapshot: Snapshot, sent: Sent) -> SubjectData | None:
    if isinstance(sent.document.content, SubjectData):
        return sent.document.content
    subject = sent.document.subject
    return None if subject is None else snapshot.patient(subject)


def _as_it_was(kind: Kind, result: str, before: Holding) -> Written:
    return Written(
        kind=kind,
        result=result,
        holds=before.stored,
        written=None,
        receipt=None,
        affected=frozenset(),
    )


def _sequence(sent: Sent) -> int | None:
    return sent.source.sequence if sent.source else None


def _source_text(source: Source | None) -> str | None:
    if source is None:
        return None
    return canonical(_SOURCE.dump_python(source, mode="json", exclude_none=True))


def _value_of(document: str) -> Any:
    return json.loads(document)
