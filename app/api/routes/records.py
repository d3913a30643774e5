"""The records of a study: each kind is put, shown, listed, voided, restored, and keeps versions.

The operations of all kinds are made here, so that they cannot differ; only where more follows
from a write than verdicts is it elsewhere.
"""

from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import TypeAdapter

from app.api.answers import write_answer
from app.api.bodies import Bodies
from app.api.dependencies import TheOrigin, TheRecord
from app.api.moments import AsOf, known_at
from app.api.pages import After, Limit, link_next
from app.api.record_readers import READERS
from app.api.resources import RESOURCES, Resource
from app.api.schemas.records import (
    ReasonBody,
    document_in,
    view,
)
from app.api.writing import (
    Answer,
    IdempotencyKey,
    IfMatch,
    IfNoneMatch,
    json_text,
    precondition,
    written,
    written_once,
)
from app.domain.record.kinds import Identifier, Kind
from app.store.records import Records, Stored
from app.store.writer import Unit
from app.use_cases.errors import UnknownRecord
from app.use_cases.ingest import judged_after
from app.use_cases.records import Sent, put, restore, void

StudyId = Annotated[Identifier, Path(examples=["IC19-SLE"])]
OfPatient = Annotated[
    str | None, Query(max_length=200, description="Only records of this patient.")
]
VersionNumber = Annotated[int, Path(ge=1, le=2**31 - 1, examples=[1])]
REASONS: Final = Bodies(TypeAdapter(ReasonBody))


@cache
def routes() -> APIRouter:
    """The operations of every kind of record: made once, since they hold no state."""
    router = APIRouter(prefix="/v1/studies/{study}", tags=["records"])
    for resource in RESOURCES:
        if resource.kind != "source_system":  # app/api/routes/source_systems.py: more follows it
            _add_put(router, resource)
        _add_standing(router, resource, "void")
        _add_standing(router, resource, "restore")
        _add_show(router, resource)
        _add_list(router, resource)
        _add_versions(router, resource)
    return router


def etag_of(stored: Stored) -> Mapping[str, str]:
    """The header that a version is known by."""
    return {"ETag": stored.etag}


def _add_put(router: APIRouter, resource: Resource) -> None:
    kind, reader = resource.kind, READERS[resource.kind]

    @router.put(
        resource.path,
        name=f"put_{kind}",
        summary=f"Record or correct {_a(resource.name)}",
    )
    async def put_record(
        request: Request,
        record: TheRecord,
        origin: TheOrigin,
        study: StudyId,
        key: Annotated[str, Depends(resource.key)],
        if_match: IfMatch = None,
        if_none_match: IfNoneMatch = None,
    ) -> Response:
        """Idempotent: the same content again changes nothing (`unchanged`), and what the source
        wrote before what holds is kept and not applied (`stale`). Nothing is overwritten.
        """
        condition = precondition(if_match, if_none_match)
        body = await reader.read(request)
        sent = Sent(
            kind=kind,
            key=key,
            document=document_in(kind, key, body),
            source=body.source,
            reason=body.reason,
        )

        def work(unit: Unit) -> Answer:
            done = put(unit, origin, study, sent, condition)
            created = done.result == "created"
            return Answer(
                status=HTTPStatus.CREATED if created else HTTPStatus.OK,
                body=json_text(write_answer(judged_after(unit, origin, study, done))),
                headers=etag_of(done.holds),
            )

        return (await written(record, work)).response()


def _add_standing(router: APIRouter, resource: Resource, name: str) -> None:
    """Voiding, by DELETE, or restoring, by POST to `/restore`."""
    kind = resource.kind
    act, method, path = (
        (void, "DELETE", resource.path)
        if name == "void"
        else (restore, "POST", f"{resource.path}/restore")
    )
    said = (
        "The record counts no more, from now on; its history stays, and it can be restored."
        if name == "void"
        else "The record counts again, as it was when it was voided."
    )

    async def change_standing(
        request: Request,
        record: TheRecord,
        origin: TheOrigin,
        study: StudyId,
        key: Annotated[str, Depends(resource.key)],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,  # noqa: ARG001 (read by `origin`)
    ) -> Response:
        condition = precondition(if_match, None)
        reason = (await REASONS.read(request)).reason

        def work(unit: Unit) -> Answer:
            done = act(unit, origin, study, kind, key, reason, condition)
            return Answer(
                status=HTTPStatus.OK,
                body=json_text(write_answer(judged_after(unit, origin, study, done))),
                headers=etag_of(done.holds),
            )

        return await written_once(record, origin, request, work)

    router.add_api_route(
        path,
        change_standing,
        methods=[method],
        name=f"{name}_{kind}",
        summary=f"{name.capitalize()} {_a(resource.name)}",
        description=f"{said} Needs a reason.",
    )


def _add_show(router: APIRouter, resource: Resource) -> None:
    kind = resource.kind

    @router.get(
        resource.path,
        name=f"show_{kind}",
        summary=f"Show {_a(resource.name)}",
    )
    async def show_record(
        record: TheRecord,
        study: StudyId,
        key: Annotated[str, Depends(resource.key)],
        as_of: AsOf = None,
    ) -> Response:
        """The version that holds, also of a record that is void; or held at `as_of`."""

        def found() -> Stored | None:
            with record.database.reading() as connection:
                moment = known_at(connection, study, as_of)
                records = Records(connection=connection, kind=kind, study=study)
                if moment is not None:
                    return records.at(key, moment)
                holding = records.holding(key)
                return holding.stored if holding else None

        return _shown(kind, key, await run_in_threadpool(found))


def _add_list(router: APIRouter, resource: Resource) -> None:
    kind = resource.kind

    @router.get(
        f"/{resource.segment}",
        name=f"list_{resource.plural}",
        summary=f"List {resource.names}",
    )
    async def list_records(
        request: Request,
        record: TheRecord,
        study: StudyId,
        subject: OfPatient = None,
        as_of: AsOf = None,
        limit: Limit = 50,
        after: After = None,
    ) -> Response:
        """By key, those that are void among them; or as they were at `as_of`."""

        def found() -> list[Stored]:
            with record.database.reading() as connection:
                moment = known_at(connection, study, as_of)
                records = Records(connection=connection, kind=kind, study=study)
                if moment is not None:
                    return records.page_at(moment, after=after, limit=limit + 1, subject=subject)
                return records.page(after=after, limit=limit + 1, subject=subject)

        page = await run_in_threadpool(found)
        return paged(request, [view(kind, each) for each in page], limit, "key")


def _add_versions(router: APIRouter, resource: Resource) -> None:
    kind = resource.kind

    @router.get(
        f"{resource.path}/versions",
        name=f"list_{kind}_versions",
        summary=f"List the versions of {_a(resource.name)}",
    )
    async def list_versions(
        request: Request,
        record: TheRecord,
        study: StudyId,
        key: Annotated[str, Depends(resource.key)],
        limit: Limit = 50,
        after: Annotated[int, Query(ge=0, le=2**31 - 1, description="A version's number.")] = 0,
    ) -> Response:
        """All that was ever sent of it, in the order in which it came, applied or not."""
        page = await run_in_threadpool(
            history, record, kind, study, key, after=after, limit=limit + 1
        )
        return paged(request, [view(kind, each) for each in page], limit, "version")

    @router.get(
        f"{resource.path}/versions/{{version}}",
        name=f"show_{kind}_version",
        summary=f"Show a version of {_a(resource.name)}",
    )
    async def show_version(
        record: TheRecord,
        study: StudyId,
        key: Annotated[str, Depends(resource.key)],
        version: VersionNumber,
    ) -> Response:
        """One version, as it was sent."""
        found = await run_in_threadpool(
            history, record, kind, study, key, after=version - 1, limit=1
        )
        exact = found[0] if found and found[0].version == version else None
        return _shown(kind, f"{key} version {version}", exact)


def history(
    record: TheRecord, kind: Kind, study: str, key: str, *, after: int, limit: int
) -> list[Stored]:
    """Versions of a record. Raises UnknownStudy and UnknownRecord."""
    with record.database.reading() as connection:
        known_at(connection, study, None)
        records = Records(connection=connection, kind=kind, study=study)
        found = records.history(key, after=after, limit=limit)
        if not found and records.holding(key) is None:
            raise UnknownRecord(kind, key)
        return found


def paged(request: Request, views: list[dict[str, Any]], limit: int, cursor: str) -> Response:
    """One page of a list that was asked for one item more than it shows."""
    shown = views[:limit]
    return page_of(request, shown, str(shown[-1][cursor]) if len(views) > limit else None)


def page_of(request: Request, items: list[dict[str, Any]], after: str | None) -> Response:
    """A page, and where the list goes on."""
    answer = Response(media_type="application/json")
    url = link_next(request, answer, after)
    answer.body = json_text({"items": items, "next": url}).encode()
    answer.headers["Content-Length"] = str(len(answer.body))
    return answer


def _shown(kind: Kind, key: str, stored: Stored | None) -> Response:
    if stored is None:
        raise UnknownRecord(kind, key)
    body = json_text(view(kind, stored))
    return Response(body, headers=etag_of(stored), media_type="application/json")


def _a(name: str) -> str:
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"
