"""CSV: a spreadsheet runs nothing of it, and what was recorded comes back."""

import csv
from io import BytesIO, StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.source_system import SourceSystem
from app.interchange.delimited import read_sdtm_csv
from app.interchange.exports.columns import Column, Table
from app.interchange.exports.delimited import as_csv, guarded, unguarded
from app.interchange.rows import SourceRow
from tests.interchange.exports.drawn import exported, recorded

FORMULA = "=+-@\t\r\n＝＋－＠"  # noqa: RUF001
TABLE = Table(
    name="AE", label="Adverse Events", records=1, columns=(Column(name="A", label="A"),) * 3
)


@pytest.mark.parametrize("first", FORMULA)
def test_a_cell_that_would_be_a_formula_has_an_apostrophe_before_it(first: str) -> None:
    text = f"{first}HYPERLINK(A1)"
    assert guarded(text) == f"'{text}"
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("text", ["", "Fatigue", "a=b", "1+1", "2026-03-05", "疲労", '"=1"'])
def test_any_other_cell_is_the_text_itself(text: str) -> None:
    assert guarded(text) == text


def test_an_apostrophe_that_was_recorded_is_told_from_ours() -> None:
    assert guarded("'tis") == "''tis"
    assert {unguarded(guarded(text)) for text in ("=1", "'=1")} == {"=1", "'=1"}


def test_numbers_stay_numbers() -> None:
    assert list(as_csv(TABLE, [(-1, 0, 7)])) == ["A,A,A\r\n", "-1,0,7\r\n"]


def terms_of(text: str) -> list[str]:
    """The terms that our own reader finds in a CSV file."""
    rows = list(read_sdtm_csv(BytesIO(text.encode()), SourceSystem()))
    return [row.fields["AETERM"] for row in rows if isinstance(row, SourceRow)]


@pytest.mark.parametrize("term", ["=1+1", "'=1", "'", "@fever", "Fatigue"])
def test_our_own_reader_takes_the_apostrophe_away(term: str) -> None:
    assert terms_of(exported("sdtm-csv", recorded((1, None), term=term))) == [term]


def test_an_apostrophe_of_another_system_is_its_own() -> None:
    assert terms_of("DOMAIN,USUBJID,AETERM\nAE,S-01,'=1\n") == ["'=1"]


@settings(max_examples=100)
@given(st.tuples(*[st.text(f"{FORMULA}'\",; aé漢", max_size=6)] * 3))
def test_whatever_a_cell_holds_comes_back_and_is_no_formula(row: tuple[str, str, str]) -> None:
    text = "".join(as_csv(TABLE, [row]))
    _, cells = csv.reader(StringIO(text, newline=""), strict=True)
    assert [unguarded(cell) for cell in cells] == [*row]
    assert not any(cell.startswith(tuple(FORMULA)) for cell in cells)
