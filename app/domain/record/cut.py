"""The cut of knowledge: up to which instant the data of a patient speak.

An adjudication rests on what is recorded, and not on the hour at which somebody looked: the same
data say the same until there is another datum, or until time alone changes a verdict. Instants are
whole microseconds, as in `app.domain.time`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any, Final

from app.domain.record.kinds import Content
from app.domain.time import ALWAYS, PartialTime, Span, Zone

_ON_THE_WIRE: Final = {"at": "from"}


def recorded_times(content: Content) -> Iterator[tuple[str, PartialTime]]:
    """Every recorded time anywhere in a content, with its JSON pointer (RFC 6901) there."""
    yield from _times(content, "")


def stated_times(content: Content, zone: Zone) -> Iterator[Span]:
    """The instants that each recorded time of a content may be."""
    return (time.span(zone) for _, time in recorded_times(content))


def told_at(content: Content, source_time: int | None, recorded: int, zone: Zone) -> int:
    """The instant up to which a version of an adverse event speaks, for an event that goes on.

    A source that does not say when it wrote the version wrote it when it was `recorded`. Else it
    is `source_time`, or the latest possible instant of a time that the version states, where that
    is later: who states a time knew of it. Never after `recorded`.
    """
    if source_time is None:
        return recorded
    stated = (span.last for span in stated_times(content, zone))
    return min(recorded, max((source_time, *stated)))


def last_datum(spans: Iterable[Span], cut: int) -> int:
    """The latest instant up to the cut at which a datum may lie; `ALWAYS` where there is none.

    A time that straddles the cut counts up to the cut.
    """
    return max((min(span.last, cut) for span in spans if span.first <= cut), default=ALWAYS)


def future_data(spans: Iterable[Span], cut: int) -> tuple[int, ...]:
    """The first instants of data that lie wholly after the cut, sorted, each once.

    At each of them the data say more than before, although nothing is recorded.
    """
    return tuple(sorted({span.first for span in spans if span.first > cut}))


def _times(value: Any, pointer: str) -> Iterator[tuple[str, PartialTime]]:
    if isinstance(value, PartialTime):
        yield pointer, value
    elif isinstance(value, tuple):
        for place, item in enumerate(value):
            yield from _times(item, f"{pointer}/{place}")
    elif is_dataclass(value):
        for field in fields(value):
            name = _ON_THE_WIRE.get(field.name, field.name)
            yield from _times(getattr(value, field.name), f"{pointer}/{name}")
