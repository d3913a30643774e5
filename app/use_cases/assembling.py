"""What the rows of a patient make becomes the record: put, corrected, voided, restored.

Rows are the source's; records follow them. What rows made once and make no more is voided, with a
reason that says so, and comes back when they make it again. What a person voided stays void.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import select

from app.domain.case import AdverseEvent, SubjectData
from app.domain.errors import DomainError
from app.domain.record.documents import Document
from app.domain.record.kinds import Kind, key_of
from app.domain.record.origin import NOT_TRANSMITTED, Origin, Reason
from app.domain.source_system import SourceSystem
from app.interchange.assemble import assemble
from app.interchange.made import Assembly, Made, RowFinding
from app.store.audit import EVENTS
from app.store.records import Holding, Records
from app.store.writer import Unit
from app.use_cases.errors import RecordVoided
from app.use_cases.records import Precondition, Sent, Written, put, restore, void
from app.use_cases.snapshot import content_of
from app.use_cases.source_rows import Sender, kept_rows

NO_LONGER_MADE: Final = "ROWS_NO_LONGER_TELL"
"""The reason code with which an import voids a record that rows make no more."""
MADE_AGAIN: Final = "ROWS_TELL_AGAIN"
_TOGETHER: Final = 20
"""Patients whose rows are read at once."""
_ANYTHING: Final = Precondition()
_TOLD_BY_NO_ROW: Final = (
    "baseline_grade", "laboratory", "clinically_significant", "significance", "other_crs_symptoms",
    "assessments", "synonym_of", "alternative_causes",
)  # fmt: skip
"""Fields of an event that only people record, beside what its rows tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A record that rows make and that could not be written: which, of which rows, and why."""

    kind: Kind
    key: str
    rows: tuple[str, ...]
    error: DomainError


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What following the rows of a patient did to the record."""

    written: tuple[Written, ...]
    refused: tuple[Refused, ...]
    findings: tuple[RowFinding, ...]
    """What is remarkable about rows and no record carries."""


def follow_each(
    unit: Unit, origin: Origin, sender: Sender, subjects: Sequence[str], how: SourceSystem
) -> Iterator[tuple[str, Followed]]:
    """Bring the records of some patients to what the rows make, one after the other.

    Nobody is judged yet. What will be asked of the record is asked for some patients at once.
    """
    for start in range(0, len(subjects), _TOGETHER):
        some = subjects[start : start + _TOGETHER]
        rows = kept_rows(unit, sender.study, sender.system, some)
        assemblies = {subject: assemble(rows[subject], how) for subject in some}
        _look_ahead(unit, sender, assemblies)
        for subject, assembly in assemblies.items():
            yield subject, _follow(unit, origin, sender, assembly)


def _look_ahead(unit: Unit, sender: Sender, assemblies: Mapping[str, Assembly]) -> None:
    """Read what holds of the patients, and of the records that rows make or could make."""
    keys: dict[Kind, set[str]] = {"subject": set(assemblies)}
    for assembly in assemblies.values():
        for made in assembly.made:
            keys.setdefault(made.kind, set()).add(_key(sender.system, made))
        for kind, record_id in assembly.could_make:
            if kind != "subject":
                keys.setdefault(kind, set()).add(key_of(sender.system, record_id))
    for kind, several in keys.items():
        records = Records(connection=unit.connection, kind=kind, study=sender.study)
        records.look_ahead(several)


def _follow(unit: Unit, origin: Origin, sender: Sender, assembly: Assembly) -> Followed:
    written: list[Written] = []
    refused: list[Refused] = []
    for made in assembly.made:
        key = _key(sender.system, made)
        try:
            written += _put(unit, origin, sender, made, key)
        except DomainError as error:
            refused.append(Refused(kind=made.kind, key=key, rows=made.rows, error=error))
    written += _gone(unit, origin, sender, assembly)
    return Followed(written=tuple(written), refused=tuple(refused), findings=assembly.findings)


def _put(
    unit: Unit, origin: Origin, sender: Sender, made: Made, key: str
) -> Iterator[Written]:  # fmt: skip
    """Write a record as rows make it. Raises RecordVoided where a person voided it, and what
    `put` raises.
    """
    holding = Records(connection=unit.connection, kind=made.kind, study=sender.study).holding(key)
    if holding is not None and holding.stored.voided:
        if not _voided_here(unit, holding):
            raise RecordVoided(made.kind, key)
        reason = Reason(code=MADE_AGAIN, text=f"import {sender.job}")
        yield restore(unit, origin, sender.study, made.kind, key, reason, _ANYTHING)
    sent = Sent(
        kind=made.kind,
        key=key,
        document=_document(made, holding),
        source=replace(made.source, sequence=None, time=made.source.time or sender.extracted_at),
        reason=_reason(made, sender),
        findings=made.findings,
        in_order=made.system is None,  # the rows of one system are
    )
    yield put(unit, origin, sender.study, sent, _ANYTHING)


def _document(made: Made, holding: Holding | None) -> Document:
    """The document that rows make; of a patient only the fields that they tell of, of an event
    all but those that no row can.
    """
    content = made.document.content
    if holding is not None and isinstance(content, AdverseEvent):
        event = content_of("adverse_event", holding.stored, AdverseEvent)
        kept = {name: getattr(event, name) for name in _TOLD_BY_NO_ROW}
        return Document(subject=made.document.subject, content=replace(content, **kept))
    if made.governs is None or holding is None or not isinstance(content, SubjectData):
        return made.document
    held = content_of("subject", holding.stored, SubjectData)
    told = {name: getattr(content, name) for name in made.governs}
    return Document(subject=made.document.subject, content=replace(held, **told))


def _gone(
    unit: Unit, origin: Origin, sender: Sender, assembly: Assembly
) -> Iterator[Written]:  # fmt: skip
    """Void the records that these rows once made and make no more."""
    made = {(each.kind, _key(sender.system, each)) for each in assembly.made}
    could = {
        (kind, key_of(sender.system, record_id))
        for kind, record_id in assembly.could_make
        if kind != "subject"  # a patient is never taken back by a file
    }
    reason = Reason(code=NO_LONGER_MADE, text=f"import {sender.job}")
    for kind, key in sorted(could - made):
        records = Records(connection=unit.connection, kind=kind, study=sender.study)
        holding = records.holding(key)
        if holding is not None and not holding.stored.voided:
            yield void(unit, origin, sender.study, kind, key, reason, _ANYTHING)


def _voided_here(unit: Unit, holding: Holding) -> bool:
    """Whether an import voided the record, and not a person."""
    query = select(EVENTS.c.reason_code).where(EVENTS.c.seq == holding.stored.seq)
    code: str | None = unit.connection.execute(query).scalar_one()
    return code == NO_LONGER_MADE


def _key(system: str, made: Made) -> str:
    """How the record knows it; one that another system leads is known by that system."""
    if made.kind == "subject":
        return made.record_id
    return key_of(made.system or system, made.record_id)


def _reason(made: Made, sender: Sender) -> Reason:
    text = made.reason[:_MOST_OF_A_REASON] if made.reason else f"import {sender.job}"
    return Reason(code=NOT_TRANSMITTED if not made.reason else "SOURCE", text=text)


_MOST_OF_A_REASON: Final = 4000
