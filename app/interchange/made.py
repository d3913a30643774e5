"""What rows are made into: records, each with what was remarkable on the way.

The rows of one patient from one system are assembled together, whatever files and order they came
in, so that the same rows always make the same records.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.record.documents import Document
from app.domain.record.findings import RecordFinding
from app.domain.record.kinds import Kind
from app.domain.record.origin import Source
from app.interchange.rows import Domain


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRow:
    """A row as it now stands: its parts merged, known by its key within study, system, patient.

    `removed` rows make nothing; they are here because records once made of them have to go.
    `extract` names the extract that it last came with: sequence numbers such as AESEQ hold within
    one extract only. `source` is of the last change. `before` are the cells that it held earlier:
    what they made may have another id, and has to go.
    """

    domain: Domain
    key: str
    subject: str
    fields: Mapping[str, str]
    related: tuple[tuple[str, str], ...] = ()
    removed: bool = False
    extract: str | None = None
    source: Source = field(default_factory=Source)
    reason: str | None = None
    before: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A record that rows make, and the keys of these rows.

    `record_id` is its id within the source system; of a patient's own record it is the patient.
    `governs` names the fields of a patient's record that the source tells of: the others stay as
    they are. None means all, as of every other kind.
    """

    kind: Kind
    record_id: str
    document: Document
    rows: tuple[str, ...]
    findings: tuple[RecordFinding, ...] = ()
    source: Source = field(default_factory=Source)
    reason: str | None = None
    governs: tuple[str, ...] | None = None
    system: str | None = None
    """The system that leads the record, where it is not the one that sent the rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFinding:
    """Something about a row that no record can carry, such as a word that nobody has mapped."""

    row: str
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmapped:
    """A word without a meaning in the settings: where it stands, and which settings want it."""

    variable: str
    word: str
    setting: str


Part = Made | RowFinding | Unmapped
"""What the rows of a domain yield, of which an Assembly is put together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """All that the rows of a patient make.

    `could_make` are the records (kind and id) that these rows, removed ones among them, could have
    made under any settings: of those, what is not made any more is voided.
    """

    made: tuple[Made, ...]
    could_make: frozenset[tuple[Kind, str]]
    findings: tuple[RowFinding, ...] = ()
    unmapped: tuple[Unmapped, ...] = ()
