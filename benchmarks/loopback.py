"""The service and the echo behind uvicorn, each in a process of its own, over one connection."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from statistics import median

from benchmarks.generate.mixes import Mix
from benchmarks.http import PATH, bodies

APPLICATIONS = ("service", "echo_app")


def seconds_per_request(mix: Mix, repeats: int) -> dict[str, float]:
    """Median wall time of a request, by application. The two take turns."""
    asked = bodies(mix)
    walls: dict[str, list[float]] = {name: [] for name in APPLICATIONS}
    with _served("service") as service, _served("echo_app") as echo:
        connections = dict(zip(APPLICATIONS, (service, echo), strict=True))
        for name in APPLICATIONS:
            _post_all(connections[name], asked)
        for _ in range(repeats):
            for name in APPLICATIONS:
                started = time.perf_counter()
                _post_all(connections[name], asked)
                walls[name].append((time.perf_counter() - started) / len(asked))
    return {name: median(walls[name]) for name in APPLICATIONS}


def _post_all(connection: HTTPConnection, asked: Sequence[bytes]) -> None:
    for body in asked:
        connection.request("POST", PATH, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{connection.port} answered {answer.status}")


@contextmanager
def _served(factory: str) -> Iterator[HTTPConnection]:
    """A keep-alive connection to uvicorn, which stops when it is no longer needed."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        command = [sys.executable, "-m", "uvicorn", "--factory", f"benchmarks.http:{factory}"]
        options = ["--fd", str(listening.fileno()), "--log-level", "error", "--no-access-log"]
        environment = {**os.environ, "DOSEGUARD_AUTH": "off"}
        server = subprocess.Popen(
            [*command, *options], pass_fds=[listening.fileno()], env=environment
        )
        connection = HTTPConnection("127.0.0.1", port)
        try:
            yield connection
        finally:
            connection.close()
            server.terminate()
            server.wait()
