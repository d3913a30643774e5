"""NCI's workbook of CTCAE: the sheet and the columns are found by what the headers say.

The file is not trusted: its size, what it unpacks to and where its cells stand are bounded before
it is read. The reader expands no entities and follows no references out of the file.
"""

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import Any, Final
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineWorkbook

from app.domain.ctcae.errors import BadPublication
from app.domain.ctcae.term import GRADES
from app.domain.ctcae.texts import PublishedTerm, cleaned
from app.domain.errors import Fault

MAX_UNPACKED: Final = 64 * 1024 * 1024
MAX_ROWS: Final = 20_000
MAX_MEMBERS: Final = 1_000
_HEADER_WITHIN: Final = 20
"""Rows at the top of a sheet among which its header is looked for."""
_CHUNK: Final = 1024 * 1024

ZIP: Final = b"PK\x03\x04"
OLE: Final = b"\xd0\xcf\x11\xe0"
"""How an .xlsx and an .xls begin."""

_VERSION: Final = r"(?: v?[\d.]+)?"
_COLUMNS: Final[Mapping[str, re.Pattern[str]]] = {
    "code": re.compile(rf"meddra{_VERSION} code"),
    "organ class": re.compile(
        rf"(?:(?:meddra|ctcae){_VERSION} )?(?:soc|system organ class)(?: \(soc\))?"
    ),
    "term": re.compile(rf"ctcae{_VERSION}(?: ae)? term"),
    **{f"grade {grade}": re.compile(f"grade ?{grade}") for grade in GRADES},
    "definition": re.compile(rf"(?:ctcae{_VERSION} )?(?:ae )?(?:term )?definition"),
    "navigational note": re.compile("navigational notes?"),
}
_OPTIONAL: Final = {"definition", "navigational note"}
_AT: Final = re.compile(rb"""\br=["']([A-Za-z]*)(\d*)""")

Row = Sequence[Any]


def read_workbook(name: str, content: bytes, sheet: str | None) -> tuple[PublishedTerm, ...]:
    """The terms of the first sheet that has NCI's columns, or of the sheet named.

    Raises BadPublication with every fault: by sheet, row and column.
    """
    if content.startswith(ZIP):
        _check_size(name, content)
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(content))
        names = book.sheet_names if sheet is None else [sheet]
        if sheet is not None and sheet not in book.sheet_names:
            told = f"there is no sheet {sheet!r}; there are {', '.join(book.sheet_names)}"
            raise _refused(name, told, "no_such_sheet")
        grids = [(each, book.get_sheet_by_name(each).to_python(False)) for each in names]
    except CalamineError as error:
        raise _refused(name, f"it is no workbook: {error}", "not_a_workbook") from error
    best: set[str] = set()
    for each, rows in grids:
        for number, row in enumerate(rows[:_HEADER_WITHIN]):
            columns = _columns(row)
            if columns.keys() >= _COLUMNS.keys() - _OPTIONAL:
                return _terms(name, each, columns, list(enumerate(rows, 1))[number + 1 :])
            best = max(best, set(columns), key=len)
    lacking = [each for each in _COLUMNS if each not in best and each not in _OPTIONAL]
    told = (
        f"no sheet of {', '.join(names)} has the columns of CTCAE within its first "
        f"{_HEADER_WITHIN} rows; not found: {', '.join(lacking)}"
    )
    raise _refused(name, told, "no_such_column")


def _check_size(name: str, content: bytes) -> None:
    """Unpack piece by piece, whatever the file says of its own size, and count."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            members = archive.namelist()
            if len(members) > MAX_MEMBERS:
                raise _refused(name, f"it holds {len(members)} files", "too_large")
            left = MAX_UNPACKED
            for member in members:
                for piece in _unpacked(archive, member):
                    left -= len(piece)
                    if left < 0:
                        told = f"it unpacks to more than {MAX_UNPACKED:,} bytes"
                        raise _refused(name, told, "too_large")
                    if member.endswith(".xml") and "/worksheets/" in member:
                        _check_cells(name, member, piece)
    except BadPublication:
        raise
    except (BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        raise _refused(name, f"it is no workbook: {error}", "not_a_workbook") from error


def _unpacked(archive: ZipFile, member: str) -> Iterator[bytes]:
    """The member in pieces that overlap, so that no cell's place falls between two."""
    with archive.open(member) as stream:
        tail = b""
        while piece := stream.read(_CHUNK):
            yield tail + piece
            tail = piece[-32:]


def _check_cells(name: str, member: str, xml: bytes) -> None:
    """A cell far from the others would make the reader lay out all that is between."""
    for letters, digits in _AT.findall(xml):
        if len(letters) > 2 or len(digits) > 9 or int(digits or b"0") > MAX_ROWS:
            place = (letters + digits).decode()
            told = f"{member} has a cell at {place[:20]}, beyond row {MAX_ROWS} or column ZZ"
            raise _refused(name, told, "too_large")


def _columns(row: Row) -> dict[str, int]:
    """Which column is which, for those that the row names."""
    found: dict[str, int] = {}
    for number, cell in enumerate(row):
        header = " ".join(str(cell).casefold().split())
        for column, pattern in _COLUMNS.items():
            if column not in found and pattern.fullmatch(header):
                found[column] = number
    return found


def _terms(
    name: str, sheet: str, columns: Mapping[str, int], rows: Sequence[tuple[int, Row]]
) -> tuple[PublishedTerm, ...]:
    faults: list[Fault] = []
    terms = []
    for number, row in rows:
        texts = {column: cleaned(_text(row[at])) for column, at in columns.items()}
        if texts["term"] is None and texts["code"] is None:
            continue  # an empty row, or a heading
        at = f"sheet {sheet!r}, row {number}"
        code, term, organ_class = texts["code"], texts["term"], texts["organ class"]
        if code is None or not re.fullmatch(r"\d{1,15}", code):
            told = f"is {code!r}, and should be a MedDRA code"
            faults.append(Fault(pointer=f"{at}, column code", message=told, code="not_a_code"))
        elif term is None or organ_class is None:
            told = f"code {code} has no name or no organ class"
            faults.append(Fault(pointer=at, message=told, code="missing"))
        else:
            terms.append(
                PublishedTerm(
                    at=at,
                    code=int(code),
                    organ_class=organ_class,
                    name=term,
                    grades=tuple(texts[f"grade {grade}"] for grade in GRADES),
                    definition=texts.get("definition"),
                    navigational_note=texts.get("navigational note"),
                )
            )
    if faults:
        raise BadPublication(name, faults)
    return tuple(terms)


def _text(cell: object) -> str:
    """The cell as text; a whole number as such, whatever its type in the file."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _refused(name: str, message: str, code: str) -> BadPublication:
    return BadPublication(name, (Fault(pointer=name, message=message, code=code),))
