"""Courses that are known at assessments: what is known between two of them (docs/time.md)."""

import pytest
from pydantic import ValidationError

from app.domain.course import Course, Tail
from app.domain.steps import UNKNOWN_GRADE
from app.domain.time import MICROSECOND, NEVER, PartialTime, zone_of
from tests.builders import LATER, course, event

SHANGHAI = zone_of("+08:00")


def at(text: str) -> int:
    """First instant of a recorded time."""
    return PartialTime(text).span(SHANGHAI).first


def end_of(text: str) -> int:
    """Last instant of a recorded time."""
    return PartialTime(text).span(SHANGHAI).last


def grades(known: Course) -> list[int]:
    return [step.grade for step in known.steps]


def spans(known: Course) -> list[tuple[int, int]]:
    return [(step.span.first, step.span.last) for step in known.steps]


def contradicts(known: Course) -> bool:
    return any(step.contradicts for step in known.steps)


class TestAssessments:
    """A laboratory course knows the grade only at its assessments."""

    WEEKLY = (("2026-03-04", 4), ("2026-03-11", 4), ("2026-03-18", 2))

    @staticmethod
    def assessed(*known: tuple[str, int | None]) -> list[dict[str, object]]:
        return [{"on": on, "grade": grade} for on, grade in known]

    def test_between_two_assessments_a_fall_is_an_interval(self) -> None:
        known = course(
            (4, "2026-03-04"), (2, "2026-03-18"), assessments=self.assessed(*self.WEEKLY)
        )
        fall = known.steps[1]
        assert fall.held_through == at("2026-03-11")
        assert fall.span.last == end_of("2026-03-18")

    def test_on_one_day_there_is_nothing_between_them(self) -> None:
        known = course(
            (4, "2026-03-04"), (2, "2026-03-04"), assessments=self.assessed(("2026-03-04", 2))
        )
        assert known.steps[1].held_through == at("2026-03-04") - MICROSECOND

    def test_so_it_is_where_the_course_is_nothing_but_assessments(self) -> None:
        known = course(assessments=self.assessed(*self.WEEKLY))
        assert grades(known) == [4, 4, 2]
        assert known.steps[2].held_through == at("2026-03-11")

    def test_the_first_qualifying_assessment_is_the_onset(self) -> None:
        shown = self.assessed(("2026-03-04", 1), ("2026-03-11", 4), ("2026-03-18", 4))
        known = course((1, "2026-03-04"), (4, "2026-03-11"), ongoing=True, assessments=shown)
        assert spans(known)[1] == (at("2026-03-11"), end_of("2026-03-11"))

    def test_a_fall_is_an_interval_too_where_every_assessment_left_its_grade_open(self) -> None:
        known = course(
            (4, "2026-03-04"),
            (2, "2026-03-18"),
            ongoing=True,
            assessments=self.assessed(("2026-03-04", None), ("2026-03-18", None)),
        )
        assert known.steps[1].held_through == at("2026-03-04")
        assert (known.tail, known.through) == (Tail.ASSESSED, at("2026-03-18"))

    @pytest.mark.parametrize(
        ("on", "tail", "through"),
        [
            ("2026-02-20", Tail.ASSESSED, at("2026-03-04")),
            ("2026-03-11", Tail.ASSESSED, at("2026-03-04")),
            (LATER, Tail.ASSESSED, at("2026-03-04")),
            ("2026-05-31", Tail.GOES_ON, NEVER),
        ],
    )
    def test_one_that_left_it_open_ends_what_is_known_where_it_was_made_by_the_cut(
        self, on: str, tail: Tail, through: int
    ) -> None:
        """Through it the grade may have held, and it may have shown another."""
        shown = self.assessed((on, None))
        known = course((4, "2026-03-04"), ongoing=True, assessments=shown)
        assert (known.tail, known.through, known.findings) == (tail, through, ())

    def test_a_fall_from_an_unknown_grade_is_an_interval_too(self) -> None:
        shown = self.assessed(("2026-03-04", None), ("2026-03-11", None), ("2026-03-18", 2))
        known = course((None, "2026-03-04"), (2, "2026-03-18"), assessments=shown)
        assert known.steps[1].held_through == at("2026-03-04")  # a null assessment shows nothing

    def test_a_lower_grade_seen_on_the_day_of_the_fall_does_not_show_that_it_still_stood(
        self,
    ) -> None:
        """By the hour the change lies behind the assessment of that day, which may be later."""
        shown = self.assessed(("2026-03-04", 4), ("2026-03-11", 3))
        known = course((4, "2026-03-04"), (3, "2026-03-11T23:00"), assessments=shown)
        assert known.steps[1].held_through == at("2026-03-04")

    @pytest.mark.parametrize("seen", [4, 5])
    def test_its_own_grade_or_a_worse_one_does_where_it_was_seen_before(self, seen: int) -> None:
        shown = self.assessed(("2026-03-04", 4), ("2026-03-11T08:00", seen))
        known = course((4, "2026-03-04"), (3, "2026-03-11T23:00"), assessments=shown)
        assert known.steps[1].held_through == at("2026-03-11T08:00")

    @pytest.mark.parametrize("before", ["2026-02-26", "2026-03-04"])
    def test_what_was_seen_before_it_began_says_nothing_of_how_long_it_stood(
        self, before: str
    ) -> None:
        shown = self.assessed((before, 4), ("2026-03-11", 3))
        known = course((4, "2026-03-04"), (3, "2026-03-11"), assessments=shown)
        assert known.steps[1].held_through == at("2026-03-04")

    @pytest.mark.parametrize("seen", [4, 5])
    def test_one_of_the_same_day_may_have_been_after_it(self, seen: int) -> None:
        shown = self.assessed(("2026-03-04", 4), ("2026-03-11", seen))
        known = course((4, "2026-03-04"), (3, "2026-03-11T23:00"), assessments=shown)
        assert known.steps[1].held_through == at("2026-03-04")

    @pytest.mark.parametrize(("seen", "held"), [(2, "2026-03-04"), (3, "2026-03-11T08:00")])
    def test_above_the_grade_that_it_fell_to_an_unknown_one_still_stood(
        self, seen: int, held: str
    ) -> None:
        shown = self.assessed(("2026-03-11T08:00", seen))
        known = course((None, "2026-03-04"), (2, "2026-03-11T23:00"), assessments=shown)
        assert known.steps[1].held_through == at(held)

    @pytest.mark.parametrize("fell", ["2026-03-20", "2026-04-20"])
    def test_what_stood_since_some_day_of_a_month_surely_stood_no_longer_than_its_first(
        self, fell: str
    ) -> None:
        known = course((3, "2026-03"), (1, fell), assessments=self.assessed((fell, 1)))
        first_day = PartialTime("2026-03-01").span(SHANGHAI)
        assert known.steps[1].held_through == first_day.first
        assert known.steps[1].held_day == first_day.first_day

    def test_from_one_unknown_grade_to_another_nothing_shows_it(self) -> None:
        shown = self.assessed(("2026-03-11T08:00", 3))
        known = course((None, "2026-03-04"), (None, "2026-03-11T23:00"), assessments=shown)
        assert known.steps[1].held_through == at("2026-03-04")

    def test_the_grade_after_the_last_one_is_unknown_for_what_has_already_run_out(self) -> None:
        shown = self.assessed(("2026-03-04", 4), ("2026-03-11", 4))
        known = course((4, "2026-03-04"), ongoing=True, assessments=shown)
        assert (known.tail, known.through) == (Tail.ASSESSED, at("2026-03-11"))

    def test_an_ended_event_is_known_through_its_last_assessment(self) -> None:
        shown = self.assessed(("2026-03-04", 4), ("2026-03-11", 4))
        known = course((4, "2026-03-04"), ongoing=False, assessments=shown)
        assert (known.tail, known.through) == (Tail.ENDED, at("2026-03-11"))

    @pytest.mark.parametrize("ongoing", [True, False, None])
    @pytest.mark.parametrize(
        ("seen", "through"), [(4, "2026-03-20"), (3, "2026-03-20"), (2, "2026-03-05")]
    )
    def test_a_lower_grade_does_not_show_that_the_last_one_lasted_so_long(
        self, seen: int, through: str, ongoing: bool | None
    ) -> None:
        """Which of the two was first is open: the change is dated by its month alone."""
        shown = self.assessed(("2026-03-05", 3), ("2026-03-20", seen))
        known = course((3, "2026-03"), ongoing=ongoing, assessments=shown)
        assert (grades(known), known.through) == ([3], at(through))

    @pytest.mark.parametrize(("seen", "through"), [(1, "2026-03-20"), (0, "2026-03-05")])
    def test_nor_does_a_normal_one_show_that_an_unknown_one_did(
        self, seen: int, through: str
    ) -> None:
        shown = self.assessed(("2026-03-05", 3), ("2026-03-20", seen))
        known = course((None, "2026-03"), ongoing=True, assessments=shown)
        assert known.through == at(through)

    def test_where_none_shows_it_it_is_known_at_its_own_time(self) -> None:
        shown = self.assessed(("2026-03-20", 0))
        known = course((3, "2026-03"), ongoing=True, assessments=shown)
        assert (known.tail, known.through) == (Tail.ASSESSED, at("2026-03"))

    @pytest.mark.parametrize(("middle", "told"), [(3, [4, 3, 1]), (2, [4, UNKNOWN_GRADE, 1])])
    def test_each_speaks_of_the_change_before_it_alone(self, middle: int, told: list[int]) -> None:
        shown = self.assessed(
            ("2026-03-04", 4), ("2026-03-08", 3), ("2026-03-09", middle), ("2026-03-15", 1)
        )
        known = course((4, "2026-03-04"), (3, "2026-03-08"), (1, "2026-03-15"), assessments=shown)
        assert grades(known) == told

    def test_an_assessment_that_contradicts_the_course_makes_the_grade_unknown(self) -> None:
        shown = self.assessed(("2026-03-04", 4), ("2026-03-08", 2), ("2026-03-11", 1))
        known = course((4, "2026-03-04"), (1, "2026-03-11"), assessments=shown)
        assert grades(known) == [UNKNOWN_GRADE, 1]
        assert known.findings == (
            (
                "assessment_contradicts_course",
                "The assessment on 2026-03-08 shows grade 2, the course grade 4; "
                "the grade is taken as unknown.",
            ),
        )

    def test_so_does_one_after_another_that_agrees(self) -> None:
        shown = self.assessed(("2026-03-06", 4), ("2026-03-08", 2))
        known = course((4, "2026-03-04"), ongoing=True, assessments=shown)
        assert grades(known) == [UNKNOWN_GRADE]

    @pytest.mark.parametrize(
        ("on", "at_last"),
        [("2026-03-10T22:00", [UNKNOWN_GRADE, 1]), ("2026-03-11", [4, 1])],
    )
    def test_one_of_the_day_of_the_next_change_may_belong_to_either(
        self, on: str, at_last: list[int]
    ) -> None:
        shown = self.assessed(("2026-03-04", 4), (on, 2))
        known = course((4, "2026-03-04"), (1, "2026-03-11T08:00"), assessments=shown)
        assert grades(known) == at_last

    @pytest.mark.parametrize(
        ("change", "at_last"),
        [
            ("2026-03-11T00:00+08:00", [UNKNOWN_GRADE, 1]),
            ("2026-03-10T23:59:59.999999+08:00", [4, 1]),
        ],
    )
    def test_the_day_may_end_as_the_next_change_comes(
        self, change: str, at_last: list[int]
    ) -> None:
        shown = self.assessed(("2026-03-04", 4), ("2026-03-10", 1))
        known = course((4, "2026-03-04"), (1, change), assessments=shown)
        assert grades(known) == at_last

    @pytest.mark.parametrize("seen", [(3,), (3, 3)])
    def test_an_unknown_grade_is_contradicted_by_none_that_it_may_be(
        self, seen: tuple[int, ...]
    ) -> None:
        shown = self.assessed(*((f"2026-03-{8 + day:02}", each) for day, each in enumerate(seen)))
        known = course((None, "2026-03-04"), ongoing=True, assessments=shown)
        assert (grades(known), known.findings) == ([UNKNOWN_GRADE], ())

    @pytest.mark.parametrize(
        ("seen", "told"),
        [
            ((0,), "on 2026-03-08 shows grade 0, the course a change to a grade"),
            ((3, 2), "on 2026-03-09 shows grade 2, that on 2026-03-08 grade 3, the course one"),
            ((3, 0), "on 2026-03-09 shows grade 0, that on 2026-03-08 grade 3, the course one"),
        ],
    )
    def test_it_is_one_grade_and_never_0(self, seen: tuple[int, ...], told: str) -> None:
        shown = self.assessed(*((f"2026-03-{8 + day:02}", each) for day, each in enumerate(seen)))
        known = course((None, "2026-03-04"), ongoing=True, assessments=shown)
        ((code, sentence),) = known.findings
        assert code == "assessment_contradicts_course"
        assert told in sentence

    def test_each_assessment_is_a_step_of_its_own(self) -> None:
        shown = self.assessed(("2026-03-04", 4), ("2026-03-06", 4), ("2026-03-08", None))
        assert grades(course(assessments=shown)) == [4, 4, UNKNOWN_GRADE]

    def test_equal_grades_that_contradict_the_order_are_seen(self) -> None:
        shown = self.assessed(("2026-03-31T22:00+08:00", 3), ("2026-03-02T22:00+08:00", 3))
        assert contradicts(course(assessments=shown))


def test_an_assessment_has_to_say_when_it_was() -> None:
    with pytest.raises(ValidationError):
        event("Anemia", assessments=[{"on": None, "grade": 4}])
