"""`doseguard export`: the adverse events of a study with their verdicts, as a file."""

import shutil
import sys
from pathlib import Path
from typing import IO, Annotated

import typer

from app.api.moments import known_at
from app.cli.keys import migrated
from app.cli.terminal import saying_what_is_wrong
from app.clock import system_clock
from app.interchange.exports import ExportFormat
from app.use_cases.exports import ExportedEvents
from app.use_cases.exports import export as made


def export(
    study: Annotated[str, typer.Option(help="The study.")],
    wanted: Annotated[ExportFormat, typer.Option("--format", help="What others read.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file; else standard output.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="As it was known at an instant, or at the end of a date.")
    ] = None,
) -> None:
    """Export the adverse events of a study with their verdicts: SDTM, ADaM, Dataset-JSON, FHIR.

    Nothing is written before the export is whole.
    """
    with migrated() as database, saying_what_is_wrong(), database.reading() as connection:
        moment = known_at(connection, study, as_of)
        events = ExportedEvents(connection=connection, study=study, known_at=moment)
        file = made(events, wanted, system_clock())
    with file:
        _put(file, output)


def _put(file: IO[bytes], output: Path | None) -> None:
    """Write it to a file, or to standard output; exit with 2 where that cannot be done."""
    try:
        if output is None:
            shutil.copyfileobj(file, sys.stdout.buffer)
            sys.stdout.buffer.flush()
        else:
            with output.open("wb") as stream:
                shutil.copyfileobj(file, stream)
    except BrokenPipeError:  # who reads has enough, and the command ends without a word
        raise
    except OSError as error:
        typer.echo(f"{output or 'standard output'}: {error.strerror}.", err=True)
        raise typer.Exit(2) from error
