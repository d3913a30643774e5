"""Who asks, in which role, and why: what an audit event says of its cause."""

from dataclasses import dataclass
from typing import Annotated, Final, Literal, get_args

from pydantic import AfterValidator, Field, StringConstraints

from app.domain.case import STRICT, Name, Text
from app.domain.time import PartialTime, Precision, RecordedTime

Role = Literal[
    "site_user",
    "data_manager",
    "medical_monitor",
    "committee_member",
    "statistician",
    "auditor",
    "admin",
]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
ActorKind = Literal["person", "machine", "operator", "service"]
"""A key of a person, a key of a system, the command line, or this service by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts. `study` is the only study that the actor may see, or None for all."""

    id: str
    kind: ActorKind
    role: Role | None
    study: str | None
    auth_method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The request that an audit event comes from."""

    actor: Actor
    request_id: str | None = None
    idempotency_key: str | None = None


SWEEP: Final = Origin(
    actor=Actor(id="sweep", kind="service", role=None, study=None, auth_method="internal")
)
"""The service itself, when time alone changes a verdict."""

NIGHTLY: Final = Origin(
    actor=Actor(id="nightly", kind="service", role=None, study=None, auth_method="internal")
)
"""The service itself, when it judges everybody again at night."""

OPERATOR: Final = Origin(
    actor=Actor(id="command", kind="operator", role="admin", study=None, auth_method="shell")
)
"""Whoever may run the commands beside the database."""

ReasonCode = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]
NOT_TRANSMITTED: Final = "NOT_TRANSMITTED"
"""The reason code of a change whose source sent no reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a record is changed."""

    __pydantic_config__ = STRICT

    code: ReasonCode
    text: (
        Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=r"^[^\x00]*$")]
        | None
    ) = None


def _an_instant(value: PartialTime | None) -> PartialTime | None:
    if value is not None and value.precision is not Precision.INSTANT:
        raise ValueError("write when the source wrote it to the minute, or leave it out")
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What the sending system says of its own record.

    `sequence` orders what it sent of one record: a lower one than was applied is kept as history.
    Where there is none, `time` does. `user` is the person who worked there, `audit_id` the
    number of its own audit record.
    """

    __pydantic_config__ = STRICT

    sequence: Annotated[int | None, Field(strict=True, ge=0, lt=2**53)] = None
    time: Annotated[RecordedTime | None, AfterValidator(_an_instant)] = None
    user: Name | None = None
    audit_id: Name | None = None
    status: Literal["entered", "verified", "signed", "locked"] | None = None
    comment: Text | None = None
