"""`doseguard validate` and `fmt`: protocol documents as files."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from app.cli.document_files import (
    STDIN,
    DocumentFile,
    WithOption,
    document_file,
    key_order,
    say_faults,
    usable,
)
from app.cli.terminal import saying_what_is_wrong
from app.data.document_format import json_of, json_of_value, yaml_of, yaml_of_value
from app.domain.errors import DomainError

Files = Annotated[list[str], typer.Argument(help="YAML or JSON; - is stdin.")]


def validate(files: Files) -> None:
    """Say whether protocol documents can be used, and every fault with its line and column."""
    failed = False
    for name in files:
        with saying_what_is_wrong():
            file = document_file(name)
        value = None
        try:
            value = file.value()
            ready = usable(value)
        except WithOption as error:
            say_faults(file, error, error.value)
            failed = True
        except DomainError as error:
            say_faults(file, error, value)
            failed = True
        else:
            typer.echo(f"{name}: {ready.name}, {ready.digest}")
    if failed:
        raise typer.Exit(2)


def fmt(
    files: Files,
    check: Annotated[
        bool, typer.Option("--check", help="Only name the files that are not formatted.")
    ] = False,
    to: Annotated[
        Literal["yaml", "json"] | None,
        typer.Option(help="Print the document as YAML or JSON, and leave the file as it is."),
    ] = None,
) -> None:
    """Write protocol documents in the one way: order of keys, quotes, lines. Content and comments
    stay what they are; - is read from stdin and printed.

    Exits with 1 where --check finds files that are not formatted, with 2 where one cannot be.
    """
    failed = differs = False
    for name in files:
        with saying_what_is_wrong():
            file = document_file(name)
        try:
            made = _formatted(file, to)
        except DomainError as error:
            say_faults(file, error)
            failed = True
        else:
            differs |= made != file.text
            _put(file, made, check=check, printed=to is not None or name == STDIN)
    if failed:
        raise typer.Exit(2)
    if check and differs:
        raise typer.Exit(1)


def _put(file: DocumentFile, made: str, *, check: bool, printed: bool) -> None:
    """Say, print or write what came of a file."""
    if check:
        if made != file.text:
            typer.echo(f"{file.name}: not formatted")
    elif printed:
        typer.echo(made, nl=False)
    elif made != file.text:
        Path(file.name).write_text(made, "utf-8", newline="\n")
        typer.echo(f"{file.name}: formatted")


def _formatted(file: DocumentFile, to: Literal["yaml", "json"] | None) -> str:
    value, order = file.value(), key_order()
    wanted = to or ("yaml" if file.is_yaml else "json")
    if file.is_yaml:
        return (yaml_of if wanted == "yaml" else json_of)(file.text, order)
    return (yaml_of_value if wanted == "yaml" else json_of_value)(value, order)
