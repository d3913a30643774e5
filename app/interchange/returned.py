"""What our own export tells of the record beside SDTM's variables, read back (docs/exports.md).

A row is ours where it numbers its grade (DLTSTEP). A cell that cannot be read is a finding, and
what it told is not known; so is what several rows of an event tell otherwise.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from app.data.strict_json import DuplicateKey, NotJson, TooDeep, read_json
from app.domain.case import Causality
from app.domain.record.kinds import CONTENT
from app.domain.record.row_findings import said
from app.interchange import words
from app.interchange.causality import Judged, united
from app.interchange.cells import Cells
from app.interchange.exports.columns import VERDICT
from app.interchange.exports.recorded import (
    PARTS,
    TREATMENT,
    RecordedPart,
    Shape,
    treatment_cells,
)
from app.interchange.exports.sdtm import STEP, STEPS, WORST
from app.interchange.held import as_name

_KNOWN: Final = frozenset(
    {STEP, STEPS, WORST, *(each.variable for each in PARTS), *(each.name for each in VERDICT)}
)
_READ: Final[Mapping[Shape, tuple[Callable[[str], Any], str]]] = {
    "flag": (words.flag, "Y or N"),
    "grade": (words.grade, "a grade from 0 to 5"),
    "text": (as_name, "the id of an event"),
}
_JUDGED: Final = re.compile(r"DLT(?:REL|RAG|RBY)[0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What a row of our own export tells of the record.

    `told` are fields of the event by name, `unread` those whose cell cannot be read; `treated` are
    AECONTRT and AEACNOTH.
    """

    told: Mapping[str, Any]
    unread: frozenset[str]
    treated: tuple[str, str]


class _Unreadable(Exception):
    """A cell is not what the export writes: why."""


def returned_of(cells: Cells) -> Returned | None:
    """What a row tells of the record; None where it is none of our own."""
    if not cells.text(STEP):
        return None
    told: dict[str, Any] = {}
    unread: set[str] = set()
    for part in PARTS:
        cell = cells.text(part.variable)
        if not cell:
            continue
        try:
            told[part.name] = _value(part, cell)
        except _Unreadable as problem:
            unread.add(part.name)
            what = f"{said(part.variable, cell)} ({problem})"
            cells.note("returned_unreadable", f"/{part.name}", what)
    worst = cells.text(WORST)
    if worst and words.grade(worst) is None:
        what = f"{said(WORST, worst)} (not {_READ['grade'][1]})"
        cells.note("returned_unreadable", "/worst_grade", what)
    for variable in sorted(cells.fields):
        if _is_strange(variable) and cells.text(variable):
            what = f"{said(variable, cells.text(variable))} (no column of this version)"
            cells.note("returned_unreadable", "", what)
    first, second = (cells.text(each.name) for each in TREATMENT)
    return Returned(told=told, unread=frozenset(unread), treated=(first, second))


def united_returned(rows: Iterable[Returned | None]) -> tuple[dict[str, Any], frozenset[str]]:
    """What the rows of one event tell of its record, and the fields that they tell in two ways.

    Of those nothing is taken, nor of a field that one of them tells so that it cannot be read.
    """
    ours = [row for row in rows if row is not None]
    told: dict[str, Any] = {}
    differing: set[str] = set()
    for row in ours:
        for name, value in row.told.items():
            if told.setdefault(name, value) != value:
                differing.add(name)
    unread = differing.union(*(row.unread for row in ours))
    return {name: each for name, each in told.items() if name not in unread}, frozenset(differing)


def treated_otherwise(row: Returned, told: Mapping[str, Any]) -> str | None:
    """AECONTRT and AEACNOTH of a row, where they are not those of the interventions told."""
    if row.treated in {("", ""), treatment_cells(told.get("interventions"))}:
        return None
    pairs = zip(TREATMENT, row.treated, strict=True)
    return " and ".join(said(column.name, cell) for column, cell in pairs)


def united_judgements(
    rows: Iterable[Judged], told: tuple[Causality, ...] | None
) -> tuple[tuple[Causality, ...], tuple[str, ...]]:
    """The judgements of an event as they were recorded, and the agents of which its rows say
    otherwise: of those all stand. `told` is None where nothing was recorded so.
    """
    judged = list(rows)
    if told is None:
        return united(judged)
    shown = {
        Causality(agent=each.agent, relatedness=each.relatedness, assessor=each.assessor)
        for each in told
        if each.relatedness is not None
    }
    _, differing = united((*judged, Judged(causality=tuple(shown))))
    every, _ = united((*judged, Judged(causality=told)))
    agreed = (each for each in told if each.agent not in differing)
    return (*agreed, *(each for each in every if each.agent in differing)), differing


def _is_strange(variable: str) -> bool:
    ours = variable.startswith("DLT")
    return ours and variable not in _KNOWN and _JUDGED.fullmatch(variable) is None


def _value(part: RecordedPart, cell: str) -> Any:
    """The field of an event that a cell holds. Raises _Unreadable."""
    if part.shape == "json":
        value = _json(cell)
        if value is None:  # no export writes it: what nobody recorded is a blank cell
            raise _Unreadable("null, where a blank says that nobody recorded it")
    else:
        read, wanted = _READ[part.shape]
        value = read(cell)
        if value is None:
            raise _Unreadable(f"not {wanted}")
    try:
        event = CONTENT["adverse_event"].validate_python({"term": "-", part.name: value})
    except ValidationError as error:
        raise _Unreadable(_said(error)) from error
    return getattr(event, part.name)


def _json(cell: str) -> Any:
    try:
        return read_json(cell.encode(), exact=True)
    except NotJson as error:
        place = "" if error.column is None else f" at its character {error.column}"
        raise _Unreadable(f"no JSON{place}") from error
    except DuplicateKey as error:
        raise _Unreadable("a key stands twice in one object") from error
    except TooDeep as error:
        raise _Unreadable("nested too deeply") from error


def _said(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    place = "/".join(str(each) for each in first["loc"][1:])
    return f"{place}: {first['msg']}" if place else str(first["msg"])
