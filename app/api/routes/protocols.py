"""The protocols that the service has: those that are built in, and those that were added."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Header, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import AfterValidator, TypeAdapter

from app.api.answers import receipt_of
from app.api.bodies import Bodies, json_body
from app.api.dependencies import TheOrigin, TheRecord
from app.api.errors import BadCursor
from app.api.negotiation import names_tag
from app.api.pages import After, Limit, link_next
from app.api.schemas.protocols import ProtocolItem, ProtocolPage, ProtocolVersion
from app.api.schemas.studies import ProtocolBody
from app.api.writing import Answer, IdempotencyKey, json_text, written_once
from app.store.writer import Unit
from app.use_cases.adjudicate import InlineProtocol, ready_protocol
from app.use_cases.protocols import Protocol, add, all_versions, protocol, protocol_ids

router = APIRouter(prefix="/v1/protocols", tags=["protocols"])


def _usable(body: ProtocolBody) -> ProtocolBody:
    ready_protocol(InlineProtocol(document=body.document))
    return body


DOCUMENTS: Final[Bodies[ProtocolBody]] = Bodies(
    TypeAdapter(Annotated[ProtocolBody, AfterValidator(_usable)])
)
_VERSION: Final = TypeAdapter(ProtocolVersion)

ProtocolId = Annotated[str, Path(examples=["NCT06886919"])]
Version = Annotated[str, Path(examples=["1"])]


@router.get("", summary="List protocols")
async def list_protocols(
    request: Request,
    response: Response,
    record: TheRecord,
    limit: Limit = 50,
    after: After = None,
) -> ProtocolPage:
    """The protocols by id, each with its versions."""

    def found() -> tuple[list[ProtocolItem], str | None]:
        with record.database.reading() as connection:
            ids = protocol_ids(connection)
            if after is not None and after not in ids:
                raise BadCursor(after)
            rest = ids[ids.index(after) + 1 :] if after is not None else ids
            items = [ProtocolItem.of(e, all_versions(connection, e)) for e in rest[:limit]]
            return items, rest[limit - 1] if len(rest) > limit else None

    items, goes_on = await run_in_threadpool(found)
    return ProtocolPage(items=tuple(items), next=link_next(request, response, goes_on))


@router.get("/{protocol_id}", summary="Show a protocol's versions")
async def show_protocol(record: TheRecord, protocol_id: ProtocolId) -> ProtocolItem:
    """A protocol and its versions, latest last."""

    def found() -> ProtocolItem:
        with record.database.reading() as connection:
            return ProtocolItem.of(protocol_id, all_versions(connection, protocol_id))

    return await run_in_threadpool(found)


@router.get(
    "/{protocol_id}/versions/{version}",
    summary="Show a protocol version whole",
)
async def show_protocol_version(
    record: TheRecord,
    protocol_id: ProtocolId,
    version: Version,
    if_none_match: Annotated[str | None, Header(description="Entity tags that you have.")] = None,
) -> Response:
    """The document that the digest covers, and its readings. A version never changes."""

    def found() -> Protocol:
        with record.database.reading() as connection:
            return protocol(connection, protocol_id, version)

    known = await run_in_threadpool(found)
    headers = {"ETag": f'"{known.ready.digest}"', "Cache-Control": "no-cache"}
    if if_none_match is not None and names_tag(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    body = _VERSION.dump_json(ProtocolVersion.of(known), by_alias=True)
    return Response(body, headers=headers, media_type="application/json")


@router.post(
    "",
    summary="Add a protocol version",
    status_code=201,
)
async def add_protocol(
    request: Request,
    record: TheRecord,
    origin: TheOrigin,
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001 (read by `origin`)
) -> Response:
    """A version never changes: the same document again changes nothing, and another document
    needs a version of its own. It judges nobody until a study activates it.
    """
    value = await json_body(request)
    # Made ready here, so that a faulty document holds up nobody who waits to write.
    body = await run_in_threadpool(DOCUMENTS.checked, value)

    def work(unit: Unit) -> Answer:
        added, receipt = add(unit, origin, body.document)
        href = f"/v1/protocols/{added.id}/versions/{added.version}"
        answer = {
            "id": added.id,
            "version": added.version,
            "digest": added.digest,
            "href": href,
            "audit": receipt_of(receipt),
        }
        status = HTTPStatus.OK if receipt is None else HTTPStatus.CREATED
        return Answer(status=status, body=json_text(answer), headers={"Location": href})

    return await written_once(record, origin, request, work)
