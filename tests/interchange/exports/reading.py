"""Exports read again by our own readers, and assembled into records."""

import json
import re
from collections import defaultdict
from io import BytesIO
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from app.domain.case import AdverseEvent
from app.domain.source_system import SourceSystem
from app.domain.time import PartialTime
from app.interchange.assemble import assemble
from app.interchange.dataset_json import read_dataset_json
from app.interchange.delimited import read_sdtm_csv
from app.interchange.exports import ExportFormat
from app.interchange.fhir import read_fhir
from app.interchange.identity import Identified, identified
from app.interchange.made import HeldRow, Made
from app.interchange.rows import Reader, SourceRow

PAGE: Final = Path(__file__).parents[3] / "docs" / "exports.md"
SYSTEM: Final = TypeAdapter(SourceSystem).validate_python(
    json.loads(re.findall(r"```json settings\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)[0])
)
"""The settings that the page gives for reading an export back."""

READERS: Final[dict[ExportFormat, Reader]] = {
    "sdtm-csv": read_sdtm_csv,
    "dataset-json": read_dataset_json,
    "dataset-ndjson": read_dataset_json,
    "fhir-ndjson": read_fhir,
}
FORMATS: Final = tuple(READERS)
Course = tuple[tuple[str | None, int | None], ...]


def read_back(text: str, wanted: ExportFormat) -> list[Made]:
    """The records of adverse events that the rows of an export make, by patient and id."""
    by_patient: dict[str, list[HeldRow]] = defaultdict(list)
    for row in READERS[wanted](BytesIO(text.encode()), SYSTEM):
        assert isinstance(row, SourceRow), row
        known = identified(row, SYSTEM)
        assert isinstance(known, Identified), known
        held = HeldRow(
            domain=row.domain,
            key=known.key,
            subject=known.subject,
            fields=row.fields,
            related=row.related,
            extract="export",
        )
        by_patient[known.subject].append(held)
    return [
        made
        for _, rows in sorted(by_patient.items())
        for made in assemble(rows, SYSTEM).made
        if made.kind == "adverse_event"
    ]


def content_of(made: Made) -> AdverseEvent:
    """What a record holds."""
    content = made.document.content
    assert isinstance(content, AdverseEvent)
    return content


def text_of(time: PartialTime | None) -> str | None:
    """A time as it is written."""
    return None if time is None else time.text


def course_of(event: AdverseEvent) -> Course:
    """The grade changes; one of which nothing is known, where there are none."""
    return tuple((text_of(each.at), each.grade) for each in event.grades) or ((None, None),)
