"""The protocols that the service has."""

from typing import Annotated

from fastapi import APIRouter, Header, Path, Request, Response

from app.api.errors import BadCursor
from app.api.pages import After, Limit, link_next
from app.api.schemas.protocols import ProtocolItem, ProtocolPage, ProtocolVersion
from app.data.protocols import load, protocol_ids

router = APIRouter(prefix="/v1/protocols", tags=["protocols"])

ProtocolId = Annotated[str, Path(examples=["NCT06886919"])]
Version = Annotated[str, Path(examples=["1"])]


@router.get("", summary="List protocols")
async def list_protocols(
    request: Request, response: Response, limit: Limit = 50, after: After = None
) -> ProtocolPage:
    """The protocols by id, each with its versions."""
    ids = protocol_ids()
    if after is not None and after not in ids:
        raise BadCursor(after)
    rest = ids[ids.index(after) + 1 :] if after is not None else ids
    page = rest[:limit]
    goes_on = page[-1] if len(rest) > limit else None
    return ProtocolPage(
        items=tuple(ProtocolItem.of(each) for each in page),
        next=link_next(request, response, goes_on),
    )


@router.get("/{protocol_id}", summary="Show a protocol's versions")
async def show_protocol(protocol_id: ProtocolId) -> ProtocolItem:
    """A protocol and its versions, latest last."""
    return ProtocolItem.of(protocol_id)


@router.get(
    "/{protocol_id}/versions/{version}",
    summary="Show a protocol version whole",
    responses={304: {"description": "It is the one that `If-None-Match` names."}},
    response_model=ProtocolVersion,
)
async def show_protocol_version(
    response: Response,
    protocol_id: ProtocolId,
    version: Version,
    if_none_match: Annotated[str | None, Header(description="Entity tags that you have.")] = None,
) -> ProtocolVersion | Response:
    """The document that the digest covers, and its readings. A version never changes."""
    built_in = load(protocol_id, version)
    headers = {"ETag": f'"{built_in.ready.digest}"', "Cache-Control": "no-cache"}
    if if_none_match is not None and _names(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return ProtocolVersion.of(built_in)


def _names(if_none_match: str, etag: str) -> bool:
    """Whether the header names the tag; weak comparison, as RFC 9110 says for this header."""
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in tags or tags == ["*"]
