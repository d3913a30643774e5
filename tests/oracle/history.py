"""A complete record: every time an instant, every grade a number, every fact true or false."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.time import ALWAYS, NEVER, Zone


@dataclass(frozen=True, slots=True)
class Change:
    """From `at` on the event has `grade`. Instants are microseconds.

    `quoted` is the instant that a clock from here is counted from: the exclusive end of the
    recorded interval where the change lies at its very end. `recorded` is the first instant of
    the recorded time, which an immediate criterion gives; `earliest` is the first that it may be.
    """

    at: int
    grade: int
    quoted: int
    recorded: int
    earliest: int = ALWAYS


@dataclass(frozen=True, slots=True)
class Given:
    """An intervention of a kind, from one instant to another; `quoted` as that of a change."""

    kind: str | None
    start: int
    quoted: int
    end: int

    def until(self, end: int) -> "Given":
        """The same, ended then."""
        return Given(self.kind, self.start, self.quoted, end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that a clause may ask about an event beside its course."""

    term: str | None = None
    laboratory: bool = False
    significant: bool = False
    relatedness: Mapping[str, bool] = field(default_factory=dict)
    """By the words of the question (agent and words): whether the event is so related."""
    interventions: Mapping[str, bool] = field(default_factory=dict)
    other_crs_symptoms: bool = False
    causes: Mapping[tuple[str, ...], bool] = field(default_factory=dict)
    named: Mapping[str, bool] = field(default_factory=dict)
    numbers: Mapping[str, bool] = field(default_factory=dict)
    """By the words of the bound."""
    serious: Mapping[str, bool] = field(default_factory=dict)
    rulings: Mapping[str, bool] = field(default_factory=dict)
    under_syndrome: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One complete record of one event. The last grade persists for ever."""

    zone: Zone
    changes: tuple[Change, ...]
    infusions: tuple[int, ...]
    baseline: int
    facts: Facts
    fatal_at: int | None = None
    """The instant of a death that exceeds every limit still running."""
    fatal_day_at: int | None = None
    """The same for limits in days: from the first instant of a death that is dated by its day."""
    quoted_infusions: Mapping[int, int] = field(default_factory=dict)
    """By the instant of an infusion, that from which clocks are quoted: see `Change`."""
    given: tuple[Given, ...] = ()
    unseen: tuple[Given, ...] = ()
    """Interventions that were begun when nobody told of them any more."""
    cap_day: int = NEVER
    """Last day of a window that was completed early."""


def runs_of(changes: tuple[Change, ...], grade: int) -> list[tuple[int, int]]:
    """Every run at or above a grade: the places of its first change and of the first below."""
    found: list[tuple[int, int]] = []
    start: int | None = None
    for place, change in enumerate(changes):
        if change.grade >= grade and start is None:
            start = place
        if change.grade < grade and start is not None:
            found.append((start, place))
            start = None
    if start is not None:
        found.append((start, len(changes)))
    return found
