"""Whom a token speaks for; a key that works is looked up now and then, not for every request."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from fastapi.concurrency import run_in_threadpool

from app.clock import Clock
from app.domain.record.origin import Actor
from app.store.database import Database
from app.store.keys import StoredKey
from app.use_cases.keys import actor_of, is_token, key_of

KEPT_SECONDS: Final = 2
"""For how long a key that worked is taken to work: a revoked one opens so much longer at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    actor: Actor
    since: datetime
    until: datetime

    def holds(self, now: datetime) -> bool:
        # A clock that was set back would otherwise keep a revoked key for as long again.
        return self.since <= now < self.until


class Keyring:
    """Keys that worked lately. All of it happens in the event loop, but for the looking up."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._kept: dict[bytes, _Kept] = {}

    async def actor_of(self, token: str) -> Actor | None:
        """Whom the token speaks for; None where it opens nothing, for whatever reason.

        Raises DatabaseUnavailable, NotMigrated.
        """
        if not is_token(token):
            return None
        now = self._clock()
        digest = sha256(token.encode()).digest()
        kept = self._kept.get(digest)
        if kept is not None and kept.holds(now):
            return kept.actor
        key = await run_in_threadpool(self._look_up, token, now)
        if key is None:
            return None
        self._keep(digest, key, now)
        return actor_of(key)

    def _look_up(self, token: str, now: datetime) -> StoredKey | None:
        with self._database.reading() as connection:
            return key_of(connection, token, now)

    def _keep(self, digest: bytes, key: StoredKey, now: datetime) -> None:
        until = now + timedelta(seconds=KEPT_SECONDS)
        if key.expires_at is not None:
            until = min(until, key.expires_at)
        self._kept = {each: kept for each, kept in self._kept.items() if kept.holds(now)}
        self._kept[digest] = _Kept(actor=actor_of(key), since=now, until=until)
