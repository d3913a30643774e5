"""Cases as columns: what the evaluator reads, one row per event.

A `Columns` holds any number of events: one for a single question, a chunk of a million for a
batch. Courses are flattened, with offsets. Every time is a pair of bounds over the instants that
it may be, in microseconds since 1970-01-01T00:00Z, and the calendar days of those bounds.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.time import ALWAYS, DAY, Zone

Instants = NDArray[np.int64]
Days = NDArray[np.int32]
Small = NDArray[np.int8]
Index = NDArray[np.int64]

UNKNOWN = -1  # a grade, baseline or term that is not known
_CALENDAR = 100_000  # days; every year that can be recorded lies within


def rows_where(holds: NDArray[np.bool_]) -> Index:
    """The rows where something holds, in order. As `flatnonzero`, at a quarter of its toll."""
    return holds.nonzero()[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Courses:
    """Grade changes of all events, flattened. Shapes are (changes,)."""

    grade: Small
    first: Instants
    last: Instants
    sup: Instants
    recorded: Instants
    first_day: Days
    last_day: Days
    held_through: Instants
    """Last instant at which the grade before this change surely still held."""
    held_through_day: Days
    """Earliest calendar day of this change."""

    def take(self, rows: Index) -> "Courses":
        """These changes, in this order."""
        return Courses(**{name: getattr(self, name).take(rows) for name in self.__slots__})


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposures:
    """Infusions of the window's agent, by patient; only the first where it alone has a window.

    `offsets` has shape (patients + 1,).
    """

    offsets: Index
    first: Instants
    last: Instants
    first_day: Days
    last_day: Days
    cap_day: Days
    """Last day of each patient's window where it was completed early. Shape (patients,)."""
    zones: tuple[Zone, ...]
    """One zone for all patients, or one for each."""
    earliest: tuple[Instants, Instants] = field(init=False)
    """Bounds of each patient's earliest infusion; ALWAYS+1 where there is none.

    Where the spans of two infusions overlap, either may be the earliest.
    """
    in_order: bool = field(init=False)
    """Whether no patient's infusion that is listed first may be later than another."""
    partly: NDArray[np.bool_] = field(init=False)
    """Whether any infusion of a patient is partly dated. Shape (patients,)."""
    partly_dated: bool = field(init=False)
    """Whether any infusion is partly dated."""

    def __post_init__(self) -> None:
        first = np.full(len(self.offsets) - 1, ALWAYS + 1, dtype=np.int64)
        last = first.copy()
        treated = rows_where(np.diff(self.offsets) > 0)
        if len(treated):
            first[treated] = np.minimum.reduceat(self.first, self.offsets[treated])
            last[treated] = np.minimum.reduceat(self.last, self.offsets[treated])
        listed = self.offsets[treated]
        in_order = (self.first[listed] == first[treated]) & (self.last[listed] == last[treated])
        object.__setattr__(self, "earliest", (first, last))
        object.__setattr__(self, "in_order", bool(in_order.all()))
        loose = np.concatenate(([0], np.cumsum(self.first != self.last)))[self.offsets]
        object.__setattr__(self, "partly", np.diff(loose) > 0)
        object.__setattr__(self, "partly_dated", bool(loose[-1] > 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Events as columns. Shapes are (events,) unless said otherwise."""

    subject: Index
    signature: NDArray[np.int16]
    baseline: Small
    possible_grades: NDArray[np.uint8]
    """Bit g set: an unknown grade of this event may be g."""
    facts: Small
    """-1 no, 0 unknown, 1 yes. Shape (facts, events)."""
    since_first: Instants
    """From when on a fact holds, at the earliest: an instant; of an occurrence, the place of a
    step of the course. Shape (`Program.joins`, events).
    """
    since_last: Instants
    """And at the latest, if it holds."""
    since_assumed: Small
    """1 where the fact is so as long as what the record is silent of goes on."""
    tail: Small
    through: Instants
    """Last instant through which the last grade surely holds.

    Of a fatal event, its earliest death.
    """
    through_day: Days
    ends_by: Instants
    """Latest end of an event that has ended; of a fatal one, the first instant after its death."""
    ends_by_day: Days
    offsets: Index
    """Slice of `courses` per event. Shape (events + 1,)."""
    courses: Courses
    exposures: Exposures
    cut: Instants
    """Last instant that the data cut of the event's patient includes."""

    def __len__(self) -> int:
        return len(self.subject)

    def take(self, rows: Index) -> "Columns":
        """These events, in this order, each as often as it is named."""
        starts = self.offsets[rows]
        lengths = self.offsets[rows + 1] - starts
        offsets = np.concatenate(([0], np.cumsum(lengths)))
        changes = np.repeat(starts - offsets[:-1], lengths) + np.arange(offsets[-1])
        taken: dict[str, Any] = {
            name: getattr(self, name).take(rows, axis=-1) for name in _BY_EVENT
        }
        return self._with(taken, offsets, self.courses.take(changes))

    def part(self, start: int, stop: int) -> "Columns":
        """The events from `start` to before `stop`, as views; all patients stay."""
        offsets = self.offsets[start : stop + 1]
        changes = slice(int(offsets[0]), int(offsets[-1]))
        courses = {name: getattr(self.courses, name)[changes] for name in Courses.__slots__}
        parts: dict[str, Any] = {name: getattr(self, name)[..., start:stop] for name in _BY_EVENT}
        return self._with(parts, offsets - offsets[0], Courses(**courses))

    def beside(self, other: "Columns") -> "Columns":
        """The events of both, these first. Both must speak of the same patients."""
        joined: dict[str, Any] = {
            name: np.concatenate((getattr(self, name), getattr(other, name)), axis=-1)
            for name in _BY_EVENT
        }
        courses = {
            name: np.concatenate((getattr(self.courses, name), getattr(other.courses, name)))
            for name in Courses.__slots__
        }
        offsets = np.concatenate((self.offsets, other.offsets[1:] + self.offsets[-1]))
        return self._with(joined, offsets, Courses(**courses))

    def _with(self, by_event: dict[str, Any], offsets: Index, courses: Courses) -> "Columns":
        """Other events of the same patients."""
        return Columns(**by_event, offsets=offsets, courses=courses, exposures=self.exposures)

    @property
    def event_of_change(self) -> Index:
        """The event that each change belongs to. Shape (changes,)."""
        return np.repeat(np.arange(len(self)), np.diff(self.offsets))

    def midnight(self, events: Index, days: Days) -> Instants:
        """First instant of a calendar day in the zone of the event's patient."""
        instants: Instants = self._by_zone(events, days, _midnights, np.int64)
        return instants

    def day_of(self, events: Index, instants: Instants) -> Days:
        """Calendar day of an instant in the zone of the event's patient."""
        days: Days = self._by_zone(events, instants, _days, np.int32)
        return days

    def _by_zone(self, events: Index, values: Any, convert: Any, kind: Any) -> Any:
        zones = self.exposures.zones
        if len(zones) == 1:
            return convert(zones[0], values)
        subjects = self.subject[events]
        converted = np.empty(len(values), dtype=kind)
        for zone in set(zones):
            chosen = rows_where(np.array([each == zone for each in zones])[subjects])
            converted[chosen] = convert(zone, values[chosen])
        return converted


_BY_EVENT = (
    "subject", "signature", "baseline", "possible_grades", "facts", "since_first", "since_last",
    "since_assumed", "tail", "through", "through_day", "ends_by", "ends_by_day", "cut",
)  # fmt: skip


def _midnights(zone: Zone, days: Days) -> Instants:
    if zone.offset is not None:
        return days.astype(np.int64) * DAY - zone.offset
    distinct, place = np.unique(days, return_inverse=True)
    # Days at the ends of time are not calendar days of any zone: their own order is enough.
    known = [
        zone.midnight(int(day)) if abs(int(day)) < _CALENDAR else int(day) * DAY
        for day in distinct
    ]
    return np.array(known, dtype=np.int64)[place]


def _days(zone: Zone, instants: Instants) -> Days:
    if zone.offset is not None:
        return ((instants + zone.offset) // DAY).astype(np.int32)
    distinct, place = np.unique(instants, return_inverse=True)
    known = [
        zone.day_of(int(each)) if abs(int(each)) < _CALENDAR * DAY else int(each) // DAY
        for each in distinct
    ]
    return np.array(known, dtype=np.int32)[place]
