"""The worst grade of a whole event bounds the grades that nobody recorded."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.dlt.worst import above, bound_of, up_to
from tests.builders import course, event
from tests.domain.dlt.toy import clause, first, toy

PNEUMONITIS = "Pneumonitis"
GRADES = st.sets(st.integers(1, 5), min_size=1)


class TestBound:
    @pytest.mark.no_cover
    @pytest.mark.parametrize("worst", range(6))
    def test_each_grade_up_to_it_is_left(self, worst: int) -> None:
        reported = event(PNEUMONITIS, (None, "2026-03-10"), worst_grade=worst)
        for grade in range(1, 6):
            judged = first(toy(criteria=[clause("c", grade=grade)]), reported)
            least = "DLT" if grade == 1 else "UNDETERMINED"
            assert judged.verdict == (least if grade <= worst else "NOT_DLT")

    def test_a_term_that_begins_above_it_has_the_number_all_the_same(self) -> None:
        """CTCAE has sepsis from grade 3 on."""
        reported = event("Sepsis", (None, "2026-03-10"), worst_grade=2)
        for grade, verdict in ((1, "DLT"), (2, "UNDETERMINED"), (3, "NOT_DLT")):
            assert first(toy(criteria=[clause("c", grade=grade)]), reported).verdict == verdict

    def test_an_assessment_may_have_shown_none(self) -> None:
        looked = [{"on": "2026-03-10", "grade": None}]
        reported = event(PNEUMONITIS, assessments=looked, worst_grade=2)
        for grade, verdict in ((1, "UNDETERMINED"), (2, "UNDETERMINED"), (3, "NOT_DLT")):
            assert first(toy(criteria=[clause("c", grade=grade)]), reported).verdict == verdict

    def test_a_grade_that_an_assessment_contradicts_is_bounded_too(self) -> None:
        """The course says 2, the assessment 3; a worst grade of 3 fits both."""
        shown = [{"on": "2026-03-11", "grade": 3}]
        reported = event(PNEUMONITIS, (2, "2026-03-10"), assessments=shown, worst_grade=3)
        for grade, verdict in ((3, "UNDETERMINED"), (4, "NOT_DLT")):
            assert first(toy(criteria=[clause("c", grade=grade)]), reported).verdict == verdict

    @given(GRADES, st.integers(0, 5))
    def test_something_is_always_left_and_none_of_it_above(
        self, grades: set[int], bound: int
    ) -> None:
        left = up_to(bound, grades)
        assert left
        assert max(left) <= bound
        assert left <= grades or min(grades) > bound
        assert up_to(5, grades) == grades


class TestContradicted:
    CASES: tuple[tuple[dict[str, Any], int | None, tuple[int, ...]], ...] = (
        ({}, None, ()),
        ({"worst_grade": 3}, 3, ()),
        ({"worst_grade": 2}, None, (3,)),
        ({"worst_grade": 3, "baseline_grade": 4}, 3, ()),
        ({"worst_grade": 3, "reported_grades": [{"grade": 4}]}, 3, ()),
        ({"worst_grade": 3, "assessments": [{"on": "2026-03-10", "grade": 4}]}, None, (4,)),
        ({"worst_grade": 4, "seriousness": {"death": True}}, None, ()),
        ({"worst_grade": 5, "seriousness": {"death": True}}, 5, ()),
        ({"worst_grade": 3, "seriousness": {"life_threatening": True}}, 3, ()),
    )

    @pytest.mark.parametrize(("recorded", "bound", "contradicting"), CASES)
    def test_by_the_course_an_assessment_or_a_death(
        self, recorded: dict[str, Any], bound: int | None, contradicting: tuple[int, ...]
    ) -> None:
        reported = event(PNEUMONITIS, (None, "2026-03-05"), (3, "2026-03-07"), **recorded)
        assert (bound_of(reported), above(reported)) == (bound, contradicting)


class TestTimesBetween:
    """A time that nobody recorded lies between those before and after it in the list."""

    @pytest.mark.parametrize(
        ("start", "end"),
        [("2026-03-05T08:00+08:00", "2026-03-09"), ("2026-03", "2026-04"), ("2026", "2026-05-02")],
    )
    def test_from_the_first_instant_of_the_start_to_the_last_of_the_end(
        self, start: str, end: str
    ) -> None:
        steps = ((None, start), (3, None), (None, None), (0, end))
        begun, *placed, ended = (step.span for step in course(*steps, worst_grade=3).steps)
        for span in placed:
            assert (span.first, span.first_day) == (begun.first, begun.first_day)
            assert (span.last, span.sup, span.last_day) == (ended.last, ended.sup, ended.last_day)

    def test_up_to_the_cut_where_no_end_is_known(self) -> None:
        whole = course((None, "2026-03-05"), (3, None), (None, None), worst_grade=3, ongoing=True)
        unknown = course((3, None))
        begun, *placed = (step.span for step in whole.steps)
        assert {(each.first, each.last) for each in placed} == {
            (begun.first, unknown.steps[0].span.last)
        }

    def test_a_pair_that_contradicts_the_order_bounds_nothing(self) -> None:
        steps = ((None, "2026-03-12"), (3, None), (None, None), (0, "2026-03-05"))
        whole = course(*steps, worst_grade=3)
        assert len({(step.span.first, step.span.last) for step in whole.steps}) == 1
        assert [code for code, _ in whole.findings] == ["order_contradicted"]
