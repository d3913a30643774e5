"""`doseguard lint`: what a protocol document says without effect, or against itself."""

from collections.abc import Callable
from typing import Annotated

import typer
from pydantic import TypeAdapter

from app.cli.document_files import document_file, is_document_file, say_faults
from app.cli.keys import AsJson
from app.cli.terminal import paint, say
from app.data import protocols
from app.domain.errors import DomainError
from app.domain.lint.finding import LintReport
from app.domain.lint.lint import lint as linted
from app.use_cases.lint import lines_of_lint, linted_document

_REPORTS: TypeAdapter[list[LintReport]] = TypeAdapter(list[LintReport])
Placed = Callable[[str], str]


def lint(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE|ID…",
            help="Documents as YAML or JSON (- is stdin), or built-in IDs or ID:VERSIONs.",
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Find what protocol documents say without effect or against themselves.

    Exits with 0 where there is nothing but notes, with 1 after an error or a warning, and with 2
    where a file cannot be read.
    """
    found = [_report(name, several=len(names) > 1) for name in names]
    reports = [each[0] for each in found if each is not None]
    if as_json:
        typer.echo(_REPORTS.dump_json(reports, by_alias=True, indent=2).decode())
    else:
        for name, each in zip(names, found, strict=True):
            for line in () if each is None else lines_of_lint(each[0], name, paint, each[1]):
                typer.echo(line)
    if len(reports) < len(names):
        raise typer.Exit(2)
    if not all(each.clean for each in reports):
        raise typer.Exit(1)


def _report(name: str, *, several: bool) -> tuple[LintReport, Placed] | None:
    """What is found in one of them, and how its places are told.

    None where it cannot be read, which is said.
    """
    try:
        if is_document_file(name):
            return _of_file(name)
        protocol_id, _, version = name.partition(":")
        known = protocols.load(protocol_id, version or None)
        return linted(known.ready, known.document), lambda pointer: pointer
    except DomainError as error:
        say(error, f"{name}: " if several else "")
    except OSError as error:
        typer.echo(f"{error.filename}: {error.strerror}.", err=True)
    return None


def _of_file(name: str) -> tuple[LintReport, Placed] | None:
    file = document_file(name)
    try:
        value = file.value()
    except DomainError as error:
        say_faults(file, error)
        return None
    positions = file.positions()

    def placed(pointer: str) -> str:
        line, column = positions.of(pointer)
        return f"{file.name}:{line}:{column} {pointer}"

    return linted_document(value), placed
