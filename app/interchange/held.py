"""Held rows: which of them stand, and what the source said of their last change."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from pydantic import TypeAdapter, ValidationError

from app.domain.case import Name
from app.domain.record.origin import Source
from app.domain.record.row_findings import row_finding
from app.domain.time import ALWAYS, zone_of
from app.interchange.made import HeldRow, RowFinding
from app.interchange.rows import Domain

_NAME: Final[TypeAdapter[str]] = TypeAdapter(Name)
_UTC: Final = zone_of("UTC")


def standing(rows: Sequence[HeldRow], domain: Domain) -> tuple[HeldRow, ...]:
    """The rows of a domain that were not taken back, in the order of their keys."""
    found = (row for row in rows if row.domain == domain and not row.removed)
    return tuple(sorted(found, key=lambda row: row.key))


def of_row(row: HeldRow, code: str, what: str = "") -> RowFinding:
    """The finding of a code about a row of which no record is made."""
    return RowFinding(row=row.key, code=code, message=row_finding(code, "", what).message)


def as_name(text: str) -> str | None:
    """The text where it can be a name in a record: 1 to 200 characters, none of control."""
    try:
        return _NAME.validate_python(text)
    except ValidationError:
        return None


def last_change(rows: Iterable[HeldRow]) -> tuple[Source, str | None]:
    """What the source says of the last change of rows that make one record, and its reason.

    Each row counts its own sequence, so of several none is taken: time alone orders them. Rows
    that were taken back belong here too, or the record would seem older than it is. There is one
    row at least.
    """
    told = sorted(rows, key=lambda row: (_moment(row.source), row.key))
    last = told[-1]
    source = last.source if len(told) == 1 else replace(last.source, sequence=None)
    return source, last.reason


def _moment(source: Source) -> int:
    return ALWAYS if source.time is None else source.time.span(_UTC).last
