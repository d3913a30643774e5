"""Formulas: what a rule set asks of one judged run, ready to be evaluated in columns.

A formula is built for the terms of one *signature* (the same answers to every question about the
term), so what those answers decide is gone from it. Every node is monotone in time: what has
become true stays true, since a limit that is exceeded stays exceeded. A node is therefore known by
the instant at which it becomes true; `all` is the latest of its parts, `any` the earliest.
"""

from dataclasses import dataclass

from app.domain.dlt.clock import Clock
from app.domain.time import Limit


@dataclass(frozen=True, slots=True, eq=False)
class Constant:
    """Always or never true."""

    value: bool


@dataclass(frozen=True, slots=True, eq=False)
class FactHolds:
    """A fact of the event (a row of `Columns.facts`), or its negation."""

    fact: int
    value: bool


@dataclass(frozen=True, slots=True, eq=False)
class Joins:
    """Another event is there at the same time: a fact that holds from an instant on."""

    fact: int


@dataclass(frozen=True, slots=True, eq=False)
class Lapsed:
    """From the start of the run so much time has passed without a fact that holds in time."""

    fact: int
    limit: Limit


@dataclass(frozen=True, slots=True, eq=False)
class IsNth:
    """The run is the N-th or a later one at a grade: a fact that holds from a step on."""

    fact: int
    grade: int


@dataclass(frozen=True, slots=True, eq=False)
class RunReaches:
    """The run reaches a grade, from the recorded time of the first change that shows it."""

    grade: int


@dataclass(frozen=True, slots=True, eq=False)
class RunRises:
    """The run reaches so many grades above the baseline, as `RunReaches` does a grade."""

    by: int


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """The run's onset lies in a window."""


@dataclass(frozen=True, slots=True, eq=False)
class Reached:
    """The grade of the judged run is reached, at the recorded time of its first change."""


@dataclass(frozen=True, slots=True, eq=False)
class Exceeded:
    """A clock exceeds its limit."""

    clock: Clock


class Joined:
    """Joined parts: what never changes (`settled`) apart from what depends on time (`timed`)."""

    __slots__ = ("parts", "settled", "timed")

    def __init__(self, parts: "tuple[Formula, ...]") -> None:
        self.parts = parts
        self.settled = tuple(part for part in parts if is_settled(part))
        self.timed = tuple(part for part in parts if not is_settled(part))


class Every(Joined):
    """All parts are true."""

    __slots__ = ()


class Some(Joined):
    """At least one part is true."""

    __slots__ = ()


Formula = (
    Constant
    | FactHolds
    | Joins
    | Lapsed
    | IsNth
    | RunReaches
    | RunRises
    | Counted
    | Reached
    | Exceeded
    | Every
    | Some
)

TRUE, FALSE = Constant(True), Constant(False)


def is_settled(formula: Formula) -> bool:
    """Whether a formula never changes with time."""
    if isinstance(formula, Every | Some):
        return not formula.timed
    return isinstance(formula, Constant | FactHolds | Counted)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExceptionPart:
    """An exception beside one criterion: when it concerns the run, and how it may be broken."""

    clause: str
    not_concerned: Formula
    broken: Formula
    concerns: Formula | None
    """Where its limit replaces the criterion's; None where it only exempts."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judgement:
    """One criterion for one signature: the runs at `grade` that are DLTs, and why.

    `whole` is what is decided; the other formulas are its parts, for the explanation.
    """

    criterion: str
    grade: int
    counts: Formula
    when: Formula
    own: Formula
    exceptions: tuple[ExceptionPart, ...]
    whole: Formula
    clocks: tuple[Exceeded, ...]
    """Every clock in it."""


def every(*parts: Formula) -> Formula:
    """Conjunction, without what decides nothing."""
    return _join(parts, Every, TRUE, FALSE)


def some(*parts: Formula) -> Formula:
    """Disjunction, without what decides nothing."""
    return _join(parts, Some, FALSE, TRUE)


def _join(
    parts: tuple[Formula, ...],
    kind: type[Every] | type[Some],
    neutral: Constant,
    absorbing: Constant,
) -> Formula:
    kept: list[Formula] = []
    for part in parts:
        if isinstance(part, Constant):
            if part.value is absorbing.value:
                return absorbing
        elif isinstance(part, kind):
            kept.extend(part.parts)
        else:
            kept.append(part)
    if not kept:
        return neutral
    return kept[0] if len(kept) == 1 else kind(tuple(kept))


def judgement(
    criterion: str,
    grade: int,
    counts: Formula,
    when: Formula,
    own: Formula,
    exceptions: tuple[ExceptionPart, ...],
) -> Judgement:
    """A criterion of its parts, beside the exceptions that may concern the run."""
    kept = [some(part.not_concerned, part.broken) for part in exceptions if part.concerns is None]
    general = every(own, *(part.not_concerned for part in exceptions if part.concerns is not None))
    replaced = [
        every(Reached(), part.concerns, part.broken)
        for part in exceptions
        if part.concerns is not None
    ]
    whole = every(counts, when, some(general, *replaced), *kept)
    return Judgement(
        criterion=criterion,
        grade=grade,
        counts=counts,
        when=when,
        own=own,
        exceptions=exceptions,
        whole=whole,
        clocks=tuple(node for node in walk(whole) if isinstance(node, Exceeded)),
    )


def walk(formula: Formula) -> "tuple[Formula, ...]":
    """The formula and everything in it."""
    if isinstance(formula, Every | Some):
        return (formula, *(inner for part in formula.parts for inner in walk(part)))
    return (formula,)


def given(formula: Formula, fact: int, value: bool) -> Formula:
    """The formula where a fact is known."""
    match formula:
        case FactHolds():
            if formula.fact != fact:
                return formula
            return TRUE if formula.value is value else FALSE
        case Joins():
            return FALSE if formula.fact == fact and not value else formula
        case Lapsed():
            return FALSE if formula.fact == fact and value else formula
        case Every():
            return every(*(given(part, fact, value) for part in formula.parts))
        case Some():
            return some(*(given(part, fact, value) for part in formula.parts))
        case _:
            return formula


def facts_in(formula: Formula) -> frozenset[int]:
    """The facts that a formula asks for."""
    return frozenset(
        part.fact for part in walk(formula) if isinstance(part, FactHolds | Joins | Lapsed | IsNth)
    )


def asked_both_ways(*formulas: Formula) -> frozenset[int]:
    """The facts that help one part of the formulas if they hold, and another if they do not."""
    helps: dict[bool, set[int]] = {True: set(), False: set()}
    for part in (inner for each in formulas for inner in walk(each)):
        match part:
            case FactHolds():
                helps[part.value].add(part.fact)
            case Joins():
                helps[True].add(part.fact)
            case Lapsed():
                helps[False].add(part.fact)
            case IsNth():  # it has two instants: from which on it may be so, and surely is
                helps[True].add(part.fact)
                helps[False].add(part.fact)
            case _:
                pass
    return frozenset(helps[True] & helps[False])
