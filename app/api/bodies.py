"""From the bytes of a body to a request: read strictly, validated, all faults at once."""

from typing import Any

from fastapi import Request
from pydantic import TypeAdapter, ValidationError

from app.api.errors import InvalidRequest, NotAJsonType, UnknownParameter
from app.api.faults import faults_of_validation, unknown_field
from app.api.field_names import FieldNames
from app.api.pointers import escape
from app.api.strict_json import read_json
from app.domain.errors import Fault
from app.use_cases.adjudicate import ManySubjects, OneSubject
from app.use_cases.adjudicate import Request as AdjudicationRequest

ADJUDICATION: TypeAdapter[OneSubject | ManySubjects] = TypeAdapter(AdjudicationRequest)
_NAMES = FieldNames(ADJUDICATION)


async def adjudication_body(request: Request) -> OneSubject | ManySubjects:
    """The request to adjudicate that the body holds.

    Raises NotAJsonType, what `read_json` raises, and InvalidRequest.
    """
    _refuse_other_types(request.headers.get("content-type"))
    return adjudication_request(read_json(await request.body()))


def adjudication_request(value: Any) -> OneSubject | ManySubjects:
    """The request that a parsed body means. Raises InvalidRequest with every fault."""
    try:
        return ADJUDICATION.validate_python(value)
    except ValidationError as error:
        found = error.errors(include_url=False)
        raise InvalidRequest(faults_of_validation(found, value, _NAMES)) from error


async def only_known_parameters(request: Request) -> None:
    """Refuse a query parameter that the operation does not have. Raises UnknownParameter."""
    if not request.query_params:
        return
    known = {parameter.alias for parameter in request.scope["route"].dependant.query_params}
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        raise UnknownParameter(
            tuple(
                Fault(
                    pointer=f"/query/{escape(name)}",
                    message=unknown_field(name, known, thing="parameter"),
                    code="unknown_parameter",
                )
                for name in unknown
            )
        )


def _refuse_other_types(content_type: str | None) -> None:
    kind, _, parameters = (content_type or "").lower().partition(";")
    kind, charset = kind.strip(), parameters.replace('"', "").replace(" ", "")
    is_json = kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )
    if not is_json or ("charset=" in charset and "charset=utf-8" not in charset):
        raise NotAJsonType(content_type)
