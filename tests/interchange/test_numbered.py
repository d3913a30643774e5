"""Rows that number the grades of an event are taken in that order, if none is missing."""

from typing import Any

from tests.interchange.event_rows import PER_GRADE, Steps, ae, event, steps

MARCH = "2026-03"


def course(*rows: dict[str, Any]) -> Steps:
    """The course of one event that these rows tell, given in the opposite order."""
    told = [
        ae(f"E{place}", **{"AEGRPID": "G", **row})
        for place, row in reversed(list(enumerate(rows, start=1)))
    ]
    return steps(event(told, PER_GRADE))


def test_their_numbers_order_what_their_times_do_not() -> None:
    assert course(
        {"grade": 3, "start": MARCH, "DLTSTEP": 1},
        {"grade": 1, "start": MARCH, "DLTSTEP": 2},
        {"grade": 2, "DLTSTEP": 3},
    ) == [(MARCH, 3), (MARCH, 1), (None, 2)]


def test_without_numbers_nobody_knows_the_order() -> None:
    known = course({"grade": 3, "start": MARCH}, {"grade": 1, "start": MARCH})
    assert known == [(MARCH, None), (None, 3), (None, None)]


def test_where_a_number_is_missing_or_stands_twice_they_say_nothing() -> None:
    unknown = [(MARCH, None), (None, 3), (None, None)]
    first, second = {"grade": 3, "start": MARCH}, {"grade": 1, "start": MARCH}
    for one, other in ((1, 3), (2, 3), (1, 1), (0, 1), ("1", "")):
        assert course({**first, "DLTSTEP": one}, {**second, "DLTSTEP": other}) == unknown


def test_where_a_grade_does_not_give_way_to_the_next_they_say_nothing() -> None:
    """A row between the two was not read, or the file was changed by hand."""
    assert course(
        {"grade": 3, "start": "2026-03-05", "end": "2026-03-06", "DLTSTEP": 1},
        {"grade": 1, "start": "2026-03-08", "DLTSTEP": 2},
    ) == [("2026-03-05", 3), ("2026-03-06", None), ("2026-03-08", 1)]


def test_the_worst_grade_bounds_the_unknown_ones_where_every_row_tells_it() -> None:
    def worst(first: str, second: str) -> int | None:
        rows = [
            ae("E1", grade="", start=MARCH, AEGRPID="G", DLTSTEP=1, DLTWORST=first),
            ae("E2", grade=2, AEGRPID="G", DLTSTEP=2, DLTWORST=second),
        ]
        return event(rows, PER_GRADE).worst_grade

    assert worst("3", "3") == 3
    assert worst("3", "4") is None
    assert worst("3", "") is None
    assert worst("", "") is None
