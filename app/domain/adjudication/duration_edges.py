"""Where rules draw lines through durations, and how long a worked case between two lines lasts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.dlt.clock import Clock
from app.domain.dlt.rule import Clocks
from app.domain.dlt.text.durations import amount_of
from app.domain.dlt.words import COUNTED_FROM
from app.domain.time import DAY, MINUTE, zone_of

UTC: Final = zone_of("UTC")


@dataclass(frozen=True, slots=True)
class Edge:
    """A limit, and the last minute at which an event that began at the start is within it."""

    limit: str
    last: int
    included: bool
    """Whether the limit is within itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lasting:
    """A duration beyond one limit and within another (None: there is none on that side).

    `until` is when the longest event of that duration is over.
    """

    beyond: Edge | None
    within: Edge | None
    until: int

    @property
    def words(self) -> str:
        """`longer than 72 hours, up to 7 days`."""
        told = []
        if self.beyond is not None:
            limit = self.beyond.limit
            told.append(f"longer than {limit}" if self.beyond.included else f"{limit} or longer")
        if self.within is not None:
            limit = self.within.limit
            told.append(f"up to {limit}" if self.within.included else f"shorter than {limit}")
        return ", ".join(told) or "any time"


def edges_of(asked: Iterable[Clock], clocks: Clocks, start: int, infused: int) -> tuple[Edge, ...]:
    """The lines of these clocks, shortest first, for an event that begins at `start`.

    Those that are counted from the infusion draw theirs from there. A limit that no event keeps
    draws none.
    """
    found: dict[int, Edge] = {}
    for clock in sorted(set(asked), key=str):
        begun = start if clock.counted_from == "onset" else infused
        last = _last(clock, clocks, begun)
        if last > start:
            limit = amount_of(clock.limit)
            if clock.counted_from != "onset":
                limit += f" from {COUNTED_FROM[clock.counted_from]}"
            found.setdefault(last, Edge(limit, last, clock.includes_limit(clocks)))
    return tuple(found[last] for last in sorted(found))


def lasting_of(edges: Sequence[Edge], start: int) -> tuple[Lasting, ...]:
    """The durations between the lines, each with its longest; beyond the last, a day longer."""
    beyond: Edge | None = None
    found = []
    for edge in edges:
        found.append(Lasting(beyond=beyond, within=edge, until=edge.last))
        beyond = edge
    until = (edges[-1].last if edges else start) + DAY
    return (*found, Lasting(beyond=beyond, within=None, until=until))


def _last(clock: Clock, clocks: Clocks, start: int) -> int:
    limit, included = clock.limit, clock.includes_limit(clocks)
    if limit.days is None or clocks.days_are == "elapsed":
        return start + limit.microseconds - (0 if included else MINUTE)
    days = limit.days if included else limit.days - 1
    return UTC.midnight(UTC.day_of(start) + days + 1) - MINUTE
