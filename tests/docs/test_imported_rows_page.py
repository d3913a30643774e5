"""docs/imported-rows.md: what it says of rows is what becomes of them."""

from typing import Final, get_args

import pytest

from app.domain.record.patient_row_codes import PATIENT_ROW_CODES
from app.domain.source_system import DispositionMeaning
from app.interchange.dispositions import ENDS
from tests.docs.examples import DOCS

PAGE: Final = (DOCS / "imported-rows.md").read_text("utf-8")


@pytest.mark.parametrize("word", ENDS)
def test_every_word_that_ends_the_observation_stands_in_it(word: str) -> None:
    assert word in PAGE or word == "DEATH"
    assert ENDS[word] in get_args(DispositionMeaning)


def test_each_code_of_these_rows_is_shown_to_be_found() -> None:
    tests = (DOCS.parent / "tests" / "interchange").glob("test_*.py")
    shown = "".join(path.read_text("utf-8") for path in sorted(tests))
    assert [code for code in PATIENT_ROW_CODES if f'"{code}"' not in shown] == []
