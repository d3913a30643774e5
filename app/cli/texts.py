"""`doseguard text`: the rules of a protocol in sentences."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.document_files import document_file, is_document_file, say_faults
from app.cli.terminal import saying_what_is_wrong, write
from app.data.protocols import load, make_ready
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.errors import DomainError
from app.use_cases.protocol_texts import TextFormat, told


def text(
    protocol: Annotated[
        str,
        typer.Argument(
            metavar="ID|FILE",
            help="A document as YAML or JSON (- is stdin), or a built-in ID or ID:VERSION.",
        ),
    ],
    told_as: Annotated[
        TextFormat, typer.Option("--format", help="A page to print is html.")
    ] = "markdown",
    output: Annotated[Path | None, typer.Option(help="Write it to this file.")] = None,
) -> None:
    """Print the rules of a protocol in sentences, with a table of what they decide."""
    with saying_what_is_wrong():
        ready = _ready(protocol)
        content = told(ready, told_as, indent=2)
    write(content, output)


def _ready(name: str) -> ReadyProtocol:
    """A file's document, or a built-in one, ready to be told."""
    if not is_document_file(name):
        protocol_id, _, version = name.partition(":")
        return load(protocol_id, version or None).ready
    file = document_file(name)
    value = None
    try:
        value = file.value()
        return make_ready(value)
    except DomainError as error:
        say_faults(file, error, value)
        raise typer.Exit(2) from error
