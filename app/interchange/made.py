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
    what they made may have another id, and has to go. `named` is the patient as the source names
    it, where that stands in no variable, and `given` the key that the format gave: by these the
    row is identified anew when the settings change.
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
    named: str | None = None
    given: str | None = None
    moved: "Moved | None" = None
    """Where what it says is kept now: here it makes nothing any more."""
    came: tuple[int, str] | None = None
    """With which audit event and job it came, where it was moved since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Where a row went when it was identified anew.

    `to` is the place by which the store knows it. `outdone` says that what another row says is
    kept there instead: this one waits for settings that tell the two apart again.
    """

    to: str
    outdone: bool = False


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
