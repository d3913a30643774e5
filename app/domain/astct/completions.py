"""Every complete record that a partial one could be, and what of it could change the answer.

A grade is a function of *parts* that share no component: each part has an outcome for each
assignment of values to its components, and `combine` makes the grade of the outcomes. So all
completions are looked at, although only those of one part at a time are written out.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

Combine = Callable[..., int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Possible:
    """A component, and the values that it may have: one where it is known."""

    field: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Components that decide together. `outcome` takes their values in the order of `of`."""

    of: tuple[Possible, ...]
    outcome: Callable[..., Hashable]

    def outcomes(self) -> dict[tuple[Any, ...], Hashable]:
        """The outcome of every assignment."""
        return {each: self.outcome(*each) for each in product(*(one.values for one in self.of))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Over all completions: the values that are possible, and the components that matter.

    `outcomes` are the possible ones of each part, in the order of the parts.
    """

    lowest: int
    highest: int
    matters: tuple[str, ...]
    outcomes: tuple[frozenset[Any], ...]

    @property
    def certain(self) -> bool:
        """Whether all completions agree."""
        return self.lowest == self.highest


def either(flag: bool | None) -> tuple[bool, ...]:
    """What a flag may be."""
    return (True, False) if flag is None else (flag,)


def decide(parts: Sequence[Part], combine: Combine) -> Decision:
    """Look at every completion. A component matters where two that differ in it alone disagree."""
    assigned = [part.outcomes() for part in parts]
    outcomes = [dict.fromkeys(each.values()) for each in assigned]
    values = {combine(*each) for each in product(*outcomes)}
    matters: dict[str, None] = {}
    if len(values) > 1:
        for place, part in enumerate(parts):
            profiles = _profiles(outcomes, place, combine)
            matters |= dict.fromkeys(_matter(part, assigned[place], profiles))
    return Decision(
        lowest=min(values),
        highest=max(values),
        matters=tuple(matters),
        outcomes=tuple(frozenset(each) for each in outcomes),
    )


def _profiles(
    outcomes: Sequence[dict[Hashable, None]], place: int, combine: Combine
) -> dict[Hashable, tuple[int, ...]]:
    """What each outcome of a part comes to, beside every outcome of the others."""
    before, after = outcomes[:place], outcomes[place + 1 :]
    return {
        each: tuple(combine(*others) for others in product(*before, (each,), *after))
        for each in outcomes[place]
    }


def _matter(
    part: Part,
    assigned: dict[tuple[Any, ...], Hashable],
    profiles: dict[Hashable, tuple[int, ...]],
) -> Iterator[str]:
    for place, component in enumerate(part.of):
        if len(component.values) == 1:
            continue
        seen: dict[tuple[Any, ...], tuple[int, ...]] = {}
        for values, outcome in assigned.items():
            others = values[:place] + values[place + 1 :]
            if seen.setdefault(others, profiles[outcome]) != profiles[outcome]:
                yield component.field
                break
