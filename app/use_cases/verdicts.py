"""Verdicts that are kept: one adjudication per patient and state of knowledge, never changed.

A verdict is stated at the cut of knowledge: the later of the last known datum and the last instant
already passed at which time alone changed a verdict. So an event that merely stays open gives
nothing new to write, and one that falls due does.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from pydantic import TypeAdapter

from app.domain.adjudication.adjudicate import adjudicate
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.adjudication.result import (
    EventAdjudication,
    Finding,
)
from app.domain.case import Subject
from app.domain.record.canonical import canonical, digest_of
from app.domain.record.changes import changes
from app.domain.record.kinds import Kind
from app.domain.record.origin import Origin
from app.domain.time import PartialTime, instant_of
from app.store.adjudications import Adjudications, StoredAdjudication
from app.store.audit import Entry
from app.store.protocols import Activation
from app.store.records import Stored
from app.store.writer import Unit
from app.use_cases.adjudicate import OneAnswer, engine_version, made_with, one_answer
from app.use_cases.ahead import Ahead
from app.use_cases.case import UTC, Case, Snapshot, case_of, governing
from app.use_cases.errors import NoProtocol, UnknownRecord
from app.use_cases.protocols import ready_version
from app.use_cases.summaries import SUMMARY, Summary, summary_of

Cause = Literal[
    "ingest", "correction", "void", "restoration", "patient", "site", "study", "range", "time"
]
_NEW_INPUTS: Final[frozenset[Cause]] = frozenset({"patient"})
"""Causes that leave no patient with the inputs of before: the patient rests on a new version.

What is voided, or moved to another patient, leaves its patient with those of before; so does the
zone of a site or a study that is set back, and a range of a laboratory that is voided.
"""
_TOGETHER: Final = 20
"""Patients of whom the records are read at once."""
_EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


_ANSWER: Final = TypeAdapter(OneAnswer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A patient's verdicts at a cut, under the version that governs, and when to look again."""

    cut: int
    answer: OneAnswer
    activation: Activation
    inputs: Mapping[str, Any]
    due: int | None
    site: str | None


def judged_now(
    snapshot: Snapshot,
    subject: str,
    now: datetime,
    read: Mapping[Kind, list[Stored]] | None = None,
) -> Judged | None:
    """The verdicts at the cut of knowledge, with what is known by `now`.

    None where the patient was not recorded, or is voided. `read` are the patient's records by
    source, where they are read already.
    """
    case = case_of(snapshot, subject, read)
    if case is None:
        return None
    judged = _judged(snapshot, case, case.last_datum)
    while judged.due is not None and judged.due <= instant_of(now):
        judged = _judged(snapshot, case, judged.due)
    return judged


def _judged(snapshot: Snapshot, case: Case, cut: int) -> Judged:
    activation, protocol = _protocol_of(snapshot, case, cut, None)
    answer = judge(case, protocol, PartialTime(UTC.text(cut)))
    return Judged(
        cut=cut,
        answer=answer,
        activation=activation,
        inputs=_inputs(case, protocol, activation, answer),
        due=min((each for each in _flips(answer, case, cut) if each > cut), default=None),
        site=case.subject.site,
    )


def judged_at(
    snapshot: Snapshot, subject: str, as_of: PartialTime, version: str | None
) -> tuple[Judged, Case]:
    """The verdicts at any data cut, with what the snapshot knows.

    Raises UnknownRecord, NoProtocol, UnknownVersion, BadTime.
    """
    case = case_of(snapshot, subject)
    if case is None:
        raise UnknownRecord("subject", subject)
    cut = as_of.span(case.zone).last
    activation, protocol = _protocol_of(snapshot, case, cut, version)
    answer = judge(case, protocol, as_of)
    inputs = _inputs(case, protocol, activation, answer)
    judged = Judged(
        cut=cut,
        answer=answer,
        activation=activation,
        inputs=inputs,
        due=None,
        site=case.subject.site,
    )
    return judged, case


def judge(case: Case, protocol: ReadyProtocol, as_of: PartialTime) -> OneAnswer:
    """The verdicts at a cut.

    Of an event whose source did not say up to when it goes on, silence matters to limits that have
    run out; one that has not stays pending, whatever else became known of the patient since.
    """
    case = case.at(as_of.span(case.zone).last)
    answer = _answer(case.subject, case, protocol, as_of)
    running = {each.id for each in answer.events if each.id in case.assumed and _is_running(each)}
    while running:
        again = _answer(going_on(case.subject, running), case, protocol, as_of)
        pending = {each.id for each in again.events if each.verdict == "PENDING"}
        if running <= pending:
            return again
        running &= pending
    return answer


def _is_running(event: EventAdjudication) -> bool:
    """Whether recovery is all that is missing, and beyond the limit the event would be pending."""
    return event.verdict == "UNDETERMINED" and all(
        each.field == "recovery" and "PENDING" in each.would_settle.values()
        for each in event.missing
    )


def going_on(subject: Subject, events: Set[str]) -> Subject:
    """The case, with these events going on at the cut."""
    return replace(
        subject,
        events=tuple(
            replace(each, ongoing_as_of=None) if each.id in events else each
            for each in subject.events
        ),
    )


def _answer(
    subject: Subject, case: Case, protocol: ReadyProtocol, as_of: PartialTime
) -> OneAnswer:
    """The verdicts of a case. A phase that the protocol version does not have is not known."""
    findings: tuple[Finding, ...] = ()
    phases = [each.id for each in protocol.document.phases]
    if subject.phase is not None and subject.phase not in phases:
        message = (
            f"{protocol.name} has no phase {subject.phase!r}; it has "
            f"{', '.join(phases) or 'none'}. The patient's phase counts as not known."
        )
        findings = (Finding(code="unknown_phase", message=message),)
        subject = replace(subject, phase=None)
    zone = case.zone.name
    judged = adjudicate((subject,), protocol, as_of, zone, kept=case.told)[0]
    answer = one_answer(subject, judged, protocol, as_of)
    if not findings:
        return answer
    told = replace(answer.subject, findings=(*answer.subject.findings, *findings))
    return replace(answer, subject=told)


def keep(
    unit: Unit, origin: Origin, study: str, subject: str, cause: Cause
) -> StoredAdjudication | None:
    """Adjudicate a patient again, and write it if anything that it rests on has changed.

    The adjudication that stands afterwards; None where there is no such patient.
    """
    return _keep(unit, origin, study, subject, cause, Ahead.of(unit, study, [subject]))


def keep_each(
    unit: Unit, origin: Origin, study: str, causes: Mapping[str, Cause]
) -> list[StoredAdjudication]:
    """Adjudicate several patients, each once; the adjudications that stand afterwards."""
    subjects = sorted(causes)
    kept = []
    for start in range(0, len(subjects), _TOGETHER):
        some = subjects[start : start + _TOGETHER]
        ahead = Ahead.of(unit, study, some)
        kept += [_keep(unit, origin, study, each, causes[each], ahead) for each in some]
    return [each for each in kept if each is not None]


def keep_all(
    unit: Unit, origin: Origin, study: str, subjects: Iterable[str], cause: Cause
) -> list[StoredAdjudication]:
    """The same, for one cause."""
    return keep_each(unit, origin, study, dict.fromkeys(subjects, cause))


def _keep(
    unit: Unit, origin: Origin, study: str, subject: str, cause: Cause, ahead: Ahead
) -> StoredAdjudication | None:
    snapshot = Snapshot.within(unit, study)
    judged = judged_now(snapshot, subject, unit.recorded_at, ahead.records[subject])
    if judged is None:
        return None
    store = Adjudications(connection=unit.connection, study=study)
    current = ahead.current.get(subject)
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
        return earlier
    made, number = str(unit.new_id()), 1 if is_first else store.last_number(subject) + 1
    entry = draft.entry(study, subject, "made", made, number)
    receipt = unit.audit.append(entry, origin, unit.recorded_at)
    stored = draft.stored(study, subject, made, number, unit.recorded_at, receipt.seq)
    store.append(stored)
    store.point(stored, current)
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
        answer = _ANSWER.dump_json(judged.answer, by_alias=True).decode()
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


def moment_of(instant: int) -> datetime:
    """The UTC time of an instant (microseconds since 1970)."""
    return _EPOCH + timedelta(microseconds=instant)


def _verdict_words(summary: Summary) -> dict[str, Any]:
    """What an inspector wants to see change: words, not explanations."""
    return {
        "status": summary.subject.status,
        "events": {each.id: each.verdict for each in summary.events},
    }


def _flips(answer: OneAnswer, case: Case, cut: int) -> Iterator[int]:
    """The instants at which time alone may change something."""
    times = [each.becomes_dlt_at for each in answer.events]
    times += [each.end for each in answer.subject.window]
    times.append(answer.subject.until)
    yield from (_instant(each) for each in times if each is not None)
    yield from case.ahead(cut)


def _instant(text: str) -> int:
    return instant_of(datetime.fromisoformat(text))


def _protocol_of(
    snapshot: Snapshot, case: Case, cut: int, version: str | None
) -> tuple[Activation, ReadyProtocol]:
    """The version that governs a patient at a cut, or the one that is asked for instead."""
    starts = [each.start for each in case.subject.exposures or () if each.start is not None]
    first = min((each.span(case.zone).first for each in starts), default=None)
    activation = governing(
        snapshot.activations,
        None if first is None else case.zone.local(first).date().isoformat(),
        case.zone.local(cut).date().isoformat(),
    )
    if activation is None:
        raise NoProtocol(snapshot.study)
    ready = ready_version(snapshot.connection, activation.protocol, version or activation.version)
    return activation, ready


def _inputs(
    case: Case, protocol: ReadyProtocol, activation: Activation, answer: OneAnswer
) -> dict[str, Any]:
    """All that the verdicts rest on: equal inputs give equal answers."""
    used, dictionary = made_with(protocol)
    records: dict[Kind, list[dict[str, Any]]] = {}
    for each in case.inputs:
        value = {"key": each.key, "version": each.version, "digest": each.digest}
        records.setdefault(each.kind, []).append(value)
    return (
        {
            "as_of": answer.as_of.text,
            "time_zone": case.zone.name,
            "engine_version": engine_version(),
            "protocol": {"id": used.id, "version": used.version, "digest": used.digest},
            "activation": activation.number,
            "dictionary": {"id": dictionary.id, "digest": dictionary.digest},
            "synonyms": {"id": dictionary.synonyms.id, "digest": dictionary.synonyms.digest},
            "records": records,
        }
        | ({} if answer.criteria is None else {"criteria": asdict(answer.criteria)})
        | ({} if case.laboratory is None else {"laboratory": case.laboratory})
    )
