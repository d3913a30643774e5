"""`doseguard text`: the rules of a protocol in sentences."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.reading import value_in
from app.cli.terminal import saying_what_is_wrong, write
from app.data import protocols
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.errors import BadProtocol, Fault
from app.use_cases.protocol_texts import TextFormat, told

_FILES = frozenset({".yaml", ".yml", ".json"})


def text(
    protocol: Annotated[
        str,
        typer.Argument(metavar="ID|FILE", help="A built-in id, or a document; - is stdin."),
    ],
    version: Annotated[
        str | None, typer.Option(help="Of a built-in one: else the latest.")
    ] = None,
    told_as: Annotated[
        TextFormat, typer.Option("--format", help="A page to print is html.")
    ] = "markdown",
    output: Annotated[Path | None, typer.Option(help="Write it to this file.")] = None,
) -> None:
    """Print the rules of a protocol in sentences, with a table of what they decide."""
    with saying_what_is_wrong():
        ready = _ready(protocol, version)
        content = told(ready, told_as, indent=2)
    write(content, output)


def _ready(name: str, version: str | None) -> ReadyProtocol:
    if name != "-" and Path(name).suffix.lower() not in _FILES:
        return protocols.load(name, version).ready
    document = value_in(name)
    if not isinstance(document, dict):
        fault = Fault(pointer="", message="a protocol document is an object", code="not_an_object")
        raise BadProtocol(name, (fault,))
    if version is not None:
        raise typer.BadParameter("a document says its own version: leave --version out")
    return protocols.make_ready(document)
