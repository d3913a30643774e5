"""What the linter calls inert or shadowed decides no generated record either."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.dlt.rule import RuleSet
from app.domain.lint.effects import clauses_without_effect
from app.domain.lint.finding import LintFinding
from app.domain.lint.variants import without
from tests.domain.lint.generated import unlike, workshop_of
from tests.oracle.requests import cases
from tests.oracle.strategies import Data, rule_sets

WITHOUT_EFFECT = {
    "inert_exception", "shadowed_criterion", "criterion_never_holds", "unless_without_effect",
}  # fmt: skip
RECORDS = st.lists(cases(), min_size=15, max_size=30)


def lacking(rules: RuleSet, finding: LintFinding) -> RuleSet:
    """The rules without what the finding is about."""
    if finding.code == "unless_without_effect":
        return replace(rules, counts=replace(rules.counts, unless=None))
    return without(rules, finding.clauses[0])


def check(rules: Data, records: list[Data]) -> None:
    shop = workshop_of(rules)
    if shop is None:
        return
    for finding in clauses_without_effect(shop):
        if finding.code in WITHOUT_EFFECT:
            told = list(unlike(shop, lacking(shop.rules, finding), rules, records))
            assert told == [], finding


@settings(max_examples=3, deadline=None, derandomize=True, suppress_health_check=[*HealthCheck])
@given(rule_sets(), RECORDS)
def test_a_clause_without_effect_decides_no_record(rules: Data, records: list[Data]) -> None:
    check(rules, records)


@pytest.mark.slow
@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=[*HealthCheck])
@given(rule_sets(), RECORDS)
def test_a_clause_without_effect_decides_none_of_many(rules: Data, records: list[Data]) -> None:
    check(rules, records)
