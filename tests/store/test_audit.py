"""The audit trail: numbered without gaps, chained, never backwards in time, and searchable."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.clock import random_id
from app.domain.record.leaf import GENESIS, check_chain, leaf_hash, read_leaf
from app.domain.record.origin import Actor, Origin
from app.store.audit import AuditTrail, Entry, Head, Receipt, Search, head_of, leaves, search
from app.store.database import Database
from app.store.writer import Unit, Writer
from tests.store.test_writer import SECONDS, Refused, busy, note

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def by(actor: str) -> Origin:
    who = Actor(id=actor, kind="person", role="data_manager", study=None, auth_method="api_key")
    return Origin(actor=who, request_id="req-1", idempotency_key="K-1")


class TestTheChain:
    def test_the_first_event_follows_none(self, database: Database) -> None:
        with database.reading() as connection:
            assert head_of(connection) == Head(seq=0, leaf_hash=GENESIS, recorded_at=None)

    def test_each_event_names_the_one_before_it(self, database: Database) -> None:
        receipts = []
        with database.writing() as connection:
            trail = AuditTrail(connection=connection, new_id=random_id)
            for number in range(3):
                entry = Entry(action="tried", entity="thing", entity_id=str(number))
                receipts.append(trail.append(entry, by("a"), NOON))
        with database.reading() as connection:
            found = list(leaves(connection))
            assert head_of(connection) == Head(
                seq=3, leaf_hash=receipts[2].leaf_hash, recorded_at=NOON
            )
        assert check_chain(found) is None
        assert [Receipt(seq=seq, leaf_hash=hashed) for seq, _, hashed in found] == receipts
        previous = [read_leaf(text).previous for _, text, _ in found]
        assert previous == [GENESIS, *(each.leaf_hash for each in receipts[:2])]

    def test_the_next_transaction_goes_on_where_the_last_ended(self, database: Database) -> None:
        for number in range(1, 4):
            with database.writing() as connection:
                trail = AuditTrail(connection=connection, new_id=random_id)
                entry = Entry(action="tried", entity="thing", entity_id="1")
                assert trail.append(entry, by("a"), NOON).seq == number

    def test_a_leaf_says_all_that_was_given(self, database: Database) -> None:
        entry = Entry(
            action="thing.changed",
            entity="thing",
            entity_id="T-1",
            entity_version=2,
            study="ST-1",
            site="01",
            subject="S-01",
            changes=({"path": "/a", "old": 1, "new": "zwei, drei, 四"},),
            reason_code="WHY",
            reason="because",
            source_time="2026-03-01T08:00+08:00",
            on_behalf_of="Nurse 7",
            ruleset_digest="sha256:1",
            dictionary_version="ctcae-5.0",
        )
        with database.writing() as connection:
            trail = AuditTrail(connection=connection, new_id=random_id)
            receipt = trail.append(entry, by("a"), NOON)
        with database.reading() as connection:
            ((_, text, hashed),) = leaves(connection)
        told = read_leaf(text)
        assert hashed == leaf_hash(text) == receipt.leaf_hash
        for name in Entry.__dataclass_fields__:
            assert getattr(told, name) == getattr(entry, name)
        assert (told.actor, told.actor_kind, told.actor_role) == ("a", "person", "data_manager")
        assert (told.request_id, told.idempotency_key) == ("req-1", "K-1")
        assert told.recorded_at == "2026-03-01T12:00:00.000000Z"


class TestSearch:
    @pytest.fixture
    def trail(self, database: Database) -> Database:
        """Six events: two actors, two studies, one an hour."""
        with database.writing() as connection:
            trail = AuditTrail(connection=connection, new_id=random_id)
            for number in range(6):
                entry = Entry(
                    action="thing.made" if number % 2 else "thing.changed",
                    entity="thing" if number < 4 else "other",
                    entity_id=f"T-{number % 3}",
                    study="ST-1" if number < 3 else "ST-2",
                    subject=f"S-{number % 2}",
                    reason_code="WHY" if number == 5 else None,
                )
                trail.append(entry, by("ab"[number // 3]), NOON + number * HOUR)
        return database

    @pytest.mark.parametrize(
        ("wanted", "numbers"),
        [
            ({}, [1, 2, 3, 4, 5, 6]),
            ({"study": "ST-1"}, [1, 2, 3]),
            ({"subject": "S-1"}, [2, 4, 6]),
            ({"actor": "b"}, [4, 5, 6]),
            ({"action": "thing.made"}, [2, 4, 6]),
            ({"entity": "other"}, [5, 6]),
            ({"entity": "thing", "entity_id": "T-0"}, [1, 4]),
            ({"reason_code": "WHY"}, [6]),
            ({"reason_code": "NOT"}, []),
            ({"study": "ST-2", "action": "thing.changed"}, [5]),
            ({"since": NOON + HOUR}, [2, 3, 4, 5, 6]),
            ({"since": NOON + HOUR + timedelta(microseconds=1)}, [3, 4, 5, 6]),
            ({"until": NOON + HOUR}, [1, 2]),
            ({"until": NOON + HOUR - timedelta(microseconds=1)}, [1]),
            ({"since": NOON + HOUR, "until": NOON + HOUR}, [2]),
        ],
    )
    def test_by_every_column_and_by_time_both_ends_inside(
        self, trail: Database, wanted: dict[str, Any], numbers: list[int]
    ) -> None:
        with trail.reading() as connection:
            found = search(connection, Search(**wanted), limit=10)
        assert [seq for seq, _, _ in found] == numbers

    def test_in_pages(self, trail: Database) -> None:
        wanted = Search(subject="S-1")
        with trail.reading() as connection:
            first = search(connection, wanted, limit=2)
            rest = search(connection, wanted, after=first[-1][0], limit=2)
            assert [seq for seq, _, _ in (*first, *rest)] == [2, 4, 6]
            assert [seq for seq, _, _ in leaves(connection, after=4)] == [5, 6]


class TestTheClock:
    def times(self, database: Database, *now: datetime, refuse: int = -1) -> list[datetime]:
        """When each of several notes was recorded, at these times of the clock."""
        ticks = iter(now)
        writer = Writer(database, lambda: next(ticks), random_id)
        recorded: list[datetime] = []

        def work(number: int) -> Callable[[Unit], None]:
            def noting(unit: Unit) -> None:
                note("a")(unit)
                if number == refuse:
                    raise Refused
                recorded.append(unit.recorded_at)

            return noting

        for number in range(len(now)):
            writer.submit(work(number)).exception(SECONDS)
        writer.close()
        return recorded

    def test_the_trail_never_runs_backwards(self, database: Database) -> None:
        recorded = self.times(database, NOON, NOON - HOUR, NOON, NOON + HOUR, NOON - 2 * HOUR)
        assert recorded == [NOON, NOON, NOON, NOON + HOUR, NOON + HOUR]

    def test_not_even_across_a_restart(self, database: Database) -> None:
        self.times(database, NOON)
        assert self.times(database, NOON - timedelta(days=1)) == [NOON]

    def test_what_was_refused_has_not_been(self, database: Database) -> None:
        assert self.times(database, NOON, NOON + HOUR, NOON, refuse=1) == [NOON, NOON]

    def test_each_of_a_group_has_its_own_time(self, database: Database) -> None:
        ticks = iter([NOON + timedelta(seconds=each) for each in range(4)])
        writer = Writer(database, lambda: next(ticks), random_id)
        with busy(writer):
            futures = [writer.submit(lambda unit: unit.recorded_at) for _ in range(3)]
        told = [each.result(SECONDS) for each in futures]
        assert told == [NOON + timedelta(seconds=each) for each in (1, 2, 3)]
        writer.close()
