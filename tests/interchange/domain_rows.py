"""The shortest ways to hold a row of a patient, and to say what was made of rows."""

from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any

from app.domain.record.kinds import CONTENT
from app.domain.record.origin import Source
from app.domain.source_system import SourceSystem
from app.interchange.made import HeldRow, Made, Part, RowFinding, Unmapped
from app.interchange.rows import Domain

PATIENT = "1015"
PLAIN = SourceSystem()
_KEYS = count(1)


def held(
    domain: Domain,
    key: str | None = None,
    *,
    removed: bool = False,
    source: Source | None = None,
    reason: str | None = None,
    cells: Mapping[str, str] | None = None,
    **more: str,
) -> HeldRow:
    """A row of the patient with these cells, under a key of its own."""
    return HeldRow(
        domain=domain,
        key=key or f"{domain}-{next(_KEYS)}",
        subject=PATIENT,
        fields={**(cells or {}), **more},
        removed=removed,
        source=source or Source(),
        reason=reason,
    )


def made(parts: Iterable[Part]) -> list[Made]:
    return [each for each in parts if isinstance(each, Made)]


def contents(parts: Iterable[Part]) -> list[dict[str, Any]]:
    """The documents that were made, as JSON, without what holds its default."""
    return [
        CONTENT[each.kind].dump_python(
            each.document.content, mode="json", by_alias=True, exclude_defaults=True
        )
        for each in made(parts)
    ]


def codes(parts: Iterable[Part]) -> list[str]:
    """What was found about records and about rows, in order."""
    found: list[str] = []
    for each in parts:
        if isinstance(each, Made):
            found += [finding.code for finding in each.findings]
        elif isinstance(each, RowFinding):
            found.append(each.code)
    return sorted(found)


def unmapped(parts: Iterable[Part]) -> list[tuple[str, str, str]]:
    """The settings that want a word: setting, variable and word."""
    return [
        (each.setting, each.variable, each.word) for each in parts if isinstance(each, Unmapped)
    ]
