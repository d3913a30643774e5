"""Rows of which one may be another, corrected: by its start and grade, or by another name.

Where each row is a time at one grade, its start and grade tell it from the others with the same
id. So a row whose start or grade was corrected is another one beside the old, unless its source
has a key for it, or the settings name one.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from app.domain.record.findings import RecordFinding
from app.domain.record.row_findings import row_finding, said
from app.domain.source_system import SourceSystem
from app.interchange.event_rows import EventRow
from app.interchange.exports.sdtm import STEP
from app.interchange.held import of_row
from app.interchange.holding import Order
from app.interchange.made import HeldRow, RowFinding

_IDS: Final = ("AESPID", "AEREFID", "AELNKID")

_NAMES: Final = ("USUBJID", "SUBJID")
_OF_THE_FILE: Final = frozenset({"STUDYID", *_NAMES})


def of_another_name(rows: Sequence[HeldRow], _: SourceSystem) -> list[RowFinding]:
    """A finding for each row in the place of one that named the patient otherwise and said
    something else: a patient who was renamed, or two rows that the key map took for one.
    """
    found = []
    for row in rows:
        now = _name(row.fields)
        others = {
            _name(cells) for cells in row.before if _said(cells, row) != _said(row.fields, row)
        }
        if not row.removed and now:
            found += [
                of_row(row, "row_of_another_name", repr(name))
                for name in sorted(others - {now, ""})
            ]
    return found


def _name(cells: Mapping[str, str]) -> str:
    return next((cells[each].strip() for each in _NAMES if cells.get(each)), "")


def _said(cells: Mapping[str, str], row: HeldRow) -> Mapping[str, str]:
    """What a row says beside whose it is, and the number that its file gave it."""
    left_out = {*_OF_THE_FILE, f"{row.domain}SEQ"}
    return {name: cell for name, cell in cells.items() if cell and name not in left_out}


def perhaps_corrected(
    rows: Sequence[EventRow], system: SourceSystem
) -> Mapping[RecordFinding, frozenset[str]]:
    """A finding for each id of which a row was not told again when another came that has the same
    start or the same grade, with the keys of these rows.
    """
    if system.grade_collection != "row_per_grade" or "AE" in map(str.upper, system.identity):
        return {}
    alike: dict[tuple[tuple[str, str], object], list[EventRow]] = {}
    for row in rows:
        told = _id(row)
        if told is not None:
            alike.setdefault((told, row.cell("AESTDTC")), []).append(row)
            alike.setdefault((told, row.grade), []).append(row)
    found: dict[tuple[str, str], set[str]] = {}
    for (told, _), several in alike.items():
        if _were_told_apart(several):
            found.setdefault(told, set()).update(row.key for row in several)
    return {
        row_finding("row_perhaps_corrected", "/grades", said(*told)): frozenset(keys)
        for told, keys in sorted(found.items())
    }


def _id(row: EventRow) -> tuple[str, str] | None:
    """The id that the row shares with others, and its variable; None where it has a key."""
    if row.row.given is not None or row.cell(STEP):
        return None
    return next(((name, row.cell(name)) for name in _IDS if row.cell(name)), None)


def _were_told_apart(rows: Sequence[EventRow]) -> bool:
    """Whether one of some rows was told when another was not told any more."""
    if len({row.row.extract for row in rows} - {None}) > 1:
        return True
    orders = (Order.of(row.row.source) for row in rows)
    written = {each.written for each in orders if each.sequence is None} - {None}
    return len(written) > 1
