"""CDISC Dataset-JSON 1.1: as JSON, as NDJSON, and either of them packed (.dsjc).

The specification packs with zlib, its own example is gzip: both are read. Numbers keep the digits
that were sent. Source: CDISC, Dataset-JSON v1.1, and its JSON schemas.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, NoReturn

from app.data.strict_json import DuplicateKey, NotJson, NotUtf8, TooDeep, read_json
from app.domain.errors import BadTime
from app.domain.record.origin import Source
from app.domain.source_system import SourceSystem
from app.domain.time import PartialTime, Precision
from app.interchange.bounded import decoded, fault_of, joined, lines_of, text_of, too_long
from app.interchange.columns import Rows, columns_of
from app.interchange.json_text import JsonText
from app.interchange.rows import MOST_OF_A_ROW, BadRow, ReadRow, UnreadableFile

_VERSION = re.compile(r"1\.1(?:\.(?:0|[1-9][0-9]*))?")
_HALF_A_CHARACTER = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Raw:
    """The text of a row, or its beginning; where it stands, and its line where that is known."""

    place: str
    text: str
    whole: bool
    line: int | None = None


class _NoCells(Exception):
    """A row that is no list of cells: a code, and why."""

    def __init__(self, code: str, problem: str) -> None:
        self.code, self.problem = code, problem
        super().__init__(problem)


def read_dataset_json(stream: BinaryIO, system: SourceSystem) -> Iterator[ReadRow]:
    """Rows of a Dataset-JSON file, in any of its forms.

    Where `records` says another number than there are rows, a BadRow at the end tells it. The
    creation time of the file is that of its rows, where it is told to the minute.
    """
    text = text_of(stream)
    first = text.readline(MOST_OF_A_ROW)
    metadata = _object_on(first)
    if metadata is not None and "rows" not in metadata:
        yield from _read_lines(metadata, text, system)
    else:
        yield from _read_object(JsonText(joined(first, text)), system)


def _read_lines(
    metadata: dict[str, Any], text: BinaryIO, system: SourceSystem
) -> Iterator[ReadRow]:
    rows = _rows_of(metadata, system)
    for line in lines_of(text):
        number = line.number + 1
        raw = _Raw(
            place=f"line {number}", text=decoded(line.content), whole=line.whole, line=number
        )
        if raw.text.strip():
            yield from _row(raw, rows)
    yield from _reckoned(metadata, rows)


def _read_object(text: JsonText, system: SourceSystem) -> Iterator[ReadRow]:
    metadata: dict[str, Any] = {}
    rows: Rows | None = None
    sign = text.take("{", "a Dataset-JSON file")
    while sign != "}":
        name = _member_name(text, metadata)
        if name == "rows":
            rows = _rows_of(metadata, system)
            metadata[name] = None
            yield from _elements(text, rows)
        else:
            metadata[name] = _member(text, name)
        sign = text.take(",}", f"after {name}")
    if sign := text.next_sign():
        raise UnreadableFile(f"{sign!r} follows the end of the JSON object: send the object alone")
    yield from _reckoned(metadata, rows or _rows_of(metadata, system))


def _member_name(text: JsonText, before: Mapping[str, Any]) -> str:
    name = _member(text, "the metadata")
    if not isinstance(name, str) or name in before:
        raise UnreadableFile(
            f"the metadata: {str(name)[:40]!r} "
            + ("stands twice" if isinstance(name, str) else "is no name")
            + ": write each of its names once"
        )
    text.take(":", f"after {name[:40]}")
    return name


def _member(text: JsonText, what: str) -> Any:
    element = text.element(what)
    if not element.whole:
        raise UnreadableFile(f"{what}: {too_long()}")
    if fault := fault_of(element.text, None):
        raise UnreadableFile(f"{what}: {fault[1]}")
    try:
        return read_json(element.text.encode("utf-8"))
    except NotJson as error:
        raise UnreadableFile(f"{what}: it is not JSON: {error.why or error}") from error
    except (TooDeep, DuplicateKey) as error:
        raise UnreadableFile(f"{what}: {error}") from error


def _elements(text: JsonText, rows: Rows) -> Iterator[ReadRow]:
    text.take("[", "rows")
    if text.next_sign() == "]":
        text.take("]", "rows")
        return
    index, sign = 0, ","
    while sign == ",":
        place = f"/rows/{index}"
        element = text.element(place)
        yield from _row(_Raw(place=place, text=element.text, whole=element.whole), rows)
        sign = text.take(",]", f"after {place}")
        index += 1


def _object_on(line: bytes) -> dict[str, Any] | None:
    """The JSON object that stands on a line alone."""
    try:
        value = read_json(line)
    except (NotUtf8, NotJson, TooDeep, DuplicateKey):
        return None
    return value if isinstance(value, dict) else None


def _rows_of(metadata: Mapping[str, Any], system: SourceSystem) -> Rows:
    """What makes rows of cells. Raises UnreadableFile: another version, or no columns."""
    version = metadata.get("datasetJSONVersion")
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        said = "no version" if version is None else f"version {str(version)[:20]!r}"
        raise UnreadableFile(
            f"the file says {said} in datasetJSONVersion before its rows: only Dataset-JSON 1.1 "
            "is read, so write it as 1.1"
        )
    columns = metadata.get("columns")
    if not isinstance(columns, list) or not all(
        isinstance(each, dict) and isinstance(each.get("name"), str) for each in columns
    ):
        raise UnreadableFile(
            "no list `columns`, each with its `name`, stands before the rows: write it there"
        )
    oids = [str(each.get("itemOID", "")) for each in columns]
    made = columns_of([each["name"] for each in columns], system, oids=oids)
    return Rows(columns=made, system=system, dataset=_name(metadata), source=_source(metadata))


def _name(metadata: Mapping[str, Any]) -> str | None:
    """The dataset's name, or what its OID says after IG."""
    name, oid = metadata.get("name"), metadata.get("itemGroupOID")
    if isinstance(name, str) and name.strip():
        return name
    return oid.removeprefix("IG.") if isinstance(oid, str) and oid.startswith("IG.") else None


def _source(metadata: Mapping[str, Any]) -> Source:
    created = metadata.get("datasetJSONCreationDateTime")
    try:
        time = PartialTime(created) if isinstance(created, str) else None
    except BadTime:
        return Source()
    return Source(time=time if time and time.precision is Precision.INSTANT else None)


def _row(raw: _Raw, rows: Rows) -> Iterator[ReadRow]:
    try:
        cells = _cells(raw, rows)
    except _NoCells as error:
        yield rows.bad(raw.place, error.code, error.problem, raw.text)
    else:
        yield from rows.of(raw.place, cells, raw.text)


def _cells(raw: _Raw, rows: Rows) -> list[str]:
    """The cells of a row as text, empty where nothing is told. Raises _NoCells."""
    if not raw.whole:
        raise _NoCells("row_too_long", too_long())
    if fault := fault_of(raw.text, raw.line):
        raise _NoCells(*fault)
    try:
        cells = json.loads(
            raw.text, parse_int=str, parse_float=str, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError) as error:
        raise _NoCells("not_json", f"it is not JSON ({error}): write a list of cells") from error
    if not isinstance(cells, list):
        raise _NoCells("not_a_row", 'it is no list of cells: write it as ["…", …]')
    if len(cells) != len(rows.columns):
        raise _NoCells(
            "cell_count",
            f"it has {len(cells)} cells and the columns are {len(rows.columns)}: write null where "
            "nothing is told",
        )
    texts = [_text(cell, each.heading) for cell, each in zip(cells, rows.columns, strict=True)]
    if "\\u" in raw.text:
        _refuse_no_characters(texts)
    return texts


def _text(cell: object, heading: str) -> str:
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    raise _NoCells(
        "not_a_row", f"the cell of {heading[:40]} is a list or object: write a text or number"
    )


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _refuse_no_characters(texts: list[str]) -> None:
    for text in texts:
        if "\0" in text:
            raise _NoCells("nul_character", "it escapes NUL (\\u0000), which stands in no text")
        if _HALF_A_CHARACTER.search(text):
            raise _NoCells("not_json", "it escapes half of a surrogate pair: write both halves")


def _reckoned(metadata: Mapping[str, Any], rows: Rows) -> Iterator[BadRow]:
    """Whether there are as many rows as `records` says; a file that was cut has fewer."""
    records = metadata.get("records")
    if isinstance(records, int) and records != rows.number:
        yield BadRow(
            number=0,
            place="end",
            code="records_differ",
            problem=f"the file says {records} records and has {rows.number}: it may have been "
            "cut, so have it exported and send it again",
        )
