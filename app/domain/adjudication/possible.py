"""Which answers to several facts one record can give: 38 degrees are not both above and below."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from app.domain.dlt.asked import TimedIntervention
from app.domain.dlt.facts import NO, YES, Fact
from app.domain.dlt.number import NumberBound


def are_independent(facts: Sequence[Fact]) -> bool:
    """Whether any answers to these facts can be given together."""
    numbers = [fact.number.name for fact in facts if fact.number is not None]
    return len(set(numbers)) == len(numbers) and not any(
        _implies(one, other) for one in facts for other in facts
    )


def is_possible(facts: Sequence[Fact], answers: Sequence[int]) -> bool:
    """Whether some record answers the facts so; each answer is YES or NO."""
    told = list(zip(facts, answers, strict=True))
    for fact, answer in told:
        if answer == YES and any(other == NO and _implies(fact, wide) for wide, other in told):
            return False
    return all(number_for(name, facts, answers) is not None for name in numbers_of(facts))


def numbers_of(facts: Sequence[Fact]) -> list[str]:
    """The names of the numbers that are asked for, each once."""
    named = (fact.number.name for fact in facts if fact.number is not None)
    return list(dict.fromkeys(named))


def number_for(name: str, facts: Sequence[Fact], answers: Sequence[int]) -> Decimal | None:
    """A number of this name that gives every answer that is asked of it; None where none does."""
    asked = [
        (fact.number, answer == YES)
        for fact, answer in zip(facts, answers, strict=True)
        if fact.number is not None and fact.number.name == name
    ]
    bounds = sorted({_limit_of(bound) for bound, _ in asked})
    return next(
        (
            each
            for each in _between(bounds)
            if all(bound.holds(each) is holds for bound, holds in asked)
        ),
        None,
    )


def _limit_of(bound: NumberBound) -> Decimal:
    told = (bound.above, bound.at_least, bound.below, bound.at_most)
    return next(each for each in told if each is not None)


def _between(bounds: Sequence[Decimal]) -> Iterator[Decimal]:
    """Each bound, a number between any two neighbours, and one beyond each end."""
    yield from bounds
    yield bounds[0] - 1
    yield from ((low + high) / 2 for low, high in pairwise(bounds))
    yield bounds[-1] + 1


def _implies(narrow: Fact, wide: Fact) -> bool:
    """Whether one of two facts holds wherever the other does, by what they are about."""
    if narrow.timed is not None and wide.kind == "intervention":
        return wide.subject == (narrow.timed.kind,)
    if narrow.kind != wide.kind or narrow is wide:
        return False
    if narrow.timed is not None and wide.timed is not None:
        at_one_grade = narrow.while_grade == wide.while_grade
        return at_one_grade and _is_stricter(narrow.timed, wide.timed)
    if narrow.kind == "serious":
        return wide.subject == ("any",)
    return narrow.kind == "alternative_cause" and set(narrow.subject) <= set(wide.subject)


def _is_stricter(one: TimedIntervention, other: TimedIntervention) -> bool:
    """Whether interventions that keep one limit surely keep the other. Days and hours differ."""
    if one.kind != other.kind or (one.limit.days is None) is not (other.limit.days is None):
        return False
    if one.within is not None:
        return one.limit.microseconds <= other.limit.microseconds
    return _length(one) >= _length(other)


def _length(asked: TimedIntervention) -> tuple[int, bool]:
    return asked.limit.microseconds, asked.longer_than is not None
