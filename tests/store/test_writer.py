"""The writer: what waits is committed together, each by itself, and everybody is told after it."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import IntegrityError, OperationalError

from app.api.openapi import EXAMPLE_TIME
from app.clock import random_id
from app.domain.record.leaf import check_chain
from app.domain.record.origin import OPERATOR
from app.store.audit import Entry, Receipt, leaves
from app.store.database import Database, DatabaseUnavailable, saying_when_unavailable
from app.store.idempotency import ANSWERS
from app.store.writer import Unit, Writer

SECONDS = 20
"""How long a test waits for what has to happen at once."""


class Refused(Exception):
    """What a work raises that is not to be done."""


@pytest.fixture
def writer(database: Database) -> Iterator[Writer]:
    writer = Writer(database, lambda: EXAMPLE_TIME, random_id)
    yield writer
    writer.close()


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> list[Connection]:
    """One for each transaction of a writer."""
    begun: list[Connection] = []
    original = Database.writing

    @contextmanager
    def writing(self: Database) -> Iterator[Connection]:
        with original(self) as connection:
            begun.append(connection)
            yield connection

    monkeypatch.setattr(Database, "writing", writing)
    return begun


@contextmanager
def busy(writer: Writer) -> Iterator[None]:
    """The writer is at work until the block ends: what is submitted meanwhile waits."""
    begun, go_on = threading.Event(), threading.Event()

    def work(_: Unit) -> None:
        begun.set()
        assert go_on.wait(SECONDS)

    first = writer.submit(work)
    assert begun.wait(SECONDS)
    try:
        yield
    finally:
        go_on.set()
        first.result(SECONDS)


def note(name: str) -> Callable[[Unit], Receipt]:
    """A work that leaves one audit event."""

    def work(unit: Unit) -> Receipt:
        entry = Entry(action="noted", entity="note", entity_id=name)
        return unit.audit.append(entry, OPERATOR, unit.recorded_at)

    return work


def note_and_refuse(name: str) -> Callable[[Unit], Receipt]:
    """A work that leaves two, and then is refused."""

    def work(unit: Unit) -> Receipt:
        note(name)(unit)
        note(name)(unit)
        raise Refused(name)

    return work


def noted(database: Database) -> list[str]:
    """The names in the trail, in order; its numbers are gapless and its chain holds."""
    with database.reading() as connection:
        found = list(leaves(connection))
    assert check_chain(found) is None
    return [each[1].partition('"entity_id":"')[2].partition('"')[0] for each in found]


def outage(*_: Unit) -> None:
    """The database fails, and not the statement."""
    raise OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full"))


class TestGroups:
    def test_what_waits_shares_one_commit(
        self, database: Database, writer: Writer, commits: list[Connection]
    ) -> None:
        with busy(writer):
            futures = [writer.submit(note(name)) for name in "abcde"]
        receipts = [each.result(SECONDS) for each in futures]
        assert len(commits) == 2
        assert [each.seq for each in receipts] == [1, 2, 3, 4, 5]
        assert noted(database) == list("abcde")

    @pytest.mark.parametrize(("group", "number"), [(1, 6), (2, 4), (5, 2), (6, 2)])
    def test_no_more_than_a_group_share_one(
        self, database: Database, commits: list[Connection], group: int, number: int
    ) -> None:
        writer = Writer(database, lambda: EXAMPLE_TIME, random_id, group=group)
        with busy(writer):
            futures = [writer.submit(note(name)) for name in "abcde"]
        assert [each.result(SECONDS).seq for each in futures] == [1, 2, 3, 4, 5]
        assert len(commits) == number
        writer.close()

    def test_one_that_comes_alone_is_committed_alone(
        self, writer: Writer, commits: list[Connection]
    ) -> None:
        for number in range(1, 4):
            assert writer.run(note("a")).seq == number
        assert len(commits) == 3

    def test_what_is_told_is_there(self, database: Database, writer: Writer) -> None:
        """Whoever has the answer finds the write, on whatever connection."""
        with busy(writer):
            futures = [writer.submit(note(name)) for name in "ab"]
            seen: list[list[str]] = []
            futures[0].add_done_callback(lambda _: seen.append(noted(database)))
        futures[1].result(SECONDS)
        assert seen == [["a", "b"]]

    def test_nobody_sees_what_is_not_committed(self, database: Database, writer: Writer) -> None:
        seen: list[list[str]] = []

        def look(_: Unit) -> None:
            seen.append(noted(database))

        with busy(writer):
            writer.submit(note("a"))
            looked = writer.submit(look)
        looked.result(SECONDS)
        assert seen == [[]]

    def test_each_has_a_unit_of_its_own(self, writer: Writer) -> None:
        """What one has read of a study, the next reads anew."""
        units: list[Unit] = []
        with busy(writer):
            futures = [writer.submit(units.append) for _ in range(2)]
        for each in futures:
            each.result(SECONDS)
        assert units[0].connection is units[1].connection
        assert units[0].read is not units[1].read


class TestOneThatIsRefused:
    @pytest.mark.parametrize("place", [0, 1, 2])
    def test_it_leaves_the_others_alone_and_nothing_of_itself(
        self, database: Database, writer: Writer, commits: list[Connection], place: int
    ) -> None:
        works = [note("a"), note("b")]
        works.insert(place, note_and_refuse("x"))
        with busy(writer):
            futures = [writer.submit(each) for each in works]
        with pytest.raises(Refused, match="x"):
            futures.pop(place).result(SECONDS)
        assert [each.result(SECONDS).seq for each in futures] == [1, 2]
        assert noted(database) == ["a", "b"]
        assert len(commits) == 2

    def test_the_next_event_follows_the_last_that_was_kept(
        self, database: Database, writer: Writer
    ) -> None:
        first = writer.run(note("a"))
        for _ in range(2):
            with pytest.raises(Refused):
                writer.run(note_and_refuse("x"))
        assert writer.run(note("b")).seq == first.seq + 1
        assert noted(database) == ["a", "b"]

    def test_a_statement_that_fails_is_of_its_request_alone(
        self, database: Database, writer: Writer
    ) -> None:
        """PostgreSQL would refuse whatever follows in the transaction."""

        def twice(unit: Unit) -> None:
            note("x")(unit)
            row = {
                "actor": "a", "key": "k", "request_digest": "d", "status": 200, "headers": "{}",
                "body": "{}", "recorded_at": unit.recorded_at,
            }  # fmt: skip
            for _ in range(2):
                unit.connection.execute(insert(ANSWERS), row)

        def wrong(unit: Unit) -> None:
            unit.connection.execute(text("SELECT nothing FROM nowhere"))

        with busy(writer):
            before, failing = writer.submit(note("a")), writer.submit(twice)
            misspelt, after = writer.submit(wrong), writer.submit(note("b"))
        with pytest.raises(IntegrityError):
            failing.result(SECONDS)
        assert misspelt.exception(SECONDS) is not None
        assert [each.result(SECONDS).seq for each in (before, after)] == [1, 2]
        assert noted(database) == ["a", "b"]
        with database.reading() as connection:
            assert connection.execute(ANSWERS.select()).all() == []

    def test_its_caller_gets_what_was_raised(self, writer: Writer) -> None:
        error = Refused("this one")

        def work(_: Unit) -> None:
            raise error

        assert writer.submit(work).exception(SECONDS) is error


class TestTheDatabaseThatFails:
    @pytest.fixture(params=["at the beginning", "at the commit"])
    def failing(
        self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
    ) -> threading.Event:
        """The database fails as long as the event is set."""
        broken, original = threading.Event(), Database.writing
        at_once = request.param == "at the beginning"

        @contextmanager
        def writing(self: Database) -> Iterator[Connection]:
            with saying_when_unavailable():
                if broken.is_set() and at_once:
                    outage()
                with original(self) as connection:
                    yield connection
                    if broken.is_set():
                        outage()

        monkeypatch.setattr(Database, "writing", writing)
        return broken

    def test_every_caller_is_told_and_nothing_is_kept(
        self, database: Database, writer: Writer, failing: threading.Event
    ) -> None:
        """Also who would have been refused: nobody knows what the record was."""
        works = (note("a"), note_and_refuse("x"), lambda _: failing.set(), note("b"))
        with busy(writer):
            futures = [writer.submit(each) for each in works]
        errors = [each.exception(SECONDS) for each in futures]
        assert [type(each) for each in errors] == [DatabaseUnavailable] * 4
        assert noted(database) == []

    def test_it_goes_on_when_the_database_does(
        self, database: Database, writer: Writer, failing: threading.Event
    ) -> None:
        assert writer.run(note("a")).seq == 1
        failing.set()
        futures = [writer.submit(note(name)) for name in "xyz"]
        for each in futures:
            with pytest.raises(DatabaseUnavailable):
                each.result(SECONDS)
        failing.clear()
        assert writer.run(note("b")).seq == 2
        assert noted(database) == ["a", "b"]

    def test_an_outage_in_the_midst_of_a_group_alters_nothing(
        self, database: Database, writer: Writer
    ) -> None:
        with busy(writer):
            futures: list[Future[Any]] = [
                writer.submit(note("a")), writer.submit(outage), writer.submit(note("b")),
            ]  # fmt: skip
        for each in futures:
            with pytest.raises(DatabaseUnavailable):
                each.result(SECONDS)
        assert writer.run(note("c")).seq == 1
        assert noted(database) == ["c"]


class TestCancelled:
    def test_what_nobody_waits_for_is_not_done(
        self, database: Database, writer: Writer, commits: list[Connection]
    ) -> None:
        with busy(writer):
            futures = [writer.submit(note(name)) for name in "abc"]
            assert futures[1].cancel()
        assert [futures[each].result(SECONDS).seq for each in (0, 2)] == [1, 2]
        with pytest.raises(CancelledError):
            futures[1].result(SECONDS)
        assert noted(database) == ["a", "c"]
        assert len(commits) == 2

    def test_where_nothing_is_left_nothing_is_committed(
        self, writer: Writer, commits: list[Connection]
    ) -> None:
        with busy(writer):
            assert writer.submit(note("a")).cancel()
        writer.close()
        assert len(commits) == 1

    def test_what_has_begun_is_done(self, database: Database, writer: Writer) -> None:
        begun, go_on = threading.Event(), threading.Event()

        def work(unit: Unit) -> Receipt:
            begun.set()
            assert go_on.wait(SECONDS)
            return note("a")(unit)

        future = writer.submit(work)
        assert begun.wait(SECONDS)
        assert not future.cancel()
        go_on.set()
        assert future.result(SECONDS).seq == 1


class TestClosing:
    def test_what_was_submitted_is_finished(self, database: Database, writer: Writer) -> None:
        with busy(writer):
            futures = [writer.submit(note(name)) for name in "abc"]
            closing = threading.Thread(target=writer.close)
            closing.start()
        closing.join(SECONDS)
        assert not closing.is_alive()
        assert [each.done() for each in futures] == [True, True, True]
        assert noted(database) == ["a", "b", "c"]

    def test_its_thread_ends(self, writer: Writer) -> None:
        names: list[str] = []
        writer.run(lambda _: names.append(threading.current_thread().name))
        writer.close()
        assert names == ["writer"]
        assert not [each for each in threading.enumerate() if each.name == "writer"]

    def test_one_that_never_wrote_and_one_that_is_closed_can_be_closed(
        self, writer: Writer
    ) -> None:
        writer.close()
        writer.run(note("a"))
        writer.close()
        writer.close()

    def test_it_begins_again_when_it_is_needed(self, database: Database, writer: Writer) -> None:
        writer.run(note("a"))
        writer.close()
        assert writer.run(note("b")).seq == 2
        assert noted(database) == ["a", "b"]


def test_two_writers_make_one_chain(database: Database) -> None:
    """Two processes, each with its own: the numbers have no gap and stand for one event each."""
    writers = [Writer(database, lambda: EXAMPLE_TIME, random_id, group=3) for _ in range(2)]
    futures = [
        writers[number % 2].submit(note_and_refuse("x") if number % 5 == 4 else note(str(number)))
        for number in range(40)
    ]
    errors = [each.exception(SECONDS) for each in futures]
    for each in writers:
        each.close()
    assert sum(error is not None for error in errors) == 8
    seqs = sorted(each.result().seq for each in futures if each.exception() is None)
    assert seqs == list(range(1, 33))
    assert len(noted(database)) == 32
