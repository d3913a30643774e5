"""What the rows of a patient make becomes the record: put, corrected, voided, restored.

Rows are the source's; records follow them. What rows made once and make no more is voided, with a
reason that says so, and comes back when they make it again. What a person voided stays void.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Final

from sqlalchemy import select

from app.domain.case import AdverseEvent, SubjectData
from app.domain.errors import DomainError
from app.domain.record.documents import Document
from app.domain.record.findings import RecordFinding
from app.domain.record.kinds import Kind, key_of
from app.domain.record.leaf import read_leaf
from app.domain.record.origin import NOT_TRANSMITTED, Origin, Reason
from app.domain.record.row_findings import row_finding
from app.domain.source_system import SourceSystem
from app.interchange.assemble import assemble, could_make
from app.interchange.made import Assembly, HeldRow, Made, RowFinding
from app.store.audit import EVENTS
from app.store.records import Holding, Records
from app.store.writer import Unit
from app.use_cases.errors import RecordVoided
from app.use_cases.formerly_led import KeyMap, formerly_led
from app.use_cases.jobs import OF_JOB
from app.use_cases.patient_fields import ToldBefore, told_before
from app.use_cases.provenance import Provenance
from app.use_cases.recorded_beside import joined_with_what_holds
from app.use_cases.records import Precondition, Sent, Written, put, restore, void
from app.use_cases.set_aside import Aside, minding
from app.use_cases.snapshot import content_of
from app.use_cases.source_rows import Sender, kept_rows

NO_LONGER_MADE: Final = "ROWS_NO_LONGER_TELL"
"""The reason code with which an import voids a record that rows make no more."""
MADE_AGAIN: Final = "ROWS_TELL_AGAIN"
_TOGETHER: Final = 20
"""Patients whose rows are read at once."""
_ANYTHING: Final = Precondition()
_ELSEWHERE: Final = ": by the settings of their source its rows are of another place"


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

    written: tuple[Written, ...] = ()
    refused: tuple[Refused, ...] = ()
    findings: tuple[RowFinding, ...] = ()
    """What is remarkable about rows and no record carries."""
    told: tuple[RowFinding, ...] = ()
    """What became of what was recorded beside, or before."""
    defect: str | None = None
    """The id of a defect for which the patient was set aside, and nothing done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """Rows that somebody had taken back, by their keys, and why: so what they made changes."""

    rows: frozenset[str]
    reason: Reason


def follow_each(
    unit: Unit, origin: Origin, sender: Sender, subjects: Sequence[str], how: SourceSystem,
    aside: Aside, maps: Sequence[KeyMap] = (), taken_back: TakenBack | None = None,
) -> Iterator[tuple[str, Followed]]:  # fmt: skip
    """Bring the records of some patients to what the rows make, one after the other.

    Those who are set aside are told as such. Raises PatientFailed where one more has to be.
    `maps` are key maps of before, if what they led is to be looked after. Nobody is judged yet.
    What will be asked of the record is asked for some patients at once.
    """
    for start in range(0, len(subjects), _TOGETHER):
        some = subjects[start : start + _TOGETHER]
        rows = kept_rows(unit, sender.study, sender.system, some)
        assemblies: dict[str, Assembly] = {}
        for subject in some:
            if subject in aside.defects:
                yield subject, Followed(defect=aside.defects[subject])
                continue
            with minding(unit, subject, aside):
                assemblies[subject] = assemble(rows[subject], how)
        _look_ahead(unit, sender, assemblies)
        for subject, assembly in assemblies.items():
            following = _Following(
                unit=unit, origin=origin, sender=sender, how=how, subject=subject,
                rows=rows[subject], assembly=assembly, maps=maps, taken_back=taken_back,
            )  # fmt: skip
            with minding(unit, subject, aside):
                followed = following.done()
            yield subject, followed


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


@dataclass(slots=True, kw_only=True)
class _Following:
    """The record of one patient on its way to what the patient's rows make."""

    unit: Unit
    origin: Origin
    sender: Sender
    how: SourceSystem
    subject: str
    rows: Sequence[HeldRow]
    assembly: Assembly
    maps: Sequence[KeyMap]
    taken_back: TakenBack | None
    written: list[Written] = field(default_factory=list)
    told: list[RowFinding] = field(default_factory=list)

    def done(self) -> Followed:
        """What it did."""
        refused: list[Refused] = []
        for made in self.assembly.made:
            key = _key(self.sender.system, made)
            try:
                self._put(made, key)
            except DomainError as error:
                refused.append(Refused(kind=made.kind, key=key, rows=made.rows, error=error))
        self._void_what_is_gone()
        self._mind_what_others_lead()
        self._mind_the_patient()
        return Followed(
            written=tuple(self.written),
            refused=tuple(refused),
            findings=self.assembly.findings,
            told=tuple(self.told),
        )

    def _records(self, kind: Kind) -> Records:
        return Records(connection=self.unit.connection, kind=kind, study=self.sender.study)

    def _put(self, made: Made, key: str) -> None:
        """Write a record as rows make it. Raises RecordVoided where a person voided it, and what
        `put` raises.
        """
        unit, sender = self.unit, self.sender
        holding = self._records(made.kind).holding(key)
        if holding is not None and holding.stored.voided:
            if not _voided_here(unit, holding):
                raise RecordVoided(made.kind, key)
            reason = Reason(code=MADE_AGAIN, text=f"import {sender.job}")
            self.written.append(
                restore(unit, self.origin, sender.study, made.kind, key, reason, _ANYTHING)
            )
        document, findings = self._document(made, holding)
        sent = Sent(
            kind=made.kind,
            key=key,
            document=document,
            source=replace(
                made.source, sequence=None, time=made.source.time or sender.extracted_at
            ),
            reason=self._because() or _reason(made, sender),
            findings=(*made.findings, *findings),
            in_order=made.system is None,  # the rows of one system are
        )
        self.written.append(put(unit, self.origin, sender.study, sent, _ANYTHING))

    def _document(
        self, made: Made, holding: Holding | None
    ) -> tuple[Document, tuple[RecordFinding, ...]]:
        """The document that rows make, with what others recorded beside it; and what is
        remarkable about that.
        """
        content, subject = made.document.content, made.document.subject
        if holding is None:
            return made.document, ()
        provenance = Provenance(
            unit=self.unit, records=self._records(made.kind), key=holding.stored.key
        )
        if isinstance(content, AdverseEvent):
            event = content_of("adverse_event", holding.stored, AdverseEvent)
            joined, overruled = joined_with_what_holds(content, event, provenance)
            return Document(subject=subject, content=joined), self._overruled(made, overruled)
        if made.governs is None or not isinstance(content, SubjectData):
            return made.document, ()
        held = content_of("subject", holding.stored, SubjectData)
        told = {name: getattr(content, name) for name in made.governs}
        others = [
            name
            for name, value in told.items()
            if getattr(held, name) not in {None, value}
            and not provenance.is_of_rows(attrgetter(name))
        ]
        document = Document(subject=subject, content=replace(held, **told))
        return document, self._overruled(made, others)

    def _overruled(self, made: Made, names: Iterable[str]) -> tuple[RecordFinding, ...]:
        found = tuple(row_finding("recorded_otherwise", f"/{name}", name) for name in names)
        self._tell(made.rows[0], found)
        return found

    def _tell(self, row: str, found: Iterable[RecordFinding]) -> None:
        self.told += (RowFinding(row=row, code=each.code, message=each.message) for each in found)

    def _void_what_is_gone(self) -> None:
        """Void the records that these rows once made and make no more."""
        system = self.sender.system
        made = {(each.kind, _key(system, each)) for each in self.assembly.made}
        could = {
            (kind, key_of(system, record_id))
            for kind, record_id in self.assembly.could_make
            if kind != "subject"  # a patient is never taken back by a file
        }
        moved = {
            (kind, key_of(system, record_id))
            for kind, record_id in could_make([row for row in self.rows if row.moved is not None])
        }
        back = self._could_make_once()
        for kind, key in sorted(could - made):
            holding = self._records(kind).holding(key)
            if holding is not None and not holding.stored.voided:
                because = self._because() if (kind, key) in back else None
                self._void(kind, key, _ELSEWHERE if (kind, key) in moved else "", because)

    def _could_make_once(self) -> set[tuple[Kind, str]]:
        """The records that rows could make which somebody had taken back."""
        keys = frozenset[str]() if self.taken_back is None else self.taken_back.rows
        back = [row for row in self.rows if row.key in keys]
        return {(kind, key_of(self.sender.system, name)) for kind, name in could_make(back)}

    def _because(self) -> Reason | None:
        """Why somebody had rows taken back, and by which import."""
        if self.taken_back is None:
            return None
        told = self.taken_back.reason
        said = "" if told.text is None else f": {told.text}"
        text = f"import {self.sender.job}, whose snapshot lacks the rows{said}"
        return replace(told, text=text[:_MOST_OF_A_REASON])

    def _void(self, kind: Kind, key: str, why: str, because: Reason | None = None) -> None:
        gone = Reason(code=NO_LONGER_MADE, text=f"import {self.sender.job}{why}")
        reason = because or gone
        self.written.append(
            void(self.unit, self.origin, self.sender.study, kind, key, reason, _ANYTHING)
        )

    def _mind_what_others_lead(self) -> None:
        """What a key map of before sent to records of another system: void where nobody else
        wrote it, else told.
        """
        for each in formerly_led(
            self.unit, self.sender.study, self.sender.system, self.rows, self.assembly, self.how,
            self.maps,
        ):  # fmt: skip
            if each.is_ours:
                self._void("adverse_event", each.key, _ELSEWHERE)
            else:
                self._tell(each.row, (row_finding("led_no_more", "", each.key),))

    def _mind_the_patient(self) -> None:
        """What rows told of the patient, and tell no more, stays and is told; what rows of
        another patient told goes.
        """
        unit, study = self.unit, self.sender.study
        made = next((each for each in self.assembly.made if each.kind == "subject"), None)
        before = told_before(unit, study, self.subject, self.rows, made, self.how)
        if before is None:
            return
        if before.is_nobodys:
            self._void("subject", self.subject, _ELSEWHERE)
            return
        self._tell(before.row, (row_finding("told_no_more", "", name) for name in before.stays))
        if before.goes:
            self._take_out(before)

    def _take_out(self, before: ToldBefore) -> None:
        holding = self._records("subject").holding(self.subject)
        if holding is None:
            return
        held = content_of("subject", holding.stored, SubjectData)
        content = replace(held, **dict.fromkeys(before.goes))
        found = tuple(row_finding("told_of_another", f"/{name}", name) for name in before.goes)
        sent = Sent(
            kind="subject",
            key=self.subject,
            document=Document(subject=self.subject, content=content),
            reason=Reason(code=NO_LONGER_MADE, text=f"import {self.sender.job}{_ELSEWHERE}"),
            findings=found,
            in_order=True,
        )
        self.written.append(put(self.unit, self.origin, self.sender.study, sent, _ANYTHING))
        self._tell(before.row, found)


def _voided_here(unit: Unit, holding: Holding) -> bool:
    """Whether an import voided the record, for whatever reason it was given, and not a person."""
    query = select(EVENTS.c.leaf).where(EVENTS.c.seq == holding.stored.seq)
    request = read_leaf(unit.connection.execute(query).scalar_one()).request_id
    return request is not None and request.startswith(OF_JOB)


def _key(system: str, made: Made) -> str:
    """How the record knows it; one that another system leads is known by that system."""
    if made.kind == "subject":
        return made.record_id
    return key_of(made.system or system, made.record_id)


def _reason(made: Made, sender: Sender) -> Reason:
    text = made.reason[:_MOST_OF_A_REASON] if made.reason else f"import {sender.job}"
    return Reason(code=NOT_TRANSMITTED if not made.reason else "SOURCE", text=text)


_MOST_OF_A_REASON: Final = 4000
