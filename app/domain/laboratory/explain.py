"""Why a result has its grade: the clause that decides, what was assumed, and what is missing."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from app.domain.laboratory import wording
from app.domain.laboratory.assembly import exact_columns
from app.domain.laboratory.catalogue import Catalogue
from app.domain.laboratory.columns import MISSING, Columns, Range
from app.domain.laboratory.criteria import Limit
from app.domain.laboratory.evaluate import (
    HONEST,
    NO_GRADE,
    at_the_limit,
    conditioned,
    truths_of,
)
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
from app.domain.laboratory.reading import Bounds, Finding, Row
from app.domain.laboratory.truth import limit_of

_LIMITS = {
    Limit.ULN: ("uln", "the upper limit of normal"),
    Limit.LLN: ("lln", "the lower limit of normal"),
    Limit.BASELINE: ("baseline", "the baseline value"),
}


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
class Missing:
    """A datum that was not told and could change the answer."""

    field: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decided:
    by: Rung | tuple[int, str]
    """A clause with numbers, or the grade and the fact of one without."""
    rows: Columns
    assumptions: tuple[str, ...]


def explained(
    row: Row, ladder: Ladder, grade: int | None, catalogue: Catalogue, policy: Policy
) -> tuple[Because, tuple[Finding, ...]]:
    """The reason of a grade, and findings that only show once there is one."""
    if row.not_gradable is not None:
        why = row.not_gradable.name.lower().replace("_", " ")
        return Because(
            clause=f"Nothing can be graded: {why}.",
            threshold=None,
            unit=None,
            conversion=None,
            assumptions=(),
        ), ()
    rows = exact_columns([row])
    decided = _decided(row, rows, ladder, grade, policy)
    because = _because(decided, ladder, grade, catalogue)
    return because, tuple(_other_systems(rows, ladder, grade, catalogue, policy))


def missing_of(
    row: Row, ladder: Ladder, grade: int | None, highest: int, policy: Policy
) -> tuple[Missing, ...]:
    """What was not told and could change the answer, the most basic first."""
    if row.not_gradable is not None:
        return (Missing(field="value", text="Send the value as a number in a known unit."),)
    rows = exact_columns([row])
    return tuple(_missing(row, rows, ladder, grade, highest, policy))


def _missing(
    row: Row, rows: Columns, ladder: Ladder, grade: int | None, highest: int, policy: Policy
) -> Iterator[Missing]:
    found = graded(rows, ladder, policy)
    low, high = int(found.number_low[0]), int(found.number_high[0])
    asked: dict[str, int] = {}
    if low != high:
        yield from _missing_numbers(row, rows, ladder)
        for rung in ladder.rungs:
            for fact in (*rung.clause.given, *rung.clause.unless):
                asked.setdefault(fact, rung.grade)
    for each, fact in ladder.facts:
        if max(high, grade or 0) < each <= highest:
            asked.setdefault(fact, each)
    for fact, each in asked.items():
        if fact not in row.facts:
            yield Missing(field=f"facts.{fact}", text=f"It decides whether the grade is {each}.")


def _missing_numbers(row: Row, rows: Columns, ladder: Ladder) -> Iterator[Missing]:
    if ladder.out_of_reach:
        yield Missing(field="unit", text="A known unit decides what the numbers mean.")
    for limit, (field, name) in _LIMITS.items():
        told = limit is Limit.BASELINE and row.percent is not None
        if limit in ladder.limits and int(limit_of(limit, rows)[0]) == MISSING and not told:
            yield Missing(field=field, text=f"Thresholds are told from {name}.")
    if isinstance(row.value, Bounds):
        yield Missing(field="value", text="Only bounds of the value are known.")


def _decided(
    row: Row, rows: Columns, ladder: Ladder, grade: int | None, policy: Policy
) -> _Decided:
    """The rung or fact that gives the grade, and what had to be assumed for it."""
    taken = tuple(_taken(row, ladder))
    if grade:
        for fact in ladder.facts:
            if fact[0] == grade and row.facts.get(fact[1]):
                return _Decided(by=fact, rows=rows, assumptions=taken)
        rung = _met(rows, ladder, grade, policy)
        if rung is not None:
            sure = _met(rows, ladder, grade, HONEST) is not None
            assumed = () if sure else tuple(_assumed(rung, row))
            return _Decided(by=rung, rows=rows, assumptions=(*taken, *assumed))
    normal = None if grade is None or not _baseline_missing(row, ladder) else rows
    normal = None if normal is None else at_the_limit(normal, ladder)
    if normal is None:
        return _Decided(by=_nearest(rows, ladder), rows=rows, assumptions=taken)
    rung = _met(normal, ladder, grade or 0, policy)
    return _Decided(
        by=rung or _nearest(normal, ladder),
        rows=normal,
        assumptions=(*taken, "The baseline is not known and was taken as normal."),
    )


def _baseline_missing(row: Row, ladder: Ladder) -> bool:
    asked = Limit.BASELINE in ladder.limits
    return asked and row.baseline is None and row.percent is None


def _met(rows: Columns, ladder: Ladder, grade: int, policy: Policy) -> Rung | None:
    truths = truths_of(rows, ladder, policy)
    for rung, truth in conditioned(rows, truths, ladder, policy):
        if rung.grade == grade and truth.sure[0]:
            return rung
    return None


def _nearest(rows: Columns, ladder: Ladder) -> Rung:
    """The lowest clause that may be met and is not surely so; else the lowest of all."""
    for rung, truth in truths_of(rows, ladder, HONEST):
        if truth.possible[0] and not truth.sure[0]:
            return rung
    return ladder.rungs[0]


def _taken(row: Row, ladder: Ladder) -> Iterator[str]:
    if ladder.state is UnitState.MISSING:
        yield "The unit is missing and was taken as that of the limits."
    if ladder.state is UnitState.UNKNOWN:
        yield "The unit is not known and was taken as that of the limits."
    asked = ladder.baseline_matters and row.baseline is not None
    if asked and row.baseline_range is Range.UNSTATED:
        yield "Whether the baseline was normal was told from the limits given here."


def _assumed(rung: Rung, row: Row) -> Iterator[str]:
    for fact in rung.clause.given:
        if fact not in row.facts:
            yield f"It was assumed, as the worst, that this holds: {fact.replace('_', ' ')}."
    for fact in rung.clause.unless:
        if fact not in row.facts:
            yield f"It was assumed that this does not hold: {fact.replace('_', ' ')}."


def _because(
    decided: _Decided, ladder: Ladder, grade: int | None, catalogue: Catalogue
) -> Because:
    source = f"{catalogue.criteria.title}: {ladder.term.term}"
    if isinstance(decided.by, tuple):
        reached, fact = decided.by
        return Because(
            clause=f"{source}, grade {reached}: {fact.replace('_', ' ')}, as reported.",
            threshold=None,
            unit=None,
            conversion=None,
            assumptions=decided.assumptions,
        )
    rung = decided.by
    phrase = wording.clause(rung.clause)
    if grade == rung.grade:
        told = f"{source}, grade {rung.grade}, clause {rung.number}: {phrase}."
    elif grade == 0:
        told = f"{source}: no clause is met; the nearest, grade {rung.grade}, asks for {phrase}."
    else:
        told = f"{source}: it is open whether grade {rung.grade} is met, which asks for {phrase}."
    places = [wording.place(test, _limit(test, decided.rows)) for test in rung.tests]
    known = [each for each in places if each is not None]
    return Because(
        clause=told,
        threshold=wording.number(known[-1]) if known else None,
        unit=None if ladder.unit is None else ladder.unit.symbol,
        conversion=_conversion(ladder),
        assumptions=decided.assumptions,
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
    rows: Columns,
    ladder: Ladder,
    grade: int | None,
    catalogue: Catalogue,
    policy: Policy,
) -> Iterator[Finding]:
    """Where the thresholds printed in another system of units would give another grade."""
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
        found = int(graded(rows, other, policy).grade[0])
        if other.out_of_reach or (None if found == NO_GRADE else found) == grade:
            continue
        printed = other.conversions[0].printed
        told = "no grade" if found == NO_GRADE else f"grade {found}"
        yield Finding(
            code="printed_units_differ",
            message=f"By the thresholds printed in {printed} it would be {told}: the dictionary "
            "rounds its thresholds in each system of units. Those of the reported unit are used.",
        )
