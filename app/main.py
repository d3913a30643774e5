"""The one place that puts the service together."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

from fastapi import Depends, FastAPI
from fastapi.responses import Response

from app.api.bodies import only_clear_parameters
from app.api.errors import answer_errors_as_problems
from app.api.middleware import BodyLimit, ClosedDoor, HeadAsGet, Stamp
from app.api.openapi import describe
from app.api.routes import adjudicate, dictionaries, docs, health, protocols
from app.clock import Clock, NewId
from app.settings import Settings

OPEN_PATHS = ("/healthz", "/readyz", "/openapi.json", *docs.PATHS)


def create_app(settings: Settings, clock: Clock, new_id: NewId) -> FastAPI:
    """The service, with its settings, its clock and its source of request ids."""
    app = FastAPI(
        title="Doseguard",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a redirect would repeat whatever host the client named
        lifespan=_load_before_serving,
        separate_input_output_schemas=False,
        generate_unique_id_function=lambda route: route.name,
        dependencies=[Depends(only_clear_parameters)],
    )
    app.include_router(adjudicate.routes())
    app.include_router(protocols.router)
    app.include_router(dictionaries.router)
    app.include_router(health.routes(clock))
    docs.add_docs(app)

    @cache
    def description() -> bytes:
        return json.dumps(describe(app, closed=settings.auth == "on")).encode()

    # No coroutine: the first description takes a while, in which others should be answered.
    @app.get("/openapi.json", include_in_schema=False)
    def openapi() -> Response:
        return Response(description(), media_type="application/json")

    answer_errors_as_problems(app)
    app.add_middleware(BodyLimit, most=settings.max_body_bytes)
    if settings.auth == "on":
        app.add_middleware(ClosedDoor, open_paths=OPEN_PATHS)
    app.add_middleware(HeadAsGet)
    app.add_middleware(Stamp, new_id=new_id)
    return app


@asynccontextmanager
async def _load_before_serving(_: FastAPI) -> AsyncIterator[None]:
    """Read dictionaries and protocols before the first request, not during it."""
    health.what_is_ready()
    yield
