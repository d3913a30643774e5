"""kill -9 of workers in the middle of a re-adjudication: what comes out is what one would do."""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from app.clock import system_clock
from app.domain.record.origin import OPERATOR
from app.store.database import Database, DatabaseUnavailable
from app.store.jobs import StoredJob
from app.store.migrate import upgrade
from app.use_cases.jobs import cancel, release, resume
from app.use_cases.replay import differences
from tests.crash.service import Forks, Service, pause, settings_of
from tests.engine.service import LEASE, VERSION, begun, handed_over, outcome, patients, wait_until
from tests.readjudications.service import Rejudging
from tests.store.databases import copy_of
from tests.store.postgres import EmbeddedServer, Server, embedded_server

_LONGEST: Final = 0.05
"""Seconds before a blow, at most: about what a chunk takes."""
_WORKERS: Final = 2


@dataclass(slots=True, kw_only=True)
class Workers:
    """Some `doseguard worker` of one database, which are killed and come again."""

    launcher: Forks
    settings: Mapping[str, str]
    log: Path
    running: list[int] = field(default_factory=list)

    def start(self) -> None:
        """Start one more."""
        self.running.append(self.launcher.run(["worker"], self.settings, self.log))

    def replace(self) -> None:
        """Kill the oldest, and start another."""
        self.launcher.kill(self.running.pop(0))
        self.start()

    def kill(self) -> None:
        """Kill all."""
        while self.running:
            self.launcher.kill(self.running.pop())


@contextmanager
def workers_of(launcher: Forks, database: Database, role: str, folder: Path) -> Iterator[Workers]:
    settings = {
        **settings_of(database, role),
        "DOSEGUARD_JOB_LEASE_SECONDS": str(LEASE.total_seconds()),
    }
    workers = Workers(launcher=launcher, settings=settings, log=folder / "workers.log")
    for _ in range(_WORKERS):
        workers.start()
    try:
        yield workers
    finally:
        workers.kill()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The same re-adjudication by one worker whom nobody disturbs, and by others."""

    alone: Rejudging
    by_one: StoredJob
    shared: Rejudging

    def assert_same(self, job: StoredJob) -> None:
        """All that came of it is the same, and the trail tells of all of it."""
        assert outcome(self.shared, job) == outcome(self.alone, self.by_one)
        with self.shared.database.reading() as connection:
            assert list(differences(connection)) == []


@contextmanager
def trial(alone: Database, shared: Database, *, chunks: int, size: int) -> Iterator[Trial]:
    """Of a study of some hours ago: nothing in it lies ahead of the workers' own clocks."""
    now, subjects = system_clock() - timedelta(hours=2), patients(chunks * size)
    by_one, by_others = (begun(each, subjects, size, now) for each in (alone, shared))
    yield Trial(alone=by_one, by_one=by_one.run(**VERSION), shared=by_others)
    by_one.close()
    by_others.close()


def struck(
    rejudging: Rejudging,
    job: StoredJob,
    blows: Sequence[Callable[[], object]],
    chance: random.Random,
) -> None:
    """Strike as often, evenly over the work, each time at some moment of a chunk."""
    total, under_way, began = job.total or 0, 0, time.monotonic()
    for number, blow in enumerate(blows):
        threshold = total * number // len(blows)
        wait_until(partial(_has_done, rejudging, job, threshold))
        pause(chance.uniform(0, _LONGEST))
        under_way += not is_over(rejudging, job)
        blow()
    wait_until(partial(is_over, rejudging, job))
    took = time.monotonic() - began
    print(f"\n{len(blows)} blows, {under_way} under way, in {took:.0f} s")  # noqa: T201


def _has_done(rejudging: Rejudging, job: StoredJob, threshold: int) -> bool:
    return done(rejudging, job) >= threshold


def done(rejudging: Rejudging, job: StoredJob) -> int:
    """Patients who are done; -1 while the database is away."""
    with suppress(DatabaseUnavailable):
        return rejudging.job(job).done
    return -1


def is_over(rejudging: Rejudging, job: StoredJob) -> bool:
    with suppress(DatabaseUnavailable):
        return rejudging.job(job).is_over
    return False


def test_workers_that_were_killed_do_what_one_does(
    postgres_database: Database,
    sqlite_database: Database,
    app_role: str,
    forked: Forks,
    chance: random.Random,
    tmp_path: Path,
) -> None:
    with trial(sqlite_database, postgres_database, chunks=6, size=2) as tried:
        job = handed_over(tried.shared)
        with workers_of(forked, postgres_database, app_role, tmp_path) as workers:
            struck(tried.shared, job, [workers.replace] * 2, chance)
        tried.assert_same(job)


@pytest.mark.slow
def test_workers_that_were_killed_fifty_times(
    postgres_server: Server,
    sqlite_database: Database,
    forked: Forks,
    chance: random.Random,
    tmp_path: Path,
) -> None:
    """With the job cancelled and resumed, and the database crashed, in between."""
    if not isinstance(postgres_server, EmbeddedServer):
        pytest.skip("the tests run on a server that is not theirs")
    with (
        embedded_server() as server,
        server.role() as role,
        server.database() as database,
    ):
        upgrade(database, role)
        with trial(sqlite_database, database, chunks=200, size=2) as tried:
            job = handed_over(tried.shared)
            with workers_of(forked, database, role, tmp_path) as workers:
                blows: list[Callable[[], object]] = [workers.replace] * 50
                blows.insert(20, lambda: stopped_and_resumed(tried.shared, job))
                blows.insert(35, server.restart)
                struck(tried.shared, job, blows, chance)
                said = workers.log.read_text("utf-8")
            tried.assert_same(job)
        assert "Traceback" not in said


@pytest.mark.slow
def test_a_server_that_was_killed_fifty_times(
    sqlite_database: Database,
    tmp_path_factory: pytest.TempPathFactory,
    sqlite_template: Path,
    forked: Forks,
    chance: random.Random,
    tmp_path: Path,
) -> None:
    """On SQLite the same work is done by the server's own worker, and goes on where it was."""
    alone = copy_of(sqlite_template, tmp_path_factory.mktemp("alone"))
    with trial(alone, sqlite_database, chunks=200, size=2) as tried:
        shared = tried.shared
        job = shared.asked(**VERSION).job
        job = next(shared.steps(job))
        shared.writer.run(lambda unit: release(unit, shared.place.worker, job.id))
        lease = {"DOSEGUARD_JOB_LEASE_SECONDS": str(LEASE.total_seconds())}
        service = Service(forked, {**settings_of(sqlite_database), **lease}, tmp_path)
        service.start()

        def killed() -> None:
            service.kill()
            service.start()

        blows: list[Callable[[], object]] = [killed] * 50
        blows.insert(20, lambda: stopped_and_resumed(shared, job))
        struck(shared, job, blows, chance)
        service.kill()
        tried.assert_same(job)
        assert service.complaints() == []
    alone.close()


def stopped_and_resumed(rejudging: Rejudging, job: StoredJob) -> None:
    rejudging.writer.run(lambda unit: cancel(unit, OPERATOR, job.id))
    before = rejudging.job(job)
    pause(2 * LEASE.total_seconds())
    assert rejudging.job(job) == before
    rejudging.writer.run(lambda unit: resume(unit, OPERATOR, job.id))
