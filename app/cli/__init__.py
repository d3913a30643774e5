"""The commands. What cannot be done is said on stderr with the way out, and exits with 2."""

from typing import Annotated

import typer

from app.cli import demo, designs, dictionaries, keys
from app.cli.checkup import doctor
from app.cli.diff import diff
from app.cli.documents import fmt, validate
from app.cli.exports import export
from app.cli.imports import import_file
from app.cli.lint import lint
from app.cli.packaged import openapi, protocols, schema
from app.cli.readjudications import readjudicate
from app.cli.recompute import replay
from app.cli.record import migrate
from app.cli.requests import adjudicate
from app.cli.service import serve
from app.cli.texts import text
from app.cli.worker import worker
from app.use_cases.adjudicate import engine_version

commands = typer.Typer(
    help="Adjudicate dose-limiting toxicities by a trial's own protocol.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # it would print a patient's data
    add_completion=False,
)
for command in (
    serve,
    worker,
    demo.demo,
    adjudicate,
    protocols,
    text,
    validate,
    fmt,
    lint,
    diff,
    schema,
    openapi,
    migrate,
    readjudicate,
    export,
    replay,
    doctor,
):
    commands.command()(command)
commands.command("import")(import_file)
commands.add_typer(keys.commands, name="api-key")
commands.add_typer(dictionaries.commands, name="dictionary")
commands.add_typer(designs.commands, name="design")


def main() -> None:
    """Run the command that the arguments name."""
    commands()


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"doseguard {engine_version()}")
        raise typer.Exit


@commands.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    """Adjudicate dose-limiting toxicities by a trial's own protocol."""
