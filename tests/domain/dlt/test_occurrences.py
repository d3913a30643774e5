"""The how many-th run of its kind a run is: both sides, and what leaves it unknown."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.course import Course
from app.domain.dlt.asked import Occurrence
from app.domain.dlt.facts import NO, UNKNOWN, YES
from app.domain.dlt.occurrences import Nth, nth_occurrence
from app.domain.errors import BadProtocol, BadValue
from app.domain.steps import UNKNOWN_GRADE
from app.domain.time import NEVER
from tests.builders import event, settles
from tests.domain.dlt.test_together import CUT, course, exact_courses, grade_at
from tests.domain.dlt.toy import clause, first, patient, toy


def times(at_least: int = 2, **asked: Any) -> ReadyProtocol:
    """A protocol whose one criterion asks for the N-th run at grade 3."""
    when = {"occurrence": {"at_least": at_least, **asked}}
    return toy(
        criteria=[clause("again", grade=3, when=when)],
        groups={"skin": ["Rash acneiform", "Pruritus"]},
    )


def at(name: str, *changes: tuple[int | None, str | None], **recorded: Any) -> Any:
    return event("Rash acneiform", *changes, id=name, **recorded)


ONCE = at("AE-1", (3, "2026-03-05T08:00+08:00"), (1, "2026-03-07T08:00+08:00"))
AGAIN = at("AE-2", (3, "2026-03-10T08:00+08:00"), (1, "2026-03-12T08:00+08:00"))
THRICE = at("AE-3", (3, "2026-03-15T08:00+08:00"), (1, "2026-03-17T08:00+08:00"))


def verdicts(protocol: ReadyProtocol, *events: Any, **recorded: Any) -> list[str]:
    return [each.verdict for each in patient(protocol, *events, **recorded).events]


def test_of_several_events_the_third_is_the_third() -> None:
    assert verdicts(times(3), ONCE, AGAIN) == ["NOT_DLT", "NOT_DLT"]
    assert verdicts(times(3), ONCE, AGAIN, THRICE) == ["NOT_DLT", "NOT_DLT", "DLT"]
    assert verdicts(times(2), ONCE, AGAIN, THRICE) == ["NOT_DLT", "DLT", "DLT"]


def test_what_contradicts_its_own_order_is_not_counted() -> None:
    """Of its three changes the last two are out of order, so nobody knows how often it rose."""
    odd = at("AE-1", (3, "2026-03-05"), (1, "2026-03-09"), (3, "2026-03-07"))
    assert verdicts(times(2), odd, AGAIN) == ["UNDETERMINED", "UNDETERMINED"]
    found = first(times(2), odd)
    assert settles(found, "occurrence") == {"so_often": "DLT", "not_so_often": "NOT_DLT"}


def test_the_order_is_that_of_time_not_of_the_list() -> None:
    assert verdicts(times(2), AGAIN, ONCE) == ["DLT", "NOT_DLT"]


def test_runs_of_one_event_are_counted() -> None:
    changes = (3, "2026-03-05"), (1, "2026-03-07"), (3, "2026-03-10"), (2, "2026-03-12")
    found = first(times(2), at("AE-1", *changes))
    assert (found.verdict, found.established_at) == ("DLT", "2026-03-10T00:00:00+08:00")
    assert first(times(3), at("AE-1", *changes)).verdict == "NOT_DLT"


def test_a_rise_within_a_run_begins_no_other() -> None:
    rising = at("AE-1", (3, "2026-03-05"), (4, "2026-03-06"), (1, "2026-03-07"))
    assert verdicts(times(2), rising, AGAIN) == ["NOT_DLT", "DLT"]
    assert verdicts(times(3), rising, AGAIN) == ["NOT_DLT", "NOT_DLT"]


def test_only_the_run_that_is_so_late_has_to_lie_in_the_window() -> None:
    """The first lies in it, the second does not: neither is a second one in the window."""
    changes = (3, "2026-03-05"), (1, "2026-03-07"), (3, "2026-04-10"), (2, "2026-04-12")
    assert first(times(2), at("AE-1", *changes)).verdict == "NOT_DLT"
    before = (3, "2026-02-05"), (1, "2026-02-07"), (3, "2026-03-10"), (2, "2026-03-12")
    assert first(times(2), at("AE-1", *before)).verdict == "DLT"


@pytest.mark.parametrize(
    ("asked", "found"),
    [({}, "NOT_DLT"), ({"group": "skin"}, "DLT"), ({"term": "Rash acneiform"}, "NOT_DLT"),
     ({"term": "Pruritus"}, "NOT_DLT")],
)  # fmt: skip
def test_of_a_term_of_a_group_or_of_its_own(asked: dict[str, str], found: str) -> None:
    itch = event("Pruritus", (3, "2026-03-10"), (1, "2026-03-12"), id="AE-2")
    assert verdicts(times(2, **asked), ONCE, itch) == ["NOT_DLT", found]


def test_an_event_of_another_term_is_none_of_them() -> None:
    chills = event("Chills", (3, "2026-03-15"), (1, "2026-03-17"), id="AE-3")
    asked = times(2, term="Rash acneiform")
    assert verdicts(asked, ONCE, AGAIN, chills) == ["NOT_DLT", "DLT", "NOT_DLT"]


@pytest.mark.parametrize(("grade", "found"), [(2, "DLT"), (3, "NOT_DLT"), (None, "NOT_DLT")])
def test_another_grade_may_be_counted(grade: int | None, found: str) -> None:
    mild = at("AE-1", (2, "2026-03-05"), (1, "2026-03-07"))
    asked = times(2) if grade is None else times(2, grade=grade)
    assert verdicts(asked, mild, AGAIN) == ["NOT_DLT", found]


def test_a_higher_grade_within_the_run_is_counted_when_it_is_reached() -> None:
    asked = times(2, grade=4)
    changes = (3, "2026-03-05"), (4, "2026-03-06"), (3, "2026-03-07"), (4, "2026-03-09")
    found = first(asked, at("AE-1", *changes, (0, "2026-03-12")))
    assert (found.verdict, found.established_at) == ("DLT", "2026-03-09T00:00:00+08:00")
    assert first(asked, at("AE-1", *changes[:3], (0, "2026-03-12"))).verdict == "NOT_DLT"
    severe = at("AE-1", (4, "2026-03-01"), (1, "2026-03-02"))
    later = at("AE-2", (3, "2026-03-05"), (4, "2026-03-08"), (0, "2026-03-12"))
    found = patient(asked, severe, later).events[1]
    assert (found.verdict, found.established_at) == ("DLT", "2026-03-08T00:00:00+08:00")
    assert verdicts(asked, severe, AGAIN) == ["NOT_DLT", "NOT_DLT"]
    assert verdicts(asked, AGAIN) == ["NOT_DLT"]


class TestWhatLeavesItUnknown:
    """Nobody guesses which came first, which grade it was, or whether two are one."""

    def test_two_that_overlap_may_be_one(self) -> None:
        going_on = at("AE-1", (3, "2026-03-05"), (1, "2026-03-11"))
        found = patient(times(2), going_on, AGAIN).events
        assert [each.verdict for each in found] == ["NOT_DLT", "UNDETERMINED"]
        assert settles(found[1], "occurrence") == {"so_often": "DLT", "not_so_often": "NOT_DLT"}
        assert found[1].missing[0].text == (
            "It is not known of AE-2 whether the run is at least the second at grade 3 or more of "
            "the event's own term."
        )

    def test_two_runs_of_a_term_that_may_be_of_the_group_may_be_two_of_it(self) -> None:
        twice = (3, "2026-03-05"), (1, "2026-03-07"), (3, "2026-03-10"), (1, "2026-03-12")
        asked = times(2, group="skin")
        assert first(asked, event("Pruritus", *twice)).verdict == "DLT"
        assert first(asked, event("Some skin trouble", *twice)).verdict == "UNDETERMINED"

    def test_two_that_began_at_one_instant_have_no_order(self) -> None:
        twin = at("AE-1", (3, "2026-03-10T08:00+08:00"), (1, "2026-03-12T08:00+08:00"))
        assert verdicts(times(2), twin, AGAIN) == ["UNDETERMINED", "UNDETERMINED"]

    @pytest.mark.parametrize(
        ("ended", "began", "found"),
        [("2026-03-10", "2026-03-10", "UNDETERMINED"), ("2026-03-09", "2026-03-10", "DLT"),
         ("2026-03-10T08:00+08:00", "2026-03-10T08:00+08:00", "DLT"),
         ("2026-03-10T08:01+08:00", "2026-03-10T08:00+08:00", "UNDETERMINED")],
    )  # fmt: skip
    def test_the_day_alone_does_not_tell_the_order(
        self, ended: str, began: str, found: str
    ) -> None:
        one = at("AE-1", (3, "2026-03-05"), (1, ended))
        two = at("AE-2", (3, began), (1, "2026-03-14"))
        assert verdicts(times(2), one, two)[1] == found

    def test_one_that_began_later_is_none(self) -> None:
        assert verdicts(times(2), AGAIN, at("AE-1", (3, "2026-03-11"), (1, "2026-03-13")))[0] == (
            "NOT_DLT"
        )

    def test_an_unknown_time(self) -> None:
        somewhen = at("AE-1", (3, None), (1, None))
        assert verdicts(times(2), somewhen, AGAIN)[1] == "UNDETERMINED"

    def test_an_unknown_grade(self) -> None:
        perhaps = at("AE-1", (None, "2026-03-05"), (1, "2026-03-07"))
        assert verdicts(times(2), perhaps, AGAIN)[1] == "UNDETERMINED"
        assert verdicts(times(3), perhaps, AGAIN)[1] == "NOT_DLT"

    def test_an_unknown_grade_that_parts_two_runs_or_joins_them(self) -> None:
        changes = (3, "2026-03-05"), (None, "2026-03-07"), (3, "2026-03-10"), (1, "2026-03-12")
        found = first(times(2), at("AE-1", *changes))
        assert found.verdict == "UNDETERMINED"
        # One run or two: whether the second is a second one stays a question of its own.
        assert settles(found, "grade") == {
            "1": "UNDETERMINED", "2": "UNDETERMINED", "3": "NOT_DLT", "4": "NOT_DLT",
        }  # fmt: skip

    def test_an_unknown_term(self) -> None:
        unknown = event("Frobnication", (3, "2026-03-05"), (1, "2026-03-07"), id="AE-1")
        assert verdicts(times(2), unknown, AGAIN)[1] == "UNDETERMINED"
        assert verdicts(times(2, group="skin"), unknown, AGAIN)[1] == "UNDETERMINED"
        mine = event("Frobnication", (3, "2026-03-15"), (1, "2026-03-17"), id="AE-3")
        assert verdicts(times(2), ONCE, AGAIN, mine)[2] == "UNDETERMINED"
        assert verdicts(times(2, group="skin"), ONCE, AGAIN, mine)[2] == "UNDETERMINED"

    def test_a_list_that_contradicts_its_times(self) -> None:
        one = at("AE-1", (3, "2026-03-07"), (1, "2026-03-05"))
        assert verdicts(times(2), one, AGAIN)[1] == "UNDETERMINED"
        mine = at("AE-2", (3, "2026-03-12"), (1, "2026-03-10"))
        assert verdicts(times(2), ONCE, mine)[1] == "UNDETERMINED"

    def test_one_run_is_the_first_whatever_its_times_contradict(self) -> None:
        assert verdicts(times(2), at("AE-1", (2, "2026-03-10"), (3, "2026-03-05"))) == ["NOT_DLT"]

    def test_the_fourth_surely_is_a_third_whichever_the_third_is(self) -> None:
        perhaps = at("AE-0", (None, "2026-03-02"), (1, "2026-03-03"))
        changes = ((3, "2026-03-05"), (1, "2026-03-07"), (3, "2026-03-10"), (1, "2026-03-12"),
                   (3, "2026-03-15"), (1, "2026-03-17"))  # fmt: skip
        found = patient(times(3), perhaps, at("AE-1", *changes)).events[1]
        assert found.verdict == "DLT"
        assert verdicts(times(3), perhaps, at("AE-1", *changes[:4]))[1] == "UNDETERMINED"


class TestRulingsAndLinks:
    """What a person says of the occurrences."""

    @pytest.mark.parametrize(
        ("events", "answer", "found"),
        [((ONCE, AGAIN), "not_so_often", "NOT_DLT"), ((AGAIN,), "so_often", "DLT"),
         ((at("AE-1", (3, "2026-03-05"), (1, "2026-03-11")), AGAIN), "so_often", "DLT"),
         ((at("AE-1", (3, "2026-03-05"), (1, "2026-03-11")), AGAIN), "not_so_often", "NOT_DLT")],
    )  # fmt: skip
    def test_a_person_may_rule(self, events: Any, answer: str, found: str) -> None:
        ruling = {
            "on": "2026-03-20", "by": "Committee", "event": "AE-2", "question": "occurrence",
            "answer": answer,
        }  # fmt: skip
        assert verdicts(times(2), *events, rulings=[ruling])[-1] == found

    def test_a_ruling_says_it_of_the_first_run_of_which_it_can_be_so(self) -> None:
        twice = (3, "2026-03-05"), (1, "2026-03-07"), (3, "2026-03-10"), (1, "2026-03-12")
        events = at("AE-1", (3, None), (1, None)), at("AE-2", *twice)
        ruling = {
            "on": "2026-03-20", "by": "Committee", "event": "AE-2", "question": "occurrence",
            "answer": "so_often",
        }  # fmt: skip
        for at_least, began in (2, "2026-03-05"), (3, "2026-03-10"):
            found = patient(times(at_least), *events, rulings=[ruling]).events[1]
            assert (found.verdict, found.established_at) == ("DLT", f"{began}T00:00:00+08:00")

    def test_two_records_of_one_event_are_one_occurrence(self) -> None:
        for linked in (
            (ONCE, at("AE-2", (3, "2026-03-10"), (1, "2026-03-12"), synonym_of="AE-1")),
            (at("AE-1", (3, "2026-03-05"), (1, "2026-03-07"), synonym_of="AE-2"), AGAIN),
        ):
            assert verdicts(times(2), *linked) == ["NOT_DLT", "NOT_DLT"]
        twins = ONCE, at("AE-2", (3, "2026-03-10"), (1, "2026-03-12"), synonym_of="AE-1"), THRICE
        assert verdicts(times(2), *twins)[2] == "DLT"
        assert verdicts(times(3), *twins)[2] == "UNDETERMINED"


def test_the_explanation_speaks_of_the_run() -> None:
    changes = (3, "2026-03-05"), (1, "2026-03-07"), (3, "2026-03-10"), (2, "2026-03-12")
    found = first(times(2), at("AE-1", *changes))
    assert found.explanation is not None
    words = "the run is at least the second at grade 3 or more of the event's own term"
    told = [
        (part.truth, part.text)
        for run in found.explanation.tree.parts
        for part in run.parts
        if part.says == words
    ]
    assert told == [("no", f"{words}: no"), ("yes", f"{words}: yes")]


class TestTheLanguage:
    """Where the condition may stand, and what it may name."""

    def test_a_first_occurrence_may_be_exempt(self) -> None:
        first_time = clause("first", when={"not": {"occurrence": {"at_least": 2, "grade": 3}}})
        protocol = toy(criteria=[clause("c", grade=3)], exceptions=[first_time])
        assert verdicts(protocol, ONCE, AGAIN) == ["NOT_DLT", "DLT"]

    @pytest.mark.parametrize(
        "parts",
        [
            {"criteria": [clause("c", grade=3, when={"not": {"occurrence": {"at_least": 2}}})]},
            {"exceptions": [clause("e", when={"occurrence": {"at_least": 2}})]},
        ],
    )
    def test_another_occurrence_would_un_make_it(self, parts: dict[str, Any]) -> None:
        with pytest.raises(BadProtocol, match="another occurrence would un-make a DLT"):
            toy(**parts)

    def test_a_group_or_a_term_and_more_than_once(self) -> None:
        with pytest.raises(BadValue, match="of a group or of a term"):
            Occurrence(at_least=2, group="skin", term="Fever")
        with pytest.raises(BadProtocol):
            times(1)
        for asked in ("group", "term"):
            with pytest.raises(BadProtocol) as refused:
                times(2, **{asked: "none"})
            (fault,) = refused.value.faults
            assert fault.pointer == f"/dlt/criteria/0/when/occurrence/{asked}"
            assert fault.code == f"unknown_{asked}"

    def test_how_it_reads(self) -> None:
        assert Occurrence(at_least=3, grade=3, term="Fever").words == (
            "at least the third at grade 3 or more of the term “Fever”"
        )
        assert Occurrence(at_least=7, group="skin").words == (
            "at least the occurrence number 7 at the grade of the judged run or more of the "
            "group “skin”"
        )


@pytest.mark.parametrize(
    ("mine", "others", "times", "found"),
    [
        (course((5, 5, 3)), [], 2, (NO, NEVER, NEVER)),
        (course((5, 5, 3)), [course((2, 2, 3), (4, 4, 0))], 2, (YES, 0, 0)),
        (course((5, 5, 3)), [course((2, 2, 3), (5, 5, 0))], 2, (YES, 0, 0)),
        (course((5, 5, 3)), [course((2, 2, 3), (6, 6, 0))], 2, (UNKNOWN, 0, NEVER)),
        (course((5, 5, 3)), [course((5, 5, 3))], 2, (UNKNOWN, 0, NEVER)),
        (course((5, 5, 3)), [course((6, 6, 3))], 2, (NO, NEVER, NEVER)),
        (course((2, 2, 3), (4, 4, 1), (6, 6, 3)), [], 2, (YES, 2, 2)),
        (course((2, 2, 3), (4, 4, UNKNOWN_GRADE), (6, 6, 3)), [], 2, (UNKNOWN, 2, NEVER)),
        (course((2, 2, UNKNOWN_GRADE), (4, 4, UNKNOWN_GRADE), (6, 6, 3)), [], 2,
         (UNKNOWN, 2, NEVER)),
        (course((2, 2, UNKNOWN_GRADE), (4, 4, 3), (6, 6, 1)), [course((1, 1, 3), (2, 2, 0))], 2,
         (YES, 0, 0)),
        # Two of another event that overlap are one or two.
        (course((9, 9, 3)), [course((2, 2, 3), (4, 4, 0)), course((3, 3, 3), (5, 5, 0))], 3,
         (UNKNOWN, 0, NEVER)),
    ],
)  # fmt: skip
def test_the_place_of_the_nth(
    mine: Course, others: list[Course], times: int, found: tuple[int, int, int]
) -> None:
    told = nth_occurrence(mine, [(each, True) for each in others], 3, times, sure=True)
    assert (told.told, told.first, told.last) == found


@given(exact_courses(), st.lists(exact_courses(), max_size=2), st.integers(2, 3))
def test_exact_courses_are_counted_instant_by_instant(
    mine: Course, others: list[Course], times: int
) -> None:
    """Where no two runs overlap or begin together, the count is that of every instant."""
    found = nth_occurrence(mine, [(each, True) for each in others], 2, times, sure=True)
    at_grade = [[grade_at(each, t) >= 2 for t in range(CUT + 1)] for each in (mine, *others)]
    begins = [
        [t for t, (before, now) in enumerate(pairwise([False, *each])) if now and not before]
        for each in at_grade
    ]
    every = sorted(t for each in begins for t in each)
    mixed = any(sum(each) > 1 for each in zip(*at_grade, strict=True))
    late = [t for t in begins[0] if sum(other <= t for other in every) >= times]
    if not late:
        assert found == Nth(told=NO, first=NEVER, last=NEVER)
        return
    place = next(p for p, step in enumerate(mine.steps) if step.span.first == late[0])
    assert found.first == place
    if not mixed:
        assert found == Nth(told=YES, first=place, last=place)
    assert found.last >= place
