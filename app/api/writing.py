"""From a request that changes the record to its answer: one transaction, told once it is kept."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Header, Request
from fastapi.responses import Response

from app.api.dependencies import Record
from app.api.errors import BadHeader
from app.domain.record.canonical import digest_of
from app.domain.record.origin import Origin
from app.store.idempotency import KeptAnswer, keep_answer, kept_answer
from app.store.writer import T, Unit
from app.use_cases.errors import KeyInUse, KeyReused
from app.use_cases.records import Precondition

IfMatch = Annotated[
    str | None,
    Header(description="Entity tags, or `*`: the write is refused (412) unless one is current."),
]
IfNoneMatch = Annotated[
    str | None, Header(description="`*`: the write is refused (412) if the record exists.")
]
IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=255,
        description="The same key with the same request is answered as the first time.",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a request is answered: a status, headers, and a JSON text."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self, **more: str) -> Response:
        """The answer on its way out."""
        headers = {**self.headers, **more}
        return Response(
            self.body, status_code=self.status, headers=headers, media_type="application/json"
        )


async def written(record: Record, work: Callable[[Unit], T]) -> T:
    """Do the work in a transaction of the writer, and return once it is committed."""
    return await asyncio.wrap_future(record.writer.submit(work))


async def written_once(
    record: Record,
    origin: Origin,
    request: Request,
    work: Callable[[Unit], Answer],
    content: str | None = None,
) -> Response:
    """The same, for requests that a client may have to send twice (Idempotency-Key).

    `content` stands for a body that was read already: its digest, and all that was asked.
    Raises KeyInUse while the first is running, KeyReused where it was another request.
    """
    key = origin.idempotency_key
    if key is None:
        return (await written(record, work)).response()
    if content is None:
        content = (await request.body()).decode("utf-8", "replace")
    digest = digest_of(f"{request.method} {request.url.path}\n{content}")
    actor = origin.actor.id

    def once(unit: Unit) -> tuple[Answer, bool]:
        kept = kept_answer(unit.connection, actor, key)
        if kept is not None:
            if kept.request_digest != digest:
                raise KeyReused
            headers = json.loads(kept.headers)
            return Answer(status=kept.status, body=kept.body, headers=headers), True
        answer = work(unit)
        keep = KeptAnswer(
            request_digest=digest,
            status=answer.status,
            headers=json.dumps(dict(answer.headers)),
            body=answer.body,
        )
        keep_answer(unit.connection, actor, key, keep, unit.recorded_at)
        return answer, False

    with _running(record, actor, key):
        answer, replayed = await written(record, once)
    return answer.response(**({"Idempotent-Replayed": "true"} if replayed else {}))


async def asked_once(
    record: Record, origin: Origin, request: Request, work: Callable[[Unit], Answer]
) -> Response:
    """The same, for requests that ask for a job: the worker of this process is told of it."""
    answer = await written_once(record, origin, request, work)
    record.wake()
    return answer


def precondition(if_match: str | None, if_none_match: str | None) -> Precondition:
    """What the headers say that the client believes. Raises BadHeader."""
    tags = () if if_match is None else tuple(each.strip() for each in if_match.split(","))
    if any(each.startswith("W/") for each in tags):
        raise BadHeader("If-Match", "takes strong entity tags, as ETag gives them")
    if if_none_match is not None and if_none_match.strip() != "*":
        raise BadHeader("If-None-Match", "takes only * on a write")
    exists = "*" in tags
    return Precondition(
        tags=() if exists else tags, exists=exists, is_new=if_none_match is not None
    )


def json_text(value: Any) -> str:
    """A JSON value as it is answered."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@contextmanager
def _running(record: Record, actor: str, key: str) -> Iterator[None]:
    """Marks a key as in use. Raises KeyInUse where it is already."""
    if (actor, key) in record.running:
        raise KeyInUse
    record.running.add((actor, key))
    try:
        yield
    finally:
        record.running.discard((actor, key))
