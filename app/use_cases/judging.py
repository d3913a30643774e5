"""Judging a patient of the record: at the cut of knowledge, or at any other.

The cut of knowledge is the later of the last known datum and the last instant already passed at
which time alone changed a verdict. So an event that merely stays open gives nothing new to write,
and one that falls due does.
"""

from collections.abc import Iterator, Mapping, Set
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from app.domain.adjudication.adjudicate import adjudicate
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.adjudication.result import EventAdjudication, Finding
from app.domain.case import Subject
from app.domain.record.kinds import Kind
from app.domain.time import PartialTime, instant_of
from app.store.protocols import Activation
from app.store.records import Stored
from app.use_cases.adjudicate import OneAnswer, engine_version, made_with, one_answer
from app.use_cases.case import UTC, Case, Snapshot, case_of, governing
from app.use_cases.errors import NoProtocol, UnknownRecord
from app.use_cases.protocols import ready_version

_EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


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


def moment_of(instant: int) -> datetime:
    """The UTC time of an instant (microseconds since 1970)."""
    return _EPOCH + timedelta(microseconds=instant)


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
