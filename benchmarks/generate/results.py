"""Laboratory results over all terms of CTCAE 5.0, drawn at random with a seed.

Every draw can be read as the columns that are graded by the million, as rows of decimals, and as
the measurement that somebody would send.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.data.criteria import load_catalogue
from app.domain.case import LaboratoryBaseline, LaboratoryMeasurement
from app.domain.laboratory.assembly import exact_columns
from app.domain.laboratory.catalogue import Catalogue
from app.domain.laboratory.columns import FALSE, MISSING, SCALE, TRUE, UNTOLD, Columns, Range
from app.domain.laboratory.criteria import TermCriteria
from app.domain.laboratory.ladder import UnitState
from app.domain.laboratory.reading import Bounds, Row
from benchmarks.generate.usual import USUAL, Usual

SEED: Final = 20_261_129

#: Shares of the results.
NORMAL: Final = 0.5
FIRST_UNIT: Final = 0.7
UNIT_MISSING: Final = 0.02
UNIT_UNKNOWN: Final = 0.02
LIMIT_MISSING: Final = 0.05
BASELINE_MISSING: Final = 0.10
BASELINE_NORMAL: Final = 0.80
RANGE_STATED: Final = 0.30
PERCENT_REPORTED: Final = 0.02
FACT_TOLD: Final = 0.10
FACT_TRUE: Final = 0.4
CENSORED: Final = 0.005
LONG: Final = 0.001

_WORDS: Final = {TRUE: True, FALSE: False}
_RANGES: Final[dict[Range, Literal["low", "normal", "high"]]] = {
    Range.LOW: "low",
    Range.NORMAL: "normal",
    Range.HIGH: "high",
}
_TAIL: Final = Decimal("0.000000004")
"""What makes a number too long for the columns of whole numbers."""


class Kind(NamedTuple):
    """A term by an analyte in a unit, with how it is usually reported."""

    ladder: int
    term: TermCriteria
    analyte: str
    unit: str | None
    usual: Usual
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """As many results as were asked for."""

    kind: NDArray[np.int16]
    columns: Columns
    censored: NDArray[np.int8]
    """-1 for "<", 1 for ">", else 0."""
    long: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.columns)

    @property
    def ordinary(self) -> NDArray[np.intp]:
        """Which results fit into columns of int64."""
        return np.flatnonzero((self.censored == 0) & ~self.long)

    @property
    def others(self) -> NDArray[np.intp]:
        """Which do not: censored and long numbers."""
        return np.flatnonzero((self.censored != 0) | self.long)

    def batches(self) -> tuple[Columns, Columns]:
        """All results as columns: of int64, and of Python's whole numbers."""
        others = exact_columns([self.row(int(place)) for place in self.others])
        return self.columns.taken(self.ordinary), others

    def rows(self, first: int, end: int) -> list[Row]:
        """Results as rows of decimals, as reading makes them."""
        return [self.row(place) for place in range(first, min(end, len(self)))]

    def row(self, place: int) -> Row:
        """One of them."""
        told = self.columns
        decimals = kinds()[self.kind[place]].usual.decimals

        def number(column: NDArray[np.int64], scale: int = decimals) -> Decimal | None:
            whole = int(column[place])
            if whole == MISSING:
                return None
            return Decimal(whole // 10 ** (SCALE - scale)).scaleb(-scale)

        return Row(
            number=int(told.ladder[place]),
            value=self._value(place, number(told.value)),
            lln=number(told.lln),
            uln=number(told.uln),
            baseline=number(told.baseline),
            baseline_range=Range(int(told.baseline_range[place])),
            percent=number(told.percent, 1),
            facts={
                name: _WORDS[int(column[place])]
                for name, column in told.facts.items()
                if column[place] != UNTOLD
            },
            not_gradable=None,
            findings=(),
        )

    def _value(self, place: int, value: Decimal | None) -> Decimal | Bounds | None:
        if value is None:
            return None
        if self.long[place]:
            return value + _TAIL
        if self.censored[place] < 0:
            return Bounds(low=Decimal(0), high=value, open_below=False, open_above=True)
        if self.censored[place] > 0:
            return Bounds(low=value, high=None, open_below=True, open_above=False)
        return value

    def measurement(self, place: int) -> LaboratoryMeasurement:
        """One result as somebody would send it."""
        row, kind = self.row(place), kinds()[self.kind[place]]
        value = row.value
        if isinstance(value, Bounds):
            told: Decimal | str | None = (
                f">{value.low}" if value.high is None else f"<{value.high}"
            )
        else:
            told = value
        baseline = LaboratoryBaseline(value=row.baseline, range=_RANGES.get(row.baseline_range))
        return LaboratoryMeasurement(
            term=kind.term.term,
            analyte=kind.analyte,
            value=told,
            unit=kind.unit,
            lln=row.lln,
            uln=row.uln,
            baseline=baseline,
            percent_change_from_baseline=row.percent,
            facts=dict(row.facts),
        )


def catalogue() -> Catalogue:
    """Criteria, analytes and units as they are packaged."""
    return load_catalogue("ctcae-5.0")


@cache
def kinds() -> tuple[Kind, ...]:
    """Every term by every analyte of it, in its usual units, without one, and in none known."""
    return tuple(_kinds(catalogue()))


def _kinds(known: Catalogue) -> Iterator[Kind]:
    for term in known.criteria.terms:
        for name in term.analytes:
            analyte = known.analytes.by_id(name)
            usual = USUAL[name]
            share = 1 / len(known.criteria.terms) / len(term.analytes)
            later = (1 - FIRST_UNIT) / max(1, len(usual) - 1)
            stated = 1 - UNIT_MISSING - UNIT_UNKNOWN
            for place, each in enumerate(usual):
                unit = analyte.unit(each.unit, known.units)
                assert unit is not None, f"{each.unit!r} is no unit of {name}"
                ladder = known.number_of(term.term, name, unit, UnitState.KNOWN)
                part = 1.0 if len(usual) == 1 else later if place else FIRST_UNIT
                yield Kind(ladder, term, name, each.unit, each, share * stated * part)
            for state, text, part in (
                (UnitState.MISSING, None, UNIT_MISSING),
                (UnitState.UNKNOWN, "furlong", UNIT_UNKNOWN),
            ):
                ladder = known.number_of(term.term, name, None, state)
                yield Kind(ladder, term, name, text, usual[0], share * part)


def draw(count: int, seed: int = SEED) -> Results:
    """Results, the same at each call."""
    rng = np.random.default_rng(seed)
    shares = np.array([each.share for each in kinds()])
    kind = rng.choice(len(shares), size=count, p=shares / shares.sum()).astype(np.int16)
    usual = np.array([each.usual[1:] for each in kinds()])[kind].T
    lowest, lln, uln, highest, decimals = usual
    step = (10 ** (SCALE - decimals)).astype(np.int64)

    def some(share: float) -> NDArray[np.bool_]:
        return rng.random(count) < share

    def whole(numbers: NDArray[np.float64]) -> NDArray[np.int64]:
        rounded: NDArray[np.int64] = np.rint(numbers * 10**SCALE / step).astype(np.int64) * step
        return rounded

    def spread(normal: float) -> NDArray[np.float64]:
        """Values in the range of normal, or beyond it on the side that the term looks at."""
        direction = np.array([_DIRECTIONS[each.term.direction] for each in kinds()])[kind]
        upwards = np.where(direction == 0, rng.random(count) < 0.5, direction > 0)
        beyond = rng.random(count) ** 2
        low, high = lln - (lln - lowest) * beyond, uln + (highest - uln) * beyond
        inside = lln + (uln - lln) * rng.random(count)
        drawn: NDArray[np.float64] = np.where(upwards, high, low)
        return np.where(some(normal), inside, drawn)

    value, baseline = whole(spread(NORMAL)), whole(spread(BASELINE_NORMAL))
    limits = [np.where(some(LIMIT_MISSING), MISSING, whole(each)) for each in (lln, uln)]
    falls = np.array([each.term.direction == "low" for each in kinds()])[kind]
    limits[0][(lln == 0) & falls] = MISSING
    limits[1][uln == 0] = MISSING
    stated = np.where(baseline > whole(uln), Range.HIGH, Range.NORMAL)
    stated = np.where(baseline < whole(lln), Range.LOW, stated)
    change = np.rint((value - baseline) / np.maximum(baseline, 1) * 1_000).astype(np.int64)
    reported = some(PERCENT_REPORTED) & (baseline > 0) & _asks_for_percent(kind)
    return Results(
        kind=kind,
        columns=Columns(
            ladder=np.array([each.ladder for each in kinds()], dtype=np.int16)[kind],
            value=value,
            lln=limits[0],
            uln=limits[1],
            baseline=np.where(some(BASELINE_MISSING), MISSING, baseline),
            baseline_range=np.where(some(RANGE_STATED), stated, Range.UNSTATED).astype(np.int8),
            percent=np.where(reported, change * 10 ** (SCALE - 1), MISSING),
            facts=_facts(kind, rng),
        ),
        censored=np.where(some(CENSORED), np.where(value <= whole(uln), -1, 1), 0).astype(np.int8),
        long=some(LONG),
    )


_DIRECTIONS: Final = {"low": -1, "high": 1, "change": 0}


def _asks_for_percent(kind: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Where a change in percent would be reported: only where the term speaks of one."""
    changing = {"Weight gain", "Weight loss", "Fibrinogen decreased"}
    asked: NDArray[np.bool_] = np.array([each.term.term in changing for each in kinds()])[kind]
    return asked


def _facts(kind: NDArray[np.int16], rng: np.random.Generator) -> dict[str, NDArray[np.int8]]:
    """What is told beside the number: of each fact that the term asks for, sometimes."""
    found = {}
    for fact in sorted(catalogue().criteria.facts):
        asked = np.array([fact in each.term.facts for each in kinds()])[kind]
        told = asked & (rng.random(len(kind)) < FACT_TOLD)
        word = np.where(rng.random(len(kind)) < FACT_TRUE, TRUE, FALSE)
        found[fact] = np.where(told, word, UNTOLD).astype(np.int8)
    return found
