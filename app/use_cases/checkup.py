"""A check-up of the service: each thing that has to hold, looked at, with the way out.

The record is read, and nothing is written. What rests on a check that failed is not looked at.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final, Literal

from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError

from app.domain.errors import DomainError
from app.domain.record.leaf import check_chain
from app.settings import Settings
from app.store.adjudications import ADJUDICATIONS, CURRENT, due_by
from app.store.audit import head_of, leaves
from app.store.database import Database
from app.store.guards import missing_guards
from app.store.inspection import (
    OLDEST_POSTGRESQL,
    changeable,
    damage,
    dangling,
    losing_settings,
    postgresql_version,
)
from app.store.migrate import current_revision, head, revisions
from app.store.protocols import ACTIVATIONS
from app.store.record_tables import VERSIONS
from app.store.tables import table_of
from app.store.types import written
from app.use_cases.keys import is_any_active
from app.use_cases.protocols import protocol
from app.use_cases.replay import differences

Status = Literal["ok", "warn", "fail"]
Found = tuple[Status, str]
_SHOWN: Final = 3
_COUNTED: Final = 1000
_PATIENCE: Final = timedelta(minutes=1)
"""How long a verdict that fell due may wait, beyond two rounds of the sweep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What was looked at, how it is, and what to do where it is not well."""

    name: str
    status: Status
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What is checked, and when."""

    settings: Settings
    database: Database
    now: datetime


def checkup(settings: Settings, database: Database, now: datetime) -> Iterator[Check]:
    """Every check, in order. Where the tables cannot be read, the record is not looked at."""
    asked = _Asked(settings=settings, database=database, now=now)
    for name, look in _FIRST:
        found = _looked(name, look, asked)
        yield found
        if found.status == "fail":
            return
    for name, read in _OF_THE_RECORD:
        yield _looked(name, _with_a_connection(read), asked)


def _looked(name: str, look: Callable[[_Asked], Found], asked: _Asked) -> Check:
    """What a look finds; not to be able to look is a failure."""
    try:
        status, message = look(asked)
    except DomainError as error:
        return Check(name=name, status="fail", message=str(error))
    except (DBAPIError, LookupError, ValueError) as error:
        kind = type(error).__name__
        way_out = "keep it as it is, and restore a backup beside it."
        message = f"What stands in the database cannot be read ({kind}): {way_out}"
        return Check(name=name, status="fail", message=message)
    return Check(name=name, status=status, message=message)


def _with_a_connection(
    read: Callable[[Connection, _Asked], Found],
) -> Callable[[_Asked], Found]:
    def look(asked: _Asked) -> Found:
        with asked.database.reading() as connection:
            return read(connection, asked)

    return look


def _settings(asked: _Asked) -> Found:
    settings = asked.settings
    if settings.auth == "off":
        return "warn", "DOSEGUARD_AUTH is off: whoever reaches the service may do everything."
    return "ok", f"authentication is on; it sweeps every {settings.sweep_seconds:g} s."


def _database(asked: _Asked) -> Found:
    database = asked.database
    place = database.url.render_as_string(hide_password=True)
    if database.is_sqlite:
        file = Path(str(database.url.database))
        if not file.is_file():  # to look for it must not make it
            return (
                "fail",
                f"there is no {place}: run `doseguard migrate`, or correct the settings.",
            )
        if file.stat().st_mode & 0o077 and file.parent.stat().st_mode & 0o077:
            way_out = f"chmod 700 {file.parent}"
            return "warn", f"{place} answers, but others on this machine may read it: {way_out}."
    with database.reading() as connection:
        connection.execute(select(1))
    return "ok", f"{place} answers."


def _schema(asked: _Asked) -> Found:
    revision = current_revision(asked.database)
    if revision == head():
        return "ok", f"the tables are at revision {revision}."
    if revision is not None and revision not in revisions():
        return "fail", f"revision {revision!r} is of a later version: run that version."
    was = "not made yet" if revision is None else f"at revision {revision}"
    return "fail", f"the tables are {was}: run `doseguard migrate`."


def _guards(connection: Connection, _: _Asked) -> Found:
    missing = missing_guards(connection)
    if not missing:
        return "ok", "every append-only table refuses changes."
    return "fail", (
        f"{_some(missing)} missing or off: find out who took them off, compare the record with a "
        "backup, and migrate a copy of it."
    )


def _durability(connection: Connection, asked: _Asked) -> Found:
    losing = losing_settings(connection)
    if losing:
        return (
            "fail",
            f"with {_some(losing)} commits can be lost: correct the database's settings.",
        )
    if asked.database.is_sqlite:
        broken = damage(connection)
        if broken is None:
            return "ok", "write-ahead log, full synchronous; the file is whole."
        return "fail", f"the file is damaged ({broken}): restore a backup beside it."
    version = postgresql_version(connection)
    if version < OLDEST_POSTGRESQL:
        return "fail", f"PostgreSQL {version} is too old: take {OLDEST_POSTGRESQL} or newer."
    return "ok", f"PostgreSQL {version} keeps what it commits."


def _rights(connection: Connection, asked: _Asked) -> Found:
    if asked.database.is_sqlite:
        return "ok", "SQLite has no roles: whoever may write the file may change it."
    mighty = changeable(connection)
    if not mighty:
        return "ok", "the role can append, and change nothing that was appended."
    return "warn", (
        f"this role owns or may change {_some(mighty)}: let the service run as another, made by "
        "`doseguard migrate --app-role`."
    )


def _keys(connection: Connection, asked: _Asked) -> Found:
    if is_any_active(connection, asked.now) or asked.settings.auth == "off":
        return "ok", "somebody can use the service."
    return "warn", "no key works: make one with `doseguard api-key create`."


def _trail(connection: Connection, _: _Asked) -> Found:
    broken = check_chain(leaves(connection))
    if broken is None:
        return "ok", f"the chain of {head_of(connection).seq} events is whole."
    return "fail", (
        f"event {broken.seq}: {broken.reason}. The trail was changed: stop the service, keep the "
        "database as it is, and compare it with a backup."
    )


def _replay(connection: Connection, _: _Asked) -> Found:
    found = list(islice(differences(connection), _SHOWN + 1))
    if not found:
        return "ok", "replaying the trail gives the tables."
    told = _some([each.text for each in found], "; ")
    return "fail", (
        f"{told}. Trail and tables contradict each other: stop the service, and compare both with "
        "a backup."
    )


def _pointers(connection: Connection, _: _Asked) -> Found:
    found = [
        f"{each.table} ({each.row}) names {each.names}, which is not there"
        for each in islice(dangling(connection, limit=_SHOWN), _SHOWN + 1)
    ]
    found += islice(_lost_inputs(connection), _SHOWN + 1)
    found += islice(_lost_protocols(connection), _SHOWN + 1)
    if not found:
        return "ok", "whatever is named is there."
    return "fail", f"{_some(found, '; ')}. Compare the record with a backup."


def _lost_inputs(connection: Connection) -> Iterator[str]:
    """Current adjudications that rest on a version which is not there, or is another."""
    query = select(ADJUDICATIONS.c.id, ADJUDICATIONS.c.study, ADJUDICATIONS.c.inputs).select_from(
        CURRENT.join(ADJUDICATIONS, ADJUDICATIONS.c.id == CURRENT.c.adjudication)
    )
    for row in connection.execute(query).all():
        for kind, named in json.loads(row.inputs)["records"].items():
            versions = table_of(VERSIONS[kind])
            for each in named:
                found = connection.execute(
                    select(versions.c.digest).where(
                        versions.c.study == row.study,
                        versions.c.key == each["key"],
                        versions.c.version == each["version"],
                    )
                ).scalar()
                if found != each["digest"]:
                    what = f"{kind} {each['key']} version {each['version']}"
                    yield f"adjudication {row.id} rests on {what}, which is not there"


def _lost_protocols(connection: Connection) -> Iterator[str]:
    """Activations of protocol versions that are not there, or are not what they were."""
    columns = (ACTIVATIONS.c.protocol, ACTIVATIONS.c.version, ACTIVATIONS.c.digest)
    for name, version, digest in connection.execute(select(*columns).distinct()).all():
        try:
            ready = protocol(connection, name, version).ready
        except DomainError as error:
            yield str(error)
            continue
        if ready.digest != digest:
            yield f"protocol {name} version {version} is not the one that was activated"


def _sweep(connection: Connection, asked: _Asked) -> Found:
    since = asked.now - _PATIENCE - 2 * timedelta(seconds=asked.settings.sweep_seconds)
    overdue = len(due_by(connection, since, limit=_COUNTED))
    if not overdue:
        return "ok", "no patient's verdicts are overdue."
    count = f"{_COUNTED} or more" if overdue == _COUNTED else str(overdue)
    return "warn", (
        f"the verdicts of {count} patients are overdue, which time alone changes: start the "
        "service, which sweeps them, and look why it did not."
    )


def _clock(connection: Connection, asked: _Asked) -> Found:
    last = head_of(connection).recorded_at
    if last is None or last <= asked.now:
        return "ok", f"it is {written(asked.now)}, not before the last event."
    return "fail", (
        f"it is {written(asked.now)}, and the last event was recorded at {written(last)}: set the "
        "clock of the machine that is wrong."
    )


def _some(found: list[str] | tuple[str, ...], between: str = ", ") -> str:
    """The first few, and that there are more."""
    told = between.join(found[:_SHOWN])
    return f"{told}{between}and others" if len(found) > _SHOWN else told


_FIRST: Final[tuple[tuple[str, Callable[[_Asked], Found]], ...]] = (
    ("settings", _settings),
    ("database", _database),
    ("tables", _schema),
)
_OF_THE_RECORD: Final[tuple[tuple[str, Callable[[Connection, _Asked], Found]], ...]] = (
    ("guards", _guards),
    ("durability", _durability),
    ("rights", _rights),
    ("keys", _keys),
    ("audit trail", _trail),
    ("replay", _replay),
    ("pointers", _pointers),
    ("sweep", _sweep),
    ("clock", _clock),
)
