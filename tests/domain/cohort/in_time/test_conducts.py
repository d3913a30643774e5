"""Each conduct: as people are told at every decision, and against exact and published figures."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pytest

from app.domain.cohort import operating_three_plus_three
from app.domain.cohort.acting import act
from app.domain.cohort.action import Action, Ladder, LevelCounts, Limits
from app.domain.cohort.crm import Crm, Patient, fit
from app.domain.cohort.crm_decide import act_crm
from app.domain.cohort.in_time.accrual import Accrual
from app.domain.cohort.in_time.running import run
from app.domain.cohort.in_time.simulate import (
    SimulatedInTime,
    simulate_at_any_time,
    simulate_in_time,
)
from app.domain.cohort.in_time.trials import Act
from app.domain.cohort.operating import Characteristics, Plan
from app.domain.cohort.operating_exact import exact
from app.domain.cohort.rolling_six import RollingSix
from app.domain.cohort.three_plus_three import ThreePlusThree, Variant
from tests.domain.cohort.in_time.conducts import (
    BOIN,
    CRM,
    LIN,
    ONE_BY_ONE,
    PATIENT,
    PLAN,
    RATES,
    SAFE,
    TITE_CRM,
    YUAN,
    Watched,
    conduct,
)
from tests.sparing import spared

QUICK = Accrual(interarrival=0.2)
SLOW = Accrual(interarrival=1.5, arrivals="fixed")
"""So slow that no patient is pending when the next one arrives."""
FIGURES = ("probability_mtd", "expected_treated", "expected_dlts")
TOXIC = Plan(true_toxicity=(0.5, 0.6, 0.7), cohorts=6, cohort_size=3)
FROM_THE_TOP = replace(PLAN, start_level=3)


def flat(found: Characteristics) -> list[float]:
    return [found.probability_no_mtd, *(x for name in FIGURES for x in getattr(found, name))]


def near(found: SimulatedInTime, truly: Characteristics) -> None:
    errors = flat(found.standard_errors)
    for true, drawn, error in zip(flat(truly), flat(found), errors, strict=True):
        assert abs(true - drawn) <= 5 * error + 1e-3


@pytest.mark.parametrize(
    ("design", "plan", "every"),
    [
        (BOIN, PLAN, 3),
        (SAFE, TOXIC, 3),
        (ThreePlusThree(variant="no-de-escalation"), PLAN, 3),
        (ThreePlusThree(variant="de-escalation"), TOXIC, 3),
        (ThreePlusThree(variant="six-at-mtd"), PLAN, 3),
        (RollingSix(), PLAN, 1),
        (RollingSix(), TOXIC, 1),
        (RollingSix(), FROM_THE_TOP, 1),
        (LIN, PLAN, 3),
        (LIN, ONE_BY_ONE, 1),
        (YUAN, ONE_BY_ONE, 1),
        (YUAN, TOXIC, 3),
        (YUAN, replace(TOXIC, start_level=3), 3),
        (PATIENT, ONE_BY_ONE, 1),
        (CRM, PLAN, 3),
        (TITE_CRM, ONE_BY_ONE, 1),
        (TITE_CRM, FROM_THE_TOP, 3),
    ],
)
@pytest.mark.parametrize("while_suspended", ["queue", "turn_away"])
@pytest.mark.no_cover
def test_every_decision_is_the_action_that_people_are_told(
    design: Any, plan: Plan, every: int, while_suspended: Any
) -> None:
    watched = Watched(inner=conduct(design, plan), design=design, decides_every=every)
    accrual = replace(QUICK, while_suspended=while_suspended)
    trials = spared(40)
    run(watched, plan.true_toxicity, accrual, trials, np.random.default_rng(3))
    assert len(watched.compared) > trials
    assert Act.TREAT in watched.compared


@pytest.mark.parametrize("variant", get_args(Variant))
def test_3_plus_3_in_time_is_3_plus_3_exactly(variant: Any) -> None:
    design = ThreePlusThree(variant=variant)
    truly = operating_three_plus_three.exact(design.variant, RATES)
    near(simulate_in_time(conduct(design), RATES, QUICK, 5_000, 1), truly)


@pytest.mark.parametrize("design", [BOIN, SAFE])
@pytest.mark.parametrize("plan", [PLAN, TOXIC])
def test_a_waiting_design_in_time_is_itself_exactly(design: Any, plan: Plan) -> None:
    found = simulate_in_time(conduct(design, plan), plan.true_toxicity, QUICK, 5_000, 2)
    near(found, exact(design, plan))


@pytest.mark.parametrize("plan", [PLAN, TOXIC, ONE_BY_ONE])
@pytest.mark.parametrize("tite", [LIN, YUAN])
def test_with_nobody_pending_tite_boin_is_boin(tite: Any, plan: Plan) -> None:
    boin = replace(BOIN, extra_safe=tite.extra_safe)
    same = [
        simulate_in_time(conduct(design, plan), plan.true_toxicity, SLOW, 1_000, 4)
        for design in (tite, boin)
    ]
    assert same[0] == same[1]
    near(same[0], exact(boin, plan))


@pytest.mark.parametrize("plan", [PLAN, ONE_BY_ONE])
def test_with_nobody_pending_the_tite_crm_is_the_crm(plan: Plan) -> None:
    same = [
        simulate_in_time(conduct(design, plan), RATES, SLOW, 1_000, 5)
        for design in (TITE_CRM, CRM)
    ]
    assert same[0] == same[1]
    assert same[0].probability_no_mtd == 0
    assert sum(same[0].expected_treated) == pytest.approx(plan.patients)


def test_the_crm_without_time_is_the_crm_in_time() -> None:
    found = simulate_at_any_time(conduct(CRM), RATES, 1_000, 6)
    in_time = simulate_in_time(conduct(CRM), RATES, QUICK, 1_000, 7)
    near(in_time, found)


def test_no_cohort_skips_a_level() -> None:
    # A target that only the highest level is near: the model recommends it at once.
    eager = Crm(skeleton=(0.01, 0.02, 0.5), target=0.5)
    found = simulate_in_time(conduct(eager), (0.0, 0.0, 0.0), QUICK, 10, 1)
    assert list(found.expected_treated) == [3, 3, 12]
    assert list(found.probability_mtd) == [0, 0, 1]


def test_rolling_six_saves_the_time_that_its_paper_says() -> None:
    # Skolnik 2008: a patient in 10 days, and 294 +/- 75 days against 350 +/- 84 of 3+3, with 3.3
    # and 3.2 DLTs. Its toxicities are not published; of these, 3+3 takes as long.
    rates = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4)
    plan = Plan(true_toxicity=rates, cohorts=1, cohort_size=1)
    accrual = Accrual(interarrival=10 / 28, while_suspended="turn_away")
    three, rolling = (
        simulate_in_time(conduct(design, plan), rates, accrual, 2_000, 1)
        for design in (ThreePlusThree(variant="de-escalation"), RollingSix())
    )
    assert 28 * three.duration == pytest.approx(350, rel=0.03)
    assert 28 * rolling.duration == pytest.approx(294, rel=0.05)
    assert sum(three.expected_dlts) == pytest.approx(3.2, abs=0.2)
    assert sum(rolling.expected_dlts) == pytest.approx(3.3, abs=0.2)


def told(design: Any, patients: tuple[tuple[int, bool], ...], current: int) -> Action:
    """What people are told with all outcomes known; patients are levels from 1 on, and DLTs."""
    if isinstance(design, Crm):
        subjects = [Patient(dose_level=level, dlt=dlt) for level, dlt in patients]
        return act_crm(design, subjects, current, Limits()).action
    levels = []
    for level in range(1, len(RATES) + 1):
        here = [dlt for each, dlt in patients if each == level]
        levels.append(LevelCounts(enrolled=len(here), dlts=sum(here)))
    return act(design, Ladder(levels=tuple(levels), current_level=current)).action


def walked(
    design: Any, most: int, patients: tuple[tuple[int, bool], ...] = (), current: int = 1
) -> Iterator[tuple[float, int, int]]:
    """Every trial of single patients, each of whom is known before the next one arrives: its
    probability, its MTD or 0, and its number of patients.
    """
    if patients:
        action = told(design, patients, current)
        if action.level is None or len(patients) == most:
            mtd = action.selected.mtd if action.selected else None
            if isinstance(design, Crm):
                subjects = [Patient(dose_level=level, dlt=dlt) for level, dlt in patients]
                mtd = fit(design, subjects).recommended_level
            yield 1.0, mtd or 0, len(patients)
            return
        current = action.level
    for dlt in (False, True):
        rate = RATES[current - 1]
        chance = rate if dlt else 1 - rate
        for each, mtd, n in walked(design, most, (*patients, (current, dlt)), current):
            yield chance * each, mtd, n


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("design", "plan", "most"),
    [
        (RollingSix(), PLAN, 18),
        (CRM, Plan(true_toxicity=RATES, cohorts=7, cohort_size=1), 7),
        (TITE_CRM, Plan(true_toxicity=RATES, cohorts=7, cohort_size=1), 7),
    ],
)
def test_slowly_accrued_trials_are_every_trial_walked(design: Any, plan: Plan, most: int) -> None:
    mtd, patients = [0.0] * (len(RATES) + 1), 0.0
    for chance, at, n in walked(CRM if design is TITE_CRM else design, most):
        mtd[at] += chance
        patients += chance * n
    assert sum(mtd) == pytest.approx(1)
    found = simulate_in_time(conduct(design, plan), RATES, SLOW, 5_000, 8)
    errors = found.standard_errors
    drawn = [found.probability_no_mtd, *found.probability_mtd]
    apart = [errors.probability_no_mtd, *errors.probability_mtd]
    for true, near_it, error in zip(mtd, drawn, apart, strict=True):
        assert abs(true - near_it) <= 4 * error + 1e-3
    assert sum(found.expected_treated) == pytest.approx(
        patients, abs=4 * sum(errors.expected_treated) + 1e-9
    )
