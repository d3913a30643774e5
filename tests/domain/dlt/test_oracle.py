"""The core beside a brute-force enumeration of what a record may be: no verdict is ever denied.

`python -m tests.oracle N SEED` prints how complete the core is: how often it says UNDETERMINED
although every completion that was drawn agrees.
"""

import pytest
from hypothesis import HealthCheck, given, settings

from tests.oracle.documents import document_pairs
from tests.oracle.ic19 import ic19_pairs
from tests.oracle.pairs import Pair, pairs

SHORT = settings(
    max_examples=max(300, settings.default.max_examples if settings.default else 0),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
# 100,000 pairs every night.
LONG = settings(SHORT, max_examples=40_000)
LESS_LONG = settings(SHORT, max_examples=20_000)


@SHORT
@given(pairs())
def test_no_completion_denies_a_verdict_of_generated_rules(pair: Pair) -> None:
    assert pair.compared(draws=80).unsound is None


@SHORT
@given(ic19_pairs())
def test_no_completion_denies_a_verdict_of_ic19(pair: Pair) -> None:
    assert pair.compared(draws=80).unsound is None


@SHORT
@given(document_pairs())
def test_no_completion_denies_a_verdict_of_a_golden_definition(pair: Pair) -> None:
    assert pair.compared(draws=80).unsound is None


@pytest.mark.slow
@LONG
@given(pairs())
def test_no_completion_denies_a_verdict_of_many_generated_rules(pair: Pair) -> None:
    assert pair.compared().denied is None


@pytest.mark.slow
@LESS_LONG
@given(ic19_pairs())
def test_no_completion_denies_a_verdict_of_ic19_in_many_cases(pair: Pair) -> None:
    assert pair.compared().denied is None


@pytest.mark.slow
@LONG
@given(document_pairs())
def test_no_completion_denies_a_verdict_of_golden_definitions_in_many_cases(pair: Pair) -> None:
    assert pair.compared().denied is None
