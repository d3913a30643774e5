"""The calendar of a trial by hand, and what holds of every simulation."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from app.domain.cohort.design import NotOfThisDesign
from app.domain.cohort.in_time import simulate
from app.domain.cohort.in_time.accrual import Accrual
from app.domain.cohort.in_time.simulate import (
    SimulatedInTime,
    simulate_at_any_time,
    simulate_in_time,
)
from app.domain.cohort.operating import Plan
from app.domain.cohort.rolling_six import RollingSix
from app.domain.cohort.three_plus_three import ThreePlusThree
from tests.domain.cohort.in_time.conducts import (
    BOIN,
    CRM,
    LIN,
    PATIENT,
    TITE_CRM,
    YUAN,
    conduct,
)

HALF = Accrual(interarrival=0.5, arrivals="fixed")
SAFE_LEVEL = (0.0,)
TWO_COHORTS = Plan(true_toxicity=SAFE_LEVEL, cohorts=2, cohort_size=3)


def one(design: Any, plan: Plan, accrual: Accrual) -> SimulatedInTime:
    return simulate_in_time(conduct(design, plan), plan.true_toxicity, accrual, 1, 1)


def test_who_arrives_while_a_cohort_is_awaited_waits() -> None:
    # The first cohort is enrolled at 0, 0.5 and 1, and known at 2; patients arrive at 1.5, 2 and
    # 2.5, of whom the first waits for half a window. The last is known at 3.5.
    found = one(BOIN, TWO_COHORTS, HALF)
    assert (found.duration, found.turned_away) == (3.5, 0)
    assert found.waiting_time == pytest.approx(0.5 / 6)


def test_or_is_turned_away() -> None:
    # At 1.5; the second cohort is enrolled at 2, 2.5 and 3.
    found = one(BOIN, TWO_COHORTS, replace(HALF, while_suspended="turn_away"))
    assert (found.duration, found.turned_away, found.waiting_time) == (4, 1, 0)


def test_everybody_who_waited_is_enrolled_at_once() -> None:
    # The first three at 0, 0.1 and 0.2; those of 0.3, 0.4 and 0.5 wait until 1.2.
    accrual = replace(HALF, interarrival=0.1)
    found = one(BOIN, TWO_COHORTS, accrual)
    assert found.duration == pytest.approx(2.2)
    assert found.waiting_time == pytest.approx((0.9 + 0.8 + 0.7) / 6)


def test_a_dlt_is_known_when_it_occurs() -> None:
    plan = Plan(true_toxicity=(1.0,), cohorts=2, cohort_size=3)
    accrual = replace(HALF, interarrival=0.001)
    found = one(BOIN, plan, accrual)
    assert found.probability_no_mtd == 1
    assert list(found.expected_dlts) == [3]
    assert found.duration < 1.002


def test_tite_boin_waits_while_most_patients_are_pending() -> None:
    # Of 3 at most 1 may be pending: at 1.5, when the fourth arrives, the first two are known.
    found = one(LIN, TWO_COHORTS, HALF)
    assert (found.duration, found.waiting_time) == (3.5, 0)
    # At 0.1 apart, the cohort of 0, 0.1 and 0.2 opens at 1.1 for who came from 0.3 on.
    quick = one(LIN, TWO_COHORTS, replace(HALF, interarrival=0.1))
    assert quick.duration == pytest.approx(2.1)
    assert quick.waiting_time == pytest.approx((0.8 + 0.7 + 0.6) / 6)


def test_the_tite_crm_does_not_wait_and_rolling_six_with_six_patients() -> None:
    plan = Plan(true_toxicity=(0.0, 0.0, 0.0), cohorts=2, cohort_size=3)
    quick = replace(HALF, interarrival=0.1)
    assert one(TITE_CRM, plan, quick).duration == pytest.approx(1.5)
    # Six patients at 0 to 0.5, of whom five are known at 1.4; six at 1.4, six at 2.4.
    rolling = one(RollingSix(), plan, quick)
    assert list(rolling.expected_treated) == [6, 6, 6]
    assert rolling.duration == pytest.approx(3.4)


def test_nothing_at_all_observed_waits_for_an_outcome() -> None:
    # The first of two, at the same instant as the second, is asked for when nothing is known.
    plan = Plan(true_toxicity=SAFE_LEVEL, cohorts=3, cohort_size=1)
    together = replace(HALF, interarrival=0.001)
    assert one(PATIENT, plan, together).duration == pytest.approx(1.002)


DESIGNS = st.sampled_from(
    [BOIN, ThreePlusThree(variant="de-escalation"), RollingSix(), LIN, YUAN, CRM, TITE_CRM]
)
RATES = st.tuples(*[st.floats(0, 1)] * 3)
ACCRUALS = st.fixed_dictionaries(
    {
        "interarrival": st.sampled_from([0.01, 0.2, 0.5, 1, 3]),
        "arrivals": st.sampled_from(["exponential", "fixed"]),
        "time_to_dlt": st.sampled_from(["uniform", "weibull"]),
        "while_suspended": st.sampled_from(["queue", "turn_away"]),
    }
).map(TypeAdapter(Accrual).validate_python)


@settings(deadline=None, max_examples=60)
@given(DESIGNS, RATES, ACCRUALS, st.integers(1, 4), st.integers(1, 4))
def test_what_holds_of_every_simulation(
    design: Any, rates: tuple[float, ...], accrual: Accrual, cohorts: int, size: int
) -> None:
    plan = Plan(true_toxicity=rates, cohorts=cohorts, cohort_size=size)
    found = simulate_in_time(conduct(design, plan), rates, accrual, 30, 3)
    assert found.probability_no_mtd + sum(found.probability_mtd) == pytest.approx(1)
    treated = zip(found.expected_treated, found.expected_dlts, strict=True)
    assert all(0 <= dlts <= n for n, dlts in treated)
    total = sum(found.expected_treated)
    assert 1 <= total <= conduct(design, plan).patients * (1 + 1e-12)
    assert found.duration > 0
    assert found.waiting_time >= 0
    still = found.turned_away if accrual.while_suspended == "queue" else found.waiting_time
    assert still == 0
    assert all(error >= 0 for error in found.standard_errors.probability_mtd)


@given(st.integers(0, 2**53 - 1))
@settings(deadline=None, max_examples=10)
def test_the_seed_tells_the_figures(seed: int) -> None:
    plan = Plan(true_toxicity=(0.1, 0.3), cohorts=3, cohort_size=2)
    asked = conduct(LIN, plan), plan.true_toxicity, HALF, 20
    assert simulate_in_time(*asked, seed) == simulate_in_time(*asked, seed)
    assert simulate_in_time(*asked, seed) != simulate_in_time(*asked, seed + 1)


def test_the_progress_is_told_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulate, "AT_ONCE", 10)
    told: list[tuple[int, int]] = []
    asked = conduct(BOIN), (0.1, 0.25, 0.45), HALF, 25, 1
    found = simulate_in_time(*asked, lambda done, total: told.append((done, total)))
    assert told == [(0, 25), (10, 25), (20, 25), (25, 25)]
    assert found == simulate_in_time(*asked)
    assert found.trials == 25


@pytest.mark.parametrize(("trials", "seed"), [(0, 1), (1_000_001, 1), (1, -1)])
def test_trials_that_cannot_be_simulated(trials: int, seed: int) -> None:
    with pytest.raises(NotOfThisDesign):
        simulate_in_time(conduct(BOIN), (0.1, 0.25, 0.45), HALF, trials, seed)
    with pytest.raises(NotOfThisDesign):
        simulate_at_any_time(conduct(CRM), (0.1, 0.25, 0.45), trials, seed)


@pytest.mark.parametrize("design", [BOIN, LIN, CRM, TITE_CRM])
def test_what_takes_too_long_is_refused_with_how_many_do_not(
    monkeypatch: pytest.MonkeyPatch, design: Any
) -> None:
    asked = conduct(design)
    monkeypatch.setattr(simulate, "MOST_WORK", simulate.work(asked, HALF, 20))
    simulate_in_time(asked, (0.1, 0.25, 0.45), HALF, 20, 1)
    with pytest.raises(NotOfThisDesign, match="simulate at most 20,") as refused:
        simulate_in_time(asked, (0.1, 0.25, 0.45), HALF, 21, 1)
    assert [fault.pointer for fault in refused.value.faults] == ["/trials"]


def test_a_model_is_more_work_and_pending_patients_more_still() -> None:
    quick = replace(HALF, interarrival=0.1)
    works = [
        simulate.work(conduct(BOIN), HALF, 1),
        simulate.work(conduct(CRM), None, 1),
        simulate.work(conduct(TITE_CRM), HALF, 1),
        simulate.work(conduct(TITE_CRM), quick, 1),
    ]
    assert works == sorted(set(works))
    assert simulate.work(conduct(CRM), None, 1) == simulate.work(conduct(CRM), quick, 1)
