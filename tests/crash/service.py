"""The service as a process that is killed, and comes back at the same port."""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from app.store.database import Database
from tests.store.postgres import as_role

ROOT: Final = Path(__file__).parents[2]
HOST: Final = "127.0.0.1"
READY_WITHIN: Final = 120.0
_A_LITTLE: Final = 0.02
# Below those that the kernel gives to clients: one that tries again and again to reach a server
# that is not there would, once in a while, be given the server's own port, and reach itself.
_PORTS: Final = range(20_000, 30_000)


class Launcher(Protocol):
    """Starts servers, and kills them."""

    def start(self, settings: Mapping[str, str], port: int, log: Path) -> int:
        """The process id of a server."""

    def kill(self, process: int) -> None:
        """SIGKILL, and wait until it is gone."""


class Processes:
    """Each server is a `doseguard serve` of its own."""

    def __init__(self) -> None:
        self._running: dict[int, subprocess.Popen[bytes]] = {}

    def start(self, settings: Mapping[str, str], port: int, log: Path) -> int:
        command = [sys.executable, "-c", "from app.cli import main; main()", "serve"]
        with log.open("ab") as said:
            process = subprocess.Popen(  # noqa: S603 (our own command)
                [*command, "--port", str(port)], cwd=ROOT, env={**os.environ, **settings},
                stdin=subprocess.DEVNULL, stdout=said, stderr=said,
            )  # fmt: skip
        self._running[process.pid] = process
        return process.pid

    def kill(self, process: int) -> None:
        running = self._running.pop(process)
        running.send_signal(signal.SIGKILL)
        running.wait()


class Forks:
    """Each server is forked off a process that has loaded everything (forking.py)."""

    def __init__(self, parent: "subprocess.Popen[str]") -> None:
        self._parent = parent
        self._asking = threading.Lock()
        assert self._answer() == "loaded"

    def start(self, settings: Mapping[str, str], port: int, log: Path) -> int:
        return self.run(["serve", "--port", str(port)], settings, log)

    def run(self, command: Sequence[str], settings: Mapping[str, str], log: Path) -> int:
        """The process id of a command."""
        order = {"environment": dict(settings), "command": list(command), "log": str(log)}
        return int(self._ask(order))

    def kill(self, process: int) -> None:
        os.kill(process, signal.SIGKILL)
        assert self._ask({"bury": process}) == "buried"

    def _ask(self, order: Mapping[str, object]) -> str:
        assert self._parent.stdin is not None
        with self._asking:
            self._parent.stdin.write(json.dumps(order) + "\n")
            self._parent.stdin.flush()
            return self._answer()

    def _answer(self) -> str:
        assert self._parent.stdout is not None
        return self._parent.stdout.readline().strip()


@contextmanager
def forks() -> Iterator[Forks]:
    """What forks servers, and ends with them."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.crash.forking"], cwd=ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as parent:  # fmt: skip
        yield Forks(parent)


class Service:
    """One service, which is not always there."""

    def __init__(self, launcher: Launcher, settings: Mapping[str, str], folder: Path) -> None:
        self.settings = {"DOSEGUARD_AUTH": "off", "DOSEGUARD_SWEEP_SECONDS": "0.2", **settings}
        self.port = free_port()
        self.log = folder / f"serve-{self.port}.log"
        self.process: int | None = None
        self.up = threading.Event()
        """Set while nothing is known to be wrong: what those wait for who try again."""
        self._launcher = launcher

    def start(self) -> None:
        """Start it; it is not ready yet."""
        self.process = self._launcher.start(self.settings, self.port, self.log)

    def kill(self) -> None:
        """SIGKILL."""
        self.up.clear()
        process, self.process = self.process, None
        assert process is not None
        self._launcher.kill(process)

    def wait_until_ready(self) -> float:
        """Wait until it says that it is ready; how many seconds that took."""
        began = time.monotonic()
        while self.status("/readyz") != http.client.OK:
            assert time.monotonic() - began < READY_WITHIN, self.said()
            pause(_A_LITTLE)
        self.up.set()
        return time.monotonic() - began

    def status(self, path: str) -> int | None:
        """The status that a path answers; None where nobody answers."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=READY_WITHIN)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def said(self) -> str:
        """What it has said since it was first started."""
        return self.log.read_text("utf-8") if self.log.exists() else ""

    def complaints(self) -> list[str]:
        """What of it tells of a defect."""
        lines = self.said().splitlines()
        return [each for each in lines if " ERROR " in each or "Traceback" in each]


@contextmanager
def started(launcher: Launcher, settings: Mapping[str, str], folder: Path) -> Iterator[Service]:
    """A service that is ready, and is killed at the end."""
    service = Service(launcher, settings, folder)
    service.start()
    try:
        service.wait_until_ready()
        yield service
    finally:
        if service.process is not None:
            service.kill()


def settings_of(database: Database, role: str | None = None) -> dict[str, str]:
    """What a service is told that has its record there, seen by a role of PostgreSQL."""
    seen = database if role is None else as_role(database, role)
    return {"DOSEGUARD_DATABASE_URL": seen.url.render_as_string(hide_password=False)}


def pause(seconds: float) -> None:
    """Let others run for a moment: between two looks at a condition, or before a blow."""
    threading.Event().wait(seconds)


def free_port() -> int:
    """A port that nobody listens at."""
    while True:
        port = random.choice(_PORTS)  # noqa: S311 (no secret)
        try:
            socket.create_server((HOST, port)).close()
        except OSError:
            continue
        return port
