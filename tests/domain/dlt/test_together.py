"""Whether another event was there at the same time, against every instant of small courses."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.course import Course, Tail
from app.domain.dlt.asked import Companion
from app.domain.dlt.facts import NO, UNKNOWN, YES
from app.domain.dlt.together import together
from app.domain.errors import BadValue
from app.domain.steps import UNKNOWN_GRADE, Step
from app.domain.time import NEVER, Precision, Span

CUT = 20


def course(*steps: tuple[int, int, int], open_from: int | None = None) -> Course:
    """A course by (first, last, grade) of each step; from `open_from` on it may have ended."""
    made = [
        Step(
            span=Span(first, last, last + 1, 0, 0),
            recorded=None,
            precision=Precision.DAY,
            recorded_first=first,
            grade=grade,
            held_through=first - 1,
            held_day=0,
            position=place,
        )
        for place, (first, last, grade) in enumerate(steps)
    ]
    return Course(
        steps=tuple(made),
        tail=Tail.GOES_ON if open_from is None else Tail.ENDED,
        through=NEVER if open_from is None else open_from,
        through_day=0,
        ends_by=NEVER if open_from is None else CUT,
        ends_by_day=0,
        stop=None,
        findings=(),
    )


@pytest.mark.parametrize(
    ("other", "told", "first", "last"),
    [
        # This event is at grade 3 from 5 to 9; at 10 it is grade 1.
        (course((2, 2, 2), (4, 4, 0)), NO, None, None),
        (course((2, 2, 2), (5, 5, 0)), NO, None, None),
        (course((2, 2, 2), (6, 6, 0)), YES, 5, 5),
        (course((9, 9, 2)), YES, 9, 9),
        (course((10, 10, 2)), NO, None, None),
        (course((7, 7, 1)), NO, None, None),
        (course((7, 7, 1), (8, 8, 2)), YES, 8, 8),
        (course((8, 12, 2)), UNKNOWN, 8, 9),
        (course((3, 7, 2)), YES, 5, 7),
        (course((7, 7, UNKNOWN_GRADE)), UNKNOWN, 7, 9),
        (course((6, 6, 2), (7, 7, 0), (9, 9, 2)), YES, 6, 6),  # twice: from the first time on
        (course((2, 2, 2), open_from=3), UNKNOWN, 5, 9),
        (course((2, 2, 2), open_from=5), YES, 5, 5),
    ],
)
def test_both_sides_of_the_run(other: Course, told: int, first: int, last: int) -> None:
    mine = course((5, 5, 3), (10, 10, 1))
    found = together(mine, 3, [(other, True)], 2, CUT)
    assert found.told == told
    if told != NO:
        assert found.first == first
        assert last - 1 <= found.last <= last + 1


def test_a_term_that_is_not_sure_leaves_it_open() -> None:
    mine = course((5, 5, 3), (10, 10, 1))
    assert together(mine, 3, [(course((6, 6, 2)), False)], 2, CUT).told == UNKNOWN
    both = [(course((6, 6, 2)), False), (course((7, 7, 2)), True)]
    found = together(mine, 3, both, 2, CUT)
    assert (found.told, found.first, found.last) == (YES, 6, 7)


def test_runs_that_differ_leave_it_open() -> None:
    """The rule asks of a run, and the fact is told of the event."""
    mine = course((2, 2, 3), (4, 4, 1), (8, 8, 3), (12, 12, 0))
    assert together(mine, 3, [(course((9, 9, 2), (10, 10, 0)), True)], 2, CUT).told == UNKNOWN
    assert together(mine, 1, [(course((9, 9, 2), (10, 10, 0)), True)], 2, CUT).told == YES
    through = [(course((1, 1, 2)), True)]
    assert together(mine, 3, through, 2, CUT).told == YES


def test_an_event_below_the_grade_has_no_companion() -> None:
    assert together(course((5, 5, 2)), 3, [(course((1, 1, 4)), True)], 2, CUT).told == NO
    assert together(course((5, 5, 3)), 3, [], 2, CUT).told == NO


def test_a_companion_is_one_of_a_group_or_of_a_term() -> None:
    with pytest.raises(BadValue, match="of a group or of a term"):
        Companion()
    with pytest.raises(BadValue, match="of a group or of a term"):
        Companion(group="lung", term="Fever")


def exact_courses() -> st.SearchStrategy[Course]:
    times = st.lists(st.integers(1, CUT - 1), min_size=1, max_size=4, unique=True).map(sorted)
    return times.flatmap(
        lambda at: st.lists(st.integers(0, 4), min_size=len(at), max_size=len(at)).map(
            lambda grades: course(*((t, t, g) for t, g in zip(at, grades, strict=True)))
        )
    )


def grade_at(of: Course, instant: int) -> int:
    return next((step.grade for step in reversed(of.steps) if step.span.first <= instant), 0)


@given(exact_courses(), exact_courses(), st.integers(1, 4), st.integers(1, 4))
def test_exact_courses_are_compared_instant_by_instant(
    mine: Course, other: Course, grade: int, other_grade: int
) -> None:
    found = together(mine, grade, [(other, True)], other_grade, CUT)
    at_grade = [grade_at(mine, instant) >= grade for instant in range(CUT + 1)]
    both = [at and grade_at(other, instant) >= other_grade for instant, at in enumerate(at_grade)]
    runs = sum(now and not before for before, now in pairwise([False, *at_grade]))
    if not any(both):
        assert found.told == NO
    elif runs == 1:
        assert (found.told, found.first, found.last) == (YES, both.index(True), both.index(True))
    else:
        assert found.told in (YES, UNKNOWN)
        assert found.first == both.index(True)
