"""The MTD of a scenario on both sides of each limit, and designs judged by it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.cohort.comparison import judged, true_mtd
from app.domain.cohort.operating import Characteristics

FOUND = Characteristics(
    probability_no_mtd=0.1,
    probability_mtd=(0.2, 0.4, 0.3),
    expected_treated=(4.0, 8.0, 8.0),
    expected_dlts=(0.5, 1.5, 3.0),
)


@pytest.mark.parametrize(
    ("rates", "mtd"),
    [
        ((0.1, 0.3, 0.5), 2),
        ((0.1, 0.2), 2),
        # Above the target too, where that is closer.
        ((0.1, 0.34), 2),
        ((0.28, 0.34), 1),
        # Of equally close ones the lower, which 0.3 - 0.2 and 0.4 - 0.3 in floats are not.
        ((0.2, 0.4), 1),
        ((0.3, 0.3), 1),
        # From 0.42 on the lowest level is too toxic.
        ((0.41, 0.6), 1),
        ((0.42, 0.6), None),
        ((0.43, 0.6), None),
    ],
)
def test_the_mtd_of_a_scenario(rates: tuple[float, ...], mtd: int | None) -> None:
    assert true_mtd(rates, 0.3, 0.42) == mtd


def test_a_design_is_judged_by_the_mtd() -> None:
    figures = judged("BOIN", FOUND, 2)
    assert figures.probability_correct == 0.4
    assert figures.probability_above == 0.3
    assert figures.share_treated_above == 0.4
    assert (figures.expected_n, figures.expected_dlts) == (20, 5)
    assert (figures.name, figures.characteristics, figures.duration) == ("BOIN", FOUND, None)


def test_where_no_level_is_the_mtd_every_selection_is_above() -> None:
    figures = judged("BOIN", FOUND, None)
    assert figures.probability_correct == 0.1
    assert figures.probability_above == pytest.approx(0.9)
    assert figures.share_treated_above == 1


def test_nothing_is_above_the_highest_level() -> None:
    figures = judged("BOIN", FOUND, 3)
    assert (figures.probability_above, figures.share_treated_above) == (0, 0)


@given(st.lists(st.floats(0, 1), min_size=1), st.floats(0.01, 0.7), st.floats(0, 1))
def test_no_level_is_closer_than_the_mtd(
    rates: list[float], target: float, too_toxic: float
) -> None:
    mtd = true_mtd(rates, target, too_toxic)
    if mtd is None:
        assert rates[0] >= too_toxic - 1e-9
        return
    apart = [abs(rate - target) for rate in rates]
    assert apart[mtd - 1] <= min(apart) + 1e-9
    assert all(each > apart[mtd - 1] - 1e-9 for each in apart[: mtd - 1])
