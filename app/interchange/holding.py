"""What is held of a row after another message on it: whole, in part, taken back, or too late.

A source's sequence orders its messages, field by field where they tell of single fields, so that
the order in which they arrive decides nothing. Where there is no sequence, the time at which the
source wrote it does; where there is neither, what came last.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from pydantic import TypeAdapter

from app.domain.record.canonical import canonical, digest_of
from app.domain.record.origin import Source
from app.domain.time import zone_of
from app.interchange.made import HeldRow, Moved
from app.interchange.rows import SourceRow

_SOURCE: Final = TypeAdapter(Source)
_UTC: Final = zone_of("UTC")
_STANDING: Final = ""
"""The name, among the fields, of whether the row stands at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How far a source has come with a row: its sequence, and the instant of its writing."""

    sequence: int | None = None
    written: int | None = None
    """Microseconds since 1970; a wall-clock time counts as UTC among others of its source."""

    @classmethod
    def of(cls, source: Source) -> "Order":
        """The order of a message."""
        written = None if source.time is None else source.time.span(_UTC).first
        return cls(sequence=source.sequence, written=written)

    def is_before(self, other: "Order") -> bool:
        """Whether this was surely written before the other."""
        if self.sequence is not None and other.sequence is not None:
            return self.sequence < other.sequence
        if self.sequence is not None or self.written is None or other.written is None:
            return False
        return self.written < other.written

    def furthest(self, other: "Order") -> "Order":
        """The later of each."""
        return Order(
            sequence=_later(self.sequence, other.sequence),
            written=_later(self.written, other.written),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A row as it is kept, with the sequences by which single fields were told."""

    row: HeldRow
    orders: Mapping[str, int] = field(default_factory=dict)

    @property
    def content(self) -> str:
        """What makes it another version where it differs, as canonical JSON."""
        return canonical(_content(self))

    @property
    def digest(self) -> str:
        """SHA-256 of that."""
        return digest_of(self.content)

    @property
    def document(self) -> str:
        """All of it as canonical JSON."""
        source = _SOURCE.dump_python(self.row.source, mode="json", exclude_none=True)
        told = {"content": _content(self), "source": source, "reason": self.row.reason}
        whose = {"key": self.row.key, "given": self.row.given, "subject": self.row.subject}
        return canonical({**told, **whose, "came": self.row.came})


def read_kept(document: str, extract: str | None) -> Kept:
    """A row from its document."""
    told = json.loads(document)
    content, came = told["content"], told["came"]
    return Kept(
        row=HeldRow(
            domain=content["domain"],
            key=told["key"],
            subject=told["subject"],
            fields=content["fields"],
            related=tuple((agent, word) for agent, word in content["related"]),
            removed=content["removed"],
            extract=extract,
            source=_SOURCE.validate_python(told["source"]),
            reason=told["reason"],
            named=content.get("named"),
            given=told["given"],
            moved=_moved(content.get("moved")),
            came=None if came is None else (came[0], came[1]),
        ),
        orders=content["orders"],
    )


def _moved(told: Mapping[str, Any] | None) -> Moved | None:
    return None if told is None else Moved(to=told["to"], outdone=told["outdone"])


def digest_of_document(document: str) -> str:
    """The digest of the content of a row's document."""
    return digest_of(canonical(json.loads(document)["content"]))


def kept_after(
    before: Kept | None, come: Order, row: SourceRow, subject: str, key: str, extract: str | None
) -> Kept | None:
    """The row after a message, where the source had come as far as `come` with it before.

    None where the message is too late to change anything.
    """
    order = Order.of(row.source)
    blank = _blank(row, subject, key, extract)
    if before is not None and before.row.moved is not None:
        if row.change == "whole" and order.is_before(come):
            return None
        before = None  # what it said is kept elsewhere, and joined to this when it comes back
    if row.change != "whole" and order.sequence is not None:
        return _in_part(before, row, order.sequence, blank)
    if before is not None and order.is_before(come):
        return None
    if row.change == "whole":
        return Kept(row=replace(blank, fields=dict(row.fields), related=row.related))
    standing = before.row if before else blank
    kept = replace(
        blank,
        fields=_merged(standing.fields, row.fields),
        related=row.related or standing.related,
        removed=row.change == "removed" or (standing.removed and not row.restored),
    )
    return Kept(row=kept, orders=dict(before.orders) if before else {})


def joined(earlier: Kept, later: Kept) -> Kept:
    """What two rows that turn out to be one say: field by field by their sequences where either
    was told in parts, else what the later says.
    """
    if not earlier.orders and not later.orders:
        return later
    orders = {**earlier.orders}
    fields = dict(earlier.row.fields)
    removed = earlier.row.removed
    for name in {*later.row.fields, *later.orders}:
        if later.orders.get(name, -1) < earlier.orders.get(name, -1):
            continue
        orders |= {name: later.orders[name]} if name in later.orders else {}
        if name == _STANDING:
            removed = later.row.removed
        else:
            fields[name] = later.row.fields.get(name, "")
    row = replace(
        later.row,
        fields=_merged(fields, {}),
        related=later.row.related or earlier.row.related,
        removed=removed,
        source=_status_kept(later.row.source, earlier.row.source),
    )
    return Kept(row=row, orders=orders)


def _in_part(before: Kept | None, row: SourceRow, sequence: int, blank: HeldRow) -> Kept | None:
    """The row with those fields changed that nothing later was told of, and so its standing."""
    standing = before.row if before else blank
    orders = dict(before.orders) if before else {}
    asked = [*row.fields, *([_STANDING] if row.restored or row.change == "removed" else [])]
    told = [name for name in asked if orders.get(name, -1) <= sequence]
    if asked and not told:
        return None
    orders |= dict.fromkeys(told, sequence)
    newest = before is None or sequence >= max(before.orders.values(), default=-1)
    changed = {name: row.fields[name] for name in told if name != _STANDING}
    removed = row.change == "removed" if _STANDING in told else standing.removed
    return Kept(
        row=replace(
            standing,
            fields=_merged(standing.fields, changed),
            related=row.related or standing.related,
            removed=removed,
            extract=blank.extract,
            source=_status_kept(blank.source, standing.source) if newest else standing.source,
            reason=blank.reason if newest else standing.reason,
            named=blank.named if newest else standing.named,
            came=None,
        ),
        orders=orders,
    )


def _status_kept(new: Source, old: Source) -> Source:
    """A message that says nothing of a status leaves it."""
    return replace(new, status=new.status or old.status)


def _merged(standing: Mapping[str, str], told: Mapping[str, str]) -> dict[str, str]:
    """The fields, with those changed that were told; an empty text clears one."""
    return {name: text for name, text in {**standing, **told}.items() if text}


def _blank(row: SourceRow, subject: str, key: str, extract: str | None) -> HeldRow:
    return HeldRow(
        domain=row.domain,
        key=key,
        subject=subject,
        fields={},
        extract=extract,
        source=row.source,
        reason=row.reason,
        named=row.subject,
        given=row.key,
    )


def _content(kept: Kept) -> dict[str, Any]:
    row = kept.row
    named = {} if row.named is None else {"named": row.named}
    moved = {} if row.moved is None else {"moved": asdict(row.moved)}
    return {
        **named,
        **moved,
        "domain": row.domain,
        "fields": dict(row.fields),
        "related": [list(pair) for pair in row.related],
        "removed": row.removed,
        "orders": dict(kept.orders),
        "status": row.source.status,
    }


def _later(one: int | None, other: int | None) -> int | None:
    return max((each for each in (one, other) if each is not None), default=None)
