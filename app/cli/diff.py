"""`doseguard diff`: what differs between two versions of a protocol."""

from typing import Annotated, Any

import typer
from pydantic import TypeAdapter

from app.cli.document_files import document_file, is_document_file, say_faults
from app.cli.keys import AsJson
from app.cli.terminal import paint, saying_what_is_wrong
from app.data.protocols import load, make_ready
from app.domain.diff.diff import ProtocolDiff
from app.domain.errors import DomainError
from app.use_cases.protocol_diff import compared_documents, lines_of_diff

_DIFF: TypeAdapter[ProtocolDiff] = TypeAdapter(ProtocolDiff)
_HELP = "A document as YAML or JSON (- is stdin), or a built-in ID or ID:VERSION."


def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help=_HELP)],
    new: Annotated[str, typer.Argument(metavar="NEW", help=_HELP)],
    as_json: AsJson = False,
) -> None:
    """Compare two versions of a protocol: what was changed, and cases whose verdict differs."""
    with saying_what_is_wrong():
        found = compared_documents(_document(old), _document(new))
    if as_json:
        typer.echo(_DIFF.dump_json(found, by_alias=True, indent=2).decode())
        return
    for line in lines_of_diff(found, paint):
        typer.echo(line)


def _document(name: str) -> dict[str, Any]:
    """A file's document, or a built-in one."""
    if not is_document_file(name):
        protocol_id, _, version = name.partition(":")
        return dict(load(protocol_id, version or None).document)
    file = document_file(name)
    value = None
    try:
        value = file.value()
        make_ready(value)
    except DomainError as error:
        say_faults(file, error, value)
        raise typer.Exit(2) from error
    return value
