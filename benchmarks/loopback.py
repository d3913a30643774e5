"""The service and the echo behind uvicorn, each in a process of its own, over one connection."""

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


def seconds_per_request(mix: Mix, repeats: int) -> dict[str, float]:
    """Median wall time of a request to the service and to the echo, which take turns."""
    asked = bodies(mix)
    with _served("service") as service, _served("echo") as echo:
        walls: dict[str, list[float]] = {"service": [], "echo": []}
        _post_all(service, asked)
        _post_all(echo, asked)
        for _ in range(repeats):
            for name, connection in (("service", service), ("echo", echo)):
                started = time.perf_counter()
                _post_all(connection, asked)
                walls[name].append((time.perf_counter() - started) / len(asked))
    return {name: median(times) for name, times in walls.items()}


def _post_all(connection: HTTPConnection, asked: Sequence[bytes]) -> None:
    for body in asked:
        connection.request("POST", PATH, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        told = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {told.decode()[:500]}")


@contextmanager
def _served(name: str) -> Iterator[HTTPConnection]:
    """A keep-alive connection to a server process, which ends with the block."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        descriptor = listening.fileno()
        server = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.served", name, str(descriptor)],
            pass_fds=[descriptor],
        )
        connection = HTTPConnection(*listening.getsockname())
        try:
            yield connection
        finally:
            connection.close()
            server.terminate()
            server.wait()
