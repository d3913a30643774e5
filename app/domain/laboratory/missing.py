"""What was not told about a result and could change its grade."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.domain.laboratory.assembly import exact_columns
from app.domain.laboratory.columns import Columns
from app.domain.laboratory.criteria import Limit
from app.domain.laboratory.evaluate import Reason, conditioned, grade, truths_of
from app.domain.laboratory.ladder import Ladder, OutOfReach, Rung
from app.domain.laboratory.policy import Policy
from app.domain.laboratory.reading import Bounds, Row
from app.domain.laboratory.truth import lacking

_LIMITS = {
    Limit.ULN: ("uln", "the upper limit of normal"),
    Limit.LLN: ("lln", "the lower limit of normal"),
    Limit.BASELINE: ("baseline", "the baseline value"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A datum that was not told and could change the answer."""

    field: str
    text: str


def missing_of(row: Row, ladder: Ladder, policy: Policy) -> tuple[Missing, ...]:
    """What was not told and could change the answer, the most basic first."""
    if row.not_gradable is Reason.CHILD:
        return ()
    if row.not_gradable is not None:
        return (Missing(field="value", text="Send the value as a number in a known unit."),)
    return tuple(_missing(row, ladder, policy))


def _missing(row: Row, ladder: Ladder, policy: Policy) -> Iterator[Missing]:
    rows = exact_columns([row])
    found = grade(rows, ladder, policy)
    if found.low[0] == found.high[0]:
        return
    low, high = int(found.number_low[0]), int(found.number_high[0])
    truths = truths_of(rows, ladder, policy)
    higher = [
        (rung, bool(numbers.open[0]))
        for (rung, truth), (_, numbers) in zip(
            conditioned(rows, truths, ladder, policy.honest), truths, strict=True
        )
        if rung.grade > low and truth.open[0]
    ]
    yield from _missing_numbers(row, rows, [rung for rung, by_number in higher if by_number])
    asked: dict[str, int] = {}
    for rung, _ in higher:
        for fact in (*rung.clause.given, *rung.clause.unless):
            asked.setdefault(fact, rung.grade)
    for each, fact in ladder.facts:
        if max(high, low, int(found.grade[0])) < each <= int(found.high[0]):
            asked.setdefault(fact, each)
    for fact, each in asked.items():
        if fact not in row.facts:
            yield Missing(field=f"facts.{fact}", text=f"It decides whether the grade is {each}.")


def _missing_numbers(row: Row, rows: Columns, rungs: list[Rung]) -> Iterator[Missing]:
    if any(isinstance(test, OutOfReach) for rung in rungs for test in rung.tests):
        yield Missing(field="unit", text="A known unit decides what the numbers mean.")
    for limit, (field, name) in _LIMITS.items():
        if any(lacking(rung, limit, rows)[0] for rung in rungs):
            yield Missing(field=field, text=f"Thresholds are told from {name}.")
    if isinstance(row.value, Bounds) and rungs:
        yield Missing(field="value", text="Only bounds of the value are known.")
