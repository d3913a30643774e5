"""The record of a study at one moment: what each use case reads a study through."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from sqlalchemy import Connection

from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.case import SubjectData
from app.domain.record.documents import Document, read_document
from app.domain.record.kinds import BY_SOURCE, Kind, Site, Study
from app.domain.reference_range import ReferenceRange
from app.store.protocols import Activation, activations
from app.store.records import Records, Stored, of_patient
from app.store.writer import Unit
from app.use_cases.protocols import ready_version

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The record of a study at one moment, or as it stands now where `known_at` is None.

    `supposed` is an activation as if it had been recorded last.
    """

    connection: Connection
    study: str
    known_at: datetime | None = None
    supposed: Activation | None = None

    @classmethod
    def within(cls, unit: Unit, study: str) -> "Snapshot":
        """The record as it stands in a transaction, read once for all that the request asks."""
        snapshot = unit.read.get(study)
        if not isinstance(snapshot, Snapshot):
            snapshot = unit.read[study] = cls(connection=unit.connection, study=study)
        return snapshot

    def patient_record(self, subject: str) -> Stored | None:
        """The patient's own record."""
        if subject not in self._patients:
            self._patients[subject] = self.one("subject", subject)
        return self._patients[subject]

    def look_ahead(self, subjects: Sequence[str]) -> None:
        """Read the own records of patients as they stand now at once."""
        records = Records(connection=self.connection, kind="subject", study=self.study)
        found = records.currents(subjects)
        for subject in subjects:
            stored = found.get(subject)
            self._patients[subject] = None if stored is None or stored.voided else stored

    @cached_property
    def _patients(self) -> dict[str, Stored | None]:
        return {}

    def one(self, kind: Kind, key: str) -> Stored | None:
        """The version of a record that held, of one that counted."""
        records = Records(connection=self.connection, kind=kind, study=self.study)
        if self.known_at is None:
            holding = records.holding(key)
            held = holding.stored if holding else None
        else:
            held = records.at(key, self.known_at)
        return None if held is None or held.voided else held

    def of_patient(
        self, subject: str, kinds: tuple[Kind, ...] = BY_SOURCE
    ) -> dict[Kind, list[Stored]]:
        """The versions that held of all records of a patient that counted, by kind and key."""
        if self.known_at is None:
            return of_patient(self.connection, kinds, self.study, subject)
        return {
            kind: Records(connection=self.connection, kind=kind, study=self.study).of_subject_at(
                subject, self.known_at
            )
            for kind in kinds
        }

    @cached_property
    def study_record(self) -> Stored | None:
        """The study's own record, or None where there is no such study."""
        return self.one("study", self.study)

    @cached_property
    def settings(self) -> Study | None:
        """What the study's own record holds."""
        held = self.study_record
        return None if held is None else content_of("study", held, Study)

    @cached_property
    def activations(self) -> list[Activation]:
        """The protocol versions that were activated, in order."""
        known = activations(self.connection, self.study, self.known_at)
        return known if self.supposed is None else [*known, self.supposed]

    @cached_property
    def ranges(self) -> list[tuple[Stored, ReferenceRange]]:
        """The ranges of laboratories that counted."""
        kind: Kind = "laboratory_range"
        records = Records(connection=self.connection, kind=kind, study=self.study)
        held = records.counting(self.known_at)
        return [(each, content_of(kind, each, ReferenceRange)) for each in held]

    def patient(self, subject: str) -> SubjectData | None:
        """What was known of a patient."""
        held = self.patient_record(subject)
        return None if held is None else content_of("subject", held, SubjectData)

    def zone_of_patient(self, patient: SubjectData | None) -> str:
        """The zone of the patient, else of the site, else of the study."""
        if patient is not None and patient.time_zone is not None:
            return patient.time_zone
        site = self._site_of(patient)
        of_site = None if site is None else site.time_zone
        return of_site or (self.settings.time_zone if self.settings else "UTC")

    def laboratory_of_patient(self, patient: SubjectData) -> str | None:
        """The laboratory of the patient's site, where it has but one."""
        site = self._site_of(patient)
        return site.laboratories[0] if site and len(site.laboratories) == 1 else None

    def _site_of(self, patient: SubjectData | None) -> Site | None:
        if patient is None or not patient.site:
            return None
        if patient.site not in self._sites:
            held = self.one("site", patient.site)
            self._sites[patient.site] = None if held is None else content_of("site", held, Site)
        return self._sites[patient.site]

    @cached_property
    def _sites(self) -> dict[str, Site | None]:
        return {}

    def protocol(self, protocol_id: str, version: str) -> ReadyProtocol:
        """A version to judge by, made ready once. Raises UnknownProtocol, UnknownVersion."""
        named = protocol_id, version
        if named not in self._protocols:
            self._protocols[named] = ready_version(self.connection, protocol_id, version)
        return self._protocols[named]

    @cached_property
    def _protocols(self) -> dict[tuple[str, str], ReadyProtocol]:
        return {}


def content_of(kind: Kind, stored: Stored, model: type[T]) -> T:
    """The content of a version. Raises TypeError where the table holds another kind's."""
    content = document_of(kind, stored).content
    if not isinstance(content, model):
        raise TypeError(f"{kind} {stored.key!r} holds {type(content).__name__}")
    return content


def document_of(kind: Kind, stored: Stored) -> Document:
    """The document of a version."""
    return read_document(kind, stored.schema_number, stored.document)
