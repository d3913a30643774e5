"""Components of CRS, ICANS and ICE, sent as findings about the syndrome, become assessments."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal

from app.domain.astct.assessments import BadComponents, read_components
from app.domain.astct.crs import CrsComponents
from app.domain.astct.icans import IcansComponents
from app.domain.astct.ice import IceItems
from app.domain.case import ScaleAssessment
from app.domain.record.documents import Document
from app.domain.record.findings import RecordFinding
from app.domain.record.row_findings import row_finding, said
from app.domain.source_system import SourceSystem
from app.domain.time import PartialTime
from app.interchange import words
from app.interchange.about import SYNDROMES
from app.interchange.cells import Cells
from app.interchange.held import last_change, of_row
from app.interchange.identity import made_key
from app.interchange.made import HeldRow, Made, RowFinding

Scale = Literal["crs", "icans", "ice"]

_COMPONENTS: Final[Mapping[Scale, frozenset[str]]] = {
    "crs": frozenset(each.name for each in fields(CrsComponents)),
    "icans": frozenset(each.name for each in fields(IcansComponents)),
    "ice": frozenset(each.name for each in fields(IceItems)),
}
_ICE: Final = frozenset({
    "ICE", "ICE SCORE", "IMMUNE EFFECTOR CELL-ASSOCIATED ENCEPHALOPATHY",
})  # fmt: skip
_SEPARATORS: Final = (";", "|", ",")


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One component of an assessment, as a row of FA tells it. `event` is the id of its event."""

    row: HeldRow
    scale: Scale
    name: str
    event: str | None


def component_of(row: HeldRow, system: SourceSystem) -> tuple[Scale, str] | None:
    """The scale and the component that a finding is, by its object and its test."""
    scale = _scale(row.fields)
    test = words.folded(row.fields.get("FATESTCD", ""))
    name = system.facts.get(test, test.casefold())
    return (scale, name) if scale is not None and name in _COMPONENTS[scale] else None


def assessment_ids(row: HeldRow) -> tuple[str, ...]:
    """Every id of an assessment that a finding may be part of, or may have been part of before."""
    found = (_assessment_id(row.subject, cells) for cells in (row.fields, *row.before))
    return tuple(dict.fromkeys(each for each in found if each is not None))


def _assessment_id(subject: str, cells: Mapping[str, str]) -> str | None:
    """One of a scale and a time; none of another object."""
    scale = _scale(cells)
    return (
        None if scale is None else made_key(subject, "FA", (scale, cells.get("FADTC", "").strip()))
    )


def _scale(cells: Mapping[str, str]) -> Scale | None:
    found = words.folded(cells.get("FAOBJ", ""))
    return "ice" if found in _ICE else SYNDROMES.get(found)


def assessments_of(
    components: Sequence[Component], system: SourceSystem
) -> Iterator[Made | RowFinding]:
    """The assessments that components make, one of each scale and time."""
    together: dict[str, list[Component]] = {}
    for each in sorted(components, key=lambda each: each.row.key):
        name = _assessment_id(each.row.subject, each.row.fields)
        together.setdefault(name or each.row.key, []).append(each)
    for name, members in sorted(together.items()):
        cells = Cells(members[0].row.fields, system)
        time = cells.date("FADTC", "/on")
        if time is None:
            for each in members:
                what = said("FADTC", each.row.fields.get("FADTC", "").strip())
                yield of_row(each.row, "assessment_without_time", what)
        else:
            yield _assessment(name, members, time, cells.findings)


def _assessment(
    name: str, members: Sequence[Component], time: PartialTime, odd: Sequence[RecordFinding]
) -> Made:
    scale, first = members[0].scale, members[0].row
    values: dict[str, Any] = {}
    findings = list(odd)
    for each in members:
        cells = Cells(each.row.fields, SourceSystem())
        cell = cells.text("FASTRESC", "FAORRES")
        if not cell or words.folded(cell) in words.UNKNOWN:
            continue
        value = _value(scale, each.name, cell)
        again = each.name in values and values[each.name] != value
        if value is None or again:
            pointer = f"/components/{each.name}"
            findings.append(row_finding("component_unreadable", pointer, said(each.name, cell)))
        values[each.name] = None if again else value
        unit = words.folded(cells.text("FASTRESU", "FAORRESU")).lstrip("°")
        if each.name == "temperature" and unit in {"C", "F"}:
            values.setdefault("temperature_unit", unit)
    events = {each.event for each in members}
    content = ScaleAssessment(
        scale=scale,
        on=time,
        event=events.pop() if len(events) == 1 else None,
        components={key: value for key, value in sorted(values.items()) if value is not None},
    )
    source, reason = last_change([each.row for each in members])
    return Made(
        kind="assessment",
        record_id=name,
        document=Document(subject=first.subject, content=content),
        rows=tuple(each.row.key for each in members),
        findings=tuple(findings),
        source=source,
        reason=reason,
    )


def _value(scale: Scale, name: str, cell: str) -> Any:
    """The value of a component in the first writing that its scale takes; None where none is."""
    for value in _writings(cell):
        try:
            read_components(scale, {name: value})
        except BadComponents:
            continue
        return value
    return None


def _writings(cell: str) -> Iterator[Any]:
    told = words.flag(cell)
    if told is not None:
        yield told
    try:
        number = Decimal(cell)
    except InvalidOperation:
        number = None
    if number is not None and number.is_finite():
        yield number
    mark = next((each for each in _SEPARATORS if each in cell), None)
    parts = [cell] if mark is None else cell.split(mark)
    listed = tuple(each.strip().casefold() for each in parts if each.strip())
    if mark is None:
        yield "_".join(cell.casefold().split())
    yield () if listed == ("none",) else listed
    if mark is None:
        yield cell
