"""Adjudications: appended, never changed, and a pointer to the one that is current."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, and_, bindparam, func, insert, or_, select, update

from app.store.tables import Adjudication, CurrentAdjudication, Subject, table_of

ADJUDICATIONS: Final = table_of(Adjudication)
CURRENT: Final = table_of(CurrentAdjudication)
SUBJECTS: Final = table_of(Subject)


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
class Wanted:
    """Which adjudications of a study are asked for; None is any."""

    subject: str | None = None
    verdict: str | None = None
    """A patient's status, or the verdict of any of the patient's events."""
    changed_since: datetime | None = None
    current: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjudications:
    """The adjudications of one study."""

    connection: Connection
    study: str

    def current(self, subject: str) -> StoredAdjudication | None:
        """The one that is current, or None before the first."""
        given = {"study": self.study, "subject": subject}
        return _first(self.connection.execute(_CURRENT_OF, given).first())

    def of_inputs(self, subject: str, input_digest: str) -> StoredAdjudication | None:
        """The one that these inputs have been given, if any."""
        given = {"study": self.study, "subject": subject, "digest": input_digest}
        return _first(self.connection.execute(_OF_INPUTS, given).first())

    def last_number(self, subject: str) -> int:
        """The highest number of all, current or not; 0 before the first."""
        given = {"study": self.study, "subject": subject}
        return self.connection.execute(_LAST_NUMBER, given).scalar_one() or 0

    def append(self, made: StoredAdjudication) -> None:
        """Write an adjudication; the pointer is moved by `point`."""
        self.connection.execute(_APPEND, {name: getattr(made, name) for name in _COLUMNS})

    def point(self, to: StoredAdjudication, before: StoredAdjudication | None) -> None:
        """Make one current, if the one before still is. Raises NotCurrent otherwise."""
        pointer = {"adjudication": to.id, "number": to.number, "due": to.due}
        if before is None:
            new = {"study": to.study, "subject": to.subject}
            self.connection.execute(_FIRST_POINTER, {**new, **pointer})
            return
        at = {"at_study": to.study, "at_subject": to.subject, "at_adjudication": before.id}
        if self.connection.execute(_MOVED_POINTER, {**at, **pointer}).rowcount != 1:
            raise NotCurrent(before.id)

    def page(self, wanted: Wanted, *, after: int, limit: int) -> list[StoredAdjudication]:
        """Those wanted, in the order of their audit events, from beyond number `after`."""
        query = _currents().join(SUBJECTS, _COUNTS) if wanted.current else select(ADJUDICATIONS)
        query = query.where(ADJUDICATIONS.c.study == self.study, ADJUDICATIONS.c.seq > after)
        if wanted.subject is not None:
            query = query.where(ADJUDICATIONS.c.subject == wanted.subject)
        if wanted.verdict is not None:
            # Quotes within texts are escaped, so only a verdict of an event reads like this.
            of_event = ADJUDICATIONS.c.summary.contains(f'"verdict":"{wanted.verdict}"')
            query = query.where(or_(ADJUDICATIONS.c.status == wanted.verdict, of_event))
        if wanted.changed_since is not None:
            query = query.where(ADJUDICATIONS.c.recorded_at > wanted.changed_since)
        rows = self.connection.execute(query.order_by(ADJUDICATIONS.c.seq).limit(limit))
        return [_stored(row) for row in rows]

    def summaries(self) -> list[tuple[str, str, str]]:
        """Patient, adjudication id and summary of all that are current, by patient."""
        query = (
            select(ADJUDICATIONS.c.subject, ADJUDICATIONS.c.id, ADJUDICATIONS.c.summary)
            .select_from(CURRENT)
            .join(ADJUDICATIONS, ADJUDICATIONS.c.id == CURRENT.c.adjudication)
            .join(SUBJECTS, _COUNTS)
            .where(CURRENT.c.study == self.study)
            .order_by(CURRENT.c.subject)
        )
        return [(row.subject, row.id, row.summary) for row in self.connection.execute(query)]


class NotCurrent(RuntimeError):
    """Another adjudication became current under the write lock: a defect, no request's fault."""

    def __init__(self, adjudication: str) -> None:
        super().__init__(f"adjudication {adjudication} is not the current one any more")


def adjudication(connection: Connection, adjudication_id: str) -> StoredAdjudication | None:
    """One adjudication by its id, of whatever study."""
    query = select(ADJUDICATIONS).where(ADJUDICATIONS.c.id == adjudication_id)
    return _first(connection.execute(query).first())


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
_OF_INPUTS: Final = select(ADJUDICATIONS).where(
    ADJUDICATIONS.c.study == bindparam("study"),
    ADJUDICATIONS.c.subject == bindparam("subject"),
    ADJUDICATIONS.c.input_digest == bindparam("digest"),
)
_LAST_NUMBER: Final = select(func.max(ADJUDICATIONS.c.number)).where(
    ADJUDICATIONS.c.study == bindparam("study"), ADJUDICATIONS.c.subject == bindparam("subject")
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
    .values({name: bindparam(name) for name in ("adjudication", "number", "due")})
)


def _first(row: Row[Any] | None) -> StoredAdjudication | None:
    return None if row is None else _stored(row)


def _stored(row: Row[Any]) -> StoredAdjudication:
    return StoredAdjudication(**{name: getattr(row, name) for name in _COLUMNS})
