"""Boundaries: their parameters, both sides of their limits, their laws, and published figures."""

from fractions import Fraction
from itertools import pairwise
from math import comb
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.domain.cohort.monitoring.beta_binomial import BetaBinomial, BetaPrior
from app.domain.cohort.monitoring.boundary import StoppingBoundary
from app.domain.cohort.monitoring.pocock import Pocock
from app.domain.cohort.monitoring.rules import AnyStoppingRule
from app.domain.cohort.monitoring.stated import StatedBoundary, StatedRow
from tests.sparing import SPARING

RULES: TypeAdapter[Any] = TypeAdapter(AnyStoppingRule)
UNIFORM = BetaPrior(a=1, b=1)
FROM_5 = {"n": 5, "stop_at": 3}


def rows(boundary: StoppingBoundary) -> dict[int, int | None]:
    return {row.n: row.stop_at for row in boundary.rows}


def by_ranges(*steps: tuple[range, int | None]) -> dict[int, int | None]:
    return {n: stop_at for patients, stop_at in steps for n in patients}


def beta(**more: Any) -> dict[str, Any]:
    prior = {"a": 1, "b": 1}
    asked = {"kind": "beta-binomial", "prior": prior, "rate": 0.3, "cutoff": 0.9, "max_n": 10}
    return asked | more


def pocock(**more: Any) -> dict[str, Any]:
    return {"kind": "pocock", "p0": 0.2, "alpha": 0.1, "max_n": 10} | more


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (beta(cutoff=1), "less than 1"),
        (beta(rate=0), "greater than 0"),
        (beta(prior={"a": 0, "b": 1}), "greater than 0"),
        (beta(prior={"a": 1}), "b"),
        (beta(prior={"a": 9, "b": 1}), "The prior alone says with probability 1.0000"),
        (beta(max_n=201), "less than or equal to 200"),
        (beta(max_n=0), "greater than or equal to 1"),
        (beta(max_n=True), "valid integer"),
        (beta(min_n=3, looks=[5, 10]), "give one"),
        (beta(min_n=11), "after 11 patients, is after the last of 10"),
        (beta(looks=[]), "at least 1 item"),
        (beta(looks=[5, 5]), "after 5, 5 patients: give each once"),
        (beta(looks=[10, 5]), "in rising order"),
        (beta(looks=[5, 11]), "after 11 patients is after the last of 10"),
        (beta(surplus=1), "surplus"),
        (pocock(p0=1), "less than 1"),
        (pocock(alpha=0), "greater than 0"),
        (pocock(looks=[5, 11]), "after 11 patients is after the last of 10"),
        ({"kind": "table", "rows": []}, "at least 1 item"),
        ({"kind": "table", "rows": [{"n": 2, "stop_at": 3}]}, "2 patients cannot have 3"),
        ({"kind": "table", "rows": [{"n": 2, "stop_at": 0}]}, "greater than or equal to 1"),
        ({"kind": "table", "rows": [FROM_5, FROM_5]}, "give each once"),
        ({"kind": "table", "rows": [FROM_5], "max_n": 4}, "after the last of 4"),
        (
            {"kind": "table", "rows": [FROM_5, {"n": 10, "stop_at": 2}]},
            "2 toxicities among 10 patients stop, and 3 are needed among 5",
        ),
        ({"kind": "simon", "max_n": 3}, "beta-binomial"),
    ],
)
def test_parameters_that_cannot_be_are_refused(rule: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        RULES.validate_python(rule)


@pytest.mark.parametrize(
    ("more", "looked_at"),
    [
        ({}, list(range(1, 11))),
        ({"min_n": 10}, [10]),
        ({"min_n": 8}, [8, 9, 10]),
        ({"looks": [5, 10]}, [5, 10]),
        ({"looks": [4]}, [4]),
    ],
)
@pytest.mark.parametrize("asked", [beta, pocock])
def test_looks_are_after_each_patient_or_are_named(
    asked: Any, more: dict[str, Any], looked_at: list[int]
) -> None:
    boundary = RULES.validate_python(asked(**more)).boundary
    assert (boundary.max_n, [row.n for row in boundary.rows]) == (10, looked_at)


def test_a_stated_boundary_is_taken_as_it_stands() -> None:
    stated = StatedBoundary(rows=(StatedRow(n=2, stop_at=None), StatedRow(n=5, stop_at=3)))
    assert (stated.boundary.max_n, rows(stated.boundary)) == (5, {2: None, 5: 3})
    longer = StatedBoundary(rows=(StatedRow(n=5, stop_at=3), StatedRow(n=7, stop_at=3)), max_n=8)
    assert (longer.boundary.max_n, rows(longer.boundary)) == (8, {5: 3, 7: 3})


def test_the_posterior_is_that_of_the_prior_and_the_counts() -> None:
    rule = BetaBinomial(prior=UNIFORM, rate=0.3, cutoff=0.9, max_n=10)
    assert rule.exceeds(0, 0) == pytest.approx(0.7, abs=1e-14)
    assert rule.exceeds(3, 0) == pytest.approx(0.7**4, abs=1e-14)
    assert rule.exceeds(3, 3) == pytest.approx(1 - 0.3**4, abs=1e-14)


def test_a_tie_stops() -> None:
    # Two toxicities in two patients: P(p > 0.4) is 1 - 0.4 ** 3, a little less as a float.
    at, above = (
        BetaBinomial(prior=UNIFORM, rate=0.4, cutoff=cutoff, max_n=2).boundary
        for cutoff in (0.936, 0.936 + 1e-9)
    )
    assert (rows(at), rows(above)) == ({1: None, 2: 2}, {1: None, 2: None})


def test_a_prior_that_ties_the_cutoff_is_refused() -> None:
    with pytest.raises(ValueError, match=r"reaches the cutoff of 0\.5"):
        BetaBinomial(prior=UNIFORM, rate=0.5, cutoff=0.5, max_n=1)
    assert rows(BetaBinomial(prior=UNIFORM, rate=0.5, cutoff=0.51, max_n=1).boundary) == {1: 1}


def test_a_crossing_probability_of_exactly_alpha_is_allowed() -> None:
    # A toxicity in two patients has the probability 0.19, a little more as a float.
    at = Pocock(p0=0.1, alpha=0.19, looks=(2,), max_n=2).boundary
    below = Pocock(p0=0.1, alpha=0.19 - 1e-9, looks=(2,), max_n=2).boundary
    assert (rows(at), rows(below)) == ({2: 1}, {2: 2})
    assert (at.pointwise_level, at.crossing_probability) == pytest.approx((0.19, 0.19))
    assert (below.pointwise_level, below.crossing_probability) == pytest.approx((0.01, 0.01))


def test_where_no_level_is_low_enough_nothing_stops() -> None:
    boundary = Pocock(p0=0.5, alpha=0.49, max_n=1).boundary
    assert (rows(boundary), boundary.pointwise_level, boundary.crossing_probability) == (
        {1: None},
        0,
        0,
    )


def test_equal_levels_are_taken_together() -> None:
    # Under 0.5, one toxicity in one patient is as probable as two or more in three; a boundary
    # that took only one of them would not have one pointwise level.
    boundary = Pocock(p0=0.5, alpha=0.63, looks=(1, 3), max_n=3).boundary
    assert rows(boundary) == {1: 1, 3: 2}
    assert boundary.crossing_probability == pytest.approx(0.625)


def test_a_published_beta_binomial_boundary() -> None:
    # The README of R's stoppingrule (Martens): Geller's rule for a rate of 0.2, prior
    # Beta(0.6, 2.4), type I error 0.10, threshold 0.9630823. Its last digits are cut off: four
    # of seven have 0.96308269, and its own boundary does not stop there.
    rule = BetaBinomial(prior=BetaPrior(a=0.6, b=2.4), rate=0.2, cutoff=0.963083, max_n=30)
    assert rule.exceeds(7, 4) == pytest.approx(0.96308269, abs=1e-8)
    assert rows(rule.boundary) == by_ranges(
        (range(1, 3), None),
        (range(3, 5), 3),
        (range(5, 7), 4),
        (range(7, 11), 5),
        (range(11, 14), 6),
        (range(14, 18), 7),
        (range(18, 21), 8),
        (range(21, 25), 9),
        (range(25, 29), 10),
        (range(29, 31), 11),
    )


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        # The examples of toxbdry in R's clinfun, its high boundary: the most that do not stop.
        (
            {"p0": 0.2, "alpha": 0.1, "looks": (20, 40, 60, 75), "max_n": 75},
            {20: 8, 40: 13, 60: 18, 75: 22},
        ),
        (
            {"p0": 0.2, "alpha": 0.15, "looks": (20, 40, 60, 75), "max_n": 75},
            {20: 8, 40: 13, 60: 17, 75: 21},
        ),
        (
            {"p0": 0.1, "alpha": 0.1, "min_n": 2, "max_n": 30},
            by_ranges(
                (range(2, 4), 2),
                (range(4, 9), 3),
                (range(9, 14), 4),
                (range(14, 20), 5),
                (range(20, 27), 6),
                (range(27, 31), 7),
            ),
        ),
    ],
)
def test_published_pocock_boundaries(
    rule: dict[str, Any], expected: dict[int, int | None]
) -> None:
    assert rows(Pocock(**rule).boundary) == expected


def tail(n: int, least: int, rate: Fraction) -> Fraction:
    """P(X >= least), exactly."""
    return sum(
        (comb(n, k) * rate**k * (1 - rate) ** (n - k) for k in range(least, n + 1)), Fraction(0)
    )


def crossing(stop_at: dict[int, int | None], max_n: int, rate: Fraction) -> Fraction:
    """The probability of ever reaching the boundary, exactly, by counting paths that do not."""
    going = {0: Fraction(1)}
    for n in range(1, max_n + 1):
        after: dict[int, Fraction] = {}
        for k, probability in going.items():
            after[k] = after.get(k, Fraction(0)) + probability * (1 - rate)
            after[k + 1] = after.get(k + 1, Fraction(0)) + probability * rate
        limit = stop_at.get(n)
        going = {k: each for k, each in after.items() if limit is None or k < limit}
    return 1 - sum(going.values(), Fraction(0))


@SPARING
@given(st.integers(1, 7), st.integers(1, 19), st.integers(1, 19), st.integers(1, 3))
def test_pocock_takes_the_highest_level_that_alpha_allows(
    max_n: int, rate: int, error: int, step: int
) -> None:
    # Exact fractions find the same level as the floats.
    p0, alpha, looks = Fraction(rate, 20), Fraction(error, 20), range(step, max_n + 1, step)
    if not looks:
        return
    levels = sorted({tail(n, least, p0) for n in looks for least in range(1, n + 1)})
    best: dict[int, int | None] = dict.fromkeys(looks)
    for level in levels:
        tried = {
            n: next((b for b in range(1, n + 1) if tail(n, b, p0) <= level), None) for n in looks
        }
        if crossing(tried, max_n, p0) <= alpha:
            best = tried
    found = Pocock(p0=float(p0), alpha=float(alpha), looks=tuple(looks), max_n=max_n).boundary
    assert rows(found) == best
    assert found.crossing_probability == pytest.approx(float(crossing(best, max_n, p0)))
    reached = [tail(n, b, p0) for n, b in best.items() if b is not None]
    assert found.pointwise_level == pytest.approx(float(max(reached, default=Fraction(0))))


PRIORS = st.builds(BetaPrior, a=st.floats(0.1, 2), b=st.floats(2, 10))


@SPARING
@given(PRIORS, st.floats(0.55, 0.9), st.floats(0.8, 0.99), st.integers(1, 60))
def test_a_boundary_never_falls_and_never_rises_faster_than_patients(
    prior: BetaPrior, rate: float, cutoff: float, max_n: int
) -> None:
    # A rate above that of the prior's mean: the prior alone stops nowhere.
    for rule in (
        BetaBinomial(prior=prior, rate=rate, cutoff=cutoff, max_n=max_n),
        Pocock(p0=rate, alpha=1 - cutoff, max_n=max_n),
    ):
        told = [row.stop_at or row.n + 1 for row in rule.boundary.rows]
        assert all(0 <= more - fewer <= 1 for fewer, more in pairwise(told))


@SPARING
@given(PRIORS, st.floats(0.55, 0.9), st.floats(0.8, 0.99), st.integers(1, 60))
def test_the_fewest_that_stop_are_the_fewest(
    prior: BetaPrior, rate: float, cutoff: float, n: int
) -> None:
    rule = BetaBinomial(prior=prior, rate=rate, cutoff=cutoff, max_n=n)
    stop_at = rows(rule.boundary)[n]
    reached = [k for k in range(n + 1) if rule.exceeds(n, k) > cutoff]
    assert stop_at == (reached[0] if reached else None)
