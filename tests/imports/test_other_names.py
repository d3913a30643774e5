"""Two names of one patient: what comes by the other name is another row, or the same one, told."""

from typing import Any

import pytest

from tests.imports.service import Importing, counts

HEAD = "DOMAIN,USUBJID,AESPID,AESEQ,AETERM,AETOXGR,AESTDTC\n"
BOTH = {"S-01": "P-1", "S-01B": "P-1"}
CODE = "row_of_another_name"


def told(importing: Importing, *rows: str) -> dict[str, Any]:
    found: dict[str, Any] = counts(importing.sent(HEAD + "".join(f"AE,{row}\n" for row in rows)))
    return found


def terms(importing: Importing) -> set[str]:
    return {each["term"] for each in importing.contents("adverse_event").values()}


@pytest.fixture
def screened_twice(on_sqlite: Importing) -> Importing:
    on_sqlite.system(grade_collection="worst_only", subjects=BOTH)
    assert "findings" not in told(on_sqlite, "S-01,1,1,Nausea,2,2026-03-03")
    return on_sqlite


def test_a_row_that_takes_the_place_of_another_names_is_told(screened_twice: Importing) -> None:
    found = told(screened_twice, "S-01B,1,1,Headache,3,2026-03-04")
    assert found["findings"] == {CODE: 1}
    assert terms(screened_twice) == {"Headache"}


def test_a_patient_who_was_renamed_and_says_the_same_is_not(screened_twice: Importing) -> None:
    assert "findings" not in told(screened_twice, "S-01B,1,7,Nausea,2,2026-03-03")
    assert terms(screened_twice) == {"Nausea"}


def test_a_correction_by_the_same_name_is_not(screened_twice: Importing) -> None:
    assert "findings" not in told(screened_twice, "S-01,1,1,Nausea,3,2026-03-03")


def test_rows_that_the_settings_tell_apart_stand_beside_each_other(on_sqlite: Importing) -> None:
    on_sqlite.system(
        grade_collection="worst_only", subjects=BOTH, identity={"AE": ("USUBJID", "AESPID")}
    )
    told(on_sqlite, "S-01,1,1,Nausea,2,2026-03-03")
    assert "findings" not in told(on_sqlite, "S-01B,1,1,Headache,3,2026-03-04")
    assert terms(on_sqlite) == {"Nausea", "Headache"}
