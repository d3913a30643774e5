"""What a file holds before it is understood: rows of a domain, each cell as it was written.

Every format is read into the same shape, and named by the variables of SDTM (AETERM, AESTDTC,
EXTRT, …), so that rows are assembled into records in one place. Nothing is converted here: a cell
is the text of the file, and one that is blank is not there.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final, Literal

from app.domain.errors import DomainError
from app.domain.record.origin import Source
from app.domain.source_system import SourceSystem

Domain = Literal["AE", "SUPPAE", "FA", "EX", "DM", "DS", "LB", "RELREC"]
"""The SDTM domains that are assembled; rows of others are told and left out."""

DOMAINS: Final[tuple[Domain, ...]] = ("AE", "SUPPAE", "FA", "EX", "DM", "DS", "LB", "RELREC")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """One row as a source sent it.

    `number` counts the rows of the file from 1, `place` says where the row stands ("line 17",
    "/ODM/ClinicalData[3]/…"). `fields` are variables in capitals and their cells. `key` is the
    row's identity where the format has one of its own (a FHIR id, a Rave record), else it is made
    of the variables that the settings name. `change` is `whole` where the row replaces what the
    source said of it before, `part` where it changes only the fields given (an empty text clears
    one), `removed` where the source took it back.
    """

    domain: Domain
    number: int
    place: str
    fields: Mapping[str, str]
    key: str | None = None
    subject: str | None = None
    """The patient, where it stands in no variable (USUBJID)."""
    related: tuple[tuple[str, str], ...] = ()
    """Judged relations to agents that stand in no variable: the agent or the key of the row of an
    administration ("MedicationAdministration.…"), and the word used.
    """
    change: Literal["whole", "part", "removed"] = "whole"
    source: Source = field(default_factory=Source)
    reason: str | None = None
    """Why the source changed it, in its own words."""
    restored: bool = False
    """With `part`: the row stands, even if the source had taken it back before (Rave's Activated).
    Any other part of a removed row changes its fields and leaves it removed.
    """
    unread: tuple[str, ...] = ()
    """Items of the row that no settings map and that name no variable: told, and not kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that cannot be read: where, what is wrong and the way out, and the row itself.

    `code` is one of docs/imports.md. `original` is the text of the row, or its cells by name, cut
    to a bounded length where it is longer.
    """

    number: int
    place: str
    code: str
    problem: str
    original: Any = None
    row: SourceRow | None = None
    """The row, where it could be read."""
    head: Mapping[str, str] = field(default_factory=dict)
    """What the head of the file says, by which the original is read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A row that is well formed and about nothing that is imported: what it is, and where.

    With `number` 0 it is no row, and nothing to reckon up: a part of the file that is told once.
    """

    number: int
    place: str
    what: str
    """Such as "domain VS", "resource Patient", "form VITALS"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    """A record in the service's own form (docs/imports.md): a line of NDJSON, not yet checked."""

    number: int
    place: str
    value: dict[str, Any]


ReadRow = SourceRow | RecordRow | BadRow | LeftOut
"""What a reader yields. Every row of the file is one of them, so that all can be reckoned up."""

Reader = Callable[[BinaryIO, SourceSystem], Iterator[ReadRow]]
"""Reads a file from its beginning, in bounded memory. Raises UnreadableFile."""


class UnreadableFile(DomainError):
    """The file as a whole cannot be read: nothing of it is imported."""

    code = "unreadable_file"

    def __init__(
        self, problem: str, *, line: int | None = None, column: int | None = None
    ) -> None:
        self.problem, self.line, self.column = problem, line, column
        super().__init__(": ".join((*self._place(), problem)))

    def _place(self) -> tuple[str, ...]:
        if self.line is None:
            return ()
        at = "" if self.column is None else f", column {self.column}"
        return (f"line {self.line}{at}",)


MOST_OF_A_ROW: Final = 1 << 20
"""A row, line or cell with more bytes than this is refused, and never held as a whole."""
