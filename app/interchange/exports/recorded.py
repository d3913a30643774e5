"""What the record holds of an event beside its course, so that an export loses none of it.

Each part stands in a column of ours (in FHIR in an extension) once an event, in the row of its
first grade, as it was recorded: lists and objects as the JSON of the record, the rest as a plain
cell. A part that is at its default, as a list that nobody recorded, has none.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

from app.domain.case import AdverseEvent, Intervention
from app.domain.record.kinds import CONTENT
from app.interchange.exports.columns import Cell, Column, flag

Shape = Literal["json", "flag", "grade", "text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedPart:
    """A field of an event by its name in the record, and the column in which it stands."""

    name: str
    variable: str
    label: str
    shape: Shape = "json"


PARTS: Final = (
    RecordedPart(name="interventions", variable="DLTINTV", label="Interventions (JSON)"),
    RecordedPart(name="facts", variable="DLTFACT", label="Facts (JSON)"),
    RecordedPart(name="causality", variable="DLTCAUS", label="Judgements (JSON)"),
    RecordedPart(name="alternative_causes", variable="DLTALT", label="Alternative Causes (JSON)"),
    RecordedPart(name="baseline_grade", variable="DLTBASE", label="Baseline Grade", shape="grade"),
    RecordedPart(name="assessments", variable="DLTASSM", label="Assessed Grades (JSON)"),
    RecordedPart(name="reported_grades", variable="DLTREPG", label="Reported Grades (JSON)"),
    RecordedPart(name="laboratory", variable="DLTLAB", label="Laboratory Finding", shape="flag"),
    RecordedPart(
        name="clinically_significant",
        variable="DLTCSIG",
        label="Clinically Significant",
        shape="flag",
    ),
    RecordedPart(name="significance", variable="DLTSIGN", label="Significance (JSON)"),
    RecordedPart(
        name="other_crs_symptoms", variable="DLTSYMP", label="Other Symptoms of CRS (JSON)"
    ),
    RecordedPart(name="part_of", variable="DLTPART", label="Part of Event", shape="text"),
    RecordedPart(name="synonym_of", variable="DLTSYN", label="Same as Event", shape="text"),
)
"""The parts, in the order of their columns."""

TREATMENT: Final = (
    Column(name="AECONTRT", label="Concomitant or Additional Trtmnt Given"),
    Column(name="AEACNOTH", label="Other Action Taken"),
)

_NAMES: Final = {part.name for part in PARTS}


def recorded_columns() -> tuple[Column, ...]:
    """A column for each part."""
    return tuple(Column(name=each.variable, label=f"Doseguard: {each.label}") for each in PARTS)


def recorded_values(event: AdverseEvent) -> dict[str, Any]:
    """The parts that were recorded, by name, as JSON knows them."""
    values: dict[str, Any] = CONTENT["adverse_event"].dump_python(
        event, mode="json", by_alias=True, exclude_defaults=True, include=_NAMES
    )
    return values


def recorded_cells(event: AdverseEvent | None) -> tuple[Cell, ...]:
    """The cells of the parts; all are blank in the rows that do not tell them (None)."""
    told = {} if event is None else recorded_values(event)
    return tuple(_cell(told[each.name], each.shape) if each.name in told else "" for each in PARTS)


def json_text(value: Any) -> str:
    """A value as JSON without needless blanks."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def treatment_cells(given: Iterable[Intervention] | None) -> tuple[str, str]:
    """AECONTRT and AEACNOTH: whether anything was given or done for the event, and what.

    An intervention list of the record is all that was given, which is what a Y says.
    """
    if given is None:
        return "", ""
    kinds = dict.fromkeys(each.kind for each in given)
    return ("Y" if kinds else "N"), "; ".join(kinds)


def _cell(value: Any, shape: Shape) -> str:
    match shape:
        case "json":
            return json_text(value)
        case "flag":
            return flag(value)
        case "grade" | "text":
            return str(value)
