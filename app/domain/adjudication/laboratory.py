"""Laboratory results of a patient as series of grades, one for each term that they can grade.

Between two results nothing is known, so a course is told by its assessments alone (docs/time.md).
Which result came first is known from its time alone: the order in which they are given says
nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from app.domain.adjudication.baselines import with_baselines
from app.domain.adjudication.in_order import Point, in_order, one
from app.domain.adjudication.own_series import own_series
from app.domain.adjudication.result import Finding
from app.domain.adjudication.series import (
    GRAVE,
    LaboratoryRules,
    ReadResult,
    Series,
    baseline_of,
    of_any_analyte,
    shown,
)
from app.domain.case import LaboratoryResult
from app.domain.laboratory.choice import Named, NotGraded
from app.domain.laboratory.evaluate import Reason
from app.domain.laboratory.grading import Chosen, ShortGrade, grades, read, short_grades
from app.domain.time import Span, Zone

_MOST_SHOWN: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """All that a patient's results say, and what is remarkable about them."""

    series: tuple[Series, ...]
    findings: tuple[Finding, ...]


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
    rows: list[ReadResult] = []
    own_rows: list[ReadResult] = []
    for span, each in known:
        own = rules.own.read(each, rules.catalogue, named) if rules.own else ()
        try:
            found = read(each, rules.catalogue, named)
        except NotGraded as error:
            found = ()
            if not own:
                findings.append(("not_graded", f"{_name(each)} cannot be graded: {error}."))
                continue
        rows += [ReadResult(each, span, term) for term in found]
        own_rows += [ReadResult(each, span, bound) for bound in own]
        if each.policy:
            message = f"{_name(each)} names a policy; the protocol's is used."
            findings.append(("policy_not_used", message))
        findings += _remarks(each, (*found, *own))
    if rules.grading.baseline == "last_before_infusion" and infused is not None:
        filled, unsure = with_baselines(rows, rules.catalogue, infused)
        rows = [each._replace(chosen=new) for each, new in zip(rows, filled, strict=True)]
        findings += [("baseline_ambiguous", message) for message in unsure]
    told_grades = short_grades([each.chosen for each in rows], rules.catalogue, rules.policy)
    findings += _without_grade(rows, told_grades)
    series = tuple(_all_series(rows, told_grades, rules, infused))
    if rules.own:
        by_bounds = own_series(own_rows, rules.own, rules, infused)
        series += by_bounds.series
        findings += [("baseline_ambiguous", message) for message in by_bounds.unsure]
    return Graded(
        series=series,
        findings=tuple(_grouped(findings)),
    )


def _all_series(
    rows: Sequence[ReadResult],
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
        serial = tuple(of_any_analyte(ordered, lines))
        baseline = baseline_of(serial, infused)
        yield Series(term=term, code=code, points=serial, baseline=baseline)


def _points(
    rows: Sequence[ReadResult], told: Sequence[ShortGrade], rules: LaboratoryRules
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


def _point(each: ReadResult, grade: ShortGrade, rules: LaboratoryRules) -> Point:
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
        shows=shown(each.result),
        assumed=assumed,
        unread=grade.status == "not_gradable",
    )


def _name(result: LaboratoryResult) -> str:
    measured = result.analyte or result.term or "a laboratory test"
    return f"The result of {measured} of {result.measured_at.text}"


def _remarks(result: LaboratoryResult, found: Sequence[Chosen]) -> Iterator[tuple[str, str]]:
    """What is wrong with a result, each once."""
    told = {(each.code, each.message): None for term in found for each in term.row.findings}
    for code, message in told:
        yield code, f"{_name(result)}: {message}"


def _without_grade(
    rows: Sequence[ReadResult], grades: Sequence[ShortGrade]
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
