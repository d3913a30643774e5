"""Delimited text: SDTM as CSV, other systems' columns by the settings, and our own templates.

Quoting is that of RFC 4180, strictly. A row may stand on several lines where a cell in quotes
does; one that cannot be read is told with its lines, and reading goes on with the next.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO, Final

from app.domain.source_system import SourceSystem
from app.interchange.bounded import Line, decoded, fault_of, lines_of, text_of, too_long
from app.interchange.columns import Rows, columns_of, folded
from app.interchange.exports.delimited import unguarded
from app.interchange.exports.sdtm import STEP
from app.interchange.rows import MOST_OF_A_ROW, Domain, ReadRow, UnreadableFile
from app.interchange.templates import Template, template_of

SEPARATORS: Final = ",;\t"

_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"')
_DICTIONARIES = (
    {"field_name", "form_name", "field_type", "field_label"},
    {"variable / field name", "form name", "field type", "field label"},
)

# The limit of a cell, of the whole process: raised beyond that of a row, which is kept here.
csv.field_size_limit(max(csv.field_size_limit(), 2 * MOST_OF_A_ROW))


class _TooLong(Exception):
    """The row at hand has more bytes than a row may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The cells of a row, or None and what is wrong with it; where it stands, and its text."""

    first: int
    last: int
    text: str
    cells: tuple[str, ...] | None
    code: str = ""
    problem: str = ""

    @property
    def place(self) -> str:
        """The lines on which it stands."""
        return (
            f"line {self.first}" if self.first == self.last else f"lines {self.first}-{self.last}"
        )


def read_sdtm_csv(stream: BinaryIO, system: SourceSystem) -> Iterator[ReadRow]:
    """Rows of a CSV file headed by variables of SDTM, or by columns that the settings map.

    Without a column DOMAIN, a row is of the domain whose variables are filled.
    """
    return _read(stream, system, with_template=False)


def read_template_csv(stream: BinaryIO, system: SourceSystem) -> Iterator[ReadRow]:
    """Rows of a CSV file headed as one of TEMPLATES."""
    return _read(stream, system, with_template=True)


def _read(stream: BinaryIO, system: SourceSystem, *, with_template: bool) -> Iterator[ReadRow]:
    records = records_of(text_of(stream))
    header = next(records, None)
    if header is None:
        raise UnreadableFile("the file is empty: send it with its headings")
    headings = headings_of(header)
    template = template_of(headings) if with_template else None
    columns = columns_of(headings, system, named=template.variables if template else None)
    rows = Rows(
        columns=columns, system=system, domain=_domain(template, [x.variable for x in columns])
    )
    is_own = any(column.variable == STEP for column in columns)  # an export of ours
    for record in records:
        if record.cells is None:
            yield rows.bad(record.place, record.code, record.problem, record.text)
        elif len(record.cells) != len(columns):
            problem = (
                f"it has {len(record.cells)} cells and the headings are {len(columns)}: "
                "quote cells that hold the separator, and fill in those that are missing"
            )
            yield rows.bad(record.place, "cell_count", problem, record.text)
        else:
            cells = map(unguarded, record.cells) if is_own else record.cells
            yield from rows.of(record.place, tuple(cells), record.text)


def _domain(template: Template | None, variables: Sequence[str | None]) -> Domain | None:
    return template.domain if template is not None and "DOMAIN" not in variables else None


def headings_of(header: Record) -> tuple[str, ...]:
    """The headings of a file. Raises UnreadableFile: no headings of data, or some stand twice."""
    if header.cells is None:
        raise UnreadableFile(f"the headings cannot be read: {header.problem}", line=header.first)
    found = {folded(cell) for cell in header.cells}
    if any(names <= found for names in _DICTIONARIES):
        raise UnreadableFile(
            f"the headings ({', '.join(map(repr, header.cells[:4]))}, …) are those of a REDCap "
            "data dictionary, which says how forms are made and holds no data: export the "
            "records as CSV, raw, and map their fields in `items` of the source system"
        )
    counts = Counter(folded(cell) for cell in header.cells if cell.strip())
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        raise UnreadableFile(
            f"the heading {twice[0]!r} stands {counts[twice[0]]} times, so a cell of one would be "
            "lost: head each column with a name of its own",
            line=header.first,
        )
    return header.cells


def cells_of(beginning: str) -> tuple[str, ...]:
    """The headings that a text begins with, as far as they can be read; for sniffing."""
    first = next(records_of(io.BytesIO(beginning.encode("utf-8", "surrogateescape"))), None)
    return first.cells or () if first else ()


def records_of(text: BinaryIO) -> Iterator[Record]:
    """The rows of a delimited text, headings first, each as it could be read; none is blank."""
    lines = lines_of(text)
    first = next(lines, None)
    while first is not None and not first.content.strip():
        first = next(lines, None)
    if first is None:
        return
    head = decoded(first.content)
    if stated := _SEPARATOR_LINE.fullmatch(head.strip(" ")):  # as Excel writes and reads it
        yield from _records(lines, stated[1])
    else:
        yield from _records(chain([first], lines), separator_of(head))


def separator_of(heading_line: str) -> str:
    """What separates the headings: whichever of SEPARATORS stands there most, outside quotes."""
    bare = _QUOTED.sub("", heading_line)
    return max(SEPARATORS, key=bare.count)


def _records(lines: Iterator[Line], separator: str) -> Iterator[Record]:
    feed = _Feed(lines)
    reader = csv.reader(feed, delimiter=separator, strict=True)
    while True:
        feed.begin()
        try:
            cells = tuple(next(reader))
        except StopIteration:
            return
        except csv.Error as error:
            yield feed.record(None, "not_csv", _said(error, feed.first))
            continue
        except _TooLong:
            yield feed.record(None, "row_too_long", too_long())
            continue
        if any(cell and not cell.isspace() for cell in cells):
            yield feed.record(cells)


def _said(error: csv.Error, line: int) -> str:
    if str(error) == "unexpected end of data":
        problem = f"a quote that is opened in line {line} is never closed: close it"
    else:
        problem = (
            f"its quotes cannot be read ({error}): quote the whole cell, and double quotes in it"
        )
    return f"{problem}, and send these lines again"


class _Feed:
    """Lines as csv.reader takes them, and those of the row at hand."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self.first = self.last = 0
        self.begin()

    def begin(self) -> None:
        """A new row begins with the next line."""
        self._texts: list[str] = []
        self._bytes = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        if not self._texts:
            self.first = line.number
        self.last = line.number
        text = decoded(line.content + line.end)
        self._texts.append(text)
        self._bytes += len(line.content)
        if not line.whole or self._bytes > MOST_OF_A_ROW:
            raise _TooLong
        self._bytes += len(line.end)
        return text

    def record(self, cells: tuple[str, ...] | None, code: str = "", problem: str = "") -> Record:
        """The row at hand, refused also where a character in it cannot be read."""
        text = "".join(self._texts)
        if cells is not None and (fault := fault_of(text, self.first)):
            cells, (code, problem) = None, fault
        return Record(
            first=self.first,
            last=self.last,
            text=text.rstrip("\r\n"),
            cells=cells,
            code=code,
            problem=problem,
        )
