"""Stored adjudications once more, under the present engine: whether it answers the same.

Each is judged again from what its inputs name, at its own cut and under its own protocol version;
nothing is written. (`replay.py` is something else: the tables once more, from the audit trail.)
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import TypeAdapter, ValidationError

from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.case import STRICT, SubjectData
from app.domain.errors import DomainError
from app.domain.record.canonical import digest_of
from app.domain.record.changes import ABSENT
from app.domain.record.documents import UnknownSchema
from app.domain.record.kinds import BY_SOURCE, Kind
from app.domain.reference_range import ReferenceRange
from app.domain.time import PartialTime, RecordedTime, instant_of
from app.store.adjudications import StoredAdjudication
from app.store.records import Stored
from app.store.types import written
from app.use_cases.adjudicate import OneAnswer, UsedCriteria, UsedProtocol
from app.use_cases.answer_changes import Change, answer_changes
from app.use_cases.answering import judge
from app.use_cases.case import Case, case_of
from app.use_cases.judging import due_after, moment_of
from app.use_cases.snapshot import content_of, document_of
from app.use_cases.verdicts import ANSWER

Engine = Callable[[Case, ReadyProtocol, PartialTime], OneAnswer]
"""What judges a case at a cut."""

ObstacleCode = Literal[
    "inputs_changed", "inputs_not_read", "answer_changed", "answer_not_read", "version_missing",
    "version_changed", "version_not_read", "protocol_changed", "protocol_not_read",
    "patient_not_named", "engine_failed",
]  # fmt: skip
"""Why an adjudication cannot be recomputed, beside the codes of what the engine refuses."""
DEFECTS: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What an engine with a fault raises. The other adjudications are recomputed all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Why an adjudication cannot be recomputed.

    `code` is an `ObstacleCode`, or that of the error with which the engine refuses.
    """

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recomputed:
    """An adjudication, and in what the present engine differs; or why it cannot be told."""

    kept: StoredAdjudication
    changes: tuple[Change, ...] = ()
    obstacle: Obstacle | None = None

    @property
    def matters(self) -> bool:
        """Whether a verdict or its reasons differ, or nobody can tell."""
        return self.obstacle is not None or any(
            each.kind in {"verdict", "reason"} for each in self.changes
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedVersion:
    """A version of a record, as inputs name it."""

    __pydantic_config__ = STRICT

    key: str
    version: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedData:
    """A dictionary or a map of synonyms, as inputs name it."""

    __pydantic_config__ = STRICT

    id: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """All that an adjudication says it rests on.

    Versions of the study and of the site are not among it: what they gave is, as `time_zone` and
    `laboratory`.
    """

    __pydantic_config__ = STRICT

    as_of: RecordedTime
    time_zone: str
    engine_version: str
    protocol: UsedProtocol
    activation: int
    dictionary: NamedData
    synonyms: NamedData
    records: Mapping[Kind, tuple[NamedVersion, ...]]
    criteria: UsedCriteria | None = None
    laboratory: str | None = None

    @property
    def names(self) -> Iterator[tuple[Kind, str, int]]:
        """Kind, key and number of every version."""
        for kind, named in self.records.items():
            yield from ((kind, each.key, each.version) for each in named)


_INPUTS: Final = TypeAdapter(Inputs)


class NotRecomputable(Exception):
    """What an adjudication rests on is not there as it was."""

    def __init__(self, code: ObstacleCode, message: str) -> None:
        self.obstacle = Obstacle(code=code, message=message)
        super().__init__(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is there of that which adjudications of one study name."""

    versions: Mapping[tuple[Kind, str, int], Stored]
    protocol: Callable[[str, str], ReadyProtocol]
    """The protocol of an id and a version. Raises a DomainError where it is not there."""


def inputs_of(kept: StoredAdjudication) -> Inputs:
    """What an adjudication says it rests on.

    Raises NotRecomputable where that is not what was digested, or names what is not known here.
    """
    if digest_of(kept.inputs) != kept.input_digest:
        raise NotRecomputable("inputs_changed", "its inputs are not those of their digest.")
    try:
        return _INPUTS.validate_json(kept.inputs)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = "/".join(str(each) for each in fault["loc"])
        message = f"its inputs cannot be read at /{place}: {fault['msg']}."
        raise NotRecomputable("inputs_not_read", message) from error


def recomputed(kept: StoredAdjudication, known: Known, engine: Engine = judge) -> Recomputed:
    """An adjudication, judged again by the present engine from exactly what it names."""
    try:
        inputs = inputs_of(kept)
        case, answer = _judged_again(kept, inputs, known, engine)
        found = tuple(_changes(kept, inputs, case, answer))
    except NotRecomputable as error:
        return Recomputed(kept=kept, obstacle=error.obstacle)
    except DomainError as error:
        return Recomputed(kept=kept, obstacle=Obstacle(code=error.code, message=str(error)))
    except DEFECTS as error:
        # Its message may quote what was recorded of a patient.
        message = f"the engine ended with {type(error).__name__}, which is a defect: report it."
        return Recomputed(kept=kept, obstacle=NotRecomputable("engine_failed", message).obstacle)
    return Recomputed(kept=kept, changes=found)


def _judged_again(
    kept: StoredAdjudication, inputs: Inputs, known: Known, engine: Engine
) -> tuple[Case, OneAnswer]:
    if digest_of(kept.answer) != kept.answer_digest:
        raise NotRecomputable("answer_changed", "its answer is not that of its digest.")
    used = inputs.protocol
    protocol = known.protocol(used.id, used.version)
    if protocol.digest != used.digest:
        message = f"protocol {used.id} version {used.version} is not the document that decided."
        raise NotRecomputable("protocol_changed", message)
    case = case_of(_Named.of(inputs, known), kept.subject)
    if case is None:
        message = f"its inputs name no record of patient {kept.subject}."
        raise NotRecomputable("patient_not_named", message)
    return case, engine(case, protocol, inputs.as_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """The versions that an adjudication names: what its case is made of."""

    inputs: Inputs
    of_kind: Mapping[Kind, list[Stored]]

    @classmethod
    def of(cls, inputs: Inputs, known: Known) -> "_Named":
        """Raises NotRecomputable for one that is not there, or is not what it was."""
        of_kind: dict[Kind, list[Stored]] = {}
        for kind, named in inputs.records.items():
            of_kind[kind] = [_version(kind, each, known) for each in named]
        return cls(inputs=inputs, of_kind=of_kind)

    def patient_record(self, subject: str) -> Stored | None:
        named = (each for each in self.of_kind.get("subject", ()) if each.key == subject)
        return next(named, None)

    def of_patient(self, subject: str) -> Mapping[Kind, list[Stored]]:  # noqa: ARG002 (all are)
        return {kind: self.of_kind.get(kind, []) for kind in BY_SOURCE}

    def zone_of_patient(self, patient: SubjectData | None) -> str:  # noqa: ARG002 (as it was)
        return self.inputs.time_zone

    def laboratory_of_patient(self, patient: SubjectData) -> str | None:  # noqa: ARG002 (as was)
        return self.inputs.laboratory

    @property
    def ranges(self) -> Sequence[tuple[Stored, ReferenceRange]]:
        kind: Kind = "laboratory_range"
        held = self.of_kind.get(kind, ())
        return [(each, content_of(kind, each, ReferenceRange)) for each in held]


def _version(kind: Kind, named: NamedVersion, known: Known) -> Stored:
    found = known.versions.get((kind, named.key, named.version))
    what = f"{kind} {named.key} version {named.version}"
    if found is None:
        raise NotRecomputable("version_missing", f"{what}, which it rests on, is not there.")
    if not named.digest == found.digest == digest_of(found.document):
        message = f"{what} is not the document that it rests on."
        raise NotRecomputable("version_changed", message)
    try:
        document_of(kind, found)
    except (UnknownSchema, ValueError) as error:
        raise NotRecomputable("version_not_read", f"{what} cannot be read any more.") from error
    return found


def _changes(
    kept: StoredAdjudication, inputs: Inputs, case: Case, answer: OneAnswer
) -> Iterator[Change]:
    """Everything that is told otherwise: the answer, when to look again, and what was used."""
    new = json.loads(ANSWER.dump_json(answer, by_alias=True))
    try:
        found = list(answer_changes(json.loads(kept.answer), new))
    except (AttributeError, LookupError, TypeError) as error:
        message = "its answer has another shape than this version can compare."
        raise NotRecomputable("answer_not_read", message) from error
    due = due_after(answer, case, instant_of(kept.as_of))
    look = None if due is None else written(moment_of(due))
    before = None if kept.due is None else written(kept.due)
    if look != before:
        found.append(Change(kind="reason", path="/due", old=before, new=look))
    yield from found
    yield from _unused(inputs, case)


def _unused(inputs: Inputs, case: Case) -> Iterator[Change]:
    """What was named and is not asked for any more."""
    used = {(each.kind, each.key, each.version) for each in case.inputs}
    for kind, key, version in inputs.names:
        if (kind, key, version) not in used:
            path = f"/records/{kind}/{key}"
            yield Change(kind="provenance", path=path, old=version, new=ABSENT)
    if inputs.laboratory != case.laboratory:
        old, new = inputs.laboratory, case.laboratory
        yield Change(kind="provenance", path="/laboratory", old=old, new=new)
