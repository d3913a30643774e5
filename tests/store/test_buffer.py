"""Rows that wait are never missed, by whoever asks; what is at hand is what the database holds."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, event, select, text
from sqlalchemy.exc import IntegrityError

from app.clock import random_id
from app.domain.record.kinds import Kind
from app.domain.record.origin import OPERATOR
from app.store.audit import EVENTS, AuditTrail, Entry
from app.store.buffer import Buffer, RowsForgotten, insert_row
from app.store.database import Database
from app.store.records import Records, Stored
from app.store.statements import new_pointer
from app.store.writer import Unit, Writer

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
KIND: Kind = "adverse_event"
ENTRY = Entry(action="site.created", entity="site", entity_id="01")


def pointer(key: str) -> dict[str, Any]:
    return {
        "study": "ST-1", "key": key, "subject": "S-01", "current": 1, "latest": 1,
        "voided": False, "sequence": None, "source_time": None,
    }  # fmt: skip


@pytest.fixture
def buffer(database: Database) -> Iterator[Buffer]:
    with database.writing() as connection:
        buffer = Buffer(connection=connection)
        buffer.attach()
        yield buffer
        buffer.finish()


def add(connection: Connection, *keys: str) -> None:
    for key in keys:
        insert_row(connection, new_pointer(KIND), pointer(key))


class TestRows:
    @pytest.mark.parametrize("how", ["text", "driver", "savepoint"])
    def test_whatever_is_asked_sees_them(self, buffer: Buffer, how: str) -> None:
        connection, query = buffer.connection, "SELECT count(*) FROM adverse_events"
        add(connection, "a", "b")
        match how:
            case "text":
                found = connection.execute(text(query)).scalar_one()
            case "driver":
                found = connection.exec_driver_sql(query).scalar_one()
            case _:
                connection.begin_nested().rollback()  # they came before it
                found = connection.execute(text(query)).scalar_one()
        assert found == 2

    def test_they_go_together(self, buffer: Buffer) -> None:
        asked: list[tuple[str, bool]] = []

        def note(_: Any, __: Any, statement: str, ___: Any, ____: Any, many: bool) -> None:
            asked.append((statement.split()[0], many))

        trail = AuditTrail(connection=buffer.connection, new_id=random_id)
        event.listen(buffer.connection, "before_cursor_execute", note)
        for key in "abc":
            trail.append(ENTRY, OPERATOR, NOON)
            add(buffer.connection, key)
        assert asked == []
        buffer.write()
        assert asked == [("INSERT", True), ("INSERT", True)]
        seqs = buffer.connection.execute(select(EVENTS.c.seq).order_by(EVENTS.c.seq)).scalars()
        assert list(seqs) == [1, 2, 3]

    def test_a_commit_without_them_fails(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        writer = Writer(database, lambda: NOON, random_id)
        monkeypatch.setattr(Buffer, "finish", lambda _: None)
        monkeypatch.setattr(Buffer, "_before_statement", lambda *_: None)
        with pytest.raises(RowsForgotten, match="2 rows"):
            writer.run(lambda unit: add(unit.connection, "a", "b"))
        writer.close()
        with database.reading() as connection:
            assert connection.execute(text("SELECT key FROM adverse_events")).all() == []

    def test_what_could_not_be_written_is_not_forgotten(self, sqlite_database: Database) -> None:
        """Whoever catches the database's refusal commits nothing, as if it had not."""

        def catching(unit: Unit) -> None:
            add(unit.connection, "a", "a", "b")
            with suppress(IntegrityError):
                unit.connection.execute(text("SELECT 1"))

        writer = Writer(sqlite_database, lambda: NOON, random_id)
        with pytest.raises(IntegrityError):
            writer.run(catching)
        writer.close()
        with sqlite_database.reading() as connection:
            assert connection.execute(text("SELECT key FROM adverse_events")).all() == []

    def test_of_a_unit_that_fails_none_is_written(self, database: Database) -> None:
        writer = Writer(database, lambda: NOON, random_id)

        def failing(unit: Unit) -> None:
            unit.audit.append(ENTRY, OPERATOR, NOON)
            add(unit.connection, "a")
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            writer.run(failing)
        writer.run(lambda unit: add(unit.connection, "b"))
        receipt = writer.run(lambda unit: unit.audit.append(ENTRY, OPERATOR, NOON))
        writer.close()
        assert receipt.seq == 1
        with database.reading() as connection:
            assert list(connection.execute(text("SELECT key FROM adverse_events")).scalars()) == [
                "b"
            ]

    def test_a_row_that_the_database_refuses_fails_its_unit(self, database: Database) -> None:
        writer = Writer(database, lambda: NOON, random_id)
        with pytest.raises(IntegrityError):
            writer.run(lambda unit: add(unit.connection, "a", "a"))
        writer.close()


STEP = st.tuples(
    st.sampled_from(["updated", "stale", "voided", "restored", "remember"]),
    st.none() | st.integers(1, 9),
    st.none() | st.integers(0, 9),
)


def version(number: int, result: Any, sequence: int | None) -> Stored:
    return Stored(
        study="ST-1", key="edc:1", version=number, subject=f"S-{number % 3}", result=result,
        applied=result != "stale", schema_number=1, document='{"content":{}}',
        digest=f"sha256:{number:064}", sequence=sequence, source=None, findings="[]",
        recorded_at=NOON + timedelta(hours=number, microseconds=number), seq=number,
    )  # fmt: skip


@pytest.fixture
def records(buffer: Buffer) -> Records:
    return Records(connection=buffer.connection, kind=KIND, study="ST-1")


@given(steps=st.lists(STEP, max_size=5))
@settings(
    max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_what_is_at_hand_of_a_record_is_what_the_database_holds(
    buffer: Buffer, records: Records, steps: list[tuple[str, int | None, int | None]]
) -> None:
    savepoint = buffer.connection.begin_nested()
    records.append(version(1, "created", 4), None, NOON)
    for number, (what, sequence, hours) in enumerate(steps, 2):
        before = records.holding("edc:1")
        assert before is not None
        told = None if hours is None else NOON + timedelta(hours=hours)
        if what == "remember":
            records.remember(before, told, sequence)
        else:
            next_one = version(number, what, sequence)
            records.append(replace(next_one, version=before.latest + 1), before, told)
        at_hand = records.holding("edc:1")
        buffer.known.clear()
        assert at_hand == records.holding("edc:1")
    buffer.drop()
    savepoint.rollback()


def test_what_is_read_ahead_is_what_is_read(buffer: Buffer, records: Records) -> None:
    keys = [f"edc:{number}" for number in range(5)]
    for key in keys[:3]:
        records.append(replace(version(1, "created", None), key=key), None)
    buffer.finish()
    records.look_ahead(keys)
    ahead = {key: records.holding(key) for key in keys}
    assert set(ahead) == {key for _, _, key in buffer.known}
    buffer.known.clear()
    assert ahead == {key: records.holding(key) for key in keys}
    assert [key for key, holding in ahead.items() if holding is None] == keys[3:]
