"""Every adjudication of the record, or those asked for, judged again by the present engine.

A page of them is read in a transaction of its own, which is over before anybody looks at them: a
server beside it goes on, and memory holds a page.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from sqlalchemy import Connection

from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.errors import DomainError
from app.domain.record.kinds import Kind
from app.store.adjudications import Adjudications, StoredAdjudication, Wanted, judged_studies
from app.store.database import Database
from app.store.named_versions import named_versions
from app.use_cases.answering import judge
from app.use_cases.errors import UnknownStudy
from app.use_cases.protocols import ready_version
from app.use_cases.recompute import (
    DEFECTS,
    Engine,
    Known,
    NotRecomputable,
    Recomputed,
    inputs_of,
    recomputed,
)
from app.use_cases.snapshot import Snapshot

_AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which adjudications are to be judged again."""

    study: str | None = None
    """Of this study alone."""
    since: datetime | None = None
    """Made at this instant or later; of those that stand, that have stood since then or later."""
    current: bool = False
    """Only those that stand, of patients who count."""
    limit: int | None = None
    """So many at most: the first by study and by their place in the audit trail."""

    @property
    def wanted(self) -> Wanted:
        """The same, as the store asks."""
        before = None if self.since is None else self.since - timedelta(microseconds=1)
        return Wanted(current=self.current, changed_since=before)


def how_many(database: Database, asked: Asked) -> int:
    """How many adjudications are asked for. Raises UnknownStudy."""
    with database.reading() as connection:
        number = sum(
            Adjudications(connection=connection, study=study).count(asked.wanted)
            for study in _studies(connection, asked)
        )
    return number if asked.limit is None else min(number, asked.limit)


def recompute(database: Database, asked: Asked, engine: Engine = judge) -> Iterator[Recomputed]:
    """Each adjudication that is asked for, by study and in the order of the audit trail.

    Those that are made meanwhile are among them. Raises UnknownStudy.
    """
    with database.reading() as connection:
        studies = _studies(connection, asked)
    protocols = _Protocols()
    pages = (page for each in studies for page in _pages(database, each, asked, protocols))
    found = (recomputed(kept, known, engine) for page, known in pages for kept in page)
    yield from islice(found, asked.limit)


def _studies(connection: Connection, asked: Asked) -> list[str]:
    judged = judged_studies(connection)
    if asked.study is None:
        return judged
    record = Snapshot(connection=connection, study=asked.study).study_record
    if record is None and asked.study not in judged:
        raise UnknownStudy(asked.study)
    return [asked.study]


def _pages(
    database: Database, study: str, asked: Asked, protocols: "_Protocols"
) -> Iterator[tuple[Sequence[StoredAdjudication], Known]]:
    """Some adjudications of a study at once, with all that they name."""
    page: list[StoredAdjudication] = []
    while True:
        after = page[-1].seq if page else 0
        with database.reading() as connection:
            store = Adjudications(connection=connection, study=study)
            page = store.page(asked.wanted, after=after, limit=_AT_ONCE)
            known = _known(connection, study, page, protocols)
        if not page:
            return
        yield page, known


def _known(
    connection: Connection,
    study: str,
    page: Sequence[StoredAdjudication],
    protocols: "_Protocols",
) -> Known:
    names: dict[Kind, set[tuple[str, int]]] = {}
    for kept in page:
        try:
            inputs = inputs_of(kept)
        except NotRecomputable:  # is told when it is recomputed
            continue
        protocols.look_up(connection, inputs.protocol.id, inputs.protocol.version)
        for kind, key, version in inputs.names:
            names.setdefault(kind, set()).add((key, version))
    versions = {
        (kind, *name): stored
        for kind, wanted in names.items()
        for name, stored in named_versions(connection, kind, study, wanted).items()
    }
    return Known(versions=versions, protocol=protocols.ready)


@dataclass(frozen=True, slots=True)
class _Protocols:
    """Protocol versions, each made ready once; of one that cannot be, why."""

    found: dict[tuple[str, str], ReadyProtocol | Exception] = field(default_factory=dict)

    def look_up(self, connection: Connection, protocol: str, version: str) -> None:
        if (protocol, version) in self.found:
            return
        try:
            self.found[protocol, version] = ready_version(connection, protocol, version)
        except DomainError as error:
            self.found[protocol, version] = error
        except DEFECTS:
            message = f"protocol {protocol} version {version} cannot be read any more."
            self.found[protocol, version] = NotRecomputable("protocol_not_read", message)

    def ready(self, protocol: str, version: str) -> ReadyProtocol:
        """Raises what kept it from being made ready."""
        found = self.found[protocol, version]
        if isinstance(found, Exception):
            raise found
        return found
