"""Ingest of one adverse event: validated, stored, adjudicated, audited, committed, answered.

Beside an echo of the same body. Each event is the first of a patient who was recorded before, as
most are in a trial. Clients send at once, as many as `CLIENTS`; the writer commits each by itself
(`plain`), or all that wait together (`grouped`).
"""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fastapi import FastAPI

from app.api.dependencies import Record
from app.api.schemas.records import AdverseEventBody
from app.clock import random_id, system_clock
from app.main import create_app
from app.settings import Settings
from app.store.database import Database, sqlite_url
from app.store.migrate import upgrade
from app.store.writer import GROUP, Writer
from benchmarks.http import Asgi, Refused, call
from benchmarks.measure import Cost, Run, side_by_side
from tests.store.postgres import embedded_server

CLIENTS = 32
REQUESTS = 256
STUDY = "/v1/studies/BENCH"
_ECHO = "/echo"
_EVENT: Mapping[str, Any] = {
    "term": "Fatigue",
    "grades": [
        {"from": "2026-03-05T08:00:00+08:00", "grade": 3},
        {"from": "2026-03-07T08:00:00+08:00", "grade": 1},
    ],
    "ongoing": False,
    "baseline_grade": 0,
    "laboratory": False,
    "causality": [{"agent": "IC19", "relatedness": "possible", "assessor": "investigator"}],
    "interventions": [],
    "source": {"sequence": 1},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestResult:
    """Seconds per request, by the name of the contender."""

    costs: Mapping[str, Cost]

    def ratio(self, name: str) -> float:
        """Events that are ingested while one echo is answered, by CPU time."""
        return self.costs["echo"].cpu / self.costs[name].cpu


@dataclass(slots=True)
class Contender:
    """A service on a fresh database, and patients who have no event yet."""

    app: FastAPI
    patients: Iterator[int]

    async def prepare(self) -> None:
        """Create the study."""
        study = {
            "id": "BENCH",
            "title": "Benchmark",
            "time_zone": "+08:00",
            "protocol": {"id": "NCT06886919"},
        }
        await _sent(self.app, "POST", "/v1/studies", json.dumps(study).encode())

    async def patients_ahead(self) -> list[int]:
        """Patients for one run, recorded before it is timed."""
        ahead = [next(self.patients) for _ in range(REQUESTS)]
        patient = {"exposures": [{"agent": "IC19", "start": "2026-03-01T10:00:00+08:00"}]}
        for number in ahead:
            path = f"{STUDY}/subjects/P{number}"
            await _sent(self.app, "PUT", path, json.dumps(patient).encode())
        return ahead


def measure(repeats: int) -> IngestResult:
    """All contenders in turn, in one run of this process."""
    loop = asyncio.new_event_loop()
    wait = loop.run_until_complete
    with ExitStack() as stack:
        contenders = {name: _contender(stack, *each) for name, each in _databases(stack).items()}
        runs: dict[str, Run] = {}
        for name, each in contenders.items():
            wait(each.prepare())
            ahead = iter([wait(each.patients_ahead()) for _ in range(repeats + 1)])
            runs[name] = partial(_ingest, wait, each.app, ahead)
        echo = _echo_app()
        runs["echo"] = lambda: wait(_at_once(echo, [("POST", _ECHO, _body(0))] * REQUESTS))
        costs = side_by_side(runs, repeats)
    loop.close()
    return IngestResult(costs={name: each.of_each(REQUESTS) for name, each in costs.items()})


def _databases(stack: ExitStack) -> dict[str, tuple[Database, int]]:
    """By name: a fresh database each, and how many requests share a commit at most."""
    server = stack.enter_context(embedded_server())
    found = {}
    for mode, group in (("plain", 1), ("grouped", GROUP)):
        folder = Path(stack.enter_context(TemporaryDirectory()))
        found[f"SQLite, {mode}"] = (Database(sqlite_url(folder)), group)
        found[f"PostgreSQL, {mode}"] = (stack.enter_context(server.database()), group)
    return found


def _contender(stack: ExitStack, database: Database, group: int) -> Contender:
    upgrade(database)
    app = create_app(Settings(auth="off"), system_clock, random_id, database)
    writer = Writer(database, system_clock, random_id, group=group)
    app.state.record = Record(database=database, writer=writer, clock=system_clock)
    stack.callback(database.close)
    stack.callback(writer.close)
    return Contender(app=app, patients=count())


def _ingest(wait: Callable[[Any], Any], app: FastAPI, ahead: Iterator[list[int]]) -> None:
    asked = [
        ("PUT", f"{STUDY}/adverse-events/by-source/edc/{number}", _body(number))
        for number in next(ahead)
    ]
    wait(_at_once(app, asked))


async def _at_once(app: Asgi, asked: list[tuple[str, str, bytes]]) -> None:
    """Send all requests, of which as many are under way as there are clients."""
    rest = iter(asked)

    async def client() -> None:
        for method, path, body in rest:
            await _sent(app, method, path, body)

    await asyncio.gather(*(client() for _ in range(CLIENTS)))


async def _sent(app: Asgi, method: str, path: str, body: bytes) -> None:
    status, answered = await call(app, body, method, path)
    if status not in {200, 201}:
        raise Refused(f"{status}: {answered.decode()[:500]}")


def _body(patient: int) -> bytes:
    return json.dumps({"subject": f"P{patient}", **_EVENT}).encode()


def _echo_app() -> FastAPI:
    """What FastAPI costs by itself, for this body."""
    app = FastAPI()

    @app.post(_ECHO)
    async def echo(body: AdverseEventBody) -> AdverseEventBody:
        return body

    return app
