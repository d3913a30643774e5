"""API keys: written once, ended by a row beside them. Of a secret only the digest is here."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Connection, Select, bindparam, insert, select

from app.domain.record.origin import Role
from app.store.tables import ApiKey, ApiKeyRevocation, table_of

KEYS: Final = table_of(ApiKey)
REVOCATIONS: Final = table_of(ApiKeyRevocation)

KeyState = Literal["active", "revoked", "expired"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """A key, and its end where it was revoked. `study` None opens all studies.

    `secret_digest` is SHA-256 of the secret's text, as 64 hexadecimal digits.
    """

    id: str
    name: str
    role: Role
    study: str | None
    person: bool
    secret_digest: str
    expires_at: datetime | None
    recorded_at: datetime
    seq: int
    revoked_at: datetime | None = None
    revocation_reason: str | None = None

    def state(self, now: datetime) -> KeyState:
        """Whether the key works; the instant at which it expires is the first at which not."""
        if self.revoked_at is not None:
            return "revoked"
        if self.expires_at is not None and now >= self.expires_at:
            return "expired"
        return "active"


def add(connection: Connection, key: StoredKey) -> None:
    """Write a key."""
    connection.execute(
        insert(KEYS), {column.name: getattr(key, column.name) for column in KEYS.columns}
    )


def revoke(
    connection: Connection, key_id: str, *, reason: str, recorded_at: datetime, seq: int
) -> None:
    """Write that a key has ended."""
    connection.execute(
        insert(REVOCATIONS),
        {"key": key_id, "reason": reason, "recorded_at": recorded_at, "seq": seq},
    )


def find(connection: Connection, key_id: str) -> StoredKey | None:
    """The key of an id, also one that has ended; None where there is none."""
    row = connection.execute(_FIND, {"key_id": key_id}).first()
    return None if row is None else StoredKey(**row._mapping)


def every_key(connection: Connection) -> list[StoredKey]:
    """All keys in the order in which they were made, also those that have ended."""
    rows = connection.execute(_keys().order_by(KEYS.c.seq))
    return [StoredKey(**row._mapping) for row in rows]


def _keys() -> Select[Any]:
    return select(
        *KEYS.columns,
        REVOCATIONS.c.recorded_at.label("revoked_at"),
        REVOCATIONS.c.reason.label("revocation_reason"),
    ).select_from(KEYS.outerjoin(REVOCATIONS, REVOCATIONS.c.key == KEYS.c.id))


_FIND: Final = _keys().where(KEYS.c.id == bindparam("key_id"))
