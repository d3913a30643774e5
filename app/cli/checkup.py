"""`doseguard doctor`: whether everything that the service rests on holds."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from typing import Annotated, Final

import typer
from pydantic import ValidationError

from app.cli.terminal import paint
from app.clock import system_clock
from app.settings import Settings
from app.store.database import BadDatabaseUrl, Database, sqlite_url
from app.use_cases.checkup import Check, Status, checkup
from app.use_cases.readable import Tone

_TONES: Final[dict[Status, Tone]] = {"ok": "good", "warn": "open", "fail": "bad"}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check the settings, the database, its guards, and that the record is what the trail tells.

    Exits with 1 where a check fails; a warning is none. Nothing is changed.
    """
    checks: list[Check] = []
    for check in _checks():
        checks.append(check)
        if not as_json:
            typer.echo(f"{paint(f'{check.status:4}', _TONES[check.status])}  {_line(check)}")
    failed = any(check.status == "fail" for check in checks)
    if as_json:
        typer.echo(json.dumps({"ok": not failed, "checks": [asdict(each) for each in checks]}))
    if failed:
        raise typer.Exit(1)


def _checks() -> Iterator[Check]:
    """Unlike other commands this one makes no folder and no file to look into."""
    try:
        settings = Settings()
        database = Database(settings.database_url or sqlite_url(settings.data_dir))
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        yield Check(name="settings", status="fail", message="; ".join(faults))
        return
    except BadDatabaseUrl as error:
        yield Check(name="settings", status="fail", message=str(error))
        return
    with closing(database):
        yield from checkup(settings, database, system_clock())


def _line(check: Check) -> str:
    return f"{check.name:12}  {' '.join(check.message.split())}"
