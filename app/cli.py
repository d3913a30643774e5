"""The commands. What cannot be done is said on stderr with the way out, and exits with 2."""

import http.client
import json
import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from fastapi import FastAPI
from pydantic import TypeAdapter, ValidationError

from app.api.bodies import adjudication_request
from app.api.errors import items_of
from app.api.openapi import describe
from app.api.serving import address_of, listen, run, running
from app.api.strict_json import NotUtf8, read_json
from app.clock import random_id, system_clock
from app.data.protocols import load, protocol_ids, versions
from app.data.samples import samples
from app.data.strict_yaml import read_yaml
from app.domain.errors import DomainError
from app.main import create_app, open_database
from app.settings import Settings
from app.store.database import Database, sqlite_url
from app.use_cases.adjudicate import ManyAnswer, OneAnswer, answer, engine_version
from app.use_cases.readable import Tone, lines_of

commands = typer.Typer(
    help="Adjudicate dose-limiting toxicities by a trial's own protocol.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # it would print a patient's data
    add_completion=False,
)

_ANSWER: TypeAdapter[OneAnswer | ManyAnswer] = TypeAdapter(OneAnswer | ManyAnswer)
_ONE_ANSWER = TypeAdapter(OneAnswer)
_COLOURS: dict[Tone, str | None] = {
    "bad": typer.colors.RED,
    "good": typer.colors.GREEN,
    "open": typer.colors.YELLOW,
    "plain": None,
    "faint": typer.colors.BRIGHT_BLACK,
}

Host = Annotated[str | None, typer.Option(help="Address to serve on (DOSEGUARD_HOST).")]
Port = Annotated[
    int | None, typer.Option(min=0, max=65535, help="Port (DOSEGUARD_PORT); 0 takes a free one.")
]


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


@commands.command()
def serve(host: Host = None, port: Port = None) -> None:
    """Serve the API. Settings come from DOSEGUARD_*."""
    settings = _settings(host=host, port=port)
    listening = _listening(settings)
    typer.echo(f"Doseguard {engine_version()} serves at {address_of(listening)}")
    if settings.auth == "on":
        typer.echo("Without keys, which a later version issues, only the open paths answer.")
    database = open_database(settings)
    try:
        run(create_app(settings, system_clock, random_id, database), listening)
    except KeyboardInterrupt:  # the server has shut down; nothing is left to say
        raise typer.Exit from None
    finally:
        database.close()


@commands.command()
def demo(
    port: Port = None,
    once: Annotated[bool, typer.Option("--once", help="Stop after the patients.")] = False,
) -> None:
    """Serve on loopback, and adjudicate sample patients that show every verdict."""
    settings = _settings(host="127.0.0.1", port=port, auth="off")
    listening = _listening(settings)
    with TemporaryDirectory() as folder, closing(Database(sqlite_url(Path(folder)))) as database:
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


@commands.command()
def adjudicate(
    file: Annotated[str, typer.Argument(help="Requests as JSON, NDJSON or YAML; - is stdin.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print what the API answers.")] = False,
    protocol: Annotated[
        str | None, typer.Option(help="Judge by this built-in id, or by this document (.yaml).")
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="Judge at this data cut.")] = None,
) -> None:
    """Adjudicate a request from a file, without a server."""
    with _saying_what_is_wrong():
        requests = list(_requests(file))
        changes: dict[str, Any] = {} if protocol is None else {"protocol": _protocol(protocol)}
        changes |= {} if as_of is None else {"as_of": as_of}
    failed = False
    for number, request in enumerate(requests, start=1):
        changed = {**request, **changes} if isinstance(request, dict) else request
        try:
            answered = answer(adjudication_request(changed))
        except DomainError as error:
            _say(error, f"request {number}: " if len(requests) > 1 else "")
            failed = True
            continue
        if as_json:
            indent = 2 if len(requests) == 1 else None
            typer.echo(_ANSWER.dump_json(answered, by_alias=True, indent=indent).decode())
        else:
            for line in lines_of(answered, paint):
                typer.echo(line)
    if failed:
        raise typer.Exit(2)


@commands.command()
def protocols() -> None:
    """List the built-in protocols, their versions and digests."""
    for protocol_id in protocol_ids():
        for version in versions(protocol_id):
            ready = load(protocol_id, version).ready
            rules = "" if ready.document.dlt is not None else " (states no DLT rules)"
            typer.echo(f"{protocol_id} version {version}: {ready.document.title}{rules}")
            typer.echo(f"  {ready.digest}")


@commands.command()
def openapi() -> None:
    """Print the OpenAPI description of a service with authentication on."""
    untouched = Database(sqlite_url(Path(os.devnull)))  # to describe a service asks nothing of it
    app = create_app(Settings(auth="on"), system_clock, random_id, untouched)
    typer.echo(json.dumps(describe(app, closed=True), indent=2, ensure_ascii=False))


def _settings(**given: str | int | None) -> Settings:
    """The settings, with what the command line gives put over the environment's."""
    chosen: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    try:
        return Settings(**chosen)
    except ValidationError as error:
        for fault in error.errors():
            name = ".".join(str(part) for part in fault["loc"])
            message = fault["msg"].removeprefix("Value error, ")
            typer.echo(f"{name}: {message}" if name else message, err=True)
        raise typer.Exit(2) from error


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


@contextmanager
def _saying_what_is_wrong() -> Iterator[None]:
    try:
        yield
    except DomainError as error:
        _say(error, "")
        raise typer.Exit(2) from error
    except OSError as error:
        typer.echo(f"{error.filename}: {error.strerror}.", err=True)
        raise typer.Exit(2) from error


def _say(error: DomainError, where: str) -> None:
    items = items_of(error)
    for item in items:
        typer.echo(f"{where}{item.pointer or '/'}: {item.message} [{item.code}]", err=True)
    if not items:
        typer.echo(f"{where}{error} [{error.code}]", err=True)


def _requests(file: str) -> Iterator[Any]:
    """The requests of a file: one, a list of them, or one a line."""
    content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    suffix = Path(file).suffix.lower()
    if suffix in {".ndjson", ".jsonl"}:
        yield from (read_json(line) for line in content.splitlines() if line.strip())
        return
    is_yaml = suffix in {".yaml", ".yml"} or (
        file == "-" and not content.lstrip().startswith((b"{", b"["))
    )
    value = read_yaml(_text(content)) if is_yaml else read_json(content)
    yield from value if isinstance(value, list) else [value]


def _protocol(name: str) -> dict[str, Any]:
    if Path(name).suffix.lower() in {".yaml", ".yml"}:
        return {"document": read_yaml(_text(Path(name).read_bytes()))}
    return {"id": name}


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotUtf8(f"The file is not UTF-8: byte {error.start} begins no character.") from error


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


def paint(text: str, tone: Tone) -> str:
    """The text in its colour, on a terminal that shows colours."""
    colour = _COLOURS[tone]
    if colour is None or not sys.stdout.isatty() or "NO_COLOR" in os.environ:
        return text
    return typer.style(text, fg=colour)
