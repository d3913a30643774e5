"""Less to evaluate, with the same answers: idle facts, absorbed parts, signatures judged alike.

Nothing here knows a rule. What is left out could not have changed the instant at which a formula
becomes true, whatever the other parts are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.dlt import formula as f
from app.domain.dlt.clock import Clock

Idle = Mapping[int, tuple[tuple[int, int, NDArray[np.bool_]], ...]]
"""By fact: other facts and their values (1 or -1) that make it idle, and for which signatures."""
ByGrade = tuple[tuple[f.Judgement, ...], ...]
"""Judgements, by signature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Classes:
    """Signatures whose runs at one grade are judged by the same formula."""

    of_signature: NDArray[np.int16]
    """The class of each signature; last, that of an unknown one: -1."""
    common: tuple[f.Formula, ...]
    """What the formulas of all classes ask for alike, and no time changes: asked once for all."""
    formulas: tuple[f.Formula, ...]
    """What each class asks for besides."""
    asking: Mapping[Clock, tuple[int, ...]]
    """By clock: the classes that ask for it."""


def classes_of(judgements: ByGrade, grade: int) -> Classes:
    """Join the criteria at a grade, for each signature, and number what is different."""
    numbers: dict[str, int] = {}
    formulas: list[f.Formula] = []
    of_signature = []
    for judged in judgements:
        formula = factored(lean(f.some(*(each.whole for each in judged if each.grade == grade))))
        number = numbers.setdefault(key(formula), len(formulas))
        if number == len(formulas):
            formulas.append(formula)
        of_signature.append(number)
    numbered = np.array([*of_signature, -1], dtype=np.int16)
    common = _common(formulas)
    rests = tuple(_without(formula, common) for formula in formulas)
    asking: dict[Clock, tuple[int, ...]] = {}
    for number, formula in enumerate(rests):
        for clock in {part.clock for part in f.walk(formula) if isinstance(part, f.Exceeded)}:
            asking[clock] = (*asking.get(clock, ()), number)
    return Classes(
        of_signature=numbered, common=tuple(common.values()), formulas=rests, asking=asking
    )


def _common(formulas: Sequence[f.Formula]) -> dict[str, f.Formula]:
    """The settled parts, by key, that are in every formula but those which are never true."""
    each = [_parts(formula) for formula in formulas if formula is not f.FALSE]
    first = each[0] if each else {}
    return {
        text: part
        for text, part in first.items()
        if f.is_settled(part) and all(text in parts for parts in each)
    }


def _parts(formula: f.Formula) -> dict[str, f.Formula]:
    """What has to be true together, by key."""
    parts = formula.parts if isinstance(formula, f.Every) else (formula,)
    return {key(part): part for part in parts}


def _without(formula: f.Formula, common: Mapping[str, f.Formula]) -> f.Formula:
    """What a formula asks for besides."""
    if formula is f.FALSE:
        return formula
    return f.every(*(part for text, part in _parts(formula).items() if text not in common))


def factored(formula: f.Formula) -> f.Formula:
    """`(a and b) or (a and c)` as `a and (b or c)`: the same instants, for both bounds."""
    if not isinstance(formula, f.Some):
        return formula
    each = [_parts(part) for part in formula.parts]
    shared = {text: part for text, part in each[0].items() if all(text in parts for parts in each)}
    return f.every(*shared.values(), f.some(*(_without(part, shared) for part in formula.parts)))


def key(formula: f.Formula) -> str:
    """The same text for formulas that say the same."""
    match formula:
        case f.Every() | f.Some():
            parts = ", ".join(sorted(key(part) for part in formula.parts))
            return f"{type(formula).__name__}({parts})"
        case f.Exceeded():
            return f"Exceeded({formula.clock})"
        case _:
            return repr(formula)


def lean(formula: f.Formula) -> f.Formula:
    """The formula without repeated and absorbed parts.

    `a and (a or b)` is `a`, which holds of instants as of truths: the latest of a and the
    earliest of a and b is a.
    """
    if not isinstance(formula, f.Every | f.Some):
        return formula
    join, other = (f.every, f.Some) if isinstance(formula, f.Every) else (f.some, f.Every)
    parts = {key(part): part for part in (lean(each) for each in formula.parts)}
    return join(
        *(
            part
            for part in parts.values()
            if not (isinstance(part, other) and any(key(inner) in parts for inner in part.parts))
        )
    )


#: Of a formula that asks for more facts than this, none is taken to be idle: finding out costs
#: more than it saves.
MOST_FACTS_WEIGHED = 12


def idle_facts(judgements: ByGrade, asked: NDArray[np.bool_]) -> Idle:
    """Which facts no longer matter once another is known.

    Clinical significance, for one, when the event is no laboratory finding. `asked` has the
    shape (signatures, facts).
    """
    count = asked.shape[1]
    left = {(other, value): np.zeros_like(asked) for other in range(count) for value in (1, -1)}
    for row, judged in enumerate(judgements):
        for each in judged:
            _leave(left, row, each.whole)
    found: dict[int, tuple[tuple[int, int, NDArray[np.bool_]], ...]] = {}
    for (other, value), remaining in left.items():
        for fact in range(count):
            idle = asked[:, fact] & ~remaining[:, fact]
            if fact != other and idle.any():
                found[fact] = (*found.get(fact, ()), (other, value, idle))
    return found


def _leave(
    left: Mapping[tuple[int, int], NDArray[np.bool_]], row: int, formula: f.Formula
) -> None:
    """Mark the facts that a formula still asks for when another is known."""
    present = f.facts_in(formula)
    weighed = present if len(present) <= MOST_FACTS_WEIGHED else frozenset()
    for (other, value), remaining in left.items():
        asked = f.facts_in(f.given(formula, other, value > 0)) if other in weighed else present
        remaining[row, sorted(asked)] = True
