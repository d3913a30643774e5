"""What one row of laboratory results (LB) holds.

A result is taken as it was reported (LBORRES) with its own unit and limits. Where its unit or its
value cannot be read and those of the standard result can, the standard result (LBSTRESC) is taken
with its own: never the number of one with a limit of the other, since the conversion between them
was rounded, and a grade may begin between the two. Whether the patient had fasted (LBFAST) no
criterion asks, so it stays in the row.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from app.data.criteria import load_units
from app.domain.case import LaboratoryResult
from app.domain.laboratory.analyte import Analyte
from app.domain.quantities import Unit
from app.domain.record.findings import RecordFinding
from app.domain.record.row_findings import said
from app.domain.time import PartialTime
from app.interchange import words
from app.interchange.cells import Cells
from app.interchange.held import as_name, of_row
from app.interchange.made import HeldRow, RowFinding
from app.interchange.measured import NotMeasured, measured

Range = Literal["low", "normal", "high"]
FLAGS: Final = ("LBBLFL", "LBLOBXFL")
"""What flags a baseline, the sponsor's own flag before that of the last value before exposure."""

_NUMBER: Final = re.compile(r"[+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][+-]?\d{1,2})?")
_READABLE: Final = re.compile(rf"(?:(?:<=|>=|<|>|≤|≥)\s*)?{_NUMBER.pattern}", re.ASCII)
_RANGES: Final[Mapping[str, Range]] = {
    "H": "high", "HH": "high", "HIGH": "high", "HIGH HIGH": "high",
    "L": "low", "LL": "low", "LOW": "low", "LOW LOW": "low",
    "N": "normal", "NORMAL": "normal",
}  # fmt: skip
"""CDISC's codelist NRIND, and HL7's interpretations; ABNORMAL does not say in which way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """A row that holds a result. `known` is its unit, where that is one of the analyte's.

    `range` is where the source says that it lies, `flag` the variable that makes it the baseline.
    """

    row: HeldRow
    result: LaboratoryResult
    known: Unit | None
    range: Range | None
    flag: str | None
    findings: tuple[RecordFinding, ...]

    @property
    def measure(self) -> tuple[str, str]:
        """What can be compared: one analyte in one unit."""
        unit = self.result.unit if self.known is None else self.known.symbol
        return str(self.result.analyte), str(unit)

    @property
    def number(self) -> Decimal | None:
        """The value, where it is a number."""
        return _decimal(str(self.result.value))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """A result as one of its two sides has it."""

    value: str
    unit_variable: str
    unit: str | None
    lln: tuple[str, str]
    """The variable and its text."""
    uln: tuple[str, str]

    @property
    def has_limits(self) -> bool:
        """Whether one of its limits is a number."""
        return any(_decimal(text) is not None for _, text in (self.lln, self.uln))


def read_result(row: HeldRow, cells: Cells) -> ResultRow | RowFinding:
    """The result that a row of LB holds, or why it holds none that can be graded."""
    original, standard = _original(cells), _standard(cells)
    if words.folded(cells.text("LBSTAT")) == "NOT DONE":
        told = original.value or standard.value
        return of_row(row, "result_of_test_not_done" if told else "test_not_done")
    analyte = measured(cells)
    if isinstance(analyte, NotMeasured):
        if analyte.unmapped is not None:
            cells.unmapped.append(analyte.unmapped)
        return of_row(row, analyte.code, analyte.what)
    side = _better(original, standard, analyte)
    if not side.value:
        return of_row(row, "result_missing")
    if as_name(side.value) is None:
        return of_row(row, "result_unreadable")
    measured_at = cells.date("LBDTC", "/measured_at")
    if measured_at is None:
        return of_row(row, "measurement_undated", said("LBDTC", cells.text("LBDTC")))
    if side is original and standard.has_limits and not any((side.lln[1], side.uln[1])):
        cells.note("standard_limits_not_used", "/lln")
    return _result(row, cells, side, analyte, measured_at)


def _original(cells: Cells) -> _Side:
    return _Side(
        value=cells.text("LBORRES"),
        unit_variable="LBORRESU",
        unit=_unit_text(cells, "LBORRESU"),
        lln=("LBORNRLO", cells.text("LBORNRLO")),
        uln=("LBORNRHI", cells.text("LBORNRHI")),
    )


def _standard(cells: Cells) -> _Side:
    return _Side(
        value=cells.text("LBSTRESC", "LBSTRESN"),
        unit_variable="LBSTRESU",
        unit=_unit_text(cells, "LBSTRESU"),
        lln=("LBSTNRLO", cells.text("LBSTNRLO")),
        uln=("LBSTNRHI", cells.text("LBSTNRHI")),
    )


def _unit_text(cells: Cells, variable: str) -> str | None:
    text = cells.text(variable)
    return as_name(words.meaning(cells.system.units, text) or text) if text else None


def _better(original: _Side, standard: _Side, analyte: Analyte) -> _Side:
    """The side that can be graded, the original before the standard one."""
    can_be_graded = (each for each in (original, standard) if _is_gradable(each, analyte))
    told = (each for each in (original, standard) if each.value)
    return next(can_be_graded, None) or next(told, original)


def _is_gradable(side: _Side, analyte: Analyte) -> bool:
    """Whether unit and value are such as the analyte has."""
    readable = _READABLE.fullmatch(side.value) or analyte.number_of(side.value) is not None
    return bool(readable) and analyte.unit(side.unit, load_units()) is not None


def _result(
    row: HeldRow, cells: Cells, side: _Side, analyte: Analyte, measured_at: PartialTime
) -> ResultRow:
    known = analyte.unit(side.unit, load_units())
    if known is None and side.unit is not None and analyte.way_out(side.unit) is None:
        cells.wanting("units", side.unit_variable)
        unit = cells.text(side.unit_variable)
        cells.note("unit_unmapped", "/unit", f"{said(side.unit_variable, unit)} of {analyte.id}")
    lln, uln = _limit(cells, side.lln, "/lln"), _limit(cells, side.uln, "/uln")
    result = LaboratoryResult(
        analyte=analyte.id,
        value=side.value,
        unit=side.unit,
        lln=lln,
        uln=uln,
        laboratory=_laboratory(cells, is_needed=lln is None or uln is None),
        measured_at=measured_at,
    )
    return ResultRow(
        row=row,
        result=result,
        known=known,
        range=_RANGES.get(words.folded(cells.text("LBNRIND"))),
        flag=next((each for each in FLAGS if words.flag(cells.text(each))), None),
        findings=tuple(cells.findings),
    )


def _limit(cells: Cells, limit: tuple[str, str], pointer: str) -> Decimal | None:
    number = _decimal(limit[1])
    if number is None and limit[1]:
        cells.note("limit_not_numeric", pointer, said(*limit))
    return number


def _laboratory(cells: Cells, *, is_needed: bool) -> str | None:
    """Who measured; without a name, and where a limit is missing, whom the settings name."""
    named = cells.text("LBNAM")
    if named and as_name(named) is None:
        cells.note("laboratory_not_named", "/laboratory")
    return as_name(named) or (cells.system.laboratory if is_needed else None)


def _decimal(text: str) -> Decimal | None:
    return Decimal(text) if _NUMBER.fullmatch(text) and text.isascii() else None
