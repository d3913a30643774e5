"""Series of the protocol's own terms: results against bounds that hold at one time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import NamedTuple

from app.domain.adjudication.baselines import with_baselines
from app.domain.adjudication.bound_states import State, all_of, any_of, at_result, at_time
from app.domain.adjudication.in_order import CLOCK_TIME, Point, in_order, one
from app.domain.adjudication.own_bounds import MeasuredTerm, OwnBounds
from app.domain.adjudication.series import LaboratoryRules, ReadResult, Series, baseline_of, shown
from app.domain.laboratory.criteria import Absolute, TermCriteria
from app.domain.laboratory.evaluate import Reason
from app.domain.laboratory.explain import Because
from app.domain.laboratory.grading import grades, short_grades
from app.domain.laboratory.wording import clause
from app.domain.time import Span

_LINE = frozenset({1})
"""A bound holds or does not."""


class _Part(NamedTuple):
    """A bound with one of the analytes that it is asked of."""

    bound: str
    direction: str
    analyte: str

    def alike(self, other: "_Part") -> bool:
        """Whether one result speaks of both, and the worse of several is worse for both."""
        return (self.direction, self.analyte) == (other.direction, other.analyte)


def _parts_of(bound: TermCriteria) -> tuple[_Part, ...]:
    return tuple(_Part(bound.term, bound.direction, each) for each in bound.analytes)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnGraded:
    """The series of the measured terms, and which baselines are not sure."""

    series: tuple[Series, ...]
    unsure: tuple[str, ...]


def own_series(
    rows: Sequence[ReadResult], own: OwnBounds, rules: LaboratoryRules, infused: Span | None
) -> OwnGraded:
    """The series of each measured term that results speak of; `rows` are read for its bounds."""
    unsure: tuple[str, ...] = ()
    if rules.grading.baseline == "last_before_infusion" and infused is not None:
        filled, unsure = with_baselines(rows, own.catalogue, infused, before_too=True)
        rows = [each._replace(chosen=new) for each, new in zip(rows, filled, strict=True)]
    parts = _parts(rows, own)
    found = []
    for term in own.terms:
        lines = rules.boundaries.get(term.name, frozenset())
        points = tuple(in_order(_of_times(list(_evaluated(term, parts, lines))), lines))
        if points:
            found.append(
                Series(
                    term=term.name,
                    code=None,
                    points=points,
                    baseline=baseline_of(points, infused),
                    grave=min(way.grade for way in term.ways),
                    own=True,
                )
            )
    return OwnGraded(series=tuple(found), unsure=unsure)


def _parts(rows: Sequence[ReadResult], own: OwnBounds) -> Mapping[_Part, Sequence[Point]]:
    """What the results of each analyte show of each bound, in order."""
    measured = [row for row in rows if row.chosen.row.not_gradable is not Reason.VALUE_MISSING]
    chosen = [row.chosen for row in measured]
    found: dict[_Part, list[Point]] = {}
    told = zip(
        measured,
        short_grades(chosen, own.catalogue),
        grades(chosen, own.catalogue),
        strict=True,
    )
    for row, short, full in told:
        bounds = short.told_bounds
        point = Point(
            on=row.result.measured_at,
            span=row.span,
            lowest=bounds.min,
            highest=bounds.max,
            possible=bounds.max,
            taken=one(bounds.min, bounds.max, _LINE),
            shows=_shows(row, full.because),
            missing=tuple(each.field for each in full.missing),
            unread=short.status == "not_gradable",
        )
        term = row.chosen.term
        part = _Part(term.term, term.direction, row.chosen.analyte.id)
        found.setdefault(part, []).append(point)
    return {part: tuple(in_order(points, _LINE)) for part, points in found.items()}


def _shows(row: ReadResult, because: Because) -> str:
    """What was measured, and where the bound lies for it: `Alanine aminotransferase 130 U/L
    (above 3 x ULN: 120 U/L)`.
    """
    (asked,) = row.chosen.term.grades[1]
    unit = f" {because.unit}" if because.unit and because.unit != "1" else ""
    at = "" if because.threshold is None else f": {because.threshold}{unit}"
    printed = next(threshold for _, threshold in asked.bounds)
    if isinstance(printed, Absolute) and because.conversion is None:
        at = ""  # it stands there already
    name = row.chosen.analyte.title
    return f"{name} {shown(row.result)} ({clause(asked)}{at})"


class _Told(NamedTuple):
    """What a term is at the time of one result, and whether only time leaves it open."""

    point: Point
    by_time: bool


def _evaluated(
    term: MeasuredTerm, parts: Mapping[_Part, Sequence[Point]], lines: frozenset[int]
) -> Iterator[_Told]:
    """The term at the time of each result that one of its bounds asks for."""
    mine = [part for way in term.ways for bound in way.bounds for part in _parts_of(bound)]
    for measured in dict.fromkeys(mine):
        for point in parts.get(measured, ()):
            yield _at(point, measured, term, parts, lines)


class _AskedBound(NamedTuple):
    """A bound at a time, and the parts that speak of it."""

    state: State
    parts: tuple[_Part, ...]


class _AskedWay(NamedTuple):
    """A way to a grade at a time."""

    grade: int
    state: State
    bounds: tuple[_AskedBound, ...]

    @property
    def doubted(self) -> bool:
        """Whether it may hold, and may not."""
        return self.state in {State.OPEN, State.STALE}


def _at(
    point: Point,
    measured: _Part,
    term: MeasuredTerm,
    parts: Mapping[_Part, Sequence[Point]],
    lines: frozenset[int],
) -> _Told:
    """The term at the time of a result of one of its parts."""
    seen: dict[_Part, State] = {}
    ways = []
    for way in term.ways:
        bounds = []
        for bound in way.bounds:
            own = _parts_of(bound)
            seen |= {part: _state(part, parts.get(part, ()), point, measured) for part in own}
            bounds.append(_AskedBound(any_of(seen[part] for part in own), own))
        ways.append(_AskedWay(way.grade, all_of(each.state for each in bounds), tuple(bounds)))
    lowest = max((way.grade for way in ways if way.state is State.HOLDS), default=0)
    doubted = [way for way in ways if way.doubted and way.grade > lowest]
    highest = max((way.grade for way in doubted), default=lowest)
    taken = one(lowest, highest, lines)
    found = replace(
        point,
        lowest=lowest,
        highest=highest,
        possible=highest,
        taken=taken,
        shows="; ".join(_shown(ways, parts, point)),
        missing=()
        if taken is not None
        else tuple(dict.fromkeys(_missing(doubted, parts, point, seen))),
        unread=point.unread and taken is None,
    )
    by_time = taken is None and all(way.state is State.STALE for way in doubted)
    return _Told(point=found, by_time=by_time)


def _state(part: _Part, points: Sequence[Point], now: Point, measured: _Part) -> State:
    """What a part is at the time of a result of another one, or of its own."""
    if part.alike(measured):
        return at_result(next(each for each in points if each.span == now.span))
    return at_time(points, now.span)


def _shown(
    ways: Sequence[_AskedWay], parts: Mapping[_Part, Sequence[Point]], now: Point
) -> Iterator[str]:
    """The result of each part that was the last by then: of the ways that hold or may, of all
    where none does.
    """
    meant = [way for way in ways if way.doubted or way.state is State.HOLDS] or ways
    asked = dict.fromkeys(part for way in meant for bound in way.bounds for part in bound.parts)
    for part in asked:
        before = [each for each in parts.get(part, ()) if each.span.first <= now.span.first]
        if before:
            when = before[-1]
            at = "" if when.span == now.span else f" of {when.on.text}"
            yield f"{when.shows}{at}"


def _missing(
    doubted: Sequence[_AskedWay],
    parts: Mapping[_Part, Sequence[Point]],
    now: Point,
    seen: Mapping[_Part, State],
) -> Iterator[str]:
    """What would settle a term at a time: of each bound that may hold, what its results lack."""
    bounds = [bound for way in doubted for bound in way.bounds if bound.state is not State.HOLDS]
    lacking = [
        part
        for bound in bounds
        for part in bound.parts
        if seen[part] is bound.state or seen[part] in {State.OPEN, State.STALE}
    ]
    for part in dict.fromkeys(lacking):
        near = [each for each in parts.get(part, ()) if _overlap(each.span, now.span)]
        of_that_time = f"{part.analyte} of that time"
        if seen[part] is State.OPEN:
            fields = [f"{field} of {part.analyte}" for each in near for field in each.missing]
            yield from fields or [of_that_time]
        else:
            yield CLOCK_TIME if near else of_that_time


def _overlap(one_span: Span, other: Span) -> bool:
    return one_span.first <= other.last and other.first <= one_span.last


def _of_times(told: Sequence[_Told]) -> list[Point]:
    """The points, each once, without those that say less of a day than another one of it.

    What was shown at some time of a day stands, although the other result of that day may have
    been measured when it was over already.
    """
    kept: list[Point] = []
    in_time = sorted(told, key=lambda each: each.point.span)
    for span, alike in groupby(in_time, key=lambda each: each.point.span):
        each_once = {(p.lowest, p.highest, p.taken, by_time): p for p, by_time in alike}
        best = max((taken for _, _, taken, _ in each_once if taken is not None), default=-1)
        of_a_day = span.first < span.last and span.first_day == span.last_day
        kept += [
            point
            for (_, highest, _, by_time), point in each_once.items()
            if not (of_a_day and by_time and highest <= best)
        ]
    return kept
