"""Whether a threshold is met: surely, possibly, not; unknown is neither true nor false."""

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from app.domain.laboratory.assembly import exact_columns
from app.domain.laboratory.columns import FALSE, TRUE, UNTOLD, Columns
from app.domain.laboratory.criteria import Edge, Limit
from app.domain.laboratory.ladder import Apart, Changed, Number, OutOfReach, Test, Times
from app.domain.laboratory.policy import Assumption
from app.domain.laboratory.truth import Truth, both, opposite, told, truth_of
from tests.domain.laboratory.measured import row

YES, MAYBE, NO = (True, True), (False, True), (False, False)
POTASSIUM = {"term": "Hypokalemia", "unit": "mmol/L"}
SOME = Fraction(5)


def columns(*values: object, **limits: object) -> Columns:
    return exact_columns([row(**POTASSIUM, value=value, **limits) for value in values])


def truths(test: Test, rows: Columns) -> list[tuple[bool, bool]]:
    found = truth_of(test, rows)
    return list(zip(found.sure.tolist(), found.possible.tolist(), strict=True))


VALUES = ("4", "5", "6", "<5", "<=5", ">5", ">=5")
MET: Mapping[Edge, list[tuple[bool, bool]]] = {
    Edge.BELOW: [YES, NO, NO, YES, MAYBE, NO, NO],
    Edge.AT_MOST: [YES, YES, NO, YES, YES, NO, MAYBE],
    Edge.ABOVE: [NO, NO, YES, NO, NO, YES, MAYBE],
    Edge.AT_LEAST: [NO, YES, YES, NO, MAYBE, YES, YES],
}


@pytest.mark.parametrize("edge", list(Edge))
def test_each_edge_at_its_threshold(edge: Edge) -> None:
    assert truths(Number(edge=edge, at=SOME), columns(*VALUES)) == MET[edge]


@pytest.mark.parametrize("edge", list(Edge))
def test_so_for_a_limit_and_an_amount_from_it(edge: Edge) -> None:
    limited = columns(*VALUES, lln=2, uln="2.5")
    assert truths(Times(edge=edge, of=Limit.ULN, factor=Fraction(2)), limited) == MET[edge]
    assert truths(Times(edge=edge, of=Limit.LLN, factor=Fraction(5, 2)), limited) == MET[edge]
    assert truths(Apart(edge=edge, of=Limit.LLN, amount=Fraction(3)), limited) == MET[edge]


def test_a_missing_limit_leaves_it_open() -> None:
    test = Times(edge=Edge.ABOVE, of=Limit.BASELINE, factor=Fraction(3, 2))
    assert truths(test, columns(4, "<5")) == [MAYBE, MAYBE]
    assert truths(test, columns(4, "<5", baseline=2)) == [YES, MAYBE]


def test_a_threshold_out_of_reach_is_open() -> None:
    assert truths(OutOfReach(edge=Edge.ABOVE), columns(4)) == [MAYBE]


def test_a_change_is_as_reported_else_told_from_the_baseline() -> None:
    test = Changed(edge=Edge.AT_MOST, percent=Fraction(-25))
    assert truths(test, columns(3, "3.01", baseline=4)) == [YES, NO]
    assert truths(test, columns(3)) == [MAYBE]
    assert truths(test, columns(3, baseline=4, percent_change_from_baseline=-24)) == [NO]
    mixed = exact_columns(
        [
            row(**POTASSIUM, value=3, percent_change_from_baseline=-30),
            row(**POTASSIUM, value=3, baseline=4),
            row(**POTASSIUM, value=3),
        ]
    )
    assert truths(test, mixed) == [YES, YES, MAYBE]


def array(*holds: bool) -> NDArray[np.bool_]:
    return np.array(holds, dtype=np.bool_)


def test_kleenes_and_and_not() -> None:
    known = Truth(shared := array(True, True, True, False), shared)
    mixed = Truth(array(True, False, False, False), array(True, True, False, True))
    joined = both(known, mixed)
    assert joined.sure.tolist() == [True, False, False, False]
    assert joined.possible.tolist() == [True, True, False, False]
    assert joined.open.tolist() == [False, True, False, False]
    assert both(known, known).decided
    assert opposite(known).decided
    assert opposite(mixed).sure.tolist() == [False, False, True, False]
    assert opposite(mixed).possible.tolist() == [False, True, True, True]


@pytest.mark.parametrize(
    ("assumption", "wanted", "met"),
    [
        ("worst", True, [YES, YES, NO]),
        ("worst", False, [NO, YES, YES]),
        ("absent", True, [YES, NO, NO]),
        ("absent", False, [NO, YES, YES]),
        ("bounds", True, [YES, MAYBE, NO]),
        ("bounds", False, [NO, MAYBE, YES]),
    ],
)
def test_a_fact_as_a_clause_wants_it(
    assumption: Assumption, wanted: bool, met: list[tuple[bool, bool]]
) -> None:
    rows = columns(4, 4, 4)
    facts = {"symptomatic": np.array([TRUE, UNTOLD, FALSE], dtype=np.int8)}
    here = Columns(
        ladder=rows.ladder,
        value=rows.value,
        lln=rows.lln,
        uln=rows.uln,
        baseline=rows.baseline,
        baseline_range=rows.baseline_range,
        percent=rows.percent,
        facts=facts,
    )
    found = told("symptomatic", here, assumption, wanted=wanted)
    assert found is not None
    assert list(zip(found.sure.tolist(), found.possible.tolist(), strict=True)) == met
    untold = told("symptomatic", rows, assumption, wanted=wanted)
    if untold is None:
        assert met[1] == YES
    else:
        assert (bool(untold.sure[0]), bool(untold.possible[0])) == met[1]
