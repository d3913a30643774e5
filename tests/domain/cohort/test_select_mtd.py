"""The MTD by isotonic regression: by hand, many trials at once, and the shared cases."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from app.domain.cohort.boin import Boin
from app.domain.cohort.design import NotOfThisDesign
from app.domain.cohort.isotonic import MtdRules, pava, select, select_many

CASES = Path(__file__).parents[4] / "shared" / "cases" / "boin-select-mtd.json"
RULES = MtdRules(kind="boin", target=0.3, cutoff_eliminate=0.95)


def shared() -> list[Any]:
    if not CASES.is_file():
        skipped = pytest.mark.skip(reason="../shared/cases/boin-select-mtd.json is not there")
        return [pytest.param({}, marks=skipped, id="shared-cases")]
    cases = json.loads(CASES.read_text("utf-8"))["cases"]
    return [pytest.param(case, id=case["id"]) for case in cases]


@pytest.mark.parametrize("case", shared())
def test_the_shared_cases(case: dict[str, Any]) -> None:
    asked = case["request"]
    design = TypeAdapter(Boin).validate_python(asked["design"])
    assert {"mtd": design.select_mtd(asked["treated"], asked["dlts"]).mtd} == case["expect"]
    treated, dlts = (np.array([asked[name]], np.int16) for name in ("treated", "dlts"))
    found = select_many(treated, dlts, design.mtd_rules)
    assert found.tolist() == [case["expect"]["mtd"] or 0]


def test_violators_are_pooled_by_their_weight() -> None:
    assert pava([], []) == ()
    assert pava([1, 2, 3], [1, 1, 1]) == (1, 2, 3)
    assert pava([1, 4, 1], [1, 1, 2]) == (1, 2, 2)
    # The pooled pair falls below the first, and takes it along.
    assert pava([2, 4, -1], [1, 1, 2]) == (1, 1, 1)


@pytest.mark.parametrize(
    ("treated", "dlts", "mtd", "told"),
    [
        ([3, 3, 15, 9, 0], [0, 0, 4, 4, 0], 3, "Level 3 is the MTD"),
        ([3, 0, 0], [3, 0, 0], None, "Level 1, with 3 DLTs among 3 patients, is too toxic"),
        ([0, 3], [0, 3], None, "No level that may be the MTD was given to any patient"),
        ([0, 0], [0, 0], None, "No level that may be the MTD was given to any patient"),
        ([], [], None, "No level that may be the MTD was given to any patient"),
        # Of equal estimates below the target the highest, of those above it the lowest.
        ([3, 3, 3], [0, 0, 0], 3, "Level 3 is the MTD"),
        ([6, 6, 6], [3, 3, 3], 1, "Level 1 is the MTD"),
        # A level that nobody had is no MTD, one above an eliminated level neither.
        ([3, 0, 3], [0, 0, 0], 3, "Level 3 is the MTD"),
        ([3, 3, 3], [0, 3, 0], 1, "Level 1 is the MTD"),
    ],
)
def test_the_mtd(treated: list[int], dlts: list[int], mtd: int | None, told: str) -> None:
    got = select(treated, dlts, RULES)
    assert got.mtd == mtd
    assert told in got.because[0].text
    assert got.because[0].rule == ("boin.mtd" if mtd else "boin.no-mtd")


def test_estimates_are_those_of_the_levels_that_count() -> None:
    got = select([3, 0, 6, 3], [0, 0, 2, 3], RULES)
    assert got.estimates[1] is got.estimates[3] is None
    assert got.estimates[0] == pytest.approx(0.05 / 3.1)
    assert got.estimates[2] == pytest.approx(2.05 / 6.1)
    text = "of the levels that may be one, its estimated toxicity of 0.3361 is the closest to"
    assert text in got.because[0].text


def test_an_extra_safe_trial_stops_at_the_lowest_level() -> None:
    # Pr(p > 0.3) is 0.93 with 3 of 5: above 0.90, not above 0.95.
    counts = [5, 3], [3, 0]
    safe = Boin(target=0.3, extra_safe=True)
    assert Boin(target=0.3).select_mtd(*counts).mtd == 2
    assert safe.select_mtd(*counts).mtd is None
    assert Boin(target=0.3, extra_safe=True, offset=0.01).select_mtd(*counts).mtd == 2
    assert safe.select_mtd([], []).mtd is None
    found = select_many(np.array([[5, 3]]), np.array([[3, 0]]), safe.mtd_rules)
    assert found.tolist() == [0]


def test_a_bound_keeps_the_mtd_at_or_below_lambda_d() -> None:
    design = Boin(target=0.3, bound_mtd=True)
    assert Boin(target=0.3).select_mtd([9, 9], [0, 4]).mtd == 2
    assert design.select_mtd([9, 9], [0, 4]).mtd == 1
    got = design.select_mtd([6], [3])
    assert got.mtd is None
    assert "is above lambda_d, 0.3585: none is the MTD" in got.because[0].text
    assert got.estimates[0] == pytest.approx(0.5)


def test_lists_that_cannot_be_of_one_trial_are_refused() -> None:
    with pytest.raises(NotOfThisDesign):
        select([3], [4], RULES)


@pytest.mark.parametrize("shape", [(0, 3), (4, 0)])
def test_no_trials_or_no_levels_have_no_mtd(shape: tuple[int, int]) -> None:
    none = np.zeros(shape, np.int64)
    assert select_many(none, none, RULES).tolist() == [0] * shape[0]


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 8),
    st.sampled_from([0.1, 0.2, 0.25, 0.3, 0.4]),
    st.booleans(),
    st.booleans(),
    st.sampled_from([np.int16, np.int64]),
)
def test_many_trials_at_once_are_as_one_by_one(
    seed: int, levels: int, target: float, extra_safe: bool, bound: bool, dtype: type[np.int64]
) -> None:
    random = np.random.default_rng(seed)
    treated = random.integers(0, 13, (40, levels)) * random.integers(0, 2, (40, levels))
    dlts = random.binomial(treated, random.uniform(0, 0.6, (40, 1)))
    rules = Boin(target=target, extra_safe=extra_safe, bound_mtd=bound).mtd_rules
    got = select_many(treated.astype(dtype), dlts.astype(dtype), rules)
    one_by_one = [
        select(n, y, rules).mtd or 0 for n, y in zip(treated.tolist(), dlts.tolist(), strict=True)
    ]
    assert got.tolist() == one_by_one
