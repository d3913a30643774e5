"""Starts `doseguard` in a moment: a process that has everything loaded, and forks.

It reads one JSON object a line and answers each with a line: {"environment", "command", "log"}
starts it and is answered with its process id, {"bury"} is answered once the process that it names,
which was killed, is gone. At the end of its input it ends with all that it has started.
"""

import json
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app import main as main_of_service
from app.api.routes.health import what_is_ready
from app.api.working import workplace
from app.cli import commands


def main() -> None:
    what_is_ready()
    print("loaded", flush=True)  # noqa: T201 (its answers)
    running: set[int] = set()
    try:
        for line in sys.stdin:
            order = json.loads(line)
            if "bury" in order:
                os.waitpid(order["bury"], 0)
                running.remove(order["bury"])
                print("buried", flush=True)  # noqa: T201
            else:
                process = start(order)
                running.add(process)
                print(process, flush=True)  # noqa: T201
    finally:
        for each in running:
            os.kill(each, signal.SIGKILL)
            os.waitpid(each, 0)


def start(order: Mapping[str, Any]) -> int:
    """A command that says what it says into a file."""
    process = os.fork()
    if process:
        return process
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.update(order["environment"])
    if "DOSEGUARD_TEST_PATIENTS_AT_ONCE" in os.environ:
        # Of no use to anybody but a test, which has few patients, and wants many chunks of them.
        patients = int(os.environ["DOSEGUARD_TEST_PATIENTS_AT_ONCE"])
        smaller = lambda *given: replace(workplace(*given), patients=patients, tried=patients)  # noqa: E731
        setattr(main_of_service, "workplace", smaller)  # noqa: B010 (what it does not export)
    try:
        commands(order["command"], standalone_mode=False)
    finally:
        os._exit(1)  # only a signal is to end it


if __name__ == "__main__":
    main()
