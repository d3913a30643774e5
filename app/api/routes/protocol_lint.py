"""Linting of protocol documents; nothing is stored."""

import json
from asyncio import Semaphore
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import TypeAdapter

from app.api.bodies import Bodies, json_body, names_added_protocol
from app.api.dependencies import Record, TheRecord
from app.domain.lint.finding import LintReport
from app.store.protocols import added_protocol
from app.use_cases.lint import LintRequest, linted

# A document takes seconds of one interpreter: one at a time leaves the others theirs.
_DOCUMENTS_AT_ONCE: Final = 1
LINTS: Final = Bodies(TypeAdapter(LintRequest))
_REPORT: Final = TypeAdapter(LintReport)


def routes() -> APIRouter:
    """The route, with its own queue."""
    router = APIRouter(prefix="/v1", tags=["protocols"])
    documents = Semaphore(_DOCUMENTS_AT_ONCE)

    @router.post(
        "/protocols:lint",
        name="lint_protocol",
        summary="Lint a protocol document",
        response_model=LintReport,
    )
    async def lint(request: Request, record: TheRecord) -> Response:
        """What the document says without effect, or against itself, and where it cannot be used.

        Clauses and readings are tried by the evaluator on boundary cases that the rules draw
        themselves; each finding shows a case with its verdict under each reading, or with and
        without the clause. Nothing is stored.
        """
        value = await json_body(request)
        if names_added_protocol(value):
            value = await run_in_threadpool(_with_document, record, value)
        asked = LINTS.checked(value)
        async with documents:
            found = await run_in_threadpool(linted, asked)
        return Response(_REPORT.dump_json(found, by_alias=True), media_type="application/json")

    return router


def _with_document(record: Record, value: dict[str, Any]) -> dict[str, Any]:
    """The request with the document that it names, where that was added to the record."""
    named = value["protocol"]
    with record.database.reading() as connection:
        found = added_protocol(connection, named["id"], named["version"])
    if found is None:
        return value
    return {**value, "protocol": {"document": json.loads(found.document)}}
