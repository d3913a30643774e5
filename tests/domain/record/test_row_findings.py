"""What is said of rows that are made into records."""

import re

import pytest

from app.domain.record.finding_codes import CODES
from app.domain.record.row_findings import ROW_CODES, row_finding, said


@pytest.mark.parametrize("code", ROW_CODES)
def test_each_says_one_sentence_with_a_way_out(code: str) -> None:
    found = row_finding(code, "/grades", "AETERM 'Fever'")
    assert re.fullmatch(r"[a-z_0-9]+", code)
    assert re.fullmatch(r"[A-Z][^.!?{}]*: [^.!?{}]*\.", found.message)
    assert (found.code, found.pointer) == (code, "/grades")


def test_none_means_two_things() -> None:
    assert set(CODES) & set(ROW_CODES) == set()


def test_a_long_cell_is_shown_in_part() -> None:
    assert said("AETERM", "Fever") == "AETERM 'Fever'"
    assert len(said("AETERM", "x" * 5000)) < 200
