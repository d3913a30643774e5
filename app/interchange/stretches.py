"""Grades with the times for which they held, put in order: stretches become grade changes.

Nothing is put in an order that the times do not give. Stretches that give several grades for one
time are known together only: the highest of them was reached at some time, none was above it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.domain.case import GradeChange
from app.domain.grade import DEATH
from app.domain.time import DAY, HOUR, NEVER, PartialTime, Precision, zone_of

_UTC: Final = zone_of("UTC")
_ZONES_APART: Final = 14 * HOUR
"""Between a time with an offset and one without, whose zone is not known here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """From a start to an end, where it is told, an event had this grade. `key` is its row's."""

    start: PartialTime | None
    end: PartialTime | None
    grade: int | None
    key: str

    @property
    def order(self) -> tuple[int, int, int, int, int, str]:
        """By start, then by end; what is not known comes last."""
        start, end = self.start, self.end
        return (
            NEVER if start is None else _first(start),
            NEVER if start is None else _last(start),
            NEVER if end is None else _first(end),
            NEVER if end is None else _last(end),
            -1 if self.grade is None else self.grade,
            self.key,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class InOrder:
    """Stretches in order. `end` is that of the last, where all are told that could be the last."""

    changes: tuple[GradeChange, ...]
    end: PartialTime | None
    last: tuple[str, ...]
    """The keys of the stretches that may be the last."""
    overlap: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Together:
    """Stretches of which nobody knows which came first: one, or several."""

    members: tuple[Stretch, ...]

    @property
    def start(self) -> PartialTime | None:
        """The first start, unless one is not known."""
        starts = [each.start for each in self.members]
        known = [each for each in starts if each is not None]
        return None if len(known) < len(starts) else min(known, key=_first)

    @property
    def end(self) -> PartialTime | None:
        """The last end, unless one is not known, or the event ended in death."""
        ends = [each.end for each in self.members]
        known = [each for each in ends if each is not None]
        fatal = any(each.grade == DEATH for each in self.members)
        return None if fatal or len(known) < len(ends) else max(known, key=_last)

    @property
    def mixed(self) -> bool:
        """Whether there are several grades."""
        return len({each.grade for each in self.members}) > 1

    def changes(self) -> tuple[GradeChange, ...]:
        """One grade; of several, that the highest was reached at a time that nobody knows."""
        if not self.mixed:
            return (GradeChange(at=self.start, grade=self.members[0].grade),)
        known = [each.grade for each in self.members if each.grade is not None]
        return at_some_time(self.start, max(known))


def at_some_time(start: PartialTime | None, grade: int) -> tuple[GradeChange, ...]:
    """From a start on the event was there, and at some time at this grade."""
    onset, peak = GradeChange(at=start, grade=None), GradeChange(at=None, grade=grade)
    if grade == DEATH:
        return onset, peak
    return onset, peak, GradeChange(at=None, grade=None)


def in_order(stretches: Sequence[Stretch], *, ended: bool) -> InOrder:
    """The grade changes of at least one stretch, in the order of time.

    In a gap between two the event was over where `ended` says that an end is one of the event,
    and a whole day lies between; else its grade is not known there.
    """
    groups = _groups(stretches)
    changes: list[GradeChange] = []
    for place, group in enumerate(groups):
        changes += group.changes()
        following = groups[place + 1].start if place + 1 < len(groups) else None
        if following and group.end and surely_before(group.end, following):
            over = ended and _days_apart(group.end, following)
            changes.append(GradeChange(at=group.end, grade=0 if over else None))
    return InOrder(
        changes=tuple(changes),
        end=groups[-1].end,
        last=tuple(each.key for each in groups[-1].members),
        overlap=any(group.mixed for group in groups),
    )


def adjoins(one: Stretch, other: Stretch) -> bool:
    """Whether the later of two stretches begins while the earlier goes on, or by the next day."""
    if one.start is None or other.start is None:
        return False
    earlier, later = sorted((one, other), key=lambda each: each.order)
    if earlier.end is None or later.start is None:
        return True
    return not surely_before(earlier.end, later.start) or not _days_apart(earlier.end, later.start)


def ends_later(one: Stretch, other: Stretch) -> bool:
    """Whether a stretch may go on for longer than another."""
    if other.end is None:
        return False
    return one.end is None or _last(one.end) > _last(other.end)


def surely_before(one: PartialTime, other: PartialTime) -> bool:
    """Whether every instant that one time may be lies before every one that the other may be."""
    apart = 0 if one.has_offset == other.has_offset else _ZONES_APART
    return one.span(_UTC).last + apart < other.span(_UTC).first


def _days_apart(one: PartialTime, other: PartialTime) -> bool:
    """Whether a whole day surely lies between two times."""
    coarse = {Precision.DAY, Precision.MONTH, Precision.YEAR}
    gap = other.span(_UTC).first - one.span(_UTC).last
    return gap > DAY if {one.precision, other.precision} & coarse else gap > 2 * DAY


def _groups(stretches: Iterable[Stretch]) -> list[_Together]:
    ordered = sorted(stretches, key=lambda each: each.order)
    if any(each.start is None for each in ordered):
        return [_Together(members=tuple(ordered))]
    groups: list[_Together] = []
    for each in ordered:
        if groups and not all(_follows(each, earlier) for earlier in groups[-1].members):
            groups[-1] = replace(groups[-1], members=(*groups[-1].members, each))
        else:
            groups.append(_Together(members=(each,)))
    return groups


def _follows(each: Stretch, earlier: Stretch) -> bool:
    """Whether a stretch begins after another's start, and not before its end."""
    if each.start is None or earlier.start is None:
        return False
    if earlier.end is not None and _over_by(earlier.end, each.start):
        turned = each.end is not None and _over_by(each.end, earlier.start)
        return not turned
    going_on = earlier.end is None or not surely_before(each.start, earlier.end)
    return going_on and surely_before(earlier.start, each.start)


def _over_by(end: PartialTime, start: PartialTime) -> bool:
    return end == start or surely_before(end, start)


def _first(time: PartialTime) -> int:
    return time.span(_UTC).first


def _last(time: PartialTime) -> int:
    return time.span(_UTC).last
