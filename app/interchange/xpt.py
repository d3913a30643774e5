"""SAS transport files (XPORT), read in parts by pyreadstat, an optional part of the package.

A file holds numbers as IBM floating point and texts without saying their encoding: numbers are
written as the shortest text that is the number, texts are UTF-8. Source: SAS, "The Record Layout
of a Data Set in SAS Transport (XPORT) Format", TS-140.
"""

import math
import re
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

from app.domain.source_system import SourceSystem
from app.interchange.bounded import decoded, fault_of, unpacked
from app.interchange.columns import Rows, columns_of
from app.interchange.rows import ReadRow, UnreadableFile

LIBRARY: Final = b"HEADER RECORD*******LIB"
"""What a transport file begins with, of version 5 (LIBRARY) and 8 (LIBV8)."""
_MEMBER: Final = (
    b"HEADER RECORD*******MEMBER  HEADER RECORD!!!!!!!",
    b"HEADER RECORD*******MEMBV8  HEADER RECORD!!!!!!!",
)
_BEFORE_ROWS: Final = (b"HEADER RECORD*******OBS ", b"HEADER RECORD*******OBSV8")
_MOST_OF_HEADINGS: Final = 16 << 20
_RENAMED: Final = re.compile(r"_duplicated\d+\b")
"""What pyreadstat calls the second column of a name."""
_RECORD: Final = 80
"""Bytes of a record of the file; headings begin with one."""
_CELLS_AT_A_TIME: Final = 400_000
_ONE_BYTE_A_CHARACTER: Final = "ISO-8859-1"
"""Lets every byte through, so that only a row whose bytes are no UTF-8 is refused."""


def read_xpt(stream: BinaryIO, system: SourceSystem) -> Iterator[ReadRow]:
    """Rows of the one dataset of a transport file."""
    reader = _pyreadstat()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "dataset.xpt")
        _spool(unpacked(stream), path)
        with path.open("rb") as file:
            yield from _read(_Parts(reader, file, Path(folder, "part.xpt")), system)


def _pyreadstat() -> Any:
    try:
        import pyreadstat
    except ImportError as error:
        raise UnreadableFile(
            "XPORT files are read where the service has the extra `xpt`: run `pip install "
            "doseguard[xpt]`, or send the dataset as Dataset-JSON or CSV"
        ) from error
    return pyreadstat


def _spool(stream: BinaryIO, path: Path) -> None:
    """The file on disk, as pyreadstat needs it. Raises UnreadableFile: not one dataset."""
    members, chunk = 0, stream.read(_RECORD * 1024)
    if not chunk.startswith(LIBRARY):
        raise UnreadableFile(f"the file begins with {chunk[:20]!r}: it is no XPORT file")
    with path.open("wb") as file:
        while chunk:
            members += sum(map(chunk.count, _MEMBER))
            file.write(chunk)
            chunk = stream.read(_RECORD * 1024)
    if members != 1:
        raise UnreadableFile(
            f"the XPORT file holds {members} datasets, and one is read: export each to its own"
        )


class _Parts:
    """A dataset in parts, each of them a transport file of its own with some of the rows.

    So each row is read once: pyreadstat itself finds a row by reading all before it.
    """

    def __init__(self, reader: Any, file: BinaryIO, path: Path) -> None:
        self._reader, self._file, self._path = reader, file, path
        self._headings = _headings(file)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of names that stand twice
            _, about = self._rows(b"")
        self.name: str = (about.table_name or "").strip()
        self.columns: tuple[str, ...] = tuple(about.column_names)
        if not all(self.columns) or not self.columns or _RENAMED.search(" ".join(self.columns)):
            raise UnreadableFile(
                f"the XPORT file has columns without a name of their own ({self.columns}): "
                "export it again"
            )
        self._width: int = sum(about.variable_storage_width.values())
        self.remainder = b""

    def __iter__(self) -> Iterator[tuple[int, tuple[object, ...]]]:
        """Every row and its number, from 1."""
        count, first = max(1, _CELLS_AT_A_TIME // max(1, len(self.columns))), 1
        while rows := self._file.read(self._width * count):
            whole = len(rows) - len(rows) % self._width
            self.remainder = rows[whole:]
            data, _ = self._rows(rows[:whole])
            yield from enumerate(zip(*(data[x] for x in self.columns), strict=True), first)
            first += count

    def _rows(self, rows: bytes) -> tuple[Mapping[str, Sequence[object]], Any]:
        self._path.write_bytes(self._headings + rows)
        try:
            data, about = self._reader.read_xport(
                self._path,
                encoding=_ONE_BYTE_A_CHARACTER,
                disable_datetime_conversion=True,
                output_format="dict",
            )
        except (self._reader.ReadstatError, self._reader.PyreadstatError, ValueError) as error:
            raise UnreadableFile(
                f"the XPORT file is damaged ({error}): export it again, as version 5"
            ) from error
        return data, about


def _headings(file: BinaryIO) -> bytes:
    """All that stands before the rows."""
    headings = bytearray()
    while record := file.read(_RECORD):
        headings += record
        if record.startswith(_BEFORE_ROWS):
            return bytes(headings)
        if len(headings) > _MOST_OF_HEADINGS:
            break
    raise UnreadableFile("the XPORT file has no heading of rows: export it again, as version 5")


def _read(parts: _Parts, system: SourceSystem) -> Iterator[ReadRow]:
    columns = columns_of(parts.columns, system)
    rows = Rows(columns=columns, system=system, dataset=parts.name)
    for number, cells in parts:
        yield from _row(rows, f"row {number}", [_text(cell) for cell in cells])
    if parts.remainder.strip(b" "):
        text = decoded(parts.remainder)
        yield rows.bad("end", "row_cut", "the file ends in the middle of it: send it again", text)


def _row(rows: Rows, place: str, cells: list[str]) -> Iterator[ReadRow]:
    text = "\t".join(cells)
    if fault := fault_of(text, None):
        yield rows.bad(place, *fault, text)
    else:
        yield from rows.of(place, cells, text)


def _text(value: object) -> str:
    match value:
        case str():
            return value if value.isascii() else decoded(value.encode(_ONE_BYTE_A_CHARACTER))
        case float() if math.isnan(value):
            return ""
        case float():
            return repr(value).removesuffix(".0")
        case None:
            return ""
        case _:
            return str(value)
