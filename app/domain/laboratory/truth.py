"""Whether a threshold is met: surely, possibly, not."""

from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple, assert_never

import numpy as np

from app.domain.laboratory.columns import FALSE, MISSING, TRUE, Bools, Columns, Numbers, Range
from app.domain.laboratory.criteria import Edge, Limit
from app.domain.laboratory.ladder import (
    Apart,
    Changed,
    Number,
    OutOfReach,
    Rung,
    Test,
    Times,
)
from app.domain.laboratory.policy import Assumption


class Truth(NamedTuple):
    """In which rows something surely holds, and in which it may; one array where all is known."""

    sure: Bools
    possible: Bools

    @property
    def open(self) -> Bools:
        """Where it may hold, and may not."""
        return self.possible & ~self.sure

    @property
    def decided(self) -> bool:
        """Whether all is known, so that both are one array."""
        return self.sure is self.possible


def both(one: Truth, other: Truth) -> Truth:
    """Where both hold."""
    sure = one.sure & other.sure
    if one.decided and other.decided:
        return Truth(sure, sure)
    return Truth(sure, one.possible & other.possible)


def opposite(truth: Truth) -> Truth:
    """Where it does not hold."""
    sure = ~truth.possible
    return Truth(sure, sure if truth.decided else ~truth.sure)


def truth_of(test: Test, rows: Columns) -> Truth:
    """Whether the results meet one threshold."""
    match test:
        case Number():
            return _against(test.edge, rows, at=_number(test.edge, test.at, rows))
        case Times():
            limit = limit_of(test.of, rows)
            truth = _times(test.edge, rows, limit, test.factor)
            return _where_known(truth, limit != MISSING)
        case Apart():
            limit = limit_of(test.of, rows)
            at = _number(test.edge, test.amount, rows)
            return _where_known(_against(test.edge, rows, less=limit, at=at), limit != MISSING)
        case Changed():
            return _changed(test, rows)
        case OutOfReach():
            nothing = np.zeros(len(rows), dtype=np.bool_)
            return Truth(nothing, ~nothing)
        case _:
            assert_never(test)


def limit_of(limit: Limit, rows: Columns) -> Numbers:
    """The column of a limit."""
    match limit:
        case Limit.ULN:
            return rows.uln
        case Limit.LLN:
            return rows.lln
        case Limit.BASELINE:
            return rows.baseline
        case _:
            assert_never(limit)


def lacking(rung: Rung, limit: Limit, rows: Columns) -> Bools:
    """Where a rung asks for a limit that is missing; a reported change stands for the baseline."""
    missing: Bools = limit_of(limit, rows) == MISSING
    asked = np.zeros(len(rows), dtype=np.bool_)
    for test in rung.tests:
        if isinstance(test, Times | Apart) and test.of is limit:
            asked |= missing
        elif isinstance(test, Changed) and limit is Limit.BASELINE:
            asked |= missing & (rows.percent == MISSING)
    if rung.clause.baseline is not None and limit is Limit.BASELINE:
        asked |= missing & (rows.baseline_range == Range.UNSTATED)
    return asked


def told(fact: str, rows: Columns, assumption: Assumption, *, wanted: bool) -> Truth | None:
    """Whether a fact is as a clause wants it; None where it restricts nothing.

    Where nobody told it, `worst` takes it as wanted, `absent` takes it that the fact does not
    hold, and `bounds` leaves it open.
    """
    column = rows.facts.get(fact)
    if column is None and (assumption == "worst" or (assumption == "absent" and not wanted)):
        return None
    if column is None:
        nothing = np.zeros(len(rows), dtype=np.bool_)
        return Truth(nothing, nothing if assumption == "absent" else ~nothing)
    as_wanted = column == (TRUE if wanted else FALSE)
    not_so = column == (FALSE if wanted else TRUE)
    match assumption:
        case "worst":
            return _known(~not_so)
        case "absent":
            return _known(as_wanted if wanted else ~not_so)
        case "bounds":
            return Truth(as_wanted, ~not_so)
        case _:
            assert_never(assumption)


def normal_baseline(rows: Columns, *, above_uln_only: bool) -> Truth:
    """Whether the baseline was normal: as reported, else as the limits say.

    With `above_uln_only` a baseline below the range counts as normal, since the term is one of
    an increase.
    """
    stated = rows.baseline_range
    normal = stated == Range.NORMAL
    if above_uln_only:
        normal |= stated == Range.LOW
    unstated = stated == Range.UNSTATED
    if not unstated.any():
        return Truth(normal, normal)
    known = rows.baseline != MISSING
    derived = _where_known(_known(rows.baseline <= rows.uln), known & (rows.uln != MISSING))
    if not above_uln_only:
        above_lln = _known(rows.baseline >= rows.lln)
        derived = both(derived, _where_known(above_lln, known & (rows.lln != MISSING)))
    return _either(unstated, derived, normal)


def within(rung: Rung, rows: Columns, truth: Truth, *, of: Limit, least: Limit) -> Truth:
    """What is left possible where a missing limit lies at another one or above it.

    A normal baseline shows that ULN is no lower than it; one above ULN is higher than that. So
    what is not above so many times the one is not above so many times the other.
    """
    where: Bools = (limit_of(of, rows) == MISSING) & (limit_of(least, rows) != MISSING)
    where &= rows.baseline_range == Range.UNSTATED
    if not where.any():
        return truth
    possible = truth.possible
    for test in rung.tests:
        if isinstance(test, Times) and test.of is of:
            beyond = _times(Edge.ABOVE, rows, limit_of(least, rows), test.factor).possible
            possible = possible & (beyond | ~where)
    return Truth(truth.sure, possible)


def _changed(test: Changed, rows: Columns) -> Truth:
    """A change in percent, as it was reported, else told from the baseline."""
    baseline = rows.baseline
    derived = _where_known(_times(test.edge, rows, baseline, 1 + test.percent / 100), baseline > 0)
    reported = rows.percent != MISSING
    if not reported.any():
        return derived
    at = _number(test.edge, test.percent, rows)
    return _either(~reported, derived, _exact(test.edge, rows.percent, at))


def _times(edge: Edge, rows: Columns, limit: Numbers, factor: Fraction) -> Truth:
    return _against(edge, rows, times=factor.denominator, at=limit * factor.numerator)


def _number(edge: Edge, at: Fraction, rows: Columns) -> int | Fraction:
    """A threshold in the scale of the columns.

    Whole numbers lie beyond it exactly when they lie beyond its neighbour on the near side.
    """
    scaled = at * int(10**rows.scale)
    if rows.reach is not None and scaled.denominator != 1:
        return scaled
    return floor(scaled) if edge in {Edge.ABOVE, Edge.AT_MOST} else ceil(scaled)


def _against(
    edge: Edge,
    rows: Columns,
    *,
    at: Numbers | int | Fraction,
    times: int = 1,
    less: Numbers | None = None,
) -> Truth:
    """Whether the values, so many times and less a limit, lie on this side of a threshold."""

    def moved(numbers: Numbers) -> Numbers:
        if times != 1:
            numbers = numbers * times
        return numbers if less is None else numbers - less

    low = moved(rows.value)
    if rows.reach is None:
        return _known(_exact(edge, low, at))
    _, open_below, open_above = rows.reach
    high = moved(rows.reach.upto)
    match edge:
        case Edge.ABOVE:
            return Truth(np.where(open_below, low >= at, low > at), high > at)
        case Edge.AT_LEAST:
            return Truth(low >= at, np.where(open_above, high > at, high >= at))
        case Edge.BELOW:
            return Truth(np.where(open_above, high <= at, high < at), low < at)
        case Edge.AT_MOST:
            return Truth(high <= at, np.where(open_below, low < at, low <= at))
        case _:
            assert_never(edge)


def _exact(edge: Edge, value: Numbers, at: Numbers | int | Fraction) -> Bools:
    match edge:
        case Edge.ABOVE:
            holds = value > at
        case Edge.AT_LEAST:
            holds = value >= at
        case Edge.BELOW:
            holds = value < at
        case Edge.AT_MOST:
            holds = value <= at
        case _:
            assert_never(edge)
    return np.asarray(holds, dtype=np.bool_)


def _known(holds: Bools) -> Truth:
    return Truth(holds, holds)


def _where_known(truth: Truth, known: Bools) -> Truth:
    """Open where it is not known."""
    if known.all():
        return truth
    return Truth(truth.sure & known, truth.possible | ~known)


def _either(choice: Bools, one: Truth, other: Bools) -> Truth:
    """One where chosen, else what is known."""
    sure = np.where(choice, one.sure, other)
    return Truth(sure, sure if one.decided else np.where(choice, one.possible, other))
