"""The rules of a protocol version as people read them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from app.api.dependencies import TheRecord
from app.api.negotiation import names_tag, negotiated
from app.api.routes.protocols import ProtocolId, Version
from app.domain.adjudication.protocol import ReadyProtocol
from app.use_cases.adjudicate import engine_version
from app.use_cases.protocol_texts import SHEET, TextFormat, told
from app.use_cases.protocols import ready_version

router = APIRouter(prefix="/v1/protocols", tags=["protocols"])

_MEDIA: Final[Mapping[str, TextFormat]] = MappingProxyType(
    {
        "text/markdown; charset=utf-8": "markdown",
        "text/html; charset=utf-8": "html",
        "application/json": "json",
    }
)


@router.get(
    "/{protocol_id}/versions/{version}/text",
    summary="Show a protocol's rules in sentences",
)
async def show_protocol_text(
    request: Request,
    record: TheRecord,
    protocol_id: ProtocolId,
    version: Version,
    told_as: TextFormat | None = Query(
        default=None,
        alias="format",
        description="Instead of `Accept`, which says the same; `html` is a page to print.",
    ),
    if_none_match: Annotated[str | None, Header(description="Entity tags that you have.")] = None,
) -> Response:
    """Every rule in plain sentences beside its clause, and a table of what the rules decide.

    The table has terms by duration by grade; each cell is what the evaluator answers. As
    Markdown, as a page to print, or as JSON with both. A version never changes; its text may
    with the engine, and so its entity tag does.
    """
    wanted = told_as or _MEDIA[negotiated(request.headers.getlist("accept"), tuple(_MEDIA))]
    (media,) = (each for each, its_format in _MEDIA.items() if its_format == wanted)

    def found() -> ReadyProtocol:
        with record.database.reading() as connection:
            return ready_version(connection, protocol_id, version)

    protocol = await run_in_threadpool(found)
    headers = {
        "ETag": f'"{protocol.digest};{wanted};{engine_version()}"',
        "Cache-Control": "no-cache",
        "Vary": "Accept",
    }
    if if_none_match is not None and names_tag(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    if wanted == "html":
        headers["Content-Security-Policy"] = SHEET.answered_policy
    content = await run_in_threadpool(told, protocol, wanted)
    return Response(content, headers={**headers, "Content-Type": media})
