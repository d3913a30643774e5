"""Why a result has its grade: the clause that decides, and what was assumed."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from app.domain.laboratory import wording
from app.domain.laboratory.columns import MISSING, Columns, Range
from app.domain.laboratory.evaluate import NO_GRADE, Graded, Reason
from app.domain.laboratory.evidence import Evidence
from app.domain.laboratory.ladder import Apart, Changed, Ladder, Rung, Test, Times, UnitState
from app.domain.laboratory.reading import Finding, Row
from app.domain.laboratory.truth import limit_of


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
    row: Row, place: int, grade: int | None, seen: Evidence, title: str
) -> tuple[Because, tuple[Finding, ...]]:
    """The reason of a grade, and findings that only show once there is one.

    `place` is that of the row among those that were seen; `title` that of the criteria.
    """
    decided = _decided(row, place, grade, seen)
    because = _because(decided, tuple(_taken(row, seen.ladder)), place, grade, seen.ladder, title)
    return because, (*_not_counted(row, place, seen), *_other_systems(place, seen))


def nothing_graded(reason: Reason) -> Because:
    """Why there is no value that could be graded."""
    return Because(
        clause=wording.NOTHING[reason],
        threshold=None,
        unit=None,
        conversion=None,
        assumptions=(),
    )


def _decided(row: Row, place: int, grade: int | None, seen: Evidence) -> _Decided:
    """The rung or fact that gives the grade, and what had to be assumed for it."""
    without = tuple(_without(row, place, grade or 0, seen))
    found = seen.found
    certain = grade is None or found.low[place] == found.high[place]
    if certain or int(seen.strict.grade[place]) == grade:
        return _by(row, place, grade, seen, without)
    as_normal = seen.policy.missing_baseline == "as_normal"
    if as_normal and int(seen.as_normal.strict.grade[place]) == grade:
        stated = row.baseline_range
        name = stated.name.lower()
        reported = "not known" if stated is Range.UNSTATED else f"reported as {name} alone"
        taken = f"The baseline is {reported}; the grade is that of a normal one."
        return _by(row, place, grade, seen.as_normal, (taken, *without))
    taken = f"The {seen.policy.open_grade} grade that is possible was taken, as the policy says."
    return _nearest(place, None, seen, (taken,))


def _by(
    row: Row, place: int, grade: int | None, seen: Evidence, assumptions: tuple[str, ...]
) -> _Decided:
    """What gives the grade: a number alone, a fact that was told, a number under assumptions."""
    if not grade:
        return _nearest(place, grade, seen, assumptions)
    for rung, truth in seen.honest:
        if rung.grade == grade and truth.sure[place]:
            return _Decided(by=rung, rows=seen.rows, assumptions=assumptions)
    for fact in seen.ladder.facts:
        if fact[0] == grade and row.facts.get(fact[1]):
            return _Decided(by=fact, rows=seen.rows, assumptions=assumptions)
    rung = next(rung for rung, truth in seen.assumed if rung.grade == grade and truth.sure[place])
    assumed = (*_assumed(rung, row), *assumptions)
    return _Decided(by=rung, rows=seen.rows, assumptions=assumed)


def _nearest(
    place: int, grade: int | None, seen: Evidence, assumptions: tuple[str, ...]
) -> _Decided:
    """The lowest clause that is open; with grade 0, the lowest that is written for the baseline.

    One that only a fact keeps from being met counts as open too.
    """
    if grade is None:
        for rung, truth in seen.honest:
            if truth.open[place]:
                return _Decided(by=rung, rows=seen.rows, assumptions=assumptions, open=True)
    normal = seen.normal_baseline
    other = {"normal": not normal.possible[place], "abnormal": bool(normal.sure[place])}
    meant = next(
        rung for rung in seen.ladder.rungs if not other.get(rung.clause.baseline or "", False)
    )
    return _Decided(by=meant, rows=seen.rows, assumptions=assumptions, open=grade is None)


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


def _without(row: Row, place: int, grade: int, seen: Evidence) -> Iterator[str]:
    """What the policy took to be absent, so that no higher grade is reached."""
    absent: dict[str, None] = {}
    for (rung, may), (_, does) in zip(seen.honest, seen.assumed, strict=True):
        if rung.grade > grade and may.possible[place] and not does.possible[place]:
            absent |= {fact: None for fact in rung.clause.given if fact not in row.facts}
    for fact in absent:
        yield f"It was assumed that this does not hold: {fact.replace('_', ' ')}."


def _because(
    decided: _Decided,
    taken: tuple[str, ...],
    place: int,
    grade: int | None,
    ladder: Ladder,
    title: str,
) -> Because:
    source = f"{title}: {ladder.term.term}"
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
    places = [wording.place(test, _limit(test, decided.rows, place)) for test in rung.tests]
    known = [each for each in places if each is not None]
    return Because(
        clause=told,
        threshold=wording.number(known[-1]) if known else None,
        unit=None if ladder.unit is None else ladder.unit.symbol,
        conversion=_conversion(ladder),
        assumptions=assumptions,
    )


def _limit(test: Test, rows: Columns, place: int) -> Fraction | None:
    """The limit that a threshold is told from, in the unit of the result."""
    match test:
        case Times() | Apart():
            limit = limit_of(test.of, rows)[place]
        case Changed():
            limit = rows.baseline[place]
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


def _not_counted(row: Row, place: int, seen: Evidence) -> Iterator[Finding]:
    """Facts that were told, and that a normal number leaves without effect."""
    highest = int(seen.found.high[place])
    for grade, fact in seen.ladder.facts:
        if row.facts.get(fact) and grade > highest:
            yield Finding(
                code="fact_not_counted",
                message=f"It was told that this holds: {fact.replace('_', ' ')}. It makes grade "
                f"{grade} of a number that shows {seen.ladder.term.term}, and this one does not.",
            )


def _other_systems(place: int, seen: Evidence) -> Iterator[Finding]:
    """Where the thresholds printed in another system of units would give another answer."""
    for other, found in seen.by_others:
        if _told(found, place) != _told(seen.found, place):
            printed = other.conversions[0].printed
            yield Finding(
                code="printed_units_differ",
                message=f"By the thresholds printed in {printed} it would be "
                f"{_told(found, place)}: the dictionary rounds its thresholds in each system of "
                "units. Those of the reported unit are used.",
            )


def _told(found: Graded, place: int) -> str:
    """A grade with its bounds, in words."""
    grade, low, high = int(found.grade[place]), int(found.low[place]), int(found.high[place])
    told = "no grade" if grade == NO_GRADE else f"grade {grade}"
    return told if low == high else f"{told} (between {low} and {high})"
