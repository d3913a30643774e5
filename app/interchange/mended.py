"""Rows that were refused, mended: the lines of an import's rejected rows, read as its format was.

A line says what the row is in one of these ways. `fields` (or `original`, where the row could be
read) are variables and their cells; with them stand the domain and what else the file told of the
row. `cells` are headings and their cells, and become variables as a table's do. `original` is a
text of the file, of FHIR or ODM, or a record in the service's own form.
"""

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO, Final, Literal
from xml.sax.saxutils import quoteattr

from pydantic import ConfigDict, TypeAdapter, ValidationError

from app.domain.record.origin import Source
from app.domain.source_system import SourceSystem, Variable
from app.interchange.columns import Rows, columns_of
from app.interchange.fhir import read_fhir
from app.interchange.ndjson import read_records
from app.interchange.odm import read_odm
from app.interchange.odm_audit import AUDIT_SUBCATEGORY, MDSOL, ODM
from app.interchange.rave import read_rave
from app.interchange.rows import (
    BadRow,
    Domain,
    LeftOut,
    ReadRow,
    RecordRow,
    SourceRow,
    UnreadableFile,
)
from app.interchange.safe_xml import local_name

_ABOUT_NO_ROW: Final = ("record", "finding", "absent", "moved", "kept", "set_aside")
"""Lines that tell of something else than a row that was refused."""
_OfTheHead = Literal["FileType", "AsOfDateTime", "CreationDateTime"]
_FIELDS: Final = TypeAdapter(dict[Variable, str])
_AUDITED: Final = local_name(AUDIT_SUBCATEGORY)
_SOURCE: Final = TypeAdapter(Source)


@dataclass(frozen=True, slots=True, kw_only=True)
class MendedLine:
    """A line as it is sent; where, why and what was refused may stand in it still."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    domain: Domain | None = None
    fields: dict[Variable, str] | None = None
    cells: dict[str, str] | None = None
    original: Any = None
    key: str | None = None
    subject: str | None = None
    related: tuple[tuple[str, str], ...] = ()
    change: Literal["whole", "part", "removed"] = "whole"
    source: Source = field(default_factory=Source)
    reason: str | None = None
    restored: bool = False
    head: dict[_OfTheHead, str] = field(default_factory=dict)
    row: Any = None
    place: Any = None
    code: Any = None
    problem: Any = None
    errors: Any = None


_LINE: Final = TypeAdapter(MendedLine)


def mendable(bad: BadRow) -> dict[str, Any]:
    """What has to stand in the line of a refused row beside its original, to be read again."""
    row = bad.row
    if row is None:
        return {"head": dict(bad.head)} if bad.head else {}
    told: dict[str, Any] = {"domain": row.domain}
    blank = SourceRow(domain=row.domain, number=0, place="", fields={})
    for name in ("key", "subject", "change", "reason", "restored"):
        if getattr(row, name) != getattr(blank, name):
            told[name] = getattr(row, name)
    if row.related:
        told["related"] = [list(pair) for pair in row.related]
    if row.source != blank.source:
        told["source"] = _SOURCE.dump_python(row.source, mode="json", exclude_none=True)
    return told


def read_mended(stream: BinaryIO, system: SourceSystem) -> Iterator[ReadRow]:
    """The rows of a file of mended lines."""
    number = 0
    for line in read_records(stream, system):
        rows = _rows(line, system) if isinstance(line, RecordRow) else (line,)
        for row in rows:
            number += 1
            yield replace(row, number=number, place=line.place)


def _rows(line: RecordRow, system: SourceSystem) -> Iterator[ReadRow]:
    about = next((name for name in _ABOUT_NO_ROW if name in line.value), None)
    if about is not None:
        yield LeftOut(number=0, place="", what=f"line about no row ({about})")
        return
    try:
        told = _LINE.validate_python(line.value)
        yield from _read(told, system)
    except ValidationError as error:
        first = error.errors()[0]
        where = "/".join(str(each) for each in first["loc"])
        yield _bad(line, f"{where}: {first['msg']}")
    except UnreadableFile as error:
        yield _bad(line, error.problem)


def _bad(line: RecordRow, problem: str) -> BadRow:
    said = f"the line is no mended row: {problem[:400]}: write its domain and its fields"
    original = line.value.get("original", line.value)
    return BadRow(number=0, place="", code="not_mended", problem=said, original=original)


def _read(line: MendedLine, system: SourceSystem) -> Iterator[ReadRow]:
    """Raises UnreadableFile: nothing says what the row is."""
    original = line.original
    if line.cells is not None:
        yield from _of_table(line, line.cells, system)
    elif line.domain is not None:
        fields = line.fields if line.fields is not None else original
        yield _row(line, line.domain, fields)
    elif isinstance(original, dict) and "kind" in original:
        yield RecordRow(number=0, place="", value=original)
    elif isinstance(original, str) and original.lstrip().startswith("{"):
        yield from read_fhir(io.BytesIO(original.encode()), system)
    elif isinstance(original, str) and original.lstrip().startswith("<"):
        reader = read_rave if _AUDITED in original else read_odm
        yield from reader(io.BytesIO(_document(original, line.head)), system)
    else:
        raise UnreadableFile("neither fields, nor cells, nor an original that can be read")


def _row(line: MendedLine, domain: Domain, told: object) -> SourceRow:
    if not isinstance(told, dict):
        raise UnreadableFile("fields are an object of variables and their cells, each a text")
    fields = _FIELDS.validate_python(told)
    keeps_blanks = line.change == "part"
    return SourceRow(
        domain=domain,
        number=0,
        place="",
        fields={name: cell for name, cell in fields.items() if cell.strip() or keeps_blanks},
        key=line.key,
        subject=line.subject,
        related=line.related,
        change=line.change,
        source=line.source,
        reason=line.reason,
        restored=line.restored,
    )


def _of_table(
    line: MendedLine, cells: Mapping[str, str], system: SourceSystem
) -> Iterator[ReadRow]:  # fmt: skip
    columns = columns_of(tuple(cells), system)
    rows = Rows(columns=columns, system=system, domain=line.domain, source=line.source)
    yield from rows.of("", tuple(cells.values()), json.dumps(dict(cells)))


def _document(original: str, head: Mapping[_OfTheHead, str]) -> bytes:
    """A document of ODM with nothing in it but the row's own elements."""
    said = "".join(f" {name}={quoteattr(text)}" for name, text in head.items())
    spaces = f'xmlns="{ODM[1:-1]}" xmlns:mdsol="{MDSOL[1:-1]}"'
    return f"<ODM {spaces}{said}>{original}</ODM>".encode()
