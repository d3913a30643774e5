"""Adjudicate what a request brings: the same for the service and for the commands.

The request's types stand here, since they are what both read; the answer's are the domain's,
with what the verdicts were made with.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from typing import Annotated, Any

from pydantic import AfterValidator, Discriminator, Field, StrictBool, Tag

from app.data import protocols
from app.domain.adjudication.adjudicate import adjudicate
from app.domain.adjudication.counterfactual import MOST_EVENTS, with_counterfactuals
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.adjudication.result import Adjudicated, EventAdjudication, SubjectAdjudication
from app.domain.case import STRICT, Name, Subject
from app.domain.errors import BadCase, BadProtocol, Fault
from app.domain.time import PartialTime, RecordedTime, last_instant_of_cut, zone_of


class Refused(ValueError):
    """A part of a request that cannot be used; pointers are relative to it."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{fault.pointer}: {fault.message}" for fault in faults))


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltInProtocol:
    """A protocol that the service has; without `version` the latest."""

    __pydantic_config__ = STRICT

    id: Name
    version: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineProtocol:
    """A protocol document that the request brings with it (docs/rule-language.md)."""

    __pydantic_config__ = STRICT

    document: dict[str, Any]


def ready_protocol(choice: BuiltInProtocol | InlineProtocol) -> ReadyProtocol:
    """The chosen protocol, ready to judge by. Raises Refused with every fault."""
    try:
        if isinstance(choice, InlineProtocol):
            return protocols.make_ready(choice.document)
        return protocols.load(choice.id, choice.version).ready
    except BadProtocol as error:
        raise Refused(_below("/document", error.faults)) from error
    except protocols.UnknownProtocol as error:
        raise Refused((Fault(pointer="/id", message=str(error), code=error.code),)) from error
    except protocols.UnknownVersion as error:
        raise Refused((Fault(pointer="/version", message=str(error), code=error.code),)) from error


def _usable(choice: BuiltInProtocol | InlineProtocol) -> BuiltInProtocol | InlineProtocol:
    ready_protocol(choice)
    return choice


def _kind_of_protocol(value: Any) -> str | None:
    """How validation tells the two choices apart; None where both are made."""
    if not isinstance(value, dict):
        return "inline" if isinstance(value, InlineProtocol) else "built-in"
    if "document" in value:
        return None if "id" in value or "version" in value else "inline"
    return "built-in"


NamedOrBrought = Annotated[
    Annotated[BuiltInProtocol, Tag("built-in")] | Annotated[InlineProtocol, Tag("inline")],
    Discriminator(
        _kind_of_protocol,
        custom_error_type="one_of_two",
        custom_error_message="name a protocol by its id, or bring a document, not both",
    ),
]
"""A protocol that need not be usable yet."""
ProtocolChoice = Annotated[NamedOrBrought, AfterValidator(_usable)]


def _a_date_or_an_instant(value: PartialTime) -> PartialTime:
    last_instant_of_cut(value, zone_of("UTC"))
    return value


def _known_zone(value: str) -> str:
    zone_of(value)
    return value


def _each_with_its_own_id(subjects: tuple[Subject, ...]) -> tuple[Subject, ...]:
    seen: set[str] = set()
    faults = []
    for place, subject in enumerate(subjects):
        if subject.id in seen:
            message = "an earlier patient has this id; give each its own"
            faults.append(Fault(pointer=f"/{place}/id", message=message, code="duplicate_id"))
        seen.add(subject.id)
    if faults:
        raise Refused(tuple(faults))
    return subjects


DataCut = Annotated[
    RecordedTime,
    AfterValidator(_a_date_or_an_instant),
    Field(description="The data cut. A date cuts at the next midnight; an instant is inside."),
]
ZoneName = Annotated[
    str,
    Field(
        max_length=64,
        description="The site's zone where the subject names none: an IANA name or an offset.",
        examples=["+08:00", "Asia/Shanghai"],
    ),
    AfterValidator(_known_zone),
]
Wanted = Annotated[
    StrictBool,
    Field(
        description="Whether each verdict should say what would have made it another; of patients "
        f"with up to {MOST_EVENTS} events."
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class OneSubject:
    """Adjudicate one patient's events at a data cut."""

    __pydantic_config__ = STRICT

    protocol: ProtocolChoice
    as_of: DataCut
    time_zone: ZoneName | None = None
    counterfactual: Wanted = False
    subject: Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class ManySubjects:
    """Adjudicate several patients' events, each as if it were alone."""

    __pydantic_config__ = STRICT

    protocol: ProtocolChoice
    as_of: DataCut
    time_zone: ZoneName | None = None
    counterfactual: Wanted = False
    subjects: Annotated[
        tuple[Subject, ...],
        Field(min_length=1, description="Each with an id of its own."),
        AfterValidator(_each_with_its_own_id),
    ]


def _one_or_many(value: Any) -> str | None:
    if not isinstance(value, dict):
        return "many" if isinstance(value, ManySubjects) else "one"
    if "subjects" in value:
        return None if "subject" in value else "many"
    return "one"


Request = Annotated[
    Annotated[OneSubject, Tag("one")] | Annotated[ManySubjects, Tag("many")],
    Discriminator(
        _one_or_many,
        custom_error_type="one_of_two",
        custom_error_message="give exactly one of subject and subjects",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedProtocol:
    """The protocol document that decided."""

    id: str
    version: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedSynonyms:
    """The map from words that reports use to terms."""

    id: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedDictionary:
    """The dictionary that terms were looked up in."""

    id: str
    digest: str
    synonyms: UsedSynonyms


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedCriteria:
    """The numeric criteria that laboratory results were graded by."""

    id: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OneAnswer:
    """One patient's verdicts, and what they were made with."""

    protocol: UsedProtocol
    dictionary: UsedDictionary
    as_of: RecordedTime
    engine_version: str
    events: tuple[EventAdjudication, ...]
    subject: SubjectAdjudication
    criteria: UsedCriteria | None = None
    """None where no laboratory result was graded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyAnswer:
    """Several patients' verdicts in the order of the request, and what they were made with."""

    protocol: UsedProtocol
    dictionary: UsedDictionary
    as_of: RecordedTime
    engine_version: str
    subjects: tuple[Adjudicated, ...]
    criteria: UsedCriteria | None = None
    """None where no laboratory result was graded."""


def answer(request: OneSubject | ManySubjects) -> OneAnswer | ManyAnswer:
    """Adjudicate.

    Raises Refused for a protocol that is not there or cannot be used, BadCase for cases that no
    verdict can rest on; pointers are relative to the request.
    """
    many = isinstance(request, ManySubjects)
    subjects = request.subjects if isinstance(request, ManySubjects) else (request.subject,)
    protocol = ready_protocol(request.protocol)
    try:
        judged = adjudicate(subjects, protocol, request.as_of, request.time_zone)
        if request.counterfactual:
            judged = tuple(
                with_counterfactuals(each, told, protocol, request.as_of, request.time_zone)
                for each, told in zip(subjects, judged, strict=True)
            )
    except BadCase as error:
        raise BadCase(tuple(_in_request(fault, many=many) for fault in error.faults)) from error
    if many:
        used, known = made_with(protocol)
        return ManyAnswer(
            protocol=used,
            dictionary=known,
            as_of=request.as_of,
            engine_version=engine_version(),
            subjects=judged,
            criteria=graded_by(subjects, protocol),
        )
    return one_answer(subjects[0], judged[0], protocol, request.as_of)


def one_answer(
    subject: Subject, judged: Adjudicated, protocol: ReadyProtocol, as_of: PartialTime
) -> OneAnswer:
    """One patient's verdicts, with what they were made with."""
    used, known = made_with(protocol)
    return OneAnswer(
        protocol=used,
        dictionary=known,
        as_of=as_of,
        engine_version=engine_version(),
        events=judged.events,
        subject=judged.subject,
        criteria=graded_by((subject,), protocol),
    )


def graded_by(subjects: Iterable[Subject], protocol: ReadyProtocol) -> UsedCriteria | None:
    """The criteria of laboratory results, where there are results and criteria."""
    if protocol.laboratory is None or not any(subject.laboratory for subject in subjects):
        return None
    catalogue = protocol.laboratory.catalogue
    return UsedCriteria(id=catalogue.criteria.id, digest=catalogue.digest)


def made_with(protocol: ReadyProtocol) -> tuple[UsedProtocol, UsedDictionary]:
    """The protocol and the dictionary that verdicts under it are made with."""
    document, dictionary = protocol.document, protocol.dictionary
    synonyms = UsedSynonyms(id=dictionary.synonyms.id, digest=dictionary.synonyms.digest)
    return (
        UsedProtocol(id=document.id, version=document.version, digest=protocol.digest),
        UsedDictionary(id=dictionary.id, digest=dictionary.digest, synonyms=synonyms),
    )


@cache
def engine_version() -> str:
    """The version of this program, as its package says."""
    return version("doseguard")


def _in_request(fault: Fault, *, many: bool) -> Fault:
    below = fault.pointer if many else fault.pointer.removeprefix("/0")
    return replace(fault, pointer=("/subjects" if many else "/subject") + below)


def _below(root: str, faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
    return tuple(replace(fault, pointer=root + fault.pointer) for fault in faults)
