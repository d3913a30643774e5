"""The cells of one row as values, with whatever was odd about them."""

from collections.abc import Mapping

from app.domain.record.findings import RecordFinding
from app.domain.record.row_findings import row_finding, said
from app.domain.source_system import SourceSystem
from app.domain.time import PartialTime
from app.interchange import words
from app.interchange.dates import read_date
from app.interchange.made import Unmapped


class Cells:
    """A row's cells by variable; reading one notes what cannot be understood.

    `findings` and `unmapped` are of all that was read so far. Pointers are places in the record
    that the cell is for.
    """

    def __init__(self, fields: Mapping[str, str], system: SourceSystem) -> None:
        self.fields, self.system = fields, system
        self.findings: list[RecordFinding] = []
        self.unmapped: list[Unmapped] = []

    def text(self, *variables: str) -> str:
        """The first of these that is not blank, without blanks around it; else an empty text."""
        for each in variables:
            cell = self.fields.get(each, "").strip()
            if cell:
                return cell
        return ""

    def date(self, variable: str, pointer: str = "") -> PartialTime | None:
        """A date; None where it is blank or not known."""
        cell = self.text(variable)
        read = read_date(cell, self.system.date_order, self.system.time_zone)
        if read.code is not None:
            self.note(read.code, pointer, said(variable, cell))
        return read.time

    def flag(self, variable: str, pointer: str = "") -> bool | None:
        """Y or N; None where it is blank or not known. Blank is not N."""
        cell = self.text(variable)
        if not cell:
            return None
        if not words.is_flag(cell):
            self.note("flag_unreadable", pointer, said(variable, cell))
        return words.flag(cell)

    def note(self, code: str, pointer: str = "", what: str = "") -> None:
        """Note a finding."""
        self.findings.append(row_finding(code, pointer, what))

    def wanting(self, setting: str, variable: str) -> None:
        """Note a word that the settings would have to map."""
        word = self.text(variable)[:200]
        self.unmapped.append(Unmapped(variable=variable, word=word, setting=setting))
