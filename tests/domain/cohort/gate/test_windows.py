"""When a patient's outcome is known: windows, completions, and verdicts that are open."""

from dataclasses import replace
from typing import Any

import pytest

from app.domain.cohort.gate.rules import GateRules, GateWindow
from app.domain.time import Limit
from tests.domain.cohort.gate.trials import (
    CT1192,
    DAYS_28,
    IC19,
    LATER,
    ask,
    codes,
    level,
    patient,
    when,
)


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
    ("anchor", "opens"), [("each_infusion", "2025-05-04"), ("first_infusion", "2025-04-30")]
)
def test_a_second_infusion_opens_a_window_of_its_own(anchor: Any, opens: str) -> None:
    rules = windowed(IC19, replace(DAYS_28, anchor=anchor))
    *two, last = level("1", 3)
    again = {**last, "last_infused": "2025-04-05"}
    answer = ask(rules, "2025-04-20", *two, again, level="2")
    assert when(answer) == (opens, False)
    told = "1/2 (last infused on 2025-04-05, over from 2025-05-04 on)" in answer.reasons[0].text
    assert told is (anchor == "each_infusion")
    assert ask(rules, opens, *two, again, level="2").allowed
    assert when(ask(rules, "2025-04-04", *two, again, level="2")) == ("2025-04-30", False)


def test_a_completion_before_the_last_infusion_does_not_end_its_window() -> None:
    *two, last = level("1", 3)
    again = {**last, "window_completed_on": "2025-04-04", "last_infused": "2025-04-05"}
    rules = windowed(IC19, replace(DAYS_28, early_completion=True))
    assert when(ask(rules, "2025-05-01", *two, again, level="2")) == ("2025-05-04", False)
    done = {**again, "window_completed_on": "2025-04-05"}
    assert ask(rules, "2025-05-01", *two, done, level="2").allowed
    assert when(ask(windowed(IC19, None), LATER, again, level="2")) == (None, True)


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


@pytest.mark.parametrize(("on", "allowed"), [("2025-04-29", False), ("2025-04-30", True)])
def test_a_completion_later_than_the_window_does_not_lengthen_it(on: str, allowed: bool) -> None:
    known = [{**each, "window_completed_on": "2025-04-29"} for each in level("1", 3)]
    assert ask(CT1192, on, *known, level="2").allowed is allowed
    late = [{**each, "window_completed_on": "2025-05-20"} for each in level("1", 3)]
    assert ask(CT1192, "2025-05-20", *late, level="2").allowed


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


@pytest.mark.parametrize("status", ["PENDING", "UNDETERMINED"])
@pytest.mark.parametrize(
    ("n", "dlts", "unclear", "shut"),
    [
        (1, 0, 1, False),
        (2, 0, 1, False),
        (2, 0, 2, True),
        (2, 1, 1, True),
        (4, 1, 1, True),
        (5, 1, 1, True),
        (5, 1, 0, False),
    ],
)
def test_a_dlt_that_may_be_the_second_is_waited_for(
    status: str, n: int, dlts: int, unclear: int, shut: bool
) -> None:
    """A verdict is waited for where a window would not be: it may already be a DLT."""
    known = level("1", n, dlts)
    for each in known[n - unclear :]:
        each["status"] = status
    answer = ask(IC19, LATER, *known)
    assert [reason.code for reason in answer.reasons] == [f"SUBJECT_{status}"] * unclear * shut
    assert when(answer) == ((None, True) if shut else (LATER, False))
    in_window = [*level("1", max(n - 1, 3), 1), patient("x", LATER)]
    assert ask(IC19, LATER, *in_window).allowed


def test_a_pending_second_dlt_has_a_day() -> None:
    pending = {**level("1", 2)[1], "status": "PENDING", "pending_until": "2025-08-10"}
    answer = ask(IC19, LATER, *level("1", 1, 1), pending)
    assert codes(answer) == {"SUBJECT_PENDING"}
    assert when(answer) == ("2025-08-11", False)


def test_a_second_dlt_that_is_possible_is_told_beside_an_open_window() -> None:
    unclear = {**level("1", 4)[3], "status": "UNDETERMINED"}
    waited = [
        *level("1", 2, 1),
        patient("1/2", "2025-07-20"),
        {**unclear, "infused": "2025-07-21"},
    ]
    answer = ask(IC19, LATER, *waited)
    assert [(reason.code, reason.subjects) for reason in answer.reasons] == [
        ("COHORT_FULL_WINDOW_OPEN", ("1/2",)),
        ("SUBJECT_UNDETERMINED", ("1/3",)),
    ]
    assert when(answer) == ("2025-08-18", True)
    once = ask(IC19, LATER, *level("1", 2, 1), {**unclear, "infused": "2025-07-20"})
    assert [reason.code for reason in once.reasons] == [
        "COHORT_FULL_WINDOW_OPEN",
        "SUBJECT_UNDETERMINED",
    ]
