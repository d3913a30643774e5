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
    known: dict[tuple[f.Formula, ...], int] = {}
    of_signature = []
    for judged in judgements:
        wholes = tuple(each.whole for each in judged if each.grade == grade)
        if wholes not in known:
            formula = factored(lean(f.some(*wholes)))
            known[wholes] = numbers.setdefault(key(formula), len(formulas))
            if known[wholes] == len(formulas):
                formulas.append(formula)
        of_signature.append(known[wholes])
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
_VALUES = (1, -1)


def idle_facts(judgements: ByGrade, asked: NDArray[np.bool_]) -> Idle:
    """Which facts no longer matter once another is known.

    Clinical significance, for one, when the event is no laboratory finding. `asked` has the
    shape (signatures, facts).
    """
    signatures, count = asked.shape
    left = np.zeros((len(_VALUES), count, signatures, count), dtype=np.bool_)
    for whole, rows in _by_formula(judgements).items():
        left[:, :, rows] |= _left(whole, count)[:, :, np.newaxis]
    found: dict[int, tuple[tuple[int, int, NDArray[np.bool_]], ...]] = {}
    for other in range(count):
        for place, value in enumerate(_VALUES):
            idle = asked & ~left[place, other]
            for fact in np.flatnonzero(idle.any(axis=0)).tolist():
                if fact != other:
                    found[fact] = (*found.get(fact, ()), (other, value, idle[:, fact]))
    return found


def _by_formula(judgements: ByGrade) -> dict[f.Formula, list[int]]:
    """The signatures that are judged by each formula."""
    found: dict[f.Formula, list[int]] = {}
    for row, judged in enumerate(judgements):
        for each in judged:
            found.setdefault(each.whole, []).append(row)
    return found


def _left(formula: f.Formula, count: int) -> NDArray[np.bool_]:
    """Which facts a formula still asks for when another has a value. Shape (values, facts, facts):
    the second is the one that is known.
    """
    present = f.facts_in(formula)
    left = np.zeros((len(_VALUES), count, count), dtype=np.bool_)
    left[:, :, sorted(present)] = True
    for other in present if len(present) <= MOST_FACTS_WEIGHED else ():
        for place, value in enumerate(_VALUES):
            asked = f.facts_in(f.given(formula, other, value > 0))
            left[place, other] = False
            left[place, other, sorted(asked)] = True
    return left
