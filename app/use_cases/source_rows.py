"""Rows of a source are kept as they come: in versions, each once, in the order of their source."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Final

from app.domain.record.canonical import canonical, digest_of
from app.domain.source_system import SourceSystem
from app.domain.time import HOUR, PartialTime, instant_of, zone_of
from app.interchange.holding import Kept, Order, kept_after, read_kept
from app.interchange.identity import Identified, identified_anew, name_in
from app.interchange.made import HeldRow
from app.interchange.rows import SourceRow
from app.store.source_rows import (
    RowHolding,
    StoredRow,
    append_rows,
    earlier_documents,
    point_to,
    rows_held,
    rows_of_subjects,
)
from app.store.writer import Unit

_UTC: Final = zone_of("UTC")
_LONGEST: Final = 400
_NAMES: Final = ("named", "USUBJID", "SUBJID")
"""Where the document of a row has the patient's name."""
_ZONES_APART: Final = 14 * HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Where rows come from: the study and the system, the import and its extract."""

    study: str
    system: str
    job: str
    extract: str | None = None
    extracted_at: PartialTime | None = None
    """When the extract was made, where it is told: it orders rows that say nothing of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Come:
    """A row on its way in, with its patient and its key."""

    row: SourceRow
    subject: str
    key: str


@dataclass(slots=True, kw_only=True)
class Taken:
    """What became of rows: how many were accepted, unchanged or stale, and whose changed."""

    counts: Counter[str] = field(default_factory=Counter)
    subjects: set[str] = field(default_factory=set)
    versions: list[StoredRow] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """What the trail proves the versions with."""
        return rows_digest((each.key, each.version, each.digest) for each in self.versions)


def rows_digest(versions: Iterable[tuple[str, int, str]]) -> str:
    """SHA-256 of the keys, versions and digests of rows, in the order of the keys."""
    return digest_of(canonical([list(each) for each in sorted(versions)]))


def held_where(unit: Unit, sender: Sender, come: Sequence[Come]) -> dict[str, RowHolding]:
    """What holds where rows come, by place."""
    return rows_held(unit.connection, sender.study, list({_key(sender, each) for each in come}))


def astray(
    sender: Sender, come: Sequence[Come], held_there: Mapping[str, RowHolding], how: SourceSystem
) -> set[str]:
    """The patients of rows that stand where one of another name comes, and that by the settings
    do not belong there: they have to leave first, or what they say would be lost.
    """
    places = {_key(sender, each): each for each in come}
    found: set[str] = set()
    for place, held in held_there.items():
        name = canonical(name_in(places[place].row))
        if any(f'"{where}":{name}' in held.stored.document for where in _NAMES):
            continue  # of the same name, as nearly always
        row = read_kept(held.stored.document, held.extract).row
        if row.moved is not None:
            continue
        belongs = identified_anew(row, how)
        if isinstance(belongs, Identified) and (belongs.subject, belongs.key) != (
            row.subject, row.key,
        ):  # fmt: skip
            found.add(row.subject)
    return found


def take_rows(
    unit: Unit, sender: Sender, come: Sequence[Come], held: dict[str, RowHolding], seq: int
) -> Taken:
    """Keep rows: a new version of each that says something new. `held` is what holds where they
    come, and after them; `seq` is their audit event's.
    """
    taken = Taken()
    for each in come:
        key = _key(sender, each)
        after, outcome = _after(unit, sender, each, key, held.get(key), seq)
        taken.counts[outcome] += 1
        if after is None:
            continue
        if outcome == "accepted":
            taken.versions.append(after.stored)
            taken.subjects.add(each.subject)
        elif after.extract != held[key].extract or _goes_on_for_longer(each, after, held[key]):
            taken.subjects.add(each.subject)  # what its extract numbers may be joined to it now
        if after != held.get(key):
            point_to(unit.connection, after, is_new=key not in held)
        held[key] = after
    append_rows(unit.connection, taken.versions)
    return taken


def kept_rows(
    unit: Unit, study: str, system: str, subjects: Sequence[str]
) -> dict[str, list[HeldRow]]:
    """All rows of some patients in a system, as they stand, with what they held before."""
    found = rows_of_subjects(unit.connection, study, system, subjects)
    every = [each for rows in found.values() for each in rows]
    earlier = earlier_documents(unit.connection, study, every)
    return {
        subject: [
            replace(
                _told_until(_here(read_kept(each.stored.document, each.extract).row), each),
                before=_cells(earlier.get(each.stored.key, ())),
            )
            for each in rows
        ]
        for subject, rows in found.items()
    }


def _here(row: HeldRow) -> HeldRow:
    """The row as it is where it is: what moved on makes nothing there."""
    return replace(row, removed=row.removed or row.moved is not None)


def _told_until(row: HeldRow, held: RowHolding) -> HeldRow:
    """The row, written when its source last told it, be it that it told nothing new then."""
    if held.source_time is None:
        return row
    last = PartialTime(_UTC.text(instant_of(held.source_time)))
    known = row.source.time
    if known is not None and last.span(_UTC).first <= known.span(_UTC).first:
        return row
    return replace(row, source=replace(row.source, time=last))


def _goes_on_for_longer(come: Come, after: RowHolding, held: RowHolding) -> bool:
    """Whether a row of an event that may go on was told again at a later time."""
    return come.row.domain == "AE" and after.source_time != held.source_time


def _cells(documents: Iterable[str]) -> tuple[Mapping[str, str], ...]:
    return tuple(read_kept(document, None).row.fields for document in documents)


def _after(
    unit: Unit, sender: Sender, come: Come, key: str, held: RowHolding | None, seq: int
) -> tuple[RowHolding | None, str]:
    """What holds after a row came, and what that is called; None where it was too late."""
    before = None if held is None else read_kept(held.stored.document, held.extract)
    far = Order() if held is None else order_of(held)
    row = _dated(come.row, sender.extracted_at)
    kept = kept_after(before, far, row, come.subject, come.key, sender.extract)
    if kept is None:
        return None, "stale"
    order = Order.of(row.source).furthest(far)
    same = held is not None and held.stored.digest == kept.digest
    stored = held.stored if held is not None else None
    if stored is None or not same:
        number = 1 if stored is None else stored.version + 1
        stored = _version(unit, sender, come, key, kept, number, seq)
    after = RowHolding(
        system=sender.system,
        stored=stored,
        extract=sender.extract,
        sequence=order.sequence,
        source_time=known_time(order, unit),
    )
    return after, "unchanged" if same else "accepted"


def _dated(row: SourceRow, extracted_at: PartialTime | None) -> SourceRow:
    """The row, written when its extract was made unless it says when."""
    if extracted_at is None or row.source.time is not None or row.source.sequence is not None:
        return row
    return replace(row, source=replace(row.source, time=extracted_at))


def _version(
    unit: Unit, sender: Sender, come: Come, key: str, kept: Kept, version: int, seq: int
) -> StoredRow:
    return StoredRow(
        study=sender.study,
        key=key,
        version=version,
        subject=come.subject,
        removed=kept.row.removed,
        document=kept.document,
        digest=kept.digest,
        sequence=come.row.source.sequence,
        job=sender.job,
        place=come.row.place,
        recorded_at=unit.recorded_at,
        seq=seq,
    )


def known_time(order: Order, unit: Unit) -> datetime | None:
    """When the source wrote it. A time that lies ahead is a fault: all that the source wrote
    since would be late for it. A wall-clock time may seem to, by as much as zones are apart.
    """
    if order.written is None:
        return None
    return _UTC.local(min(order.written, instant_of(unit.recorded_at) + _ZONES_APART))


def order_of(held: RowHolding) -> Order:
    """How far its source has come with a row."""
    written = None if held.source_time is None else instant_of(held.source_time)
    return Order(sequence=held.sequence, written=written)


def _key(sender: Sender, come: Come) -> str:
    return place_of(sender.system, come.subject, come.row.domain, come.key)


def place_of(system: str, subject: str, domain: str, key: str) -> str:
    """System, patient, domain and the row's own key; its SHA-256 where that is too long."""
    place = f"{system}|{subject}|{domain}|{key}"
    return place if len(place) <= _LONGEST else sha256(place.encode()).hexdigest()
