"""Series of grades that results make: what all of them are made with."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final, NamedTuple

from app.domain.adjudication.in_order import Point, all_missing, gravity, one
from app.domain.adjudication.own_bounds import OwnBounds
from app.domain.case import LaboratoryResult
from app.domain.dlt.protocol import LaboratoryGrading
from app.domain.laboratory.catalogue import Catalogue
from app.domain.laboratory.grading import Chosen
from app.domain.laboratory.policy import Policy
from app.domain.time import Span

GRAVE: Final = 3
"""The grade from which on results that no adverse event reports are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaboratoryRules:
    """By what results are graded, and what they do in this trial."""

    catalogue: Catalogue
    grading: LaboratoryGrading
    policy: Policy
    boundaries: Mapping[str, frozenset[int]]
    """By term the grades at which the DLT rules tell what lies below from what does not."""
    own: OwnBounds | None = None
    """The bounds of the protocol's own terms, where it has some."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The grades of one term over time, in order; `baseline` is the last before the infusion.

    From the grade `grave` on a result speaks of the event of another time. `own` marks a term
    that the protocol's own bounds grade.
    """

    term: str
    code: int | None
    points: tuple[Point, ...]
    baseline: int | None
    grave: int = GRAVE
    own: bool = False


class ReadResult(NamedTuple):
    """A result with a term that it is graded for."""

    result: LaboratoryResult
    span: Span
    chosen: Chosen


def of_any_analyte(
    by_analyte: Mapping[str, Sequence[Point]], lines: frozenset[int]
) -> Iterator[Point]:
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


def baseline_of(points: Sequence[Point], infused: Span | None) -> int | None:
    """The grade of the last point before the infusion, where it is sure which that was."""
    if infused is None:
        return None
    before = [each for each in points if each.span.last < infused.first]
    last = max((each.span.first for each in before), default=0)
    grades = {each.taken for each in before if each.span.last >= last}
    return grades.pop() if len(grades) == 1 else None


def shown(result: LaboratoryResult) -> str:
    """What was measured, as it was reported."""
    return f"{result.value}" + ("" if result.unit is None else f" {result.unit}")
