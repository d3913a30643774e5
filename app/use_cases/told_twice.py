"""Rows of one file with one identity that tell two things: which of them holds, nobody said."""

import json
from collections.abc import Iterable, Iterator
from contextlib import closing
from hashlib import sha256

from app.domain.source_system import SourceSystem
from app.interchange.identity import Identified, identified
from app.interchange.rows import BadRow, ReadRow, SourceRow
from app.store.seen import Seen


def each_told_once(rows: Iterable[ReadRow], how: SourceSystem) -> Iterator[ReadRow]:
    """The rows of a file; in the place of one that would silently take another's, a BadRow.

    A source that orders its messages may tell a row as often as it likes, and anybody may repeat
    what they said. Else the identity does not tell the rows apart, and the last would be kept of
    all that they say.
    """
    with closing(Seen()) as seen:
        for row in rows:
            other = _place_of_another(seen, row, how) if isinstance(row, SourceRow) else None
            yield row if other is None or not isinstance(row, SourceRow) else _bad(row, other)


def _place_of_another(seen: Seen, row: SourceRow, how: SourceSystem) -> str | None:
    """Where a row stands that has the same identity and order, and says something else."""
    found = identified(row, how) if row.change == "whole" else None
    if not isinstance(found, Identified):
        return None
    time = row.source.time
    order = [row.source.sequence, None if time is None else time.text]
    name = _digest([found.subject, row.domain, found.key, order])
    told = _digest([dict(row.fields), [list(pair) for pair in row.related]])
    before = seen.before(name)
    if before is None:
        seen.remember(name, told, row.place)
    return None if before is None or before[0] == told else before[1]


def _digest(value: object) -> bytes:
    return sha256(json.dumps(value, sort_keys=True).encode()).digest()[:16]


def _bad(row: SourceRow, other: str) -> BadRow:
    return BadRow(
        number=row.number,
        place=row.place,
        code="duplicate_identity",
        problem=f"{other} of this file has the same identity and says something else, so one "
        f"would be lost: name the variables that tell such rows of {row.domain} apart in the "
        "settings of the source system (identity), or send the one that holds",
        original=dict(row.fields),
        row=row,
    )
