"""Grading: results in, grades with their reasons out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.domain.case import LaboratoryMeasurement
from app.domain.laboratory.analyte import Analyte
from app.domain.laboratory.assembly import exact_columns, graded
from app.domain.laboratory.catalogue import Catalogue
from app.domain.laboratory.choice import Named, chosen
from app.domain.laboratory.columns import Bytes
from app.domain.laboratory.criteria import TermCriteria
from app.domain.laboratory.evaluate import NO_GRADE, Graded, Reason, Status
from app.domain.laboratory.evidence import Evidence
from app.domain.laboratory.explain import Because, explained, nothing_graded
from app.domain.laboratory.missing import Missing, missing_of, value_missing
from app.domain.laboratory.policy import WORST, Policy
from app.domain.laboratory.reading import Finding, Row, row_of


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeBounds:
    """The lowest and the highest grade that are possible."""

    min: int
    max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LaboratoryGrade:
    """What one result is by one term.

    `grade` is the worst grade that the number supports under the policy, null where none can be
    told; `bounds` hold every grade that is possible whatever was not told, `number_bounds` those
    that the number leaves when clauses without a number are not looked at. A death is never
    graded here, so bounds end at 4.
    """

    term: str
    meddra_code: int
    analyte: str
    direction: str
    status: str
    grade: int | None
    bounds: GradeBounds
    number_bounds: GradeBounds
    reason_code: str
    because: Because
    missing: tuple[Missing, ...]
    findings: tuple[Finding, ...]
    criteria_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortGrade:
    """A LaboratoryGrade without its reasons.

    `told_bounds` are the grades that the number leaves, with what the facts that were told raise
    them to; clauses without a number of which nothing was told are not looked at.
    """

    term: str
    meddra_code: int
    status: str
    grade: int | None
    bounds: GradeBounds
    number_bounds: GradeBounds
    told_bounds: GradeBounds
    reason_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A result with one term that it is graded for, read."""

    term: TermCriteria
    analyte: Analyte
    row: Row


def read(result: LaboratoryMeasurement, catalogue: Catalogue, named: Named) -> tuple[Chosen, ...]:
    """A result, for each term that it is graded for. Raises NotGraded."""
    return tuple(
        Chosen(term=term, analyte=analyte, row=row_of(result, term, analyte, catalogue))
        for term, analyte in chosen(result, catalogue, named)
    )


def grades(
    rows: Sequence[Chosen], catalogue: Catalogue, policy: Policy = WORST
) -> tuple[LaboratoryGrade, ...]:
    """Grade what was read, in its order."""
    found = graded([each.row for each in rows], catalogue.ladder, policy)
    reasons = dict(_reasons(rows, found, catalogue, policy))
    return tuple(
        _answer(each, place, found, reasons[place], catalogue) for place, each in enumerate(rows)
    )


def short_grades(
    rows: Sequence[Chosen], catalogue: Catalogue, policy: Policy = WORST
) -> tuple[ShortGrade, ...]:
    """Grade what was read, in its order, and leave out the reasons."""
    found = graded([each.row for each in rows], catalogue.ladder, policy)
    return tuple(
        ShortGrade(
            term=each.term.term,
            meddra_code=each.term.code,
            status=_status(found, place),
            grade=grade_of(found, place),
            bounds=_bounds(each, found.low, found.high, place),
            number_bounds=_bounds(each, found.number_low, found.number_high, place),
            told_bounds=_told_bounds(each, found, place, catalogue),
            reason_code=_reason(found, place),
        )
        for place, each in enumerate(rows)
    )


def _told_bounds(asked: Chosen, found: Graded, place: int, catalogue: Catalogue) -> GradeBounds:
    """The grades that are left without what nobody told of clauses that have no number."""
    possible = _bounds(asked, found.low, found.high, place)
    if asked.row.not_gradable is not None:
        return possible
    of_facts = catalogue.ladder(asked.row.number).facts if asked.row.facts else ()
    told = [grade for grade, fact in of_facts if asked.row.facts.get(fact) is True]
    raised = [grade for grade in told if grade <= possible.max]
    highest = max(int(found.number_high[place]), possible.min, *raised)
    return GradeBounds(min=possible.min, max=highest)


def grade_of(found: Graded, place: int) -> int | None:
    """The grade at a place; None where none can be told."""
    grade = int(found.grade[place])
    return None if grade == NO_GRADE else grade


class _Why(NamedTuple):
    """The reasons of one grade."""

    because: Because
    missing: tuple[Missing, ...]
    findings: tuple[Finding, ...]


def _reasons(
    rows: Sequence[Chosen], found: Graded, catalogue: Catalogue, policy: Policy
) -> Iterator[tuple[int, _Why]]:
    """The reasons of each grade, by place: those of one ladder are found together."""
    places: dict[int, list[int]] = {}
    for place, each in enumerate(rows):
        reason = each.row.not_gradable
        if reason is None:
            places.setdefault(each.row.number, []).append(place)
        else:
            yield place, _Why(nothing_graded(reason), value_missing(reason), ())
    for number, of_ladder in places.items():
        seen = Evidence(
            rows=exact_columns([rows[place].row for place in of_ladder]),
            ladder=catalogue.ladder(number),
            policy=policy,
            others=catalogue.other_ladders(number),
        )
        for row_of_ladder, place in enumerate(of_ladder):
            row, grade = rows[place].row, grade_of(found, place)
            because, also = explained(row, row_of_ladder, grade, seen, catalogue.criteria.title)
            yield place, _Why(because, missing_of(row, row_of_ladder, seen), also)


def _answer(
    asked: Chosen, place: int, found: Graded, why: _Why, catalogue: Catalogue
) -> LaboratoryGrade:
    return LaboratoryGrade(
        term=asked.term.term,
        meddra_code=asked.term.code,
        analyte=asked.analyte.id,
        direction=asked.term.direction,
        status=_status(found, place),
        grade=grade_of(found, place),
        bounds=_bounds(asked, found.low, found.high, place),
        number_bounds=_bounds(asked, found.number_low, found.number_high, place),
        reason_code=_reason(found, place),
        because=why.because,
        missing=why.missing,
        findings=(*asked.row.findings, *why.findings),
        criteria_digest=catalogue.digest,
    )


def _bounds(asked: Chosen, low: Bytes, high: Bytes, place: int) -> GradeBounds:
    """The grades that are left; every grade where there is no value."""
    if asked.row.not_gradable is not None:
        return GradeBounds(min=0, max=max(asked.term.grades))
    return GradeBounds(min=int(low[place]), max=int(high[place]))


def _status(found: Graded, place: int) -> str:
    return Status(int(found.status[place])).name.lower()


def _reason(found: Graded, place: int) -> str:
    return Reason(int(found.reason[place])).name.lower()
