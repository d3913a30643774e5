"""A study's adverse events with their verdicts, in the formats that others read (docs/exports.md).

Pure: events in, pieces of text out, one event in memory at a time. They are gone through twice,
since a table's columns and the number of its rows stand before them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, assert_never

from app.interchange.exports.adam import adae_rows, adae_table
from app.interchange.exports.dataset_json import (
    as_dataset_json,
    as_dataset_ndjson,
    metadata_of,
)
from app.interchange.exports.delimited import as_csv
from app.interchange.exports.events import ExportedEvent, Reckoning
from app.interchange.exports.fhir import as_fhir_ndjson
from app.interchange.exports.sdtm import ae_rows, ae_table

ExportFormat = Literal["sdtm-csv", "dataset-json", "dataset-ndjson", "adam-csv", "fhir-ndjson"]

MEDIA: Final[Mapping[ExportFormat, str]] = MappingProxyType(
    {
        "sdtm-csv": "text/csv; charset=utf-8; header=present",
        "dataset-json": "application/json",
        "dataset-ndjson": "application/x-ndjson",
        "adam-csv": "text/csv; charset=utf-8; header=present",
        "fhir-ndjson": "application/fhir+ndjson",
    }
)
"""What each is called over HTTP."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Of which study an export is, when it was made (ISO 8601), and by which version."""

    study: str
    at: str
    version: str


def written(
    wanted: ExportFormat, events: Iterable[ExportedEvent], reckoning: Reckoning, made: Made
) -> Iterator[str]:
    """The pieces of an export; `events` are those that were reckoned, by patient."""
    match wanted:
        case "sdtm-csv":
            return as_csv(ae_table(reckoning), ae_rows(events, reckoning.judges))
        case "adam-csv":
            return as_csv(adae_table(reckoning), adae_rows(events, reckoning.judges))
        case "dataset-json" | "dataset-ndjson":
            metadata = metadata_of(
                ae_table(reckoning),
                study=made.study,
                created=made.at,
                system=("Doseguard", made.version),
            )
            write = as_dataset_json if wanted == "dataset-json" else as_dataset_ndjson
            return write(metadata, ae_rows(events, reckoning.judges))
        case "fhir-ndjson":
            return as_fhir_ndjson(events)
        case _:
            assert_never(wanted)
