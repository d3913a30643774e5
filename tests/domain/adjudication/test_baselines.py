"""Baselines of results that came without one."""

from typing import Any

import pytest

from tests.builders import INFUSED
from tests.domain.adjudication.laboratory_results import Result, alt, judged, of_patient, protocol

OF_ALT = "laboratory:Alanine aminotransferase increased"
BY_LAST, AS_REPORTED = (
    protocol(unreported="event", baseline=baseline)
    for baseline in ("last_before_infusion", "as_reported")
)
AFTER = alt("2026-03-10T08:00+08:00", "250")
"""6.25 times the upper limit, which is grade 3, and 2.5 times a baseline of 100, which is grade 1.
"""


def peak(*results: Result, by: Any = BY_LAST, **patient: Any) -> int:
    """The highest grade of the event that results make, 3 where its limit is told."""
    answer = judged(*results, by=by, **patient)
    (event,) = (each for each in answer.events if each.id == OF_ALT)
    return 1 if "highest grade is 1" in event.explanation.text else 3


@pytest.mark.parametrize(
    ("before", "grade"),
    [
        ([], 3),
        ([alt("2026-02-20T08:00+08:00", "30")], 3),
        ([alt("2026-02-20T08:00+08:00", "100")], 1),
        ([alt("2026-02-20T08:00+08:00", "100"), alt("2026-02-27T08:00+08:00", "30")], 3),
        ([alt("2026-02-20T08:00+08:00", "30"), alt("2026-02-27T08:00+08:00", "100")], 1),
        # The infusion is at ten o'clock; a result of that day may be of before or after.
        ([alt("2026-03-01T09:59+08:00", "100")], 1),
        ([alt("2026-03-01T10:00+08:00", "100")], 3),
        ([alt("2026-03-01", "100")], 3),
    ],
)
def test_the_last_value_before_the_infusion(before: list[Result], grade: int) -> None:
    assert peak(*before, AFTER) == grade


def test_only_as_the_protocol_says() -> None:
    before = alt("2026-02-20T08:00+08:00", "100")
    assert peak(before, AFTER, by=AS_REPORTED) == 3
    reported = {**AFTER, "baseline": {"value": "100", "range": "high"}}
    assert peak(reported, by=AS_REPORTED) == 1
    assert peak(alt("2026-02-20T08:00+08:00", "30"), reported) == 1


def test_without_an_infusion_there_is_none() -> None:
    assert peak(alt("2026-02-20T08:00+08:00", "100"), AFTER, exposures=[]) == 3


@pytest.mark.parametrize(
    "other",
    [
        {"unit": "ukat/L", "value": "1.7"},
        {"analyte": "ast"},
        {"value": None},
    ],
)
def test_of_the_same_analyte_in_the_same_unit(other: dict[str, Any]) -> None:
    before = {**alt("2026-02-20T08:00+08:00", "100"), **other}
    assert peak(before, AFTER) == 3


def test_a_unit_may_be_spelled_otherwise_and_the_term_named() -> None:
    before = alt("2026-02-20T08:00+08:00", "100", unit="IU/L")
    assert peak(before, AFTER) == 1
    by_term = alt(
        "2026-02-20T08:00+08:00", "100", analyte=None, term="Alanine aminotransferase increased"
    )
    assert peak(by_term, AFTER) == 1


def test_words_of_an_unknown_unit_have_to_be_the_same() -> None:
    before = alt("2026-02-20T08:00+08:00", "100", unit="whit")
    assert peak(before, {**AFTER, "unit": "whit"}) == 1
    assert peak(before, {**AFTER, "unit": "jot"}) == 3


@pytest.mark.parametrize(
    "unsure",
    [
        [alt("2026-02-20T08:00+08:00", "100"), alt("2026-02-20T08:00+08:00", "90")],
        [alt("2026-02-20", "100"), alt("2026-02-20T08:00+08:00", "90")],
        [alt("2026-02", "100"), alt("2026-02-20T08:00+08:00", "90")],
        [alt("2026-02-20T08:00+08:00", "100"), alt("2026-02-21T08:00+08:00", ">90")],
    ],
)
def test_where_it_is_not_sure_which_was_the_last_there_is_none(unsure: list[Result]) -> None:
    answer = judged(*unsure, AFTER, by=BY_LAST)
    assert "laboratory_baseline_ambiguous" in of_patient(answer)
    assert peak(*unsure, AFTER) == 3


def test_two_that_agree_are_one() -> None:
    twice = [alt("2026-02-20", "100"), alt("2026-02-20T08:00+08:00", "100.0")]
    assert peak(*twice, AFTER) == 1


@pytest.mark.parametrize(
    ("limits", "grade"),
    [
        ({"lln": "5", "uln": "40"}, 1),
        ({"lln": None, "uln": "40"}, 1),
        # Normal by its own limits: told from the upper limit.
        ({"lln": "5", "uln": "120"}, 3),
        ({"lln": "105", "uln": "120"}, 3),
        ({"lln": "105", "uln": None}, 3),
    ],
)
def test_its_own_limits_say_whether_it_was_normal(limits: dict[str, Any], grade: int) -> None:
    assert peak(alt("2026-02-20T08:00+08:00", "100", **limits), AFTER) == grade


def test_the_baseline_grade_of_the_event_is_the_last_before_too() -> None:
    """Grade 3 on the day of the infusion is a rise only where it was not there before."""
    of_day = alt("2026-03-01", "250", baseline={"value": "30", "range": "normal"})
    before = [
        alt("2026-02-28T08:00+08:00", value, baseline={"value": "30", "range": "normal"})
        for value in ("250", "30")
    ]
    assert INFUSED.startswith("2026-03-01T10")
    texts = [judged(each, of_day, by=BY_LAST).events[0].verdict for each in before]
    assert texts == ["NOT_DLT", "UNDETERMINED"]
    unsure = judged(before[0], {**before[1]}, of_day, by=BY_LAST)
    assert "baseline_grade" in {each.field for each in unsure.events[0].missing}
