"""A service in this process that is told a story: it notes what it is asked and what it answers.

The clock and the ids are the story's own, so that it answers the same whenever it is told.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import quote, unquote, urlencode
from uuid import UUID

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.api.working import workplace
from app.data.samples.exchanges import Exchange
from app.domain.record.origin import OPERATOR
from app.main import create_app
from app.settings import Settings
from app.store.database import Database, sqlite_url
from app.store.migrate import upgrade
from app.store.writer import Unit, Writer
from app.use_cases.importing import Workplace
from app.use_cases.keys import IssuedKey, NewKey, create_key
from app.use_cases.working import work_on_next

STUDY: Final = "IC19-SLE"
BEGINS: Final = datetime(2026, 2, 2, 1, 0, tzinfo=UTC)
OFFICE, FEED, MONITOR = "office", "feed", "monitor"
KEYS: Final = {
    OFFICE: NewKey(name="Trials office", role="admin", study=None),
    FEED: NewKey(name="Rave", role="data_manager", study=None),
    MONITOR: NewKey(name="Medical monitor", role="medical_monitor", study=None, person=True),
}
_SHOWN: Final = ("etag", "idempotent-replayed", "link", "location", "retry-after")
"""Headers of answers that are noted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A status, the headers by lower-case names, and the JSON value, or the text of `media`."""

    status: int
    headers: Mapping[str, str]
    media: str | None
    body: Any


@dataclass(slots=True, kw_only=True)
class Service:
    """A service in this process, which notes what it is asked and what it answers."""

    database: Database
    now: datetime = BEGINS
    noted: list[Exchange] = field(default_factory=list)
    _tokens: dict[str, str] = field(default_factory=dict)
    _app: FastAPI = field(init=False)
    _places: Mapping[str, tuple[str, str]] = field(init=False)
    _place: Workplace = field(init=False)

    def __post_init__(self) -> None:
        numbers = count(1)

        def new_id() -> UUID:
            return UUID(int=next(numbers), version=4)

        self._app = create_app(Settings(auth="on"), lambda: self.now, new_id, self.database)
        paths = get_openapi(title="", version="", routes=self._app.routes)["paths"]
        self._places = {
            operation["operationId"]: (method.upper(), path)
            for path, methods in paths.items()
            for method, operation in methods.items()
        }
        self._place = workplace(self._app.state.record, new_id)
        writer: Writer = self._app.state.record.writer
        for name, new in KEYS.items():
            self._tokens[name] = writer.run(partial(_keyed, new)).token

    def on(self, time: str) -> None:
        """Set the clock to an instant."""
        self.now = datetime.fromisoformat(time)

    def ask(
        self,
        operation: str,
        says: str,
        *,
        by: str = FEED,
        path: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        content: str | None = None,
    ) -> Answered:
        """Ask, and note the question and its answer; `content` is a body that is a file."""
        method, template = self._places[operation]
        inside = {"study": STUDY} if "{study}" in template else {}
        given = {**inside, **(path or {})}
        url = template.format(**{name: quote(str(each)) for name, each in given.items()})
        sent = {
            "authorization": f"Bearer {self._tokens[by]}",
            **({} if body is None else {"content-type": "application/json"}),
            **{name.lower(): value for name, value in (headers or {}).items()},
        }
        text = (content or ("" if body is None else json.dumps(body))).encode()
        told = {name: str(each) for name, each in (query or {}).items()}
        answered = asyncio.run(called(self._app, method, url, urlencode(told), sent, text))
        self.noted.append(
            Exchange(
                operation=operation,
                title=says,
                path=given,
                query=query or {},
                headers=headers or {},
                body=body if content is None else content,
                status=answered.status,
                answer_headers={
                    name: each for name, each in answered.headers.items() if name in _SHOWN
                },
                media=answered.media,
                answer=answered.body,
            )
        )
        return answered

    def work(self) -> None:
        """Do the jobs that wait, as the worker of a server does."""
        while work_on_next(self._place, lambda: False):
            pass

    def close(self) -> None:
        """Stop the writer of the service."""
        self._app.state.record.writer.close()


def _keyed(new: NewKey, unit: Unit) -> IssuedKey:
    return create_key(unit, OPERATOR, new)


async def called(
    app: FastAPI, method: str, path: str, query: str, headers: Mapping[str, str], content: bytes
) -> Answered:
    """What the app answers to one request, called as a server would call it."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("doseguard", 80),
    }
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start, *parts = sent
    text = b"".join(each.get("body", b"") for each in parts)
    told = {name.decode(): value.decode() for name, value in start["headers"]}
    media = told.get("content-type", "").partition(";")[0]
    is_json = not text or media.endswith(("/json", "+json"))
    return Answered(
        status=start["status"],
        headers=told,
        media=None if is_json else media,
        body=(json.loads(text) if text else None) if is_json else text.decode(),
    )


@contextmanager
def new_service() -> Iterator[Service]:
    """A service with a record of its own, which goes with it."""
    with TemporaryDirectory() as folder, closing(Database(sqlite_url(Path(folder)))) as database:
        upgrade(database)
        with closing(Service(database=database)) as service:
            yield service
