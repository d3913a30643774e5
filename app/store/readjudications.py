"""Re-adjudications: chunks of patients, what came of each, and whose verdicts came out otherwise.

A chunk is done once: its result has the chunk's key, and is written with all that follows from it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    Table,
    bindparam,
    cast,
    func,
    insert,
    literal,
    null,
    select,
    union_all,
)

from app.domain.record.kinds import BY_SOURCE, Kind
from app.store.adjudications import ADJUDICATIONS, CURRENT
from app.store.audit import EVENTS
from app.store.listed import LISTED, as_list
from app.store.readjudication_tables import (
    ReadjudicationChange,
    ReadjudicationChunk,
    ReadjudicationResult,
)
from app.store.record_tables import (
    POINTERS,
    VERSIONS,
    AdverseEvent,
    AdverseEventVersion,
    Study,
    Subject,
    SubjectVersion,
)
from app.store.tables import table_of

CHUNKS: Final = table_of(ReadjudicationChunk)
RESULTS: Final = table_of(ReadjudicationResult)
CHANGES: Final = table_of(ReadjudicationChange)
STUDIES: Final = table_of(Study)
SUBJECTS: Final = table_of(Subject)
SUBJECT_VERSIONS: Final = table_of(SubjectVersion)
EVENTS_OF_PATIENTS: Final = table_of(AdverseEvent)
EVENT_VERSIONS: Final = table_of(AdverseEventVersion)
_AT_ONCE: Final = 500


class Standing(NamedTuple):
    """What stands of a patient's current adjudication, without what it tells.

    `inputs` is the JSON text of the adjudication. `seq` is the event of the trail by which it
    became current: made, or reinstated.
    """

    id: str
    subject: str
    as_of: datetime
    protocol: str
    protocol_version: str
    input_digest: str
    inputs: str
    due: datetime | None
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredChange:
    """A patient of whom something came out otherwise. `document` is canonical JSON."""

    job: str
    subject: str
    number: int
    kind: str
    document: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredResult:
    """What judging a chunk came to. `counts` is canonical JSON."""

    job: str
    number: int
    counts: str
    digest: str
    recorded_at: datetime
    seq: int


def add_chunks(
    connection: Connection, job: str, chunks: Sequence[Sequence[str]], seq: int
) -> None:
    """Write which patients are judged together, in order."""
    if chunks:
        values = [
            {"job": job, "number": number, "subjects": subjects_text(subjects), "seq": seq}
            for number, subjects in enumerate(chunks)
        ]
        connection.execute(insert(CHUNKS), values)


def subjects_text(subjects: Sequence[str]) -> str:
    """The patients of a chunk, as they are stored."""
    return json.dumps(list(subjects), ensure_ascii=False, separators=(",", ":"))


def subjects_of(connection: Connection, job: str, number: int) -> list[str] | None:
    """The patients of a chunk; None where there is no such chunk."""
    query = select(CHUNKS.c.subjects).where(CHUNKS.c.job == job, CHUNKS.c.number == number)
    found = connection.execute(query).scalar_one_or_none()
    return None if found is None else json.loads(found)


def count_chunks(connection: Connection, job: str) -> int:
    """How many chunks a job has."""
    query = select(func.count()).select_from(CHUNKS).where(CHUNKS.c.job == job)
    return connection.execute(query).scalar_one()


def count_results(connection: Connection, job: str) -> int:
    """How many of them are done."""
    query = select(func.count()).select_from(RESULTS).where(RESULTS.c.job == job)
    return connection.execute(query).scalar_one()


def waiting_chunks(connection: Connection, job: str) -> list[int]:
    """The chunks that are not done, in order."""
    done = select(RESULTS.c.number).where(RESULTS.c.job == job)
    query = select(CHUNKS.c.number).where(CHUNKS.c.job == job, CHUNKS.c.number.not_in(done))
    return list(connection.execute(query.order_by(CHUNKS.c.number)).scalars())


def is_done(connection: Connection, job: str, number: int) -> bool:
    """Whether a chunk is done."""
    query = select(RESULTS.c.seq).where(RESULTS.c.job == job, RESULTS.c.number == number)
    return connection.execute(query).first() is not None


def add_result(
    connection: Connection, result: StoredResult, changes: Sequence[StoredChange]
) -> None:
    """Write that a chunk is done, and whom it changed."""
    connection.execute(insert(RESULTS), asdict(result))
    if changes:
        connection.execute(insert(CHANGES), [asdict(each) for each in changes])


def changes_of(
    connection: Connection, job: str, kinds: Sequence[str] | None = None
) -> Iterator[str]:
    """The documents of the patients whom a job changed, by patient."""
    query = select(CHANGES.c.document).where(CHANGES.c.job == job).order_by(CHANGES.c.subject)
    if kinds is not None:
        query = query.where(CHANGES.c.kind.in_(kinds))
    yield from connection.execution_options(yield_per=_AT_ONCE).execute(query).scalars()


def changes_page(
    connection: Connection, job: str, kinds: Sequence[str] | None, *, after: str, limit: int
) -> list[StoredChange]:
    """Some of them, from beyond a patient."""
    query = select(CHANGES).where(CHANGES.c.job == job, CHANGES.c.subject > after)
    if kinds is not None:
        query = query.where(CHANGES.c.kind.in_(kinds))
    rows = connection.execute(query.order_by(CHANGES.c.subject).limit(limit))
    return [StoredChange(**row._mapping) for row in rows]


def standing_of(
    connection: Connection, study: str, subjects: Sequence[str]
) -> Mapping[str, Standing]:
    """What stands of some patients, by patient."""
    given = {"study": study, "listed": as_list(subjects)}
    rows = connection.execute(_STANDING[connection.dialect.name], given).all()
    return {each.subject: each for each in map(Standing._make, rows)}


def _standing(listed: Select[Any]) -> Select[Any]:
    columns = [
        CURRENT.c.seq if name == "seq" else ADJUDICATIONS.c[name] for name in Standing._fields
    ]
    return (
        select(*columns)
        .select_from(CURRENT)
        .join(ADJUDICATIONS, ADJUDICATIONS.c.id == CURRENT.c.adjudication)
        .where(CURRENT.c.study == bindparam("study"), CURRENT.c.subject.in_(listed))
    )


_STANDING: Final = {dialect: _standing(listed) for dialect, listed in LISTED.items()}


def summaries_of(connection: Connection, standing: Sequence[Standing]) -> dict[str, str]:
    """The summaries of what stands of some patients (JSON texts), by patient."""
    query = select(ADJUDICATIONS.c.subject, ADJUDICATIONS.c.summary).where(
        ADJUDICATIONS.c.id.in_([each.id for each in standing])
    )
    return {row.subject: row.summary for row in connection.execute(query)}


def study_ids(connection: Connection) -> list[str]:
    """The ids of all studies, in order."""
    return sorted(connection.execute(select(STUDIES.c.key)).scalars())


@dataclass(frozen=True, slots=True)
class Counting:
    """How many records of a kind count of a patient, and the event of the trail by which the last
    version of any was applied that was the patient's.
    """

    number: int
    seq: int


def counting_of(
    connection: Connection, study: str, subjects: Sequence[str]
) -> dict[str, dict[Kind, Counting]]:
    """The records that count of some patients, by kind, but for their own."""
    numbers: dict[tuple[str, Kind], int] = {}
    last: dict[tuple[str, Kind], int] = {}
    given = {"study": study, "listed": as_list(subjects)}
    query = _COUNTING[connection.dialect.name]
    for patient, kind, number, seq in connection.execute(query, given).all():
        if number is None:
            last[patient, kind] = seq
        else:
            numbers[patient, kind] = number
    found: dict[str, dict[Kind, Counting]] = {subject: {} for subject in subjects}
    for (patient, kind), number in numbers.items():
        found[patient][kind] = Counting(number, last[patient, kind])
    return found


def _counting(subjects: Select[Any]) -> CompoundSelect[Any]:
    """How many records of a patient count; and which was the last version, of any that was of the
    patient. Each is read off an index.
    """
    parts = []
    for kind in BY_SOURCE:
        versions, pointers = table_of(VERSIONS[kind]), table_of(POINTERS[kind])
        number, none = func.count().label("number"), cast(null(), BigInteger)
        parts += [
            select(pointers.c.subject, literal(kind), number, none)
            .where(*_of_patients(pointers, subjects), pointers.c.voided.is_(False))
            .group_by(pointers.c.subject),
            select(versions.c.subject, literal(kind), none, func.max(versions.c.seq))
            .where(*_of_patients(versions, subjects), versions.c.applied.is_(True))
            .group_by(versions.c.subject),
        ]
    return union_all(*parts)


def _of_patients(table: Table, subjects: Select[Any]) -> tuple[ColumnElement[bool], ...]:
    return table.c.study == bindparam("study"), table.c.subject.in_(subjects)


_COUNTING: Final = {dialect: _counting(listed) for dialect, listed in LISTED.items()}


def ids_counting(connection: Connection, study: str, *, after: str, limit: int) -> list[str]:
    """Patients who count, by id from beyond `after`."""
    query = (
        select(SUBJECTS.c.key)
        .where(SUBJECTS.c.study == study, SUBJECTS.c.voided.is_(False), SUBJECTS.c.key > after)
        .order_by(SUBJECTS.c.key)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def counting_patients(
    connection: Connection, study: str, *, after: str, limit: int
) -> list[tuple[str, int, str]]:
    """Patients who count, by id from beyond `after`: schema number and text of their record."""
    query = (
        select(SUBJECTS.c.key, SUBJECT_VERSIONS.c.schema_number, SUBJECT_VERSIONS.c.document)
        .join(
            SUBJECT_VERSIONS,
            (SUBJECT_VERSIONS.c.study == SUBJECTS.c.study)
            & (SUBJECT_VERSIONS.c.key == SUBJECTS.c.key)
            & (SUBJECT_VERSIONS.c.version == SUBJECTS.c.current),
        )
        .where(SUBJECTS.c.study == study, SUBJECTS.c.voided.is_(False), SUBJECTS.c.key > after)
        .order_by(SUBJECTS.c.key)
        .limit(limit)
    )
    found = connection.execute(query)
    return [(row.key, row.schema_number, row.document) for row in found]


def events_counting(
    connection: Connection, study: str, subjects: Sequence[str]
) -> Iterator[tuple[str, int, str]]:
    """Patient, schema number and text of each adverse event that counts of some patients."""
    columns = [EVENT_VERSIONS.c[name] for name in ("subject", "schema_number", "document")]
    query = (
        select(*columns)
        .select_from(EVENTS_OF_PATIENTS)
        .join(
            EVENT_VERSIONS,
            (EVENT_VERSIONS.c.study == EVENTS_OF_PATIENTS.c.study)
            & (EVENT_VERSIONS.c.key == EVENTS_OF_PATIENTS.c.key)
            & (EVENT_VERSIONS.c.version == EVENTS_OF_PATIENTS.c.current),
        )
        .where(
            EVENTS_OF_PATIENTS.c.study == study,
            EVENTS_OF_PATIENTS.c.subject.in_(subjects),
            EVENTS_OF_PATIENTS.c.voided.is_(False),
        )
    )
    for row in connection.execute(query):
        yield row.subject, row.schema_number, row.document


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Something that was recorded of a study: of a patient, or of all where there is none."""

    entity: str
    subject: str | None
    seq: int


def moved_since(
    connection: Connection, study: str, seq: int, *, limit: int | None = None
) -> list[Moved]:
    """What was recorded of a study after an event of the trail; jobs alone move nothing."""
    query = (
        select(EVENTS.c.entity, EVENTS.c.subject, func.max(EVENTS.c.seq).label("seq"))
        .where(EVENTS.c.study == study, EVENTS.c.seq > seq, EVENTS.c.entity.not_in(_UNMOVING))
        .group_by(EVENTS.c.entity, EVENTS.c.subject)
        .order_by(func.max(EVENTS.c.seq))
    )
    if limit is not None:
        query = query.limit(limit)
    return [Moved(**row._mapping) for row in connection.execute(query)]


def last_of_entities(connection: Connection, study: str, entities: Sequence[str]) -> int:
    """The last event of a study's trail that is about something of some kinds; 0 before any."""
    query = select(func.max(EVENTS.c.seq)).where(
        EVENTS.c.study == study, EVENTS.c.entity.in_(entities)
    )
    return connection.execute(query).scalar_one() or 0


_UNMOVING: Final[tuple[Any, ...]] = ("job", "hold", "source_system", "source_row")
