"""What was not told about a result and could change its grade."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.domain.laboratory.criteria import Limit
from app.domain.laboratory.evaluate import Reason
from app.domain.laboratory.evidence import Evidence
from app.domain.laboratory.ladder import OutOfReach, Rung
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


def missing_of(row: Row, place: int, seen: Evidence) -> tuple[Missing, ...]:
    """What was not told and could change the answer, the most basic first.

    `place` is that of the row among those that were seen.
    """
    return tuple(_missing(row, place, seen))


def value_missing(reason: Reason) -> tuple[Missing, ...]:
    """What is missing where there is no value that could be graded."""
    if reason is Reason.CHILD:
        return ()
    return (Missing(field="value", text="Send the value as a number in a known unit."),)


def _missing(row: Row, place: int, seen: Evidence) -> Iterator[Missing]:
    found = seen.found
    if found.low[place] == found.high[place]:
        return
    low, high = int(found.number_low[place]), int(found.number_high[place])
    higher = [
        (rung, bool(numbers.open[place]))
        for (rung, truth), (_, numbers) in zip(seen.honest, seen.numbers, strict=True)
        if rung.grade > low and truth.open[place]
    ]
    yield from _missing_numbers(
        row, place, seen, [rung for rung, by_number in higher if by_number]
    )
    asked: dict[str, int] = {}
    for rung, _ in higher:
        for fact in (*rung.clause.given, *rung.clause.unless):
            asked.setdefault(fact, rung.grade)
    for each, fact in seen.ladder.facts:
        if max(high, low, int(found.grade[place])) < each <= int(found.high[place]):
            asked.setdefault(fact, each)
    for fact, each in asked.items():
        if fact not in row.facts:
            yield Missing(field=f"facts.{fact}", text=f"It decides whether the grade is {each}.")


def _missing_numbers(row: Row, place: int, seen: Evidence, rungs: list[Rung]) -> Iterator[Missing]:
    if any(isinstance(test, OutOfReach) for rung in rungs for test in rung.tests):
        yield Missing(field="unit", text="A known unit decides what the numbers mean.")
    for limit, (field, name) in _LIMITS.items():
        if any(lacking(rung, limit, seen.rows)[place] for rung in rungs):
            yield Missing(field=field, text=f"Thresholds are told from {name}.")
    if isinstance(row.value, Bounds) and rungs:
        yield Missing(field="value", text="Only bounds of the value are known.")
