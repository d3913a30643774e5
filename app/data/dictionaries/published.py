"""Reading CTCAE as it is published: NCI's workbook, or its rows as JSON."""

import json
from collections.abc import Mapping
from typing import Any, Final

from app.data.dictionaries.workbook import OLE, ZIP, read_workbook
from app.domain.ctcae.documents import Reader
from app.domain.ctcae.errors import BadPublication
from app.domain.ctcae.term import GRADES
from app.domain.ctcae.texts import PublishedTerm, cleaned
from app.domain.errors import Fault

MAX_BYTES: Final = 16 * 1024 * 1024

KNOWN: Final[Mapping[str, str]] = {
    "ctcae-4.03": "sha256:ce46d31a6b38bae8eec60c657fd587aed09514679dc0bba353b5cf0396ca9c3e",
    "ctcae-5.0": "sha256:b4d007e1a56177eb9ec0f71abb6e38deebd7906ac905b0106b683ce7a2a93dc5",
    "ctcae-6.0": "sha256:234bc1a17d200f001b88abcf9e714a70af6a863cf5b50d6973ff0ac02774d158",
}
"""The digest of each version's sentences as NCI published them (`document_of`)."""


def read_published(
    name: str, content: bytes, sheet: str | None = None
) -> tuple[PublishedTerm, ...]:
    """The terms of an .xlsx, an .xls or a JSON file, in its order.

    JSON is a list of {"meddra_code", "soc", "term", "grades": {"1": sentence or null, …, "5"},
    "definition", "navigational_note"}. Raises BadPublication with every fault at its place.
    """
    if len(content) > MAX_BYTES:
        told = f"it has more than {MAX_BYTES:,} bytes"
        raise BadPublication(name, (Fault(pointer=name, message=told, code="too_large"),))
    if content.startswith((ZIP, OLE)):
        return read_workbook(name, content, sheet)
    return _read_json(name, content)


def _read_json(name: str, content: bytes) -> tuple[PublishedTerm, ...]:
    try:
        rows = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        told = f"it is neither a workbook nor JSON in UTF-8: {error}"
        fault = Fault(pointer=name, message=told, code="not_readable")
        raise BadPublication(name, (fault,)) from error
    reader = Reader()
    terms = tuple(_term(reader, at, row) for at, row in reader.entries({"": rows}, ""))
    if reader.faults:
        raise BadPublication(name, reader.faults)
    return terms


def _term(reader: Reader, at: str, row: Mapping[str, object]) -> PublishedTerm:
    at = at.removeprefix("/")
    grades = row.get("grades")
    if not isinstance(grades, Mapping):
        reader.fault(f"{at}/grades", f"is {grades!r}, and should be an object")
        grades = {}
    unknown = grades.keys() - {str(grade) for grade in GRADES}
    if unknown:
        reader.fault(f"{at}/grades", f"has {sorted(unknown)}, and should have 1 to 5")
    return PublishedTerm(
        at=at,
        code=reader.whole_number(row, "meddra_code", at),
        organ_class=" ".join(reader.text(row, "soc", at).split()),
        name=" ".join(reader.text(row, "term", at).split()),
        grades=tuple(_sentence(reader, grades, str(g), f"{at}/grades") for g in GRADES),
        definition=_sentence(reader, row, "definition", at),
        navigational_note=_sentence(reader, row, "navigational_note", at),
    )


def _sentence(reader: Reader, part: Mapping[str, Any], name: str, at: str) -> str | None:
    value = part.get(name)
    if value is None or isinstance(value, str):
        return None if value is None else cleaned(value)
    reader.fault(f"{at}/{name}", f"is {value!r}, and should be a text or null")
    return None
