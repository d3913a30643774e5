"""What judging some patients one after the other is going to read, read at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.record.kinds import BY_SOURCE, Kind
from app.store.adjudications import Adjudications, StoredAdjudication
from app.store.records import Records, Stored, of_patients
from app.store.writer import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """What is read at once of patients who are judged one after the other.

    Judging one changes nothing of what is read here of the others.
    """

    records: Mapping[str, Mapping[Kind, list[Stored]]]
    current: Mapping[str, StoredAdjudication]

    @classmethod
    def of(cls, unit: Unit, study: str, subjects: Sequence[str]) -> "Ahead":
        """Read it."""
        own = Records(connection=unit.connection, kind="subject", study=study)
        own.look_ahead(subjects)
        return cls(
            records=of_patients(unit.connection, BY_SOURCE, study, subjects),
            current=Adjudications(connection=unit.connection, study=study).currents(subjects),
        )
