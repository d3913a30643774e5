"""A dry run on PostgreSQL, judged by one worker and by two, each a process of its own.

Measured by the wall from the first chunk that is done to the last: what comes before is starting,
and reading documents. The study is that of `readjudication`, and its amendment.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from app.clock import system_clock
from app.store.database import Database
from app.store.migrate import upgrade
from benchmarks.generate.copies import multiply
from benchmarks.generate.mixes import MILD
from benchmarks.measure import unpin
from tests.crash.service import settings_of
from tests.engine.service import handed_over
from tests.readjudications.patients import generated
from tests.readjudications.service import Rejudging
from tests.store.postgres import embedded_server

RECORDED: Final = 1_000
EVENTS: Final = 100_000
TOGETHER: Final = 200
"""Patients of a chunk: so many chunks that nobody waits long for the last."""
_TURNS: Final = 5
_LOOK: Final = 0.02  # seconds between two looks at the job


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """Patients judged by the second, by the number of workers."""

    patients: int
    rates: Mapping[int, float]

    @property
    def gain(self) -> float:
        """How many times as fast two are."""
        return self.rates[2] / self.rates[1]


def measure() -> Shared:
    """One worker and two in turns, medians; the first run, on a cold database, is left out."""
    with embedded_server() as server, server.role() as role, server.database() as database:
        upgrade(database, role)
        study = _study(database)
        unpin()
        _judged(study, role, 1)
        found = [
            (number, *_judged(study, role, number)) for _ in range(_TURNS) for number in (1, 2)
        ]
        study.close()
    return Shared(
        patients=found[0][1],
        rates={
            asked: median(rate for number, _, rate in found if number == asked) for asked in (1, 2)
        },
    )


def _study(database: Database) -> Rejudging:
    # By the workers' own clocks nothing falls due after this: they would sweep, and judge at it.
    study = Rejudging(database=database, now=system_clock() - timedelta(hours=2))
    study.place = replace(study.place, tried=TOGETHER)
    study.begin()
    study.told(list(generated(RECORDED, MILD)))
    multiply(database, EVENTS // RECORDED - 1)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    study.later()
    return study


def _judged(study: Rejudging, role: str, number: int) -> tuple[int, float]:
    """How many patients there are, and how many a second were judged."""
    job = handed_over(study, protocol_version="2")
    with _workers(study.database, role, number):
        began, first = 0.0, 0
        while not (now := study.job(job)).is_over:
            if now.done and not first:
                began, first = time.perf_counter(), now.done
            time.sleep(_LOOK)
        took = time.perf_counter() - began
    if now.state != "succeeded" or now.total is None:
        raise AssertionError(f"{now.state}: {now.counts}")
    return now.total, (now.total - first) / took


@contextmanager
def _workers(database: Database, role: str, number: int) -> Iterator[None]:
    command = [str(Path(sys.executable).with_name("doseguard")), "worker"]
    environment = {**os.environ, **settings_of(database, role)}
    with TemporaryDirectory() as folder, Path(folder, "log").open("wb") as log:
        running = [
            subprocess.Popen(command, env=environment, stdout=log, stderr=log)
            for _ in range(number)
        ]
        try:
            yield
        finally:
            for each in running:
                each.terminate()
            for each in running:
                each.wait(timeout=60)
