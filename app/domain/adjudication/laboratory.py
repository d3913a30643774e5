"""Laboratory results of a patient as courses of grades, one for each term that they can grade.

Between two results nothing is known, so a course is told by its assessments alone (docs/time.md).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from app.domain.adjudication.result import Finding
from app.domain.case import (
    Assessment,
    Event,
    LaboratoryBaseline,
    LaboratoryResult,
    Subject,
)
from app.domain.dlt.protocol import LaboratoryGrading
from app.domain.laboratory.catalogue import Catalogue
from app.domain.laboratory.choice import Named, NotGraded
from app.domain.laboratory.grading import Chosen, ShortGrade, read, short_grades
from app.domain.laboratory.policy import Policy
from app.domain.time import PartialTime, Span, Zone

_PREFIX: Final = "laboratory:"
WORTH_A_FINDING: Final = 3
"""Grades from which on a finding is told that no adverse event reports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaboratoryRules:
    """By what results are graded, and what they do in this trial."""

    catalogue: Catalogue
    grading: LaboratoryGrading
    policy: Policy
    boundaries: frozenset[int]
    """The grades at which the DLT rules tell what lies below from what does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What one term was when a result was measured; None where its grade is open."""

    on: PartialTime
    span: Span
    grade: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The grades of one term over time, in order; `baseline` is the last before the infusion."""

    term: str
    code: int
    points: tuple[Point, ...]
    baseline: int | None

    @property
    def worst(self) -> Point | None:
        """The first point of the highest grade that is known; None where none is known."""
        known = [each for each in self.points if each.grade is not None]
        return max(known, key=lambda each: each.grade or 0, default=None)

    @property
    def assessments(self) -> tuple[Assessment, ...]:
        """The points as assessments of an event."""
        return tuple(Assessment(on=each.on, grade=each.grade) for each in self.points)


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """All that a patient's results say, and what is remarkable about them."""

    series: tuple[Series, ...]
    findings: tuple[Finding, ...]


class _Measured(NamedTuple):
    place: int
    result: LaboratoryResult
    span: Span


def graded(
    subject: Subject,
    rules: LaboratoryRules,
    named: Named,
    zone: Zone,
    cut: int,
    infused: Span | None,
) -> Graded:
    """Grade the results that were measured by the cut. `infused` is when the first infusion began.

    Terms of which every result is surely 0 are left out.
    """
    catalogue = rules.catalogue
    measured = [
        _Measured(place, each, span)
        for place, each in enumerate(subject.laboratory)
        if (span := each.measured_at.span(zone)).first <= cut
    ]
    findings: list[Finding] = []
    if rules.grading.baseline == "last_before_infusion" and infused is not None:
        measured = list(_with_baselines(measured, catalogue, infused))
    chosen: list[tuple[_Measured, Chosen]] = []
    for each in measured:
        try:
            found = read(each.result, catalogue, named)
        except NotGraded as error:
            findings.append(_not_graded(each.place, error))
            continue
        chosen += [(each, one) for one in found]
        if each.result.policy:
            findings.append(_policy_not_used(each.place))
    grades = short_grades([one for _, one in chosen], catalogue, rules.policy)
    points: dict[tuple[str, int], list[Point]] = {}
    for (each, _), grade in zip(chosen, grades, strict=True):
        of_term = points.setdefault((grade.term, grade.meddra_code), [])
        told = _told(grade, rules.boundaries)
        of_term.append(Point(on=each.result.measured_at, span=each.span, grade=told))
    findings += _remarks(chosen)
    findings += _without_grade(chosen, grades)
    series = tuple(
        _series(term, code, of_term, infused) for (term, code), of_term in sorted(points.items())
    )
    return Graded(
        series=tuple(each for each in series if any(point.grade != 0 for point in each.points)),
        findings=tuple(findings),
    )


def as_event(series: Series, taken: Iterable[str]) -> Event:
    """A series that nobody reported, as an event of its own."""
    name = f"{_PREFIX}{series.term}"
    while name in taken:
        name = _PREFIX + name
    return Event(
        id=name,
        term=series.term,
        meddra_code=series.code,
        laboratory=True,
        assessments=series.assessments,
        baseline_grade=series.baseline,
    )


def is_of_results(event: str) -> bool:
    """Whether an id is one that results give their events."""
    return event.startswith(_PREFIX)


def not_reported(series: Series) -> Finding | None:
    """The finding of a grave series that no adverse event reports."""
    worst = series.worst
    if worst is None or (worst.grade or 0) < WORTH_A_FINDING:
        return None
    return Finding(
        code="laboratory_not_reported",
        message=f"{series.term}: the results reach grade {worst.grade} ({worst.on.text}), and no "
        "adverse event reports it.",
    )


def _series(term: str, code: int, points: Sequence[Point], infused: Span | None) -> Series:
    ordered = sorted(points, key=lambda each: each.span)
    merged: list[Point] = []
    for each in ordered:
        if merged and merged[-1].span == each.span:
            merged[-1] = _graver(merged[-1], each)
        else:
            merged.append(each)
    before = [each for each in merged if infused is not None and each.span.last < infused.first]
    return Series(
        term=term,
        code=code,
        points=tuple(merged),
        baseline=before[-1].grade if before else None,
    )


def _graver(one: Point, other: Point) -> Point:
    """Of two results of one time the higher grade; open where one of them is."""
    if one.grade is None or other.grade is None:
        return replace(one, grade=None)
    return one if one.grade >= other.grade else other


def _with_baselines(
    measured: Sequence[_Measured], catalogue: Catalogue, infused: Span
) -> Iterator[_Measured]:
    """Results after the infusion, each with the last value before it where none was reported."""
    before: dict[tuple[str, str | None], _Measured] = {}
    for each in sorted(measured, key=lambda one: one.span):
        if each.span.last < infused.first and isinstance(each.result.value, Decimal):
            before[_measure_of(each.result, catalogue)] = each
    for each in measured:
        base = before.get(_measure_of(each.result, catalogue))
        told = each.result.baseline is not None
        if told or base is None or each.span.last < infused.first:
            yield each
            continue
        value = base.result.value
        baseline = LaboratoryBaseline(
            value=value if isinstance(value, Decimal) else None, range=_range_of(base.result)
        )
        yield each._replace(result=replace(each.result, baseline=baseline))


def _measure_of(result: LaboratoryResult, catalogue: Catalogue) -> tuple[str, str | None]:
    """What was measured and in which unit, as far as it is the same for two results."""
    name = result.analyte or result.term or ""
    found = catalogue.analytes.resolve(name)
    return getattr(found, "id", name.casefold()), result.unit


def _range_of(result: LaboratoryResult) -> Literal["low", "normal", "high"] | None:
    """Where the baseline lay in its own range; above the upper limit is what matters most."""
    value = result.value
    if not isinstance(value, Decimal):
        return None
    if result.uln is not None and value > result.uln:
        return "high"
    if result.lln is not None and value < result.lln:
        return "low"
    return None if result.uln is None else "normal"


def _not_graded(place: int, error: NotGraded) -> Finding:
    return Finding(
        code="laboratory_not_graded",
        message=f"Laboratory result {place + 1} cannot be graded: {error.fault.message}.",
    )


def _policy_not_used(place: int) -> Finding:
    return Finding(
        code="laboratory_policy_not_used",
        message=f"Laboratory result {place + 1} names a policy; the protocol's is used.",
    )


def _told(grade: ShortGrade, boundaries: frozenset[int]) -> int | None:
    """The grade of a point; the highest that is left where the rules cannot tell those apart."""
    low, high = grade.number_bounds.min, grade.number_bounds.max
    if grade.grade is None and not any(low < each <= high for each in boundaries):
        return high
    return grade.grade


def _without_grade(
    chosen: Sequence[tuple[_Measured, Chosen]], grades: Sequence[ShortGrade]
) -> Iterator[Finding]:
    """Results of which nothing can be told, once for each."""
    terms: dict[int, list[str]] = {}
    why: dict[int, str] = {}
    for (each, one), grade in zip(chosen, grades, strict=True):
        if grade.status == "not_gradable":
            terms.setdefault(each.place, []).append(one.term.term)
            why[each.place] = grade.reason_code
    for place, of_place in terms.items():
        yield Finding(
            code="laboratory_not_graded",
            message=f"Laboratory result {place + 1} cannot be graded for "
            f"{', '.join(of_place)}: {why[place].replace('_', ' ')}.",
        )


def _remarks(chosen: Sequence[tuple[_Measured, Chosen]]) -> Iterator[Finding]:
    """What is wrong with results, once for each result."""
    seen: set[tuple[int, str]] = set()
    for each, one in chosen:
        for finding in one.row.findings:
            if (each.place, finding.code) not in seen:
                seen.add((each.place, finding.code))
                yield Finding(
                    code=f"laboratory_{finding.code}",
                    message=f"Laboratory result {each.place + 1}: {finding.message}",
                )
