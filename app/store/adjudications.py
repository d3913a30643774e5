"""Adjudications: appended, never changed, and a pointer to the one that is current."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, and_, bindparam, func, insert, or_, select, update

from app.store.audit import EVENTS
from app.store.buffer import insert_row
from app.store.record_tables import Subject, SubjectVersion
from app.store.tables import Adjudication, CurrentAdjudication, table_of

ADJUDICATIONS: Final = table_of(Adjudication)
CURRENT: Final = table_of(CurrentAdjudication)
SUBJECTS: Final = table_of(Subject)
VERSIONS: Final = table_of(SubjectVersion)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAdjudication:
    """The verdicts of one patient as they once stood. The JSON texts are what digests cover."""

    id: str
    study: str
    subject: str
    number: int
    as_of: datetime
    protocol: str
    protocol_version: str
    status: str
    cause: str
    input_digest: str
    inputs: str
    answer_digest: str
    answer: str
    summary: str
    supersedes: str | None
    due: datetime | None
    recorded_at: datetime
    seq: int


_COLUMNS: Final = tuple(StoredAdjudication.__dataclass_fields__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """The pointer of a patient on its way from one adjudication to another.

    `since` is the audit event that says so and its time, where it was made by another.
    """

    to: StoredAdjudication
    before: StoredAdjudication | None
    since: tuple[int, datetime] | None = None

    @property
    def pointer(self) -> dict[str, Any]:
        """What it points to afterwards."""
        seq, moment = self.since or (self.to.seq, self.to.recorded_at)
        told = {"adjudication": self.to.id, "number": self.to.number, "due": self.to.due}
        return {**told, "seq": seq, "since": moment}

    @property
    def moved(self) -> dict[str, Any]:
        """The same, and where it has to point before."""
        at = {"at_study": self.to.study, "at_subject": self.to.subject}
        before = None if self.before is None else self.before.id
        return {**at, "at_adjudication": before, **self.pointer}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which adjudications of a study are asked for; None is any."""

    subject: str | None = None
    verdict: str | None = None
    """A patient's status, or the verdict of any of the patient's events."""
    changed_since: datetime | None = None
    current: bool = True
    known_at: datetime | None = None
    """As they were known at an instant; None is now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjudications:
    """The adjudications of one study."""

    connection: Connection
    study: str

    def current(self, subject: str) -> StoredAdjudication | None:
        """The one that is current, or None before the first."""
        given = {"study": self.study, "subject": subject}
        return _first(self.connection.execute(_CURRENT_OF, given).first())

    def currents(self, subjects: Sequence[str]) -> dict[str, StoredAdjudication]:
        """Those that are current, by patient."""
        given = {"study": self.study, "subjects": subjects}
        found = (_stored(row) for row in self.connection.execute(_CURRENTS_OF, given))
        return {each.subject: each for each in found}

    def of_inputs(self, digests: Mapping[str, str]) -> dict[str, StoredAdjudication]:
        """Those that these inputs have been given, by patient; `digests` are by patient too."""
        if not digests:
            return {}
        given = {"study": self.study, "subjects": [*digests], "digests": [*digests.values()]}
        found = (_stored(row) for row in self.connection.execute(_OF_INPUTS, given))
        return {e.subject: e for e in found if digests[e.subject] == e.input_digest}

    def last_numbers(self, subjects: Sequence[str]) -> dict[str, int]:
        """The highest number of all, current or not, by patient; none before the first."""
        if not subjects:
            return {}
        given = {"study": self.study, "subjects": subjects}
        rows = self.connection.execute(_LAST_NUMBERS, given)
        return {row.subject: row.number for row in rows}

    def append(self, made: StoredAdjudication) -> None:
        """Write an adjudication; the pointer is moved by `point`."""
        insert_row(self.connection, _APPEND, {name: getattr(made, name) for name in _COLUMNS})

    def point(self, moves: Sequence[Move]) -> None:
        """Make these current, each if the one before still is; each of another patient.

        Raises NotCurrent where one is not: then none may be kept.
        """
        later = [each for each in moves if each.before is not None]
        for each in moves:
            if each.before is None:
                new = {"study": each.to.study, "subject": each.to.subject}
                insert_row(self.connection, _FIRST_POINTER, {**new, **each.pointer})
        if later:
            moved = self.connection.execute(_MOVED_POINTER, [each.moved for each in later])
            if moved.rowcount != len(later):
                raise NotCurrent([each.before.id for each in later if each.before is not None])

    def page(self, wanted: Wanted, *, after: int, limit: int) -> list[StoredAdjudication]:
        """Those wanted, in the order of their audit events, from beyond number `after`.

        Of those that stand, `seq` is the event by which each became current: one that is
        reinstated comes again.
        """
        by, _ = _told(wanted)
        query = self._wanted(wanted).where(by > after).order_by(by).limit(limit)
        return [_stored(row) for row in self.connection.execute(query)]

    def count(self, wanted: Wanted) -> int:
        """How many are wanted."""
        query = select(func.count()).select_from(self._wanted(wanted).subquery())
        return self.connection.execute(query).scalar_one()

    def _wanted(self, wanted: Wanted) -> Select[Any]:
        query = self._standing(wanted.known_at) if wanted.current else self._made(wanted.known_at)
        if wanted.subject is not None:
            query = query.where(ADJUDICATIONS.c.subject == wanted.subject)
        if wanted.verdict is not None:
            # Quotes within texts are escaped, so only a verdict of an event reads like this.
            of_event = ADJUDICATIONS.c.summary.contains(f'"verdict":"{wanted.verdict}"')
            query = query.where(or_(ADJUDICATIONS.c.status == wanted.verdict, of_event))
        if wanted.changed_since is not None:
            query = query.where(_told(wanted)[1] > wanted.changed_since)
        return query

    def standing(self, known_at: datetime | None = None) -> list[StoredAdjudication]:
        """Those that stand of patients who count, or that stood at an instant, by patient."""
        rows = self.connection.execute(self._standing(known_at))
        return sorted((_stored(row) for row in rows), key=lambda each: each.subject)

    def of_patients(
        self, subjects: Sequence[str], known_at: datetime | None = None
    ) -> list[StoredAdjudication]:
        """Those that stand of some patients, if they count, or that stood at an instant."""
        query = self._standing(known_at, subjects).where(ADJUDICATIONS.c.subject.in_(subjects))
        return [_stored(row) for row in self.connection.execute(query)]

    def _made(self, known_at: datetime | None) -> Select[Any]:
        query = select(ADJUDICATIONS).where(ADJUDICATIONS.c.study == self.study)
        return query if known_at is None else query.where(ADJUDICATIONS.c.recorded_at <= known_at)

    def _standing(
        self, known_at: datetime | None, subjects: Sequence[str] | None = None
    ) -> Select[Any]:
        columns = [each for each in ADJUDICATIONS.columns if each.name != "seq"]
        if known_at is None:
            return (
                select(*columns, CURRENT.c.seq)
                .select_from(CURRENT)
                .join(ADJUDICATIONS, ADJUDICATIONS.c.id == CURRENT.c.adjudication)
                .join(SUBJECTS, _COUNTS)
                .where(CURRENT.c.study == self.study)
            )
        return (
            select(*columns, EVENTS.c.seq)
            .select_from(ADJUDICATIONS)
            .join(EVENTS, EVENTS.c.entity_id == ADJUDICATIONS.c.id)
            .where(
                ADJUDICATIONS.c.study == self.study,
                EVENTS.c.seq.in_(_last_of_each(self.study, known_at, subjects)),
                ADJUDICATIONS.c.subject.in_(_counting(self.study, known_at)),
            )
        )


def _told(wanted: Wanted) -> tuple[Any, Any]:
    """The number and the time that a list goes by: when each became what is listed."""
    if not wanted.current:
        return ADJUDICATIONS.c.seq, ADJUDICATIONS.c.recorded_at
    if wanted.known_at is None:
        return CURRENT.c.seq, CURRENT.c.since
    return EVENTS.c.seq, EVENTS.c.recorded_at


def _last_of_each(study: str, known_at: datetime, subjects: Sequence[str] | None) -> Select[Any]:
    """The event by which each patient's adjudication stood at an instant: made, or reinstated."""
    query = select(func.max(EVENTS.c.seq)).where(
        EVENTS.c.study == study,
        EVENTS.c.entity == "adjudication",
        EVENTS.c.recorded_at <= known_at,
    )
    if subjects is not None:
        query = query.where(EVENTS.c.subject.in_(subjects))
    return query.group_by(EVENTS.c.subject)


def _counting(study: str, known_at: datetime) -> Select[Any]:
    """The patients who counted at an instant."""
    held = (
        select(VERSIONS.c.key.label("key"), func.max(VERSIONS.c.version).label("version"))
        .where(
            VERSIONS.c.study == study,
            VERSIONS.c.applied.is_(True),
            VERSIONS.c.recorded_at <= known_at,
        )
        .group_by(VERSIONS.c.key)
        .subquery()
    )
    same = and_(VERSIONS.c.key == held.c.key, VERSIONS.c.version == held.c.version)
    return (
        select(VERSIONS.c.key)
        .join(held, same)
        .where(VERSIONS.c.study == study, VERSIONS.c.result != "voided")
    )


class NotCurrent(RuntimeError):
    """Another adjudication became current under the write lock: a defect, no request's fault."""

    def __init__(self, adjudications: Sequence[str]) -> None:
        told = ", ".join(adjudications)
        super().__init__(
            f"adjudication {told} is not the current one any more"
            if len(adjudications) == 1
            else f"one of the adjudications {told} is not the current one any more"
        )


def adjudication(connection: Connection, adjudication_id: str) -> StoredAdjudication | None:
    """One adjudication by its id, of whatever study."""
    query = select(ADJUDICATIONS).where(ADJUDICATIONS.c.id == adjudication_id)
    return _first(connection.execute(query).first())


def judged_studies(connection: Connection) -> list[str]:
    """The studies that have adjudications, in order."""
    query = select(ADJUDICATIONS.c.study).distinct()
    return sorted(connection.execute(query).scalars())


def due_by(connection: Connection, now: datetime, *, limit: int) -> list[tuple[str, str]]:
    """Study and patient of those whose verdict time may have changed, the longest due first."""
    query = (
        select(CURRENT.c.study, CURRENT.c.subject)
        .join(SUBJECTS, _COUNTS)
        .where(CURRENT.c.due <= now)
        .order_by(CURRENT.c.due)
        .limit(limit)
    )
    return [(row.study, row.subject) for row in connection.execute(query)]


_COUNTS: Final = and_(
    SUBJECTS.c.study == CURRENT.c.study,
    SUBJECTS.c.key == CURRENT.c.subject,
    SUBJECTS.c.voided.is_(False),
)
"""A patient who was voided has no verdicts that stand."""


def _currents() -> Select[Any]:
    return (
        select(ADJUDICATIONS)
        .select_from(CURRENT)
        .join(
            ADJUDICATIONS,
            and_(
                ADJUDICATIONS.c.id == CURRENT.c.adjudication,
                ADJUDICATIONS.c.study == CURRENT.c.study,
            ),
        )
    )


# Made once: making statements anew costs more than running them.
_CURRENT_OF: Final = _currents().where(
    CURRENT.c.study == bindparam("study"), CURRENT.c.subject == bindparam("subject")
)
_CURRENTS_OF: Final = _currents().where(
    CURRENT.c.study == bindparam("study"),
    CURRENT.c.subject.in_(bindparam("subjects", expanding=True)),
)
_OF_INPUTS: Final = select(ADJUDICATIONS).where(
    ADJUDICATIONS.c.study == bindparam("study"),
    ADJUDICATIONS.c.subject.in_(bindparam("subjects", expanding=True)),
    ADJUDICATIONS.c.input_digest.in_(bindparam("digests", expanding=True)),
)
_LAST_NUMBERS: Final = (
    select(ADJUDICATIONS.c.subject, func.max(ADJUDICATIONS.c.number).label("number"))
    .where(
        ADJUDICATIONS.c.study == bindparam("study"),
        ADJUDICATIONS.c.subject.in_(bindparam("subjects", expanding=True)),
    )
    .group_by(ADJUDICATIONS.c.subject)
)
_APPEND: Final = insert(ADJUDICATIONS)
_FIRST_POINTER: Final = insert(CURRENT)
_MOVED_POINTER: Final = (
    update(CURRENT)
    .where(
        CURRENT.c.study == bindparam("at_study"),
        CURRENT.c.subject == bindparam("at_subject"),
        CURRENT.c.adjudication == bindparam("at_adjudication"),
    )
    .values({name: bindparam(name) for name in ("adjudication", "number", "due", "seq", "since")})
)


def _first(row: Row[Any] | None) -> StoredAdjudication | None:
    return None if row is None else _stored(row)


def _stored(row: Row[Any]) -> StoredAdjudication:
    return StoredAdjudication(**{name: getattr(row, name) for name in _COLUMNS})
