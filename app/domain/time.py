"""Recorded times, spans of instants, zones and limits.

A recorded time is ISO 8601, possibly partial. To the minute or finer it is an instant; an hour,
day, month or year stands for every instant that it may be (docs/time.md). Nothing here reads a
clock, and nothing fills in what was not recorded.

Instants are whole microseconds since 1970-01-01T00:00Z; calendar days are whole days since
1970-01-01 in the zone of the site.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from app.domain.errors import BadCut, BadDuration, BadTime, BadZone

MICROSECOND = 1
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

#: Before and after every instant that can be recorded (years 1900 to 2199).
NEVER = 2**62
ALWAYS = -(2**62)
FIRST_YEAR, LAST_YEAR = 1900, 2199

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()

_TIME = re.compile(
    r"(?P<year>\d{4})"
    r"(?:-(?P<month>\d{2}|-)(?:-(?P<day>\d{2})"
    r"(?:T(?P<hour>\d{2})(?::(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?)?"
    r"(?P<offset>Z|[+-]\d{2}(?::?\d{2})?)?)?)?)?",
    re.ASCII,
)
_OFFSET = re.compile(r"([+-])(\d{2})(?::?(\d{2}))?", re.ASCII)
_LIMIT = re.compile(
    r"P(?:(?P<weeks>\d{1,3})W|(?P<days>\d{1,4})D|T(?:(?P<hours>\d{1,5})H|(?P<minutes>\d{1,6})M))",
    re.ASCII,
)


class Precision(StrEnum):
    """How finely a time was recorded."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    HOUR = "hour"
    INSTANT = "instant"


class Span(NamedTuple):
    """The instants that a recorded time may be, in one zone.

    `first` and `last` are both possible; `sup` is the bound to quote: the instant itself when it
    is exact, else the first instant after the span. `first_day` and `last_day` are the calendar
    days of `first` and `last`.
    """

    first: int
    last: int
    sup: int
    first_day: int
    last_day: int

    @property
    def exact(self) -> bool:
        """Whether only one instant is possible."""
        return self.first == self.last


#: Nothing is known about the time.
UNKNOWN_SPAN = Span(ALWAYS, NEVER, NEVER, ALWAYS // DAY, NEVER // DAY)


@dataclass(frozen=True, slots=True)
class Zone:
    """A site's zone: an IANA name or a fixed offset from UTC."""

    name: str
    rules: tzinfo
    offset: int | None  # microseconds east of UTC where it never changes

    def __hash__(self) -> int:  # type: ignore[explicit-override]
        return hash(self.name)

    def day_of(self, instant: int) -> int:
        """Calendar day (days since 1970-01-01) of an instant (microseconds)."""
        if self.offset is not None:
            return (instant + self.offset) // DAY
        return self.local(instant).date().toordinal() - _EPOCH_DAY

    def midnight(self, day: int) -> int:
        """First instant of a calendar day."""
        if self.offset is not None:
            return day * DAY - self.offset
        wall = datetime.fromordinal(day + _EPOCH_DAY)
        return _instants_of(wall, self.rules)[0]

    def local(self, instant: int) -> datetime:
        """The aware local time of an instant."""
        return (_EPOCH + timedelta(microseconds=instant)).astimezone(self.rules)

    def text(self, instant: int) -> str:
        """ISO 8601 with this zone's offset, without needless fractions."""
        return self.local(instant).isoformat()


def instant_of(moment: datetime) -> int:
    """An aware time as microseconds since 1970 in UTC."""
    return _microseconds(moment - _EPOCH)


@lru_cache(maxsize=512)
def zone_of(name: str) -> Zone:
    """Read an IANA zone name, `Z`, `UTC` or an offset such as `+08:00`."""
    if name in {"Z", "UTC"}:
        return Zone(name="UTC", rules=UTC, offset=0)
    if name.casefold() == "localtime":
        raise BadZone(name)  # the machine's own zone: the same case must not depend on it
    try:
        if _OFFSET.fullmatch(name):
            offset = _offset(name)
            return Zone(name=name, rules=offset, offset=_microseconds(offset.utcoffset(None)))
        return Zone(name=name, rules=ZoneInfo(name), offset=None)
    except (ZoneInfoNotFoundError, ValueError, OSError) as problem:
        raise BadZone(name) from problem


@dataclass(frozen=True, slots=True)
class PartialTime:
    """A time as it was recorded. Equality is that of the recorded text."""

    text: str

    def __post_init__(self) -> None:
        _read(self.text)

    @property
    def precision(self) -> Precision:
        """How finely it was recorded."""
        return _read(self.text).precision

    @property
    def has_offset(self) -> bool:
        """Whether the record itself says its offset from UTC."""
        return _read(self.text).offset is not None

    @property
    def offset_text(self) -> str | None:
        """The recorded offset, as a zone name."""
        offset = _read(self.text).offset
        return None if offset is None else _offset_text(offset)

    def span(self, zone: Zone) -> Span:
        """The instants that it may be; a local time without offset is `zone`'s wall clock."""
        return _span(self.text, zone)


class _Reading(NamedTuple):
    precision: Precision
    wall: datetime
    next_wall: datetime
    offset: timezone | None


@lru_cache(maxsize=65_536)
def _read(text: str) -> _Reading:
    found = _TIME.fullmatch(text)
    if not found:
        raise BadTime(
            text, "write ISO 8601 such as 2026-03-01T08:00+08:00, 2026-03-01, 2026-03 or 2026"
        )
    part = found.groupdict()
    year = int(part["year"])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise BadTime(text, f"the year must be {FIRST_YEAR} to {LAST_YEAR}")
    if part["month"] == "-" and (part["hour"] or not part["day"]):
        raise BadTime(text, "an unknown month is written YYYY---DD, without a clock time")
    try:
        return _reading(part, year)
    except ValueError as problem:
        raise BadTime(text, str(problem)) from problem


def _reading(part: dict[str, str | None], year: int) -> _Reading:
    month, day, hour, minute = part["month"], part["day"], part["hour"], part["minute"]
    if month is None or month == "-":
        if day is not None and not 1 <= int(day) <= 31:
            raise ValueError("day is out of range")
        return _Reading(Precision.YEAR, datetime(year, 1, 1), datetime(year + 1, 1, 1), None)
    if day is None:
        start = datetime(year, int(month), 1)
        return _Reading(Precision.MONTH, start, _next_month(start), None)
    start = datetime(year, int(month), int(day))
    if hour is None:
        return _Reading(Precision.DAY, start, start + timedelta(days=1), None)
    offset = _offset(part["offset"]) if part["offset"] else None
    start = start.replace(hour=int(hour))
    if minute is None:
        return _Reading(Precision.HOUR, start, start + timedelta(hours=1), offset)
    fraction = (part["fraction"] or "0")[:6].ljust(6, "0")
    start = start.replace(
        minute=int(minute), second=int(part["second"] or 0), microsecond=int(fraction)
    )
    return _Reading(Precision.INSTANT, start, start, offset)


@lru_cache(maxsize=65_536)
def _span(text: str, zone: Zone) -> Span:
    read = _read(text)
    rules = read.offset or zone.rules
    if read.precision is Precision.INSTANT:
        instants = _instants_of(read.wall, rules)
        first, last = min(instants), max(instants)
        sup = first if first == last else last + MICROSECOND
    else:
        first, sup = _instants_of(read.wall, rules)[0], _instants_of(read.next_wall, rules)[0]
        if sup <= first:  # an hour that daylight saving skips
            first = sup - HOUR
        last = sup - MICROSECOND
    return Span(first, last, sup, zone.day_of(first), zone.day_of(last))


def _instants_of(wall: datetime, rules: tzinfo) -> tuple[int, int]:
    """Both instants of a wall-clock time; they differ in a daylight-saving fold or gap.

    The first of the two is the first instant of an hour or day that begins with that wall time:
    in a fold the earlier one, in a gap the transition.
    """
    first = wall.replace(tzinfo=rules, fold=0) - _EPOCH
    second = wall.replace(tzinfo=rules, fold=1) - _EPOCH
    return _microseconds(first), _microseconds(second)


def _microseconds(delta: timedelta | None) -> int:
    return 0 if delta is None else delta // timedelta(microseconds=1)


def _next_month(start: datetime) -> datetime:
    return datetime(start.year + start.month // 12, start.month % 12 + 1, 1)


def _offset(text: str) -> timezone:
    if text == "Z":
        return UTC
    found = _OFFSET.fullmatch(text)
    if not found or int(found[2]) * 60 + int(found[3] or 0) > 14 * 60 or int(found[3] or 0) > 59:
        raise ValueError(f"the offset {text} is not between -14:00 and +14:00")
    delta = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return timezone(-delta if found[1] == "-" else delta)


def _offset_text(offset: timezone) -> str:
    minutes = _microseconds(offset.utcoffset(None)) // MINUTE
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def last_instant_of_cut(as_of: PartialTime, zone: Zone) -> int:
    """The last instant that a data cut includes.

    A date cuts at the following midnight, exclusive; an instant is inclusive. Anything else is
    refused: a data cut is a date or an instant.
    """
    if as_of.precision not in {Precision.DAY, Precision.INSTANT}:
        raise BadCut(as_of.text)
    return as_of.span(zone).last


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit as the protocol writes it: `P7D`, `P2W`, `PT72H`, `PT90M`.

    Days and weeks compare calendar dates; hours and minutes compare instants.
    """

    text: str

    def __post_init__(self) -> None:
        _length(self.text)

    @property
    def days(self) -> int | None:
        """Calendar days, where it is written in days or weeks."""
        return _length(self.text)[0]

    @property
    def microseconds(self) -> int:
        """Elapsed time; for days and weeks, that of as many days of 24 hours."""
        return _length(self.text)[1]

    @property
    def elapsed(self) -> "Limit":
        """The same limit counted in hours."""
        return Limit(f"PT{self.microseconds // HOUR}H") if self.days is not None else self

    @property
    def words(self) -> str:
        """As an English reader writes it."""
        if self.days is not None:
            return f"{self.days} day{'' if self.days == 1 else 's'}"
        return duration_words(self.microseconds)


@lru_cache(maxsize=1024)
def _length(text: str) -> tuple[int | None, int]:
    """Calendar days (None for hours and minutes) and microseconds of a limit."""
    found = _LIMIT.fullmatch(text)
    if not found:
        raise BadDuration(text)
    weeks, days, hours, minutes = (
        int(found[part] or 0) for part in ("weeks", "days", "hours", "minutes")
    )
    if found["hours"] or found["minutes"]:
        return None, hours * HOUR + minutes * MINUTE
    return weeks * 7 + days, (weeks * 7 + days) * DAY


def duration_words(microseconds: int) -> str:
    """`72 h 1 min`; seconds only where there are any."""
    minutes, rest = divmod(microseconds, MINUTE)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{hours} h"] if hours or not (minutes or rest) else []
    parts += [f"{minutes} min"] if minutes else []
    parts += [f"{f'{rest / SECOND:.6f}'.rstrip('0').rstrip('.')} s"] if rest else []
    return " ".join(parts)


def _as_time(value: Any) -> Any:
    if isinstance(value, PartialTime):
        return value
    if not isinstance(value, str):
        raise BadTime(str(value), "write it as text")
    return PartialTime(value)


def _as_limit(value: Any) -> Any:
    if isinstance(value, Limit):
        return value
    if not isinstance(value, str):
        raise BadDuration(str(value))
    return Limit(value)


RecordedTime = Annotated[
    PartialTime,
    BeforeValidator(_as_time),
    PlainSerializer(lambda value: value.text, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "description": "ISO 8601, possibly partial: an instant (2026-03-01T08:00+08:00), an "
            "hour, a day, a month or a year.",
            "examples": ["2026-03-01T08:00:00+08:00", "2026-03-01", "2026-03"],
        }
    ),
]

LimitText = Annotated[
    Limit,
    BeforeValidator(_as_limit),
    PlainSerializer(lambda value: value.text, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^P([0-9]{1,3}W|[0-9]{1,4}D|T([0-9]{1,5}H|[0-9]{1,6}M))$",
            "description": "Days and weeks compare calendar dates, hours and minutes compare "
            "instants.",
            "examples": ["P7D", "P2W", "PT72H"],
        }
    ),
]
