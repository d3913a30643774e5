"""The cut of knowledge: up to which instant the data of a patient speak.

An adjudication rests on what is recorded, and not on the hour at which somebody looked: the same
data say the same until there is another datum, or until time alone changes a verdict. Instants are
whole microseconds, as in `app.domain.time`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Final

from app.domain.record.kinds import Content
from app.domain.time import ALWAYS, PartialTime, Span, Zone

_ON_THE_WIRE: Final = {"at": "from"}

_NO_TIMES: Final = frozenset({type(None), str, bool, int, Decimal, dict})
"""Types of most fields, of which none holds a time: facts tell times as text."""
_OF_THE_COURSE: Final = ("/grades", "/assessments", "/ongoing_as_of")


def recorded_times(content: Content) -> Sequence[tuple[str, PartialTime]]:
    """Every recorded time anywhere in a content, with its JSON pointer (RFC 6901) there."""
    found: list[tuple[str, PartialTime]] = []
    _add_times(content, "", found)
    return found


def stated_times(content: Content, zone: Zone) -> Iterator[Span]:
    """The instants that each recorded time of a content may be."""
    return (time.span(zone) for _, time in recorded_times(content))


def told_at(content: Content, source_time: int | None, recorded: int, zone: Zone) -> int:
    """The instant up to which a version of an adverse event surely speaks, where it goes on.

    A source that does not say when it wrote the version wrote it when it was `recorded`. Else it
    is `source_time`, or the first possible instant of a change of grade or an assessment that the
    version states, where that is later: who states one that has come had seen the event. Other
    times, such as the end of a medication, may be plans. Never after `recorded`.
    """
    if source_time is None:
        return recorded
    stated = (
        time.span(zone).first
        for pointer, time in recorded_times(content)
        if pointer.startswith(_OF_THE_COURSE)
    )
    come = (first for first in stated if first <= recorded)
    return min(recorded, max(source_time, *come, ALWAYS))


def known_by(content: Content, source_time: int | None, recorded: int, zone: Zone) -> int:
    """The instant by which all that a version states had happened.

    What began by `source_time` is known so far as it lies before it. What the version states of
    later contradicts `source_time`, and may lie anywhere up to `recorded`.
    """
    if source_time is None:
        return recorded
    later = (
        span.last for span in stated_times(content, zone) if source_time < span.first <= recorded
    )
    return min(recorded, max(source_time, *later, ALWAYS))


def announced(stated: Iterable[tuple[int, Span]], cut: int) -> tuple[int, ...]:
    """The instants after the cut at which data that were recorded ahead of their time say more.

    `stated` is when each time was recorded, and the instants that it may be. One that began after
    it was recorded counts from its first instant on, and wholly from its last. Sorted, each once.
    """
    ahead = (span for recorded, span in stated if recorded < span.first)
    return tuple(sorted({at for span in ahead for at in (span.first, span.last) if at > cut}))


def _add_times(value: Any, pointer: str, found: list[tuple[str, PartialTime]]) -> None:
    kind: Any = type(value)
    if kind is PartialTime:
        found.append((pointer, value))
    elif kind is tuple:
        for place, item in enumerate(value):
            _add_times(item, f"{pointer}/{place}", found)
    else:
        for name, below in _parts_of(kind):
            part = getattr(value, name)
            if type(part) not in _NO_TIMES:
                _add_times(part, pointer + below, found)


@cache
def _parts_of(kind: type[Any]) -> tuple[tuple[str, str], ...]:
    """The fields of a type of ours, and the steps of a pointer to them; of other types none."""
    if not is_dataclass(kind):
        return ()
    return tuple(
        (field.name, f"/{_ON_THE_WIRE.get(field.name, field.name)}") for field in fields(kind)
    )
