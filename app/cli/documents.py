"""`doseguard validate`: protocol documents as files."""

from typing import Annotated

import typer

from app.cli.document_files import WithOption, document_file, say_faults, usable
from app.cli.terminal import saying_what_is_wrong
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
