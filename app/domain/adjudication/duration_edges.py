"""Where rules draw lines through durations, and how long a worked case between two lines lasts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.dlt.rule import Clocks
from app.domain.dlt.text.durations import amount_of
from app.domain.time import DAY, MINUTE, Limit, zone_of

UTC: Final = zone_of("UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A limit, and the last minute at which an event that began at the start is within it."""

    limit: str
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lasting:
    """A duration beyond one limit and within another (None: there is none on that side).

    `until` is when the longest event of that duration is over.
    """

    beyond: str | None
    within: str | None
    until: int
    included: bool
    """Whether a limit is within itself."""

    @property
    def words(self) -> str:
        """`longer than 72 hours, up to 7 days`."""
        if self.included:
            told = [f"longer than {self.beyond}"] if self.beyond else []
            told += [f"up to {self.within}"] if self.within else []
        else:
            told = [f"{self.beyond} or longer"] if self.beyond else []
            told += [f"shorter than {self.within}"] if self.within else []
        return ", ".join(told) or "any time"


def edges_of(limits: Iterable[Limit], clocks: Clocks, start: int) -> tuple[Edge, ...]:
    """The lines of these limits, shortest first. A limit that no event keeps draws none."""
    found: dict[int, str] = {}
    for limit in sorted(set(limits), key=lambda each: each.text):
        last = _last(limit, clocks, start)
        if last > start:
            found.setdefault(last, amount_of(limit))
    return tuple(Edge(limit=found[last], last=last) for last in sorted(found))


def lasting_of(edges: Sequence[Edge], start: int, *, included: bool) -> tuple[Lasting, ...]:
    """The durations between the lines, each with its longest; beyond the last, a day longer."""
    beyond: str | None = None
    found = []
    for edge in edges:
        found.append(Lasting(beyond=beyond, within=edge.limit, until=edge.last, included=included))
        beyond = edge.limit
    until = (edges[-1].last if edges else start) + DAY
    return (*found, Lasting(beyond=beyond, within=None, until=until, included=included))


def _last(limit: Limit, clocks: Clocks, start: int) -> int:
    if limit.days is None or clocks.days_are == "elapsed":
        return start + limit.microseconds - (0 if clocks.within_includes_limit else MINUTE)
    days = limit.days if clocks.within_includes_limit else limit.days - 1
    return UTC.midnight(UTC.day_of(start) + days + 1) - MINUTE
