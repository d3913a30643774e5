"""Whether the service lives, and whether it can adjudicate."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from app.api.dependencies import Record, TheRecord
from app.api.errors import NotReady
from app.clock import Clock
from app.data.protocols import load, protocol_ids, versions
from app.domain.errors import DomainError
from app.store.guards import missing_guards
from app.store.migrate import current_revision, head
from app.use_cases.adjudicate import UsedProtocol, engine_version
from app.use_cases.dictionaries import every_dictionary


@dataclass(frozen=True, slots=True, kw_only=True)
class Alive:
    """The service answers."""

    status: Literal["ok"]
    engine_version: str
    time: Annotated[datetime, Field(description="The clock of the service, in UTC.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class UsableDictionary:
    """A dictionary that has been loaded."""

    id: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The service can adjudicate by these protocols."""

    status: Literal["ready"]
    dictionaries: tuple[UsableDictionary, ...]
    protocols: tuple[UsedProtocol, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyRecord(Ready):
    """The service can adjudicate, and its record can be written and is guarded."""

    database: Literal["sqlite", "postgresql"]
    revision: Annotated[str, Field(description="The migration that the tables are at.")]


def routes(clock: Clock) -> APIRouter:
    """The open routes for those who run the service."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz", summary="Is the service alive?")
    async def healthz() -> Alive:
        """Answers as long as the process does."""
        return Alive(status="ok", engine_version=engine_version(), time=clock())

    @router.get("/readyz", summary="Can the service adjudicate?")
    async def readyz(record: TheRecord) -> ReadyRecord:
        """Every dictionary and built-in protocol can be used, the tables are of this version, and
        the triggers that keep append-only tables so are on; 503 otherwise.
        """
        ready = what_is_ready()
        return await run_in_threadpool(_with_record, ready, record)

    return router


def _with_record(ready: Ready, record: Record) -> ReadyRecord:
    database = record.database
    revision = current_revision(database)
    if revision != head():
        raise NotReady(
            f"The tables are at migration {revision or 'none'}, and this version needs {head()}: "
            "run `doseguard migrate`."
        )
    with database.reading() as connection:
        missing = missing_guards(connection)
    if missing:
        raise NotReady(
            f"Append-only tables are not guarded: {', '.join(missing)} must be on. Find out who "
            "took them off before anything is written."
        )
    return ReadyRecord(
        status="ready",
        dictionaries=ready.dictionaries,
        protocols=ready.protocols,
        database="sqlite" if database.is_sqlite else "postgresql",
        revision=revision,
    )


def what_is_ready() -> Ready:
    """Load all that is packaged. Raises NotReady, which says what cannot be used."""
    try:
        usable = tuple(
            UsableDictionary(id=each.id, digest=each.digest) for each in every_dictionary()
        )
        built_in = [load(each, version) for each in protocol_ids() for version in versions(each)]
    except DomainError as error:
        raise NotReady(str(error)) from error
    used = tuple(
        UsedProtocol(
            id=each.ready.document.id,
            version=each.ready.document.version,
            digest=each.ready.digest,
        )
        for each in built_in
    )
    return Ready(status="ready", dictionaries=usable, protocols=used)
