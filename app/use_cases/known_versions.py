"""What a case is made of, whoever says which version of each record counts."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from app.domain.case import SubjectData
from app.domain.record.kinds import Kind
from app.domain.reference_range import ReferenceRange
from app.store.records import Stored


class KnownVersions(Protocol):
    """The versions of a patient's records, and what study and site say of the patient.

    A `Snapshot` tells those that hold, or held at a moment; an adjudication names its own.
    """

    def patient_record(self, subject: str) -> Stored | None:
        """The patient's own record, or None where there is none."""
        ...

    def of_patient(self, subject: str) -> Mapping[Kind, list[Stored]]:
        """The patient's records by source, by kind and key."""
        ...

    def zone_of_patient(self, patient: SubjectData | None) -> str:
        """The zone of the patient."""
        ...

    def laboratory_of_patient(self, patient: SubjectData) -> str | None:
        """The laboratory that results are of which name none, or None."""
        ...

    @property
    def ranges(self) -> Sequence[tuple[Stored, ReferenceRange]]:
        """The ranges of laboratories that results may take their limits from."""
        ...
