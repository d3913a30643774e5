"""The generated laboratory results: columns are those of their rows, and all ways agree."""

from dataclasses import replace
from functools import cache

import numpy as np

from app.domain.laboratory.assembly import graded, small_columns
from app.domain.laboratory.columns import Columns
from app.domain.laboratory.evaluate import Status
from app.domain.laboratory.grading import read
from app.domain.laboratory.policy import WORST
from app.domain.laboratory.reading import Bounds
from benchmarks.generate.results import Results, catalogue, draw, kinds
from benchmarks.laboratory import agreeing, different, grade_all
from benchmarks.rivals import plain_decimal

RESULTS = 3_000


@cache
def drawn(count: int = RESULTS) -> Results:
    return draw(count, seed=11)


def test_columns_are_those_of_the_rows() -> None:
    ordinary = drawn().ordinary
    made = small_columns([drawn().row(int(place)) for place in ordinary])
    assert differing_fields(drawn().columns.taken(ordinary), made) == []


def test_rows_are_those_that_reading_makes() -> None:
    """But for a baseline of 0, which reading refuses where it would be multiplied."""
    for place in range(500):
        drawn_row = drawn().row(place)
        (found,) = read(drawn().measurement(place), catalogue(), lambda text: text)
        if drawn_row.baseline != 0:
            assert replace(found.row, findings=()) == drawn_row


def test_a_batch_answers_as_each_result_alone_does() -> None:
    assert different(drawn(), grade_all(drawn().batches()), RESULTS) == 0


def test_a_difference_would_be_counted() -> None:
    small, others = grade_all(drawn().batches())
    wrong = replace(small, grade=np.where(small.grade == 4, 3, small.grade).astype(np.int8))
    first = drawn().ordinary < 500
    assert different(drawn(), (wrong, others), 500) == int((small.grade[first] == 4).sum()) > 0


def test_the_plain_loop_tells_the_grades_of_which_the_engine_is_sure() -> None:
    rows = [drawn().row(place) for place in range(RESULTS)]
    plain = [each for row in rows if (each := plain_decimal.plain(row)) is not None]
    functions = plain_decimal.functions_of(catalogue())
    assert agreeing(rows, plain_decimal.grades(plain, functions)) > RESULTS / 2


def test_every_term_analyte_unit_and_status_is_drawn() -> None:
    many = drawn(50_000)
    assert set(np.unique(many.kind)) == set(range(len(kinds())))
    found = graded([many.row(place) for place in range(RESULTS)], catalogue().ladder, WORST)
    assert set(np.unique(found.status)) == set(Status)
    assert set(np.unique(found.grade)) == {-1, 0, 1, 2, 3, 4}


def test_some_is_censored_and_some_is_long() -> None:
    some = [drawn().row(int(place)).value for place in drawn().others]
    assert any(isinstance(value, Bounds) and value.low == 0 for value in some)
    assert any(isinstance(value, Bounds) and value.high is None for value in some)
    assert any(not isinstance(value, Bounds) for value in some)


def test_the_same_seed_draws_the_same_results() -> None:
    assert differing_fields(drawn().columns, draw(RESULTS, seed=11).columns) == []
    assert differing_fields(drawn().columns, draw(RESULTS, seed=12).columns) != []


def differing_fields(one: Columns, other: Columns) -> list[str]:
    """Names of the fields in which two columns differ in type or value."""
    names = ("ladder", "value", "lln", "uln", "baseline", "baseline_range", "percent")
    pairs = {name: (getattr(one, name), getattr(other, name)) for name in names}
    nothing = np.zeros(len(one), dtype=np.int8)
    for fact in one.facts.keys() | other.facts.keys():
        pairs[fact] = one.facts.get(fact, nothing), other.facts.get(fact, nothing)
    return [
        name
        for name, (mine, others) in pairs.items()
        if mine.dtype != others.dtype or not np.array_equal(mine, others)
    ]
