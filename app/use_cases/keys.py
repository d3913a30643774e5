"""API keys: made, revoked, and asked whom they speak for.

A token is `dg_<id>_<secret>`. The secret is 32 random bytes, so a single SHA-256 of it is as good
as unguessable, and costs every request nothing. It is told once, when the key is made.
"""

import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from typing import Final

from sqlalchemy import Connection

from app.domain.errors import DomainError
from app.domain.record.changes import ABSENT, changes
from app.domain.record.origin import Actor, Origin, Role
from app.store import keys
from app.store.audit import Entry, Receipt
from app.store.keys import StoredKey
from app.store.records import Records
from app.store.types import written
from app.store.writer import Unit
from app.use_cases.errors import UnknownStudy

_SECRET_BYTES: Final = 32
_TOKEN: Final = re.compile(r"dg_(?P<id>[0-9a-f]{32})_(?P<secret>[A-Za-z0-9_-]{43})")


class UnknownKey(DomainError):
    """There is no key of that id."""

    code = "unknown_key"

    def __init__(self, key_id: str) -> None:
        super().__init__(f"There is no key {key_id!r}: `doseguard api-key list` shows the ids.")


class KeyRevoked(DomainError):
    """The key has been revoked already."""

    code = "key_revoked"

    def __init__(self, key_id: str, at: datetime) -> None:
        super().__init__(f"Key {key_id} was revoked already, at {written(at)}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """What a key is to be. `study` None opens all studies; `person` says that one person has it.

    It works until `expires_at`, or until it is revoked.
    """

    name: str
    role: Role
    study: str | None
    person: bool = False
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedKey:
    """A key and its token, which nobody can tell again."""

    token: str = field(repr=False)
    key: StoredKey
    audit: Receipt


def create_key(unit: Unit, origin: Origin, new: NewKey) -> IssuedKey:
    """Make a key. Raises UnknownStudy."""
    if new.study is not None and not _has_study(unit.connection, new.study):
        raise UnknownStudy(new.study)
    key_id, secret = unit.new_id().hex, secrets.token_urlsafe(_SECRET_BYTES)
    facts = {
        "name": new.name,
        "role": new.role,
        "study": new.study,
        "person": new.person,
        "expires_at": None if new.expires_at is None else written(new.expires_at),
    }
    entry = Entry(
        action="api_key.created",
        entity="api_key",
        entity_id=key_id,
        study=new.study,
        changes=tuple(changes(ABSENT, facts)),
    )
    receipt = unit.audit.append(entry, origin, unit.recorded_at)
    key = StoredKey(
        id=key_id,
        name=new.name,
        role=new.role,
        study=new.study,
        person=new.person,
        secret_digest=_digest(secret),
        expires_at=new.expires_at,
        recorded_at=unit.recorded_at,
        seq=receipt.seq,
    )
    keys.add(unit.connection, key)
    return IssuedKey(token=f"dg_{key_id}_{secret}", key=key, audit=receipt)


def revoke_key(unit: Unit, origin: Origin, key_id: str, reason: str) -> Receipt:
    """End a key for good. Raises UnknownKey, KeyRevoked."""
    key = keys.find(unit.connection, key_id)
    if key is None:
        raise UnknownKey(key_id)
    if key.revoked_at is not None:
        raise KeyRevoked(key_id, key.revoked_at)
    entry = Entry(
        action="api_key.revoked",
        entity="api_key",
        entity_id=key_id,
        study=key.study,
        changes=tuple(changes({}, {"revoked_at": written(unit.recorded_at)})),
        reason=reason,
    )
    receipt = unit.audit.append(entry, origin, unit.recorded_at)
    keys.revoke(
        unit.connection, key_id, reason=reason, recorded_at=unit.recorded_at, seq=receipt.seq
    )
    return receipt


def key_of(connection: Connection, token: str, now: datetime) -> StoredKey | None:
    """The key whose token this is, if it works at that instant."""
    parts = _TOKEN.fullmatch(token)
    if parts is None:
        return None
    key = keys.find(connection, parts["id"])
    if key is None or not compare_digest(key.secret_digest, _digest(parts["secret"])):
        return None
    return key if key.state(now) == "active" else None


def is_token(text: str) -> bool:
    """Whether the text has the form of a token, so that it is worth looking up."""
    return _TOKEN.fullmatch(text) is not None


def actor_of(key: StoredKey) -> Actor:
    """Whom the key speaks for."""
    return Actor(
        id=key.id,
        kind="person" if key.person else "machine",
        role=key.role,
        study=key.study,
        auth_method="api_key",
    )


def is_any_active(connection: Connection, now: datetime) -> bool:
    """Whether there is a key that works."""
    return any(key.state(now) == "active" for key in keys.every_key(connection))


def _has_study(connection: Connection, study: str) -> bool:
    return Records(connection=connection, kind="study", study=study).holding(study) is not None


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
