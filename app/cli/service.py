"""`doseguard serve`: the service on a socket."""

import socket
from typing import Annotated

import typer

from app.api.serving import address_of, listen, run
from app.cli.keys import FIRST_KEY
from app.cli.record import migrate_if_new, opened, place_of, settings_with
from app.clock import random_id, system_clock
from app.main import create_app
from app.settings import Settings
from app.store.database import Database
from app.use_cases.adjudicate import engine_version
from app.use_cases.keys import is_any_active

Host = Annotated[str | None, typer.Option(help="Address to serve on (DOSEGUARD_HOST).")]
Port = Annotated[
    int | None, typer.Option(min=0, max=65535, help="Port (DOSEGUARD_PORT); 0 takes a free one.")
]


def serve(host: Host = None, port: Port = None) -> None:
    """Serve the API. Settings come from DOSEGUARD_*."""
    settings = settings_with(host=host, port=port)
    with listening(settings) as at, opened(settings) as database:
        is_new = migrate_if_new(database)
        typer.echo(f"Doseguard {engine_version()} serves at {address_of(at)}")
        if is_new:
            typer.echo(f"The record is new: {place_of(database)}")
        if settings.auth == "on" and not _has_keys(database):
            typer.echo(
                "No key works yet, so only the open paths answer. Make one with the same "
                f"settings: {FIRST_KEY}"
            )
        try:
            run(create_app(settings, system_clock, random_id, database), at)
        except KeyboardInterrupt:  # the server has shut down; nothing is left to say
            raise typer.Exit from None


def _has_keys(database: Database) -> bool:
    with database.reading() as connection:
        return is_any_active(connection, system_clock())


def listening(settings: Settings) -> socket.socket:
    """A socket at the address of the settings; where there is none, says why and exits."""
    try:
        return listen(settings.host, settings.port)
    except OSError as error:
        # After the system's words the socket repeats the address.
        reason = (error.strerror or str(error)).partition(" (while")[0]
        place = f"{settings.host}:{settings.port}"
        typer.echo(f"{place}: {reason}; --port 0 takes a free port.", err=True)
        raise typer.Exit(2) from error
