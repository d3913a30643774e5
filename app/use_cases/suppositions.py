"""Under what patients are judged again, where it is not what governs them today.

A protocol version is supposed as an activation: from a day on, for all patients or for new ones.
Another dictionary, other options of readings and another data cut can only be supposed: which
dictionary and which options hold a protocol document says, and up to when it speaks the record.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StrictBool
from sqlalchemy import Connection

from app.data.dictionaries import available
from app.data.protocols import UnknownVersion, make_ready
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.case import STRICT, Name
from app.domain.day import Day
from app.domain.errors import BadProtocol, Fault
from app.domain.pointers import escape
from app.domain.record.kinds import Identifier
from app.domain.record.origin import Reason
from app.store.protocols import Activation, activations
from app.use_cases.adjudicate import DataCut
from app.use_cases.errors import BadReadjudication
from app.use_cases.judging import Altered, unaltered
from app.use_cases.protocols import protocol
from app.use_cases.studies import BEGINNING

AppliesTo = Literal["all", "new_patients"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whom it concerns: patients of whom all that is named holds. What is left out is any."""

    __pydantic_config__ = STRICT

    dose_levels: tuple[Name, ...] = ()
    phases: tuple[Name, ...] = ()
    sites: tuple[Identifier, ...] = ()
    subjects: tuple[Identifier, ...] = ()
    terms: Annotated[
        tuple[Name, ...],
        Field(description="Patients with an event that is reported by one of these terms."),
    ] = ()

    @property
    def is_all(self) -> bool:
        """Whether nobody is left out."""
        return self == Scope()

    @property
    def asks_of_patients(self) -> bool:
        """Whether it hangs on what the patients' own records say."""
        return bool(self.dose_levels or self.phases or self.sites or self.subjects)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadjudicationBody:
    """What is to be judged again, under what, and whether it is only tried.

    Without more than a reason, every patient is judged by what governs now.
    """

    __pydantic_config__ = STRICT

    protocol_version: Annotated[
        Name | None,
        Field(description="Judge as if this version were activated; a real run activates it."),
    ] = None
    effective: Annotated[
        Day | None,
        Field(description="From when on that version governs; without it, from the beginning."),
    ] = None
    applies_to: Annotated[
        AppliesTo | None, Field(description="Whom that version governs; without it, `all`.")
    ] = None
    dictionary_version: Annotated[
        Name | None, Field(description="Grade by this dictionary. Only in a dry run.")
    ] = None
    readings: Annotated[
        dict[Name, Name],
        Field(description="The option of each reading, by its id. Only in a dry run."),
    ] = field(default_factory=dict)
    as_of: Annotated[
        DataCut | None,
        Field(description="Another data cut than what is known. Only in a dry run."),
    ] = None
    scope: Scope = field(default_factory=Scope)
    dry_run: Annotated[
        StrictBool, Field(description="Whether nothing is written but what would come out.")
    ] = True
    reason: Annotated[Reason | None, Field(description="Why; needed where it is no dry run.")] = (
        None
    )


_NEEDS_VERSION: Final = "it says from when on or whom a version governs: name protocol_version too"
_ONLY_DRY: Final = "this can only be tried: set dry_run, or {way_out}"
_WAYS_OUT: Final[Mapping[str, str]] = {
    "dictionary_version": "add a protocol version that names the dictionary, and judge by that",
    "readings": "add a protocol version whose readings have these defaults, and judge by that",
    "as_of": "leave it out: verdicts that are kept stand at what is known",
}


def check(connection: Connection, study: str, body: ReadjudicationBody) -> None:
    """Whether it can be asked of a study that is there. Raises BadReadjudication, every fault."""
    faults = [*faults_of(body), *_unknown(connection, study, body)]
    if faults:
        raise BadReadjudication(tuple(faults))


def faults_of(body: ReadjudicationBody) -> Iterator[Fault]:
    """What contradicts itself in what is asked for."""
    if body.protocol_version is None:
        for name in ("effective", "applies_to"):
            if getattr(body, name) is not None:
                yield Fault(pointer=f"/{name}", code="needs_version", message=_NEEDS_VERSION)
    if not body.dry_run:
        yield from _faults_of_real_run(body)


def _faults_of_real_run(body: ReadjudicationBody) -> Iterator[Fault]:
    for name, way_out in _WAYS_OUT.items():
        if getattr(body, name):
            message = _ONLY_DRY.format(way_out=way_out)
            yield Fault(pointer=f"/{name}", code="dry_run_only", message=message)
    if body.reason is None:
        message = "say why: write reason {code, text}, or set dry_run"
        yield Fault(pointer="/reason", code="reason_required", message=message)
    if body.protocol_version is not None and not body.scope.is_all:
        message = "a version that is activated governs the whole study: leave the scope out"
        yield Fault(pointer="/scope", code="whole_study", message=message)


def _unknown(connection: Connection, study: str, body: ReadjudicationBody) -> Iterator[Fault]:
    """What the body names, and is not there."""
    known = activations(connection, study)
    version = body.protocol_version
    if version is not None:
        try:
            protocol(connection, known[-1].protocol, version)
        except UnknownVersion as error:
            yield Fault(pointer="/protocol_version", code=error.code, message=str(error))
            return
    if body.dictionary_version not in {None, *available()}:
        message = (
            f"there is no dictionary {body.dictionary_version!r}; there are "
            f"{', '.join(available())}"
        )
        yield Fault(pointer="/dictionary_version", code="unknown_dictionary", message=message)
        return
    if body.readings or body.dictionary_version is not None:
        for each in _governing(known, body):
            yield from _unusable(connection, *each, body)


def _governing(known: Sequence[Activation], body: ReadjudicationBody) -> list[tuple[str, str]]:
    """Id and version of the protocols by which somebody may be judged, each once."""
    found = [(each.protocol, each.version) for each in known]
    if body.protocol_version is not None:
        supposed = (known[-1].protocol, body.protocol_version)
        is_all = body.effective is None and body.applies_to in {None, "all"}
        found = [supposed] if is_all else [*found, supposed]
    return list(dict.fromkeys(found))


def _unusable(
    connection: Connection, protocol_id: str, version: str, body: ReadjudicationBody
) -> Iterator[Fault]:
    document = protocol(connection, protocol_id, version).document
    options = {each["id"]: tuple(each["options"]) for each in document.get("readings", ())}
    named = f"{protocol_id} version {version}"
    for reading, option in body.readings.items():
        pointer = f"/readings/{escape(reading)}"
        if reading not in options:
            message = f"{named} has no reading {reading!r}; it has {', '.join(options) or 'none'}"
            yield Fault(pointer=pointer, code="unknown_reading", message=message)
        elif option not in options[reading]:
            message = (
                f"{reading} of {named} has no option {option!r}; it has "
                f"{', '.join(options[reading])}"
            )
            yield Fault(pointer=pointer, code="unknown_option", message=message)
    try:
        make_ready(_altered(document, body.dictionary_version, {}))
    except BadProtocol as error:
        for fault in error.faults:
            message = f"{named} cannot be used with it: {fault.pointer}: {fault.message}"
            yield Fault(pointer="/dictionary_version", code=fault.code, message=message)


def supposed_activation(
    connection: Connection, study: str, body: ReadjudicationBody, recorded_at: datetime
) -> Activation | None:
    """The activation of the version that is named, as the next of the study; None without one."""
    if body.protocol_version is None:
        return None
    known = activations(connection, study)
    protocol_id = known[-1].protocol
    return Activation(
        study=study,
        number=len(known) + 1,
        protocol=protocol_id,
        version=body.protocol_version,
        digest=protocol(connection, protocol_id, body.protocol_version).ready.digest,
        effective=BEGINNING if body.effective is None else body.effective.isoformat(),
        applies_to=body.applies_to or "all",
        reason="supposed",
        recorded_at=recorded_at,
        seq=0,
    )


def alteration(connection: Connection, body: ReadjudicationBody) -> Altered:
    """What makes the protocol that is supposed of the one that governs."""
    if not body.readings and body.dictionary_version is None:
        return unaltered

    made: dict[str, ReadyProtocol] = {}

    def altered(governs: ReadyProtocol) -> ReadyProtocol:
        if governs.digest not in made:
            known = governs.document
            document = protocol(connection, known.id, known.version).document
            changed = _altered(document, body.dictionary_version, body.readings)
            made[governs.digest] = make_ready(changed)
        return made[governs.digest]

    return altered


def _altered(
    document: Mapping[str, Any], dictionary: str | None, readings: Mapping[str, str]
) -> Mapping[str, Any]:
    """The document with another dictionary, and other defaults of its readings."""
    changed = dict(document)
    if dictionary is not None:
        changed["grading"] = {**document["grading"], "dictionary": dictionary}
    if readings:
        changed["readings"] = [
            {**each, "default": readings.get(each["id"], each["default"])}
            for each in document.get("readings", ())
        ]
    return changed
