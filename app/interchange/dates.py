"""Dates as EDC systems write them, read as the recorded times that they surely are.

Nothing is guessed: not a day that was left out, not a century, not which of two numbers is the
month. What a recorded time cannot hold becomes the coarser one that surely contains it, else it is
not known; both are findings that keep the text.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from app.domain.errors import BadTime
from app.domain.time import PartialTime, Precision, Zone, zone_of

DateOrder = Literal["day_first", "month_first"] | None
DateCode = Literal["date_unreadable", "date_read_coarsely"]

_UNKNOWN: Final = r"UNK?|UK|NK|XX|\?\?|--?"
_CLOCK: Final = r"(?:[T :](?P<clock>\S.*))?"
_ISO: Final = re.compile(
    r"(?P<year>\d{4})(?:[-/](?P<month>\d{1,2}|-)(?:[-/](?P<day>\d{1,2}|-))?)?" + _CLOCK,
    re.ASCII,
)
_BASIC: Final = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})" + _CLOCK, re.ASCII)
_NAMED: Final = re.compile(
    rf"(?:(?P<day>\d{{1,2}}|{_UNKNOWN})[ ./-]?)?"
    r"(?P<name>[A-Z?]{2,9}|(?<=[ ./])--?(?=[ ./]))[ ./,-]{0,2}(?P<year>\d{4})" + _CLOCK,
    re.ASCII,
)
_NUMBERS: Final = re.compile(
    r"(?P<one>\d{1,2})(?P<mark>[-/.])(?P<two>\d{1,2})(?P=mark)(?P<year>\d{4})" + _CLOCK, re.ASCII
)
_INTERVAL: Final = re.compile(r"([\d:TZ+-]{4,32})/([\d:TZ+-]{4,32})", re.ASCII)
_TIME: Final = re.compile(
    r"(?P<hour>\d{2})(?::?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?:[.,](?P<part>\d{1,9}))?)?)?"
    r"(?: ?(?P<offset>Z|[+-]\d{2}(?::?\d{2})?))?",
    re.ASCII,
)
_NO_CLOCK: Final = re.compile(rf"(?:-|{_UNKNOWN})(?::(?:-|{_UNKNOWN}))*")
_MONTHS: Final = (
    "JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE",
    "JULY", "AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER", "DECEMBER",
)  # fmt: skip
_MONTH: Final = {
    written: number
    for number, name in enumerate(_MONTHS, start=1)
    for written in {name, name[:3], "SEPT" if number == 9 else name}
}
_NOT_KNOWN: Final = re.compile(rf"(?:{_UNKNOWN}|UNKNOWN|UNKN)(?:[ ./-]*(?:{_UNKNOWN}|UNKN))*")


@dataclass(frozen=True, slots=True, kw_only=True)
class DateRead:
    """A date as it was read: the time, None where it is not known, and what was odd about it."""

    time: PartialTime | None
    code: DateCode | None = None


_UNREADABLE: Final = DateRead(time=None, code="date_unreadable")


@lru_cache(maxsize=16_384)
def read_date(text: str, order: DateOrder = None, zone: str | None = None) -> DateRead:
    """The recorded time that a cell holds.

    `order` says how 03-04-2026 is read; without it, such a date is only known to its year. In
    `zone` were written the clock times that have no offset; without it they keep none.
    """
    try:
        return _in_zone(DateRead(time=PartialTime(text.strip())), zone)
    except BadTime:
        shown = text.strip().upper()
    if not shown or _NOT_KNOWN.fullmatch(shown):
        return DateRead(time=None)
    interval = _INTERVAL.fullmatch(shown)
    if interval and len(interval[1]) > len("2026") and _ISO.fullmatch(interval[1]):
        return _between(read_date(interval[1]), read_date(interval[2]))
    for pattern, read in ((_ISO, _iso), (_BASIC, _iso), (_NAMED, _named)):
        if found := pattern.fullmatch(shown):
            return _in_zone(read(found.groupdict()), zone)
    if found := _NUMBERS.fullmatch(shown):
        return _in_zone(_numbers(found.groupdict(), order), zone)
    return _UNREADABLE


def _iso(part: dict[str, str | None]) -> DateRead:
    year, month, day, clock = part["year"], part["month"], part["day"], part["clock"]
    if month is None:
        return _made(f"{year}", clock)
    if month == "-":
        known = day is not None and day != "-"
        return _made(f"{year}---{day:>02}" if known else f"{year}", clock)
    if day is None or day == "-":
        return _made(f"{year}-{month:>02}", clock)
    return _made(f"{year}-{month:>02}-{day:>02}", clock)


def _named(part: dict[str, str | None]) -> DateRead:
    year, name, day, clock = part["year"], part["name"] or "", part["day"] or "", part["clock"]
    month, known = _MONTH.get(name), day.isdecimal()
    if month is not None:
        return _made(f"{year}-{month:02}-{day:>02}" if known else f"{year}-{month:02}", clock)
    if _NOT_KNOWN.fullmatch(name):
        return _made(f"{year}---{day:>02}" if known else f"{year}", clock)
    return _coarsely(_made(f"{year}", None)) if day else _UNREADABLE


def _numbers(part: dict[str, str | None], order: DateOrder) -> DateRead:
    year, one, two, clock = part["year"], part["one"] or "", part["two"] or "", part["clock"]
    day_first = _made(f"{year}-{two:>02}-{one:>02}", clock)
    month_first = _made(f"{year}-{one:>02}-{two:>02}", clock)
    if order is not None:
        return day_first if order == "day_first" else month_first
    possible = {each for each in (day_first, month_first) if each.time is not None}
    if len(possible) < 2:
        return next(iter(possible), _UNREADABLE)
    return _coarsely(_made(f"{year}", None))


def _made(day: str, clock: str | None) -> DateRead:
    """The time of a date and a clock; of a clock that cannot be read, the date alone."""
    try:
        date = PartialTime(day)
    except BadTime:
        return _UNREADABLE
    if clock is None or _NO_CLOCK.fullmatch(clock):
        return DateRead(time=date)
    if clock.startswith("24"):  # the end of the day, or the next
        return _UNREADABLE
    found = _TIME.fullmatch(clock.strip().removesuffix(":-"))
    if found is None or date.precision is not Precision.DAY:
        return _coarsely(DateRead(time=date))
    marks = (("hour", ""), ("minute", ":"), ("second", ":"), ("part", "."), ("offset", ""))
    told = "".join(f"{mark}{found[name]}" for name, mark in marks if found[name])
    try:
        return DateRead(time=PartialTime(f"{day}T{told}"))
    except BadTime:
        return _coarsely(DateRead(time=date))


def _coarsely(read: DateRead) -> DateRead:
    return (
        _UNREADABLE if read.time is None else DateRead(time=read.time, code="date_read_coarsely")
    )


def _between(first: DateRead, last: DateRead) -> DateRead:
    """Of an interval, the day, month or year that contains it."""
    if first.time is None or last.time is None:
        return _UNREADABLE
    start, end = first.time.text[:10], last.time.text[:10]
    length = next((size for size in (10, 7, 4) if start[:size] == end[:size]), 0)
    return _coarsely(_made(start[:length], None)) if length else _UNREADABLE


def _in_zone(read: DateRead, zone: str | None) -> DateRead:
    """The same with the offset of its zone, where it is a clock time without one."""
    time = read.time
    if zone is None or time is None or time.has_offset:
        return read
    if time.precision not in {Precision.HOUR, Precision.INSTANT}:
        return read
    offset = _offset(time, zone_of(zone))
    if offset is None:
        return _coarsely(_made(time.text[:10], None))
    return DateRead(time=PartialTime(time.text + offset), code=read.code)


def _offset(time: PartialTime, zone: Zone) -> str | None:
    """The one offset of a zone at a wall-clock time; None while daylight saving repeats it."""
    span = time.span(zone)
    offsets = {zone.text(each)[-6:] for each in (span.first, span.last)}
    return offsets.pop() if len(offsets) == 1 else None
