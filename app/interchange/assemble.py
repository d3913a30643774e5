"""The rows of one patient from one system become records.

It does not matter in which order, from how many files or when the rows came: the same rows always
make the same records, and every row is of a record, or a finding.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from app.domain.record.kinds import BY_SOURCE, Kind
from app.domain.source_system import SourceSystem
from app.interchange import event_parts
from app.interchange.corrections import of_another_name
from app.interchange.event_parts import events_of
from app.interchange.exposures import exposures_of
from app.interchange.laboratory import results_of
from app.interchange.made import Assembly, HeldRow, Made, Part, RowFinding, Unmapped
from app.interchange.patients import patients_of

_PARTS: Final[tuple[Callable[[Sequence[HeldRow], SourceSystem], Sequence[Part]], ...]] = (
    patients_of,
    exposures_of,
    events_of,
    results_of,
    of_another_name,
)


def assemble(rows: Sequence[HeldRow], system: SourceSystem) -> Assembly:
    """All that the rows of one patient from one system make, by the system's settings."""
    ordered = sorted(rows, key=lambda row: (row.domain, row.key))
    parts = [part for read in _PARTS for part in read(ordered, system)]
    made = [part for part in parts if isinstance(part, Made)]
    findings = {part for part in parts if isinstance(part, RowFinding)}
    unmapped = {part for part in parts if isinstance(part, Unmapped)}
    ours = ((each.kind, each.record_id) for each in made if each.system is None)
    return Assembly(
        made=tuple(sorted(made, key=lambda each: (each.kind, each.system or "", each.record_id))),
        could_make=frozenset(
            (kind, name) for kind, name in (*ours, *could_make(ordered)) if kind in BY_SOURCE
        ),
        findings=tuple(sorted(findings, key=lambda each: (each.row, each.code, each.message))),
        unmapped=tuple(
            sorted(unmapped, key=lambda each: (each.variable, each.word, each.setting))
        ),
    )


def could_make(rows: Sequence[HeldRow]) -> Iterator[tuple[Kind, str]]:
    """The records that rows could make. A patient's own is none: no row taken back voids it."""
    yield from event_parts.could_make(rows)
    for row in rows:
        if row.domain == "EX":
            yield "exposure", row.key
        elif row.domain == "LB":
            yield "laboratory_result", row.key
