"""Comparing protocol versions; nothing is stored."""

import json
from asyncio import Semaphore
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import TypeAdapter

from app.api.bodies import Bodies, json_body, names_added_protocol
from app.api.dependencies import Record, TheRecord
from app.domain.diff.diff import ProtocolDiff
from app.store.protocols import added_protocol
from app.use_cases.protocol_diff import DiffRequest, compared

# Two documents take seconds of one interpreter: one pair at a time leaves the others theirs.
_PAIRS_AT_ONCE: Final = 1
DIFFS: Final = Bodies(TypeAdapter(DiffRequest))
_DIFF: Final = TypeAdapter(ProtocolDiff)


def routes() -> APIRouter:
    """The route, with its own queue."""
    router = APIRouter(prefix="/v1", tags=["protocols"])
    pairs = Semaphore(_PAIRS_AT_ONCE)

    @router.post(
        "/protocols:diff",
        name="diff_protocols",
        summary="Compare two protocol versions",
        response_model=ProtocolDiff,
    )
    async def diff(request: Request, record: TheRecord) -> Response:
        """Clauses, readings, groups and settings that were added, removed or changed, each value
        with its pointers; what only the wording concerns is told apart. Where verdicts may
        differ, both versions judge the boundary cases of both, and examples show patients whose
        verdict differs. Nothing is stored.
        """
        value = await run_in_threadpool(_with_documents, record, await json_body(request))
        asked = await run_in_threadpool(DIFFS.checked, value)
        async with pairs:
            found = await run_in_threadpool(compared, asked)
        return Response(_DIFF.dump_json(found, by_alias=True), media_type="application/json")

    return router


def _with_documents(record: Record, value: Any) -> Any:
    """The request with the documents that it names, where these were added to the record."""
    if not isinstance(value, dict):
        return value
    found = dict(value)
    for side in ("old", "new"):
        if names_added_protocol({"protocol": value.get(side)}):
            named = value[side]
            with record.database.reading() as connection:
                added = added_protocol(connection, named["id"], named["version"])
            if added is not None:
                found[side] = {"document": json.loads(added.document)}
    return found
