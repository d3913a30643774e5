"""SAS transport files (XPORT), read in parts by pyreadstat, an optional part of the package.

A file holds numbers as IBM floating point and texts without saying their encoding: numbers are
written as the shortest text that is the number, texts are UTF-8. Source: SAS, "The Record Layout
of a Data Set in SAS Transport (XPORT) Format", TS-140.
"""

import math
import tempfile
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
        yield from _read(reader, path, system)


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


def _read(reader: Any, path: Path, system: SourceSystem) -> Iterator[ReadRow]:
    data, about = _part(reader, path, 0, 1)
    names: Sequence[str] = about.column_names
    rows = Rows(
        columns=columns_of(names, system), system=system, dataset=(about.table_name or "").strip()
    )
    length, offset = max(1, _CELLS_AT_A_TIME // max(1, len(names))), 0
    while data and any(data.values()):
        data, _ = _part(reader, path, offset, length)
        parts = zip(*(data[name] for name in names), strict=True)
        for number, values in enumerate(parts, offset + 1):
            yield from _row(rows, f"row {number}", [_text(value) for value in values])
        offset += length


def _part(reader: Any, path: Path, offset: int, length: int) -> tuple[Mapping[str, Any], Any]:
    try:
        data, about = reader.read_xport(
            path,
            encoding=_ONE_BYTE_A_CHARACTER,
            disable_datetime_conversion=True,
            row_offset=offset,
            row_limit=length,
            output_format="dict",
        )
    except (reader.ReadstatError, reader.PyreadstatError) as error:
        raise UnreadableFile(
            f"the XPORT file is damaged ({error}): export it again, as version 5"
        ) from error
    return data, about


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
