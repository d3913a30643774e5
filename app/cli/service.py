"""`doseguard serve` and `doseguard demo`: the service on a socket."""

import http.client
import json
import socket
import threading
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from fastapi import FastAPI
from pydantic import TypeAdapter

from app.api.serving import address_of, listen, run, running
from app.cli.keys import FIRST_KEY
from app.cli.record import migrate_if_new, opened, place_of, settings_with
from app.cli.terminal import paint
from app.clock import random_id, system_clock
from app.data.samples import samples
from app.main import create_app
from app.settings import Settings
from app.store.database import Database, sqlite_url
from app.store.migrate import upgrade
from app.use_cases.adjudicate import OneAnswer, engine_version
from app.use_cases.keys import is_any_active
from app.use_cases.readable import lines_of

_ONE_ANSWER = TypeAdapter(OneAnswer)

Host = Annotated[str | None, typer.Option(help="Address to serve on (DOSEGUARD_HOST).")]
Port = Annotated[
    int | None, typer.Option(min=0, max=65535, help="Port (DOSEGUARD_PORT); 0 takes a free one.")
]


def serve(host: Host = None, port: Port = None) -> None:
    """Serve the API. Settings come from DOSEGUARD_*."""
    settings = settings_with(host=host, port=port)
    with _listening(settings) as listening, opened(settings) as database:
        is_new = migrate_if_new(database)
        typer.echo(f"Doseguard {engine_version()} serves at {address_of(listening)}")
        if is_new:
            typer.echo(f"The record is new: {place_of(database)}")
        if settings.auth == "on" and not _has_keys(database):
            typer.echo(
                "No key works yet, so only the open paths answer. Make one with the same "
                f"settings: {FIRST_KEY}"
            )
        try:
            run(create_app(settings, system_clock, random_id, database), listening)
        except KeyboardInterrupt:  # the server has shut down; nothing is left to say
            raise typer.Exit from None


def _has_keys(database: Database) -> bool:
    with database.reading() as connection:
        return is_any_active(connection, system_clock())


def demo(
    port: Port = None,
    once: Annotated[bool, typer.Option("--once", help="Stop after the patients.")] = False,
) -> None:
    """Serve on loopback, and adjudicate sample patients that show every verdict."""
    settings = settings_with(host="127.0.0.1", port=port, auth="off")
    with (
        _listening(settings) as listening,
        TemporaryDirectory() as folder,
        closing(Database(sqlite_url(Path(folder)))) as database,
    ):
        upgrade(database)
        _demonstrate(create_app(settings, system_clock, random_id, database), listening, once)


def _demonstrate(app: FastAPI, listening: socket.socket, once: bool) -> None:
    address = address_of(listening)
    with running(app, listening):
        for sample in samples():
            typer.echo(f"\n{paint(sample.title.upper(), 'faint')}")
            for line in lines_of(_asked(address, sample.request), paint):
                typer.echo(line)
        typer.echo(f"\nServing at {address}: pages to try it on at {address}/docs")
        if not once:
            typer.echo("Stop with Ctrl-C.")
            try:
                wait_for_interrupt()
            except KeyboardInterrupt:
                typer.echo("\nStopped.")


def _listening(settings: Settings) -> socket.socket:
    """A socket at the address of the settings; where there is none, says why and exits."""
    try:
        return listen(settings.host, settings.port)
    except OSError as error:
        # After the system's words the socket repeats the address.
        reason = (error.strerror or str(error)).partition(" (while")[0]
        place = f"{settings.host}:{settings.port}"
        typer.echo(f"{place}: {reason}; --port 0 takes a free port.", err=True)
        raise typer.Exit(2) from error


def _asked(address: str, request: dict[str, Any]) -> OneAnswer:
    """What the service at the address answers; says what is wrong, and exits, if it does not."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    try:
        headers = {"Content-Type": "application/json"}
        connection.request("POST", "/v1/adjudicate", json.dumps(request), headers)
        response = connection.getresponse()
        content = response.read()
    finally:
        connection.close()
    if response.status != http.client.OK:
        typer.echo(f"The service answers {response.status}: {content.decode()}", err=True)
        raise typer.Exit(1)
    return _ONE_ANSWER.validate_json(content)


def wait_for_interrupt() -> None:
    """Wait until KeyboardInterrupt is raised."""
    threading.Event().wait()
