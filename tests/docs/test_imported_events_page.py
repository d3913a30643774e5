"""docs/imported-events.md: what it says of rows is what becomes of them."""

from typing import Final, get_args

import pytest

from app.domain.record.patient_row_codes import PATIENT_ROW_CODES
from app.domain.record.row_findings import ROW_CODES
from app.domain.source_system import SourceSystem
from app.interchange.dates import read_date
from tests.docs.examples import DOCS
from tests.interchange.event_rows import WORST, ae, event, steps

TESTS: Final = DOCS.parent / "tests"
PAGE: Final = (DOCS / "imported-events.md").read_text("utf-8")


def test_each_code_of_these_rows_is_shown_to_be_found() -> None:
    folders = ("interchange", "imports")
    tests = (each for name in folders for each in (TESTS / name).glob("test_*.py"))
    shown = "".join(path.read_text("utf-8") for path in sorted(tests))
    ours = ROW_CODES.keys() - PATIENT_ROW_CODES.keys()
    assert sorted(code for code in ours if f'"{code}"' not in shown) == []


def test_every_habit_stands_in_it() -> None:
    habits = get_args(get_args(SourceSystem.__annotations__["grade_collection"])[0])
    assert set(habits) == {"worst_only", "row_per_grade", "findings_about"}
    assert all(f"| `{habit}` |" in PAGE for habit in habits)


@pytest.mark.parametrize("cell", ["01 JAN 2008", "UN JAN 2008", "05MAR2014", "20140305"])
def test_the_dates_that_it_shows_are_read(cell: str) -> None:
    assert f"`{cell}`" in PAGE
    assert read_date(cell).code is None


def test_a_worst_grade_is_the_course_that_it_shows() -> None:
    told = event(ae(start="2026-03-05", end="2026-03-09", grade=3), WORST)
    assert [grade for _, grade in steps(told)] == [None, 3, None, 0]
    assert told.worst_grade == 3
