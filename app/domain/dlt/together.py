"""Whether another event of the patient was there at the same time, and from when on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from app.domain.course import Course
from app.domain.dlt.facts import NO, UNKNOWN, YES
from app.domain.steps import UNKNOWN_GRADE
from app.domain.time import ALWAYS, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """YES, UNKNOWN or NO; and the bounds of the instant from which on it holds, if it does."""

    told: int
    first: int
    last: int
    assumed: bool = False
    """Whether it is so as long as what the record is silent of before the cut goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Presence:
    """A step of a course at or above a grade, or perhaps so (not `sure`)."""

    begins: int
    began: int
    """The bounds of its first instant."""
    held: int
    """The last instant through which it surely held."""
    ends: int
    """The last instant at which it may still have been there."""
    sure: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Overlap:
    """When two steps began to be there together, at the earliest and at the latest."""

    first: int
    last: int
    sure: bool


def together(
    mine: Course, grade: int, others: Sequence[tuple[Course, bool]], other_grade: int, cut: int
) -> Together:
    """Whether one of the other events was at or above its grade while this one was at its own.

    `others` say of each whether its term surely is one that is asked for. Where the runs of this
    event differ, it is unknown: the rule asks of a run, and the fact is told of the event.
    """
    theirs = [
        replace(presence, sure=presence.sure and asked_for)
        for course, asked_for in others
        for run in _runs(course, other_grade, cut)
        for presence in run
    ]
    found = [_of_run(run, theirs) for run in _runs(mine, grade, cut)]
    told = {each.told for each in found}
    if not found or told == {NO}:
        return Together(told=NO, first=ALWAYS, last=cut)
    return Together(
        told=YES if told == {YES} else UNKNOWN,
        first=min(each.first for each in found if each.told != NO),
        last=max(each.last for each in found if each.told != NO),
    )


def unseen(found: Together, mine: Course, grade: int, seen: Sequence[Span], cut: int) -> Together:
    """What was found, unless nothing was measured (`seen`) while this event was at its grade: what
    nobody looked for is unknown, not absent.
    """
    open_runs = [
        run
        for run in _runs(mine, grade, cut)
        if not any(run[0].begins <= each.last and each.first <= run[-1].ends for each in seen)
    ]
    if found.told == YES or not open_runs:
        return found
    first = min(run[0].begins for run in open_runs)
    last = max(run[-1].ends for run in open_runs)
    if found.told == UNKNOWN:
        first, last = min(first, found.first), max(last, found.last)
    return Together(told=UNKNOWN, first=first, last=last)


def _of_run(mine: Sequence[_Presence], theirs: Sequence[_Presence]) -> Together:
    overlaps = [
        overlap
        for one in mine
        for other in theirs
        if (overlap := _overlap(one, other)) is not None
    ]
    if not overlaps:
        return Together(told=NO, first=ALWAYS, last=ALWAYS)
    surely = [each.last for each in overlaps if each.sure]
    return Together(
        told=YES if surely else UNKNOWN,
        first=min(each.first for each in overlaps),
        last=min(surely) if surely else max(each.last for each in overlaps),
    )


def _overlap(one: _Presence, other: _Presence) -> _Overlap | None:
    """How two steps lie in time; None where they cannot have been there together."""
    first, ends = max(one.begins, other.begins), min(one.ends, other.ends)
    if first > ends:
        return None
    last = max(one.began, other.began)
    sure = one.sure and other.sure and last <= min(one.held, other.held)
    return _Overlap(first=first, last=last if sure else ends, sure=sure)


def run_starts(course: Course, grade: int, cut: int) -> Iterator[tuple[int, int]]:
    """When each run at or above a grade began, at the earliest and at the latest.

    A grade that is not known may be below: what follows it may be where the run began.
    """
    for run in _runs(course, grade, cut):
        after_doubt = [now.began for before, now in pairwise(run) if not before.sure]
        yield run[0].begins, max([run[0].began, *after_doubt])


def _runs(course: Course, grade: int, cut: int) -> Iterator[list[_Presence]]:
    """The unbroken stretches at or above a grade, or perhaps so, step by step."""
    run: list[_Presence] = []
    for place, step in enumerate(course.steps):
        if step.grade != UNKNOWN_GRADE and step.grade < grade:
            if run:
                yield run
            run = []
            continue
        following = course.steps[place + 1] if place + 1 < len(course.steps) else None
        held = course.through if following is None else following.held_through
        ends = course.ends_by if following is None else following.span.last - 1
        run.append(
            _Presence(
                begins=step.span.first,
                began=min(step.span.last, cut),
                held=min(held, cut),
                ends=min(ends, cut),
                sure=step.grade != UNKNOWN_GRADE,
            )
        )
    if run:
        yield run
