"""Which run first reached the grade of a referral, where the record leaves that open."""

import pytest

from app.domain.adjudication.adjudicate import adjudicate
from app.domain.adjudication.telling import IN_BRIEF
from app.domain.time import PartialTime
from tests.builders import LATER, SHANGHAI, Change, event, subject
from tests.domain.dlt.toy import GRADE_4, first, patient, toy

REFERRAL = {"grade": 3, "at": "5", "says": "Grade 3 after the window is discussed."}
FIRST = toy(criteria=[GRADE_4], refer_to_committee=REFERRAL)
EVERY = toy(criteria=[GRADE_4], refer_to_committee={**REFERRAL, "first_reached_only": False})
AFTER_THE_WINDOW: list[Change] = [(1, "2026-03-25"), (3, "2026-04-10"), (0, "2026-04-12")]


@pytest.mark.parametrize(
    ("began", "baseline", "referred"),
    [
        # Before the infusion of 2026-03-01 at 10:00 it says nothing of the therapy.
        ("2026-02-20", 0, True),
        ("2026-03-01T09:59+08:00", 0, True),
        ("2026-03-01T10:00+08:00", 0, False),
        ("2026-03-02", 0, False),
        # On the day of the infusion the baseline tells, if it is known.
        ("2026-03-01", 3, True),
        ("2026-03-01", 2, False),
        ("2026-03-01", None, False),
    ],
)
def test_reached_before_the_infusion_in_the_window_or_perhaps(
    began: str, baseline: int | None, referred: bool
) -> None:
    case = event("Chills", (3, began), *AFTER_THE_WINDOW, baseline_grade=baseline)
    judged = first(FIRST, case)
    assert (judged.verdict, judged.refer_to_committee) == ("NOT_DLT", referred)


@pytest.mark.parametrize("began", ["2026-02-20", "2026-03-01", "2026-03-02"])
def test_every_run_after_the_window(began: str) -> None:
    case = event("Chills", (3, began), *AFTER_THE_WINDOW, baseline_grade=None)
    assert first(EVERY, case).refer_to_committee


@pytest.mark.parametrize(("began", "referred"), [("2026-03-29", False), ("2026-03-30", True)])
def test_both_sides_of_the_end_of_the_window(began: str, referred: bool) -> None:
    case = event("Chills", (3, began), (0, "2026-04-12"))
    assert first(FIRST, case).refer_to_committee is referred


@pytest.mark.parametrize(
    ("term", "referred"),
    [("Sepsis", True), ("Chills", False)],  # CTCAE has sepsis from grade 3 on, chills from 1 on
)
def test_a_grade_that_nobody_recorded(term: str, referred: bool) -> None:
    judged = first(FIRST, event(term, (None, "2026-04-10"), (0, "2026-04-12")))
    assert (judged.verdict, judged.refer_to_committee) == ("NOT_DLT", referred)


def test_each_event_has_a_first_run_of_its_own() -> None:
    in_the_window: list[Change] = [(3, "2026-03-10"), *AFTER_THE_WINDOW]
    cases = [event("Chills", *in_the_window, id=f"AE-{number}") for number in range(3)]
    judged = patient(FIRST, *cases, event("Chills", *AFTER_THE_WINDOW, id="AE-9")).events
    assert [each.refer_to_committee for each in judged] == [False, False, False, True]


def test_a_grade_below_all_criteria_is_referred_in_brief_too() -> None:
    case = subject(event("Chills", *AFTER_THE_WINDOW))
    (told,) = adjudicate([case], FIRST, PartialTime(LATER), SHANGHAI, telling=IN_BRIEF)
    assert [(each.verdict, each.refer_to_committee) for each in told.events] == [("NOT_DLT", True)]
