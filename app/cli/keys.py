"""`doseguard api-key`: the only way to make a key, list them, and revoke one."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from pydantic import StringConstraints, TypeAdapter, ValidationError

from app.api.keyring import KEPT_SECONDS
from app.cli.record import opened, require_migrated, settings_at, settings_with
from app.clock import random_id, system_clock
from app.domain.case import Name
from app.domain.record.origin import OPERATOR, Role
from app.store.database import Database
from app.store.keys import StoredKey, every_key
from app.store.types import written
from app.store.writer import Writer
from app.use_cases.keys import NewKey, create_key, revoke_key

commands = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)

FIRST_KEY: Final = "doseguard api-key create --role admin --all-studies --name NAME"
_NAME: TypeAdapter[str] = TypeAdapter(Name)
_REASON: TypeAdapter[str] = TypeAdapter(
    Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=r"^[^\x00]*$")]
)


def _checked(adapter: TypeAdapter[str]) -> Callable[[str], str]:
    """Refuses text that the record does not take."""

    def check(text: str) -> str:
        try:
            return adapter.validate_python(text.strip())
        except ValidationError as error:
            raise typer.BadParameter(error.errors()[0]["msg"]) from error

    return check


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no date: write one such as 2027-06-30") from error
    if day == date.max:
        raise typer.BadParameter("there is no day after it: leave it out for a key without end")
    return day


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@commands.command()
def create(
    role: Annotated[Role, typer.Option(help="What the key may do.")],
    name: Annotated[str, typer.Option(callback=_checked(_NAME), help="Who has it, and what for.")],
    study: Annotated[str | None, typer.Option(help="The only study that it opens.")] = None,
    all_studies: Annotated[bool, typer.Option("--all-studies", help="It opens all.")] = False,
    person: Annotated[
        bool, typer.Option("--person", help="One person has it, who gives reasons.")
    ] = False,
    expires: Annotated[
        date | None, typer.Option(parser=_day, help="The last day on which it works, in UTC.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key, and print its token: this once."""
    if (study is None) != all_studies:
        raise typer.BadParameter("write either --study STUDY or --all-studies")
    new = NewKey(name=name, role=role, study=study, person=person, expires_at=_end_of(expires))
    with migrated() as database, writer_of(database) as writer:
        issued = writer.run(lambda unit: create_key(unit, OPERATOR, new))
    receipt = {"seq": issued.audit.seq, "leaf_hash": issued.audit.leaf_hash}
    if as_json:
        shown = {"token": issued.token, **_facts(issued.key), "audit": receipt}
        typer.echo(json.dumps(shown))
    else:
        typer.echo(issued.token)
    opens = "all studies" if study is None else f"study {study}"
    typer.echo(
        f"Key {issued.key.id} of role {role} opens {opens}. Keep the token: only its digest is "
        "stored, and nobody can tell it again.",
        err=True,
    )


@commands.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """List the keys, also those that have ended; tokens are not known."""
    with migrated() as database, database.reading() as connection:
        found = every_key(connection)
    if as_json:
        typer.echo(json.dumps([_facts(key) for key in found]))
        return
    for key in found:
        typer.echo(_line(key))
    if not found:
        typer.echo(f"There is no key yet: {FIRST_KEY}", err=True)


@commands.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The id, not the token.")],
    reason: Annotated[str, typer.Option(callback=_checked(_REASON), help="Why it ends.")],
) -> None:
    """End a key for good."""
    with migrated() as database, writer_of(database) as writer:
        writer.run(lambda unit: revoke_key(unit, OPERATOR, key_id, reason))
    typer.echo(
        f"Key {key_id} is revoked. A service that used it just now lets it in for "
        f"{KEPT_SECONDS} seconds more at most."
    )


@contextmanager
def migrated(data_dir: Path | None = None) -> Iterator[Database]:
    """The record of the settings, in the tables of this version, or the one in a folder."""
    with opened(settings_with() if data_dir is None else settings_at(data_dir)) as database:
        require_migrated(database)
        yield database


@contextmanager
def writer_of(database: Database) -> Iterator[Writer]:
    """A writer of the record, as long as the block runs."""
    writer = Writer(database, system_clock, random_id)
    try:
        yield writer
    finally:
        writer.close()


def _end_of(day: date | None) -> datetime | None:
    """The first instant after a day, in UTC."""
    if day is None:
        return None
    end = datetime.combine(day + timedelta(days=1), time.min, tzinfo=UTC)
    if end <= system_clock():
        raise typer.BadParameter(f"{day} has passed: write the last day on which it is to work")
    return end


def _facts(key: StoredKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "role": key.role,
        "study": key.study,
        "person": key.person,
        "state": key.state(system_clock()),
        "created_at": written(key.recorded_at),
        "expires_at": None if key.expires_at is None else written(key.expires_at),
        "revoked_at": None if key.revoked_at is None else written(key.revoked_at),
        "revocation_reason": key.revocation_reason,
    }


def _line(key: StoredKey) -> str:
    opens = "all studies" if key.study is None else f"study {key.study}"
    whose = "a person's" if key.person else "a machine's"
    until = "" if key.expires_at is None else f", until {written(key.expires_at)}"
    why = "" if key.revocation_reason is None else f" ({key.revocation_reason})"
    state = key.state(system_clock())
    return f"{key.id}  {state}{why}  {key.role}, {opens}, {whose}{until}  {key.name}"
