"""Whatever a study collects of a true course, what is made of it never excludes the truth."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.case import AdverseEvent
from app.domain.source_system import SourceSystem
from app.domain.time import zone_of
from app.interchange.made import HeldRow
from tests.interchange.event_rows import FINDINGS, PER_GRADE, WORST, ae, event, fa

UTC = zone_of("UTC")
FIRST = date(2026, 3, 1)

Truth = list[int]
"""The grade on each day, from the first; the event was over on the day after the last."""

truths = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3)), min_size=1, max_size=5).map(
    lambda runs: [grade for grade, days in runs for _ in range(days)]
)


def day(number: int) -> str:
    return (FIRST + timedelta(days=number)).isoformat()


def runs(truth: Truth) -> list[tuple[int, int, int]]:
    """Each run of one grade: its first day, the first day after it, its grade."""
    found: list[tuple[int, int, int]] = []
    for number, grade in enumerate(truth):
        if found and found[-1][2] == grade:
            found[-1] = (found[-1][0], number + 1, grade)
        else:
            found.append((number, number + 1, grade))
    return found


def as_worst(truth: Truth) -> list[HeldRow]:
    return [ae("E1", day(0), day(len(truth)), max(truth))]


def as_rows(truth: Truth) -> list[HeldRow]:
    """A row per grade, tied by nothing; each ends on the day on which the next begins."""
    return [ae(f"E{start}", day(start), day(end), grade) for start, end, grade in runs(truth)]


def as_rows_to_the_day_before(truth: Truth) -> list[HeldRow]:
    return [
        ae(f"E{start}", day(start), day(end - 1), grade, AEGRPID="G")
        for start, end, grade in runs(truth)
    ]


def as_findings(truth: Truth) -> list[HeldRow]:
    found = [fa(f"F{start}", grade, day(start)) for start, _, grade in runs(truth)]
    return [ae("E1", day(0), day(len(truth)), max(truth)), *found]


def as_some_findings(truth: Truth) -> list[HeldRow]:
    """Without the first of them."""
    row, _, *found = as_findings(truth)
    return [row, *found]


def may_be(told: AdverseEvent, number: int) -> set[int]:
    """The grades that an event may have on a day, by what was made of it."""
    noon = (FIRST - date(1970, 1, 1) + timedelta(days=number, hours=12)) // timedelta(
        microseconds=1
    )
    spans = [None if each.at is None else each.at.span(UTC) for each in told.grades]
    found: set[int] = set()
    for place, change in enumerate(told.grades):
        begun = all(each is None or each.first <= noon for each in spans[: place + 1])
        over = any(each is not None and each.last < noon for each in spans[place + 1 :])
        if begun and not over:
            known = change.grade
            worst = 4 if told.worst_grade is None else told.worst_grade
            # After an end that is not one of the event, it may be over as well.
            later = {0} if place == len(told.grades) - 1 else set()
            found |= {known} if known is not None else {*range(1, worst + 1)} | later
    return found


@pytest.mark.parametrize(
    ("collected", "system"),
    [
        (as_worst, WORST),
        (as_worst, SourceSystem()),
        (as_rows, PER_GRADE),
        (as_rows_to_the_day_before, PER_GRADE),
        (as_rows_to_the_day_before, SourceSystem()),
        (as_findings, FINDINGS),
        (as_some_findings, FINDINGS),
        (as_some_findings, WORST),
    ],
)
@settings(max_examples=25)
@given(truth=truths)
def test_the_truth_is_possible(collected: object, system: SourceSystem, truth: Truth) -> None:
    assert callable(collected)
    told = event(collected(truth), system)
    for number, grade in enumerate(truth):
        assert grade in may_be(told, number)
    assert 0 in may_be(told, len(truth) + 2)


@settings(max_examples=25)
@given(truth=truths)
def test_a_row_per_grade_and_findings_tell_the_same(truth: Truth) -> None:
    by_event = SourceSystem(grade_collection="row_per_grade", episode_end="event")
    assert event(as_rows(truth), by_event).grades == event(as_findings(truth), FINDINGS).grades
