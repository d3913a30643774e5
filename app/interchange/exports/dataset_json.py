"""Tables as CDISC Dataset-JSON 1.1: one JSON object, or a line of it and then a line a row.

Dates are columns of type string: a date that was recorded in part is none of the type date, and
ours may have a time of day and an offset.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from app.interchange.exports.columns import Cell, Column, Table

VERSION: Final = "1.1.0"


def as_dataset_json(metadata: dict[str, Any], rows: Iterable[tuple[Cell, ...]]) -> Iterator[str]:
    """One object, with all rows in `rows`."""
    yield _text(metadata)[:-1] + ',"rows":['
    for number, row in enumerate(rows):
        yield ("," if number else "") + "\n" + _text(row)
    yield "\n]}\n"


def as_dataset_ndjson(metadata: dict[str, Any], rows: Iterable[tuple[Cell, ...]]) -> Iterator[str]:
    """The object without its rows, and a line for each of these."""
    yield _text(metadata) + "\n"
    for row in rows:
        yield _text(row) + "\n"


def metadata_of(
    table: Table, *, study: str, created: str, system: tuple[str, str]
) -> dict[str, Any]:
    """All of the object but its rows. `created` is ISO 8601, `system` our name and version."""
    name, version = system
    return {
        "datasetJSONCreationDateTime": created,
        "datasetJSONVersion": VERSION,
        "fileOID": f"urn:doseguard:{study}:{table.name}:{created}",
        "sourceSystem": {"name": name, "version": version},
        "studyOID": study,
        "itemGroupOID": f"IG.{table.name}",
        "records": table.records,
        "name": table.name,
        "label": table.label,
        "columns": [_column(table.name, each) for each in table.columns],
    }


def _column(table: str, column: Column) -> dict[str, Any]:
    told: dict[str, Any] = {
        "itemOID": f"IT.{table}.{column.name}",
        "name": column.name,
        "label": column.label,
        "dataType": column.type,
    }
    return told if column.key is None else {**told, "keySequence": column.key}


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
