"""The JSON Schema of protocol documents."""

from typing import Annotated, Final

from fastapi import APIRouter, Header, Response

from app.api.negotiation import names_tag
from app.use_cases.protocol_schemas import schema_digest, schema_text

MEDIA_TYPE: Final = "application/schema+json"

router = APIRouter(prefix="/v1/schemas", tags=["protocols"])


# No coroutine: the first schema takes a while, in which others should be answered.
@router.get("/dlt-protocol", summary="Show the JSON Schema of protocol documents")
def show_protocol_schema(
    if_none_match: Annotated[str | None, Header(description="Entity tags that you have.")] = None,
) -> Response:
    """The shape of a protocol document for editors: draft 2020-12, every key described.

    It tells the shape alone; whether a document can be used, adding or linting it tells.
    """
    headers = {"ETag": f'"{schema_digest()}"', "Cache-Control": "no-cache"}
    if if_none_match is not None and names_tag(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(schema_text(), headers=headers, media_type=MEDIA_TYPE)
