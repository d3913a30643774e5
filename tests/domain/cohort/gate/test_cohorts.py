from dataclasses import replace
from typing import Any

import pytest

from app.domain.cohort.gate.rules import GateRules, GateWindow
from app.domain.time import Limit
from tests.domain.cohort.gate.trials import CT1192, DAYS_28, IC19, LMY, ask, codes, patient, when

LATER = "2025-08-01"


def level(place: str, n: int, dlts: int = 0, infused: str = "2025-04-01") -> list[dict[str, Any]]:
    """Patients of one level, long complete on LATER."""
    return [
        patient(
            f"{place}/{number}",
            infused,
            dose_level=place,
            dlt=infused if number < dlts else None,
        )
        for number in range(n)
    ]


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


def test_a_level_far_below_that_exceeds_wins_over_the_rest() -> None:
    answer = ask(LMY, LATER, *level("1", 3, 2), *level("2", 2), level="3")
    assert codes(answer) == {"LOWER_DOSE_EXCEEDS_MTD"}
    assert answer.reasons[0].text == (
        "Dose level 1 exceeds the maximum tolerated dose, with 2 DLTs, of 1/0, 1/1: The dose at "
        "the MTD takes six."
    )


def test_the_start_and_the_levels_below_it_need_nothing_below() -> None:
    assert ask(LMY, LATER, *level("-1", 3, 3), level="1").allowed
    assert ask(LMY, LATER, *level("1", 3, 3), level="-1").allowed


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


def test_six_are_waited_for_before_the_level_is_complete() -> None:
    answer = ask(IC19, "2025-04-20", *level("1", 6, 1))
    assert codes(answer) == {"COHORT_FULL_WINDOW_OPEN"}
    assert when(answer) == ("2025-04-30", True)


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
        ("no-de-escalation", "1", 2, "COHORT_COMPLETE_ESCALATE"),
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
    last = "COHORT_COMPLETE_TOP_DOSE" if place == "3" else "COHORT_COMPLETE_ESCALATE"
    assert codes(ask(rules, LATER, *full, level=place)) == {last}


def test_a_complete_level_says_what_stands_above_it() -> None:
    (reason,) = ask(IC19, LATER, *level("1", 3)).reasons
    assert reason.text == (
        "Dose level 1 is complete, with 3 patients (1/0, 1/1, 1/2) and no DLT; the next dose "
        "level is 2: Three patients, three more after one DLT."
    )
    (reason,) = ask(IC19, LATER, *level("1", 3), *level("2", 2, 2)).reasons
    assert "the next dose level, 2, exceeds the maximum tolerated dose" in reason.text
    (reason,) = ask(IC19, LATER, *level("1", 3), *level("2", 6, 1), level="2").reasons
    assert "and 1 DLT, and there is no higher dose" in reason.text


def test_who_is_enrolled_has_a_slot_when_enrolment_is_asked_about() -> None:
    waiting = patient("x", None, enrolled="2025-04-20")
    for act, shut in (("enrol", True), ("lymphodeplete", False), (None, False), ("infuse", False)):
        answer = ask(IC19, LATER, *level("1", 2), waiting, act=act)
        assert codes(answer) == ({"COHORT_FULL_WINDOW_OPEN"} if shut else set())
        if shut:
            assert when(answer) == (None, True)
            assert "x (not infused yet)" in answer.reasons[0].text
    depleted = {**waiting, "lymphodepleted": "2025-04-21"}
    for act, shut in (("enrol", True), ("lymphodeplete", True), ("infuse", False)):
        assert ask(IC19, LATER, *level("1", 2), depleted, act=act).allowed is not shut


def windowed(rules: GateRules, window: GateWindow | None) -> GateRules:
    return replace(rules, window=window)


@pytest.mark.parametrize(
    ("window", "opens"),
    [
        (DAYS_28, "2025-04-30"),
        (replace(DAYS_28, first_day=1), "2025-04-29"),
        (GateWindow(through=Limit("PT672H")), "2025-04-30"),
        (GateWindow(through=Limit("PT671H")), "2025-04-30"),
        (GateWindow(through=Limit("PT673H"), first_day=1), "2025-05-01"),
    ],
)
def test_when_a_window_is_over(window: GateWindow, opens: str) -> None:
    rules = windowed(IC19, window)
    assert when(ask(rules, "2025-04-20", *level("1", 3), level="2")) == (opens, False)
    assert ask(rules, opens, *level("1", 3), level="2").allowed


@pytest.mark.parametrize(
    ("early", "recorded", "opens"),
    [
        (True, "2025-04-20", "2025-04-21"),
        (True, "2025-04-21", "2025-04-30"),
        (False, "2025-04-20", "2025-04-30"),
    ],
)
def test_an_early_completion_holds_where_it_is_allowed_and_known(
    early: bool, recorded: str, opens: str
) -> None:
    rules = windowed(IC19, replace(DAYS_28, early_completion=early))
    known = [{**each, "window_completed_on": recorded} for each in level("1", 3)]
    assert when(ask(rules, "2025-04-20", *known, level="2")) == (opens, False)


def test_a_completion_later_than_the_window_does_not_lengthen_it() -> None:
    known = [{**each, "window_completed_on": "2025-05-20"} for each in level("1", 3)]
    assert ask(CT1192, LATER, *known, level="2").allowed


def test_without_a_window_only_a_recorded_completion_ends_it() -> None:
    rules = windowed(IC19, None)
    open_ended = ask(rules, LATER, *level("1", 3), level="2")
    assert codes(open_ended) == {"LOWER_DOSE_WINDOW_OPEN"}
    assert when(open_ended) == (None, True)
    assert "1/0 (until its completion is recorded)" in open_ended.reasons[0].text
    known = [{**each, "window_completed_on": "2025-05-20"} for each in level("1", 3)]
    assert when(ask(rules, "2025-05-20", *known, level="2")) == ("2025-05-21", False)


def with_status(status: str, until: str | None = None) -> list[dict[str, Any]]:
    *others, last = level("1", 3)
    return [*others, {**last, "status": status, "pending_until": until}]


@pytest.mark.parametrize("until", ["2025-08-10", "2025-03-01", None])
def test_a_pending_outcome_moves_the_day(until: str | None) -> None:
    """A day that has passed without a verdict tells nothing, so an event is needed."""
    for place, code in (("1", "COHORT_FULL_WINDOW_OPEN"), ("2", "LOWER_DOSE_WINDOW_OPEN")):
        answer = ask(IC19, LATER, *with_status("PENDING", until), level=place)
        assert codes(answer) == {code, "SUBJECT_PENDING"}
        dated = until == "2025-08-10"
        needs_event = not dated or place == "1"  # three without a DLT: the next dose, not this one
        assert when(answer) == ("2025-08-11" if dated else LATER, needs_event)
        assert answer.reasons[1].subject == "1/2"
        told = f"Whether patient 1/2 had a DLT is PENDING{' until 2025-08-10' if dated else ''}."
        assert answer.reasons[1].text == told


def test_a_pending_outcome_holds_through_its_last_day() -> None:
    pending = with_status("PENDING", "2025-08-10")
    assert not ask(IC19, "2025-08-10", *pending, level="2").allowed


def test_an_undetermined_outcome_needs_an_event() -> None:
    answer = ask(IC19, LATER, *with_status("UNDETERMINED"), level="2")
    assert codes(answer) == {"LOWER_DOSE_WINDOW_OPEN", "SUBJECT_UNDETERMINED"}
    assert when(answer) == (LATER, True)
    assert ask(IC19, LATER, *with_status("NO_DLT"), level="2").allowed


def test_a_status_matters_only_where_its_outcome_is_waited_for() -> None:
    assert ask(IC19, LATER, *with_status("PENDING")[1:]).allowed
