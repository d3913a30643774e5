"""Columns of one patient and their verdicts as bytes, and those of many patients together again.

What is packed is read without a record, a case or a course being made. After a head that says how
many there are of each, the bytes are blocks of packed little-endian elements: one for each event,
each fact or joined fact of an event, each change, each infusion, and one for the patient.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from app.domain.dlt.columns import Columns, Courses, Exposures
from app.domain.dlt.judge import Verdicts
from app.domain.time import Zone

FORMAT: Final = 3
_HEAD: Final = struct.Struct("<HHHHII")
_BY_EVENT: Final = np.dtype(
    [
        ("signature", "<i2"), ("baseline", "i1"), ("possible_grades", "u1"), ("tail", "i1"),
        ("through", "<i8"), ("through_day", "<i4"), ("ends_by", "<i8"), ("ends_by_day", "<i4"),
        ("cut", "<i8"),
    ]
)  # fmt: skip
_BY_VERDICT: Final = np.dtype([("verdict", "i1"), ("at", "<i8"), ("referred", "?")])
_BY_FACT: Final = np.dtype([("facts", "i1")])
_BY_JOIN: Final = np.dtype(
    [("since_first", "<i8"), ("since_last", "<i8"), ("since_assumed", "i1")]
)
_BY_CHANGE: Final = np.dtype(
    [
        ("grade", "i1"), ("first", "<i8"), ("last", "<i8"), ("sup", "<i8"), ("recorded", "<i8"),
        ("first_day", "<i4"), ("last_day", "<i4"), ("held_through", "<i8"),
        ("held_through_day", "<i4"),
    ]
)  # fmt: skip
_BY_INFUSION: Final = np.dtype(
    [("first", "<i8"), ("last", "<i8"), ("first_day", "<i4"), ("last_day", "<i4")]
)
_LENGTH: Final = np.dtype([("changes", "<i4")])
_BY_PATIENT: Final = np.dtype([("cap_day", "<i4")])
_BLOCKS: Final = {
    "events": _BY_EVENT,
    "verdicts": _BY_VERDICT,
    "lengths": _LENGTH,
    "facts": _BY_FACT,
    "joins": _BY_JOIN,
    "changes": _BY_CHANGE,
    "infusions": _BY_INFUSION,
    "patient": _BY_PATIENT,
}
"""Every block in its place: what an element of it is."""


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
    blocks = (
        _block(_BY_EVENT, part, sizes[0]),
        _block(_BY_VERDICT, verdicts, sizes[0], slice(start, stop)),
        np.diff(part.offsets).astype("<i4"),
        _block(_BY_FACT, part, sizes[2] * sizes[0]),
        _block(_BY_JOIN, part, sizes[3] * sizes[0]),
        _block(_BY_CHANGE, part.courses, sizes[4]),
        _block(_BY_INFUSION, exposures, sizes[1], infusions),
        exposures.cap_day[patient : patient + 1].astype("<i4"),
    )
    zones = exposures.zones
    return Packed(
        data=b"".join((_HEAD.pack(FORMAT, *sizes), *(each.tobytes() for each in blocks))),
        zone=zones[0] if len(zones) == 1 else zones[patient],
    )


def _block(of: np.dtype[Any], arrays: Any, size: int, some: slice = slice(None)) -> Any:
    """Arrays of as many elements as one block; those with a row for each fact, row after row."""
    block = np.empty(size, dtype=of)
    for name in of.names or ():
        block[name] = getattr(arrays, name)[some].reshape(-1)
    return block


def together(patients: Sequence[Packed]) -> tuple[Columns, Verdicts]:
    """The events of some patients of one rule set, in order, and their verdicts.

    Raises BadColumns where some cannot be read, or have other facts than the rest.
    """
    heads = [_head(each.data) for each in patients]
    events, infusions, facts, joins, _ = map(_sizes, zip(*heads, strict=True))
    pieces = [list(_read(each.data, head)) for each, head in zip(patients, heads, strict=True)]
    found = dict(zip(_BLOCKS, zip(*pieces, strict=True), strict=True))
    by_event = _arrays("events", found)
    by_event |= _by_row(_arrays("facts", found), events, facts)
    by_event |= _by_row(_arrays("joins", found), events, joins)
    zones = tuple(each.zone for each in patients)
    columns = Columns(
        **by_event,
        subject=np.repeat(np.arange(len(events)), events),
        offsets=_from_zero(_arrays("lengths", found)["changes"]),
        courses=Courses(**_arrays("changes", found)),
        exposures=Exposures(
            **_arrays("infusions", found),
            **_arrays("patient", found),
            offsets=_from_zero(infusions),
            zones=zones[:1] if len(set(zones)) == 1 else zones,
        ),
    )
    return columns, Verdicts(**_arrays("verdicts", found))


def _arrays(name: str, pieces: dict[str, tuple[bytes, ...]]) -> dict[str, Any]:
    """The arrays of a block, of all patients one after the other."""
    of = _BLOCKS[name]
    block = np.frombuffer(b"".join(pieces[name]), dtype=of)
    return {each: block[each].astype(of[each].newbyteorder("=")) for each in of.names or ()}


def _by_row(arrays: dict[str, Any], events: Any, rows: Any) -> dict[str, Any]:
    """Arrays with as many rows for each patient, each row as one of all patients."""
    if len(set(rows.tolist())) > 1:
        raise BadColumns(f"columns of several rule sets: {', '.join(arrays)}")
    of_event = np.repeat(np.arange(len(events)), events)
    start = _from_zero(events)[of_event]
    place = rows[0] * start + (np.arange(len(start)) - start)
    step = np.arange(rows[0])[:, None] * events[of_event]
    return {name: array[place + step] for name, array in arrays.items()}


def _sizes(told: Sequence[int]) -> Any:
    return np.array(told, dtype=np.int64)


def _from_zero(lengths: Any) -> Any:
    return np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))


def _read(data: bytes, head: tuple[int, int, int, int, int]) -> Iterator[bytes]:
    """The bytes of each block. Raises BadColumns."""
    events, infusions, facts, joins, changes = head
    sizes = events, events, events, facts * events, joins * events, changes, infusions, 1
    at = _HEAD.size
    for (name, of), size in zip(_BLOCKS.items(), sizes, strict=True):
        stop = at + size * of.itemsize
        if stop > len(data):
            raise BadColumns(f"columns that end before {name}")
        yield data[at:stop]
        at = stop
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
