"""Judging a patient of the record: at the cut of knowledge, or at any other.

The cut of knowledge is the later of the last known datum and the last instant already passed at
which time alone changed a verdict. So an event that merely stays open gives nothing new to write,
and one that falls due does.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.adjudication.telling import EVERYTHING, Telling
from app.domain.record.kinds import Kind
from app.domain.time import PartialTime, instant_of
from app.store.protocols import Activation
from app.store.records import Stored
from app.use_cases.adjudicate import OneAnswer, engine_version, made_with
from app.use_cases.answering import Evaluated, answered_each, first_infusion, judge
from app.use_cases.case import UTC, Case, case_of, governing
from app.use_cases.errors import NoProtocol, UnknownRecord
from app.use_cases.snapshot import Snapshot

_EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


Altered = Callable[[ReadyProtocol], ReadyProtocol]
"""What makes another protocol of the one that governs. Raises BadProtocol."""


def unaltered(protocol: ReadyProtocol) -> ReadyProtocol:
    """The protocol that governs, as it is."""
    return protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How patients are judged, where it is not as always.

    `as_of` is another data cut than what is known. `stands` is the cut, by patient, of what stands
    and is not to be undone. `telling` is how much is told of the verdicts. Of what
    `is_tried` nothing is kept.
    """

    altered: Altered = unaltered
    as_of: PartialTime | None = None
    stands: Mapping[str, datetime] = field(default_factory=dict)
    telling: Telling = EVERYTHING
    is_tried: bool = False

    @property
    def is_usual(self) -> bool:
        """Whether what comes out is what would be kept."""
        return self.as_of is None and self.altered is unaltered


AS_ALWAYS: Final = Manner()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A patient's verdicts at a cut, under the version that governs, and when to look again."""

    cut: int
    answer: OneAnswer
    activation: Activation
    inputs: Mapping[str, Any]
    due: int | None
    site: str | None
    evaluated: Evaluated | None = field(default=None, repr=False)
    """What the verdicts were evaluated from; None of a brief answer, and where nothing was."""


def judged_now(
    snapshot: Snapshot,
    subject: str,
    now: datetime,
    read: Mapping[Kind, list[Stored]] | None = None,
) -> Judged | None:
    """The verdicts at the cut of knowledge, with what is known by `now`.

    None where the patient was not recorded, or is voided. `read` are the patient's records by
    source, where they are read already. Raises NoProtocol, BadCase.
    """
    return judged_each(snapshot, {subject: read}, now).get(subject)


def judged_each(
    snapshot: Snapshot,
    read: Mapping[str, Mapping[Kind, list[Stored]] | None],
    now: datetime,
    manner: Manner = AS_ALWAYS,
) -> dict[str, Judged]:
    """The same of several patients, each as if alone and all as one batch.

    `read` are their records by source. Who was not recorded, or is voided, is left out.
    Raises BadProtocol too, where the manner makes one that cannot be used.
    """
    found = {subject: case_of(snapshot, subject, records) for subject, records in read.items()}
    cases = {subject: case for subject, case in found.items() if case is not None}
    if manner.as_of is not None:
        at = {subject: manner.as_of.span(case.zone).last for subject, case in cases.items()}
        return dict(_each_judged(snapshot, cases, at, manner))
    cuts = {subject: case.last_datum for subject, case in cases.items()}
    judged: dict[str, Judged] = {}
    while cuts:
        judged |= _each_judged(snapshot, cases, cuts, manner)
        cuts = {
            subject: due
            for subject in cuts
            if (due := judged[subject].due) is not None
            and due <= instant_of(max(now, manner.stands.get(subject, now)))
        }
    return judged


def _each_judged(
    snapshot: Snapshot, cases: Mapping[str, Case], cuts: Mapping[str, int], manner: Manner
) -> Iterator[tuple[str, Judged]]:
    """The verdicts of some patients, each at a cut of its own."""
    for activation, subjects in governed(snapshot, cases, cuts):
        protocol = manner.altered(_ready(snapshot, activation, None))
        some = [cases[subject] for subject in subjects]
        as_of = [PartialTime(UTC.text(cuts[subject])) for subject in subjects]
        found = answered_each(some, protocol, as_of, manner.telling)
        for subject, case, each in zip(subjects, some, found, strict=True):
            cut = cuts[subject]
            yield (
                subject,
                Judged(
                    cut=cut,
                    answer=each.answer,
                    activation=activation,
                    inputs=_inputs(case, protocol, activation, each.answer),
                    due=due_after(each.answer, case, cut),
                    site=case.subject.site,
                    evaluated=each.evaluated(case),
                ),
            )


def governed(
    snapshot: Snapshot, cases: Mapping[str, Case], cuts: Mapping[str, int]
) -> list[tuple[Activation, list[str]]]:
    """The patients whom each activation governs at their cuts."""
    found: dict[int, tuple[Activation, list[str]]] = {}
    for subject, cut in cuts.items():
        activation = _activation_of(snapshot, cases[subject], cut)
        found.setdefault(activation.number, (activation, []))[1].append(subject)
    return list(found.values())


def judged_at(
    snapshot: Snapshot,
    subject: str,
    as_of: PartialTime,
    version: str | None,
) -> tuple[Judged, Case]:
    """The verdicts at any data cut, with what the snapshot knows.

    Raises UnknownRecord, NoProtocol, UnknownVersion, BadTime.
    """
    case = case_of(snapshot, subject)
    if case is None:
        raise UnknownRecord("subject", subject)
    cut = as_of.span(case.zone).last
    activation = _activation_of(snapshot, case, cut)
    protocol = _ready(snapshot, activation, version)
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


def moment_of(instant: int) -> datetime:
    """The UTC time of an instant (microseconds since 1970)."""
    return _EPOCH + timedelta(microseconds=instant)


def due_after(answer: OneAnswer, case: Case, cut: int) -> int | None:
    """The first instant after a cut at which time alone may change something."""
    times = [each.becomes_dlt_at for each in answer.events]
    times += [each.end for each in answer.subject.window]
    times.append(answer.subject.until)
    flips = (*(_instant(each) for each in times if each is not None), *case.ahead(cut))
    return min((each for each in flips if each > cut), default=None)


def _instant(text: str) -> int:
    return instant_of(datetime.fromisoformat(text))


def _activation_of(snapshot: Snapshot, case: Case, cut: int) -> Activation:
    """The activation that governs a patient at a cut. Raises NoProtocol."""
    on = case.zone.local(cut).date().isoformat()
    activation = governing(snapshot.activations, first_infusion(case), on)
    if activation is None:
        raise NoProtocol(snapshot.study)
    return activation


def _ready(snapshot: Snapshot, activation: Activation, version: str | None) -> ReadyProtocol:
    """The version that was activated, or the one that is asked for instead."""
    return snapshot.protocol(activation.protocol, version or activation.version)


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
