"""What routes are given: the record, and where a request comes from."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from app.clock import Clock
from app.domain.record.origin import Actor, Origin
from app.store.database import Database
from app.store.writer import Writer


@dataclass(slots=True, kw_only=True)
class Record:
    """Where the record is kept, who alone writes it, and the time of its service."""

    database: Database
    writer: Writer
    clock: Clock
    running: set[tuple[str, str]] = field(default_factory=set)
    """Actor and Idempotency-Key of requests that are being answered."""
    wake: Callable[[], None] = lambda: None
    """Tells the worker of this process that a job waits."""


# Coroutines, although nothing waits: FastAPI would take a thread for each plain function.
async def record_of(request: Request) -> Record:
    """The record of the service that was asked."""
    record: Record = request.app.state.record
    return record


async def actor_of(request: Request) -> Actor:
    """Who asks. The door has seen to it that there is one, but for the open paths."""
    actor: Actor = request.state.actor
    return actor


async def origin_of(request: Request) -> Origin:
    """Who asks, and by which request."""
    return Origin(
        actor=await actor_of(request),
        request_id=request.state.request_id,
        idempotency_key=request.headers.get("idempotency-key"),
    )


TheRecord = Annotated[Record, Depends(record_of)]
TheActor = Annotated[Actor, Depends(actor_of)]
TheOrigin = Annotated[Origin, Depends(origin_of)]
