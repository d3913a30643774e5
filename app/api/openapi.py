"""The OpenAPI description: what FastAPI writes, with every error and an example everywhere."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from app.api.bodies import ADJUDICATION, adjudication_request
from app.api.errors import MEDIA_TYPE
from app.api.routes.health import Alive, what_is_ready
from app.api.schemas.dictionaries import DictionaryItem, DictionaryPage, TermItem, TermPage
from app.api.schemas.problem import Problem
from app.api.schemas.protocols import ProtocolItem, ProtocolPage, ProtocolVersion
from app.data.protocols import protocol_ids
from app.data.samples import samples
from app.use_cases.adjudicate import answer, engine_version
from app.use_cases.dictionaries import dictionary, every_dictionary
from app.use_cases.protocols import packaged_versions

DESCRIPTION = """\
Decides whether adverse events of a dose-escalation trial are dose-limiting toxicities under that
trial's own protocol, and says why. Missing data are never filled in: a verdict is given only when
every completion of the record agrees.

Times are ISO 8601, possibly partial. Unknown fields are refused. Every error is a problem
(RFC 9457) that lists all faults of a request at once; every answer carries `X-Request-Id`.
"""
TAGS = [
    {
        "name": "adjudication",
        "description": "Verdicts, explained. Nothing is stored.",
    },
    {"name": "protocols", "description": "The protocols as data, each version with a digest."},
    {"name": "dictionaries", "description": "Terms and which grades of them exist: facts only."},
    {"name": "health", "description": "For those who run the service."},
]

EXAMPLE_TIME = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
EXAMPLE_PARAMETERS: Mapping[str, Mapping[str, Any]] = {
    "show_protocol": {"protocol_id": "NCT06340750"},
    "show_protocol_version": {"protocol_id": "NCT06340750", "version": "1"},
    "search_terms": {"dictionary_id": "ctcae-5.0", "q": "neutropenia", "limit": 2},
    "show_term": {"dictionary_id": "ctcae-5.0", "meddra_code": 10029366},
    "list_protocols": {"limit": 1},
}

_SECURITY = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key: `doseguard api-key create` makes one.",
    }
}
_PROBLEMS: Mapping[int, str] = {
    400: "The body cannot be read: no JSON, a key twice, nested too deeply.",
    401: "No key that opens this.",
    403: "The role of the key may not do this.",
    404: "There is none of that name.",
    413: "The body is too large.",
    415: "The body is not declared as JSON.",
    422: "It can be read, and is wrong; every fault is listed with its place.",
    500: "An error that nobody foresaw.",
    503: "The service or its database cannot answer now; `Retry-After` says when to ask again.",
}


def describe(app: FastAPI, *, closed: bool) -> dict[str, Any]:
    """The OpenAPI 3.1 description; `closed` says that a key opens the door."""
    description = get_openapi(
        title=app.title,
        version=engine_version(),
        description=DESCRIPTION,
        tags=TAGS,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        routes=app.routes,
        separate_input_output_schemas=False,
    )
    schemas = description["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    problem = TypeAdapter(Problem).json_schema(ref_template="#/components/schemas/{model}")
    schemas |= problem.pop("$defs") | {"Problem": problem}
    body = ADJUDICATION.json_schema(ref_template="#/components/schemas/{model}")
    schemas |= body.pop("$defs")
    description["paths"]["/v1/adjudicate"]["post"]["requestBody"] = {
        "required": True,
        "content": {"application/json": {"schema": body}},
    }
    description["components"]["schemas"] = dict(sorted(schemas.items()))
    if closed:
        description["components"]["securitySchemes"] = _SECURITY
    for path, operations in description["paths"].items():
        for operation in operations.values():
            is_open = not path.startswith("/v1/")
            _add_problems(operation, is_open=is_open)
            _add_examples(operation)
            if closed and not is_open:
                operation["security"] = [{"key": []}]
    return description


def _add_problems(operation: dict[str, Any], *, is_open: bool) -> None:
    parameters = operation.get("parameters", [])
    statuses = {422, 500} | (set() if is_open else {401, 403, 503})
    statuses |= {400, 413, 415} if "requestBody" in operation else set()
    statuses |= {404} if any(each["in"] == "path" for each in parameters) else set()
    statuses |= {503} if operation["operationId"] == "readyz" else set()
    operation["responses"] = {
        status: each for status, each in operation["responses"].items() if status != "422"
    } | {
        str(status): {
            "description": _PROBLEMS[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in sorted(statuses)
    }


def _add_examples(operation: dict[str, Any]) -> None:
    name = operation["operationId"]
    given = EXAMPLE_PARAMETERS.get(name, {})
    for parameter in operation.get("parameters", []):
        parameter["schema"].pop("examples", None)
        if parameter["name"] in given:
            parameter["example"] = given[parameter["name"]]
    if "requestBody" in operation:
        body = operation["requestBody"]["content"]["application/json"]
        body["examples"] = {
            sample.name.partition("-")[2]: {"summary": sample.title, "value": sample.request}
            for sample in samples()
        }
    operation["responses"]["200"]["content"]["application/json"]["example"] = example_answer(name)


def example_answer(operation: str) -> Any:
    """What the operation answers to its example, made by running it."""
    value = _ANSWERS[operation]()
    return TypeAdapter(type(value)).dump_python(value, mode="json", by_alias=True)


def _first_page_of_protocols() -> ProtocolPage:
    first = protocol_ids()[0]
    items = (ProtocolItem.of(first, packaged_versions(first)),)
    return ProtocolPage(items=items, next=f"/v1/protocols?limit=1&after={first}")


def _first_terms() -> TermPage:
    page = dictionary("ctcae-5.0").search("neutropenia", limit=2)
    return TermPage(items=tuple(TermItem.of(term) for term in page.terms), next=page.next)


_ANSWERS: Mapping[str, Callable[[], Any]] = {
    "adjudicate": lambda: answer(adjudication_request(samples()[0].request)),
    "list_protocols": _first_page_of_protocols,
    "show_protocol": lambda: ProtocolItem.of("NCT06340750", packaged_versions("NCT06340750")),
    "show_protocol_version": lambda: ProtocolVersion.of(packaged_versions("NCT06340750")[0]),
    "list_dictionaries": lambda: DictionaryPage(
        items=tuple(DictionaryItem.of(each) for each in every_dictionary()), next=None
    ),
    "search_terms": _first_terms,
    "show_term": lambda: TermItem.of(dictionary("ctcae-5.0").term("Neutrophil count decreased")),
    "healthz": lambda: Alive(status="ok", engine_version=engine_version(), time=EXAMPLE_TIME),
    "readyz": what_is_ready,
}
