"""The tables once more, from the audit trail alone: whether both tell the same.

Every event says what it changed. Folded in order the events give each record's documents and
versions and which of them holds, and of every patient which verdicts stood when. What the trail
does not tell (findings, the sequence of a source, a whole answer) is only compared with what
stands beside it. One record and its events are in memory at a time.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import groupby
from typing import Any, Final, get_args

from sqlalchemy import Connection, RowMapping, Table

from app.domain.errors import DomainError
from app.domain.record.canonical import canonical, digest_of
from app.domain.record.changes import applied
from app.domain.record.kinds import Kind
from app.domain.record.leaf import AuditRecord, read_leaf
from app.interchange.holding import digest_of_document
from app.store import (
    adjudications,
    dictionary_texts,
    files,
    holds,
    jobs,
    keys,
    protocols,
    readjudications,
    source_rows,
)
from app.store.jobs import StoredJob
from app.store.record_tables import POINTERS, VERSIONS
from app.store.streams import events_of, events_of_others, rows_of
from app.store.tables import table_of
from app.store.types import written
from app.use_cases.jobs import told_of
from app.use_cases.records import EMPTY
from app.use_cases.replay_folds import (
    Rows,
    Told,
    activations_told,
    adjudications_told,
    holds_told,
    jobs_told,
    keys_told,
    proofs_told,
    protocols_told,
    rows_told,
    stamp,
    texts_told,
)

_RESULTS: Final = {
    "created": "created",
    "corrected": "updated",
    "received_late": "stale",
    "voided": "voided",
    "restored": "restored",
}
_OF_EVENTS: Final = ("seq", "event_id", "study", "subject", "actor", "action", "entity")
_ALSO_OF_EVENTS: Final = ("entity_id", "reason_code")
_TEXTS: Final = frozenset({"document", "reason", "scope", "summary", "name"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A row that is not as the trail tells it, or that one of the two does not have."""

    table: str
    row: str
    what: str

    @property
    def text(self) -> str:
        """All of it in a line."""
        return f"{self.table} ({self.row}): {self.what}"


def differences(connection: Connection) -> Iterator[Difference]:
    """Everything in which the tables are not what the audit trail tells, both ways."""
    for family in _FAMILIES:
        yield from _of_family(connection, family)
    for row in events_of_others(connection, [each.entity for each in _FAMILIES]):
        what = f"it tells of {row['entity']!r}, which this version does not know"
        yield Difference(table="audit_events", row=str(row["seq"]), what=what)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Family:
    """Events of one kind of entity, and the tables that they fill.

    Rows and events of equal values in the columns named belong together.
    """

    entity: str
    by: tuple[str, ...]
    tables: tuple[tuple[Table, tuple[str, ...]], ...]
    fold: Callable[[Sequence[AuditRecord], Rows], Told]


def _of_family(connection: Connection, family: _Family) -> Iterator[Difference]:
    events = events_of(connection, family.entity, *family.by)
    streams = [(events, family.by)]
    for table, by in family.tables:
        streams.append((rows_of(connection, table, *by), by))
    names = ["audit_events", *(table.name for table, _ in family.tables)]
    for group in _together(streams):
        found = dict(zip(names, group, strict=True))
        yield from _of_group(family, found)


def _together(
    streams: Sequence[tuple[Iterator[RowMapping], Sequence[str]]],
) -> Iterator[list[list[RowMapping]]]:
    """The rows of sorted streams that belong together."""

    def placed(place: int) -> Iterator[tuple[tuple[tuple[Any, ...], int], RowMapping]]:
        rows, by = streams[place]
        return (((tuple(row[name] for name in by), place), row) for row in rows)

    merged = merge(*(placed(place) for place in range(len(streams))), key=lambda each: each[0])
    for _, members in groupby(merged, key=lambda each: each[0][0]):
        group: list[list[RowMapping]] = [[] for _ in streams]
        for (_, place), row in members:
            group[place].append(row)
        yield group


def _of_group(family: _Family, found: Mapping[str, Sequence[RowMapping]]) -> Iterator[Difference]:
    events: list[AuditRecord] = []
    for row in found["audit_events"]:
        try:
            event = read_leaf(row["leaf"])
            wrong = _unlike(event, row)
        except (DomainError, ValueError) as error:
            yield Difference(table="audit_events", row=str(row["seq"]), what=str(error))
            return
        if wrong:
            what = f"its columns {', '.join(wrong)} are not those of its text"
            yield Difference(table="audit_events", row=str(row["seq"]), what=what)
        events.append(event)
    try:
        told = family.fold(events, found)
        yield from list(_compared(family, told, found))
    except (DomainError, LookupError, TypeError, ValueError) as error:
        numbers = f"{events[0].seq} to {events[-1].seq}" if events else "none"
        what = f"it cannot be replayed: {type(error).__name__}: {error}"
        yield Difference(table=family.entity, row=f"events {numbers}", what=what)


def _unlike(event: AuditRecord, row: RowMapping) -> list[str]:
    """The columns that an event is searched by, where they do not say what its text says."""
    names = (*_OF_EVENTS, *_ALSO_OF_EVENTS)
    unlike = [name for name in names if getattr(event, name) != row[name]]
    return unlike if event.recorded_at == written(row["recorded_at"]) else [*unlike, "recorded_at"]


def _compared(family: _Family, told: Told, found: Rows) -> Iterator[Difference]:
    rows = {
        (table.name, tuple(row[column.name] for column in table.primary_key)): row
        for table, _ in family.tables
        for row in found[table.name]
    }
    for place, values in told.items():
        row = rows.pop(place, None)
        if row is None:
            yield _difference(place, "the trail tells of it, and it is not there")
            continue
        stands = {**row, **_facts(place[0], row)}
        for column, value in values.items():
            if stands[column] != value:
                yield _difference(place, _unequal(column, value, stands[column]))
    for place in rows:
        yield _difference(place, "it is there, and the trail does not tell of it")


def _difference(place: tuple[str, tuple[Any, ...]], what: str) -> Difference:
    table, key = place
    return Difference(table=table, row=", ".join(map(str, key)), what=what)


def _unequal(column: str, told: Any, stands: Any) -> str:
    """Values of free text are told by their digest: nobody's data go into a log."""
    if column in _TEXTS:
        told, stands = (
            each if each is None else digest_of(str(each))[:19] for each in (told, stands)
        )
    return f"{column} is {_shown(stands)}, and {_shown(told)} by the trail"


def _shown(value: Any) -> str:
    return written(value) if isinstance(value, datetime) else str(value)


def _facts(table: str, row: RowMapping) -> dict[str, Any]:
    """What a row says of itself, to be compared with what the trail tells."""
    if "source" in row:
        source = json.loads(row["source"] or "{}")
        return {"source time": source.get("time"), "source user": source.get("user")}
    if table == "adjudications":
        return _facts_of_adjudication(row)
    if table == "protocol_documents":
        return {"digest of the document": digest_of(row["document"])}
    if table == "jobs":
        return {"what is told": canonical(told_of(StoredJob(**row)))}
    if table == "source_row_versions":
        return {"digest of the row": digest_of_document(row["document"])}
    if table == "dictionary_texts":
        return {"digest of the texts": digest_of(row["texts"])}
    return {}


def _facts_of_adjudication(row: RowMapping) -> dict[str, Any]:
    inputs, answer, summary = (json.loads(row[name]) for name in ("inputs", "answer", "summary"))
    short = {
        "subject": {name: answer["subject"][name] for name in summary["subject"]},
        "events": [
            {name: whole[name] for name in short}
            for whole, short in zip(answer["events"], summary["events"], strict=True)
        ],
    }
    return {
        "digest of the inputs": digest_of(row["inputs"]),
        "digest of the answer": digest_of(row["answer"]),
        "verdicts": {each["id"]: each["verdict"] for each in answer["events"]},
        "status of the answer": answer["subject"]["status"],
        "summary is of the answer": short == summary,
        "cut of the inputs": datetime.fromisoformat(inputs["as_of"]) == row["as_of"],
        "protocol of the inputs": inputs["protocol"]["digest"],
        "protocol is of the inputs": (row["protocol"], row["protocol_version"])
        == (inputs["protocol"]["id"], inputs["protocol"]["version"]),
    }


def _of_records(kind: Kind) -> _Family:
    versions, pointers = table_of(VERSIONS[kind]), table_of(POINTERS[kind])
    by = ("study", "key")

    def fold(events: Sequence[AuditRecord], rows: Rows) -> Told:
        far = [row["sequence"] for row in rows[pointers.name]]
        sequences = {
            row["version"]: json.loads(row["source"] or "{}").get("sequence")
            for row in rows[versions.name]
        }
        told: Told = {}
        pointer: dict[str, Any] = {}
        standing: Any = EMPTY
        for event in events:
            result = _RESULTS[event.action.removeprefix(f"{kind}.")]
            document = applied(standing, event.changes)
            text, number = canonical(document), event.entity_version
            told[versions.name, (event.study, event.entity_id, number)] = {
                "subject": event.subject,
                "result": result,
                "applied": result != "stale",
                "document": text,
                "digest": digest_of(text),
                "sequence": sequences.get(number),
                "source time": event.source_time,
                "source user": event.on_behalf_of,
                **stamp(event),
            }
            pointer["latest"] = number
            if result != "stale":
                standing = document
                moved = {"current": number, "voided": result == "voided"}
                pointer |= {**moved, "subject": event.subject}
                # A source may have come further with what held already, and never less far.
                far.append(sequences.get(number))
        pointer["sequence"] = max((each for each in far if each is not None), default=None)
        if events:
            told[pointers.name, (events[0].study, events[0].entity_id)] = pointer
        return told

    return _Family(entity=kind, by=("study", "entity_id"), fold=fold, tables=(
        (versions, by), (pointers, by),
    ))  # fmt: skip


_FAMILIES: Final = (
    *(_of_records(kind) for kind in get_args(Kind)),
    _Family(entity="adjudication", by=("study", "subject"), fold=adjudications_told, tables=(
        (adjudications.ADJUDICATIONS, ("study", "subject")),
        (adjudications.CURRENT, ("study", "subject")),
    )),
    _Family(entity="protocol_activation", by=("study",), fold=activations_told, tables=(
        (protocols.ACTIVATIONS, ("study",)),
    )),
    _Family(entity="job", by=("entity_id",), fold=jobs_told, tables=((jobs.JOBS, ("id",)),)),
    _Family(entity="job", by=("seq",), fold=proofs_told, tables=(
        (source_rows.VERSIONS, ("seq",)), (source_rows.LINES, ("seq",)), (files.FILES, ("seq",)),
        (readjudications.CHUNKS, ("seq",)), (readjudications.RESULTS, ("seq",)),
        (readjudications.CHANGES, ("seq",)),
    )),
    _Family(entity="source_row", by=("study", "entity_id"), fold=rows_told, tables=(
        (source_rows.VERSIONS, ("study", "key")), (source_rows.POINTERS, ("study", "key")),
    )),
    _Family(entity="hold", by=("entity_id",), fold=holds_told, tables=(
        (holds.HOLDS, ("id",)), (holds.LIFTINGS, ("hold",)),
    )),
    _Family(entity="api_key", by=("entity_id",), fold=keys_told, tables=(
        (keys.KEYS, ("id",)), (keys.REVOCATIONS, ("key",)),
    )),
    _Family(entity="dictionary", by=("entity_id",), fold=texts_told, tables=(
        (dictionary_texts.TEXTS, ("dictionary",)),
    )),
    _Family(entity="protocol", by=(), fold=protocols_told, tables=((protocols.DOCUMENTS, ()),)),
)  # fmt: skip
