"""A server as a process of its own, on a free port of loopback."""

import http.client
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


def get(address: str, path: str, token: str | None = None) -> int:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    try:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


@contextmanager
def serving(**settings: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`doseguard serve` as a process of its own, on a free port, and its address.

    Without a setting that says otherwise it has a new record, which goes with it.
    """
    command = [sys.executable, "-c", "from app.cli import main; main()", "serve", "--port", "0"]
    with TemporaryDirectory() as folder, ExitStack() as at_the_end:
        process = subprocess.Popen(  # noqa: S603 (our own command)
            command, env={**os.environ, "DOSEGUARD_DATA_DIR": folder, **settings},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        at_the_end.callback(process.communicate)
        at_the_end.callback(process.kill)
        assert process.stdout is not None
        found = ADDRESS.search(process.stdout.readline())
        assert found is not None
        yield process, found[0]
