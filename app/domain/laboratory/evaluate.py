"""The evaluator: grades of any number of results, by columns. One result is a column of one.

Two bands are kept for each result. The *honest* one holds every grade that the result may have,
whatever was not told; the *assumed* one every grade that is left when the policy's assumptions
about symptoms are made. The grade is told from the assumed band.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import reduce
from itertools import pairwise, product
from typing import Final, NamedTuple, assert_never

import numpy as np

from app.domain.laboratory.columns import (
    FALSE,
    MISSING,
    TRUE,
    UNTOLD,
    Bools,
    Bytes,
    Columns,
    Range,
)
from app.domain.laboratory.criteria import Limit
from app.domain.laboratory.ladder import Ladder, Rung, UnitState
from app.domain.laboratory.policy import Policy
from app.domain.laboratory.truth import (
    Truth,
    both,
    lacking,
    normal_baseline,
    opposite,
    told,
    truth_of,
    within,
)

NO_GRADE: Final = -1


class Status(IntEnum):
    """How far a result can be graded."""

    GRADED = 0
    AT_LEAST = 1
    BETWEEN = 2
    NOT_GRADABLE = 3


class Reason(IntEnum):
    """What the status rests on."""

    NUMBER_DECIDES = 0
    FACTS_COULD_RAISE = 1
    CONDITIONS_OPEN = 2
    BASELINE_MISSING = 3
    ULN_MISSING = 4
    LLN_MISSING = 5
    UNIT_MISSING = 6
    UNIT_UNKNOWN = 7
    VALUE_CENSORED = 8
    VALUE_MISSING = 9
    VALUE_UNREADABLE = 10
    VALUE_NEGATIVE = 11
    CHILD = 12


_MISSING: Final = {
    Limit.BASELINE: Reason.BASELINE_MISSING,
    Limit.LLN: Reason.LLN_MISSING,
    Limit.ULN: Reason.ULN_MISSING,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """Grades of as many results as were asked, in their order.

    `grade` is NO_GRADE where none can be told; `low` and `high` bound what is possible,
    `number_low` and `number_high` what the number alone leaves possible.
    """

    grade: Bytes
    low: Bytes
    high: Bytes
    number_low: Bytes
    number_high: Bytes
    status: Bytes
    reason: Bytes


class Band(NamedTuple):
    """The lowest and the highest grade of each result."""

    low: Bytes
    high: Bytes


def evaluate(columns: Columns, ladder: Callable[[int], Ladder], policy: Policy) -> Graded:
    """Grade each result by its ladder, which `ladder` tells by its number."""
    order = np.argsort(columns.ladder, kind="stable")
    numbers = replace(columns, facts={}).taken(order)
    found = Graded(**{name: np.empty(len(order), dtype=np.int8) for name in Graded.__slots__})
    changes = np.flatnonzero(numbers.ladder[1:] != numbers.ladder[:-1]) + 1
    for first, end in pairwise((0, *changes.tolist(), len(order))):
        if first < end:
            rule, places = ladder(int(numbers.ladder[first])), order[first:end]
            told = {
                name: columns.facts[name][places] for name in rule.asked & columns.facts.keys()
            }
            answers = grade(replace(numbers.taken(slice(first, end)), facts=told), rule, policy)
            for name in Graded.__slots__:
                getattr(found, name)[first:end] = getattr(answers, name)
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return Graded(**{name: getattr(found, name)[back] for name in Graded.__slots__})


def grade(rows: Columns, ladder: Ladder, policy: Policy) -> Graded:
    """Grade results of one ladder."""
    truths = truths_of(rows, ladder, policy)
    honest = _band(rows, truths, ladder, policy.honest)
    assumed = honest
    if any(rung.conditional for rung, _ in truths):
        assumed = _band(rows, truths, ladder, policy)
    open_band, told_band = _facts(rows, ladder, honest)
    low = np.maximum(honest.low, told_band.low)
    high = np.maximum(np.maximum(honest.high, told_band.high), open_band)
    raised = told_band if assumed is honest else _facts(rows, ladder, assumed)[1]
    left = Band(np.maximum(assumed.low, raised.low), np.maximum(assumed.high, raised.high))
    found = _grade(rows, ladder, left, policy)
    known = _anything_known(truths, rows)
    valued = rows.value != MISSING
    found = np.where(valued & (known | (found != NO_GRADE)), found, NO_GRADE).astype(np.int8)
    settled = np.maximum(honest.high, told_band.high)
    status = np.select(
        [~valued | ~(known | (found != NO_GRADE)), low == high, (found == low) & (settled == low)],
        [Status.NOT_GRADABLE, Status.GRADED, Status.AT_LEAST],
        Status.BETWEEN,
    ).astype(np.int8)
    return Graded(
        grade=found,
        low=low,
        high=high,
        number_low=honest.low,
        number_high=honest.high,
        status=status,
        reason=_reasons(rows, truths, ladder, status, left),
    )


def truths_of(rows: Columns, ladder: Ladder, policy: Policy) -> list[tuple[Rung, Truth]]:
    """Each rung with the rows whose numbers meet it; facts are not looked at."""
    normal: Truth | None = None
    if ladder.baseline_matters:
        above_uln_only = policy.abnormal_baseline == "above_uln"
        normal = normal_baseline(rows, above_uln_only=above_uln_only)
    return [(rung, _numbers(rung, rows, normal, policy)) for rung in ladder.rungs]


def _numbers(rung: Rung, rows: Columns, normal: Truth | None, policy: Policy) -> Truth:
    truth = reduce(both, (truth_of(test, rows) for test in rung.tests))
    if normal is None or rung.clause.baseline is None:
        return truth
    if rung.clause.baseline == "normal":
        return within(rung, rows, both(truth, normal), of=Limit.ULN, least=Limit.BASELINE)
    truth = both(truth, opposite(normal))
    if policy.abnormal_baseline == "outside_limits":
        return truth
    return within(rung, rows, truth, of=Limit.BASELINE, least=Limit.ULN)


def conditioned(
    rows: Columns, truths: Sequence[tuple[Rung, Truth]], ladder: Ladder, policy: Policy
) -> Iterator[tuple[Rung, Truth]]:
    """Each rung with the rows that meet it, with what the policy assumes of untold facts."""
    for rung, truth in truths:
        for wanted, facts in ((True, rung.clause.given), (False, rung.clause.unless)):
            for fact in facts:
                assumption = policy.assumption(fact, ladder.symptoms, wanted=wanted)
                condition = told(fact, rows, assumption, wanted=wanted)
                if condition is not None:
                    truth = both(truth, condition)
        yield rung, truth


def as_normal(rows: Columns, ladder: Ladder) -> tuple[Columns, Ladder]:
    """Rows and rungs as if the baseline had been normal, of which no value is known.

    Where the term looks at a limit, that stands for the baseline whatever was reported of it.
    """
    normal = np.full(len(rows), Range.NORMAL, dtype=np.int8)
    if ladder.own_limit is None:
        stated = rows.baseline_range
        normal = np.where(stated == Range.UNSTATED, normal, stated)
    return replace(rows, baseline_range=normal), ladder.without_baseline


def baseline_missing(rows: Columns, ladder: Ladder) -> Bools:
    """Where some rung asks for a baseline that is missing."""
    missing = np.zeros(len(rows), dtype=np.bool_)
    for rung in ladder.rungs:
        if Limit.BASELINE in rung.asked:
            missing |= lacking(rung, Limit.BASELINE, rows)
    return missing


def _band(
    rows: Columns, truths: Sequence[tuple[Rung, Truth]], ladder: Ladder, policy: Policy
) -> Band:
    """The grades that the rungs leave.

    A fact that one rung asks for and another excludes holds or does not: where it is open, the
    grades of both ways are left.
    """
    split = ladder.either_way if policy.symptoms == "bounds" else ()
    bands = [
        _reached(_settled(rows, dict(zip(split, ways, strict=True))), truths, ladder, policy)
        for ways in product((TRUE, FALSE), repeat=len(split))
    ]
    lows, highs = zip(*bands, strict=True)
    return Band(reduce(np.minimum, lows), reduce(np.maximum, highs))


def _settled(rows: Columns, ways: Mapping[str, int]) -> Columns:
    """The rows with these facts, where nobody told them."""
    facts = dict(rows.facts)
    for fact, way in ways.items():
        told_of = facts.get(fact, np.zeros(len(rows), dtype=np.int8))
        facts[fact] = np.where(told_of == UNTOLD, np.int8(way), told_of)
    return replace(rows, facts=facts) if ways else rows


def _reached(
    rows: Columns, truths: Sequence[tuple[Rung, Truth]], ladder: Ladder, policy: Policy
) -> Band:
    low = np.zeros(len(rows), dtype=np.int8)
    high, apart = low, False
    for rung, truth in conditioned(rows, truths, ladder, policy):
        if not truth.decided and not apart:
            high, apart = low.copy(), True
        np.maximum(low, truth.sure.view(np.int8) * np.int8(rung.grade), out=low)
        if apart:
            np.maximum(high, truth.possible.view(np.int8) * np.int8(rung.grade), out=high)
    return Band(low, high)


def _facts(rows: Columns, ladder: Ladder, band: Band) -> tuple[Bytes, Band]:
    """What clauses without a number can raise the grade to, and what those told raise it to.

    They speak of somebody who has the finding: where the number surely shows none, they raise
    nothing, but for facts that count alone and were told.
    """
    count = len(rows)
    present = Truth(band.low > 0, band.high > 0)
    if ladder.absent is not None:
        below = opposite(reduce(both, (truth_of(test, rows) for test in ladder.absent.tests)))
        present = Truth(present.sure | below.sure, present.possible | below.possible)
    for fact in ladder.alone & rows.facts.keys():
        shown = rows.facts[fact] == TRUE
        present = Truth(present.sure | shown, present.possible | shown)
    could = np.zeros(count, dtype=np.int8)
    does = np.zeros(count, dtype=np.int8)
    for each, fact in ladder.facts:
        column = rows.facts.get(fact)
        open_to = np.int8(each)
        if column is None:
            could = np.maximum(could, open_to)
        else:
            could = np.maximum(could, (column != FALSE).view(np.int8) * open_to)
            does = np.maximum(does, (column == TRUE).view(np.int8) * open_to)
    raised = Band(does * present.sure.view(np.int8), does * present.possible.view(np.int8))
    return could * present.possible.view(np.int8), raised


def _grade(rows: Columns, ladder: Ladder, left: Band, policy: Policy) -> Bytes:
    """One grade out of those that are left, NO_GRADE where the policy tells none."""
    found = left.low
    several = left.low != left.high
    if not several.any():
        return found
    found = np.where(several & ~_stands(rows, ladder, left, policy), np.int8(NO_GRADE), found)
    if policy.missing_baseline == "as_normal":
        missing = np.flatnonzero(several & baseline_missing(rows, ladder))
        if len(missing):
            found[missing] = _by_normal(rows.taken(missing), ladder, found[missing], policy)
    match policy.open_grade:
        case "lowest":
            return np.where(found == NO_GRADE, left.low, found)
        case "highest":
            return np.where(found == NO_GRADE, left.high, found)
        case "none":
            return found
        case _:
            assert_never(policy.open_grade)


def _stands(rows: Columns, ladder: Ladder, left: Band, policy: Policy) -> Bools:
    """Whether the lowest grade left is reached without what is missing.

    Without a unit nothing stands: the same number in another unit may be another grade. Where
    the policy leaves symptoms open and they decide, neither does it, nor where the grade is the
    lower one of two ways.
    """
    if ladder.out_of_reach:
        return np.zeros(len(rows), dtype=np.bool_)
    stands = left.low > 0
    if policy.symptoms == "bounds" or policy.anticoagulation == "bounds":
        worst = replace(policy, symptoms="worst", anticoagulation="worst")
        absent = replace(policy, symptoms="absent", anticoagulation="absent")
        truths = truths_of(rows, ladder, policy)
        high = _band(rows, truths, ladder, worst)
        low = _band(rows, truths, ladder, absent)
        stands &= (high.low == low.low) & (high.high == low.high)
        one_way, either = (each(rows, truths, ladder, policy) for each in (_reached, _band))
        stands &= one_way.low == either.low
    return stands


def _by_normal(rows: Columns, ladder: Ladder, found: Bytes, policy: Policy) -> Bytes:
    """The grade as if the missing baseline had been normal, where one is left then."""
    normal, left = as_normal(rows, ladder)
    band = _band(normal, truths_of(normal, left, policy), left, policy)
    _, raised = _facts(normal, left, band)
    low, high = np.maximum(band.low, raised.low), np.maximum(band.high, raised.high)
    return np.where(low == high, low, found)


def _anything_known(truths: Sequence[tuple[Rung, Truth]], rows: Columns) -> Bools:
    """Whether the number decides any clause."""
    if any(truth.decided for _, truth in truths):
        return np.ones(len(rows), dtype=np.bool_)
    known = np.zeros(len(rows), dtype=np.bool_)
    for _, truth in truths:
        known |= truth.sure == truth.possible
    return known


def _reasons(
    rows: Columns,
    truths: Sequence[tuple[Rung, Truth]],
    ladder: Ladder,
    status: Bytes,
    left: Band,
) -> Bytes:
    """Why the status is what it is: what is missing first, where it leaves a higher grade open."""
    reason = np.full(len(rows), Reason.NUMBER_DECIDES, dtype=np.int8)
    reason[status == Status.AT_LEAST] = Reason.FACTS_COULD_RAISE
    open_rows = (status == Status.BETWEEN) | (status == Status.NOT_GRADABLE)
    if not open_rows.any():
        return reason
    reason[open_rows] = Reason.CONDITIONS_OPEN
    several = open_rows & (left.low != left.high)
    if rows.reach is not None:
        reason[several & (rows.value != rows.reach.upto)] = Reason.VALUE_CENSORED
    higher = [
        (rung, several & each.open & (rung.grade > left.low))
        for rung, each in truths
        if not each.decided
    ]
    for limit, code in _MISSING.items():
        for rung, where in higher:
            if limit in rung.asked:
                reason[where & lacking(rung, limit, rows)] = code
    if ladder.out_of_reach:
        state = ladder.state is UnitState.UNKNOWN
        reason[several] = Reason.UNIT_UNKNOWN if state else Reason.UNIT_MISSING
    reason[rows.value == MISSING] = Reason.VALUE_MISSING
    return reason
