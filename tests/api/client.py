"""A client that talks to the app in this process."""

from typing import Any
from uuid import UUID

import httpx

from app.api.openapi import EXAMPLE_TIME
from app.main import create_app
from app.settings import Settings

NEW_ID = UUID("00000000-0000-4000-8000-000000000001")
"""What the service takes for a request's id when the caller gives none."""


def client_of(**settings: Any) -> httpx.AsyncClient:
    """A client of a service with these settings, at a fixed time, with one id for all."""
    app = create_app(Settings(**settings), lambda: EXAMPLE_TIME, lambda: NEW_ID)
    # The server logs an error that nobody foresaw; here its answer is what matters.
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://doseguard")


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
