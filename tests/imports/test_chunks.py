"""Which rows of a file are committed together."""

from collections.abc import Sequence
from itertools import chain, groupby
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.interchange.rows import BadRow, LeftOut, ReadRow, RecordRow, SourceRow
from app.use_cases import chunk
from app.use_cases.chunk import chunks_of, most_held


def rows_of(subjects: Sequence[str | None]) -> list[ReadRow]:
    """A row of each of these patients; of none, one that cannot be read."""
    return [
        BadRow(number=number, place="", code="not_csv", problem="")
        if subject is None
        else SourceRow(domain="LB", number=number, place="", fields={"USUBJID": subject})
        for number, subject in enumerate(subjects, start=1)
    ]


def lengths(rows: Sequence[ReadRow], done: int = 0, size: int = 4) -> list[int]:
    return [len(each) for each in chunks_of(rows, done=done, size=size)]


@pytest.mark.parametrize(
    ("subjects", "expected"),
    [
        ("", []),
        ("AABB", [4]),
        ("AABBC", [4, 1]),  # another patient begins another
        ("AABBBC", [5, 1]),  # the patient's rows are not torn apart
        ("AABBBBBBC", [8, 1]),
        ("AABBBBBBBC", [8, 2]),  # but for twice the size
        ("A" * 8, [8]),
        ("A" * 9, [8, 1]),
        ("A" * 33, [8, 8, 16, 1]),  # as many as came before
        ("A" * 80, [8, 8, 16, 32, 16]),
        ("A" * 32 + "B" * 9, [8, 8, 16, 8, 1]),  # of the patient, and in a row
    ],
)
def test_a_chunk_goes_on_to_the_end_of_a_patient_s_rows(
    subjects: str, expected: list[int]
) -> None:
    assert lengths(rows_of(subjects)) == expected


def test_no_chunk_holds_more_rows_than_fit_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunk, "_MOST", 16)
    assert lengths(rows_of("A" * 70)) == [8, 8, 16, 16, 16, 6]


def test_rows_without_a_patient_do_not_go_on() -> None:
    assert lengths(rows_of([None] * 9)) == [4, 4, 1]


def test_lines_in_the_service_s_own_form_name_their_patient_in_two_ways() -> None:
    values = [{"kind": "subject", "id": "A"}, *({"kind": "exposure", "subject": "A"},) * 4]
    odd: list[dict[str, Any]] = [
        {"kind": "subject", "id": 7},
        {"id": "A"},
        {"kind": "exposure", "subject": ["A"]},
    ]
    rows = [
        RecordRow(number=number, place="", value=value)
        for number, value in enumerate([*values, *odd], start=1)
    ]
    assert lengths(rows) == [5, 3]


def test_what_is_told_once_of_a_file_is_no_row_and_comes_each_time() -> None:
    once = LeftOut(number=0, place="", what="ReferenceData")
    rows = [once, *rows_of("AAAABB"), once]
    assert lengths(rows) == [5, 3]
    assert lengths(rows, done=4) == [4]


@pytest.mark.parametrize(
    ("counts", "times"),
    [
        ({}, 1),
        ({"accepted": 7}, 1),
        ({"accepted": 1, "unchanged": 1}, 2),
        ({"accepted": 1, "unchanged": 20, "stale": 20}, 41),
        ({"accepted": 1, "unchanged": 49}, 50),
        ({"accepted": 1, "unchanged": 99}, 50),
        ({"unchanged": 7}, 7),
        ({"rejected": 7}, 1),
    ],
)
def test_patients_of_a_file_that_is_mostly_known_may_have_more_rows(
    counts: dict[str, int], times: int
) -> None:
    assert most_held(counts) == times * most_held({})


@given(subjects=st.lists(st.sampled_from([None, "A", "B"]), max_size=60), size=st.integers(1, 6))
def test_chunks_end_where_they_do_however_often_the_work_began_anew(
    subjects: list[str | None], size: int
) -> None:
    runs = chain.from_iterable([each] * (3 * place) for place, each in enumerate(subjects[:8]))
    every = [*subjects, *runs]
    rows = rows_of(every)
    undisturbed = list(chunks_of(rows, done=0, size=size))
    assert list(chain.from_iterable(undisturbed)) == rows
    done = 0
    for number, each in enumerate(undisturbed):
        assert list(chunks_of(rows, done=done, size=size)) == undisturbed[number:]
        within = list(chunks_of(rows, done=done + 1, size=size))
        assert within == [each[1:], *undisturbed[number + 1 :]][len(each) == 1 :]
        done += len(each)
    longest = max((len(list(group)) for _, group in groupby(every)), default=0)
    assert all(len(each) <= max(2 * size, longest / 2) for each in undisturbed)
