"""Verdicts that are kept: one adjudication per patient and state of knowledge, never changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from pydantic import TypeAdapter

from app.domain.record.canonical import canonical, digest_of
from app.domain.record.changes import changes
from app.domain.record.origin import Origin
from app.store.adjudications import Adjudications, StoredAdjudication
from app.store.audit import Entry
from app.store.writer import Unit
from app.use_cases.adjudicate import OneAnswer
from app.use_cases.ahead import Ahead
from app.use_cases.judging import Judged, judged_each, moment_of
from app.use_cases.kept_columns import keep_columns
from app.use_cases.snapshot import Snapshot
from app.use_cases.summaries import SUMMARY, Summary, summary_of

Cause = Literal[
    "ingest",
    "correction",
    "void",
    "restoration",
    "patient",
    "site",
    "study",
    "range",
    "time",
    "readjudication",
]
_NEW_INPUTS: Final[frozenset[Cause]] = frozenset({"patient"})
"""Causes that leave no patient with the inputs of before: the patient rests on a new version.

What is voided, or moved to another patient, leaves its patient with those of before; so does the
zone of a site or a study that is set back, and a range of a laboratory that is voided.
"""
_TOGETHER: Final = 20
"""Patients of whom the records are read at once, and who are judged together."""
ANSWER: Final = TypeAdapter(OneAnswer)
"""Writes the text that is kept, which `answer_digest` covers."""


def keep(
    unit: Unit, origin: Origin, study: str, subject: str, cause: Cause
) -> StoredAdjudication | None:
    """Adjudicate a patient again, and write it if anything that it rests on has changed.

    The adjudication that stands afterwards; None where there is no such patient.
    """
    return next(iter(keep_each(unit, origin, study, {subject: cause})), None)


def keep_each(
    unit: Unit, origin: Origin, study: str, causes: Mapping[str, Cause]
) -> list[StoredAdjudication]:
    """Adjudicate several patients, each once; the adjudications that stand afterwards."""
    subjects = sorted(causes)
    snapshot = Snapshot.within(unit, study)
    kept = []
    for start in range(0, len(subjects), _TOGETHER):
        some = subjects[start : start + _TOGETHER]
        ahead = Ahead.of(unit, study, some)
        judged = judged_each(snapshot, ahead.records, unit.recorded_at)
        for subject in (each for each in some if each in judged):
            who = Patient(study=study, subject=subject, current=ahead.current.get(subject))
            kept.append(keep_judged(unit, origin, who, judged[subject], causes[subject]))
    return kept


def keep_all(
    unit: Unit, origin: Origin, study: str, subjects: Iterable[str], cause: Cause
) -> list[StoredAdjudication]:
    """The same, for one cause."""
    return keep_each(unit, origin, study, dict.fromkeys(subjects, cause))


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """A patient, and the adjudication that is current."""

    study: str
    subject: str
    current: StoredAdjudication | None


def keep_judged(
    unit: Unit, origin: Origin, who: Patient, judged: Judged, cause: Cause
) -> StoredAdjudication:
    """Write what was judged, unless the current one rests on the same inputs; what then stands."""
    study, subject, current = who.study, who.subject, who.current
    store = Adjudications(connection=unit.connection, study=study)
    draft = _Draft.of(judged, cause, current)
    if current is not None and current.input_digest == draft.input_digest:
        return current
    is_first = current is None  # whoever was judged has one that is current
    is_new = is_first or cause in _NEW_INPUTS
    earlier = None if is_new else store.of_inputs(subject, draft.input_digest)
    if earlier is not None:
        entry = draft.entry(study, subject, "reinstated", earlier.id, earlier.number)
        receipt = unit.audit.append(entry, origin, unit.recorded_at)
        store.point(earlier, current, (receipt.seq, unit.recorded_at))
        keep_columns(unit.connection, earlier, judged.evaluated)
        return earlier
    made, number = str(unit.new_id()), 1 if is_first else store.last_number(subject) + 1
    entry = draft.entry(study, subject, "made", made, number)
    receipt = unit.audit.append(entry, origin, unit.recorded_at)
    stored = draft.stored(study, subject, made, number, unit.recorded_at, receipt.seq)
    store.append(stored)
    store.point(stored, current)
    keep_columns(unit.connection, stored, judged.evaluated)
    return stored


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """An adjudication on its way into the table: its texts, and what their digests are."""

    judged: Judged
    cause: Cause
    before: StoredAdjudication | None
    summary: Summary
    inputs: str
    input_digest: str
    answer: str
    answer_digest: str

    @classmethod
    def of(cls, judged: Judged, cause: Cause, before: StoredAdjudication | None) -> "_Draft":
        inputs = canonical(judged.inputs)
        answer = ANSWER.dump_json(judged.answer, by_alias=True).decode()
        return cls(
            judged=judged,
            cause=cause,
            before=before,
            summary=summary_of(judged.answer),
            inputs=inputs,
            input_digest=digest_of(inputs),
            answer=answer,
            answer_digest=digest_of(answer),
        )

    def entry(
        self, study: str, subject: str, act: Literal["made", "reinstated"], made: str, number: int
    ) -> Entry:
        """What the audit trail says: which verdicts changed, and what they rest on.

        An adjudication is reinstated where its inputs are those of the patient once more.
        """
        now = {
            **_verdict_words(self.summary),
            "input_digest": self.input_digest,
            "answer_digest": self.answer_digest,
        }
        old: dict[str, Any] = {}
        if self.before is not None:
            old = {
                **_verdict_words(SUMMARY.validate_json(self.before.summary)),
                "input_digest": self.before.input_digest,
                "answer_digest": self.before.answer_digest,
            }
        return Entry(
            action=f"adjudication.{act}",
            entity="adjudication",
            entity_id=made,
            entity_version=number,
            study=study,
            site=self.judged.site,
            subject=subject,
            changes=tuple(changes(old, now)),
            reason_code=self.cause.upper(),
            ruleset_digest=self.judged.answer.protocol.digest,
            dictionary_version=self.judged.answer.dictionary.id,
        )

    def stored(
        self, study: str, subject: str, made: str, number: int, recorded_at: datetime, seq: int
    ) -> StoredAdjudication:
        """The row."""
        answer, due = self.judged.answer, self.judged.due
        return StoredAdjudication(
            id=made,
            study=study,
            subject=subject,
            number=number,
            as_of=moment_of(self.judged.cut),
            protocol=answer.protocol.id,
            protocol_version=answer.protocol.version,
            status=answer.subject.status,
            cause=self.cause,
            input_digest=self.input_digest,
            inputs=self.inputs,
            answer_digest=self.answer_digest,
            answer=self.answer,
            summary=SUMMARY.dump_json(self.summary).decode(),
            supersedes=self.before.id if self.before else None,
            due=None if due is None else moment_of(due),
            recorded_at=recorded_at,
            seq=seq,
        )


def _verdict_words(summary: Summary) -> dict[str, Any]:
    """What an inspector wants to see change: words, not explanations."""
    return {
        "status": summary.subject.status,
        "events": {each.id: each.verdict for each in summary.events},
    }
