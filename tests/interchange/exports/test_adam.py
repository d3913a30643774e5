"""ADaM: a row for each event, nothing imputed."""

import csv
from io import StringIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.interchange.exports.events import EventVerdict, ExportedEvent
from tests.interchange.exports.drawn import VERDICT, by_patient, events, exported, recorded


def rows_of(*told: ExportedEvent) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(exported("adam-csv", *told), newline=""), strict=True))


@pytest.mark.parametrize(
    ("recorded_as", "date"),
    [
        ("2026-03-05T09:00:30+08:00", "2026-03-05"),
        ("2026-03-05T23", "2026-03-05"),
        ("2026-03-05", "2026-03-05"),
        ("2026-03", ""),
        ("2026---05", ""),
        ("2026", ""),
        (None, ""),
    ],
)
def test_a_date_is_there_only_where_it_was_recorded_whole(
    recorded_as: str | None, date: str
) -> None:
    began = recorded((3, recorded_as))
    ended = recorded((3, "2026"), (0, recorded_as), key="edc:AE-2")
    first, second = rows_of(began, ended)
    assert (first["AESTDTC"], first["ASTDT"]) == (recorded_as or "", date)
    assert (second["AEENDTC"], second["AENDT"]) == (recorded_as or "", date)


def test_it_begins_with_the_first_grade_and_ends_with_recovery_or_death() -> None:
    def dates(*changes: tuple[int | None, str | None]) -> tuple[str, str]:
        (row,) = rows_of(recorded(*changes))
        return row["ASTDT"], row["AENDT"]

    first, then = "2026-03-01", "2026-03-04"
    assert dates((0, first), (2, then)) == (then, "")
    assert dates((None, first), (2, then)) == (first, "")
    assert dates((2, first), (0, then)) == (first, then)
    assert dates((4, first), (5, then)) == (first, then)
    assert dates((4, first), (1, then)) == (first, "")
    assert dates() == ("", "")


def test_the_grade_is_the_worst_that_is_known_and_says_where_one_is_not() -> None:
    def grade(*grades: int | None, **more: Any) -> tuple[str, str]:
        (row,) = rows_of(recorded(*((each, None) for each in grades), **more))
        return row["ATOXGR"], row["DLTGRUNK"]

    assert grade(2, 4, 0) == ("4", "N")
    assert grade(2, None) == ("2", "Y")
    assert grade(None) == ("", "Y")
    assert grade() == ("", "Y")
    assert grade(assessments=[{"on": "2026-03-05", "grade": 3}]) == ("3", "N")
    assert grade(0) == ("0", "N")
    assert grade(None, worst_grade=3) == ("3", "N")
    assert grade(None, 2, worst_grade=3) == ("3", "N")


@pytest.mark.parametrize(
    ("verdict", "told"),
    [
        ("DLT", "Y"),
        ("NOT_DLT", "N"),
        ("PENDING", ""),
        ("UNDETERMINED", ""),
        ("NOT_APPLICABLE", ""),
        (None, ""),
    ],
)
def test_the_flag_is_blank_where_nobody_can_say(verdict: str | None, told: str) -> None:
    stands: EventVerdict | None = None
    if verdict is not None:
        values = {name: getattr(VERDICT, name) for name in EventVerdict.__dataclass_fields__}
        stands = EventVerdict(**{**values, "verdict": verdict})
    (row,) = rows_of(recorded((3, None), verdict=stands))
    assert (row["DLTFL"], row["DLTVERD"]) == (told, verdict or "")


@settings(max_examples=25)
@given(st.lists(events(), max_size=4).map(by_patient))
def test_every_event_has_one_row_and_no_row_an_imputation(told: list[ExportedEvent]) -> None:
    rows = rows_of(*told)
    assert [row["USUBJID"] for row in rows] == [each.subject for each in told]
    for row in rows:
        assert (row["ASTDTF"], row["AENDTF"]) == ("", "")
        assert row["AESTDTC"].startswith(row["ASTDT"])
        assert row["AEENDTC"].startswith(row["AENDT"])
