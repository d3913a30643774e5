"""Exact operating characteristics of 3+3, against every path walked and the shared cases."""

import json
from math import comb
from pathlib import Path
from time import perf_counter
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.cohort.design import NotOfThisDesign
from app.domain.cohort.operating import Characteristics
from app.domain.cohort.operating_three_plus_three import exact
from app.domain.cohort.three_plus_three import ThreePlusThree, Variant

CASES = Path(__file__).parents[4] / "shared" / "cases" / "three-plus-three-oc.json"
VARIANTS: tuple[Variant, ...] = get_args(Variant)
FIGURES = ("probability_mtd", "expected_treated", "expected_dlts")
Trial = tuple[tuple[int, int], ...]
"""Patients and DLTs by level."""


def shared() -> list[Any]:
    if not CASES.is_file():
        skipped = pytest.mark.skip(reason="../shared/cases/three-plus-three-oc.json is not there")
        return [pytest.param({}, marks=skipped, id="shared-cases")]
    cases = json.loads(CASES.read_text("utf-8"))["cases"]
    return [pytest.param(case, id=case["id"]) for case in cases]


def assert_same(got: Characteristics, expected: dict[str, Any], within: float) -> None:
    no_mtd = expected["probability_no_mtd"]
    assert got.probability_no_mtd == pytest.approx(no_mtd, abs=within, rel=0)
    for figure in FIGURES:
        assert getattr(got, figure) == pytest.approx(expected[figure], abs=within, rel=0), figure


@pytest.mark.parametrize("case", shared())
def test_the_shared_cases(case: dict[str, Any]) -> None:
    asked = case["request"]
    assert_same(exact(asked["design"]["variant"], asked["true_toxicity"]), case["expect"], 1e-9)


class Walk:
    """The figures by walking through every trial, three patients at a time."""

    def __init__(self, variant: Variant, rates: tuple[float, ...]) -> None:
        self.design, self.rates = ThreePlusThree(variant=variant), rates
        self.figures: dict[str, Any] = {figure: [0.0] * len(rates) for figure in FIGURES}
        self.figures["probability_no_mtd"] = 0.0
        self.treat(((0, 0),) * len(rates), 0, 1.0)

    def treat(self, path: Trial, at: int, chance: float) -> None:
        rate = self.rates[at]
        for more in range(4):
            odds = comb(3, more) * rate**more * (1 - rate) ** (3 - more)
            seen = (path[at][0] + 3, path[at][1] + more)
            self.follow((*path[:at], seen, *path[at + 1 :]), at, chance * odds)

    def follow(self, path: Trial, at: int, chance: float) -> None:
        decision = self.design.decision(*path[at])
        if decision == "exceeds_mtd":
            self.go_down(path, at - 1, chance)
        elif decision == "expand" or self.wants_six(path, at):
            self.treat(path, at, chance)
        elif at + 1 < len(path) and path[at + 1][0] == 0:
            self.treat(path, at + 1, chance)
        else:
            self.end(path, at, chance)

    def wants_six(self, path: Trial, at: int) -> bool:
        top = at + 1 == len(path)
        return top and self.design.variant == "six-at-mtd" and path[at][0] == 3

    def go_down(self, path: Trial, at: int, chance: float) -> None:
        if at >= 0 and self.design.variant != "no-de-escalation" and path[at][0] == 3:
            self.treat(path, at, chance)
        else:
            self.end(path, at, chance)

    def end(self, path: Trial, mtd: int, chance: float) -> None:
        chosen = self.design.select_mtd([n for n, _ in path], [y for _, y in path]).mtd
        assert (chosen or 0) == mtd + 1
        if mtd < 0:
            self.figures["probability_no_mtd"] += chance
        else:
            self.figures["probability_mtd"][mtd] += chance
        for level, (n, y) in enumerate(path):
            self.figures["expected_treated"][level] += chance * n
            self.figures["expected_dlts"][level] += chance * y


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("rates", [(0.2, 0.4), (0.0, 1.0), (0.05, 0.6, 0.3), (0.5,)])
def test_every_path_walked_gives_the_same(variant: Variant, rates: tuple[float, ...]) -> None:
    assert_same(exact(variant, rates), Walk(variant, rates).figures, 1e-12)


@given(st.sampled_from(VARIANTS), st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_the_probabilities_sum_to_one(variant: Variant, rates: list[float]) -> None:
    got = exact(variant, rates)
    assert got.probability_no_mtd + sum(got.probability_mtd) == pytest.approx(1, abs=1e-12)
    assert all(-1e-15 <= each <= 1 + 1e-15 for each in got.probability_mtd)
    assert all(-1e-12 <= each <= 6 + 1e-12 for each in got.expected_treated)


@given(st.sampled_from(VARIANTS), st.lists(st.floats(0, 1), min_size=1, max_size=6), st.data())
def test_a_more_toxic_first_dose_never_makes_an_mtd_likelier(
    variant: Variant, rates: list[float], data: st.DataObject
) -> None:
    worse = [data.draw(st.floats(rates[0], 1)), *rates[1:]]
    before, after = exact(variant, rates), exact(variant, worse)
    assert after.probability_no_mtd >= before.probability_no_mtd - 1e-12


def test_five_doses_take_less_than_50_milliseconds() -> None:
    took = []
    for _ in range(3):
        start = perf_counter()
        exact("six-at-mtd", (0.05, 0.1, 0.2, 0.3, 0.5))
        took.append(perf_counter() - start)
    assert min(took) < 0.05


@pytest.mark.parametrize(
    ("rates", "pointers"),
    [((), ["/true_toxicity"]), ((0.1, 1.1, -0.1), ["/true_toxicity/1", "/true_toxicity/2"])],
)
def test_what_is_no_toxicity_is_refused(rates: tuple[float, ...], pointers: list[str]) -> None:
    with pytest.raises(NotOfThisDesign) as refused:
        exact("de-escalation", rates)
    assert [fault.pointer for fault in refused.value.faults] == pointers
