"""The evaluator against grading written a second time (reference.py), on results of every kind."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given, reject, settings
from hypothesis import strategies as st

from app.domain.laboratory.assembly import exact_columns, small_columns
from app.domain.laboratory.assembly import graded as graded_rows
from app.domain.laboratory.columns import Range
from app.domain.laboratory.evaluate import NO_GRADE, Graded, Status, evaluate
from app.domain.laboratory.grading import Chosen, grades
from app.domain.laboratory.ladder import UnitState
from app.domain.laboratory.policy import Policy
from app.domain.laboratory.reading import Bounds, Row
from app.domain.quantities import Unit
from tests.domain.laboratory import reference
from tests.domain.laboratory.completions import (
    Asked,
    Interval,
    accepted,
    clauses,
    document,
    numeric,
    printed_at,
    relatives,
    thresholds,
)
from tests.domain.laboratory.measured import catalogue
from tests.sparing import spared

SUBJECTS = [(term["term"], name) for term in document()["terms"] for name in term["analytes"]]
STATED = {None: Range.UNSTATED, "low": Range.LOW, "normal": Range.NORMAL, "high": Range.HIGH}
SHARES = ("0.3", "0.8", "0.999999", "1", "1.000001", "1.3", "4")
ASSUMPTIONS = ("worst", "absent", "bounds")


@dataclass(frozen=True, kw_only=True)
class Case:
    """One result, as the evaluator and as the reference take it."""

    row: Row
    asked: Asked


policies = st.builds(
    Policy,
    symptoms=st.sampled_from(ASSUMPTIONS),
    anticoagulation=st.sampled_from(ASSUMPTIONS),
    abnormal_baseline=st.sampled_from(["above_uln", "outside_limits"]),
    missing_baseline=st.sampled_from(["as_normal", "none"]),
    open_grade=st.sampled_from(["none", "lowest", "highest"]),
)


def decimal(number: Fraction) -> Decimal:
    """A number that can be reported, near this one."""
    return round(Decimal(number.numerator) / Decimal(number.denominator), 9)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A result whose numbers lie at, near or far from a threshold; some inputs are missing."""
    term, analyte = draw(st.sampled_from(SUBJECTS))
    known = accepted(analyte)
    unit = draw(st.sampled_from([*known * 4, None] if len(known) > 1 else known))
    near = Asked(term=term, analyte=analyte, value=Fraction(1), unit=unit, limits={})
    where = unit or known[0]
    printed = [
        printed_at(each, where, analyte)
        for clause in numeric(near)
        for _, each in thresholds(clause.text)
        if isinstance(each, Mapping)
    ]
    around = draw(st.sampled_from(printed or [Fraction(40)])) or Fraction(1, 10)
    value = decimal(around * Fraction(draw(st.sampled_from(SHARES)))) or Decimal("0.5")
    limits: dict[str, Decimal | None] = {}
    for name in ("LLN", "ULN", "baseline"):
        at = [
            (Fraction(value) - read.amount) / read.factor
            for read in relatives(near, where)
            if read.of == name
        ]
        told = draw(st.sampled_from(at or [Fraction(value)]))
        told *= Fraction(draw(st.sampled_from(SHARES)))
        limits[name] = decimal(abs(told)) or Decimal(1)
    for name in draw(st.lists(st.sampled_from(sorted(limits)), max_size=2, unique=True)):
        limits[name] = None
    names = sorted({fact for each in clauses(near) for fact in facts_of(each.text)})
    facts = {
        name: holds
        for name in names
        if (holds := draw(st.sampled_from([None, None, True, False]))) is not None
    }
    stated = draw(st.sampled_from([None, None, "low", "normal", "high"]))
    percent = draw(st.sampled_from([None, None, None, "-75", "-50", "-24.9", "-5", "5", "20"]))
    bound = draw(st.sampled_from([None, None, None, None, "<", "<=", ">", ">="]))
    number = catalogue().number_of(
        term, analyte, unit, UnitState.MISSING if unit is None else UnitState.KNOWN
    )
    return Case(
        row=Row(
            number=number,
            value=value if bound is None else bounded(value, bound),
            lln=limits["LLN"],
            uln=limits["ULN"],
            baseline=limits["baseline"],
            baseline_range=STATED[stated],
            percent=None if percent is None else Decimal(percent),
            facts=facts,
            not_gradable=None,
            findings=(),
        ),
        asked=Asked(
            term=term,
            analyte=analyte,
            value=Fraction(value) if bound is None else interval(value, bound),
            unit=unit,
            limits={
                name: None if each is None else Fraction(each) for name, each in limits.items()
            },
            stated=stated,
            percent=None if percent is None else Fraction(percent),
            facts=facts,
        ),
    )


def facts_of(clause: dict[str, Any]) -> list[str]:
    return [*clause.get("given", []), *clause.get("unless", [])]


def bounded(value: Decimal, sign: str) -> Bounds:
    below, strict = sign[0] == "<", len(sign) == 1
    return Bounds(
        low=Decimal(0) if below else value,
        high=value if below else None,
        open_below=strict and not below,
        open_above=strict and below,
    )


def interval(value: Decimal, sign: str) -> Interval:
    read = bounded(value, sign)
    low, high = (None if each is None else Fraction(each) for each in (read.low, read.high))
    return Interval(low, high, read.open_below, read.open_above)


def graded(case: Case, policy: Policy) -> Graded:
    return graded_rows([case.row], catalogue().ladder, policy)


def wide(asked: Asked, policy: Policy) -> bool:
    """Whether bounds may be wider than what is possible, for a reason that we accept.

    Without a unit each threshold is open by itself, although one unit would serve them all; so
    is each of a bounded value and a missing limit. An amount above a missing limit may be more
    than the value only where that limit would be negative, and that is not looked at. Where an
    abnormal baseline may be a low one and LLN is missing, both bands of a grade may be met, and
    neither surely.
    """
    outside = policy.abnormal_baseline == "outside_limits" and asked.stated is None
    missing = any(asked.limits[read.of] is None for read in relatives(asked, units(asked)))
    apart = any(
        read.amount and asked.limits[read.of] is None for read in relatives(asked, units(asked))
    )
    return (
        asked.unit is None
        or apart
        or (isinstance(asked.value, Interval) and missing)
        or (outside and asked.limits["LLN"] is None)
    )


def units(asked: Asked) -> Unit:
    return asked.unit or accepted(asked.analyte)[0]


@settings(max_examples=spared(2_500), derandomize=True, deadline=None)
@given(cases(), policies)
def test_bounds_and_grade_are_those_of_all_completions(case: Case, policy: Policy) -> None:
    found = graded(case, policy)
    low, high = int(found.low[0]), int(found.high[0])
    number_low, number_high = int(found.number_low[0]), int(found.number_high[0])
    right = reference.bounds(case.asked, policy)
    assert low <= right.with_all[0]
    assert right.with_all[1] <= high
    assert number_low <= right.by_number[0]
    assert right.by_number[1] <= number_high
    if not wide(case.asked, policy):
        assert (number_low, number_high) == right.by_number
        assert (low, high) == right.with_all
        grade = int(found.grade[0])
        assert (None if grade == NO_GRADE else grade) == reference.grade(case.asked, policy)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.lists(cases(), min_size=2, max_size=25), policies)
def test_a_batch_gives_each_row_what_it_gives_alone(batch: list[Case], policy: Policy) -> None:
    together = graded_rows([case.row for case in batch], catalogue().ladder, policy)
    for place, case in enumerate(batch):
        alone = graded(case, policy)
        for name in Graded.__slots__:
            assert getattr(together, name)[place] == getattr(alone, name)[0], (name, case)


@settings(max_examples=40, derandomize=True, deadline=None)
@given(st.lists(cases(), min_size=2, max_size=15), policies)
def test_the_reasons_of_a_batch_are_those_of_each_row_alone(
    batch: list[Case], policy: Policy
) -> None:
    first = batch[0].row  # as results of its ladder all are explained together
    rows = [case.row for case in batch]
    chosen = [answered(row) for row in (*rows, *(replace(r, number=first.number) for r in rows))]
    alone = [grades([each], catalogue(), policy)[0] for each in chosen]
    assert list(grades(chosen, catalogue(), policy)) == alone


def answered(row: Row) -> Chosen:
    rule = catalogue().rules[row.number]
    return Chosen(term=rule.term, analyte=rule.analyte, row=row)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(cases(), policies)
def test_the_status_says_what_the_bounds_leave(case: Case, policy: Policy) -> None:
    found = graded(case, policy)
    grade, low, high = int(found.grade[0]), int(found.low[0]), int(found.high[0])
    match Status(int(found.status[0])):
        case Status.GRADED:
            assert grade == low == high
        case Status.AT_LEAST:
            assert grade == low < high
            assert found.number_high[0] <= grade
        case Status.BETWEEN:
            assert low < high
        case Status.NOT_GRADABLE:
            assert grade == NO_GRADE


@settings(max_examples=300, derandomize=True, deadline=None)
@given(cases(), policies)
def test_the_bounds_do_not_depend_on_what_is_assumed(case: Case, policy: Policy) -> None:
    reading = Policy(abnormal_baseline=policy.abnormal_baseline)
    one, other = graded(case, policy), graded(case, reading)
    for name in ("low", "high", "number_low", "number_high"):
        assert getattr(one, name)[0] == getattr(other, name)[0]


@settings(max_examples=200, derandomize=True, deadline=None)
@given(cases(), policies)
def test_small_numbers_are_graded_as_long_ones_are(case: Case, policy: Policy) -> None:
    """By int64 and by Python's own whole numbers."""
    row = case.row
    if not isinstance(row.value, Decimal):
        reject()
    lln, uln, baseline = (
        None if each is None else round(each, 6) for each in (row.lln, row.uln, row.baseline)
    )
    short = replace(row, value=round(row.value, 6), lln=lln, uln=uln, baseline=baseline)
    one, other = (
        evaluate(made([short]), catalogue().ladder, policy)
        for made in (small_columns, exact_columns)
    )
    for name in Graded.__slots__:
        assert getattr(one, name)[0] == getattr(other, name)[0]
