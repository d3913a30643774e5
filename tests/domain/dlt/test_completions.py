"""What a record with unknowns could be: which unknowns are tried, and how many at most."""

from typing import Any

import pytest

from app.domain.adjudication.adjudicate import adjudicate
from app.domain.dlt.build import MOST_WORK, Builder
from app.domain.errors import BadProtocol
from app.domain.time import PartialTime
from tests.builders import LATER, SHANGHAI, event, fields, settles, subject
from tests.domain.dlt.toy import GRADE_4, clause, first, toy

pytestmark = pytest.mark.no_cover

PNEUMONITIS, CHILLS = "Pneumonitis", "Chills"


def whether(name: str) -> dict[str, Any]:
    """A condition that holds, whatever a fact is; the engine has to try both answers."""
    return {"any": [{"fact": name}, {"not": {"fact": name}}]}


class TestTerm:
    """An event of a term that nobody knows may be a laboratory finding, or not."""

    @pytest.mark.parametrize(
        ("asked", "told", "verdict"),
        [
            (True, None, "UNDETERMINED"),
            (False, None, "UNDETERMINED"),
            (True, True, "DLT"),
            (True, False, "NOT_DLT"),
            (False, False, "DLT"),
        ],
    )
    def test_may_be_either_until_the_record_says(
        self, asked: bool, told: bool | None, verdict: str
    ) -> None:
        protocol = toy(criteria=[clause("c", grade=3, when={"laboratory": asked})])
        reported = event("Frobnication", (3, "2026-03-10"), laboratory=told)
        assert first(protocol, reported).verdict == verdict

    @pytest.mark.parametrize(("grade", "verdict"), [(1, "DLT"), (2, "UNDETERMINED")])
    def test_may_have_any_grade_where_none_was_recorded(self, grade: int, verdict: str) -> None:
        protocol = toy(criteria=[clause("c", grade=grade)])
        assert first(protocol, event("Frobnication", (None, "2026-03-10"))).verdict == verdict


class TestMost:
    """Twelve unknown facts are 4096 completions, which is the most; thirteen are too many."""

    @pytest.mark.parametrize(("count", "verdict"), [(12, "DLT"), (13, "UNDETERMINED")])
    def test_that_are_tried(self, count: int, verdict: str) -> None:
        asked = {"all": [whether(f"fact-{number}") for number in range(count)]}
        protocol = toy(criteria=[clause("c", grade=3, when=asked)])
        assert first(protocol, event(PNEUMONITIS, (3, "2026-03-10"))).verdict == verdict

    def test_facts_that_are_asked_of_other_terms_do_not_count(self) -> None:
        others = [{"term": CHILLS}, *(whether(f"fact-{number}") for number in range(12))]
        protocol = toy(
            criteria=[
                clause("chills", grade=3, when={"all": others}),
                clause("lung", grade=3, when={"all": [{"term": PNEUMONITIS}, whether("care")]}),
            ]
        )
        assert first(protocol, event(PNEUMONITIS, (3, "2026-03-10"))).verdict == "DLT"


class TestBaseline:
    """A baseline that nobody recorded is 0 to 4; what it is does not always matter."""

    @pytest.mark.parametrize(("rise", "verdict"), [(1, "DLT"), (2, "UNDETERMINED")])
    def test_grade_5_rises_by_one_above_each_of_them(self, rise: int, verdict: str) -> None:
        protocol = toy(criteria=[clause("c", grade=5, when={"shift": {"at_least": rise}})])
        fatal = event(PNEUMONITIS, (5, "2026-03-10"), baseline_grade=None)
        assert first(protocol, fatal).verdict == verdict

    @pytest.mark.parametrize(
        ("fall", "verdict"),
        [
            ((0, "2026-03-17"), "NOT_DLT"),
            ((1, "2026-03-17"), "UNDETERMINED"),
            ((0, "2026-03-18"), "UNDETERMINED"),
        ],
    )
    def test_a_fall_to_0_recovers_to_each_of_them(
        self, fall: tuple[int, str], verdict: str
    ) -> None:
        in_time = {"recovers": {"to": "baseline", "within": "P7D"}}
        protocol = toy(
            criteria=[clause("c", grade=3)],
            exceptions=[clause("e", when={"always": True}, limit=in_time)],
        )
        reported = event(PNEUMONITIS, (3, "2026-03-10"), fall, baseline_grade=None)
        assert first(protocol, reported).verdict == verdict


class TestBaselineAtTheFirstInfusion:
    """Grade 4 dated by the day of the infusion: a rise above the baseline came after it."""

    @pytest.mark.parametrize("infused", ["2026-03-01T10:00+08:00", "2026-03-01"])
    @pytest.mark.parametrize(
        ("baseline", "verdict"),
        [(0, "DLT"), (3, "DLT"), (4, "NOT_DLT"), (None, "UNDETERMINED")],
    )
    def test_decides(self, baseline: int | None, infused: str, verdict: str) -> None:
        changes = (4, "2026-03-01"), (0, "2026-03-05")
        reported = event(PNEUMONITIS, *changes, baseline_grade=baseline)
        assert first(toy(criteria=[GRADE_4]), reported, infused=[infused]).verdict == verdict


class TestBaselineAtALaterInfusion:
    """Grade 4 dated by the day of an infusion long after the first: above the baseline it is its.

    The window of the first infusion is over by then.
    """

    TWICE = ("2026-03-01T10:00:00+08:00", "2026-04-10T10:00:00+08:00")

    @pytest.mark.parametrize(
        ("baseline", "verdict", "missing"),
        [
            (3, "DLT", []),
            (4, "UNDETERMINED", ["clock_time"]),
            (None, "UNDETERMINED", ["baseline_grade", "clock_time"]),
        ],
    )
    def test_is_asked_for(self, baseline: int | None, verdict: str, missing: list[str]) -> None:
        changes = (4, "2026-04-10"), (0, "2026-04-20")
        reported = event(PNEUMONITIS, *changes, baseline_grade=baseline)
        judged = first(toy(criteria=[GRADE_4]), reported, infused=self.TWICE)
        assert (judged.verdict, fields(judged)) == (verdict, missing)

    @pytest.mark.parametrize("baseline", [None, 0, 4])
    def test_says_nothing_where_the_infusion_too_is_dated_by_its_day(
        self, baseline: int | None
    ) -> None:
        changes = (4, "2026-04-10"), (0, "2026-04-20")
        reported = event(PNEUMONITIS, *changes, baseline_grade=baseline)
        judged = first(toy(criteria=[GRADE_4]), reported, infused=(self.TWICE[0], "2026-04-10"))
        assert (judged.verdict, fields(judged)) == ("UNDETERMINED", ["exposure"])

    @pytest.mark.parametrize(
        ("grade", "day", "verdict"),
        [
            (5, "2026-03-01", "DLT"),
            (5, "2026-04-10", "DLT"),
            (4, "2026-03-01", "UNDETERMINED"),
            (4, "2026-04-10", "UNDETERMINED"),
        ],
    )
    def test_grade_5_is_above_each_of_them(self, grade: int, day: str, verdict: str) -> None:
        reported = event("Sepsis", (grade, day), baseline_grade=None)
        judged = first(toy(criteria=[GRADE_4]), reported, infused=self.TWICE)
        assert judged.verdict == verdict

    def test_each_baseline_is_tried(self) -> None:
        reported = event(PNEUMONITIS, (4, "2026-04-10"), (0, "2026-04-20"), baseline_grade=None)
        judged = first(toy(criteria=[GRADE_4]), reported, infused=self.TWICE)
        assert settles(judged, "baseline_grade") == {
            **dict.fromkeys("0123", "DLT"),
            "4": "UNDETERMINED",
        }


class TestGrades:
    """A grade that nobody recorded is one that the term has and that seriousness allows."""

    @pytest.mark.parametrize(
        ("seriousness", "worst"),
        [
            ({"life_threatening": False}, 3),
            ({"life_threatening": False, "death": False}, 3),
            ({"death": False}, 4),
            ({"life_threatening": True, "death": False}, 4),
            ({"life_threatening": False, "death": True}, 5),
            ({}, 5),
        ],
    )
    def test_up_to_the_worst_that_may_be(self, seriousness: dict[str, bool], worst: int) -> None:
        """CTCAE has sepsis from grade 3 on."""
        reported = event("Sepsis", (None, "2026-03-10"), seriousness=seriousness)
        for grade in (3, 4, 5):
            judged = first(toy(criteria=[clause("c", grade=grade)]), reported)
            reached = "DLT" if grade == 3 else "UNDETERMINED"
            assert judged.verdict == (reached if grade <= worst else "NOT_DLT")

    @pytest.mark.parametrize(
        ("seriousness", "worst"), [({"life_threatening": False}, 3), ({"death": False}, 4)]
    )
    def test_where_grades_are_taken_from_1_to_5(
        self, seriousness: dict[str, bool], worst: int
    ) -> None:
        """Alopecia has grades 1 and 2 in CTCAE; a document may leave that aside."""
        reported = event("Alopecia", (None, "2026-03-10"), seriousness=seriousness)
        for grade in (2, 3, 4, 5):
            protocol = toy(criteria=[clause("c", grade=grade)], clocks={"unknown_grades": "all"})
            expected = "UNDETERMINED" if grade <= worst else "NOT_DLT"
            assert first(protocol, reported).verdict == expected

    @pytest.mark.parametrize(("fall", "verdict"), [((0, "2026-03-20"), "NOT_DLT"),
                                                   (None, "UNDETERMINED")])  # fmt: skip
    def test_death_only_in_the_last_step(self, fall: tuple[int, str] | None, verdict: str) -> None:
        changes = [(None, "2026-03-10"), *([fall] if fall else [])]
        assert first(toy(criteria=[clause("c", grade=5)]), event("Sepsis", *changes)).verdict == (
            verdict
        )


class TestInfusions:
    """Patients of one batch have as many infusions as they have."""

    def test_a_patient_with_fewer_is_judged_as_alone(self) -> None:
        twice = ("2026-03-01T10:00:00+08:00", "2026-03-20T10:00:00+08:00")
        dated_by_the_infusion = event(
            PNEUMONITIS, (4, "2026-03-01"), (0, "2026-03-05"), baseline_grade=None
        )
        many = subject(dated_by_the_infusion, infused=twice)
        one = subject(dated_by_the_infusion, id="S-02")
        protocol, cut = toy(criteria=[GRADE_4]), PartialTime(LATER)
        together = adjudicate([many, one], protocol, cut, SHANGHAI)
        for patient, found in zip([many, one], together, strict=True):
            (alone,) = adjudicate([patient], protocol, cut, SHANGHAI)
            assert found.events[0].verdict == alone.events[0].verdict == "UNDETERMINED"
            assert fields(found.events[0]) == fields(alone.events[0])


class TestWork:
    """What compiling takes: criteria times kinds of terms times conditions and one."""

    def test_as_much_as_allowed_and_no_more(self) -> None:
        conditions = {"all": [{"term": CHILLS}, {"not": {"fact": "care"}}]}  # four of them
        rules = toy(criteria=[GRADE_4, clause("c", grade=3, when=conditions)]).rules
        assert rules is not None
        builder = Builder(rules.program.rules, {})
        builder.weigh(MOST_WORK // (2 * 5))
        with pytest.raises(BadProtocol, match="2 criteria and 4 conditions for 20001 kinds"):
            builder.weigh(MOST_WORK // (2 * 5) + 1)
