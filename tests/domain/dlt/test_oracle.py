"""The core beside a brute-force enumeration of what a record may be: no verdict is ever denied.

`python -m tests.oracle N SEED` prints how complete the core is: how often it says UNDETERMINED
although every completion that was drawn agrees.
"""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings

from tests.oracle.documents import several_of_a_document
from tests.oracle.ic19 import several_of_ic19
from tests.oracle.pairs import CASES, Pair, several

ALL = settings(suppress_health_check=list(HealthCheck), max_examples=1)


def of(pairs: int) -> settings:
    """So many pairs of rules and requests."""
    return settings(ALL, max_examples=pairs // CASES)


def hold(pairs: Sequence[Pair], draws: int) -> None:
    """No completion denies the verdict, the instant or the referral of any of them."""
    for pair in pairs:
        assert pair.compared(draws).unsound is None


# 5,000 pairs with every run of the tests.
@of(2_500)
@given(several())
def test_no_completion_denies_a_verdict_of_generated_rules(pairs: list[Pair]) -> None:
    hold(pairs, draws=5)


@of(1_000)
@given(several_of_ic19())
def test_no_completion_denies_a_verdict_of_ic19(pairs: list[Pair]) -> None:
    hold(pairs, draws=5)


@of(1_500)
@given(several_of_a_document())
def test_no_completion_denies_a_verdict_of_a_golden_definition(pairs: list[Pair]) -> None:
    hold(pairs, draws=5)


# 100,000 pairs every night.
@pytest.mark.slow
@of(40_000)
@given(several())
def test_no_completion_denies_a_verdict_of_many_generated_rules(pairs: list[Pair]) -> None:
    hold(pairs, draws=40)


@pytest.mark.slow
@of(20_000)
@given(several_of_ic19())
def test_no_completion_denies_a_verdict_of_ic19_in_many_cases(pairs: list[Pair]) -> None:
    hold(pairs, draws=40)


@pytest.mark.slow
@of(40_000)
@given(several_of_a_document())
def test_no_completion_denies_a_verdict_of_golden_definitions_in_many_cases(
    pairs: list[Pair],
) -> None:
    hold(pairs, draws=40)
