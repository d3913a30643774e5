"""Verdicts that are kept: one adjudication per patient and state of knowledge, never changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from pydantic import TypeAdapter

from app.domain.record.canonical import canonical, digest_of
from app.domain.record.changes import changes
from app.domain.record.origin import Origin
from app.store.adjudications import Adjudications, Move, StoredAdjudication
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
        drafts = [
            _Draft.of(
                Patient(study=study, subject=subject, current=ahead.current.get(subject)),
                judged[subject],
                causes[subject],
            )
            for subject in some
            if subject in judged
        ]
        kept += _kept(unit, origin, study, drafts)
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
    return _kept(unit, origin, who.study, [_Draft.of(who, judged, cause)])[0]


def _kept(
    unit: Unit, origin: Origin, study: str, drafts: Sequence["_Draft"]
) -> list[StoredAdjudication]:
    """Write the drafts of some patients of a study; what stands of each afterwards.

    What is asked of the table is asked for all of them at once, and their pointers are moved
    together: patient by patient, statements would cost more than the rows.
    """
    store = Adjudications(connection=unit.connection, study=study)
    changed = [each for each in drafts if not each.rests_on_the_same]
    earlier = store.of_inputs({e.subject: e.input_digest for e in changed if not e.is_new})
    last = store.last_numbers([each.subject for each in changed if not each.is_first])
    stands = {each.subject: each.before for each in drafts if each.before is not None}
    moves = []
    for draft in changed:
        found = earlier.get(draft.subject)
        if found is None:
            move = _made(unit, origin, store, draft, last.get(draft.subject, 0) + 1)
        else:
            entry = draft.entry("reinstated", found.id, found.number)
            receipt = unit.audit.append(entry, origin, unit.recorded_at)
            since = receipt.seq, unit.recorded_at
            move = Move(to=found, before=draft.before, since=since)
        moves.append(move)
        stands[draft.subject] = move.to
        keep_columns(unit.connection, move.to, draft.judged.answer, draft.judged.evaluated)
    store.point(moves)
    return [stands[draft.subject] for draft in drafts]


def _made(unit: Unit, origin: Origin, store: Adjudications, draft: "_Draft", number: int) -> Move:
    """Write a new adjudication; how the pointer is moved to it."""
    made = str(unit.new_id())
    receipt = unit.audit.append(draft.entry("made", made, number), origin, unit.recorded_at)
    stored = draft.stored(made, number, unit.recorded_at, receipt.seq)
    store.append(stored)
    return Move(to=stored, before=draft.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """An adjudication on its way into the table: its texts, and what their digests are."""

    who: Patient
    judged: Judged
    cause: Cause
    summary: Summary
    inputs: str
    input_digest: str
    answer: str
    answer_digest: str

    @classmethod
    def of(cls, who: Patient, judged: Judged, cause: Cause) -> "_Draft":
        """What was judged of a patient, as it would be written."""
        inputs = canonical(judged.inputs)
        answer = ANSWER.dump_json(judged.answer, by_alias=True).decode()
        return cls(
            who=who,
            judged=judged,
            cause=cause,
            summary=summary_of(judged.answer),
            inputs=inputs,
            input_digest=digest_of(inputs),
            answer=answer,
            answer_digest=digest_of(answer),
        )

    @property
    def subject(self) -> str:
        """The patient."""
        return self.who.subject

    @property
    def before(self) -> StoredAdjudication | None:
        """The adjudication that is current."""
        return self.who.current

    @property
    def rests_on_the_same(self) -> bool:
        """Whether the current one has these inputs: then it stays."""
        return self.before is not None and self.before.input_digest == self.input_digest

    @property
    def is_first(self) -> bool:
        """Whether it is the patient's first: whoever was judged has one that is current."""
        return self.before is None

    @property
    def is_new(self) -> bool:
        """Whether no earlier one can have had these inputs."""
        return self.is_first or self.cause in _NEW_INPUTS

    def entry(self, act: Literal["made", "reinstated"], made: str, number: int) -> Entry:
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
            study=self.who.study,
            site=self.judged.site,
            subject=self.subject,
            changes=tuple(changes(old, now)),
            reason_code=self.cause.upper(),
            ruleset_digest=self.judged.answer.protocol.digest,
            dictionary_version=self.judged.answer.dictionary.id,
        )

    def stored(
        self, made: str, number: int, recorded_at: datetime, seq: int
    ) -> StoredAdjudication:
        """The row."""
        answer, due = self.judged.answer, self.judged.due
        return StoredAdjudication(
            id=made,
            study=self.who.study,
            subject=self.subject,
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
