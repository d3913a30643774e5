"""The one place that puts the service together."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import cache

from fastapi import APIRouter, Depends, FastAPI
from fastapi.datastructures import Headers
from fastapi.responses import Response
from starlette.types import Scope

from app.api.access import allowed
from app.api.bodies import only_clear_parameters
from app.api.dependencies import Record
from app.api.handlers import answer_errors_as_problems
from app.api.keyring import Keyring
from app.api.middleware import BodyLimit, Door, HeadAsGet, NoDoor, Stamp
from app.api.nights import nights
from app.api.openapi import describe
from app.api.routes import (
    adjudicate,
    audit,
    batch,
    designs,
    dictionaries,
    docs,
    enrolment,
    exports,
    grade_astct,
    grade_lab,
    health,
    holds,
    imports,
    jobs,
    monitoring,
    protocol_diff,
    protocol_lint,
    protocol_schema,
    protocol_texts,
    protocols,
    readjudications,
    records,
    source_systems,
    studies,
    verdicts,
)
from app.api.sweeping import sweeping
from app.api.working import working, workplace
from app.clock import Clock, NewId
from app.engine.carrying import carry
from app.engine.serving import served
from app.settings import Settings
from app.store.database import Database, sqlite_url
from app.store.writer import Writer

OPEN_PATHS = ("/healthz", "/readyz", "/openapi.json", *docs.PATHS)


def open_database(settings: Settings) -> Database:
    """The database of the settings; whoever opens it closes it. Raises BadDatabaseUrl, OSError.

    Without a URL it is a file in the data directory, which is made where it is missing.
    """
    if settings.database_url is not None:
        return Database(settings.database_url)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Database(sqlite_url(settings.data_dir))


def create_app(settings: Settings, clock: Clock, new_id: NewId, database: Database) -> FastAPI:
    """The service, with its settings, its clock, its source of ids and its record.

    The database stays open when the service ends.
    """
    record = Record(database=database, writer=Writer(database, clock, new_id), clock=clock)
    app = FastAPI(
        title="Doseguard",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a redirect would repeat whatever host the client named
        lifespan=_lifespan(record, settings, new_id),
        separate_input_output_schemas=False,
        generate_unique_id_function=lambda route: route.name,
        dependencies=[Depends(allowed), Depends(only_clear_parameters)],
    )
    app.state.record = record
    for router in _routers(clock):
        app.include_router(router)
    docs.add_docs(app)

    @cache
    def description() -> bytes:
        return json.dumps(describe(app, closed=settings.auth == "on")).encode()

    # No coroutine: the first description takes a while, in which others should be answered.
    @app.get("/openapi.json", include_in_schema=False)
    def openapi() -> Response:
        return Response(description(), media_type="application/json")

    answer_errors_as_problems(app)
    app.add_middleware(BodyLimit, most=_most_of(settings))
    if settings.auth == "on":
        app.add_middleware(Door, open_paths=OPEN_PATHS, keyring=Keyring(database, clock))
    else:
        app.add_middleware(NoDoor)
    app.add_middleware(HeadAsGet)
    app.add_middleware(Stamp, new_id=new_id)
    return app


def _routers(clock: Clock) -> tuple[APIRouter, ...]:
    """Every route but the description's own and the pages about it."""
    stateless = (
        grade_astct,
        grade_lab,
        designs,
        monitoring,
        enrolment,
        protocols,
        protocol_schema,
        protocol_texts,
        dictionaries,
    )
    stored = (
        source_systems,
        batch,
        imports,
        jobs,
        readjudications,
        verdicts,
        exports,
        holds,
        audit,
    )
    return (
        adjudicate.routes(),
        *(each.router for each in stateless),
        protocol_diff.routes(),
        protocol_lint.routes(),
        studies.router,
        records.routes(),
        *(each.router for each in stored),
        health.routes(clock),
    )


def _most_of(settings: Settings) -> Callable[[Scope], int]:
    """How many bytes a body may have: more where it is read line by line."""

    def most(scope: Scope) -> int:
        by_line = scope["path"] == grade_lab.PATH and grade_lab.is_ndjson(
            Headers(scope=scope).get("content-type")
        )
        if imports.is_import(scope["path"]):
            return settings.max_import_bytes
        return settings.max_ndjson_bytes if by_line else settings.max_body_bytes

    return most


@asynccontextmanager
async def at_work(
    record: Record, settings: Settings, new_id: NewId, concurrency: int = 1
) -> AsyncIterator[None]:
    """Sweep, and do what jobs there are, until the block ends: all that is no answer.

    On PostgreSQL chunks are carried to whichever process is free, `concurrency` at a time to this
    one; on SQLite this process does them all.
    """
    place = workplace(record, new_id, timedelta(seconds=settings.job_lease_seconds))
    with ExitStack() as stack:
        if record.database.is_sqlite:
            stack.enter_context(working(record, place))
            stack.enter_context(nights(place, settings.nightly))
        else:
            stack.enter_context(working(record, replace(place, carry=carry)))
            stack.enter_context(served(place, concurrency=concurrency, nightly=settings.nightly))
        async with sweeping(record, settings.sweep_seconds):
            yield


def _lifespan(
    record: Record, settings: Settings, new_id: NewId
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        """Read dictionaries and protocols before the first request, not during it; sweep and work
        on jobs while the service runs; finish what was begun to be written before the end.
        """
        health.what_is_ready()
        try:
            if settings.worker == "off":
                yield
                return
            async with at_work(record, settings, new_id):
                yield
        finally:
            record.writer.close()

    return lifespan
