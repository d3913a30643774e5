"""Keys: made, found, ended; of a secret nothing is kept but its digest."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import select

from app.api.openapi import EXAMPLE_TIME
from app.clock import random_id
from app.domain.record.origin import OPERATOR, Actor
from app.store import keys as store
from app.store.audit import leaves
from app.store.database import Database
from app.store.keys import StoredKey, every_key, find
from app.store.writer import Writer
from app.use_cases.errors import UnknownStudy
from app.use_cases.keys import (
    IssuedKey,
    KeyRevoked,
    NewKey,
    UnknownKey,
    actor_of,
    create_key,
    is_any_active,
    key_of,
    revoke_key,
)
from tests.api.keys import with_study

NOW = EXAMPLE_TIME
TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)
NEW = NewKey(name="EDC feed", role="data_manager", study=None)


@pytest.fixture
def writer(database: Database) -> Iterator[Writer]:
    writer = Writer(database, lambda: NOW, random_id)
    yield writer
    writer.close()


def issued(writer: Writer, new: NewKey = NEW) -> IssuedKey:
    return writer.run(lambda unit: create_key(unit, OPERATOR, new))


def revoke(writer: Writer, key_id: str) -> None:
    writer.run(lambda unit: revoke_key(unit, OPERATOR, key_id, "left the project"))


def stored(database: Database, key_id: str) -> StoredKey:
    with database.reading() as connection:
        found = find(connection, key_id)
    assert found is not None
    return found


def opened(database: Database, token: str, now: datetime = NOW) -> StoredKey | None:
    with database.reading() as connection:
        return key_of(connection, token, now)


def events(database: Database) -> list[dict[str, Any]]:
    with database.reading() as connection:
        return [json.loads(text) for _, text, _ in leaves(connection)]


def test_a_key_is_found_as_it_was_made(database: Database, writer: Writer) -> None:
    with_study(database, "IC19-SLE")
    new = NewKey(name="Zoë", role="site_user", study="IC19-SLE", person=True, expires_at=NOW + DAY)
    made = issued(writer, new)
    assert stored(database, made.key.id) == made.key
    assert opened(database, made.token) == made.key
    told = {name: getattr(made.key, name) for name in NewKey.__dataclass_fields__}
    assert NewKey(**told) == new
    assert made.key.recorded_at == NOW
    assert made.key.seq == made.audit.seq


def test_a_token_says_its_id_and_a_secret_of_32_bytes(writer: Writer) -> None:
    one, other = issued(writer), issued(writer)
    assert re.fullmatch(r"dg_[0-9a-f]{32}_[A-Za-z0-9_-]{43}", one.token)
    assert one.token[3:35] == one.key.id
    assert {one.key.id, one.token[36:]}.isdisjoint({other.key.id, other.token[36:]})
    assert one.token not in repr(one)


def test_only_the_digest_of_a_secret_is_stored(database: Database, writer: Writer) -> None:
    made = issued(writer)
    secret = made.token[36:]
    with database.reading() as connection:
        row = connection.execute(select(store.KEYS)).one()
    assert row.secret_digest == sha256(secret.encode()).hexdigest()
    assert secret not in repr(tuple(row))
    assert secret not in json.dumps(events(database))
    assert row.secret_digest not in json.dumps(events(database))


WRONG: dict[str, Callable[[str], str]] = {
    "another secret": lambda token: f"{token[:36]}{'A' * 43}",
    "another id": lambda token: f"dg_{'0' * 32}_{token[36:]}",
    "a line break": lambda token: f"{token}\n",
    "a space": lambda token: f" {token}",
    "another prefix": lambda token: token.replace("dg_", "DG_"),
    "nothing": lambda token: "",
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_another_token_opens_nothing(
    database: Database, writer: Writer, wrong: Callable[[str], str]
) -> None:
    assert opened(database, wrong(issued(writer).token)) is None


def test_a_key_works_until_it_expires(database: Database, writer: Writer) -> None:
    made = issued(writer, NewKey(name="n", role="admin", study=None, expires_at=NOW + DAY))
    assert made.key.state(NOW + DAY - TICK) == "active"
    assert opened(database, made.token, NOW + DAY - TICK) is not None
    assert made.key.state(NOW + DAY) == "expired"
    assert opened(database, made.token, NOW + DAY) is None


def test_a_revoked_key_stays_and_opens_nothing(database: Database, writer: Writer) -> None:
    made, other = issued(writer), issued(writer)
    revoke(writer, made.key.id)
    key = stored(database, made.key.id)
    assert (key.state(NOW), key.revoked_at) == ("revoked", NOW)
    assert key.revocation_reason == "left the project"
    assert opened(database, made.token) is None
    assert opened(database, other.token) == other.key
    with database.reading() as connection:
        assert [each.id for each in every_key(connection)] == [made.key.id, other.key.id]


def test_whether_any_key_works(database: Database, writer: Writer) -> None:
    def any_active(now: datetime = NOW) -> bool:
        with database.reading() as connection:
            return is_any_active(connection, now)

    assert not any_active()
    made = issued(writer, NewKey(name="n", role="admin", study=None, expires_at=NOW + DAY))
    assert any_active()
    assert not any_active(NOW + DAY)
    revoke(writer, made.key.id)
    assert not any_active()


def test_a_key_of_a_study_that_does_not_exist_is_not_made(
    database: Database, writer: Writer
) -> None:
    with pytest.raises(UnknownStudy):
        issued(writer, NewKey(name="n", role="admin", study="NOT-THERE"))
    assert events(database) == []


def test_what_cannot_be_revoked(database: Database, writer: Writer) -> None:
    with pytest.raises(UnknownKey):
        revoke(writer, "nothing")
    made = issued(writer)
    revoke(writer, made.key.id)
    with pytest.raises(KeyRevoked, match="2026-03-01T02:00:00"):
        revoke(writer, made.key.id)
    assert len(events(database)) == 2


def test_creating_and_revoking_are_audited(database: Database, writer: Writer) -> None:
    with_study(database, "S1")
    new = NewKey(name="Feed", role="auditor", study="S1", person=True, expires_at=NOW + DAY)
    made = issued(writer, new)
    revoke(writer, made.key.id)
    _, created, ended = events(database)
    assert created["action"] == "api_key.created"
    assert ended["action"] == "api_key.revoked"
    for event in (created, ended):
        assert (event["entity"], event["entity_id"]) == ("api_key", made.key.id)
        assert event["study"] == "S1"
        assert (event["actor"], event["actor_kind"]) == ("command", "operator")
        assert (event["actor_role"], event["auth_method"]) == ("admin", "shell")
    assert {each["path"]: each["new"] for each in created["changes"]} == {
        "/expires_at": "2026-03-02T02:00:00.000000Z",
        "/name": "Feed",
        "/person": True,
        "/role": "auditor",
        "/study": "S1",
    }
    assert ended["reason"] == "left the project"
    assert [each["path"] for each in ended["changes"]] == ["/revoked_at"]
    assert made.audit.seq == created["seq"]


@pytest.mark.parametrize(("person", "kind"), [(True, "person"), (False, "machine")])
def test_whom_a_key_speaks_for(writer: Writer, person: bool, kind: Any) -> None:
    made = issued(writer, NewKey(name="n", role="auditor", study=None, person=person))
    assert actor_of(made.key) == Actor(
        id=made.key.id, kind=kind, role="auditor", study=None, auth_method="api_key"
    )
