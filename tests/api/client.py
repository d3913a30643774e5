"""A client that talks to the app in this process."""

from collections.abc import Mapping
from functools import cache
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from starlette.routing import BaseRoute

from app.api.openapi import EXAMPLE_TIME
from app.clock import Clock, NewId, random_id
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


def service(settings: Settings, clock: Clock, new_id: NewId, database: Database) -> FastAPI:
    """The service, with routes that other services of this process have read already.

    FastAPI reads what an operation takes and answers when the first request comes, anew for each
    service: half a second, which is most of what a test of one request takes. Routers that hold
    no state are the same ones in every service, and are read once.
    """
    app, known = create_app(settings, clock, new_id, database), _routers_of_all()
    routes = app.router.routes
    routes[:] = [known.get(_router_of(route) or 0, route) for route in routes]
    return app


@cache
def _routers_of_all() -> Mapping[int, BaseRoute]:
    """What is included in every service and is the same object there, by the router's identity."""
    first, second = (
        create_app(Settings(auth="off"), lambda: EXAMPLE_TIME, random_id, Database(UNTOUCHED))
        for _ in range(2)
    )
    known = {_router_of(route): route for route in first.router.routes}
    return {
        router: known[router]
        for router in map(_router_of, second.router.routes)
        if router is not None and router in known
    }


def _router_of(route: BaseRoute) -> int | None:
    router = getattr(route, "original_router", None)
    return None if router is None else id(router)


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
    app = service(Settings(**settings), clock, new_id, database or Database(UNTOUCHED))
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
