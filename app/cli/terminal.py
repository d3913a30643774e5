"""What the commands print: verdicts in colour, and what is wrong with the way out."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from app.api.errors import items_of
from app.domain.errors import DomainError
from app.use_cases.readable import Tone

_COLOURS: dict[Tone, str | None] = {
    "bad": typer.colors.RED,
    "good": typer.colors.GREEN,
    "open": typer.colors.YELLOW,
    "plain": None,
    "faint": typer.colors.BRIGHT_BLACK,
}


@contextmanager
def saying_what_is_wrong() -> Iterator[None]:
    """Turn what the block raises on purpose into its sentence, and exit with 2."""
    try:
        yield
    except DomainError as error:
        say(error, "")
        raise typer.Exit(2) from error
    except OSError as error:
        typer.echo(f"{error.filename}: {error.strerror}.", err=True)
        raise typer.Exit(2) from error


def say(error: DomainError, where: str) -> None:
    """Every fault of an error on a line of its own."""
    items = items_of(error)
    for item in items:
        typer.echo(f"{where}{item.pointer or '/'}: {item.message} [{item.code}]", err=True)
    if not items:
        typer.echo(f"{where}{error} [{error.code}]", err=True)


def paint(text: str, tone: Tone) -> str:
    """The text in its colour, on a terminal that shows colours."""
    colour = _COLOURS[tone]
    if colour is None or not sys.stdout.isatty() or "NO_COLOR" in os.environ:
        return text
    return typer.style(text, fg=colour)


def write(content: bytes, output: Path | None = None) -> None:
    """Write to a file, or to standard output; exit with 2 where that cannot be done."""
    try:
        if output is None:
            typer.echo(content, nl=False)
        else:
            output.write_bytes(content)
    except BrokenPipeError:  # who reads has enough, and the command ends without a word
        raise
    except OSError as error:
        typer.echo(f"{output or 'standard output'}: {error.strerror}.", err=True)
        raise typer.Exit(2) from error
