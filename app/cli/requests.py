"""`doseguard adjudicate`: requests from a file, without a server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter

from app.api.bodies import adjudication_request, exact_request
from app.cli.document_files import document_file, is_document_file, say_faults
from app.cli.reading import content_of, value_in
from app.cli.terminal import paint, say, saying_what_is_wrong
from app.data.protocols import make_ready
from app.data.strict_json import read_json
from app.domain.errors import DomainError
from app.use_cases.adjudicate import ManyAnswer, OneAnswer, answer
from app.use_cases.readable import lines_of

_ANSWER: TypeAdapter[OneAnswer | ManyAnswer] = TypeAdapter(OneAnswer | ManyAnswer)


def adjudicate(
    file: Annotated[str, typer.Argument(help="Requests as JSON, NDJSON or YAML; - is stdin.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print what the API answers.")] = False,
    protocol: Annotated[
        str | None,
        typer.Option(help="Judge by this built-in id, or by this document (YAML, JSON)."),
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="Judge at this data cut.")] = None,
    counterfactual: Annotated[
        bool, typer.Option("--counterfactual", help="Say what would have changed each verdict.")
    ] = False,
) -> None:
    """Adjudicate a request from a file, without a server."""
    with saying_what_is_wrong():
        requests = list(_requests(file))
        changes: dict[str, Any] = {} if protocol is None else {"protocol": _protocol(protocol)}
        changes |= {} if as_of is None else {"as_of": as_of}
        changes |= {"counterfactual": True} if counterfactual else {}
    failed = False
    for number, request in enumerate(requests, start=1):
        changed = {**request, **changes} if isinstance(request, dict) else request
        try:
            answered = answer(adjudication_request(changed))
        except DomainError as error:
            say(error, f"request {number}: " if len(requests) > 1 else "")
            failed = True
            continue
        if as_json:
            indent = 2 if len(requests) == 1 else None
            typer.echo(_ANSWER.dump_json(answered, by_alias=True, indent=indent).decode())
        else:
            for line in lines_of(answered, paint):
                typer.echo(line)
    if failed:
        raise typer.Exit(2)


def _requests(file: str) -> Iterator[Any]:
    """The requests of a file: one, a list of them, or one a line."""
    if Path(file).suffix.lower() in {".ndjson", ".jsonl"}:
        yield from (
            exact_request(read_json(line, exact=True))
            for line in content_of(file).splitlines()
            if line.strip()
        )
        return
    value = value_in(file, exact=True)
    yield from map(exact_request, value if isinstance(value, list) else [value])


def _protocol(name: str) -> dict[str, Any]:
    if not is_document_file(name):
        return {"id": name}
    file = document_file(name)
    value = None
    try:
        value = file.value()
        make_ready(value)
    except DomainError as error:
        say_faults(file, error, value)
        raise typer.Exit(2) from error
    return {"document": value}
