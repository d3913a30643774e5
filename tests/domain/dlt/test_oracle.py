"""The core beside a brute-force enumeration of what a record may be: no verdict is ever denied.

`python -m tests.oracle N SEED` prints how complete the core is: how often it says UNDETERMINED
although every completion that was drawn agrees.
"""

import pytest
from hypothesis import HealthCheck, given, settings

from tests.oracle.documents import document_pairs
from tests.oracle.ic19 import ic19_pairs
from tests.oracle.pairs import Pair, pairs

# 5,000 pairs with every run of the tests, and 100,000 every night.
MANY = settings(
    max_examples=2_000, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
SOME = settings(MANY, max_examples=1_000)
LONG = settings(MANY, max_examples=40_000)
LESS_LONG = settings(MANY, max_examples=20_000)
FEW_DRAWS = 30


@MANY
@given(pairs())
def test_no_completion_denies_a_verdict_of_generated_rules(pair: Pair) -> None:
    assert pair.compared(draws=FEW_DRAWS).unsound is None


@SOME
@given(ic19_pairs())
def test_no_completion_denies_a_verdict_of_ic19(pair: Pair) -> None:
    assert pair.compared(draws=FEW_DRAWS).unsound is None


@MANY
@given(document_pairs())
def test_no_completion_denies_a_verdict_of_a_golden_definition(pair: Pair) -> None:
    assert pair.compared(draws=FEW_DRAWS).unsound is None


@pytest.mark.slow
@LONG
@given(pairs())
def test_no_completion_denies_a_verdict_of_many_generated_rules(pair: Pair) -> None:
    assert pair.compared().unsound is None


@pytest.mark.slow
@LESS_LONG
@given(ic19_pairs())
def test_no_completion_denies_a_verdict_of_ic19_in_many_cases(pair: Pair) -> None:
    assert pair.compared().unsound is None


@pytest.mark.slow
@LONG
@given(document_pairs())
def test_no_completion_denies_a_verdict_of_golden_definitions_in_many_cases(pair: Pair) -> None:
    assert pair.compared().unsound is None
