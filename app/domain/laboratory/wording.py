"""Criteria and thresholds in words."""

from decimal import Context, Decimal
from fractions import Fraction
from typing import Final, assert_never

from app.domain.laboratory.criteria import (
    Absolute,
    Clause,
    Edge,
    Limit,
    Multiple,
    Offset,
    Percent,
    Threshold,
)
from app.domain.laboratory.evaluate import Reason
from app.domain.laboratory.ladder import Apart, Changed, Number, OutOfReach, Test, Times

EDGES: Final = {
    Edge.BELOW: "below",
    Edge.AT_MOST: "at most",
    Edge.ABOVE: "above",
    Edge.AT_LEAST: "at least",
}


NOTHING: Final = {
    Reason.VALUE_MISSING: "Nothing can be graded: there is no value.",
    Reason.VALUE_UNREADABLE: "Nothing can be graded: the value cannot be read.",
    Reason.VALUE_NEGATIVE: "Nothing can be graded: the value is negative.",
    Reason.CHILD: "Nothing can be graded: the criteria are for adults, not for a child.",
}
"""Why there is nothing to grade."""

_EXACT: Final = Context(prec=200)


def number(value: Fraction | Decimal) -> str:
    """A number as people write it; one that no decimal can state, to six digits."""
    exact = Fraction(value)
    rest = exact.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return f"{float(exact):.6g}"
    text = format(_EXACT.divide(Decimal(exact.numerator), Decimal(exact.denominator)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def clause(written: Clause) -> str:
    """A clause as one phrase: its thresholds, then its conditions."""
    parts = [f"{EDGES[edge]} {threshold(each)}" for edge, each in written.bounds]
    if written.baseline is not None:
        article = "a" if written.baseline == "normal" else "an"
        parts.append(f"with {article} {written.baseline} baseline")
    numeric = bool(parts)
    phrase = ", ".join(parts)
    if written.given:
        told = " and ".join(fact.replace("_", " ") for fact in written.given)
        phrase = f"{phrase}, given {told}" if numeric else told
    if written.unless:
        phrase += f", unless {' or '.join(fact.replace('_', ' ') for fact in written.unless)}"
    return phrase


def threshold(written: Threshold) -> str:
    """A threshold as the criteria have it."""
    match written:
        case Absolute():
            return " or ".join(
                number(at) if unit == "1" else f"{number(at)} {unit}"
                for unit, at in written.printed
            )
        case Multiple():
            if written.factor == 1:
                return str(written.of)
            return f"{number(written.factor)} x {written.of}"
        case Offset():
            sign = "-" if written.amount < 0 else "+"
            return f"{written.of} {sign} {number(abs(written.amount))} {written.unit}"
        case Percent():
            sign = "-" if written.change < 0 else "+"
            return f"{Limit.BASELINE} {sign} {number(abs(written.change))} %"
        case _:
            assert_never(written)


def place(test: Test, limit: Fraction | None) -> Fraction | None:
    """Where a threshold lies in the unit of the result; None where that cannot be said."""
    match test:
        case Number():
            return test.at
        case OutOfReach():
            return None
        case Times():
            return None if limit is None else limit * test.factor
        case Apart():
            return None if limit is None else limit + test.amount
        case Changed():
            return None if limit is None else limit * (1 + test.percent / 100)
        case _:
            assert_never(test)
