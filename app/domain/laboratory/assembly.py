"""From rows to columns and back: the same evaluator for one result and for millions."""

from collections.abc import Callable, Sequence
from decimal import Context, Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.domain.laboratory.columns import FALSE, MISSING, SAFE, SCALE, TRUE, Bytes, Columns, Reach
from app.domain.laboratory.evaluate import Graded, evaluate
from app.domain.laboratory.ladder import Ladder
from app.domain.laboratory.policy import Policy
from app.domain.laboratory.reading import Bounds, Row

_EXACT: Final = Context(prec=200)
_BOUNDLESS: Final = 10**60
"""Beyond every number that a measurement can have; only in columns of objects."""


def graded(rows: Sequence[Row], ladder: Callable[[int], Ladder], policy: Policy) -> Graded:
    """Grade rows in their order: those of small exact numbers by int64, the others by objects."""
    small: list[int] = []
    large: list[int] = []
    for place, row in enumerate(rows):
        (small if _small(row) else large).append(place)
    answers = Graded(**{name: np.empty(len(rows), dtype=np.int8) for name in Graded.__slots__})
    for places, build in ((small, small_columns), (large, exact_columns)):
        if places:
            found = evaluate(build([rows[place] for place in places]), ladder, policy)
            for name in Graded.__slots__:
                getattr(answers, name)[places] = getattr(found, name)
    for place, row in enumerate(rows):
        if row.not_gradable is not None:
            answers.reason[place] = row.not_gradable
    return answers


def small_columns(rows: Sequence[Row]) -> Columns:
    """Columns of int64, of rows whose numbers all fit."""

    def column(numbers: Sequence[Decimal | Bounds | None]) -> NDArray[np.int64]:
        scaled = [
            int(_EXACT.scaleb(each, SCALE)) if isinstance(each, Decimal) else MISSING
            for each in numbers
        ]
        return np.array(scaled, dtype=np.int64)

    return Columns(
        ladder=np.array([row.number for row in rows], dtype=np.int16),
        value=column([row.value for row in rows]),
        lln=column([row.lln for row in rows]),
        uln=column([row.uln for row in rows]),
        baseline=column([row.baseline for row in rows]),
        baseline_range=np.array([row.baseline_range for row in rows], dtype=np.int8),
        percent=column([row.percent for row in rows]),
        facts=_facts(rows),
    )


def exact_columns(rows: Sequence[Row]) -> Columns:
    """Columns of Python's whole numbers, of any rows."""
    scale = max((_decimals(each) for row in rows for each in _numbers(row)), default=0)

    def scaled(number: Decimal | None, otherwise: int) -> int:
        return otherwise if number is None else int(_EXACT.scaleb(number, scale))

    def column(numbers: Sequence[int]) -> NDArray[np.object_]:
        return np.array(numbers, dtype=np.object_)

    lows, highs, open_below, open_above = [], [], [], []
    for value in (row.value for row in rows):
        if isinstance(value, Bounds):
            lows.append(scaled(value.low, -_BOUNDLESS))
            highs.append(scaled(value.high, _BOUNDLESS))
        else:
            lows.append(scaled(value, MISSING))
            highs.append(scaled(value, MISSING))
        open_below.append(isinstance(value, Bounds) and value.open_below)
        open_above.append(isinstance(value, Bounds) and value.open_above)
    return Columns(
        ladder=np.array([row.number for row in rows], dtype=np.int16),
        value=column(lows),
        lln=column([scaled(row.lln, MISSING) for row in rows]),
        uln=column([scaled(row.uln, MISSING) for row in rows]),
        baseline=column([scaled(row.baseline, MISSING) for row in rows]),
        baseline_range=np.array([row.baseline_range for row in rows], dtype=np.int8),
        percent=column([scaled(row.percent, MISSING) for row in rows]),
        facts=_facts(rows),
        scale=scale,
        reach=Reach(
            upto=column(highs),
            open_below=np.array(open_below, dtype=np.bool_),
            open_above=np.array(open_above, dtype=np.bool_),
        ),
    )


def _facts(rows: Sequence[Row]) -> dict[str, Bytes]:
    columns: dict[str, Bytes] = {}
    for place, row in enumerate(rows):
        for name, holds in row.facts.items():
            if name not in columns:
                columns[name] = np.zeros(len(rows), dtype=np.int8)
            columns[name][place] = TRUE if holds else FALSE
    return columns


def _numbers(row: Row) -> list[Decimal]:
    value = row.value
    told = [row.lln, row.uln, row.baseline, row.percent]
    told += [value.low, value.high] if isinstance(value, Bounds) else [value]
    return [each for each in told if each is not None]


def _small(row: Row) -> bool:
    return not isinstance(row.value, Bounds) and all(map(_fits, _numbers(row)))


def _fits(number: Decimal) -> bool:
    """Whether a column of int64 holds it exactly."""
    scaled = _EXACT.scaleb(number, SCALE)
    return abs(scaled) < SAFE and scaled == int(scaled)


def _decimals(number: Decimal) -> int:
    """Digits after the point; a reading never has an infinite or undefined number."""
    exponent = number.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
