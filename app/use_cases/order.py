"""The order in which a source spoke of a record, whatever the order in which its words came."""

from datetime import datetime

from app.domain.record.cut import stated_times
from app.domain.record.documents import read_document
from app.domain.record.kinds import Kind
from app.domain.record.origin import Source
from app.domain.time import instant_of
from app.store.records import Holding, Records, Stored
from app.use_cases.case import UTC


def is_late(source: Source | None, before: Holding) -> bool:
    """Whether the source wrote this before what holds: by its sequence, else by its time."""
    if source is None:
        return False
    if source.sequence is not None and before.sequence is not None:
        return source.sequence < before.sequence
    written = source_time(source)
    if source.sequence is not None or written is None or before.source_time is None:
        return False
    return written < before.source_time


def remember(records: Records, before: Holding, source: Source | None, now: datetime) -> None:
    """What a source wrote before it said the same again is late when it comes after."""
    order = (known_source_time(source, now), source.sequence if source else None)
    known = (before.source_time, before.sequence)
    if any(new is not None and new != old for new, old in zip(order, known, strict=True)):
        records.remember(before, *order)


def says_more(kind: Kind, held: Stored, now: datetime) -> bool:
    """Whether what holds stated times ahead of its being recorded that have come: told again, the
    same content says more.
    """
    recorded = instant_of(held.recorded_at)
    content = read_document(kind, held.schema_number, held.document).content
    return any(recorded < span.first <= instant_of(now) for span in stated_times(content, UTC))


def source_time(source: Source | None) -> datetime | None:
    """When the source wrote it. A wall-clock time is compared with others of the source as UTC."""
    if source is None or source.time is None:
        return None
    return UTC.local(source.time.span(UTC).first)


def known_source_time(source: Source | None, now: datetime) -> datetime | None:
    """A time that lies ahead is a fault: all that the source wrote since would be late for it."""
    written = source_time(source)
    return None if written is None else min(written, now)
