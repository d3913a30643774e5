"""The orders in which assessments may have been made, as far as their times leave them open."""

from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from typing import Final, TypeVar

from app.domain.time import ALWAYS, Span

State = TypeVar("State", bound=Hashable)
Step = Callable[[int, State], State]

MOST_SETS: Final = 256
"""Sets of assessments that may have been made before the next one, looked at one by one."""


def before_each(spans: Sequence[Span], start: State, step: Step[State]) -> list[frozenset[State]]:
    """The states in which each assessment may have been made, by its place.

    `spans` rise; `step` is the state after the assessment at a place. Where more orders are
    possible than can be looked at, every state that any of them could come to is counted.
    """
    found: list[frozenset[State]] = []
    states: frozenset[State] = frozenset({start})
    for group in _groups(spans):
        told = _in_every_order(group, spans, states, step)
        if told is None:
            reached = _closed(group, states, step)
            found += [reached] * len(group)
            states = reached
        else:
            found += [told[0][place] for place in group]
            states = told[1]
    return found


def unordered(spans: Sequence[Span]) -> Collection[int]:
    """The places of those that may have been made before or after another."""
    return {place for group in _groups(spans) if len(group) > 1 for place in group}


def _groups(spans: Sequence[Span]) -> list[list[int]]:
    """Places in order, those together of which it is not known which came first."""
    groups: list[list[int]] = []
    reach = ALWAYS
    for place, span in enumerate(spans):
        if span.first > reach:
            groups.append([])
        groups[-1].append(place)
        reach = max(reach, span.last)
    return groups


def _in_every_order(
    group: Sequence[int], spans: Sequence[Span], states: frozenset[State], step: Step[State]
) -> tuple[dict[int, frozenset[State]], frozenset[State]] | None:
    """The states before each of a group, and after all of it; None where that are too many."""
    before: dict[int, frozenset[State]] = dict.fromkeys(group, frozenset())
    after: dict[frozenset[int], frozenset[State]] = {frozenset(): states}
    looked_at = 0
    for _ in group:
        longer: dict[frozenset[int], frozenset[State]] = {}
        for made, reached in after.items():
            for place in _next(group, spans, made):
                before[place] |= reached
                now = frozenset(step(place, each) for each in reached)
                made_now = made | {place}
                longer[made_now] = longer.get(made_now, frozenset()) | now
        looked_at += len(longer)
        if looked_at > MOST_SETS:
            return None
        after = longer
    return before, after[frozenset(group)]


def _next(group: Sequence[int], spans: Sequence[Span], made: frozenset[int]) -> Iterator[int]:
    """Those that may be made next: nothing that is left was surely made before."""
    left = [place for place in group if place not in made]
    for place in left:
        if all(spans[other].last >= spans[place].first for other in left):
            yield place


def _closed(group: Sequence[int], states: frozenset[State], step: Step[State]) -> frozenset[State]:
    """Every state that the group can come to, each made as often as may be."""
    found, fresh = set(states), set(states)
    while fresh:
        fresh = {step(place, each) for place in group for each in fresh} - found
        found |= fresh
    return frozenset(found)
