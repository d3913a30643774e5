"""The disk is full or broken: whoever writes is told to come again, and the file stays whole.

strace lets system calls of the running service fail. It needs Linux, and the right to trace.
"""

import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from app.store.database import Database
from tests.crash.checking import faults_of
from tests.crash.clients import Client, Load, writing
from tests.crash.service import HOST, Forks, Service, settings_of, started
from tests.crash.workload import beginning

CLIENTS: Final = 4
FULL: Final = "pwrite64:error=ENOSPC"
BROKEN: Final = "fsync,fdatasync:error=EIO"


@pytest.fixture
def strace() -> str:
    found = shutil.which("strace")
    if found is None:
        pytest.skip("there is no strace")
    return found


def test_a_full_disk_is_told_and_forgotten_once_there_is_room(
    sqlite_database: Database, strace: str, forked: Forks, tmp_path: Path
) -> None:
    with survives(sqlite_database, forked, tmp_path) as (service, load, asking):
        with failing(strace, service, f"{FULL}:when=1+", tmp_path) as injected:
            load.wait_until(partial(load.everyone_was_refused, load.refused))
            assert asking.got("/healthz").status == 200
            assert asking.got("/v1/studies").status == 200
        assert injected() > 0
        load.wait_for(CLIENTS)


@pytest.mark.slow
@pytest.mark.parametrize(("what", "calls"), [(FULL, 60), (BROKEN, 12)])
def test_one_call_of_each_number_fails(
    sqlite_database: Database,
    strace: str,
    what: str,
    calls: int,
    forked: Forks,
    tmp_path: Path,
) -> None:
    with survives(sqlite_database, forked, tmp_path) as (service, load, _):
        for number in range(1, calls + 1):
            with failing(strace, service, f"{what}:when={number}", tmp_path) as injected:
                load.wait_until(lambda: injected() > 0)
            load.wait_for(1)


@contextmanager
def survives(
    database: Database, launcher: Forks, folder: Path
) -> Iterator[tuple[Service, Load, Client]]:
    """A service under load while the block runs, then killed: the record is as acknowledged."""
    with started(launcher, settings_of(database), folder) as service:
        first = Client(HOST, service.port, service.up)
        first.acknowledged(beginning())
        with writing(HOST, service.port, service.up, CLIENTS) as load:
            yield service, load, first
        first.close()
        assert service.complaints() == [], service.said()
    tally = load.tally
    tally.add(first.tally)
    faults = faults_of(database, tally.acknowledged)
    print(f"{tally.told}\n{faults}")  # noqa: T201 (pytest shows it where the test fails)
    assert faults.none, faults
    assert {503} < tally.statuses.keys() <= {200, 201, 503}


@contextmanager
def failing(strace: str, service: Service, what: str, folder: Path) -> Iterator[Callable[[], int]]:
    """Let system calls of the service fail while the block runs; how many have, so far."""
    told = folder / "strace.txt"
    calls = what.partition(":")[0]
    with subprocess.Popen(  # noqa: S603 (a debugger of the system)
        [strace, "-f", "-o", str(told), "-e", f"trace={calls}", "-e", f"inject={what}",
         "-p", str(service.process)],
        stderr=subprocess.PIPE, text=True,
    ) as tracer:  # fmt: skip
        assert tracer.stderr is not None
        said = tracer.stderr.readline()
        if "attached" not in said:
            pytest.skip(f"strace may not trace here: {said}")
        try:
            yield lambda: told.read_text("utf-8").count("(INJECTED)")
        finally:
            tracer.send_signal(signal.SIGINT)
            tracer.communicate()
