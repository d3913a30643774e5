"""One event of the audit trail as a leaf: its fields, its canonical text, its hash, the chain.

The fields are those that 21 CFR 11.10(e), EU Annex 11 and ICH E6(R3) 4.2.2 ask for: who in which
role, what with old and new, when in UTC, and why. A leaf's hash is that of RFC 6962 (2.1), so that
a Merkle tree can stand on the same leaves.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from hashlib import sha256
from operator import attrgetter
from typing import Any, Final, NamedTuple

from pydantic import ConfigDict, TypeAdapter, ValidationError

from app.domain.errors import BadValue
from app.domain.record.canonical import canonical
from app.domain.record.changes import same

GENESIS: Final = f"sha256:{'0' * 64}"
"""What the first event links to, since there is no event before it."""

_LEAF_PREFIX: Final = b"\x00"  # RFC 6962: a leaf cannot be taken for an inner node of the tree


class BadLeaf(BadValue):
    """The text is no audit event."""

    code = "bad_leaf"

    def __init__(self, faults: str) -> None:
        super().__init__(
            f"The text is no audit event ({faults}): take it as the trail holds it, unchanged."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """One event of the audit trail. None stands for what does not belong to such an event.

    `recorded_at` is the server's time in UTC, `source_time` the source's own with its offset, both
    ISO 8601. `changes` are those of `app.domain.record.changes`. `previous` is the hash of the
    event before, or `GENESIS`; the event's own hash is no field, since it is made of all of them.
    """

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)

    seq: int
    event_id: str
    recorded_at: str
    source_time: str | None
    actor: str
    actor_kind: str
    actor_role: str | None
    on_behalf_of: str | None
    auth_method: str
    action: str
    study: str | None
    site: str | None
    subject: str | None
    entity: str
    entity_id: str
    entity_version: int | None
    changes: tuple[Mapping[str, Any], ...]
    reason_code: str | None
    reason: str | None
    request_id: str | None
    idempotency_key: str | None
    software_version: str
    ruleset_digest: str | None
    dictionary_version: str | None
    previous: str


class Break(NamedTuple):
    """Where a chain does not hold: the first number that is wrong, and why."""

    seq: int
    reason: str


_FIELDS: Final = tuple(field.name for field in fields(AuditRecord))
_VALUES: Final = attrgetter(*_FIELDS)
_READER: Final = TypeAdapter(AuditRecord)


def leaf_text(record: AuditRecord) -> str:
    """The canonical JSON of an event. Raises `NotCanonical` where a change holds what has none."""
    written = dict(zip(_FIELDS, _VALUES(record), strict=True))
    written["changes"] = [dict(change) for change in record.changes]
    return canonical(written)


def leaf_hash(text: str) -> str:
    """`sha256:` and the hexadecimal SHA-256 of a zero byte and the text's UTF-8 bytes."""
    # Text with half of a surrogate pair is no leaf, but whoever checks it wants an answer.
    told = text.encode(errors="surrogatepass")
    return f"sha256:{sha256(_LEAF_PREFIX + told).hexdigest()}"


def read_leaf(text: str) -> AuditRecord:
    """The event that a text tells. Raises `BadLeaf` where a field lacks, is odd or unknown.

    Whether the text is canonical, `check_chain` says.
    """
    try:
        return _READER.validate_json(text)
    except ValidationError as problem:
        places = (
            f"{'/'.join(map(str, fault['loc'])) or 'the text'}: {fault['type']}"
            for fault in problem.errors(include_url=False, include_context=False)
        )
        raise BadLeaf("; ".join(places)) from problem


def check_chain(
    leaves: Iterable[tuple[int, str, str]], *, after: int = 0, previous: str = GENESIS
) -> Break | None:
    """The first number at which a trail does not hold; None where it is whole.

    `leaves` are (number, text, hash) in order, beginning with the one that follows `after`, whose
    hash is `previous`. Numbers have to be gapless, each hash that of its text, each text
    canonical and of its own number, and each event linked to the one before it. A missing event
    is reported by its own number. An event that was rewritten together with its hash shows at the
    next one.

    Events cut off at the very end cannot be seen without a checkpoint from elsewhere that says
    how many there were, nor can a last event that was rewritten together with its hash.
    """
    for number, (seq, text, hashed) in enumerate(leaves, after + 1):
        reason = _wrong(number, previous, seq, text, hashed)
        if reason is not None:
            return Break(number, reason)
        previous = hashed
    return None


def _wrong(number: int, previous: str, seq: int, text: str, hashed: str) -> str | None:
    if seq != number:
        return f"event {number} is missing: {seq} stands in its place"
    if leaf_hash(text) != hashed:
        return "its hash is not that of its text"
    told = _canonical_object(text)
    if told is None:
        return "its text is not a canonical JSON object"
    if not same(told.get("seq"), number):
        return "its text is that of another number"
    if told.get("previous") != previous:
        return "it does not follow the event before it"
    return None


def _canonical_object(text: str) -> dict[str, Any] | None:
    try:
        told = json.loads(text)
        return told if isinstance(told, dict) and canonical(told) == text else None
    except (ValueError, RecursionError):
        return None
