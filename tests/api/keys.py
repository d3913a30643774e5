"""Studies and keys as the commands make them, for tests of the door."""

from datetime import datetime

from app.api.openapi import EXAMPLE_TIME
from app.clock import random_id
from app.domain.record.documents import Document
from app.domain.record.kinds import Study
from app.domain.record.origin import OPERATOR, Role
from app.store.database import Database
from app.store.writer import Writer
from app.use_cases.keys import IssuedKey, NewKey, create_key, revoke_key
from app.use_cases.records import Sent, create_study


def with_study(database: Database, study: str) -> None:
    """Create a study."""
    document = Document(subject=None, content=Study(title="A study", time_zone="UTC"))
    sent = Sent(kind="study", key=study, document=document)
    writer = Writer(database, lambda: EXAMPLE_TIME, random_id)
    try:
        writer.run(lambda unit: create_study(unit, OPERATOR, sent))
    finally:
        writer.close()


def issued(
    database: Database,
    role: Role,
    study: str | None = None,
    *,
    person: bool = False,
    expires_at: datetime | None = None,
) -> IssuedKey:
    """A new key."""
    new = NewKey(name="a test", role=role, study=study, person=person, expires_at=expires_at)
    writer = Writer(database, lambda: EXAMPLE_TIME, random_id)
    try:
        return writer.run(lambda unit: create_key(unit, OPERATOR, new))
    finally:
        writer.close()


def revoked(database: Database, key_id: str) -> None:
    """End a key."""
    writer = Writer(database, lambda: EXAMPLE_TIME, random_id)
    try:
        writer.run(lambda unit: revoke_key(unit, OPERATOR, key_id, "the test is over"))
    finally:
        writer.close()


def bearer(token: str) -> dict[str, str]:
    """The header that shows a key."""
    return {"Authorization": f"Bearer {token}"}
