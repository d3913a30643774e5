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
from app.domain.adjudication.result import Finding
from app.domain.case import LaboratoryResult
from app.domain.dlt.protocol import LaboratoryGrading
from app.domain.laboratory.catalogue import Catalogue
from app.domain.laboratory.choice import Named, NotGraded
from app.domain.laboratory.evaluate import Reason
from app.domain.laboratory.grading import Chosen, ShortGrade, read, short_grades
from app.domain.laboratory.policy import Policy
from app.domain.time import ALWAYS, PartialTime, Span, Zone

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
class Point:
    """What a term was when a result was measured: between `lowest` and `highest`.

    `taken` is the grade that the rules judge: the one that the policy tells, or the lowest of
    those left where the rules cannot tell them apart; None where it is open. `shows` says what
    was measured.
    """

    on: PartialTime
    span: Span
    lowest: int
    highest: int
    taken: int | None
    shows: str

    @property
    def grade(self) -> int:
        """The grade that is told: the one judged, else the lowest possible."""
        return self.lowest if self.taken is None else self.taken


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
        rows += [_Read(each, span, one) for one in found]
        if each.policy:
            message = f"{_name(each)} names a policy; the protocol's is used."
            findings.append(("policy_not_used", message))
        findings += _remarks(each, found)
    if rules.grading.baseline == "last_before_infusion" and infused is not None:
        filled, unsure = with_baselines(rows, rules.catalogue, infused)
        rows = [each._replace(chosen=one) for each, one in zip(rows, filled, strict=True)]
        findings += [("baseline_ambiguous", message) for message in unsure]
    grades = short_grades([each.chosen for each in rows], rules.catalogue, rules.policy)
    findings += _without_grade(rows, grades)
    return Graded(
        series=tuple(_all_series(rows, grades, rules, infused)),
        findings=tuple(_grouped(findings)),
    )


def _all_series(
    rows: Sequence[_Read],
    grades: Sequence[ShortGrade],
    rules: LaboratoryRules,
    infused: Span | None,
) -> Iterator[Series]:
    points: dict[tuple[str, int], dict[str, list[Point]]] = {}
    for each, grade in zip(rows, grades, strict=True):
        if each.chosen.row.not_gradable is Reason.VALUE_MISSING:
            continue  # nothing was measured
        lines = rules.boundaries.get(grade.term, frozenset())
        point = Point(
            on=each.result.measured_at,
            span=each.span,
            lowest=grade.number_bounds.min,
            highest=grade.number_bounds.max,
            taken=_taken(grade, lines),
            shows=_shown(each.result),
        )
        of_term = points.setdefault((grade.term, grade.meddra_code), {})
        of_term.setdefault(each.chosen.analyte.id, []).append(point)
    for (term, code), by_analyte in sorted(points.items()):
        lines = rules.boundaries.get(term, frozenset())
        ordered = {each: tuple(_in_order(by_analyte[each], lines)) for each in sorted(by_analyte)}
        in_order = tuple(_together(ordered, lines))
        baseline = _baseline(in_order, infused)
        yield Series(term=term, code=code, points=in_order, baseline=baseline)


def _taken(grade: ShortGrade, lines: frozenset[int]) -> int | None:
    if grade.grade is not None:
        return grade.grade
    return _one(grade.number_bounds.min, grade.number_bounds.max, lines)


def _one(lowest: int, highest: int, lines: frozenset[int]) -> int | None:
    """One grade for all of these; None where the rules tell some of them apart."""
    return None if any(lowest < line <= highest for line in lines) else lowest


def _in_order(points: Sequence[Point], lines: frozenset[int]) -> Iterator[Point]:
    """One point for each time, in order.

    Where it is not known which of several came first, and the rules tell their grades apart, what
    held at each is open. A rise that nothing beside it shares is sure all the same: of several
    results of one day, with lower grades on the days before and after, the highest is taken.
    """
    groups = _overlapping(sorted(points, key=lambda each: each.span))
    for place, group in enumerate(groups):
        known = [each.taken for each in group if each.taken is not None]
        lowest, highest = min(known, default=0), max(known, default=0)
        sure = len(known) == len(group)
        beside = [*groups[max(place - 1, 0) : place], *groups[place + 1 : place + 2]]
        if sure and _one(lowest, highest, lines) is None and place + 1 < len(groups):
            low = [_one(lowest, each.taken or lowest, lines) for near in beside for each in near]
            known_beside = all(each.taken is not None for near in beside for each in near)
            if _of_one_day(group) and known_beside and None not in low:
                yield max(group, key=_gravity)
                continue
        together = sure and _one(lowest, highest, lines) is not None
        for _, alike in groupby(group, key=lambda each: each.span):
            yield _merged(list(alike), together=together)


def _gravity(point: Point) -> tuple[int, int, str]:
    return point.taken or 0, point.lowest, point.shows


def _of_one_day(group: Sequence[Point]) -> bool:
    """Whether all have one time, which is no instant: so that they need not contradict."""
    return len({each.span for each in group}) == 1 and group[0].span.first < group[0].span.last


def _merged(same: Sequence[Point], *, together: bool) -> Point:
    """Points of one time as one, with the bounds of all."""
    gravest = max(same, key=_gravity)
    return replace(
        gravest,
        lowest=min(each.lowest for each in same),
        highest=max(each.highest for each in same),
        taken=gravest.taken if together else None,
    )


def _overlapping(points: Sequence[Point]) -> list[list[Point]]:
    """Points in order, those together of which it is not known which came first."""
    groups: list[list[Point]] = []
    reach = ALWAYS
    for each in points:
        if each.span.first > reach:
            groups.append([])
        groups[-1].append(each)
        reach = max(reach, each.span.last)
    return groups


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
            sure = _one(now.taken, before.taken, lines)
        yield replace(now, highest=before.highest, taken=now.taken if sure is not None else None)


def _highest(points: Sequence[Point]) -> Point:
    """The highest of several grades; open where one of them is."""
    gravest = max(points, key=_gravity)
    return replace(
        gravest,
        lowest=max(each.lowest for each in points),
        highest=max(each.highest for each in points),
        taken=None if any(each.taken is None for each in points) else gravest.taken,
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
    told = {(each.code, each.message): None for one in found for each in one.row.findings}
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
