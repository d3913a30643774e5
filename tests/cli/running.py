"""Runs a command in this process."""

from typer.testing import CliRunner, Result

from app.cli import commands


def doseguard(*arguments: str, stdin: str | bytes | None = None) -> Result:
    """What the command prints, and with which status it exits."""
    return CliRunner().invoke(commands, list(arguments), input=stdin)
