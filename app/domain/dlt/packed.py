"""Columns of one patient and their verdicts as bytes, and those of many patients together again.

What is packed is read without a record, a case or a course being made. The bytes are those of the
arrays, little-endian and in a fixed order, after a head that says how many there are of each.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from app.domain.dlt.columns import Columns, Courses, Exposures
from app.domain.dlt.judge import Verdicts
from app.domain.time import Zone

FORMAT: Final = 2
_HEAD: Final = struct.Struct("<HHHHII")
_BY_EVENT: Final = (
    ("signature", "<i2"), ("baseline", "i1"), ("possible_grades", "u1"), ("tail", "i1"),
    ("through", "<i8"), ("through_day", "<i4"), ("ends_by", "<i8"), ("ends_by_day", "<i4"),
    ("cut", "<i8"),
)  # fmt: skip
_BY_VERDICT: Final = (("verdict", "i1"), ("at", "<i8"), ("referred", "?"))
_BY_FACT: Final = (("facts", "i1"),)
_BY_JOIN: Final = (("since_first", "<i8"), ("since_last", "<i8"), ("since_assumed", "i1"))
_BY_CHANGE: Final = (
    ("grade", "i1"), ("first", "<i8"), ("last", "<i8"), ("sup", "<i8"), ("recorded", "<i8"),
    ("first_day", "<i4"), ("last_day", "<i4"), ("held_through", "<i8"),
    ("held_through_day", "<i4"),
)  # fmt: skip
_BY_INFUSION: Final = (
    ("first", "<i8"), ("last", "<i8"), ("first_day", "<i4"), ("last_day", "<i4"),
)  # fmt: skip
_LENGTHS: Final = "<i4"
_CAP: Final = "<i4"


class BadColumns(ValueError):
    """Bytes that are no packed columns, or not of this format."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """The events of one patient as they were judged, in bytes, and the zone of their days."""

    data: bytes
    zone: Zone


def events_in(data: bytes) -> int:
    """How many events are packed. Raises BadColumns where that cannot be read."""
    return _head(data)[0]


def packed(columns: Columns, verdicts: Verdicts, patient: int, start: int, stop: int) -> Packed:
    """The events from `start` to before `stop`, which are those of one patient of a batch."""
    part, exposures = columns.part(start, stop), columns.exposures
    infusions = slice(*exposures.offsets[patient : patient + 2].tolist())
    sizes = (
        len(part), len(exposures.first[infusions]), len(part.facts), len(part.since_first),
        len(part.courses.grade),
    )  # fmt: skip
    arrays = [
        *((getattr(part, name), kind) for name, kind in (*_BY_EVENT, *_BY_FACT, *_BY_JOIN)),
        *((getattr(verdicts, name)[start:stop], kind) for name, kind in _BY_VERDICT),
        (np.diff(part.offsets), _LENGTHS),
        *((getattr(part.courses, name), kind) for name, kind in _BY_CHANGE),
        *((getattr(exposures, name)[infusions], kind) for name, kind in _BY_INFUSION),
        (exposures.cap_day[patient : patient + 1], _CAP),
    ]
    told = (array.astype(kind, copy=False).tobytes() for array, kind in arrays)
    zones = exposures.zones
    return Packed(
        data=b"".join((_HEAD.pack(FORMAT, *sizes), *told)),
        zone=zones[0] if len(zones) == 1 else zones[patient],
    )


def together(patients: Sequence[Packed]) -> tuple[Columns, Verdicts]:
    """The events of some patients of one rule set, in order, and their verdicts.

    Raises BadColumns where some cannot be read, or have other facts than the rest.
    """
    read = [dict(_read(each.data)) for each in patients]

    def all_of(name: str, axis: int = 0) -> Any:
        arrays = [each[name] for each in read]
        kind = arrays[0].dtype.newbyteorder("=")
        try:
            return np.concatenate(arrays, axis=axis, dtype=kind)
        except ValueError as error:
            raise BadColumns(f"columns of several rule sets: {name}") from error

    by_event = {name: all_of(name) for name, _ in _BY_EVENT}
    by_event |= {name: all_of(name, axis=1) for name, _ in (*_BY_FACT, *_BY_JOIN)}
    zones = tuple(each.zone for each in patients)
    columns = Columns(
        **by_event,
        subject=np.repeat(np.arange(len(read)), [len(each["signature"]) for each in read]),
        offsets=_from_zero(all_of("lengths")),
        courses=Courses(**{name: all_of(f"courses/{name}") for name, _ in _BY_CHANGE}),
        exposures=Exposures(
            **{name: all_of(f"exposures/{name}") for name, _ in _BY_INFUSION},
            offsets=_from_zero(np.array([len(each["exposures/first"]) for each in read])),
            cap_day=all_of("cap_day"),
            zones=zones[:1] if len(set(zones)) == 1 else zones,
        ),
    )
    return columns, Verdicts(**{name: all_of(name) for name, _ in _BY_VERDICT})


def _from_zero(lengths: Any) -> Any:
    return np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))


def _read(data: bytes) -> Iterator[tuple[str, Any]]:
    """Each array by its name, as a view of the bytes. Raises BadColumns."""
    at = _HEAD.size
    for name, kind, shape in _shapes(*_head(data)):
        size = 1
        for each in shape:
            size *= each
        try:
            array = np.frombuffer(data, dtype=kind, count=size, offset=at)
        except ValueError as error:
            raise BadColumns(f"columns that end before {name}") from error
        at += array.nbytes
        yield name, array.reshape(shape)
    if at != len(data):
        raise BadColumns(f"columns with {len(data) - at} bytes too many")


def _head(data: bytes) -> tuple[int, int, int, int, int]:
    """How many events, infusions, facts, joins and changes there are."""
    try:
        number, *sizes = _HEAD.unpack_from(data)
    except struct.error as error:
        raise BadColumns("columns without a head") from error
    if number != FORMAT:
        raise BadColumns(f"columns of format {number}; this engine reads format {FORMAT}")
    events, infusions, facts, joins, changes = sizes
    return events, infusions, facts, joins, changes


def _shapes(
    events: int, infusions: int, facts: int, joins: int, changes: int
) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """Name, type and shape of each array, in order."""
    yield from ((name, kind, (events,)) for name, kind in _BY_EVENT)
    yield from ((name, kind, (facts, events)) for name, kind in _BY_FACT)
    yield from ((name, kind, (joins, events)) for name, kind in _BY_JOIN)
    yield from ((name, kind, (events,)) for name, kind in _BY_VERDICT)
    yield "lengths", _LENGTHS, (events,)
    yield from ((f"courses/{name}", kind, (changes,)) for name, kind in _BY_CHANGE)
    yield from ((f"exposures/{name}", kind, (infusions,)) for name, kind in _BY_INFUSION)
    yield "cap_day", _CAP, (1,)
