"""Records in versions: what was sent, in the order in which it came, and which version holds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal, TypeVar

from sqlalchemy import Connection, Row, and_, func, select

from app.domain.record.kinds import Kind
from app.store import statements
from app.store.buffer import buffer_of, insert_row
from app.store.listed import as_list
from app.store.statements import tables, version_columns

Ordered = TypeVar("Ordered", int, datetime)
Result = Literal["created", "updated", "stale", "voided", "restored"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One version of a record, as it stands in its table.

    `document`, `source` and `findings` are canonical JSON. `recorded_at` is when the service
    stored it, `seq` its audit event.
    """

    study: str
    key: str
    version: int
    subject: str | None
    result: Result
    applied: bool
    schema_number: int
    document: str
    digest: str
    sequence: int | None
    source: str | None
    findings: str
    recorded_at: datetime
    seq: int

    @property
    def voided(self) -> bool:
        """Whether this version says that the record no longer counts."""
        return self.result == "voided"

    @property
    def etag(self) -> str:
        """The strong entity tag of this version."""
        return f'"{self.version}.{self.digest[7:23]}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What holds of a record: its current version, and how far its history goes."""

    stored: Stored
    latest: int
    """The number of the last version, applied or not."""
    sequence: int | None
    """The highest sequence of the source that was applied, or found to hold already."""
    source_time: datetime | None
    """The latest time at which the source wrote such a message."""


_COLUMNS: Final = statements.COLUMNS


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The records of one kind in one study."""

    connection: Connection
    kind: Kind
    study: str

    def holding(self, key: str) -> Holding | None:
        """What holds now of a record, also of one that is voided; None where there is none."""
        at, known = (self.kind, self.study, key), self._known()
        if at not in known:
            given = {"study": self.study, "key": key}
            row = self.connection.execute(statements.holding(self.kind), given).first()
            known[at] = None if row is None else _holding(row)
        return known[at]

    def look_ahead(self, keys: Iterable[str]) -> None:
        """Read at once what holds of records that a unit is going to ask for one by one."""
        buffer = buffer_of(self.connection)
        if buffer is None:
            return
        wanted = sorted({key for key in keys if (self.kind, self.study, key) not in buffer.known})
        found = {row.key: _holding(row) for row in self._among(wanted)} if wanted else {}
        buffer.known |= {(self.kind, self.study, key): found.get(key) for key in wanted}

    def currents(self, keys: Sequence[str]) -> dict[str, Stored]:
        """The current versions of some records, by key; none of those that are not there."""
        return {each.key: each for each in map(_stored, self._among(keys))}

    def _among(self, keys: Sequence[str]) -> Sequence[Row[Any]]:
        given = {"study": self.study, "listed": as_list(keys)}
        query = statements.holdings(self.kind, self.connection.dialect.name)
        return self.connection.execute(query, given).all()

    def _known(self) -> dict[tuple[Kind, str, str], Holding | None]:
        """What is known within the unit, to be read and written; else nothing, each time."""
        buffer = buffer_of(self.connection)
        return {} if buffer is None else buffer.known

    def _now_holds(self, holding: Holding) -> None:
        self._known()[self.kind, self.study, holding.stored.key] = holding

    def page(
        self,
        *,
        after: str | None,
        limit: int,
        subject: str | None = None,
        voided: bool | None = None,
    ) -> list[Stored]:
        """Current versions by key, from beyond `after`."""
        _, pointers = tables(self.kind)
        query = statements.currents(self.kind).where(pointers.c.study == self.study)
        if after is not None:
            query = query.where(pointers.c.key > after)
        if subject is not None:
            query = query.where(pointers.c.subject == subject)
        if voided is not None:
            query = query.where(pointers.c.voided.is_(voided))
        query = query.order_by(pointers.c.key).limit(limit)
        return [_stored(row) for row in self.connection.execute(query)]

    def at(self, key: str, known_at: datetime) -> Stored | None:
        """The version that held at an instant."""
        found = self._held_at(known_at, versions_key=key)
        return found[0] if found else None

    def of_subject_at(self, subject: str, known_at: datetime) -> list[Stored]:
        """What held at an instant of a patient's records that counted, by key."""
        versions, _ = tables(self.kind)
        ever = (
            select(versions.c.key)
            .where(versions.c.study == self.study, versions.c.subject == subject)
            .distinct()
        )
        found = self._held_at(known_at, among=ever)
        counting = [each for each in found if each.subject == subject and not each.voided]
        return sorted(counting, key=lambda each: each.key)  # whatever the database sorts by

    def page_at(
        self, known_at: datetime, *, after: str | None, limit: int, subject: str | None = None
    ) -> list[Stored]:
        """Versions that held at an instant, by key, from beyond `after`."""
        return self._held_at(known_at, after=after, limit=limit, subject=subject)

    def counting(self, known_at: datetime | None) -> list[Stored]:
        """What holds of all records that count, or held at an instant, by key."""
        if known_at is not None:
            held = self._held_at(known_at)
            return sorted((e for e in held if not e.voided), key=lambda each: each.key)
        _, pointers = tables(self.kind)
        query = statements.currents(self.kind).where(
            pointers.c.study == self.study, pointers.c.voided.is_(False)
        )
        found = [_stored(row) for row in self.connection.execute(query)]
        return sorted(found, key=lambda each: each.key)  # whatever the database sorts by

    def patients(self, known_at: datetime | None, *, after: str | None, limit: int) -> list[str]:
        """Patients with such records, or who had some at an instant, from beyond `after`.

        At an instant also those whose records all were voided, or moved to others.
        """
        versions, pointers = tables(self.kind)
        table = pointers if known_at is None else versions
        query = select(table.c.subject).where(table.c.study == self.study)
        if known_at is None:
            query = query.where(pointers.c.voided.is_(False))
        else:
            query = query.where(versions.c.applied.is_(True), versions.c.recorded_at <= known_at)
        if after is not None:
            query = query.where(table.c.subject > after)
        query = query.distinct().order_by(table.c.subject).limit(limit)
        return list(self.connection.execute(query).scalars())

    def of_patients(self, subjects: Sequence[str], known_at: datetime | None) -> list[Stored]:
        """What holds of the records of some patients that count, or held at an instant, by key."""
        versions, pointers = tables(self.kind)
        if known_at is None:
            query = statements.currents(self.kind).where(
                pointers.c.study == self.study,
                pointers.c.subject.in_(subjects),
                pointers.c.voided.is_(False),
            )
            found = [_stored(row) for row in self.connection.execute(query)]
        else:
            ever = select(versions.c.key).where(
                versions.c.study == self.study, versions.c.subject.in_(subjects)
            )
            held = self._held_at(known_at, among=ever.distinct())
            found = [e for e in held if e.subject in set(subjects) and not e.voided]
        return sorted(found, key=lambda each: each.key)  # whatever the database sorts by

    def voided_among(self, keys: Sequence[str], known_at: datetime | None) -> frozenset[str]:
        """Which of these records are void, or were at an instant."""
        if known_at is not None:
            held = self._held_at(known_at, among=keys)
            return frozenset(each.key for each in held if each.voided)
        _, pointers = tables(self.kind)
        query = select(pointers.c.key).where(
            pointers.c.study == self.study, pointers.c.key.in_(keys), pointers.c.voided.is_(True)
        )
        return frozenset(self.connection.execute(query).scalars())

    def history(self, key: str, *, after: int, limit: int) -> list[Stored]:
        """Versions of a record in the order in which they came, from beyond number `after`."""
        versions, _ = tables(self.kind)
        query = (
            select(*version_columns(self.kind))
            .where(
                versions.c.study == self.study, versions.c.key == key, versions.c.version > after
            )
            .order_by(versions.c.version)
            .limit(limit)
        )
        return [_stored(row) for row in self.connection.execute(query)]

    def stale_version(self, key: str, sequence: int | None, digest: str) -> Stored | None:
        """A version that was kept and not applied, with this sequence and content."""
        versions, _ = tables(self.kind)
        query = select(*version_columns(self.kind)).where(
            versions.c.study == self.study,
            versions.c.key == key,
            versions.c.digest == digest,
            versions.c.sequence == sequence,
            versions.c.result == "stale",
        )
        row = self.connection.execute(query.limit(1)).first()
        return None if row is None else _stored(row)

    def remember(
        self, before: Holding, source_time: datetime | None, sequence: int | None
    ) -> None:
        """The source has come so far with what holds already: what it wrote before is late."""
        after = replace(
            before,
            sequence=_later(before.sequence, sequence),
            source_time=_later(before.source_time, source_time),
        )
        at = {"at_study": self.study, "at_key": before.stored.key}
        order = {"sequence": after.sequence, "source_time": after.source_time}
        self.connection.execute(statements.moved_order(self.kind), {**at, **order})
        self._now_holds(after)

    def append(
        self, stored: Stored, before: Holding | None, source_time: datetime | None = None
    ) -> None:
        """Write a version, and move the pointer to it if it is applied.

        `source_time` is when its source wrote it.

        Raises MovedMeanwhile where another version came in between, which the write lock rules
        out, so that a lost update could never go unseen.
        """
        version = {name: getattr(stored, name) for name in _COLUMNS}
        insert_row(self.connection, statements.new_version(self.kind), version)
        after = _holding_after(stored, before, source_time)
        pointer = {
            "current": after.stored.version,
            "latest": after.latest,
            "subject": after.stored.subject,
            "voided": after.stored.voided,
            "sequence": after.sequence,
            "source_time": after.source_time,
        }
        if before is None:
            new = {"study": stored.study, "key": stored.key, **pointer}
            insert_row(self.connection, statements.new_pointer(self.kind), new)
        else:
            at = {"at_study": stored.study, "at_key": stored.key, "at_latest": before.latest}
            moved = pointer if stored.applied else {"latest": after.latest}
            done = self.connection.execute(
                statements.moved_pointer(self.kind, applied=stored.applied), {**at, **moved}
            )
            if done.rowcount != 1:
                raise MovedMeanwhile(self.kind, stored.key)
        self._now_holds(after)

    def _held_at(
        self,
        known_at: datetime,
        *,
        versions_key: str | None = None,
        among: Any = None,
        after: str | None = None,
        limit: int | None = None,
        subject: str | None = None,
    ) -> list[Stored]:
        versions, _ = tables(self.kind)
        newest = select(
            versions.c.key.label("key"), func.max(versions.c.version).label("version")
        ).where(
            versions.c.study == self.study,
            versions.c.applied.is_(True),
            versions.c.recorded_at <= known_at,
        )
        if versions_key is not None:
            newest = newest.where(versions.c.key == versions_key)
        if among is not None:
            newest = newest.where(versions.c.key.in_(among))
        if after is not None:
            newest = newest.where(versions.c.key > after)
        held = newest.group_by(versions.c.key).subquery()
        query = (
            select(*version_columns(self.kind))
            .join(
                held,
                and_(versions.c.key == held.c.key, versions.c.version == held.c.version),
            )
            .where(versions.c.study == self.study)
            .order_by(versions.c.key)
        )
        if subject is not None:
            query = query.where(versions.c.subject == subject)
        if limit is not None:
            query = query.limit(limit)
        return [_stored(row) for row in self.connection.execute(query)]


def of_patient(
    connection: Connection, kinds: tuple[Kind, ...], study: str, subject: str
) -> dict[Kind, list[Stored]]:
    """What holds now of all records of a patient that count, of each of these kinds, by key."""
    return of_patients(connection, kinds, study, [subject])[subject]


def of_patients(
    connection: Connection, kinds: tuple[Kind, ...], study: str, subjects: Sequence[str]
) -> dict[str, dict[Kind, list[Stored]]]:
    """The same of several patients."""
    found: dict[str, dict[Kind, list[Stored]]] = {
        subject: {kind: [] for kind in kinds} for subject in subjects
    }
    given = {"study": study, "subjects": subjects}
    for row in connection.execute(statements.of_patients(kinds), given):
        found[row.patient][row.kind].append(_stored(row))
    for of_kind in found.values():
        for held in of_kind.values():
            held.sort(key=lambda each: each.key)  # whatever the database sorts by
    return found


def studies_page(connection: Connection, after: str | None, limit: int) -> list[Stored]:
    """Current versions of all studies by id, from beyond `after`."""
    _, pointers = tables("study")
    query = statements.currents("study")
    if after is not None:
        query = query.where(pointers.c.key > after)
    rows = connection.execute(query.order_by(pointers.c.key).limit(limit))
    return [_stored(row) for row in rows]


class MovedMeanwhile(RuntimeError):
    """The pointer moved under the write lock: a defect, never a request's fault."""

    def __init__(self, kind: Kind, key: str) -> None:
        super().__init__(f"the pointer of {kind} {key!r} moved while it was being written")


def _holding_after(
    stored: Stored, before: Holding | None, source_time: datetime | None
) -> Holding:
    """What holds once a version is written: the same, where it came too late to be applied."""
    if before is None:
        number = stored.sequence
        return Holding(
            stored=stored, latest=stored.version, sequence=number, source_time=source_time
        )
    if not stored.applied:
        return replace(before, latest=stored.version)
    return Holding(
        stored=stored,
        latest=stored.version,
        sequence=_later(before.sequence, stored.sequence),
        source_time=_later(before.source_time, source_time),
    )


def _holding(row: Row[Any]) -> Holding:
    at = row.source_time
    return Holding(stored=_stored(row), latest=row.latest, sequence=row.highest, source_time=at)


def _stored(row: Row[Any]) -> Stored:
    return Stored(**dict(zip(_COLUMNS, row, strict=False)))  # a row begins with these columns


def _later(one: Ordered | None, other: Ordered | None) -> Ordered | None:
    return max((each for each in (one, other) if each is not None), default=None)
