"""Adjudication of what a request brings; nothing is stored."""

import json
from asyncio import Semaphore
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import TypeAdapter

from app.api.bodies import (
    adjudication_request,
    brings_document,
    exact_request,
    json_body,
    names_added_protocol,
)
from app.api.dependencies import Record, TheRecord
from app.store.protocols import added_protocol
from app.use_cases.adjudicate import ManyAnswer, ManySubjects, OneAnswer, OneSubject, answer

# Threads share one interpreter: with 16 requests at once each costs a fifth more than without.
# More events and results than these would hold up every other request for longer than that is
# worth.
_RECORDS_IN_PLACE = 50
# A document of a caller's may take long to be made ready. One at a time leaves the interpreter,
# and the threads, to the others.
_DOCUMENTS_AT_ONCE = 1
_ANSWER: TypeAdapter[OneAnswer | ManyAnswer] = TypeAdapter(OneAnswer | ManyAnswer)


def routes() -> APIRouter:
    """The route, with its own queue for requests that bring a document."""
    router = APIRouter(prefix="/v1", tags=["adjudication"])
    documents = Semaphore(_DOCUMENTS_AT_ONCE)

    @router.post(
        "/adjudicate",
        summary="Adjudicate one patient, or several",
        response_model=OneAnswer | ManyAnswer,
    )
    async def adjudicate(request: Request, record: TheRecord) -> Response:
        """Which events are dose-limiting toxicities at the data cut, why, and what is still open.

        Bring exactly one of `subject` and `subjects`. Nothing is stored. Absent means unknown,
        and unknown fields are refused, so that a misspelt one cannot change a verdict.
        """
        value = exact_request(await json_body(request, exact=True))
        if names_added_protocol(value):
            value = await run_in_threadpool(_with_document, record, value)
        if brings_document(value):
            async with documents:
                answered = await run_in_threadpool(_read_and_answered, value)
        else:
            asked = adjudication_request(value)
            if _records(asked) <= _RECORDS_IN_PLACE:
                answered = answer(asked)
            else:
                answered = await run_in_threadpool(answer, asked)
        return Response(_ANSWER.dump_json(answered, by_alias=True), media_type="application/json")

    return router


def _with_document(record: Record, value: dict[str, Any]) -> dict[str, Any]:
    """The request with the document that it names, where that was added to the record."""
    named = value["protocol"]
    with record.database.reading() as connection:
        found = added_protocol(connection, named["id"], named["version"])
    if found is None:
        return value
    return {**value, "protocol": {"document": json.loads(found.document)}}


def _read_and_answered(value: Any) -> OneAnswer | ManyAnswer:
    return answer(adjudication_request(value))


def _records(asked: OneSubject | ManySubjects) -> int:
    subjects = (asked.subject,) if isinstance(asked, OneSubject) else asked.subjects
    return sum(
        len(subject.events) + len(subject.laboratory) + len(subject.assessments)
        for subject in subjects
    )
