"""Baselines of results that came without one: the last value before the first infusion."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Literal, Protocol

from app.domain.case import LaboratoryBaseline, LaboratoryResult
from app.domain.laboratory.catalogue import Catalogue
from app.domain.laboratory.evaluate import Reason
from app.domain.laboratory.grading import Chosen
from app.domain.laboratory.reading import Row, row_of
from app.domain.time import Span

_Measure = tuple[int, str | None]
"""A term by its analyte and unit, and the words of a unit that is not known."""


class Measured(Protocol):
    """A result with a term that it is graded for."""

    @property
    def result(self) -> LaboratoryResult:
        """As it was reported."""

    @property
    def span(self) -> Span:
        """When it was measured."""

    @property
    def chosen(self) -> Chosen:
        """As it was read."""


def with_baselines(
    rows: Sequence[Measured], catalogue: Catalogue, infused: Span, *, before_too: bool = False
) -> tuple[list[Chosen], tuple[str, ...]]:
    """The rows in order, those that may be of after the infusion with a baseline where they have
    none: the last value of the same analyte in the same unit that is surely of before. With
    `before_too`, those of before are held against it as well.

    Where it is not sure which that is, or it is no number, there is none; the sentences say so.
    """
    before: dict[_Measure, list[Measured]] = {}
    for each in rows:
        measured = each.chosen.row.not_gradable is not Reason.VALUE_MISSING
        if measured and each.span.last < infused.first:
            before.setdefault(_measure(each, catalogue), []).append(each)
    found = {measure: _last(candidates) for measure, candidates in before.items()}
    unsure: dict[str, None] = {}
    filled = []
    for each in rows:
        measure = _measure(each, catalogue)
        told = each.result.baseline is not None
        before_it = each.span.last < infused.first and not before_too
        if told or before_it or measure not in found:
            filled.append(each.chosen)
            continue
        baseline = found[measure]
        if baseline is None:
            name = each.chosen.analyte.title
            unsure[
                f"Which value of {name} was the last before the infusion is not sure, or it is no "
                "number: its results are graded without a baseline."
            ] = None
            filled.append(each.chosen)
            continue
        result = replace(each.result, baseline=baseline)
        term, analyte = each.chosen.term, each.chosen.analyte
        row = row_of(result, term, analyte, catalogue)
        filled.append(replace(each.chosen, row=row))
    return filled, tuple(unsure)


def _measure(each: Measured, catalogue: Catalogue) -> _Measure:
    number = each.chosen.row.number
    return number, (each.result.unit if catalogue.rules[number].unit is None else None)


def _last(candidates: Sequence[Measured]) -> LaboratoryBaseline | None:
    last = max(each.span.first for each in candidates)
    found = {_baseline(each.chosen.row) for each in candidates if each.span.last >= last}
    return found.pop() if len(found) == 1 else None


def _baseline(row: Row) -> LaboratoryBaseline | None:
    if not isinstance(row.value, Decimal):
        return None
    return LaboratoryBaseline(value=row.value, range=_range_of(row.value, row.lln, row.uln))


def _range_of(
    value: Decimal, lln: Decimal | None, uln: Decimal | None
) -> Literal["low", "normal", "high"] | None:
    """Where the value lay in its own range, as far as that is known."""
    if uln is not None and value > uln:
        return "high"
    if lln is not None and value < lln:
        return "low"
    return None if uln is None or lln is None else "normal"
