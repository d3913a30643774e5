"""Actions followed to the end of a trial, and what holds of every action."""

from collections import Counter
from itertools import product
from math import comb, prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.cohort.acting import act
from app.domain.cohort.action import Limits
from app.domain.cohort.boin import Boin
from app.domain.cohort.designs import AnyDesign
from app.domain.cohort.interval import Mtpi2
from app.domain.cohort.operating import Plan
from app.domain.cohort.operating_exact import exact
from app.domain.cohort.operating_three_plus_three import exact as exact_three_plus_three
from app.domain.cohort.rolling_six import RollingSix
from app.domain.cohort.three_plus_three import ThreePlusThree, Variant
from tests.domain.cohort.test_action import BOIN, THREE, TITE, Three, brief, ladder


def followed(
    design: AnyDesign, rates: tuple[float, ...], limits: Limits, size: int
) -> Counter[int]:
    """How probable each MTD is (0 for none) where every action is followed to the end."""
    ends: Counter[int] = Counter()
    states: dict[tuple[int, tuple[tuple[int, int], ...]], float] = {
        (1, ((0, 0),) * len(rates)): 1.0
    }
    while states:
        (current, counts), chance = states.popitem()
        action = act(design, ladder(current, *counts, limits=limits)).action
        if action.kind == "select_mtd":
            assert action.selected is not None
            ends[action.selected.mtd or 0] += chance  # type: ignore[assignment]
            continue
        if action.kind == "stop":
            ends[0] += chance  # type: ignore[assignment]
            continue
        assert action.level is not None
        level, n, rate = action.level, action.patients or size, rates[action.level - 1]
        for dlts in range(n + 1):
            before = counts[level - 1]
            after = (before[0] + n, before[1] + dlts)
            state = (level, (*counts[: level - 1], after, *counts[level:]))
            drawn = comb(n, dlts) * rate**dlts * (1 - rate) ** (n - dlts)
            states[state] = states.get(state, 0) + chance * drawn
    return ends


@pytest.mark.parametrize("variant", ["no-de-escalation", "de-escalation", "six-at-mtd"])
def test_actions_followed_to_the_end_are_the_3_plus_3_of_the_papers(variant: Variant) -> None:
    rates = (0.1, 0.25, 0.4, 0.5)
    found = followed(ThreePlusThree(variant=variant), rates, Limits(), 3)
    told = exact_three_plus_three(variant, rates)
    assert found[0] == pytest.approx(told.probability_no_mtd, abs=1e-12)
    assert [found[level] for level in range(1, 5)] == pytest.approx(
        told.probability_mtd, abs=1e-12
    )


@pytest.mark.parametrize("extra_safe", [False, True])
def test_actions_followed_to_the_end_are_the_boin_of_the_papers(extra_safe: bool) -> None:
    design = Boin(target=0.3, cohort_size=3, extra_safe=extra_safe)
    rates = (0.2, 0.35, 0.5)
    found = followed(design, rates, Limits(most_in_total=15), 3)
    told = exact(design, Plan(true_toxicity=rates, cohorts=5, cohort_size=3))
    assert found[0] == pytest.approx(told.probability_no_mtd, abs=1e-12)
    assert [found[level] for level in range(1, 4)] == pytest.approx(
        told.probability_mtd, abs=1e-12
    )


def levels_of(most: int) -> st.SearchStrategy[Three]:
    """Counts of a level that has cohorts of three."""
    return st.sampled_from(range(0, most + 1, 3)).flatmap(
        lambda n: st.tuples(st.just(n), st.integers(0, n)).flatmap(
            lambda two: st.tuples(
                st.just(two[0]), st.just(two[1]), st.integers(0, min(3, two[0] - two[1]))
            )
        )
    )


designs = st.sampled_from(
    [THREE, ThreePlusThree(variant="de-escalation"), BOIN, Mtpi2(target=0.3), RollingSix(), TITE]
)
counts_of_levels = st.lists(levels_of(6), min_size=1, max_size=4)


@given(designs, counts_of_levels, st.data())
def test_nobody_is_treated_at_a_closed_level(
    design: AnyDesign, counts: list[Three], data: st.DataObject
) -> None:
    current = data.draw(st.integers(1, len(counts)))
    acted = act(design, ladder(current, *counts))
    closed = acted.closed_from or len(counts) + 1
    assert acted.action.level is None or 1 <= acted.action.level < closed
    assert (closed == 1) <= (acted.action.kind == "stop")


@given(
    st.sampled_from([THREE, ThreePlusThree(variant="six-at-mtd"), BOIN, Mtpi2(target=0.3)]),
    counts_of_levels,
    st.data(),
)
def test_an_action_is_that_of_every_completion(
    design: AnyDesign, counts: list[Three], data: st.DataObject
) -> None:
    current = data.draw(st.integers(1, len(counts)))
    acted = act(design, ladder(current, *counts))
    completions = [
        tuple((n, y + more) for (n, y, _), more in zip(counts, dlts, strict=True))
        for dlts in product(*(range(pending + 1) for _, _, pending in counts))
    ]
    assert len(completions) == prod(pending + 1 for _, _, pending in counts)
    then = {brief(act(design, ladder(current, *each)).action) for each in completions}
    if acted.action.kind != "wait":
        assert then == {brief(acted.action)}
    elif len(completions) == 1:
        pytest.fail("nobody is pending, and the design waits")


@given(designs, counts_of_levels, st.data())
def test_one_more_dlt_never_treats_a_higher_level(
    design: AnyDesign, counts: list[Three], data: st.DataObject
) -> None:
    known = [(n, y) for n, y, _ in counts]
    current = data.draw(st.integers(1, len(known)))
    n, y = known[current - 1]
    if y == n:
        return
    fewer = act(design, ladder(current, *known)).action
    known[current - 1] = (n, y + 1)
    more = act(design, ladder(current, *known)).action
    if fewer.kind == more.kind == "treat":
        assert fewer.level is not None
        assert more.level is not None
        assert more.level <= fewer.level
