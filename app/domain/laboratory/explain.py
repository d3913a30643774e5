"""Why a result has its grade: the clause that decides, and what was assumed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from app.domain.laboratory import wording
from app.domain.laboratory.assembly import exact_columns
from app.domain.laboratory.catalogue import Catalogue
from app.domain.laboratory.columns import MISSING, Columns, Range
from app.domain.laboratory.evaluate import NO_GRADE, Graded, as_normal, conditioned, truths_of
from app.domain.laboratory.evaluate import grade as graded
from app.domain.laboratory.ladder import (
    Apart,
    Changed,
    Ladder,
    Rung,
    Test,
    Times,
    UnitState,
    ladder_of,
    systems_of,
)
from app.domain.laboratory.policy import Policy
from app.domain.laboratory.reading import Finding, Row
from app.domain.laboratory.truth import limit_of, normal_baseline


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """The clause that decides, where its threshold lies, and what was taken for granted.

    `threshold` is in `unit`, that of the result, as text, since it is exact. With grade 0 and
    with no grade, the clause is the nearest that is not surely met.
    """

    clause: str
    threshold: str | None
    unit: str | None
    conversion: str | None
    assumptions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decided:
    by: Rung | tuple[int, str]
    """A clause with numbers, or the grade and the fact of one without."""
    rows: Columns
    assumptions: tuple[str, ...] = ()
    open: bool = False
    """Whether it is open that the clause is met."""


def explained(
    row: Row, ladder: Ladder, grade: int | None, catalogue: Catalogue, policy: Policy
) -> tuple[Because, tuple[Finding, ...]]:
    """The reason of a grade, and findings that only show once there is one."""
    if row.not_gradable is not None:
        return Because(
            clause=wording.NOTHING[row.not_gradable],
            threshold=None,
            unit=None,
            conversion=None,
            assumptions=(),
        ), ()
    rows = exact_columns([row])
    found = graded(rows, ladder, policy)
    decided = _decided(row, rows, ladder, grade, found, policy)
    because = _because(decided, tuple(_taken(row, ladder)), ladder, grade, catalogue)
    return because, tuple(_other_systems(rows, ladder, found, catalogue, policy))


def _decided(
    row: Row, rows: Columns, ladder: Ladder, grade: int | None, found: Graded, policy: Policy
) -> _Decided:
    """The rung or fact that gives the grade, and what had to be assumed for it."""
    strict = replace(policy, missing_baseline="none", open_grade="none")
    without = tuple(_without(row, rows, ladder, grade or 0, policy))

    def told(rows: Columns, ladder: Ladder) -> bool:
        return int(graded(rows, ladder, strict).grade[0]) == grade

    if grade is None or found.low[0] == found.high[0] or told(rows, ladder):
        return _by(row, rows, ladder, grade, policy, without)
    normal, left = as_normal(rows, ladder)
    if policy.missing_baseline == "as_normal" and told(normal, left):
        stated = row.baseline_range
        name = stated.name.lower()
        reported = "not known" if stated is Range.UNSTATED else f"reported as {name} alone"
        taken = f"The baseline is {reported}; the grade is that of a normal one."
        return _by(row, normal, left, grade, policy, (taken, *without))
    taken = f"The {policy.open_grade} grade that is possible was taken, as the policy says."
    return _nearest(rows, ladder, None, policy, (taken,))


def _by(
    row: Row,
    rows: Columns,
    ladder: Ladder,
    grade: int | None,
    policy: Policy,
    assumptions: tuple[str, ...],
) -> _Decided:
    """What gives the grade: a number alone, a fact that was told, a number under assumptions."""
    if not grade:
        return _nearest(rows, ladder, grade, policy, assumptions)
    for rung in _met(rows, ladder, grade, policy.honest):
        return _Decided(by=rung, rows=rows, assumptions=assumptions)
    for fact in ladder.facts:
        if fact[0] == grade and row.facts.get(fact[1]):
            return _Decided(by=fact, rows=rows, assumptions=assumptions)
    rung = next(_met(rows, ladder, grade, policy))
    return _Decided(by=rung, rows=rows, assumptions=(*_assumed(rung, row), *assumptions))


def _met(rows: Columns, ladder: Ladder, grade: int, policy: Policy) -> Iterator[Rung]:
    truths = truths_of(rows, ladder, policy)
    for rung, truth in conditioned(rows, truths, ladder, policy):
        if rung.grade == grade and truth.sure[0]:
            yield rung


def _nearest(
    rows: Columns,
    ladder: Ladder,
    grade: int | None,
    policy: Policy,
    assumptions: tuple[str, ...],
) -> _Decided:
    """The lowest clause that is open; with grade 0, the lowest that is written for the baseline.

    One that only a fact keeps from being met counts as open too.
    """
    truths = truths_of(rows, ladder, policy)
    if grade is None:
        for rung, truth in conditioned(rows, truths, ladder, policy.honest):
            if truth.open[0]:
                return _Decided(by=rung, rows=rows, assumptions=assumptions, open=True)
    normal = normal_baseline(rows, above_uln_only=policy.abnormal_baseline == "above_uln")
    other = {"normal": not normal.possible[0], "abnormal": bool(normal.sure[0]), None: False}
    meant = [rung for rung in ladder.rungs if not other[rung.clause.baseline]]
    return _Decided(by=meant[0], rows=rows, assumptions=assumptions, open=grade is None)


def _taken(row: Row, ladder: Ladder) -> Iterator[str]:
    if ladder.state is UnitState.MISSING:
        yield "The unit is missing and was taken as that of the limits."
    if ladder.state is UnitState.UNKNOWN:
        yield "The unit is not known and was taken as that of the limits."
    asked = ladder.baseline_matters and row.baseline is not None
    if asked and row.baseline_range is Range.UNSTATED:
        yield "Whether the baseline was normal was told from the limits given here."


def _assumed(rung: Rung, row: Row) -> Iterator[str]:
    for assumed, facts in (
        ("It was assumed, as the worst, that this holds", rung.clause.given),
        ("It was assumed that this does not hold", rung.clause.unless),
    ):
        for fact in facts:
            if fact not in row.facts:
                yield f"{assumed}: {fact.replace('_', ' ')}."


def _without(row: Row, rows: Columns, ladder: Ladder, grade: int, policy: Policy) -> Iterator[str]:
    """What the policy took to be absent, so that no higher grade is reached."""
    truths = truths_of(rows, ladder, policy)
    absent: dict[str, None] = {}
    for (rung, may), (_, does) in zip(
        conditioned(rows, truths, ladder, policy.honest),
        conditioned(rows, truths, ladder, policy),
        strict=True,
    ):
        if rung.grade > grade and may.possible[0] and not does.possible[0]:
            absent |= {fact: None for fact in rung.clause.given if fact not in row.facts}
    for fact in absent:
        yield f"It was assumed that this does not hold: {fact.replace('_', ' ')}."


def _because(
    decided: _Decided,
    taken: tuple[str, ...],
    ladder: Ladder,
    grade: int | None,
    catalogue: Catalogue,
) -> Because:
    source = f"{catalogue.criteria.title}: {ladder.term.term}"
    assumptions = (*taken, *decided.assumptions)
    if isinstance(decided.by, tuple):
        reached, fact = decided.by
        return Because(
            clause=f"{source}, grade {reached}: {fact.replace('_', ' ')}, as reported.",
            threshold=None,
            unit=None,
            conversion=None,
            assumptions=assumptions,
        )
    rung = decided.by
    phrase = wording.clause(rung.clause)
    if decided.open:
        told = f"{source}: it is open whether grade {rung.grade} is met, which asks for {phrase}."
    elif grade == 0:
        told = f"{source}: no clause is met; the nearest, grade {rung.grade}, asks for {phrase}."
    else:
        told = f"{source}, grade {rung.grade}, clause {rung.number}: {phrase}."
    places = [wording.place(test, _limit(test, decided.rows)) for test in rung.tests]
    known = [each for each in places if each is not None]
    return Because(
        clause=told,
        threshold=wording.number(known[-1]) if known else None,
        unit=None if ladder.unit is None else ladder.unit.symbol,
        conversion=_conversion(ladder),
        assumptions=assumptions,
    )


def _limit(test: Test, rows: Columns) -> Fraction | None:
    """The limit that a threshold is told from, in the unit of the result."""
    match test:
        case Times() | Apart():
            limit = limit_of(test.of, rows)[0]
        case Changed():
            limit = rows.baseline[0]
        case _:
            return None
    return None if int(limit) == MISSING else Fraction(int(limit), 10**rows.scale)


def _conversion(ladder: Ladder) -> str | None:
    """How printed thresholds came into the unit of the result."""
    told = [
        f"Printed in {each.printed}, moved into {each.unit}"
        + (f" by {each.because}" if each.because else "")
        for each in ladder.conversions
    ]
    return "; ".join(told) + "." if told else None


def _other_systems(
    rows: Columns, ladder: Ladder, found: Graded, catalogue: Catalogue, policy: Policy
) -> Iterator[Finding]:
    """Where the thresholds printed in another system of units would give another answer."""
    unit = ladder.unit
    if unit is None:
        return
    for system in systems_of(ladder.term, ladder.analyte, catalogue.units):
        if system == unit.dimension:
            continue
        other = ladder_of(
            ladder.term,
            ladder.analyte,
            unit,
            catalogue.units,
            symptoms=ladder.symptoms,
            system=system,
        )
        by_other = graded(rows, other, policy)
        if _told(by_other) != _told(found):
            printed = other.conversions[0].printed
            yield Finding(
                code="printed_units_differ",
                message=f"By the thresholds printed in {printed} it would be {_told(by_other)}: "
                "the dictionary rounds its thresholds in each system of units. Those of the "
                "reported unit are used.",
            )


def _told(found: Graded) -> str:
    """A grade with its bounds, in words."""
    grade, low, high = int(found.grade[0]), int(found.low[0]), int(found.high[0])
    told = "no grade" if grade == NO_GRADE else f"grade {grade}"
    return told if low == high else f"{told} (between {low} and {high})"
