"""Grades over time, each known at its time alone: which came first is known from the times."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from app.domain.time import ALWAYS, PartialTime, Span

CLOCK_TIME: Final = "clock time"
"""What is missing where it is not known which of several results came first."""
WHICH_HOLDS: Final = "which result of that time holds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What a term was when a result was measured: between `lowest` and `highest`, as far as the
    number and the facts that were told say; up to `possible` by clauses of which nobody told.

    `taken` is the grade that the rules judge: the lowest of those left where the rules cannot
    tell them apart, or the one that a policy of the protocol's own tells (`assumed`); None where
    it is open, and `missing` says what would settle it. `shows` says what was measured; nothing
    can be told of what is `unread`.
    """

    on: PartialTime
    span: Span
    lowest: int
    highest: int
    possible: int
    taken: int | None
    shows: str
    missing: tuple[str, ...] = ()
    assumed: bool = False
    unread: bool = False

    @property
    def grade(self) -> int:
        """The grade that is told: the one judged, else the lowest possible."""
        return self.lowest if self.taken is None else self.taken

    @property
    def reach(self) -> int:
        """The grade that it may reach, as far as nobody has decided that it does not."""
        return self.grade if self.assumed else self.highest


def one(lowest: int, highest: int, lines: frozenset[int]) -> int | None:
    """One grade for all of these; None where the rules tell some of them apart."""
    return None if any(lowest < line <= highest for line in lines) else lowest


def in_order(points: Sequence[Point], lines: frozenset[int]) -> Iterator[Point]:
    """One point for each time, in order.

    Where it is not known which of several came first, and the rules tell their grades apart, what
    held at each is open. A rise that nothing beside it shares is sure all the same: of several
    results of one day, with lower grades on the days before and after, the highest is taken.
    """
    groups = overlapping(sorted(points, key=lambda each: each.span))
    for place, group in enumerate(groups):
        known = [each.taken for each in group if each.taken is not None]
        lowest, highest = min(known, default=0), max(known, default=0)
        sure = len(known) == len(group)
        beside = [*groups[max(place - 1, 0) : place], *groups[place + 1 : place + 2]]
        if sure and one(lowest, highest, lines) is None and place + 1 < len(groups):
            low = [one(lowest, each.taken or lowest, lines) for near in beside for each in near]
            known_beside = all(each.taken is not None for near in beside for each in near)
            if _of_one_day(group) and known_beside and None not in low:
                yield max(group, key=gravity)
                continue
        together = sure and one(lowest, highest, lines) is not None
        why = () if together or len(group) == 1 else (_order_of(group),)
        for _, alike in groupby(group, key=lambda each: each.span):
            yield _merged(list(alike), why, together=together)


def _order_of(group: Sequence[Point]) -> str:
    """What would settle which of several points holds when."""
    instants = all(each.span.first == each.span.last for each in group)
    return WHICH_HOLDS if instants else CLOCK_TIME


def gravity(point: Point) -> tuple[int, int, str]:
    """How grave a point is, for the choice of one."""
    return point.taken or 0, point.lowest, point.shows


def _of_one_day(group: Sequence[Point]) -> bool:
    """Whether all have one time, which is no instant: so that they need not contradict."""
    return len({each.span for each in group}) == 1 and group[0].span.first < group[0].span.last


def _merged(same: Sequence[Point], why: tuple[str, ...], *, together: bool) -> Point:
    """Points of one time as one, with the bounds of all; `why` is what else is missing."""
    gravest = max(same, key=gravity)
    return replace(
        gravest,
        lowest=min(each.lowest for each in same),
        highest=max(each.highest for each in same),
        possible=max(each.possible for each in same),
        taken=gravest.taken if together else None,
        missing=tuple(dict.fromkeys((*why, *all_missing(same)))),
        assumed=together and gravest.assumed,
        unread=all(each.unread for each in same),
    )


def all_missing(points: Iterable[Point]) -> tuple[str, ...]:
    """What is missing of any of these, each once."""
    return tuple(dict.fromkeys(field for each in points for field in each.missing))


def overlapping(points: Sequence[Point]) -> list[list[Point]]:
    """Points in order, those together of which it is not known which came first."""
    groups: list[list[Point]] = []
    reach = ALWAYS
    for each in points:
        if each.span.first > reach:
            groups.append([])
        groups[-1].append(each)
        reach = max(reach, each.span.last)
    return groups
