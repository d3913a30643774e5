"""What the application answers to errors, in place of FastAPI's own answers."""

import logging
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match, Mount

from app.api.errors import (
    DETAILS,
    HTTP_CODE_OF,
    domain_problem,
    internal_problem,
    problem,
    summary,
)
from app.api.faults import NO_NAMES, faults_of_validation
from app.api.schemas.problem import FaultItem
from app.domain.errors import DomainError
from app.store.database import DatabaseUnavailable, why_unavailable

_LOG = logging.getLogger("uvicorn.error")
_METHODS: Final = ("DELETE", "GET", "PATCH", "POST", "PUT")


def answer_errors_as_problems(app: FastAPI) -> None:
    """Replace FastAPI's answers to errors, all of them."""

    @app.exception_handler(DomainError)
    async def _(request: Request, error: DomainError) -> Response:
        if isinstance(error, DatabaseUnavailable):
            _LOG.warning("A request was answered 503: %s.", why_unavailable(error))
        return domain_problem(request.scope, error)

    @app.exception_handler(RequestValidationError)
    async def _(request: Request, error: RequestValidationError) -> Response:
        faults = _faults_of_request(request, error)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return problem(request.scope, status, "invalid_request", summary(faults), faults)

    @app.exception_handler(HTTPException)
    async def _(request: Request, error: HTTPException) -> Response:
        status = HTTPStatus(error.status_code)
        code = HTTP_CODE_OF.get(status, "bad_request")
        detail = DETAILS.get(status, error.detail)
        headers = dict(error.headers or {})
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = ", ".join(sorted(_methods_of(request, headers["Allow"])))
        return problem(request.scope, status, code, detail, headers=headers)

    @app.exception_handler(ClientDisconnect)
    async def _(request: Request, _: ClientDisconnect) -> Response:
        detail = "The body ended before it was complete."
        return problem(request.scope, HTTPStatus.BAD_REQUEST, "bad_request", detail)

    @app.exception_handler(Exception)
    async def _(request: Request, _: Exception) -> Response:
        return internal_problem(request.scope)


def _faults_of_request(request: Request, error: RequestValidationError) -> list[FaultItem]:
    """The faults of the parameters; bodies are validated elsewhere."""
    faults: list[FaultItem] = []
    places = {
        "query": dict(request.query_params),
        "path": request.path_params,
        "header": dict(request.headers),
    }
    for part, value in places.items():
        found = [each for each in error.errors() if each["loc"][0] == part]
        inside = [{**each, "loc": each["loc"][1:]} for each in found]
        faults += faults_of_validation(inside, value, NO_NAMES, f"/{part}")
    return faults


def _methods_of(request: Request, allow: str) -> set[str]:
    """The methods that the path answers: those of the route that was found, and of every other
    that has the path; HEAD wherever GET.
    """
    routes = [each for each in request.app.routes if not isinstance(each, Mount)]
    found = set(allow.split(", ")) | {
        method
        for method in _METHODS
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes
        )
    }
    return found | ({"HEAD"} if "GET" in found else set())
