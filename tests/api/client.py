"""A client that talks to the app in this process."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI

from app.api.openapi import EXAMPLE_TIME
from app.clock import Clock, random_id
from app.main import create_app
from app.settings import Settings
from app.store.database import Database

NEW_ID = UUID("00000000-0000-4000-8000-000000000001")
"""What the service takes for a request's id when the caller gives none."""


UNTOUCHED = "sqlite:////nowhere/untouched.db"
"""A database that cannot be opened: whatever touches it is answered 503."""


class InProcess(httpx.ASGITransport):
    """Calls an app in this process, and stops its writer with the client."""

    def __init__(self, app: FastAPI) -> None:
        # The server logs an error that nobody foresaw; here its answer is what matters.
        super().__init__(app=app, raise_app_exceptions=False)
        self.service = app

    async def aclose(self) -> None:  # type: ignore[explicit-override]
        self.service.state.record.writer.close()


def client_of(
    database: Database | None = None,
    clock: Clock = lambda: EXAMPLE_TIME,
    headers: Mapping[str, str] | None = None,
    **settings: Any,
) -> httpx.AsyncClient:
    """A client of a service with these settings, at a fixed time, with one id for all requests.

    Without a database it has one that must not be touched. Who brings a database closes it, and
    the record gets ids of its own.
    """
    new_id = random_id if database is not None else lambda: NEW_ID
    app = create_app(Settings(**settings), clock, new_id, database or Database(UNTOUCHED))
    transport = InProcess(app)
    return httpx.AsyncClient(transport=transport, base_url="http://doseguard", headers=headers)


def is_problem(answer: httpx.Response) -> bool:
    """Whether the answer is a whole problem document."""
    fields = {"type", "title", "status", "detail", "instance", "code", "request_id", "errors"}
    return (
        answer.headers["content-type"] == "application/problem+json"
        and set(answer.json()) == fields
        and answer.json()["status"] == answer.status_code
    )


def faults(answer: httpx.Response) -> list[tuple[str, str]]:
    """Pointer and code of every fault."""
    return [(item["pointer"], item["code"]) for item in answer.json()["errors"]]
