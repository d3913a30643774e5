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
_LOOP: Final = """
import json, time
text = json.dumps({str(number): [number] * 5 for number in range(300)})
count, began = 0, time.perf_counter()
while time.perf_counter() - began < 4:
    json.loads(text)
    count += 1
print(count)
"""
_LOOK: Final = 0.02  # seconds between two looks at the job


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """Patients judged by the second, by the number of workers: medians.

    `gain` is how many times as fast two are, and `of_loops` the same of loops in processes that
    share nothing but the machine: what its cores give just then. Of each turn, then the median.
    """

    patients: int
    rates: Mapping[int, float]
    gain: float
    of_loops: float


def measure() -> Shared:
    """One worker and two in turns, medians; the first run, on a cold database, is left out."""
    with embedded_server() as server, server.role() as role, server.database() as database:
        upgrade(database, role)
        study = _study(database)
        unpin()
        patients, _ = _judged(study, role, 1)
        turns = []
        for _ in range(_TURNS):
            _, one = _judged(study, role, 1)
            _, two = _judged(study, role, 2)
            turns.append((one, two, _looped(2) / _looped(1)))
        study.close()
    return Shared(
        patients=patients,
        rates={1: median(one for one, _, _ in turns), 2: median(two for _, two, _ in turns)},
        gain=median(two / one for one, two, _ in turns),
        of_loops=median(loops for _, _, loops in turns),
    )


def _looped(number: int) -> int:
    """How often so many processes together do a piece of work that needs nothing but a core."""
    running = [
        subprocess.Popen([sys.executable, "-c", _LOOP], stdout=subprocess.PIPE)
        for _ in range(number)
    ]
    return sum(int(each.communicate()[0]) for each in running)


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
