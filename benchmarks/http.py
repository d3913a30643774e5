"""One request for a verdict beside an echo of the same body, through ASGI and over loopback.

The echo is plain FastAPI: an async route that validates the same type and returns it. Both are
called without a client library in between, so that the ratio is of the servers alone.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from fastapi import FastAPI
from pydantic import TypeAdapter

from app.api.bodies import adjudication_request
from app.clock import random_id, system_clock
from app.data.strict_json import read_json
from app.domain.case import Subject
from app.domain.dlt.judge import judge
from app.main import create_app
from app.settings import Settings
from app.store.database import Database, sqlite_url
from app.use_cases.adjudicate import ManyAnswer, ManySubjects, OneAnswer, OneSubject, answer
from benchmarks import ic19
from benchmarks.batch import SEED
from benchmarks.generate.cases import subject_of
from benchmarks.generate.draws import draw
from benchmarks.generate.mixes import DATA_CUT, PROTOCOL, SITE_ZONE, Mix
from benchmarks.measure import Cost, side_by_side

EVENTS_A_PATIENT = 10
PATIENTS = 20
PATH = "/v1/adjudicate"
_SUBJECT = TypeAdapter(Subject)
_ANSWER: TypeAdapter[OneAnswer | ManyAnswer] = TypeAdapter(OneAnswer | ManyAnswer)

Asgi = Callable[..., Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResult:
    """Seconds per request. The parts of a request are measured one by one, without HTTP."""

    mix: Mix
    adjudication: Cost
    echo: Cost
    reading: Cost
    """From bytes to a validated request."""
    engine: Cost
    """From the request to the explained answer: all that is decided, and why."""
    judging: Cost
    """Of that, the verdicts alone: encoded columns in, verdicts out."""
    writing: Cost

    @property
    def ratio(self) -> float:
        """Adjudications that are answered while one echo is."""
        return self.echo.cpu / self.adjudication.cpu


def echo_app() -> FastAPI:
    """What FastAPI costs by itself, for this body."""
    app = FastAPI()

    @app.post(PATH)
    async def echo(body: OneSubject) -> OneSubject:
        return body

    return app


def service() -> FastAPI:
    """The service as it is served, but for the key."""
    untouched = Database(sqlite_url(Path("nowhere")))  # stateless operations ask nothing of it
    return create_app(Settings(auth="off"), system_clock, random_id, untouched)


def bodies(mix: Mix) -> list[bytes]:
    """Requests for patients of ten events each."""
    return [_body(each) for each in patients(mix)]


def patients(mix: Mix) -> list[Subject]:
    """The first patients of a mix that have ten events."""
    draws = draw(mix, 50 * PATIENTS * EVENTS_A_PATIENT, ic19.protocol(), SEED)
    ten = np.flatnonzero(np.bincount(draws.patient) == EVENTS_A_PATIENT)[:PATIENTS]
    return [subject_of(draws, int(patient)) for patient in ten]


def _body(subject: Subject) -> bytes:
    told = _SUBJECT.dump_python(subject, mode="json", by_alias=True, exclude_defaults=True)
    request = {
        "protocol": {"id": PROTOCOL},
        "as_of": DATA_CUT,
        "time_zone": SITE_ZONE,
        "subject": {**told, "phase": "escalation"},
    }
    return json.dumps(request).encode()


def measure(mix: Mix, repeats: int) -> HttpResult:
    """Both applications in turn, request by request; then the parts of an adjudication."""
    asked = bodies(mix)
    requests = [_one(adjudication_request(read_json(body))) for body in asked]
    answers = [answer(request) for request in requests]
    columns = [ic19.encoded([each]) for each in patients(mix)]
    program = ic19.program()
    ours, echo = service(), echo_app()
    loop = asyncio.new_event_loop()
    try:
        costs = side_by_side(
            {
                "adjudication": lambda: loop.run_until_complete(_call_all(ours, asked)),
                "echo": lambda: loop.run_until_complete(_call_all(echo, asked)),
                "reading": lambda: [adjudication_request(read_json(body)) for body in asked],
                "engine": lambda: [answer(request) for request in requests],
                "judging": lambda: [judge(each, program) for each in columns],
                "writing": lambda: [_ANSWER.dump_json(each, by_alias=True) for each in answers],
            },
            repeats,
        )
    finally:
        loop.close()
    each = {name: cost.of_each(len(asked)) for name, cost in costs.items()}
    return HttpResult(mix=mix, **each)


def _one(request: OneSubject | ManySubjects) -> OneSubject:
    assert isinstance(request, OneSubject)
    return request


class Refused(RuntimeError):
    """An application did not answer 200, so its speed says nothing."""


async def _call_all(app: Asgi, asked: Sequence[bytes]) -> None:
    for body in asked:
        status, answered = await call(app, body)
        if status != 200:
            raise Refused(f"{status}: {answered.decode()[:500]}")


async def call(
    app: Asgi, body: bytes, method: str = "POST", path: str = PATH
) -> tuple[int, bytes]:
    """One request through ASGI: the status and the body of the answer."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [
            (b"host", b"127.0.0.1"),
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
        ],
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    status, parts = 0, []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            parts.append(message.get("body", b""))

    await app(scope, receive, send)
    return status, b"".join(parts)
