"""From a result as it was reported to a row that can be graded; what is wrong with it is told."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from app.domain.case import LaboratoryMeasurement
from app.domain.laboratory.analyte import Analyte
from app.domain.laboratory.catalogue import Catalogue
from app.domain.laboratory.columns import Range
from app.domain.laboratory.criteria import Limit, Multiple, Percent, TermCriteria
from app.domain.laboratory.evaluate import Reason
from app.domain.laboratory.ladder import UnitState
from app.domain.quantities import Unit

_CENSORED = re.compile(r"(?P<sign><=|>=|<|>|≤|≥)\s*(?P<number>\S.*)")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2})?", re.ASCII)
_ADULT: Final = 18
_RANGES: Final[Mapping[str | None, Range]] = {
    None: Range.UNSTATED,
    "low": Range.LOW,
    "normal": Range.NORMAL,
    "high": Range.HIGH,
}
_DIGITS: Final = 30
"""Before and after the point; no measurement has more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something remarkable about a result that was kept as it is."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """A value of which only bounds are known; None where there is no bound."""

    low: Decimal | None
    high: Decimal | None
    open_below: bool
    open_above: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A result for one term, ready for the columns; None is what was not told."""

    number: int
    """Of the ladder."""
    value: Decimal | Bounds | None
    lln: Decimal | None
    uln: Decimal | None
    baseline: Decimal | None
    baseline_range: Range
    percent: Decimal | None
    facts: Mapping[str, bool]
    not_gradable: Reason | None
    """Why there is no value to grade, where there is none."""
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class _Notes:
    findings: list[Finding] = field(default_factory=list)

    def note(self, code: str, message: str) -> None:
        self.findings.append(Finding(code=code, message=message))


def row_of(
    result: LaboratoryMeasurement, term: TermCriteria, analyte: Analyte, catalogue: Catalogue
) -> Row:
    """Read a result for a term; nothing is repaired, and what cannot be used is told."""
    notes = _Notes()
    unit, state = _unit(result, analyte, catalogue, notes)
    value, reason = _value(result, analyte, notes)
    if term.adults_only and result.age_years is not None and result.age_years < _ADULT:
        value, reason = None, Reason.CHILD
        notes.note("child", f"{term.term} is graded by number for adults only.")
    lln, uln = _limits(result, term, analyte, notes)
    baseline, baseline_range = _baseline(result, analyte, uln, lln, notes)
    if baseline == 0 and _multiplies_baseline(term):
        notes.note(
            "baseline_zero",
            "The baseline is 0, and thresholds are multiples or shares of it; it is not used.",
        )
        baseline = None
    percent = _usable("change from baseline", result.percent_change_from_baseline, notes)
    _percent_agrees(percent, value, baseline, notes)
    return Row(
        number=catalogue.number_of(term.term, analyte.id, unit, state),
        value=value,
        lln=lln,
        uln=uln,
        baseline=baseline,
        baseline_range=baseline_range,
        percent=percent,
        facts=dict(_facts(result, catalogue, notes)),
        not_gradable=reason,
        findings=tuple(notes.findings),
    )


def _unit(
    result: LaboratoryMeasurement, analyte: Analyte, catalogue: Catalogue, notes: _Notes
) -> tuple[Unit | None, UnitState]:
    unit = analyte.unit(result.unit, catalogue.units)
    if unit is not None:
        return unit, UnitState.KNOWN
    if result.unit is None:
        return None, UnitState.MISSING
    known = ", ".join(each.symbol for each in analyte.units)
    way_out = analyte.way_out(result.unit)
    notes.note(
        "unit_unknown",
        f"Unit {result.unit!r} is not known for {analyte.title}; known are {known}, "
        "and other spellings of them. It is taken as the unit of the limits."
        + ("" if way_out is None else f" {way_out}"),
    )
    return None, UnitState.UNKNOWN


def _value(
    result: LaboratoryMeasurement, analyte: Analyte, notes: _Notes
) -> tuple[Decimal | Bounds | None, Reason | None]:
    told = result.value
    if told is None:
        return None, Reason.VALUE_MISSING
    value = told if isinstance(told, Decimal) else _read(told, analyte)
    if value is None or (isinstance(value, Decimal) and not measurable(value)):
        notes.note(
            "value_unreadable",
            f"Value {told!r} is no number and no result in words that {analyte.title} has: write "
            "a number with a point, or a bound such as <3.42.",
        )
        return None, Reason.VALUE_UNREADABLE
    if _surely_negative(value) and not analyte.negative_allowed:
        notes.note("value_negative", f"{analyte.title} cannot be negative, and is {told}.")
        return None, Reason.VALUE_NEGATIVE
    return value, None


def _surely_negative(value: Decimal | Bounds) -> bool:
    if isinstance(value, Decimal):
        return value < 0
    return value.high is not None and (value.high < 0 or (value.high == 0 and value.open_above))


def _read(text: str, analyte: Analyte) -> Decimal | Bounds | None:
    word = analyte.number_of(text)
    if word is not None:
        return word
    censored = _CENSORED.fullmatch(text)
    if censored is None:
        return _decimal(text)
    bound = _decimal(censored["number"].strip())
    if bound is None:
        return None
    lowest = None if analyte.negative_allowed else Decimal(0)
    strict = censored["sign"] in {"<", ">"}
    if censored["sign"] in {"<", "<=", "≤"}:
        return Bounds(low=lowest, high=bound, open_below=False, open_above=strict)
    return Bounds(low=bound, high=None, open_below=strict, open_above=False)


def _decimal(text: str) -> Decimal | None:
    if not _NUMBER.fullmatch(text):
        return None
    number = Decimal(text)
    return number if measurable(number) else None


def measurable(number: Decimal) -> bool:
    """Whether a number is one that a measurement can have."""
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -_DIGITS and number.adjusted() <= _DIGITS


def _usable(name: str, number: Decimal | None, notes: _Notes) -> Decimal | None:
    if number is None or measurable(number):
        return number
    notes.note("number_unreadable", f"The {name} is no number that a measurement can have.")
    return None


def _limits(
    result: LaboratoryMeasurement, term: TermCriteria, analyte: Analyte, notes: _Notes
) -> tuple[Decimal | None, Decimal | None]:
    lln = _usable("lower limit of normal", result.lln, notes)
    uln = _usable("upper limit of normal", result.uln, notes)
    if lln is not None and uln is not None and lln > uln:
        notes.note(
            "limits_reversed",
            f"The lower limit of normal, {lln}, lies above the upper one, {uln}; neither is used.",
        )
        return None, None
    kept = []
    for name, limit in (("lower", lln), ("upper", uln)):
        if limit is not None and limit < 0 and not analyte.negative_allowed:
            notes.note(
                "limit_negative",
                f"The {name} limit of normal is {limit}, which {analyte.title} cannot be; it is "
                "not used.",
            )
            limit = None
        kept.append(limit)
    if kept[1] == 0:
        notes.note("limit_zero", "The upper limit of normal is 0, which is none; it is not used.")
        kept[1] = None
    if kept[0] == 0 and term.direction == "low":
        notes.note(
            "limit_zero",
            "The lower limit of normal is 0, below which nothing lies; it is not used.",
        )
        kept[0] = None
    return kept[0], kept[1]


def _baseline(
    result: LaboratoryMeasurement,
    analyte: Analyte,
    uln: Decimal | None,
    lln: Decimal | None,
    notes: _Notes,
) -> tuple[Decimal | None, Range]:
    if result.baseline is None:
        return None, Range.UNSTATED
    value = _usable("baseline", result.baseline.value, notes)
    stated = _RANGES[result.baseline.range]
    if value is not None and value < 0 and not analyte.negative_allowed:
        notes.note(
            "baseline_negative",
            f"The baseline is {value}, which {analyte.title} cannot be; it is not used.",
        )
        return None, stated
    if value is not None and stated and _range_of(value, lln, uln) not in {None, stated}:
        notes.note(
            "baseline_range_differs",
            f"The baseline {value} is reported as {stated.name.lower()}, and is not by the "
            "limits given here; what was reported is used.",
        )
    return value, stated


def _multiplies_baseline(term: TermCriteria) -> bool:
    thresholds = [
        threshold
        for clauses in term.grades.values()
        for clause in clauses
        for _, threshold in clause.bounds
    ]
    return any(
        isinstance(each, Percent)
        or (isinstance(each, Multiple) and each.of is Limit.BASELINE and each.factor != 1)
        for each in thresholds
    )


def _range_of(value: Decimal, lln: Decimal | None, uln: Decimal | None) -> Range | None:
    if uln is not None and value > uln:
        return Range.HIGH
    if lln is not None and value < lln:
        return Range.LOW
    return None if uln is None or lln is None else Range.NORMAL


def _percent_agrees(
    reported: Decimal | None,
    value: Decimal | Bounds | None,
    baseline: Decimal | None,
    notes: _Notes,
) -> None:
    """A reported change that the two values contradict, by more than rounding, is told."""
    if reported is None or not baseline or not isinstance(value, Decimal):
        return
    derived = (value - baseline) / baseline * 100
    if abs(derived - reported) > 1:
        notes.note(
            "percent_change_differs",
            f"The reported change from baseline is {reported} %, and the two values make it "
            f"{derived:.1f} %; what was reported is used.",
        )


def _facts(
    result: LaboratoryMeasurement, catalogue: Catalogue, notes: _Notes
) -> Iterator[tuple[str, bool]]:
    for name, value in result.facts.items():
        if name not in catalogue.criteria.facts:
            notes.note("fact_unknown", f"Fact {name!r} is asked for by no criterion.")
        elif isinstance(value, bool):
            yield name, value
        elif value is not None:
            notes.note("fact_unreadable", f"Fact {name!r} is {value!r}, and not true or false.")
