"""`doseguard lint`: what a protocol document says without effect, or against itself."""

from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter

from app.cli.keys import AsJson
from app.cli.reading import value_in
from app.cli.terminal import paint, say
from app.data import protocols
from app.domain.errors import BadProtocol, DomainError, Fault
from app.domain.lint.finding import LintReport
from app.domain.lint.lint import lint as linted
from app.use_cases.lint import lines_of_lint, linted_document

_FILES = frozenset({".yaml", ".yml", ".json"})
_REPORTS: TypeAdapter[list[LintReport]] = TypeAdapter(list[LintReport])


def lint(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE|ID…", help="Documents as YAML or JSON (- is stdin), or built-in ids."
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Find what protocol documents say without effect or against themselves.

    Exits with 0 where there is nothing but notes, with 1 after an error or a warning, and with 2
    where a file cannot be read.
    """
    found = [_report(name, several=len(names) > 1) for name in names]
    reports = [each for each in found if each is not None]
    if as_json:
        typer.echo(_REPORTS.dump_json(reports, by_alias=True, indent=2).decode())
    else:
        for name, report in zip(names, found, strict=True):
            for line in () if report is None else lines_of_lint(report, name, paint):
                typer.echo(line)
    if len(reports) < len(names):
        raise typer.Exit(2)
    if not all(each.clean for each in reports):
        raise typer.Exit(1)


def _report(name: str, *, several: bool) -> LintReport | None:
    """What is found in one of them; None where it cannot be read, which is said."""
    try:
        return _linted(name)
    except DomainError as error:
        say(error, f"{name}: " if several else "")
    except OSError as error:
        typer.echo(f"{error.filename}: {error.strerror}.", err=True)
    return None


def _linted(name: str) -> LintReport:
    if name != "-" and Path(name).suffix.lower() not in _FILES:
        known = protocols.load(name)
        return linted(known.ready, known.document)
    document: Any = value_in(name)
    if not isinstance(document, dict):
        fault = Fault(pointer="", message="a protocol document is an object", code="not_an_object")
        raise BadProtocol(name, (fault,))
    return linted_document(document)
