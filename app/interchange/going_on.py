"""Whether an event went on, and up to when, as a row of AE tells it."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from app.domain.grade import DEATH
from app.domain.record.row_findings import said
from app.domain.source_system import OutcomeMeaning
from app.domain.time import PartialTime
from app.interchange import words
from app.interchange.cells import Cells
from app.interchange.made import HeldRow
from app.interchange.stretches import surely_before

_GONE_ON: Final = frozenset({"ONGOING", "AFTER"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Whether an event went on, as of when, and whether nothing contradicts its end.

    `ongoing` is not known of a row that has an end, or is fatal.
    """

    ongoing: bool | None
    as_of: PartialTime | None
    end_is_sure: bool


def ending(
    cells: Cells,
    row: HeldRow,
    outcome: OutcomeMeaning | None,
    last: PartialTime | None,
    *,
    end: PartialTime | None,
    fatal: bool,
    is_ours: bool,
) -> Ending:
    """How the event of a row ended, or that it went on. `last` is the patient's RFENDTC.

    A row of our own export says it as it was recorded, also against the rest of the event.
    """
    told_on = _ongoing(cells, outcome, last)
    told_on = _as_of_its_source(told_on, row, cells, is_over=end is not None or fatal)
    ongoing = _not_against(told_on, cells, outcome)
    sure = end is None or fatal or not _goes_on_after(end, ongoing, told_on.as_of)
    if not sure:
        cells.note("ongoing_and_ended", "/ongoing", said(told_on.by, cells.text(told_on.by)))
    if end is not None or (fatal and not is_ours):
        return Ending(ongoing=None, as_of=None, end_is_sure=sure)
    as_of = told_on.as_of if ongoing else None
    if is_ours and as_of is None:
        as_of = cells.date("AEENTPT", "/ongoing_as_of")
    return Ending(ongoing=ongoing, as_of=as_of, end_is_sure=sure)


def is_told_already(outcome: OutcomeMeaning | None, grade: int | None, cells: Cells) -> bool:
    """Whether the outcome of a row of our own export says no more than its grade and AEENRTPT,
    of which it was made.
    """
    point = words.folded(cells.text("AEENRTPT"))
    match outcome:
        case "fatal":
            return grade == DEATH
        case "recovered":
            return grade == 0 or point == "BEFORE"
        case "not_recovered":
            return point in _GONE_ON
        case _:
            return False


class _GoingOn(NamedTuple):
    """Whether an event went on, as of when, and the variable that says so."""

    ongoing: bool | None
    as_of: PartialTime | None
    by: str


def _ongoing(cells: Cells, outcome: OutcomeMeaning | None, last: PartialTime | None) -> _GoingOn:
    """Whether the event went on, by the first variable that says so.

    What was true at a time is not taken to be true after it.
    """
    point = words.folded(cells.text("AEENRTPT"))
    if point in _GONE_ON:
        as_of = cells.date("AEENTPT", "/ongoing_as_of")
        known = as_of is not None or not cells.text("AEENTPT")
        return _GoingOn(True if known else None, as_of, "AEENRTPT")
    if point == "BEFORE":
        return _GoingOn(False, None, "AEENRTPT")
    for variable in ("AEONGO", "AEONG"):
        told = cells.flag(variable, "/ongoing")
        if told is not None:
            return _GoingOn(told, None, variable)
    if words.folded(cells.text("AEENRF")) in _GONE_ON:
        return _GoingOn(True if last is not None else None, last, "AEENRF")
    if outcome in {"not_recovered", "recovering"}:
        return _GoingOn(True, cells.date("AEDTC", "/ongoing_as_of"), "AEOUT")
    if outcome in {"recovered", "recovered_with_sequelae"}:
        return _GoingOn(False, None, "AEOUT")
    return _GoingOn(None, None, "AEOUT")


def _as_of_its_source(told: _GoingOn, row: HeldRow, cells: Cells, *, is_over: bool) -> _GoingOn:
    """What goes on went on when the source wrote so; not known where nothing says when that was,
    since a file may be read long after it was written.
    """
    if not told.ongoing or told.as_of is not None or is_over:
        return told
    if row.source.time is None:
        cells.note("ongoing_undated", "/ongoing", said(told.by, cells.text(told.by)))
        return told._replace(ongoing=None)
    return told._replace(as_of=row.source.time)


def _not_against(told: _GoingOn, cells: Cells, outcome: OutcomeMeaning | None) -> bool | None:
    """Whether an event goes on; not known where its outcome says otherwise.

    AEENRF is of the reference period alone: what went on at its end may be over by now.
    """
    over = outcome in {"recovered", "recovered_with_sequelae", "fatal"}
    against = over if told.ongoing else outcome in {"not_recovered", "recovering"}
    if told.ongoing is None or told.by == "AEENRF" or not against:
        return told.ongoing
    cells.note("ongoing_and_outcome", "/ongoing", said(told.by, cells.text(told.by)))
    return None


def _goes_on_after(end: PartialTime, ongoing: bool | None, as_of: PartialTime | None) -> bool:
    """Whether an event is said to go on, at no time or at one that lies after its end."""
    return ongoing is True and (as_of is None or surely_before(end, as_of))
