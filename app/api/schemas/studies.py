"""Studies, amendments and holds on the wire."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints

from app.api.schemas.records import RecordView
from app.domain.case import STRICT, Name, Text
from app.domain.day import Day
from app.domain.record.kinds import Identifier, Study
from app.domain.record.origin import Reason
from app.domain.time import PartialTime, RecordedTime, last_instant_of_cut, zone_of
from app.store.audit import Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolVersionChoice:
    """A protocol version that the service has: built in, or added."""

    __pydantic_config__ = STRICT

    id: Name
    version: Annotated[Name | None, Field(description="Without it, the latest.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStudy(Study):
    """A study, and the protocol version that governs it from its beginning."""

    __pydantic_config__ = STRICT

    id: Identifier
    protocol: ProtocolVersionChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendmentBody:
    """An amendment: a protocol version governs from a day on. Nothing is judged again by itself.

    `applies_to` all patients, or `new_patients`: those first infused on that day or later.
    `id` may be left out where the protocol stays the same.
    """

    __pydantic_config__ = STRICT

    id: Name | None = None
    version: Name
    effective: Day
    applies_to: Literal["all", "new_patients"]
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivationView:
    """A protocol version that governs from a day on."""

    study: str
    number: int
    protocol: str
    version: str
    digest: str
    effective: date
    applies_to: Literal["all", "new_patients"]
    reason: str
    recorded_at: datetime
    audit_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivationAnswer:
    """The activation, and its receipt."""

    activation: ActivationView
    audit: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivationPage:
    """The activations of a study, in order."""

    items: tuple[ActivationView, ...]
    next: None


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyAnswer:
    """A study that was created, the version that governs it, and the receipt."""

    record: RecordView
    activation: ActivationView
    audit: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldScope:
    """What a hold stops: the whole study, a dose level and those above it, or one patient."""

    __pydantic_config__ = STRICT

    dose_level: Name | None = None
    subject: Identifier | None = None
    site: Identifier | None = None


def _a_cut(value: PartialTime | None) -> PartialTime | None:
    if value is not None:
        last_instant_of_cut(value, zone_of("UTC"))
    return value


Why = Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=r"^[^\x00]*$")]
"""A reason, without the one character that no database keeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldBody:
    """A stop, at once. An empty scope is the whole study."""

    __pydantic_config__ = STRICT

    scope: HoldScope
    reason: Why
    reported_by: Name
    effective_from: Annotated[
        RecordedTime | None,
        Field(alias="from", description="An instant, or a day that has passed; absent is now."),
        AfterValidator(_a_cut),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftingBody:
    """Why a hold ends, and who decided it."""

    __pydantic_config__ = STRICT

    reason: Why
    lifted_by: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldView:
    """A hold, and its end where it was lifted."""

    id: str
    study: str
    scope: HoldScope
    reason: str
    reported_by: str
    active: bool
    from_: Annotated[datetime, Field(alias="from")]
    recorded_at: datetime
    audit_seq: int
    lifted_at: datetime | None
    lifted_by: str | None
    lifting_reason: Text | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldAnswer:
    """The hold, and the receipt of what was done."""

    hold: HoldView
    audit: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldPage:
    """Some holds of a study."""

    items: tuple[HoldView, ...]
    next: Annotated[str | None, Field(description="Where the list goes on; null at its end.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolBody:
    """A protocol document (docs/rule-language.md), which gets its place by its id and version."""

    __pydantic_config__ = STRICT

    document: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedProtocolAnswer:
    """The version that was added; `audit` is null where it was there already."""

    id: str
    version: str
    digest: str
    href: str
    audit: Receipt | None
