"""Arrivals and the times to DLTs: by hand, at their limits, and as laws."""

from math import sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.domain.cohort.in_time.accrual import Accrual

READ = TypeAdapter(Accrual)


def numbers() -> np.random.Generator:
    return np.random.default_rng(1)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"interarrival": 0.0009}, "greater than or equal to 0.001"),
        ({"interarrival": 1001}, "less than or equal to 1000"),
        ({"interarrival": 1, "late_share": 0.5}, "leave it out, or use weibull"),
        (
            {"interarrival": 1, "time_to_dlt": "weibull", "late_share": 1},
            "less than or equal to 0.999",
        ),
        ({"interarrival": 1, "arrivals": "poisson"}, "exponential"),
        ({"interarrival": 1, "rate": 1}, "Unexpected"),
    ],
)
def test_what_is_no_accrual_is_refused(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        READ.validate_python(wrong)


@pytest.mark.parametrize("interarrival", [0.001, 1000])
def test_the_limits_are_an_accrual(interarrival: float) -> None:
    assert READ.validate_python({"interarrival": interarrival}).while_suspended == "queue"


def test_arrivals_are_apart_as_told() -> None:
    fixed = Accrual(interarrival=0.25, arrivals="fixed")
    assert fixed.gaps(3, numbers()).tolist() == [0.25] * 3
    drawn = Accrual(interarrival=0.25).gaps(10_000, numbers())
    # An exponential time has its mean as its deviation.
    assert drawn.mean() == pytest.approx(0.25, abs=5 * 0.25 / sqrt(10_000))
    assert drawn.std() == pytest.approx(0.25, rel=0.05)


def test_uniform_times_are_at_any_time_of_the_window() -> None:
    at = np.array([0.1, 0.5, 1.0])
    assert Accrual(interarrival=1).times_to_dlt(np.full(3, 0.3), at).tolist() == at.tolist()


@pytest.mark.parametrize("rate", [1e-9, 0.05, 0.3, 0.9])
@pytest.mark.parametrize("late", [None, 0.2, 0.5, 0.8])
def test_weibull_times_have_their_share_in_the_late_half(rate: float, late: float | None) -> None:
    accrual = Accrual(interarrival=1, time_to_dlt="weibull", late_share=late)
    early = 1 - (0.5 if late is None else late)
    times = accrual.times_to_dlt(
        np.full(4, rate), np.array([early - 0.01, early, early + 0.01, 1])
    )
    assert times[0] < 0.5 < times[2]
    assert times[[1, 3]] == pytest.approx([0.5, 1])


@given(st.floats(0, 1), st.floats(1e-9, 1), st.floats(0.01, 0.99))
def test_a_dlt_is_in_the_window(rate: float, at: float, late: float) -> None:
    accrual = Accrual(interarrival=1, time_to_dlt="weibull", late_share=late)
    (time,) = accrual.times_to_dlt(np.array([rate]), np.array([at]))
    assert 0 <= time <= 1


@pytest.mark.parametrize(
    ("until", "expected", "away"),
    [(0.2, 1.0, 1), (1.0, 1.0, 1), (1.1, 2.0, 2), (2.5, 3.0, 3)],
)
def test_fixed_arrivals_before_the_time_are_turned_away(
    until: float, expected: float, away: int
) -> None:
    accrual = Accrual(interarrival=1, arrivals="fixed", while_suspended="turn_away")
    at, many = accrual.next_let_in(np.zeros(1), np.array([until]), numbers())
    assert (at.tolist(), many.tolist()) == ([expected], [away])


def test_an_arrival_at_the_time_itself_is_let_in_whatever_sums_round_to() -> None:
    """1.4 and 0.2 are 1.6, although floats say a little more."""
    accrual = Accrual(interarrival=0.2, arrivals="fixed", while_suspended="turn_away")
    arrived, until = np.array([1.4000000000000001]), np.array([1.6])
    at, many = accrual.next_let_in(arrived, until, numbers())
    assert many.tolist() == [1]
    assert at[0] == pytest.approx(1.6)


def test_exponential_arrivals_start_anew_at_the_time() -> None:
    accrual = Accrual(interarrival=0.5, while_suspended="turn_away")
    many = 20_000
    at, away = accrual.next_let_in(np.zeros(many), np.full(many, 2.0), numbers())
    assert (at >= 2).all()
    assert at.mean() == pytest.approx(2.5, abs=5 * 0.5 / sqrt(many))
    # The one who arrived, and four in two windows.
    assert away.min() == 1
    assert away.mean() == pytest.approx(5, abs=5 * 2 / sqrt(many))


@given(st.floats(0.001, 10), st.floats(0, 3))
def test_nobody_is_let_in_before_the_time(gap: float, until: float) -> None:
    for arrivals in ("fixed", "exponential"):
        accrual = READ.validate_python({"interarrival": gap, "arrivals": arrivals})
        at, away = accrual.next_let_in(np.zeros(1), np.array([until]), numbers())
        assert at[0] >= until
        assert away[0] >= 1
