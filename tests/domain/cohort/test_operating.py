"""Operating characteristics in cohorts: every trial walked, exact beside simulated, cases."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from math import comb, inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.cohort import operating, operating_exact
from app.domain.cohort.boin import Boin
from app.domain.cohort.design import (
    Counts,
    Decided,
    Decision,
    DecisionTable,
    Design,
    NotOfThisDesign,
    Selected,
)
from app.domain.cohort.operating import Characteristics, Plan, codes
from app.domain.cohort.operating_exact import exact
from app.domain.cohort.operating_simulate import simulate
from app.domain.cohort.three_plus_three import ThreePlusThree

CASES = Path(__file__).parents[4] / "shared" / "cases" / "boin-oc.json"
BOIN = Boin(target=0.3)
SAFE = Boin(target=0.3, extra_safe=True)
FIGURES = ("probability_mtd", "expected_treated", "expected_dlts")
plan_of = partial(Plan, cohorts=4, cohort_size=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """BOIN without rules for many trials at once."""

    kind: str = "plain"

    def decision(self, n: int, dlts: int) -> Decision:
        return BOIN.decision(n, dlts)

    def decide(self, counts: Counts) -> Decided:
        return BOIN.decide(counts)

    def table(self, max_n: int) -> DecisionTable:
        return BOIN.table(max_n)

    def select_mtd(self, treated: Sequence[int], dlts: Sequence[int]) -> Selected:
        return BOIN.select_mtd(treated, dlts)


def shared() -> list[Any]:
    if not CASES.is_file():
        skipped = pytest.mark.skip(reason="../shared/cases/boin-oc.json is not there")
        return [pytest.param({}, marks=skipped, id="shared-cases")]
    cases = json.loads(CASES.read_text("utf-8"))["cases"]
    return [pytest.param(case, id=case["id"]) for case in cases]


def flat(found: Characteristics) -> list[float]:
    return [found.probability_no_mtd, *(x for name in FIGURES for x in getattr(found, name))]


@pytest.mark.parametrize("case", shared())
def test_the_shared_cases(case: dict[str, Any]) -> None:
    asked, expected = dict(case["request"]), case["expect"]
    design = {name: value for name, value in asked.pop("design").items() if name != "kind"}
    assert asked.pop("method") == "exact"
    rates = tuple(asked.pop("true_toxicity"))
    got = exact(Boin(**design), Plan(true_toxicity=rates, **asked))
    near = partial(pytest.approx, abs=1e-6, rel=0)
    assert got.probability_no_mtd == near(expected["probability_no_mtd"])
    assert got.probability_mtd == near(tuple(expected["probability_mtd"]))


def goes_on(design: Boin, seen: tuple[int, int], at: int, closed: int) -> tuple[int, int] | None:
    """The next level and the lowest closed one; None where the trial stops."""
    says = design.decision(*seen)
    cutoff = design.cutoff_eliminate - (design.offset if design.extra_safe else 0)
    strict = Boin(target=design.target, cutoff_eliminate=cutoff)
    if at == 0 and "eliminate" in (says, strict.decision(*seen)):
        return None
    if says == "eliminate":
        return at - 1, at
    if says == "escalate":
        return at + (at + 1 < closed), closed
    return at - (says == "de_escalate" and at > 0), closed


def walked(design: Boin, plan: Plan) -> list[float]:
    """Every trial by itself: each sequence of DLTs per cohort."""
    levels, size = plan.levels, plan.cohort_size
    figures = np.zeros(1 + 3 * levels)
    for drawn in product(range(size + 1), repeat=plan.cohorts):
        n, y, chance, left = [0] * levels, [0] * levels, 1.0, list(drawn)
        place: tuple[int, int] | None = (plan.start_level - 1, levels)
        while left and place:
            (at, closed), more = place, left.pop(0)
            rate = plan.true_toxicity[at]
            chance *= comb(size, more) * rate**more * (1 - rate) ** (size - more)
            n[at] += size
            y[at] += more
            place = goes_on(design, (n[at], y[at]), at, closed) if left else place
        # Of the sequences that only differ after the trial stopped, one counts.
        if not any(left):
            mtd = design.select_mtd(n, y).mtd if place else None
            figures[mtd or 0] += chance
            figures[levels + 1 :] += chance * np.array([*n, *y])
    return [float(figure) for figure in figures]


@pytest.mark.no_cover
@pytest.mark.parametrize("design", [BOIN, SAFE, Boin(target=0.2, bound_mtd=True)])
@pytest.mark.parametrize("start", [1, 2])
@pytest.mark.parametrize("rates", [(0.1, 0.3, 0.5), (0.45, 0.5), (0.0, 1.0)])
def test_exact_is_every_trial_walked(design: Boin, start: int, rates: tuple[float, ...]) -> None:
    plan = plan_of(true_toxicity=rates, start_level=start)
    assert flat(exact(design, plan)) == pytest.approx(walked(design, plan), abs=1e-12)


def test_a_design_without_rules_is_asked_of_each_trial() -> None:
    plan = plan_of(true_toxicity=(0.1, 0.3, 0.5))
    assert flat(exact(Plain(), plan)) == pytest.approx(flat(exact(BOIN, plan)), abs=1e-12)
    assert simulate(Plain(), plan, 500, 1) == simulate(BOIN, plan, 500, 1)


def test_a_trial_that_surely_stops_has_no_mtd() -> None:
    plan = plan_of(true_toxicity=(1.0, 1.0))
    for found in (exact(BOIN, plan), simulate(BOIN, plan, 10, 0)):
        assert flat(found) == [1, 0, 0, 3, 0, 3, 0]


def test_extra_safety_stops_at_two_of_three_and_not_at_one() -> None:
    # Pr(p > 0.3) with 2 of 3 is 0.916: between 0.90 and 0.95.
    conduct = operating.Conduct.of(SAFE, plan_of(true_toxicity=(0.3,)))
    assert conduct.stops[1].tolist()[:4] == [False, False, True, True]
    assert not operating.Conduct.of(BOIN, plan_of(true_toxicity=(0.3,))).stops.any()


rates = st.lists(st.floats(0, 1), min_size=1, max_size=4).map(tuple)
plans = st.builds(
    Plan, true_toxicity=rates, cohorts=st.integers(1, 6), cohort_size=st.integers(1, 4)
)


@settings(deadline=None)
@given(plans, st.sampled_from([BOIN, SAFE]))
def test_probabilities_sum_to_one_and_patients_to_the_plan(plan: Plan, design: Boin) -> None:
    for found in (exact(design, plan), simulate(design, plan, 50, 3)):
        total = found.probability_no_mtd + sum(found.probability_mtd)
        assert total == pytest.approx(1, abs=1e-9)
        assert sum(found.expected_treated) <= plan.patients + 1e-9
        assert sum(found.expected_treated) >= plan.cohort_size - 1e-9


@pytest.mark.parametrize("design", [BOIN, SAFE])
@pytest.mark.parametrize(
    "plan",
    [
        plan_of(true_toxicity=(0.1, 0.3, 0.5)),
        plan_of(true_toxicity=(0.3, 0.5), cohorts=8),
        Plan(true_toxicity=(0.05, 0.15, 0.3), cohorts=12, cohort_size=1, start_level=2),
    ],
)
def test_simulated_figures_are_near_the_exact_ones(design: Design, plan: Plan) -> None:
    truly, found = flat(exact(design, plan)), simulate(design, plan, 20_000, 7)
    errors = flat(found.standard_errors)
    assert found.trials == 20_000
    for true, near, error in zip(truly, flat(found), errors, strict=True):
        assert abs(true - near) <= 5 * error + 1e-3


def test_the_seed_tells_the_figures() -> None:
    plan = plan_of(true_toxicity=(0.1, 0.3))
    assert simulate(BOIN, plan, 200, 5) == simulate(BOIN, plan, 200, 5)
    assert simulate(BOIN, plan, 200, 5) != simulate(BOIN, plan, 200, 6)


@pytest.mark.parametrize(
    ("changed", "pointers"),
    [
        ({"true_toxicity": ()}, ["/true_toxicity"]),
        ({"true_toxicity": (0.1, 1.1, inf)}, ["/true_toxicity/1", "/true_toxicity/2"]),
        ({"cohorts": 0}, ["/cohorts"]),
        ({"cohort_size": 0, "start_level": 0}, ["/cohort_size", "/start_level"]),
        ({"cohorts": 67}, ["/cohorts"]),
        ({"start_level": 2}, ["/start_level"]),
    ],
)
def test_plans_that_cannot_be(changed: dict[str, Any], pointers: list[str]) -> None:
    with pytest.raises(NotOfThisDesign) as refused:
        Plan(**{"true_toxicity": (0.3,), "cohorts": 4, "cohort_size": 3, **changed})
    assert [fault.pointer for fault in refused.value.faults] == pointers
    Plan(true_toxicity=(0.3,), cohorts=66, cohort_size=3)


def test_a_design_that_waits_within_a_level_is_not_planned_in_cohorts() -> None:
    with pytest.raises(NotOfThisDesign, match="does not say where"):
        exact(ThreePlusThree(variant="de-escalation"), plan_of(true_toxicity=(0.3,)))


@pytest.mark.parametrize(("trials", "seed"), [(0, 1), (1_000_001, 1), (1, -1)])
def test_trials_that_cannot_be_simulated(trials: int, seed: int) -> None:
    with pytest.raises(NotOfThisDesign):
        simulate(BOIN, plan_of(true_toxicity=(0.3,)), trials, seed)


def test_too_many_states_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_of(true_toxicity=(0.1, 0.3), cohorts=2)
    # The first cohort leads to 4 states, 3 of which differ and go on; the second to 12.
    monkeypatch.setattr(operating_exact, "MOST_STATES", 12)
    exact(BOIN, plan)
    monkeypatch.setattr(operating_exact, "MOST_STATES", 11)
    with pytest.raises(NotOfThisDesign, match="simulate") as refused:
        exact(BOIN, plan)
    assert refused.value.faults[0].code == "too_many_states"


def test_codes_are_equal_where_rows_are_however_many_columns() -> None:
    rows = np.random.default_rng(1).integers(0, 3, (200, 5))
    columns = [(rows[:, place], 2**30) for place in range(5)]
    same = codes(columns)
    alike = (rows[:, None] == rows[None]).all(axis=2)
    assert ((same[:, None] == same[None]) == alike).all()
