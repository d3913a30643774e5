"""Rows and columns: exact for any number, and the same alone as among others."""

from decimal import Decimal

from app.domain.laboratory.assembly import exact_columns, graded, small_columns
from app.domain.laboratory.columns import FALSE, MISSING, SAFE, SCALE, TRUE, UNTOLD
from app.domain.laboratory.evaluate import Reason
from app.domain.laboratory.ladder import Number
from app.domain.laboratory.policy import WORST
from tests.domain.laboratory.measured import catalogue, facts, row

ANC = {"term": "Neutrophil count decreased", "unit": "10^9/L", "lln": 2}
CREATININE = {"term": "Creatinine increased", "unit": "mg/dL", "uln": "1.2"}


def test_small_numbers_are_whole_numbers_of_one_scale() -> None:
    columns = small_columns([row(**ANC, value="0.5"), row(**CREATININE, value="2.000001")])
    assert columns.scale == SCALE
    assert columns.value.tolist() == [500_000, 2_000_001]
    assert columns.lln.tolist() == [2_000_000, MISSING]
    assert len(columns) == 2
    assert columns.value.dtype == "int64"


def test_others_are_pythons_own() -> None:
    columns = exact_columns([row(**ANC, value="0." + "5" * 20), row(**ANC, value="<1e30")])
    assert columns.scale == 20
    assert columns.value.tolist() == [int("5" * 20), 0]
    assert columns.reach is not None
    assert columns.reach.upto.tolist() == [int("5" * 20), 10**50]
    assert columns.reach.open_above.tolist() == [False, True]


def test_facts_are_columns_of_those_that_somebody_told() -> None:
    columns = small_columns(
        [
            row(**ANC, value=1),
            row(**ANC, value=1, facts=facts("symptomatic")),
            row(**ANC, value=1, facts={"symptomatic": False}),
        ]
    )
    assert {name: column.tolist() for name, column in columns.facts.items()} == {
        "symptomatic": [UNTOLD, TRUE, FALSE]
    }


def test_a_thirtieth_decimal_decides() -> None:
    """What a float would round away."""
    values = ("0.5", "0.4" + "9" * 29)
    found = graded([row(**ANC, value=value) for value in values], catalogue().ladder, WORST)
    assert found.grade.tolist() == [3, 4]


def test_so_does_the_largest_number_of_a_column() -> None:
    most = Decimal(SAFE).scaleb(-SCALE) - Decimal("0.000001")
    rows = [
        row(term="Creatinine increased", unit="mg/dL", value=str(value), uln=str(most))
        for value in (most, most + Decimal("0.000001"), most * 6, most * 6 + Decimal("0.000001"))
    ]
    assert graded(rows, catalogue().ladder, WORST).grade.tolist() == [0, 1, 3, 4]


def test_every_threshold_fits_a_column() -> None:
    ladders = [catalogue().ladder(number) for number in range(len(catalogue().rules))]
    tests = [test for ladder in ladders for rung in ladder.rungs for test in rung.tests]
    largest = max(test.at for test in tests if isinstance(test, Number))
    assert 0 < largest * 10**SCALE < SAFE


def test_rows_of_all_kinds_keep_their_order() -> None:
    rows = [
        row(**ANC, value="0.4"),
        row(**CREATININE, value="<1"),
        row(**ANC, value=None),
        row(**CREATININE, value="2.0"),
        row(**ANC, value="1." + "9" * 25),
    ]
    found = graded(rows, catalogue().ladder, WORST)
    assert found.grade.tolist() == [4, 0, -1, 2, 1]
    assert found.reason[2] == Reason.VALUE_MISSING


def test_no_rows_are_no_grades() -> None:
    assert len(graded([], catalogue().ladder, WORST).grade) == 0
    assert exact_columns([]).scale == 0
