"""Walking a rule set's conditions, and what they ask of terms."""

from collections.abc import Iterable, Iterator

from app.domain.dlt.rule import AllOf, AnyOf, Condition, InGroup, IsTerm, Not, RuleSet


def conditions_in(rules: RuleSet) -> Iterator[Condition]:
    """Every condition of every clause, however deep it stands."""
    of_exceptions = (part for clause in rules.exceptions for part in (clause.when, clause.limit))
    return conditions_within(
        (rules.counts.unless, *(criterion.when for criterion in rules.criteria), *of_exceptions)
    )


def conditions_within(conditions: Iterable[Condition | None]) -> Iterator[Condition]:
    """These conditions and every one within them, however deep it stands."""
    pending = list(conditions)
    while pending:
        condition = pending.pop()
        if condition is None:
            continue
        yield condition
        match condition:
            case AllOf():
                pending.extend(condition.all)
            case AnyOf():
                pending.extend(condition.any)
            case Not():
                pending.append(condition.negated)
            case _:
                pass


def asked_of_terms(rules: RuleSet) -> tuple[frozenset[str], frozenset[str]]:
    """The groups and the terms that any clause asks for."""
    conditions = tuple(conditions_in(rules))
    groups = frozenset(each.group for each in conditions if isinstance(each, InGroup))
    return groups, frozenset(each.term for each in conditions if isinstance(each, IsTerm))
