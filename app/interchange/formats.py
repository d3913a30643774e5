"""The formats of files: their names, how one is recognised, and what reads it."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Final, Literal, get_args

from app.domain.source_system import SourceSystem
from app.interchange.bounded import beginning_of, decoded, unpacked
from app.interchange.columns import folded
from app.interchange.dataset_json import read_dataset_json
from app.interchange.delimited import cells_of, read_sdtm_csv, read_template_csv
from app.interchange.fhir import read_fhir
from app.interchange.mended import read_mended
from app.interchange.ndjson import read_records
from app.interchange.odm import read_odm
from app.interchange.rave import read_rave
from app.interchange.rows import Reader, ReadRow, UnreadableFile
from app.interchange.templates import TEMPLATES
from app.interchange.xpt import LIBRARY, read_xpt

Format = Literal[
    "records-ndjson",
    "sdtm-csv",
    "template-csv",
    "dataset-json",
    "xpt",
    "odm-xml",
    "rave-audit",
    "fhir",
    "rows-ndjson",
]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """How files of a format are called: their media types, and the ends of their names."""

    media_types: tuple[str, ...]
    suffixes: tuple[str, ...]


SIGNS: Final[Mapping[Format, Signs]] = {
    "records-ndjson": Signs(
        media_types=("application/x-ndjson", "application/ndjson"), suffixes=(".ndjson", ".jsonl")
    ),
    "sdtm-csv": Signs(
        media_types=("text/csv", "text/tab-separated-values"), suffixes=(".csv", ".tsv", ".txt")
    ),
    "template-csv": Signs(media_types=("text/csv",), suffixes=(".csv",)),
    "dataset-json": Signs(
        media_types=("application/json", "application/x-ndjson"),
        suffixes=(".json", ".ndjson", ".dsjc"),
    ),
    "xpt": Signs(media_types=("application/x-sas-xport",), suffixes=(".xpt",)),
    "odm-xml": Signs(media_types=("application/xml", "text/xml"), suffixes=(".xml",)),
    "rave-audit": Signs(media_types=("application/xml", "text/xml"), suffixes=(".xml",)),
    "fhir": Signs(
        media_types=("application/fhir+json", "application/fhir+ndjson"),
        suffixes=(".json", ".ndjson"),
    ),
    "rows-ndjson": Signs(
        media_types=("application/x-ndjson", "application/ndjson"), suffixes=(".ndjson", ".jsonl")
    ),
}


def _unpacking(reader: Reader) -> Reader:
    """The reader, of packed files too."""

    def read(stream: BinaryIO, system: SourceSystem) -> Iterator[ReadRow]:
        return reader(unpacked(stream), system)

    return read


_READERS: Final[Mapping[Format, Reader]] = {
    "records-ndjson": read_records,
    "sdtm-csv": read_sdtm_csv,
    "template-csv": read_template_csv,
    "dataset-json": read_dataset_json,
    "xpt": read_xpt,
    "odm-xml": _unpacking(read_odm),
    "rave-audit": _unpacking(read_rave),
    "fhir": read_fhir,
    "rows-ndjson": read_mended,
}

_OTHERS: Final = (
    (b"PK\x03\x04", "a ZIP archive or Excel workbook: send its files one by one, tables as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook: save each table as CSV, in UTF-8"),
    (b"\0\0\0\0\0\0\0\0\0\0\0\0\xc2\xea\x81\x60", "SAS7BDAT: export the dataset as XPORT"),
    (b"%PDF", "a PDF: send the data that it was made of"),
)
_ROOT = re.compile(r"<(?!\?|!--)(?:[\w.-]+:)?(\w+)([^>]*)")
_RAVE = "http://www.mdsol.com/ns/odm/metadata"
_NAME_OF_MEMBER = re.compile(r'"(datasetJSONVersion|resourceType)"\s*:')


def reader_of(format: Format) -> Reader:  # noqa: A002
    """What reads a format. Raises UnreadableFile: nothing does as yet."""
    reader = _READERS.get(format)
    if reader is None:
        raise UnreadableFile(f"files of {format} are not read; those of these are: {_read()}")
    return reader


def detect(head: bytes, filename: str | None = None, media_type: str | None = None) -> Format:
    """The format of a file, by its first bytes (some ten thousand), packed or not.

    Name and media type only decide where the content does not. Raises UnreadableFile, which tells
    what was seen.
    """
    for sign, what in _OTHERS:
        if head.startswith(sign):
            raise UnreadableFile(f"the file is {what}")
    start = beginning_of(head)
    if start.startswith(LIBRARY):
        return "xpt"
    text = decoded(start).lstrip(" \t\r\n")
    if not text:
        raise UnreadableFile("the file is empty")
    found = _by_first_sign(text) or _by_headings(text) or _by_name(filename, media_type)
    if found is None:
        raise UnreadableFile(
            f"the file begins with {text[:60]!r}"
            + (f", is called {filename[-60:]!r}" if filename else "")
            + (f", was sent as {media_type[:60]!r}" if media_type else "")
            + f", and is of no format that is known: say which it is of these: {_read()}"
        )
    return found


def _read() -> str:
    return ", ".join(_READERS)


def _by_first_sign(text: str) -> Format | None:
    kinds: Mapping[str, Callable[[str], Format]] = {"<": _xml, "{": _json, "[": _json}
    kind = kinds.get(text[0])
    return kind(text) if kind else None


def _xml(text: str) -> Format:
    root = _ROOT.search(text)
    name = root[1] if root else None
    if name != "ODM":
        said = f"its root is {name[:40]}" if name else "its root does not begin"
        raise UnreadableFile(f"the file is XML, and {said}: of XML, only ODM is read")
    transactional = root is not None and "Transactional" in root[2]
    return "rave-audit" if transactional and _RAVE in text else "odm-xml"


def _json(text: str) -> Format:
    if _begins_with_a_refused_row(text):
        return "rows-ndjson"
    if (found := _NAME_OF_MEMBER.search(text)) is not None:
        return "dataset-json" if found[1] == "datasetJSONVersion" else "fhir"
    if not _begins_with_an_object(text):
        raise UnreadableFile(
            "the file is JSON, and neither Dataset-JSON (datasetJSONVersion), nor FHIR "
            "(resourceType), nor records, each an object on a line of its own"
        )
    return "records-ndjson"


def _begins_with_a_refused_row(text: str) -> bool:
    """Whether the first line is of a row that was refused, or says a row's domain and cells."""
    try:
        value = json.loads(text.partition("\n")[0])
    except (ValueError, RecursionError):
        return False
    told = value.keys() if isinstance(value, dict) else frozenset()
    return {"code", "problem"} <= told or ("kind" not in told and bool({"fields", "cells"} & told))


def _begins_with_an_object(text: str) -> bool:
    """Whether an object stands on the first line, or may where the line goes on beyond that."""
    line, end, _ = text.partition("\n")
    if not end:
        return text[0] == "{"
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _by_headings(text: str) -> Format | None:
    """CSV by its headings: those of a template, or some that are variables of SDTM."""
    headings = {folded(cell) for cell in cells_of(text)}
    for template in TEMPLATES:
        if headings.issuperset(map(folded, template.needed)):
            return "template-csv"
    sdtm = {"usubjid", "domain", "rdomain", "studyid"}
    return "sdtm-csv" if headings & sdtm else None


def _by_name(filename: str | None, media_type: str | None) -> Format | None:
    """By media type or name, among the formats that show themselves in nothing else."""
    media = folded((media_type or "").partition(";")[0])
    name = folded(filename or "").removesuffix(".gz")
    signs = SIGNS["sdtm-csv"]
    return "sdtm-csv" if media in signs.media_types or name.endswith(signs.suffixes) else None
