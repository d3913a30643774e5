"""What the audit trail tells of the rows of each table, folded from its events in order."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import RowMapping

from app.domain.record.canonical import canonical
from app.domain.record.changes import ABSENT, applied
from app.domain.record.leaf import AuditRecord
from app.store.types import read
from app.use_cases.chunk import lines_digest
from app.use_cases.readjudicating import chunks_digest, result_digest
from app.use_cases.source_rows import rows_digest

Rows = Mapping[str, Sequence[RowMapping]]
Told = dict[tuple[str, tuple[Any, ...]], dict[str, Any]]
"""What the trail tells of rows: by table and primary key, the columns that it tells."""


def stamp(event: AuditRecord) -> dict[str, Any]:
    """When and with which event a row was written."""
    return {"recorded_at": read(event.recorded_at), "seq": event.seq}


def adjudications_told(events: Sequence[AuditRecord], rows: Rows) -> Told:
    """Verdicts of a patient, and which of them stood last."""
    due = {row["id"]: row["due"] for row in rows["adjudications"]}
    told: Told = {}
    words: Any = {}
    current: str | None = None
    for event in events:
        words = applied(words, event.changes)
        if event.action == "adjudication.made":
            told["adjudications", (event.entity_id,)] = {
                "study": event.study,
                "subject": event.subject,
                "number": event.entity_version,
                "status": words["status"],
                "cause": (event.reason_code or "").lower(),
                "supersedes": current,
                "verdicts": words["events"],
                "status of the answer": words["status"],
                "summary is of the answer": True,
                "cut of the inputs": True,
                "protocol of the inputs": event.ruleset_digest,
                "protocol is of the inputs": True,
                **_digests(words),
                **stamp(event),
            }
        current = event.entity_id
        told["current_adjudications", (event.study, event.subject)] = {
            "adjudication": current,
            "number": event.entity_version,
            "due": due.get(current),
        }
    return told


def _digests(words: Mapping[str, str]) -> dict[str, str]:
    """What both columns and the texts beside them have to be."""
    return {
        "input_digest": words["input_digest"],
        "digest of the inputs": words["input_digest"],
        "answer_digest": words["answer_digest"],
        "digest of the answer": words["answer_digest"],
    }


def activations_told(events: Sequence[AuditRecord], _: Rows) -> Told:
    """Protocol versions that govern a study."""
    told: Told = {}
    standing: Any = {}
    for event in events:
        standing = applied(standing, event.changes)
        told["protocol_activations", (event.study, event.entity_version)] = {
            **standing,
            "digest": event.ruleset_digest,
            "reason": event.reason or event.reason_code,
            **stamp(event),
        }
    return told


def holds_told(events: Sequence[AuditRecord], _: Rows) -> Told:
    """Holds, and their ends."""
    told: Told = {}
    for event in events:
        facts = applied(ABSENT if event.action == "hold.placed" else {}, event.changes)
        values = {"reason": event.reason, **facts, **stamp(event)}
        if event.action == "hold.placed":
            values |= {"study": event.study, "scope": canonical(facts["scope"])}
            values["effective_from"] = read(facts["effective_from"])
        table = "holds" if event.action == "hold.placed" else "hold_liftings"
        told[table, (event.entity_id,)] = values
    return told


def keys_told(events: Sequence[AuditRecord], _: Rows) -> Told:
    """Keys, and their ends."""
    told: Told = {}
    for event in events:
        if event.action == "api_key.created":
            facts = applied(ABSENT, event.changes)
            expires = facts["expires_at"]
            facts["expires_at"] = None if expires is None else read(expires)
            told["api_keys", (event.entity_id,)] = {**facts, **stamp(event)}
        else:
            ended = {"reason": event.reason, **stamp(event)}
            told["api_key_revocations", (event.entity_id,)] = ended
    return told


def protocols_told(events: Sequence[AuditRecord], rows: Rows) -> Told:
    """Protocol versions that were added."""
    keys_of = {f"{row['id']}:{row['version']}": row for row in rows["protocol_documents"]}
    told: Told = {}
    for event in events:
        digest = applied({}, event.changes)["digest"]
        row = keys_of.get(event.entity_id, {"id": event.entity_id, "version": ""})
        told["protocol_documents", (row["id"], row["version"])] = {
            "digest": digest,
            "digest of the document": digest,
            **stamp(event),
        }
    return told


def texts_told(events: Sequence[AuditRecord], _: Rows) -> Told:
    """Sentences of dictionaries."""
    told: Told = {}
    standing: Any = ABSENT
    for event in events:
        standing = applied(standing, event.changes)
        told["dictionary_texts", (event.entity_id, event.entity_version)] = {
            **standing,
            "digest of the texts": standing["digest"],
            **stamp(event),
        }
    return told


def jobs_told(events: Sequence[AuditRecord], _: Rows) -> Told:
    """What the trail tells of a job: the events that prove rows tell nothing of it."""
    told: Told = {}
    standing: Any = ABSENT
    for event in events:
        if event.action in _PROOFS:
            continue
        standing = applied(standing, event.changes)
        told["jobs", (event.entity_id,)] = {
            "study": event.study,
            "seq": events[0].seq,
            "what is told": canonical(standing),
        }
    return told


def proofs_told(events: Sequence[AuditRecord], rows: Rows) -> Told:
    """The rows that a job wrote with one event, which has their digest; a file, with its job's."""
    told: Told = {}
    for event in events:
        if event.action in _PROOFS:
            told |= _PROOFS[event.action](event, rows)
        elif rows["imported_files"]:
            file = applied(ABSENT, event.changes)["parameters"]["file"]
            told["imported_files", (file["sha256"],)] = {"size": file["size"], **stamp(event)}
    return told


def _kept(event: AuditRecord, rows: Rows) -> Told:
    """Versions of rows of a source."""
    found = rows["source_row_versions"]
    proved = _proved(
        event, rows_digest((row["key"], row["version"], row["digest"]) for row in found)
    )
    return {
        ("source_row_versions", (row["study"], row["key"], row["version"])): {
            **proved,
            "digest of the row": row["digest"],
        }
        for row in found
    }


def _refused(event: AuditRecord, rows: Rows) -> Told:
    """Rows of a file that were refused."""
    found = rows["import_lines"]
    proved = _proved(event, lines_digest([(row["number"], row["document"]) for row in found]))
    return {("import_lines", (row["job"], row["number"])): proved for row in found}


def _planned(event: AuditRecord, rows: Rows) -> Told:
    """The chunks of a re-adjudication."""
    found = sorted(rows["readjudication_chunks"], key=lambda row: row["number"])
    proved = _proved(event, chunks_digest([json.loads(row["subjects"]) for row in found]))
    return {("readjudication_chunks", (row["job"], row["number"])): proved for row in found}


def _judged(event: AuditRecord, rows: Rows) -> Told:
    """What came of a chunk, and whom it changed, in the order of its patients."""
    changes = rows["readjudication_changes"]
    told: Told = {}
    for row in rows["readjudication_results"]:
        documents = [each["document"] for each in changes]
        proved = _proved(event, result_digest(row["number"], row["counts"], documents))
        told["readjudication_results", (row["job"], row["number"])] = {
            **proved,
            "digest": result_digest(row["number"], row["counts"], documents),
            "recorded_at": stamp(event)["recorded_at"],
        }
        for each in changes:
            of_row = json.loads(each["document"])
            told["readjudication_changes", (each["job"], each["subject"])] = {
                **proved,
                "number": row["number"],
                "subject": of_row["subject"],
                "kind": of_row["kind"],
            }
    return told


def rows_told(_: Sequence[AuditRecord], rows: Rows) -> Told:
    """Which version of a row counts: the last, of those whose events prove them."""
    told: Told = {}
    for row in rows["source_row_versions"]:
        key = (row["study"], row["key"])
        told["source_row_versions", (*key, row["version"])] = {}
        last = max(told.get(("source_rows", key), {"latest": 0})["latest"], row["version"])
        told["source_rows", key] = {"current": last, "latest": last}
    return told


def _proved(event: AuditRecord, digest: str) -> dict[str, Any]:
    """What is told of each row. Raises ValueError where they are not those of the digest."""
    if event.changes[0]["new"] != digest:
        raise ValueError(f"the rows of event {event.seq} are not those that it tells of")
    return {"seq": event.seq, "job": event.entity_id}


_PROOFS: Final[Mapping[str, Callable[[AuditRecord, Rows], Told]]] = {
    "job.kept": _kept,
    "job.refused": _refused,
    "job.planned": _planned,
    "job.judged": _judged,
}
"""What tells of rows beside records that an event of a job proves, by its action."""
