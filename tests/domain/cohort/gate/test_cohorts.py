from dataclasses import replace
from typing import Any

import pytest

from tests.domain.cohort.gate.trials import (
    CT1192,
    IC19,
    LATER,
    LMY,
    ask,
    codes,
    level,
    patient,
    when,
)


@pytest.mark.parametrize(
    ("n", "dlts", "code"),
    [
        (0, 0, None),
        (2, 0, None),
        (2, 1, None),
        (2, 2, "DOSE_EXCEEDS_MTD"),
        (3, 0, "COHORT_COMPLETE_ESCALATE"),
        (3, 1, None),
        (3, 2, "DOSE_EXCEEDS_MTD"),
        (4, 0, "COHORT_COMPLETE_ESCALATE"),
        (5, 1, None),
        (5, 2, "DOSE_EXCEEDS_MTD"),
        (6, 0, "COHORT_COMPLETE_ESCALATE"),
        (6, 1, "COHORT_COMPLETE_ESCALATE"),
        (6, 2, "DOSE_EXCEEDS_MTD"),
    ],
)
def test_the_slots_of_a_level(n: int, dlts: int, code: str | None) -> None:
    answer = ask(IC19, LATER, *level("1", n, dlts))
    assert codes(answer) == ({code} if code else set())
    assert when(answer) == ((None, True) if code else (LATER, False))


@pytest.mark.parametrize(
    ("n", "dlts", "code"),
    [
        (0, 0, "LOWER_DOSE_COHORT_INCOMPLETE"),
        (2, 1, "LOWER_DOSE_COHORT_INCOMPLETE"),
        (2, 2, "LOWER_DOSE_EXCEEDS_MTD"),
        (3, 0, None),
        (3, 1, "LOWER_DOSE_NEEDS_SIX"),
        (3, 2, "LOWER_DOSE_EXCEEDS_MTD"),
        (5, 0, None),
        (5, 1, "LOWER_DOSE_NEEDS_SIX"),
        (6, 1, None),
        (6, 2, "LOWER_DOSE_EXCEEDS_MTD"),
    ],
)
def test_what_the_next_lower_level_has_to_show(n: int, dlts: int, code: str | None) -> None:
    answer = ask(IC19, LATER, *level("1", n, dlts), level="2")
    assert codes(answer) == ({code} if code else set())
    assert when(answer) == ((None, True) if code else (LATER, False))


def test_who_is_only_enrolled_shows_nothing_at_a_lower_level() -> None:
    for act in ("enrol", "infuse", None):
        waiting = patient("x", None, enrolled="2025-04-20")
        answer = ask(IC19, LATER, *level("1", 2), waiting, level="2", act=act)
        assert codes(answer) == {"LOWER_DOSE_COHORT_INCOMPLETE"}


def test_a_level_far_below_that_exceeds_wins_over_the_rest() -> None:
    answer = ask(LMY, LATER, *level("1", 3, 2), *level("2", 2), level="3")
    assert codes(answer) == {"LOWER_DOSE_EXCEEDS_MTD"}
    assert answer.reasons[0].text == (
        "Dose level 1 exceeds the maximum tolerated dose, with 2 DLTs, of 1/0, 1/1: The dose at "
        "the MTD takes six."
    )


@pytest.mark.parametrize(
    ("of_1", "of_2", "code"),
    [
        ((3, 0), (3, 0), None),
        ((6, 1), (3, 0), None),
        ((0, 0), (3, 0), "LOWER_DOSE_COHORT_INCOMPLETE"),
        ((2, 0), (3, 0), "LOWER_DOSE_COHORT_INCOMPLETE"),
        ((3, 1), (3, 0), "LOWER_DOSE_NEEDS_SIX"),
        ((5, 1), (6, 1), "LOWER_DOSE_NEEDS_SIX"),
        ((3, 2), (3, 0), "LOWER_DOSE_EXCEEDS_MTD"),
    ],
)
def test_every_lower_level_has_to_show_it(
    of_1: tuple[int, int], of_2: tuple[int, int], code: str | None
) -> None:
    """A DLT that becomes known after the escalation holds its level and all higher ones."""
    answer = ask(LMY, LATER, *level("1", *of_1), *level("2", *of_2), level="3")
    assert [reason.code for reason in answer.reasons] == ([code] if code else [])
    assert when(answer) == ((None, True) if code else (LATER, False))
    assert all("Dose level 1 " in reason.text for reason in answer.reasons)


def test_each_lower_level_gives_its_own_reason() -> None:
    answer = ask(LMY, LATER, *level("1", 3, 1), *level("2", 2), level="3")
    assert [(reason.code, reason.text[:12]) for reason in answer.reasons] == [
        ("LOWER_DOSE_NEEDS_SIX", "Dose level 1"),
        ("LOWER_DOSE_COHORT_INCOMPLETE", "Dose level 2"),
    ]
    nobody = ask(LMY, LATER, level="3")
    assert [reason.code for reason in nobody.reasons] == ["LOWER_DOSE_COHORT_INCOMPLETE"] * 2


def test_a_verdict_that_is_open_again_shuts_every_higher_level() -> None:
    again = {**level("1", 6, 1)[5], "status": "UNDETERMINED"}
    known = [*level("1", 5, 1), again, *level("2", 3)]
    answer = ask(LMY, LATER, *known, level="3")
    assert codes(answer) == {"LOWER_DOSE_WINDOW_OPEN", "SUBJECT_UNDETERMINED"}
    assert when(answer) == (LATER, True)


def test_a_window_that_is_open_far_below_shuts_until_it_is_over() -> None:
    known = [*level("1", 3, 1), *level("2", 3)]
    known += [patient(f"1/{n}", "2025-07-10") for n in (3, 4, 5)]
    rules = replace(LMY, stagger=())
    answer = ask(rules, LATER, *known, level="3")
    assert codes(answer) == {"LOWER_DOSE_WINDOW_OPEN"}
    assert when(answer) == ("2025-08-08", False)


def test_a_level_below_the_start_may_be_empty_but_not_exceed() -> None:
    assert ask(LMY, LATER, *level("-1", 2), level="1").allowed
    assert ask(LMY, LATER, *level("-1", 3, 1), level="1").allowed
    assert ask(LMY, LATER, *level("1", 3, 3), level="-1").allowed
    for above, below in (("1", []), ("2", level("1", 3))):
        answer = ask(LMY, LATER, *level("-1", 3, 2), *below, level=above)
        assert codes(answer) == {"LOWER_DOSE_EXCEEDS_MTD"}
        assert when(answer) == (None, True)


@pytest.mark.parametrize(("on", "allowed"), [("2025-04-29", False), ("2025-04-30", True)])
def test_the_fourth_waits_for_the_first_three(on: str, allowed: bool) -> None:
    patients = level("1", 3, 1)
    answer = ask(IC19, on, *patients)
    assert answer.allowed is allowed
    assert when(answer) == ("2025-04-30", False)
    if not allowed:
        (reason,) = answer.reasons
        assert reason.code == "COHORT_FULL_WINDOW_OPEN"
        assert reason.subject is None
        assert reason.subjects == ("1/1", "1/2")
        assert reason.text == (
            "Dose level 1 has 3 patients, and its next slot is not open: the DLT observation is "
            "not over for 1/1 (infused on 2025-04-01, over from 2025-04-30 on), 1/2 (infused on "
            "2025-04-01, over from 2025-04-30 on)."
        )


def test_the_day_alone_does_not_open_a_level_that_will_be_complete() -> None:
    answer = ask(IC19, "2025-04-20", *level("1", 3))
    assert codes(answer) == {"COHORT_FULL_WINDOW_OPEN"}
    assert when(answer) == ("2025-04-30", True)


@pytest.mark.parametrize(("on", "shut"), [("2025-05-09", True), ("2025-05-10", False)])
def test_all_six_are_waited_for_before_the_level_is_complete(on: str, shut: bool) -> None:
    """The last of the six, not only the last of the first three."""
    known = [*level("1", 5, 1), patient("1/5", "2025-04-11")]
    answer = ask(IC19, on, *known)
    assert codes(answer) == {"COHORT_FULL_WINDOW_OPEN" if shut else "COHORT_COMPLETE_ESCALATE"}
    assert when(answer) == (("2025-05-10" if shut else None), True)
    if shut:
        assert answer.reasons[0].subjects == ("1/5",)


@pytest.mark.parametrize(("on", "shut"), [("2025-05-09", True), ("2025-05-10", False)])
def test_a_fourth_without_a_dlt_before_is_waited_for_as_well(on: str, shut: bool) -> None:
    known = [*level("1", 3), patient("1/3", "2025-04-11")]
    answer = ask(IC19, on, *known)
    assert codes(answer) == {"COHORT_FULL_WINDOW_OPEN" if shut else "COHORT_COMPLETE_ESCALATE"}
    assert when(answer) == (("2025-05-10" if shut else None), True)


def test_a_level_that_is_filled_up_waits_for_its_first_three_only() -> None:
    """Nobody waits for the fourth, whether one DLT or the design lets three more follow."""
    for dlts in (0, 1):
        known = [*level("1", 3), *level("2", 3), *level("3", 3, dlts)]
        known.append(patient("3/3", "2025-07-18", dose_level="3"))
        assert ask(replace(LMY, stagger=()), LATER, *known, level="3").allowed


def test_a_non_evaluable_patient_frees_the_slot_unless_of_a_dlt() -> None:
    left = patient("1/2", "2025-04-01", evaluable=False)
    assert ask(IC19, LATER, *level("1", 2), left).allowed
    status = patient("1/2", "2025-04-01", status="NOT_EVALUABLE")
    assert ask(IC19, LATER, *level("1", 2), status).allowed
    toxic = {**left, "dlt": {"known_on": "2025-04-05"}}
    assert codes(ask(IC19, LATER, *level("1", 2, 1), toxic)) == {"DOSE_EXCEEDS_MTD"}


def test_another_phase_has_slots_of_its_own() -> None:
    others = [{**each, "phase": "expansion"} for each in level("1", 3)]
    assert ask(CT1192, LATER, *others, level="1").allowed
    assert ask(CT1192, LATER, *level("1", 3), phase="expansion").allowed
    assert ask(replace(IC19, cohorts=None), LATER, *level("1", 9)).allowed


@pytest.mark.parametrize(
    ("variant", "place", "above", "code"),
    [
        ("no-de-escalation", "1", 2, "COHORT_COMPLETE_AT_MTD"),
        ("de-escalation", "1", 2, None),
        ("six-at-mtd", "1", 2, None),
        ("six-at-mtd", "1", 1, "COHORT_COMPLETE_ESCALATE"),
        ("no-de-escalation", "3", 0, "COHORT_COMPLETE_TOP_DOSE"),
        ("de-escalation", "3", 0, "COHORT_COMPLETE_TOP_DOSE"),
        ("six-at-mtd", "3", 0, None),
    ],
)
def test_who_fills_a_level_up_to_six(
    variant: Any, place: str, above: int, code: str | None
) -> None:
    assert LMY.cohorts is not None
    rules = replace(LMY, cohorts=replace(LMY.cohorts, variant=variant), stagger=())
    lower = [*level("1", 3), *level("2", 3)] if place == "3" else []
    known = [*lower, *level(place, 3), *level("2", above, above)]
    known = list({each["id"]: each for each in known}.values())
    answer = ask(rules, LATER, *known, level=place)
    assert codes(answer) == ({code} if code else set())
    full = [each for each in known if each["dose_level"] != place] + level(place, 6)
    last = "COHORT_COMPLETE_AT_MTD" if above == 2 else "COHORT_COMPLETE_ESCALATE"
    last = "COHORT_COMPLETE_TOP_DOSE" if place == "3" else last
    assert codes(ask(rules, LATER, *full, level=place)) == {last}


def test_a_complete_level_says_what_stands_above_it() -> None:
    (reason,) = ask(IC19, LATER, *level("1", 3)).reasons
    assert reason.text == (
        "Dose level 1 is complete, with 3 patients (1/0, 1/1, 1/2) and no DLT; the next dose "
        "level is 2: Three patients, three more after one DLT."
    )
    (reason,) = ask(IC19, LATER, *level("1", 3), *level("2", 2, 2)).reasons
    assert reason.code == "COHORT_COMPLETE_AT_MTD"
    assert "the next dose level, 2, exceeds the maximum tolerated dose" in reason.text
    (reason,) = ask(IC19, LATER, *level("1", 3), *level("2", 6, 1), level="2").reasons
    assert "and 1 DLT, and there is no higher dose" in reason.text


def test_who_is_enrolled_has_a_slot_when_enrolment_is_asked_about() -> None:
    waiting = patient("x", None, enrolled="2025-04-20")
    for act, shut in (("enrol", True), ("lymphodeplete", False), (None, True), ("infuse", False)):
        answer = ask(IC19, LATER, *level("1", 2), waiting, act=act)
        assert codes(answer) == ({"COHORT_FULL_WINDOW_OPEN"} if shut else set())
        if shut:
            assert when(answer) == (None, True)
            assert "x (not infused yet)" in answer.reasons[0].text
    depleted = {**waiting, "lymphodepleted": "2025-04-21"}
    for act, shut in (("enrol", True), ("lymphodeplete", True), ("infuse", False)):
        assert ask(IC19, LATER, *level("1", 2), depleted, act=act).allowed is not shut
