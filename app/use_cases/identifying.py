"""Kept rows are identified anew by the settings that hold: what was at another patient moves.

Whose a row is, and which, is decided by the settings when it comes. Where these were wrong, the
rows are where they do not belong until somebody says it right and has them assembled anew. A row
that moves leaves its place marked, so that what was made of it there goes, and so that nothing
moves twice. Patients that exchange rows are moved together, each wholly.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from app.domain.source_system import SourceSystem
from app.interchange.holding import Kept, joined, read_kept
from app.interchange.identity import Identified, identified_anew
from app.interchange.made import HeldRow, Moved
from app.interchange.rows import BadRow
from app.store.source_rows import (
    RowHolding,
    StoredRow,
    append_rows,
    point_to,
    rows_of_subjects,
)
from app.store.writer import Unit
from app.use_cases.source_rows import Sender, known_time, order_of, place_of, rows_digest

_ONE_PLACE: Final = (
    "two rows have the same identity by these settings and say something else, and nothing tells "
    "which of them holds: both stay where they are; name the variables that tell them apart in "
    "identity, or correct subjects"
)
_MOVED: Final = (
    "by the settings that hold now these rows are of another patient: what they made is void at "
    "the one, and made at the other; look through what people recorded beside it"
)


@dataclass(slots=True, kw_only=True)
class Regrouped:
    """What became of kept rows: whose changed, the versions written, and what is to be told."""

    subjects: set[str] = field(default_factory=set)
    versions: list[StoredRow] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    lines: list[dict[str, Any]] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """What the trail proves the versions with."""
        return rows_digest((each.key, each.version, each.digest) for each in self.versions)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A row that is kept, what it says, and where it belongs: the patient, its key, the place."""

    holding: RowHolding
    kept: Kept
    subject: str
    key: str
    place: str

    @property
    def at(self) -> str:
        """Where it is."""
        return self.holding.stored.key

    @property
    def stays(self) -> bool:
        """Whether it is there already."""
        return self.at == self.place

    @property
    def came(self) -> tuple[int, str]:
        """With which audit event and job it came."""
        return self.kept.row.came or (self.holding.stored.seq, self.holding.stored.job)

    def where_it_is(self) -> "_Row":
        """The row, to stay there."""
        row = self.kept.row
        return replace(self, subject=row.subject, key=row.key, place=self.at)


def regroup(
    unit: Unit, sender: Sender, subjects: Sequence[str], how: SourceSystem, seq: int
) -> Regrouped:
    """Move the rows of some patients to where the settings say that they belong.

    `seq` is the number of the audit event that proves what is written.
    """
    moving = _Moving(unit=unit, sender=sender, how=how, seq=seq, asked=frozenset(subjects))
    places = moving.without_conflict(moving.belonging(subjects))
    come = {
        place: those
        for place, those in places.items()
        if any(not each.stays or each.kept.row.moved for each in those)
    }
    for place, those in come.items():
        moving.bring(place, those)
    for place, those in come.items():
        last = _later(those)
        for each in those:
            if not each.stays and each.at not in come:
                outdone = each is not last and not _in_parts(those)
                moving.leave(each, Moved(to=place, outdone=outdone))
    append_rows(unit.connection, moving.done.versions)
    moving.tell(each for those in come.values() for each in those if not each.stays)
    return moving.done


@dataclass(slots=True, kw_only=True)
class _Moving:
    """Rows on their way, in one transaction."""

    unit: Unit
    sender: Sender
    how: SourceSystem
    seq: int
    asked: frozenset[str]
    held: dict[str, RowHolding] = field(default_factory=dict)
    done: Regrouped = field(default_factory=Regrouped)

    def belonging(self, subjects: Iterable[str]) -> list[_Row]:
        """All rows of these patients, and of those to whom any of them goes, and so on."""
        found: list[_Row] = []
        asked: set[str] = set()
        wanted = set(subjects)
        sender = self.sender
        while wanted:
            asked |= wanted
            rows = rows_of_subjects(
                self.unit.connection, sender.study, sender.system, sorted(wanted)
            )
            new = [row for of in rows.values() for each in of for row in self._read(each)]
            found += new
            wanted = {each.subject for each in new if not each.stays} - asked
        return found

    def _read(self, each: RowHolding) -> Iterator[_Row]:
        """A row with where it belongs; none where all that it says is kept elsewhere."""
        self.held[each.stored.key] = each
        kept = read_kept(each.stored.document, each.extract)
        row, is_moved = kept.row, kept.row.moved
        if is_moved is not None and not is_moved.outdone:
            return
        here = _Row(
            holding=each, kept=kept, subject=row.subject, key=row.key, place=each.stored.key
        )
        found = identified_anew(row, self.how)
        if isinstance(found, Identified):
            place = place_of(self.sender.system, found.subject, row.domain, found.key)
            if is_moved is None or place != is_moved.to:
                yield replace(here, subject=found.subject, key=found.key, place=place)
        elif is_moved is None:
            yield here
            if isinstance(found, BadRow) and not row.removed:
                self._stays(here, found.code, found.problem)

    def without_conflict(self, rows: Iterable[_Row]) -> Mapping[str, list[_Row]]:
        """The rows by where they go. Those that would take another's place unjustly stay, and
        then others may have to.
        """
        by_place = {each.at: each for each in rows}
        while True:
            places: dict[str, list[_Row]] = {}
            for each in by_place.values():
                places.setdefault(each.place, []).append(each)
            blocked = [
                each
                for those in places.values()
                if not _may_join(those)
                for each in those
                if not each.stays
            ]
            if not blocked:
                return places
            for each in blocked:
                self._stays(each, "duplicate_identity", _ONE_PLACE)
                if each.kept.row.moved is None:
                    by_place[each.at] = each.where_it_is()
                else:
                    del by_place[each.at]  # it waits on

    def bring(self, place: str, those: Sequence[_Row]) -> None:
        """Write what stands at a place after all rows have come there that belong there."""
        last = _later(those)
        kept, order = last.kept, order_of(last.holding)
        for each in those:
            if each is not last:
                kept = joined(each.kept, kept)
                order = order.furthest(order_of(each.holding))
        row = replace(kept.row, subject=last.subject, key=last.key, moved=None, came=last.came)
        stored = replace(last.holding.stored, key=place, subject=last.subject)
        like = replace(
            last.holding,
            stored=stored,
            sequence=order.sequence,
            source_time=known_time(order, self.unit),
        )
        self._write(replace(kept, row=row), self.held.get(place), like)

    def leave(self, row: _Row, moved: Moved) -> None:
        """Mark the place that a row left."""
        kept = replace(row.kept, row=replace(row.kept.row, moved=moved, came=row.came))
        self._write(kept, row.holding, row.holding)

    def _write(self, kept: Kept, there: RowHolding | None, like: RowHolding) -> None:
        if there is not None and there.stored.digest == kept.digest:
            point_to(self.unit.connection, replace(like, stored=there.stored), is_new=False)
            return
        stored = replace(
            like.stored,
            version=1 if there is None else there.stored.version + 1,
            removed=kept.row.removed or kept.row.moved is not None,
            document=kept.document,
            digest=kept.digest,
            job=self.sender.job,
            recorded_at=self.unit.recorded_at,
            seq=self.seq,
        )
        self.done.versions.append(stored)
        self.done.subjects.add(stored.subject)
        point_to(self.unit.connection, replace(like, stored=stored), is_new=there is None)

    def _stays(self, row: _Row, code: str, problem: str) -> None:
        held = row.kept.row
        if held.subject not in self.asked:
            return  # it is told when that patient is asked for
        kept = {"domain": held.domain, "subject": held.subject, "key": held.key}
        self.done.lines.append({"kept": kept, "code": code, "problem": problem})
        self.done.counts["not_moved"] += 1

    def tell(self, moved: Iterable[_Row]) -> None:
        """Count the rows that moved, and tell from which patient to which."""
        pairs = Counter((each.kept.row.subject, each.subject) for each in moved)
        for (one, other), number in sorted(pairs.items()):
            self.done.counts["moved" if one != other else "renamed"] += number
            if one != other:
                told = {"from": one, "to": other, "rows": number}
                self.done.lines.append({"moved": told, "code": "rows_moved", "problem": _MOVED})


def _may_join(those: Sequence[_Row]) -> bool:
    """Whether rows that come to one place are one row, as far as anybody can tell.

    They say the same, or are told in parts with their order, or one is the later report. A row
    that is where it belongs is not outdone by one of another name.
    """
    told = {_told(each.kept.row) for each in those}
    if len(told) == 1 or _in_parts(those):
        return True
    last = _later(those)
    if any(each.stays and _name(each) != _name(last) for each in those if each is not last):
        return False
    return all(_is_earlier(each, last) for each in those if each is not last)


def _told(row: HeldRow) -> tuple[Any, ...]:
    return tuple(sorted(row.fields.items())), row.related, row.removed


def _in_parts(those: Sequence[_Row]) -> bool:
    return all(each.kept.orders for each in those)


def _name(row: _Row) -> str:
    held = row.kept.row
    return held.named or held.fields.get("USUBJID") or held.fields.get("SUBJID") or ""


def _later(those: Sequence[_Row]) -> _Row:
    """The row that was written last; by the order in which they came where nobody says."""
    last = those[0]
    for each in those[1:]:
        before = order_of(each.holding).is_before(order_of(last.holding))
        after = order_of(last.holding).is_before(order_of(each.holding))
        if after or (not before and each.came > last.came):
            last = each
    return last


def _is_earlier(one: _Row, last: _Row) -> bool:
    """Whether a row was surely told before the last, and not beside it."""
    order, of_last = order_of(one.holding), order_of(last.holding)
    if order.is_before(of_last):
        return True
    same_time = order.written is not None and order.written == of_last.written
    extract = one.holding.extract
    same_extract = extract is not None and extract == last.holding.extract
    return not (same_time or same_extract or one.came[1] == last.came[1])
