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
_ARRAYS: Final = tuple(
    (f"{prefix}{name}", np.dtype(kind).itemsize, counted)
    for prefix, counted, arrays in (
        ("", "event", _BY_EVENT),
        ("", "fact", _BY_FACT),
        ("", "join", _BY_JOIN),
        ("", "event", _BY_VERDICT),
        ("", "event", (("lengths", _LENGTHS),)),
        ("courses/", "change", _BY_CHANGE),
        ("exposures/", "infusion", _BY_INFUSION),
        ("", "patient", (("cap_day", _CAP),)),
    )
    for name, kind in arrays
)
"""Every array in its place: its name, the bytes of an element, and of what there is one each."""
_KINDS: Final = {
    **dict((*_BY_EVENT, *_BY_FACT, *_BY_JOIN, *_BY_VERDICT)),
    **{f"courses/{name}": kind for name, kind in _BY_CHANGE},
    **{f"exposures/{name}": kind for name, kind in _BY_INFUSION},
    "lengths": _LENGTHS,
    "cap_day": _CAP,
}


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
    heads = [_head(each.data) for each in patients]
    events, infusions, facts, joins, _ = map(_sizes, zip(*heads, strict=True))
    pieces: dict[str, list[bytes]] = {}
    for each, head in zip(patients, heads, strict=True):
        for name, piece in _read(each.data, head):
            pieces.setdefault(name, []).append(piece)

    def all_of(name: str) -> Any:
        kind = np.dtype(_KINDS[name])
        return np.frombuffer(b"".join(pieces[name]), dtype=kind).astype(kind.newbyteorder("="))

    def all_rows_of(name: str, rows: Any) -> Any:
        """The same of arrays with as many rows for each patient."""
        if len(set(rows.tolist())) > 1:
            raise BadColumns(f"columns of several rule sets: {name}")
        of_event = np.repeat(np.arange(len(events)), events)
        start = _from_zero(events)[of_event]
        place = rows[0] * start + (np.arange(len(start)) - start)
        step = np.arange(rows[0])[:, None] * events[of_event]
        return all_of(name)[place + step]

    by_event = {name: all_of(name) for name, _ in _BY_EVENT}
    by_event |= {name: all_rows_of(name, facts) for name, _ in _BY_FACT}
    by_event |= {name: all_rows_of(name, joins) for name, _ in _BY_JOIN}
    zones = tuple(each.zone for each in patients)
    columns = Columns(
        **by_event,
        subject=np.repeat(np.arange(len(events)), events),
        offsets=_from_zero(all_of("lengths")),
        courses=Courses(**{name: all_of(f"courses/{name}") for name, _ in _BY_CHANGE}),
        exposures=Exposures(
            **{name: all_of(f"exposures/{name}") for name, _ in _BY_INFUSION},
            offsets=_from_zero(infusions),
            cap_day=all_of("cap_day"),
            zones=zones[:1] if len(set(zones)) == 1 else zones,
        ),
    )
    return columns, Verdicts(**{name: all_of(name) for name, _ in _BY_VERDICT})


def _sizes(told: Sequence[int]) -> Any:
    return np.array(told, dtype=np.int64)


def _from_zero(lengths: Any) -> Any:
    return np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))


def _read(data: bytes, head: Sequence[int]) -> Iterator[tuple[str, bytes]]:
    """The bytes of each array by its name. Raises BadColumns."""
    at = _HEAD.size
    for name, size in _lengths(*head):
        if at + size > len(data):
            raise BadColumns(f"columns that end before {name}")
        yield name, data[at : at + size]
        at += size
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


def _lengths(
    events: int, infusions: int, facts: int, joins: int, changes: int
) -> Iterator[tuple[str, int]]:
    """Name and number of bytes of each array, in order."""
    of = {"event": events, "fact": facts * events, "join": joins * events, "change": changes,
          "infusion": infusions, "patient": 1}  # fmt: skip
    for name, size, counted in _ARRAYS:
        yield name, size * of[counted]
