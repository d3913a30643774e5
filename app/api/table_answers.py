"""A decision table as the client wants it: JSON, CSV, or a page to print."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from fastapi import Request, Response
from pydantic import TypeAdapter

from app.api.negotiation import negotiated
from app.domain.cohort.design import DecisionTable
from app.use_cases.design_pages import SHEET, page_of
from app.use_cases.design_tables import Format, as_csv, printed
from app.use_cases.designs import TableRequest, table_of

_TABLE: Final = TypeAdapter(DecisionTable)
_MEDIA: Final[Mapping[str, Format]] = MappingProxyType(
    {
        "application/json": "json",
        "text/csv; charset=utf-8; header=present": "csv",
        "text/html; charset=utf-8": "html",
    }
)


def format_of(request: Request, wanted: Format | None) -> Format:
    """The format that the query names, or else what `Accept` likes best. Raises NotAcceptable."""
    if wanted is not None:
        return wanted
    return _MEDIA[negotiated(request.headers.getlist("accept"), tuple(_MEDIA))]


def table_answer(asked: TableRequest, told_as: Format) -> Response:
    """The table in a format. Raises NotOfThisDesign."""
    (media,) = (each for each, its_format in _MEDIA.items() if its_format == told_as)
    headers = {"Content-Type": media, "Vary": "Accept"}
    match told_as:
        case "json":
            return Response(_TABLE.dump_json(table_of(asked)), headers=headers)
        case "csv":
            return Response(as_csv(table_of(asked)), headers=headers)
        case "html":
            headers["Content-Security-Policy"] = SHEET.answered_policy
            return Response(page_of(printed(asked)), headers=headers)
