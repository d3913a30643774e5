"""The record that the commands work on, and `doseguard migrate`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from app.cli.terminal import saying_what_is_wrong
from app.main import open_database
from app.settings import Settings
from app.store.database import Database, NotMigrated, file_named_by, sqlite_file
from app.store.migrate import current_revision, has_tables, head, is_at_head, upgrade


def migrate(
    app_role: Annotated[
        str | None,
        typer.Option(help="PostgreSQL: let this role do what the service does, nothing else."),
    ] = None,
) -> None:
    """Bring the database to the tables of this version; makes them in a new one."""
    with opened(settings_with()) as database:
        before = current_revision(database)
        upgrade(database, app_role)
        place = place_of(database)
        if before == head():
            typer.echo(f"{place} is at revision {before} already.")
        else:
            was = "new" if before is None else f"at {before}"
            typer.echo(f"{place} is at revision {head()}; it was {was}.")
        if app_role is not None:
            typer.echo(f"Role {app_role} may read it, append to it, and move its pointers.")


def settings_with(**given: str | int | None) -> Settings:
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


def settings_at(data_dir: Path) -> Settings:
    """The settings, with the record that a folder holds; exits with 2 where it holds none."""
    settings = settings_with(data_dir=str(data_dir))
    file = sqlite_file(data_dir)
    if not file.is_file():  # to look for it must not make it
        typer.echo(f"{file} is not there: name the folder that holds the record.", err=True)
        raise typer.Exit(2)
    return settings.model_copy(update={"database_url": None})


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """The database of the settings as long as the block runs; what is wrong is said, and exits."""
    with saying_what_is_wrong():
        database = open_database(settings)
        try:
            yield database
        finally:
            database.close()


@contextmanager
def opened_if_there() -> Iterator[Database | None]:
    """The record of the settings in the tables of this version; None where there is none yet,
    which to look for does not make.
    """
    settings = settings_with()
    file: Path | None = sqlite_file(settings.data_dir)
    if settings.database_url is not None:
        with saying_what_is_wrong():
            file = file_named_by(settings.database_url)
    if file is not None and not file.is_file():
        yield None
        return
    with opened(settings) as database:
        if has_tables(database):
            require_migrated(database)
            yield database
        else:
            yield None


def place_of(database: Database) -> str:
    """Where the record is, without a password."""
    return database.url.render_as_string(hide_password=True)


def require_migrated(database: Database) -> None:
    """Raises NotMigrated, DatabaseUnavailable."""
    if not is_at_head(database):
        raise NotMigrated


def migrate_if_new(database: Database) -> bool:
    """Make the tables in an SQLite database that has none, and tell whether that was done.

    Nobody has to prepare the database that comes without settings; of one that holds something,
    or that others may use, somebody has to decide. Raises NotMigrated, DatabaseUnavailable.
    """
    if database.is_sqlite and not has_tables(database):
        upgrade(database)
        return True
    require_migrated(database)
    return False
