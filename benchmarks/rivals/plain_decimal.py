"""Grading as one would write it by hand: a function a term, `if` by `if`, in decimals.

The functions are written from the same criteria, so that nobody mistypes them; each is the
straightforward one, from the highest grade down. They tell a grade and nothing else: no bounds,
no reason, no clause. Where an input is missing that a clause asks for, they tell none.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, NamedTuple, assert_never

from app.domain.laboratory.catalogue import Catalogue
from app.domain.laboratory.columns import Range
from app.domain.laboratory.criteria import Edge, Limit
from app.domain.laboratory.ladder import Apart, Changed, Ladder, Number, OutOfReach, Test, Times
from app.domain.laboratory.policy import ANTICOAGULATION
from app.domain.laboratory.reading import Bounds, Row


class Plain(NamedTuple):
    """One result as plain values; `normal` is where the baseline was reported to lie."""

    ladder: int
    value: Decimal
    lln: Decimal | None
    uln: Decimal | None
    baseline: Decimal | None
    normal: bool | None
    percent: Decimal | None
    facts: Mapping[str, bool]


Grade = Callable[
    [
        Decimal,
        Decimal | None,
        Decimal | None,
        Decimal | None,
        bool | None,
        Decimal | None,
        Mapping[str, bool],
    ],
    int | None,
]
_SIGNS: Final = {Edge.BELOW: "<", Edge.AT_MOST: "<=", Edge.ABOVE: ">", Edge.AT_LEAST: ">="}
_NAMES: Final = {Limit.ULN: "uln", Limit.LLN: "lln", Limit.BASELINE: "baseline"}


def plain(row: Row) -> Plain | None:
    """The row as plain values; None where only bounds of the value are known."""
    if row.value is None or isinstance(row.value, Bounds):
        return None
    stated = row.baseline_range
    return Plain(
        ladder=row.number,
        value=row.value,
        lln=row.lln,
        uln=row.uln,
        baseline=row.baseline,
        normal=None if stated == Range.UNSTATED else stated != Range.HIGH,
        percent=row.percent,
        facts=row.facts,
    )


def grades(rows: list[Plain], functions: Mapping[int, Grade]) -> list[int | None]:
    """The loop."""
    found = []
    for ladder, value, lln, uln, baseline, normal, percent, facts in rows:
        found.append(functions[ladder](value, lln, uln, baseline, normal, percent, facts))
    return found


def functions_of(catalogue: Catalogue) -> dict[int, Grade]:
    """The functions of all ladders, each made ready for its unit as the engine's are."""
    return {number: _function(catalogue.ladder(number)) for number in range(len(catalogue.rules))}


def _function(ladder: Ladder) -> Grade:
    numbers: dict[str, Decimal] = {}
    source = "\n    ".join(
        (
            "def grade(value, lln, uln, baseline, normal, percent, facts):",
            *_body(ladder, numbers),
        )
    )
    names: dict[str, Any] = dict(numbers)
    exec(source, names)
    written: Grade = names["grade"]
    return written


def _body(ladder: Ladder, numbers: dict[str, Decimal]) -> Iterator[str]:
    if ladder.out_of_reach:
        yield "return None"
        return
    yield from _inputs(ladder)
    yield "found = 0"
    word = "if"
    for rung in sorted(ladder.rungs, key=lambda each: -each.grade):
        parts = [_compared(test, numbers) for test in rung.tests]
        if rung.clause.baseline is not None:
            parts.append("normal" if rung.clause.baseline == "normal" else "not normal")
        for fact in rung.clause.given:
            taken = fact in ladder.symptoms or fact == ANTICOAGULATION
            parts.append(f"facts.get({fact!r}, {taken})")
        parts += [f"not facts.get({fact!r})" for fact in rung.clause.unless]
        yield f"{word} {' and '.join(parts)}: found = {rung.grade}"
        word = "elif"
    present = "found"
    if ladder.absent is not None:
        present = f"not {_compared(ladder.absent.tests[0], numbers)}"
    for grade, fact in ladder.facts:
        shown = [f"facts.get({each!r})" for each in sorted(ladder.alone)]
        told = f"facts and facts.get({fact!r}) and ({' or '.join([present, *shown])})"
        yield f"if found < {grade} and {told}: found = {grade}"
    yield "return found"


def _inputs(ladder: Ladder) -> Iterator[str]:
    """What has to be there, and what is told from it."""
    shown = ladder.rungs if ladder.absent is None else (*ladder.rungs, ladder.absent)
    tests = [test for rung in shown for test in rung.tests]
    asked = {_NAMES[test.of] for test in tests if isinstance(test, Times | Apart)}
    for name in sorted(asked):
        yield f"if {name} is None: return None"
    if any(isinstance(test, Changed) for test in tests):
        yield "if percent is None:"
        yield "    if not baseline: return None"
        yield "    percent = (value - baseline) / baseline * 100"
    if ladder.baseline_matters:
        yield "if normal is None:"
        yield "    if baseline is None or uln is None: return None"
        yield "    normal = baseline <= uln"


def _compared(test: Test, numbers: dict[str, Decimal]) -> str:
    def constant(exact: Fraction) -> str:
        name = f"N{len(numbers)}"
        numbers[name] = Decimal(exact.numerator) / Decimal(exact.denominator)
        return name

    sign = _SIGNS[test.edge]
    match test:
        case Number():
            return f"value {sign} {constant(test.at)}"
        case Times():
            times = "" if test.factor == 1 else f"{constant(test.factor)} * "
            return f"value {sign} {times}{_NAMES[test.of]}"
        case Apart():
            return f"value {sign} {_NAMES[test.of]} + {constant(test.amount)}"
        case Changed():
            return f"percent {sign} {constant(test.percent)}"
        case OutOfReach():
            return "False"
        case _:
            assert_never(test)
