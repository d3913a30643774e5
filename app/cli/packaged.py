"""`doseguard protocols`, `schema` and `openapi`: what is in the package."""

import json
import os
from pathlib import Path

import typer

from app.api.openapi import describe
from app.clock import random_id, system_clock
from app.data.protocols import load, protocol_ids, versions
from app.main import create_app
from app.settings import Settings
from app.store.database import Database, sqlite_url
from app.use_cases.protocol_schemas import schema_text


def protocols() -> None:
    """List the built-in protocols, their versions and digests."""
    for protocol_id in protocol_ids():
        for version in versions(protocol_id):
            ready = load(protocol_id, version).ready
            rules = "" if ready.document.dlt is not None else " (states no DLT rules)"
            typer.echo(f"{protocol_id} version {version}: {ready.document.title}{rules}")
            typer.echo(f"  {ready.digest}")


def schema() -> None:
    """Print the JSON Schema of protocol documents, for editors."""
    typer.echo(schema_text(), nl=False)


def openapi() -> None:
    """Print the OpenAPI description of a service with authentication on."""
    untouched = Database(sqlite_url(Path(os.devnull)))  # to describe a service asks nothing of it
    app = create_app(Settings(auth="on"), system_clock, random_id, untouched)
    typer.echo(json.dumps(describe(app, closed=True), indent=2, ensure_ascii=False))
