"""Laboratory results of a patient as series of grades, one for each term that they can grade.

Between two results nothing is known, so a course is told by its assessments alone (docs/time.md).
Which result came first is known from its time alone: the order in which they are given says
nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final, NamedTuple

from app.domain.adjudication.baselines import with_baselines
from app.domain.adjudication.in_order import Point, all_missing, gravity, in_order, one
from app.domain.adjudication.result import Finding
from app.domain.case import LaboratoryResult
from app.domain.dlt.protocol import LaboratoryGrading
from app.domain.laboratory.catalogue import Catalogue
from app.domain.laboratory.choice import Named, NotGraded
from app.domain.laboratory.evaluate import Reason
from app.domain.laboratory.grading import Chosen, ShortGrade, grades, read, short_grades
from app.domain.laboratory.policy import Policy
from app.domain.time import Span, Zone

GRAVE: Final = 3
"""The grade from which on results that no adverse event reports are told."""
_MOST_SHOWN: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class LaboratoryRules:
    """By what results are graded, and what they do in this trial."""

    catalogue: Catalogue
    grading: LaboratoryGrading
    policy: Policy
    boundaries: Mapping[str, frozenset[int]]
    """By term the grades at which the DLT rules tell what lies below from what does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The grades of one term over time, in order; `baseline` is the last before the infusion."""

    term: str
    code: int
    points: tuple[Point, ...]
    baseline: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """All that a patient's results say, and what is remarkable about them."""

    series: tuple[Series, ...]
    findings: tuple[Finding, ...]


class _Read(NamedTuple):
    """A result with a term that it is graded for."""

    result: LaboratoryResult
    span: Span
    chosen: Chosen


def graded(
    results: Sequence[LaboratoryResult],
    rules: LaboratoryRules,
    named: Named,
    zone: Zone,
    cut: int,
    infused: Span | None,
) -> Graded:
    """Grade the results that were measured by the cut; `infused` is the first infusion's start."""
    told = [(each.measured_at.span(zone), each) for each in results]
    known = sorted(
        ((span, each) for span, each in told if span.first <= cut),
        key=lambda pair: (pair[0], repr(pair[1])),
    )
    findings: list[tuple[str, str]] = []
    rows: list[_Read] = []
    for span, each in known:
        try:
            found = read(each, rules.catalogue, named)
        except NotGraded as error:
            findings.append(("not_graded", f"{_name(each)} cannot be graded: {error}."))
            continue
        rows += [_Read(each, span, term) for term in found]
        if each.policy:
            message = f"{_name(each)} names a policy; the protocol's is used."
            findings.append(("policy_not_used", message))
        findings += _remarks(each, found)
    if rules.grading.baseline == "last_before_infusion" and infused is not None:
        filled, unsure = with_baselines(rows, rules.catalogue, infused)
        rows = [each._replace(chosen=new) for each, new in zip(rows, filled, strict=True)]
        findings += [("baseline_ambiguous", message) for message in unsure]
    told_grades = short_grades([each.chosen for each in rows], rules.catalogue, rules.policy)
    findings += _without_grade(rows, told_grades)
    return Graded(
        series=tuple(_all_series(rows, told_grades, rules, infused)),
        findings=tuple(_grouped(findings)),
    )


def _all_series(
    rows: Sequence[_Read],
    told: Sequence[ShortGrade],
    rules: LaboratoryRules,
    infused: Span | None,
) -> Iterator[Series]:
    points: dict[tuple[str, int], dict[str, list[Point]]] = {}
    for each, grade, point in zip(rows, told, _points(rows, told, rules), strict=True):
        if each.chosen.row.not_gradable is Reason.VALUE_MISSING:
            continue  # nothing was measured
        of_term = points.setdefault((grade.term, grade.meddra_code), {})
        of_term.setdefault(each.chosen.analyte.id, []).append(point)
    for (term, code), by_analyte in sorted(points.items()):
        lines = rules.boundaries.get(term, frozenset())
        ordered = {each: tuple(in_order(by_analyte[each], lines)) for each in sorted(by_analyte)}
        serial = tuple(_together(ordered, lines))
        baseline = _baseline(serial, infused)
        yield Series(term=term, code=code, points=serial, baseline=baseline)


def _points(
    rows: Sequence[_Read], told: Sequence[ShortGrade], rules: LaboratoryRules
) -> list[Point]:
    """What each result shows. Where that is open, and it matters, what is missing is looked up."""
    points = [_point(each, grade, rules) for each, grade in zip(rows, told, strict=True)]
    asked = [
        place
        for place, point in enumerate(points)
        if point.taken is None or point.assumed or point.lowest < GRAVE <= point.highest
    ]
    reasons = grades([rows[place].chosen for place in asked], rules.catalogue, rules.policy)
    for place, reason in zip(asked, reasons, strict=True):
        missing = tuple(each.field for each in reason.missing)
        points[place] = replace(points[place], missing=missing)
    return points


def _point(each: _Read, grade: ShortGrade, rules: LaboratoryRules) -> Point:
    """What a result shows. What a grade would rest on an assumption for is open, unless the
    protocol has a policy of its own: that has decided it.
    """
    lowest, highest = grade.told_bounds.min, grade.told_bounds.max
    lines = rules.boundaries.get(grade.term, frozenset())
    assumed = lowest < highest and bool(rules.grading.policy) and grade.grade is not None
    return Point(
        on=each.result.measured_at,
        span=each.span,
        lowest=lowest,
        highest=highest,
        possible=grade.bounds.max,
        taken=grade.grade if assumed else one(lowest, highest, lines),
        shows=_shown(each.result),
        assumed=assumed,
        unread=grade.status == "not_gradable",
    )


def _together(by_analyte: Mapping[str, Sequence[Point]], lines: frozenset[int]) -> Iterator[Point]:
    """The points of a term that several analytes can grade, each by itself: the highest counts.

    What one of them showed is not gone because another, measured later, does not show it.
    """
    named = [(each, analyte) for analyte, points in by_analyte.items() for each in points]
    named.sort(key=lambda pair: pair[0].span)
    last: dict[str, Point] = {}
    for _, alike in groupby(named, key=lambda pair: pair[0].span):
        measured = {analyte: point for point, analyte in alike}
        now = _highest(tuple(measured.values()))
        others = tuple(point for analyte, point in last.items() if analyte not in measured)
        last |= measured
        before = _highest((now, *others))
        sure = None
        if now.taken is not None and before.taken is not None:
            sure = one(now.taken, before.taken, lines)
        if sure is not None:
            yield replace(now, highest=before.highest, possible=before.possible)
            continue
        higher = sorted(
            f"{analyte} of that time"
            for analyte, point in last.items()
            if analyte not in measured and point.highest > now.lowest
        )
        yield replace(
            now,
            highest=before.highest,
            possible=before.possible,
            taken=None,
            missing=(*now.missing, *higher),
            assumed=False,
            unread=before.unread,
        )


def _highest(points: Sequence[Point]) -> Point:
    """The highest of several grades; open where one of them is."""
    gravest = max(points, key=gravity)
    return replace(
        gravest,
        lowest=max(each.lowest for each in points),
        highest=max(each.highest for each in points),
        possible=max(each.possible for each in points),
        taken=None if any(each.taken is None for each in points) else gravest.taken,
        missing=all_missing(points),
        assumed=gravest.assumed,
        unread=all(each.unread for each in points),
    )


def _baseline(points: Sequence[Point], infused: Span | None) -> int | None:
    """The grade of the last point before the infusion, where it is sure which that was."""
    if infused is None:
        return None
    before = [each for each in points if each.span.last < infused.first]
    last = max((each.span.first for each in before), default=0)
    grades = {each.taken for each in before if each.span.last >= last}
    return grades.pop() if len(grades) == 1 else None


def _shown(result: LaboratoryResult) -> str:
    """What was measured, as it was reported."""
    return f"{result.value}" + ("" if result.unit is None else f" {result.unit}")


def _name(result: LaboratoryResult) -> str:
    measured = result.analyte or result.term or "a laboratory test"
    return f"The result of {measured} of {result.measured_at.text}"


def _remarks(result: LaboratoryResult, found: Sequence[Chosen]) -> Iterator[tuple[str, str]]:
    """What is wrong with a result, each once."""
    told = {(each.code, each.message): None for term in found for each in term.row.findings}
    for code, message in told:
        yield code, f"{_name(result)}: {message}"


def _without_grade(
    rows: Sequence[_Read], grades: Sequence[ShortGrade]
) -> Iterator[tuple[str, str]]:
    """Results of which nothing can be told, once for each; what is wrong with one says it."""
    bare = [
        (each, grade)
        for each, grade in zip(rows, grades, strict=True)
        if grade.status == "not_gradable" and not each.chosen.row.findings
    ]
    for _, alike in groupby(bare, key=lambda pair: id(pair[0].result)):
        same = list(alike)
        terms = ", ".join(grade.term for _, grade in same)
        why = same[0][1].reason_code.replace("_", " ")
        yield "not_graded", f"{_name(same[0][0].result)} cannot be graded for {terms}: {why}."


def _grouped(findings: Iterable[tuple[str, str]]) -> Iterator[Finding]:
    """A few findings of each kind, the last of which counts the others."""
    by_code: dict[str, dict[str, None]] = {}
    for code, message in findings:
        by_code.setdefault(code, {})[message] = None
    for code, messages in by_code.items():
        shown = list(messages)[:_MOST_SHOWN]
        if len(messages) > _MOST_SHOWN:
            shown[-1] += f" So it is with {len(messages) - _MOST_SHOWN} more."
        for message in shown:
            yield Finding(code=f"laboratory_{code}", message=message)
