"""Chunks that the engine carries: done by whoever is free, each once, as if one had done all."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from app.domain.record.origin import OPERATOR
from app.engine import tasks as engine_tasks
from app.engine.carrying import carry, connector_of
from app.engine.stalled import carry_again
from app.engine.tasks import MOST, TIDY, TaskFailed, engine_of, give_up_lost, judge
from app.store.audit import head_of
from app.store.database import Database, DatabaseUnavailable
from app.store.engine import SCHEMA
from app.store.readjudications import is_done, waiting_chunks
from app.store.writer import Unit
from app.use_cases.importing import Workplace
from app.use_cases.jobs import cancel, resume, take
from app.use_cases.readjudicating import do_chunk
from app.use_cases.replay import differences
from app.use_cases.working import work_on_next
from tests.engine.service import (
    VERSION,
    begun,
    handed_over,
    outcome,
    over,
    patients,
    seen,
    serving,
    tasks,
    wait_until,
)
from tests.readjudications.service import Rejudging
from tests.store.postgres import Server, as_role

PATIENTS = patients(8)
CHUNKS = 4


@pytest.fixture
def alone(sqlite_database: Database) -> Iterator[Rejudging]:
    """A study whose only worker does all chunks itself."""
    rejudging = begun(sqlite_database, PATIENTS)
    yield rejudging
    rejudging.close()


@pytest.fixture(scope="module")
def told(postgres_server: Server, postgres_template: Database) -> Iterator[Database]:
    """A database with the same study, to be copied."""
    with postgres_server.database(postgres_template) as database:
        begun(database, PATIENTS).close()
        database.close()
        yield database


@pytest.fixture
def shared(postgres_server: Server, told: Database, app_role: str) -> Iterator[Rejudging]:
    """The same study, in a database that workers share."""
    with postgres_server.database(told) as database:
        rejudging = seen(as_role(database, app_role))
        yield rejudging
        rejudging.close()
        rejudging.database.close()


def test_two_workers_do_what_one_does(alone: Rejudging, shared: Rejudging) -> None:
    by_one = alone.run(**VERSION)
    job = handed_over(shared)
    assert len(tasks(shared.database)) == CHUNKS
    with serving(shared), serving(shared):
        assert over(shared, job).state == "succeeded"
        wait_until(lambda: not tasks(shared.database))
    assert outcome(shared, job) == outcome(alone, by_one)
    assert "changed" in {each["kind"] for each in shared.changes(job).values()}
    with shared.database.reading() as connection:
        assert list(differences(connection)) == []


def test_a_chunk_that_is_delivered_twice_is_done_once(shared: Rejudging) -> None:
    job = handed_over(shared)
    assert do_chunk(shared.place, job.id, 0) is not None
    before = outcome(shared, job)
    events = head(shared)
    assert do_chunk(shared.place, job.id, 0) is None
    assert (outcome(shared, job), head(shared)) == (before, events)


def test_a_chunk_that_two_judge_at_once_is_written_once(
    shared: Rejudging, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other writes it between this one's judging and this one's writing."""
    job = handed_over(shared)
    asked: list[int] = []

    def told(connection: Any, job_id: str, number: int) -> bool:
        asked.append(number)
        if len(asked) == 1:
            assert do_chunk(shared.place, job.id, 0) is not None
            return False  # as it was when this one asked
        return is_done(connection, job_id, number)

    monkeypatch.setattr("app.use_cases.readjudicating.is_done", told)
    assert do_chunk(shared.place, job.id, 0) is None
    assert shared.job(job).done == 2
    assert len(asked) == 4


def test_tasks_are_written_with_the_job_or_not_at_all(shared: Rejudging) -> None:
    job = shared.asked(dry_run=True).job

    def broken(unit: Unit, job_id: str, numbers: Any) -> None:
        carry(unit, job_id, numbers)
        raise DatabaseUnavailable

    with pytest.raises(DatabaseUnavailable):
        list(shared.steps(job, replace(shared.place, carry=broken)))
    assert tasks(shared.database) == []
    assert shared.job(job).worker == shared.place.worker


def test_the_record_is_written_where_it_was_after_handing_over(shared: Rejudging) -> None:
    path = "SHOW search_path"

    def work(unit: Unit) -> tuple[Any, Any]:
        before = unit.connection.exec_driver_sql(path).scalar_one()
        carry(unit, "none", range(3))
        return before, unit.connection.exec_driver_sql(path).scalar_one()

    before, after = shared.writer.run(work)
    assert before == after
    assert tasks(shared.database) == [{"job": "none", "number": number} for number in range(3)]


def test_what_is_left_of_a_cancelled_job_ends_at_once(shared: Rejudging) -> None:
    job = handed_over(shared)
    assert do_chunk(shared.place, job.id, 0) is not None
    shared.writer.run(lambda unit: cancel(unit, OPERATOR, job.id))
    with serving(shared):
        wait_until(lambda: not tasks(shared.database))
    assert (shared.job(job).state, shared.job(job).done) == ("cancelled", 2)


def test_a_job_that_is_resumed_does_what_is_left(alone: Rejudging, shared: Rejudging) -> None:
    """Its chunks are carried anew, beside those that are left of before."""
    by_one = alone.run(**VERSION)
    job = handed_over(shared)
    assert do_chunk(shared.place, job.id, 1) is not None
    shared.writer.run(lambda unit: cancel(unit, OPERATOR, job.id))
    shared.writer.run(lambda unit: resume(unit, OPERATOR, job.id))
    assert work_on_next(replace(shared.place, carry=carry), lambda: False)
    assert [each["number"] for each in tasks(shared.database)] == [0, 1, 2, 3, 0, 2, 3]
    with serving(shared):
        assert over(shared, job).state == "succeeded"
    assert outcome(shared, job) == outcome(alone, by_one)


def test_who_holds_a_job_does_its_chunks_alone(shared: Rejudging) -> None:
    """A task that is left of before does not come between, nor take the lease away."""
    job = handed_over(shared)
    shared.writer.run(lambda unit: cancel(unit, OPERATOR, job.id))
    shared.writer.run(lambda unit: resume(unit, OPERATOR, job.id))
    held = shared.writer.run(lambda unit: take(unit, "another", job.id))
    assert held is not None
    assert do_chunk(shared.place, job.id, 0) is None
    assert shared.job(job) == held


def test_an_outage_is_waited_out(shared: Rejudging, monkeypatch: pytest.MonkeyPatch) -> None:
    job = handed_over(shared)
    monkeypatch.setattr(engine_tasks, "do_chunk", _raising(DatabaseUnavailable()))
    with pytest.raises(DatabaseUnavailable):
        judge(shared.place, 100, job.id, 0)
    assert shared.job(job).state == "running"


def test_a_chunk_with_a_defect_fails_its_job_at_the_last_attempt(
    shared: Rejudging, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    job = handed_over(shared)
    monkeypatch.setattr(engine_tasks, "do_chunk", _raising(ZeroDivisionError("of S-0001")))
    for attempts in range(MOST - 1):
        with pytest.raises(TaskFailed):
            judge(shared.place, attempts, job.id, 2)
        assert shared.job(job).state == "running"
    judge(shared.place, MOST - 1, job.id, 2)
    failed = shared.job(job)
    assert failed.state == "failed"
    problem = json.loads(failed.problem or "")
    assert problem["code"] == "internal_error"
    assert "Chunk 2 met a defect of the service 3 times" in problem["detail"]
    assert "ZeroDivisionError" in caplog.text
    assert "S-0001" not in caplog.text
    monkeypatch.undo()
    assert do_chunk(shared.place, job.id, 2) is None
    shared.writer.run(lambda unit: resume(unit, OPERATOR, job.id))
    for _ in shared.steps(job):
        pass
    assert shared.job(job).state == "succeeded"


def test_the_engine_delivers_a_chunk_with_a_defect_so_often_and_no_more(
    shared: Rejudging, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = handed_over(shared)
    tried: list[int] = []

    def broken(*asked: Any) -> None:
        tried.append(asked[-1])
        raise ZeroDivisionError

    monkeypatch.setattr(engine_tasks, "do_chunk", broken)
    with serving(shared):
        assert over(shared, job).state == "failed"
        wait_until(lambda: not tasks(shared.database))
    assert max(tried.count(number) for number in range(CHUNKS)) == MOST


def test_a_chunk_whose_workers_are_lost_fails_its_job(shared: Rejudging) -> None:
    job = handed_over(shared)
    give_up_lost(shared.place, job.id, 3)
    problem = json.loads(shared.job(job).problem or "")
    assert problem["code"] == "workers_lost"
    assert "while they judged chunk 3" in problem["detail"]


def test_what_a_lost_worker_had_is_delivered_again(shared: Rejudging) -> None:
    """Tasks of a worker that was never heard of again, and that nobody ends."""
    job = handed_over(shared)
    with shared.database.writing() as connection:
        connection.execute(text(f"SET LOCAL search_path TO {SCHEMA}"))
        worker = connection.execute(
            text(
                "INSERT INTO procrastinate_workers (last_heartbeat) "
                "VALUES (now() - interval '1 day') RETURNING id"
            )
        ).scalar_one()
        for _ in range(2):
            fetched = connection.execute(
                text("SELECT id FROM procrastinate_fetch_job_v2(NULL, :worker)"),
                {"worker": worker},
            )
            assert fetched.scalar_one() is not None
    with serving(shared):
        assert over(shared, job).state == "succeeded"
        wait_until(lambda: not tasks(shared.database))


def test_a_worker_that_is_to_stop_finishes_the_chunk_at_hand(
    shared: Rejudging, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = handed_over(shared)
    begun_with = threading.Event()

    def slowly(place: Workplace, job_id: str, number: int) -> None:
        begun_with.set()
        wait_until(place.stopping)
        do_chunk(place, job_id, number)

    monkeypatch.setattr(engine_tasks, "do_chunk", slowly)
    with serving(shared):
        assert begun_with.wait(60)
    assert (shared.job(job).state, shared.job(job).done) == ("running", 2)
    with shared.database.reading() as connection:
        waiting = set(waiting_chunks(connection, job.id))
    assert len(waiting) == CHUNKS - 1
    # That of the chunk at hand may be left: then it is delivered again, and finds it done.
    assert waiting <= {each["number"] for each in tasks(shared.database)}


def test_the_engine_has_a_periodic_task_at_any_rate(shared: Rejudging) -> None:
    """Its worker watches its heartbeat only as long as none of its side tasks has ended."""
    for nightly in ("", "02:00"):
        app = engine_of(connector_of(shared.database), shared.place, nightly)
        crons = [each.cron for each in app.periodic_registry.periodic_tasks.values()]
        assert crons == ["17 * * * *", *(["0 2 * * *"] if nightly else [])]


def test_what_somebody_ended_by_hand_is_removed(shared: Rejudging) -> None:
    handed_over(shared)
    with shared.database.writing() as connection:
        connection.execute(text(f"SET LOCAL search_path TO {SCHEMA}"))
        connection.execute(text("UPDATE procrastinate_jobs SET status = 'cancelled' WHERE id = 1"))
        connection.execute(text("UPDATE procrastinate_events SET at = now() - interval '2 days'"))

    async def tidied() -> None:
        app = engine_of(connector_of(shared.database), shared.place, "")
        async with app.open_async():
            await app.tasks[TIDY](timestamp=0)

    asyncio.run(tidied())
    assert [each["number"] for each in tasks(shared.database)] == [1, 2, 3]


def test_chunks_that_the_engine_forgot_are_carried_again(shared: Rejudging) -> None:
    """Its tables are no part of the record: a backup may have left them out."""
    job = handed_over(shared)
    assert do_chunk(shared.place, job.id, 0) is not None
    carry_again(shared.place)
    assert shared.job(job).state == "running"  # they are on their way
    with shared.database.writing() as connection:
        connection.execute(text(f"SET LOCAL search_path TO {SCHEMA}"))
        connection.execute(text("DELETE FROM procrastinate_jobs"))
    carry_again(shared.place)
    assert shared.job(job).state == "queued"
    assert work_on_next(replace(shared.place, carry=carry), lambda: False)
    assert [each["number"] for each in tasks(shared.database)] == [1, 2, 3]


def _raising(error: Exception) -> Callable[..., None]:
    def work(*_: Any) -> None:
        raise error

    return work


def head(rejudging: Rejudging) -> int:
    """The number of the last event."""
    with rejudging.database.reading() as connection:
        return head_of(connection).seq
