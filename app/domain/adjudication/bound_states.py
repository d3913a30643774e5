"""What is known of a bound at a time: by the result of that time, or by those before and after.

A rise counts from the result that shows it, a fall may have happened at any time between two
results (docs/time.md). Before the first result nothing is known, nor after the last.
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum

from app.domain.adjudication.in_order import Point
from app.domain.time import Span


class State(Enum):
    """Whether a bound holds at a time."""

    HOLDS = "holds"
    FAILS = "fails"
    OPEN = "open"
    """A result of that time, or beside it, does not say."""
    STALE = "stale"
    """It may have changed since the last result, or it is not known which came first."""
    UNMEASURED = "unmeasured"
    """No result speaks of that time."""


_OF_RESULT = {1: State.HOLDS, 0: State.FAILS, None: State.OPEN}


def at_result(point: Point) -> State:
    """What a result shows at its own time."""
    return _OF_RESULT[point.taken]


def at_time(points: Sequence[Point], when: Span) -> State:
    """What results in order say of an instant that lies somewhere in `when`."""
    possible = set(_possible(points, when))
    if len(possible) == 1:
        return possible.pop()
    return State.OPEN if State.OPEN in possible else State.STALE


def _possible(points: Sequence[Point], when: Span) -> Iterator[State]:
    """Each state that it may have had, as `when` may lie before, at and after each result."""
    for place in range(len(points) + 1):
        before = points[place - 1] if place else None
        after = points[place] if place < len(points) else None
        if (before is None or before.span.first < when.last) and (
            after is None or when.first < after.span.last
        ):
            yield _between(before, after, when)
        if after is not None and after.span.first <= when.last and when.first <= after.span.last:
            yield at_result(after)


def _between(before: Point | None, after: Point | None, when: Span) -> State:
    """What holds between two results that follow each other.

    A result that does not keep a bound speaks for its whole day.
    """
    if before is None or (after is None and at_result(before) is State.FAILS):
        near = after if before is None else before
        absent = near is not None and at_result(near) is State.FAILS and _same_day(near.span, when)
        return State.FAILS if absent else State.UNMEASURED
    earlier = at_result(before)
    if after is None:
        return State.STALE if earlier is State.HOLDS else State.OPEN
    if earlier is State.FAILS:
        return State.FAILS
    later = at_result(after)
    if State.OPEN in {earlier, later}:
        return State.OPEN
    return State.HOLDS if later is State.HOLDS else State.STALE


def _same_day(one: Span, other: Span) -> bool:
    return {one.first_day, one.last_day} == {other.first_day, other.last_day} and (
        one.first_day == one.last_day
    )


def any_of(states: Iterable[State]) -> State:
    """Whether one of several holds: what was measured speaks, what was not is not there."""
    found = set(states)
    order = (State.HOLDS, State.OPEN, State.STALE, State.FAILS)
    return next((each for each in order if each in found), State.UNMEASURED)


def all_of(states: Iterable[State]) -> State:
    """Whether all hold at one time: what was not measured may hold where another one may."""
    found = set(states)
    if found == {State.UNMEASURED}:
        return State.UNMEASURED
    if State.FAILS in found:
        return State.FAILS
    if State.OPEN in found:
        return State.OPEN
    return State.HOLDS if found == {State.HOLDS} else State.STALE
