"""Adjudications and the pointer to the one that stands, moved only by who saw the one before."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from app.clock import random_id
from app.store.adjudications import (
    Adjudications,
    Move,
    NotCurrent,
    StoredAdjudication,
    Wanted,
    adjudication,
    due_by,
)
from app.store.audit import AuditTrail, Entry
from app.store.database import Database
from app.store.records import Records
from tests.store.test_audit import by
from tests.store.test_records import version

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)


def made(number: int, subject: str = "S-01", **changes: Any) -> StoredAdjudication:
    """An adjudication that was recorded so many hours after noon."""
    stored = StoredAdjudication(
        id=f"{subject}-{number}",
        study="ST-1",
        subject=subject,
        number=number,
        as_of=NOON,
        protocol="NCT06886919",
        protocol_version="1",
        status="IN_WINDOW",
        cause="ingest",
        input_digest=f"sha256:{number:064}",
        inputs="{}",
        answer_digest="sha256:1",
        answer="{}",
        summary='{"events":[]}',
        supersedes=None,
        due=None,
        recorded_at=NOON + number * HOUR,
        seq=number,
    )
    return replace(stored, **changes)


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    """Patients S-01 and S-02 are recorded."""
    with database.writing() as connection:
        for subject in ("S-01", "S-02"):
            store = Records(connection=connection, kind="subject", study="ST-1")
            store.append(version(1, subject, subject=subject), None)
        yield connection


@pytest.fixture
def store(connection: Connection) -> Adjudications:
    return Adjudications(connection=connection, study="ST-1")


def keep(store: Adjudications, *several: StoredAdjudication) -> None:
    """Append each, and let it stand by an event of the trail."""
    for each in several:
        store.append(each)
        let_stand(store, each, each.recorded_at)


def let_stand(store: Adjudications, each: StoredAdjudication, at: datetime) -> None:
    """Let one stand, by an event of the trail at a time."""
    trail = AuditTrail(connection=store.connection, new_id=random_id)
    entry = Entry(
        action="adjudication.made",
        entity="adjudication",
        entity_id=each.id,
        study=each.study,
        subject=each.subject,
    )
    receipt = trail.append(entry, by("a"), at)
    move = Move(to=each, before=store.current(each.subject), since=(receipt.seq, at))
    store.point([move])


def made_of(store: Adjudications, id_: str) -> StoredAdjudication:
    """One that was made, by its id."""
    found = adjudication(store.connection, id_)
    assert found is not None
    return found


def void(connection: Connection, subject: str) -> None:
    patients = Records(connection=connection, kind="subject", study="ST-1")
    before = patients.holding(subject)
    patients.append(version(2, subject, subject=subject, result="voided"), before)


class TestTheOneThatStands:
    def test_none_before_the_first(self, store: Adjudications) -> None:
        assert store.current("S-01") is None
        assert store.last_numbers(["S-01"]) == store.last_numbers([]) == {}

    def test_the_one_that_was_pointed_at_last(self, store: Adjudications) -> None:
        one, two = made(1), made(2)
        keep(store, one, two)
        assert store.current("S-01") == two
        store.point([Move(to=one, before=two)])
        assert store.current("S-01") == one
        assert store.last_numbers(["S-01", "S-02"]) == {"S-01": 2}

    def test_whoever_saw_another_does_not_move_it(self, store: Adjudications) -> None:
        one, two, three = made(1), made(2), made(3)
        keep(store, one, two)
        store.append(three)
        with pytest.raises(NotCurrent, match=one.id):
            store.point([Move(to=three, before=one)])
        assert store.current("S-01") == two

    def test_several_are_moved_together_or_the_move_is_a_defect(
        self, store: Adjudications
    ) -> None:
        keep(store, made(1), made(1, "S-02"))
        for each in (made(2), made(2, "S-02")):
            store.append(each)
        store.point([
            Move(to=made(2), before=made(1)), Move(to=made(2, "S-02"), before=made(1, "S-02")),
        ])  # fmt: skip
        assert store.currents(["S-01", "S-02"]) == {"S-01": made(2), "S-02": made(2, "S-02")}
        with pytest.raises(NotCurrent, match=r"one of the adjudications S-01-2, S-02-1 is not"):
            store.point([
                Move(to=made(1), before=made(2)), Move(to=made(2, "S-02"), before=made(1, "S-02")),
            ])  # fmt: skip

    def test_nobody_points_first_twice(self, store: Adjudications) -> None:
        keep(store, made(1))
        store.append(made(2))
        with pytest.raises(IntegrityError):
            store.point([Move(to=made(2), before=None)])


class TestOnce:
    @pytest.mark.parametrize(
        "changes", [{"id": "other", "number": 2}, {"id": "other", "input_digest": "sha256:other"}]
    )
    def test_the_same_inputs_and_the_same_number_stand_once(
        self, store: Adjudications, changes: dict[str, Any]
    ) -> None:
        store.append(made(1))
        with pytest.raises(IntegrityError):
            store.append(replace(made(1), **changes))

    def test_of_another_patient_they_are_others(self, store: Adjudications) -> None:
        keep(store, made(1), made(1, "S-02"))
        digest, other = made(1).input_digest, made(2).input_digest
        both = {"S-01": made(1), "S-02": made(1, "S-02")}
        assert store.of_inputs({"S-01": digest, "S-02": digest}) == both
        assert store.of_inputs({"S-01": other, "S-02": digest}) == {"S-02": made(1, "S-02")}
        assert store.of_inputs({"S-01": other}) == store.of_inputs({}) == {}

    def test_one_is_found_by_its_id(self, connection: Connection, store: Adjudications) -> None:
        keep(store, made(1), made(2))
        assert adjudication(connection, "S-01-1") == made(1)
        assert adjudication(connection, "S-01-9") is None


class TestLists:
    @pytest.fixture
    def several(self, store: Adjudications) -> Adjudications:
        """S-01 was a DLT until its second; S-02 has one, whose event is pending."""
        keep(
            store,
            made(1, status="DLT"),
            made(2, "S-02", status="UNDETERMINED", summary='{"events":[{"verdict":"PENDING"}]}'),
            made(3),
        )
        return store

    @pytest.mark.parametrize(
        ("wanted", "ids"),
        [
            ({}, ["S-02-2", "S-01-3"]),
            ({"current": False}, ["S-01-1", "S-02-2", "S-01-3"]),
            ({"subject": "S-01"}, ["S-01-3"]),
            ({"subject": "S-01", "current": False}, ["S-01-1", "S-01-3"]),
            ({"verdict": "DLT"}, []),
            ({"verdict": "DLT", "current": False}, ["S-01-1"]),
            ({"verdict": "UNDETERMINED"}, ["S-02-2"]),
            ({"verdict": "PENDING"}, ["S-02-2"]),
            ({"changed_since": NOON + 2 * HOUR}, ["S-01-3"]),
            ({"changed_since": NOON + 2 * HOUR - TICK}, ["S-02-2", "S-01-3"]),
        ],
    )
    def test_those_that_are_wanted_in_the_order_of_the_trail(
        self, several: Adjudications, wanted: dict[str, Any], ids: list[str]
    ) -> None:
        found = several.page(Wanted(**wanted), after=0, limit=9)
        assert [each.id for each in found] == ids

    def test_in_pages(self, several: Adjudications) -> None:
        wanted = Wanted(current=False)
        first = several.page(wanted, after=0, limit=2)
        rest = several.page(wanted, after=first[-1].seq, limit=2)
        assert [each.number for each in (*first, *rest)] == [1, 2, 3]

    def test_what_stands_in_short(self, several: Adjudications) -> None:
        assert [each.id for each in several.standing()] == ["S-01-3", "S-02-2"]

    @pytest.mark.parametrize(
        ("known_at", "stood", "made"),
        [
            (NOON + HOUR - TICK, [], 0),
            (NOON + HOUR, ["S-01-1"], 1),
            (NOON + 2 * HOUR, ["S-01-1", "S-02-2"], 2),
            (NOON + 3 * HOUR - TICK, ["S-01-1", "S-02-2"], 2),
            (NOON + 3 * HOUR, ["S-01-3", "S-02-2"], 3),
            (NOON + 4 * HOUR - TICK, ["S-01-3", "S-02-2"], 3),
            (NOON + 4 * HOUR, ["S-01-1", "S-02-2"], 3),
        ],
    )
    def test_what_stood_at_an_instant(
        self, several: Adjudications, known_at: datetime, stood: list[str], made: int
    ) -> None:
        """The first of S-01 stands again since 16:00."""
        let_stand(several, made_of(several, "S-01-1"), NOON + 4 * HOUR)
        assert [each.id for each in several.standing(known_at)] == stood
        paged = several.page(Wanted(known_at=known_at), after=0, limit=9)
        assert sorted(each.id for each in paged) == stood
        every = several.page(Wanted(known_at=known_at, current=False), after=0, limit=9)
        assert len(every) == made

    def test_one_that_stands_again_comes_again(self, several: Adjudications) -> None:
        """Whoever has read the list up to an event finds it beyond that."""
        first = made_of(several, "S-01-1")
        let_stand(several, first, NOON + 4 * HOUR)
        for wanted in (Wanted(), Wanted(known_at=NOON + 4 * HOUR)):
            found = several.page(wanted, after=3, limit=9)
            assert [(each.id, each.seq) for each in found] == [("S-01-1", 4)]
        assert several.page(Wanted(changed_since=NOON + 4 * HOUR), after=0, limit=9) == []
        since = Wanted(changed_since=NOON + 4 * HOUR - TICK)
        assert [each.id for each in several.page(since, after=0, limit=9)] == ["S-01-1"]
        assert several.current("S-01") == first

    def test_a_patient_who_is_void_is_in_no_list_of_what_stands(
        self, several: Adjudications
    ) -> None:
        void(several.connection, "S-01")
        assert [each.subject for each in several.standing()] == ["S-02"]
        assert [each.subject for each in several.standing(NOON + 2 * HOUR)] == ["S-02"]
        assert [each.subject for each in several.standing(NOON + 2 * HOUR - TICK)] == ["S-01"]
        found = several.page(Wanted(), after=0, limit=9)
        assert [each.subject for each in found] == ["S-02"]
        every = several.page(Wanted(current=False), after=0, limit=9)
        assert len(every) == 3


class TestDue:
    @pytest.fixture
    def due(self, store: Adjudications) -> Adjudications:
        """S-02 at 13:00, S-01 at 14:00."""
        keep(store, made(1, due=NOON + 2 * HOUR), made(1, "S-02", due=NOON + HOUR))
        return store

    @pytest.mark.parametrize(
        ("now", "subjects"),
        [
            (NOON + HOUR - TICK, []),
            (NOON + HOUR, ["S-02"]),
            (NOON + 2 * HOUR, ["S-02", "S-01"]),
        ],
    )
    def test_the_longest_due_first(
        self, due: Adjudications, now: datetime, subjects: list[str]
    ) -> None:
        found = due_by(due.connection, now, limit=9)
        assert found == [("ST-1", subject) for subject in subjects]
        assert due_by(due.connection, now, limit=1) == found[:1]

    def test_who_was_judged_since_is_due_no_more(self, due: Adjudications) -> None:
        keep(due, made(2, due=None))
        assert due_by(due.connection, NOON + 9 * HOUR, limit=9) == [("ST-1", "S-02")]

    def test_who_is_void_is_not_due(self, due: Adjudications) -> None:
        void(due.connection, "S-02")
        assert due_by(due.connection, NOON + 9 * HOUR, limit=9) == [("ST-1", "S-01")]
