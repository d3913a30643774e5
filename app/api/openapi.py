"""The OpenAPI description: what FastAPI writes of the parameters, what app/api/operations.py says
of bodies and answers, every problem, and an example everywhere.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from app.api.errors import MEDIA_TYPE
from app.api.operations import OPERATIONS, Operation
from app.api.schemas.problem import Problem
from app.data.samples.exchanges import Exchange, exchanges
from app.use_cases.adjudicate import engine_version

DESCRIPTION = """\
Decides whether adverse events of a dose-escalation trial are dose-limiting toxicities under that
trial's own protocol, and says why. Missing data are never filled in: a verdict is given only when
every completion of the record agrees.

Times are ISO 8601, possibly partial. Unknown fields are refused. Every error is a problem
(RFC 9457) that lists all faults of a request at once; every answer carries `X-Request-Id`.

The examples are one story, of a patient of study IC19-SLE.
"""
TAGS = [
    {"name": "adjudication", "description": "Verdicts, explained. Nothing is stored."},
    {"name": "grading", "description": "Grades, explained. Nothing is stored."},
    {"name": "designs", "description": "Dose-escalation designs, in counts. Nothing is stored."},
    {
        "name": "monitoring",
        "description": "Rules that stop a cohort for safety. Nothing is stored.",
    },
    {"name": "enrolment", "description": "Who may be dosed next. Nothing is stored."},
    {"name": "protocols", "description": "The protocols as data, each version with a digest."},
    {"name": "dictionaries", "description": "Terms and which grades of them exist: facts only."},
    {"name": "studies", "description": "Studies, and the protocol versions that govern them."},
    {
        "name": "records",
        "description": "What was recorded, by kind. Nothing is overwritten: each keeps versions.",
    },
    {
        "name": "verdicts",
        "description": "Verdicts that are kept: current, past, open, and as queries to the sites.",
    },
    {
        "name": "exports",
        "description": "What a study holds, in the formats that others read.",
    },
    {
        "name": "imports",
        "description": "Files of other systems, kept as they were sent and read into the record.",
    },
    {
        "name": "re-adjudications",
        "description": "Everything judged again: what moves, tried first, then made real.",
    },
    {"name": "jobs", "description": "Work that outlives its request."},
    {"name": "holds", "description": "What stops a study at once, until it is lifted."},
    {"name": "audit", "description": "Who did what, when and why, in one chain of hashes."},
    {"name": "health", "description": "For those who run the service."},
]
EXAMPLE_TIME = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)

_SECURITY: Final = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key: `doseguard api-key create` makes one.",
    }
}
NDJSON: Final = "application/x-ndjson"
_ANSWERS: Final[Mapping[int, str]] = {
    200: "Done; or what was asked for.",
    201: "Created.",
    202: "A job was asked for; `Location` says where it is told of.",
    304: "It is the one that `If-None-Match` names.",
}
_PROBLEMS: Final[Mapping[int, str]] = {
    400: "The body cannot be read: no JSON, a key twice, nested too deeply. Or a header cannot.",
    401: "No key that opens this.",
    403: "The role of the key may not do this.",
    404: "There is none of that name.",
    406: "`Accept` takes none of the types that it is answered in.",
    409: "It does not go with what is recorded, which `code` says; or a request with this "
    "`Idempotency-Key` is still running, and `Retry-After` says when to ask again.",
    412: "The record is not what `If-Match` or `If-None-Match` says.",
    413: "The body is too large, or the batch.",
    415: "The body is not declared as JSON.",
    422: "It can be read, and is wrong; every fault is listed with its place.",
    500: "An error that nobody foresaw.",
    503: "The service or its database cannot answer now; `Retry-After` says when to ask again.",
}
_HEADERS: Final[Mapping[str, tuple[str, str]]] = {
    "ETag": ("The version that the answer shows; `If-Match` takes it.", '"2.558a67cda67c6d8e"'),
    "Idempotent-Replayed": ("`true`: this was answered before, to the same request.", "true"),
    "Link": (
        "Where the list goes on, with `rel=next`; absent at its end.",
        '</v1/studies?limit=1&after=IC19-SLE>; rel="next"',
    ),
    "Location": ("The path of what was created.", "/v1/studies/IC19-SLE"),
    "Retry-After": ("After how many seconds to ask again.", "1"),
    "WWW-Authenticate": ("Which kind of key is wanted.", "Bearer"),
}
_OF_PROBLEMS: Final[Mapping[int, str]] = {401: "WWW-Authenticate", 503: "Retry-After"}
_PREFIX: Final = "#/components/schemas/"
_NAMES: Final[Mapping[str, str]] = {
    "app__domain__adjudication__result__Finding": "Finding",
    "app__domain__adjudication__result__Missing": "Missing",
    "app__domain__adjudication__result__Reason": "Reason",
    "app__domain__laboratory__missing__Missing": "LaboratoryMissing",
    "app__domain__laboratory__reading__Finding": "LaboratoryFinding",
    "app__domain__record__origin__Reason": "ReasonOfChange",
}
"""The names in the description of types that share theirs."""


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
    references, schemas = _schemas()
    description["components"] = {
        "schemas": dict(sorted(schemas.items())),
        "headers": {
            name: {"description": told, "schema": {"type": "string"}, "example": example}
            for name, (told, example) in _HEADERS.items()
        },
        "responses": dict(_problems()),
    }
    if closed:
        description["components"]["securitySchemes"] = _SECURITY
    for path, methods in description["paths"].items():
        for described in methods.values():
            is_open = not path.startswith("/v1/")
            _complete(described, references, is_open=is_open)
            if closed and not is_open:
                described["security"] = [{"key": []}]
    return description


@cache
def _schemas() -> tuple[Mapping[tuple[str, int], Any], Mapping[str, Any]]:
    """The schema of each body (status 0) and answer, and the definitions that these refer to."""
    mode: JsonSchemaMode = "validation"
    adapters: list[tuple[tuple[str, int], JsonSchemaMode, TypeAdapter[Any]]] = [
        (("", 0), mode, TypeAdapter(Problem))
    ]
    for name, operation in OPERATIONS.items():
        if operation.body is not None:
            adapters.append(((name, 0), mode, operation.body))
        if operation.line is not None:
            adapters.append(((f"{name}, a line", 0), mode, operation.line))
        adapters += [
            ((name, int(status)), mode, TypeAdapter(model))
            for status, model in operation.answers.items()
            if model is not None
        ]
    found, definitions = TypeAdapter.json_schemas(adapters, ref_template=f"{_PREFIX}{{model}}")
    schemas: Mapping[str, Any] = _renamed(definitions["$defs"])
    return {key: _renamed(schema) for (key, _), schema in found.items()}, schemas


def _renamed(schema: Any) -> Any:
    """The same, with the names that the description gives to types that share theirs."""
    text = json.dumps(schema)
    for name, own in _NAMES.items():
        text = text.replace(f'"{name}"', f'"{own}"').replace(
            f'{_PREFIX}{name}"', f'{_PREFIX}{own}"'
        )
    return json.loads(text)


def _complete(
    described: dict[str, Any], references: Mapping[tuple[str, int], Any], *, is_open: bool
) -> None:
    """Add to what FastAPI writes: the body, the answers, the problems and the examples."""
    name = described["operationId"]
    operation = OPERATIONS[name]
    shown = [each for each in exchanges() if each.operation == name]
    if operation.body is not None:
        content: dict[str, Any] = {"schema": references[name, 0]}
        if examples := _examples((each, each.body) for each in shown if each.body is not None):
            content["examples"] = examples
        kinds = {"application/json": content}
        if operation.line is not None:
            kinds[NDJSON] = {"schema": references[f"{name}, a line", 0]}
        described["requestBody"] = {"required": True, "content": kinds}
    if operation.file:
        described["requestBody"] = {"required": True, "content": _file_content(shown)}
    parameters = described.get("parameters", [])
    for parameter in parameters:
        _add_example(parameter, shown)
    named = frozenset(each["name"].lower() for each in parameters if each["in"] == "header")
    described["responses"] = {
        str(int(status)): _answer(status, operation, references.get((name, status)), named, shown)
        for status in sorted(operation.answers)
    } | {
        str(status): _shown_problem(status, named, shown)
        for status in sorted(_refusals(described, operation, is_open=is_open))
    }


def _file_content(shown: Iterable[Exchange]) -> dict[str, Any]:
    """A body that is a file, of whatever kind."""
    content: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
    if examples := _examples((each, each.body) for each in shown if each.body is not None):
        content["examples"] = examples
    return {"*/*": content}


def _answer(
    status: int,
    operation: Operation,
    schema: Any,
    parameters: frozenset[str],
    shown: Iterable[Exchange],
) -> dict[str, Any]:
    replayed = ("Idempotent-Replayed",) if "idempotency-key" in parameters else ()
    headers = _header_references((*operation.headers, *replayed))
    answer: dict[str, Any] = {"description": _ANSWERS[status], **headers}
    if schema is not None:
        is_json = operation.media.endswith(("/json", "+json"))
        content = {
            "schema": schema,
            **_examples_of(status, shown, None if is_json else operation.media),
        }
        answer["content"] = {operation.media: content} | {
            media: {"schema": {"type": "string"}, **_examples_of(status, shown, media)}
            for media in operation.texts
        }
        if operation.line is not None:
            answer["content"][NDJSON] = {"schema": {"type": "string"}}
    return answer


def _problems() -> Iterator[tuple[str, Any]]:
    """The answers that problems are, each by its name."""
    for status in _PROBLEMS:
        yield _name_of_problem(status, may_run=False), _problem(status)
    running = _name_of_problem(HTTPStatus.CONFLICT, may_run=True)
    yield running, _problem(HTTPStatus.CONFLICT, "Retry-After")


def _name_of_problem(status: int, *, may_run: bool) -> str:
    running = "OrRunning" if may_run and status == HTTPStatus.CONFLICT else ""
    return f"{HTTPStatus(status).phrase.title().replace(' ', '')}{running}"


def _problem(status: int, *headers: str) -> dict[str, Any]:
    names = (_OF_PROBLEMS[status],) if status in _OF_PROBLEMS else headers
    return {
        "description": _PROBLEMS[status],
        **_header_references(names),
        "content": {MEDIA_TYPE: {"schema": {"$ref": f"{_PREFIX}Problem"}}},
    }


def _shown_problem(
    status: int, parameters: frozenset[str], shown: Iterable[Exchange]
) -> dict[str, Any]:
    """A reference to the problem; the whole, where an example of its own is shown."""
    may_run = "idempotency-key" in parameters
    examples = _examples_of(status, shown)
    if not examples:
        return {"$ref": f"#/components/responses/{_name_of_problem(status, may_run=may_run)}"}
    conflict = may_run and status == HTTPStatus.CONFLICT
    problem = _problem(status, *(("Retry-After",) if conflict else ()))
    problem["content"][MEDIA_TYPE] |= examples
    return problem


def _refusals(described: Mapping[str, Any], operation: Operation, *, is_open: bool) -> set[int]:
    """The statuses of problems: those that follow from what the operation takes, and its own."""
    places = {(each["in"], each["name"].lower()) for each in described.get("parameters", [])}
    found = {422, 500, *map(int, operation.refusals)}
    if not is_open:
        found |= {401, 403, 503}
    if operation.body is not None:
        found |= {400, 413, 415}
    if operation.file:
        found.add(413)
    if any(place == "path" for place, _ in places):
        found.add(404)
    if ("header", "if-match") in places:
        found |= {400, 412}
    if ("header", "idempotency-key") in places:
        found.add(409)
    return found


def _header_references(names: Iterable[str]) -> dict[str, Any]:
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in sorted(names)}
    return {"headers": headers} if headers else {}


def _add_example(parameter: dict[str, Any], shown: Iterable[Exchange]) -> None:
    """The value that the first exchange gives the parameter."""
    parameter["schema"].pop("examples", None)
    name, place = parameter["name"], parameter["in"]
    for each in shown:
        given = {"path": each.path, "query": each.query, "header": each.headers}[place]
        values = {key.lower(): value for key, value in given.items()}
        if name.lower() in values:
            parameter["example"] = values[name.lower()]
            return


def _examples_of(
    status: int, shown: Iterable[Exchange], media: str | None = None
) -> dict[str, Any]:
    """Of the answers in JSON, or of those that are text of a media type."""
    of_it = (each for each in shown if each.status == status and each.media == media)
    found = _examples((each, each.answer) for each in of_it)
    return {"examples": found} if found else {}


def _examples(shown: Iterable[tuple[Exchange, Any]]) -> dict[str, Any]:
    """Examples by name: a request and its answer have the same."""
    return {
        slug_of(exchange): {"summary": exchange.title, "value": value} for exchange, value in shown
    }


def slug_of(exchange: Exchange) -> str:
    """The name of an example."""
    return re.sub(r"[^a-z0-9]+", "-", exchange.title.lower()).strip("-")
