"""What stopping rules do under a true rate: by enumeration, by law, and as published."""

from itertools import product
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.cohort.monitoring.beta_binomial import BetaBinomial, BetaPrior
from app.domain.cohort.monitoring.boundary import StoppingBoundary, StoppingRow
from app.domain.cohort.monitoring.characteristics import OfRate, characteristics, ever_stops
from app.domain.cohort.monitoring.pocock import Pocock
from tests.sparing import SPARING


def boundary(max_n: int, **stop_at: int | None) -> StoppingBoundary:
    rows = tuple(
        StoppingRow(n=int(name.removeprefix("n")), stop_at=each) for name, each in stop_at.items()
    )
    return StoppingBoundary(max_n=max_n, rows=rows)


def of(watched: StoppingBoundary, rate: float) -> OfRate:
    return characteristics(watched, (rate,)).rates[0]


def test_two_patients_by_hand() -> None:
    found = of(boundary(2, n1=1, n2=1), 0.25)
    assert found.probability_stop == pytest.approx(0.25 + 0.75 * 0.25)
    assert found.probability_complete == pytest.approx(0.75**2)
    assert [(each.n, each.probability) for each in found.stops_after] == [(1, 0.25), (2, 0.1875)]
    assert found.expected_patients == pytest.approx(0.25 + 0.75 * 2)
    assert found.expected_toxicities == pytest.approx(0.25 + 0.75 * 0.25)


def test_a_look_that_cannot_stop_and_patients_after_the_last_look() -> None:
    found = of(boundary(4, n1=None, n2=2), 0.5)
    assert [each.probability for each in found.stops_after] == [0, 0.25]
    assert found.expected_patients == pytest.approx(0.25 * 2 + 0.75 * 4)


@pytest.mark.parametrize(("rate", "stops"), [(0.0, 0.0), (1.0, 1.0)])
def test_rates_at_the_ends(rate: float, stops: float) -> None:
    found = of(boundary(6, n3=2, n6=3), rate)
    assert (found.probability_stop, found.expected_patients) == (stops, 3 if rate else 6)
    assert ever_stops(boundary(6, n3=2, n6=3), rate) == stops


def test_rates_stand_in_their_order() -> None:
    watched = boundary(6, n3=2, n6=3)
    found = characteristics(watched, (0.4, 0.1))
    assert found.boundary == watched
    assert [each.true_rate for each in found.rates] == [0.4, 0.1]
    assert found.rates == (of(watched, 0.4), of(watched, 0.1))


@st.composite
def boundaries(draw: st.DrawFn, most: int) -> StoppingBoundary:
    max_n = draw(st.integers(1, most))
    looks = sorted(draw(st.sets(st.integers(1, max_n), min_size=1)))
    rows = tuple(StoppingRow(n=n, stop_at=draw(st.none() | st.integers(1, n))) for n in looks)
    return StoppingBoundary(max_n=max_n, rows=rows)


RATES = st.floats(0, 1)


@SPARING
@given(boundaries(9), RATES)
def test_it_is_what_all_trials_show(watched: StoppingBoundary, rate: float) -> None:
    patients, toxicities, complete = 0.0, 0.0, 0.0
    stopped = dict.fromkeys((row.n for row in watched.rows), 0.0)
    for trial in product((0, 1), repeat=watched.max_n):
        probability = prod(rate if each else 1 - rate for each in trial)
        at = next((row.n for row in watched.rows if row.stops(sum(trial[: row.n]))), None)
        n = watched.max_n if at is None else at
        patients += probability * n
        toxicities += probability * sum(trial[:n])
        if at is None:
            complete += probability
        else:
            stopped[at] += probability
    found = of(watched, rate)
    assert found.probability_complete == pytest.approx(complete, abs=1e-12)
    assert {each.n: each.probability for each in found.stops_after} == pytest.approx(
        stopped, abs=1e-12
    )
    assert found.expected_patients == pytest.approx(patients, abs=1e-12)
    assert found.expected_toxicities == pytest.approx(toxicities, abs=1e-12)


@SPARING
@given(boundaries(120), RATES)
def test_probabilities_sum_to_one_and_toxicities_follow_patients(
    watched: StoppingBoundary, rate: float
) -> None:
    found = of(watched, rate)
    stops = sum(each.probability for each in found.stops_after)
    assert found.probability_stop == pytest.approx(stops, abs=1e-12)
    assert found.probability_stop + found.probability_complete == pytest.approx(1, abs=1e-12)
    # Wald's identity.
    assert found.expected_toxicities == pytest.approx(rate * found.expected_patients, abs=1e-9)


@given(boundaries(60), RATES, RATES)
def test_a_higher_rate_stops_no_less_often(
    watched: StoppingBoundary, first: float, second: float
) -> None:
    low, high = sorted((first, second))
    assert ever_stops(watched, low) <= ever_stops(watched, high) + 1e-12


def test_the_published_characteristics_of_a_beta_binomial_rule() -> None:
    # The README of R's stoppingrule (Martens), of the boundary in test_boundary.
    rule = BetaBinomial(prior=BetaPrior(a=0.6, b=2.4), rate=0.2, cutoff=0.963083, max_n=30)
    published = {
        0.20: (0.09957367, 5.651197),
        0.25: (0.23832301, 6.536293),
        0.30: (0.43615256, 6.926712),
        0.35: (0.64555222, 6.819377),
        0.40: (0.81491087, 6.355803),
    }
    for found in characteristics(rule.boundary, tuple(published)).rates:
        stops, toxicities = published[found.true_rate]
        assert found.probability_stop == pytest.approx(stops, abs=5e-9)
        assert found.expected_toxicities == pytest.approx(toxicities, abs=5e-7)


@pytest.mark.parametrize(
    ("rule", "published"),
    [
        # The examples of toxbdry in R's clinfun: crossing, stopping before the last look, and
        # the expected number of patients.
        (
            Pocock(p0=0.2, alpha=0.1, looks=(20, 40, 60, 75), max_n=75),
            {
                0.20: (0.088, 0.079, 72.0),
                0.23: (0.214, 0.188, 68.1),
                0.26: (0.406, 0.354, 62.1),
                0.29: (0.619, 0.548, 54.7),
                0.32: (0.797, 0.727, 47.0),
                0.35: (0.911, 0.859, 39.9),
            },
        ),
        (
            Pocock(p0=0.2, alpha=0.15, looks=(20, 40, 60, 75), max_n=75),
            {
                0.20: (0.117, 0.103, 71.6),
                0.22: (0.213, 0.186, 69.0),
                0.24: (0.341, 0.297, 65.4),
                0.26: (0.487, 0.427, 61.0),
                0.28: (0.632, 0.562, 56.1),
                0.30: (0.758, 0.688, 51.0),
            },
        ),
        (
            Pocock(p0=0.1, alpha=0.1, min_n=2, max_n=30),
            {
                0.10: (0.097, 0.096, 28.1),
                0.14: (0.245, 0.239, 25.8),
                0.18: (0.441, 0.430, 22.5),
                0.22: (0.638, 0.624, 19.0),
                0.26: (0.795, 0.781, 15.6),
                0.30: (0.898, 0.888, 12.7),
            },
        ),
    ],
)
def test_the_published_characteristics_of_pocock_boundaries(
    rule: Pocock, published: dict[float, tuple[float, float, float]]
) -> None:
    for found in characteristics(rule.boundary, tuple(published)).rates:
        crosses, early, patients = published[found.true_rate]
        before = found.probability_stop - found.stops_after[-1].probability
        assert found.probability_stop == pytest.approx(crosses, abs=5.1e-4)
        assert before == pytest.approx(early, abs=5.1e-4)
        assert found.expected_patients == pytest.approx(patients, abs=0.051)
