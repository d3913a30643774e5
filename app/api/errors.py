"""Every error as a problem (RFC 9457): one table from domain errors to statuses, one writer."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from fastapi.responses import Response
from pydantic import TypeAdapter
from starlette.types import Scope

from app.api.faults import faults_of_domain
from app.api.schemas.problem import FaultItem, Problem
from app.data.protocols import UnknownProtocol, UnknownVersion
from app.data.strict_json import DuplicateKey, NotJson, NotUtf8, TooDeep
from app.domain.cohort.design import NotOfThisDesign
from app.domain.ctcae import CodeElsewhere
from app.domain.ctcae.errors import BadPage, DictionaryError, UnknownDictionary, UnknownOrganClass
from app.domain.errors import BadCase, BadProtocol, BadValue, DomainError, Fault
from app.domain.record.origin import Role
from app.interchange.rows import UnreadableFile
from app.store.database import DatabaseUnavailable, NotMigrated
from app.use_cases.errors import (
    BadReadjudication,
    BatchRejected,
    DataMoved,
    HoldLifted,
    JobOver,
    KeyInUse,
    KeyReused,
    NoProtocol,
    NotApplicable,
    NothingToResume,
    NotVoided,
    PreconditionFailed,
    ReasonRequired,
    ReasonWithoutVoid,
    RecordVoided,
    SnapshotOfNothing,
    StudyExists,
    TwoWaysOfExposure,
    UnknownAdjudication,
    UnknownHold,
    UnknownJob,
    UnknownRecord,
    UnknownStudy,
    UnknownSystem,
    VersionExists,
    VoidWithoutReason,
    VoidWithoutSnapshot,
)
from app.use_cases.grade_laboratory import NoGrade

MEDIA_TYPE = "application/problem+json"
_MOST_FAULTS = 100
_PROBLEM = TypeAdapter(Problem)

SECURITY_HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""What every answer carries unless it says otherwise."""


class Unauthorized(DomainError):
    """The request carries no key that opens this. Why not is told to nobody."""

    code = "unauthorized"

    def __init__(self) -> None:
        super().__init__(
            "This needs a key that works (Authorization: Bearer dg_…): `doseguard api-key create` "
            "makes one."
        )


class Forbidden(DomainError):
    """The key's role may not do this."""

    code = "forbidden"

    def __init__(self, operation: str, role: Role | None, roles: Collection[Role]) -> None:
        may = f"ask with a key of {' or '.join(sorted(roles))}" if roles else "nobody may"
        super().__init__(f"Role {role} may not {operation}: {may}.")


class OfAllStudies(Forbidden):
    """What is of no single study is not for a key of one study."""

    def __init__(self, operation: str, study: str) -> None:
        DomainError.__init__(
            self,
            f"A key of study {study!r} alone may not {operation}, which is of no single study: "
            "ask with a key of all studies.",
        )


class BodyTooLarge(DomainError):
    """The body is larger than this service reads."""

    code = "body_too_large"

    def __init__(self, most: int) -> None:
        super().__init__(f"A body may have {most:,} bytes (DOSEGUARD_MAX_BODY_BYTES).")


class NotAJsonType(DomainError):
    """The body is not declared as JSON."""

    code = "unsupported_media_type"

    def __init__(self, content_type: str | None) -> None:
        declared = "nothing" if content_type is None else repr(content_type[:100])
        super().__init__(f"Content-Type says {declared}; send application/json, in UTF-8.")


class NotAcceptable(DomainError):
    """The client takes none of the media types that there are."""

    code = "not_acceptable"

    def __init__(self, accept: str, offered: Sequence[str]) -> None:
        names = [each.partition(";")[0] for each in offered]
        super().__init__(
            f"Accept says {accept[:100]!r}; this is answered as {', '.join(names[:-1])} or "
            f"{names[-1]}: accept one of these, or leave the header out."
        )


class BadHeader(DomainError):
    """A header says something that this operation does not take."""

    code = "bad_header"

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"Header {name} {why}.")


class BatchTooLarge(DomainError):
    """The batch has more items than are written together."""

    code = "batch_too_large"

    def __init__(self, items: int, most: int) -> None:
        super().__init__(f"A batch has at most {most} items, and this one {items}: send several.")


class UnknownCode(DomainError):
    """No term of the dictionary has that code."""

    code = "unknown_code"

    def __init__(self, meddra_code: int, title: str, elsewhere: CodeElsewhere | None) -> None:
        super().__init__(
            f"{title} has no term with the MedDRA code {meddra_code}."
            if elsewhere is None
            else elsewhere.message
        )


class BadCursor(DomainError):
    """The cursor is not of the list."""

    code = "bad_page"

    def __init__(self, after: str) -> None:
        super().__init__(f"Cursor {after!r} is not of this list: take `next` of a page.")


class InvalidRequest(DomainError):
    """The request can be read, and does not say what it must, or says what it may not."""

    code = "invalid_request"

    def __init__(self, faults: Sequence[FaultItem]) -> None:
        self.items = tuple(faults)
        super().__init__("; ".join(map(sentence_of, self.items)))


class UnclearQuery(DomainError):
    """The query names a parameter that does not exist, or twice, or is not UTF-8."""

    code = "invalid_request"

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{fault.pointer}: {fault.message}" for fault in faults))


class NotReady(DomainError):
    """The dictionaries or protocols cannot be loaded."""

    code = "not_ready"


STATUSES: Mapping[type[DomainError], HTTPStatus] = {
    NotUtf8: HTTPStatus.BAD_REQUEST,
    NotJson: HTTPStatus.BAD_REQUEST,
    TooDeep: HTTPStatus.BAD_REQUEST,
    DuplicateKey: HTTPStatus.BAD_REQUEST,
    Unauthorized: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    UnknownStudy: HTTPStatus.NOT_FOUND,
    UnknownProtocol: HTTPStatus.NOT_FOUND,
    UnknownVersion: HTTPStatus.NOT_FOUND,
    UnknownDictionary: HTTPStatus.NOT_FOUND,
    UnknownCode: HTTPStatus.NOT_FOUND,
    UnknownRecord: HTTPStatus.NOT_FOUND,
    UnknownHold: HTTPStatus.NOT_FOUND,
    UnknownJob: HTTPStatus.NOT_FOUND,
    UnknownSystem: HTTPStatus.NOT_FOUND,
    JobOver: HTTPStatus.CONFLICT,
    DataMoved: HTTPStatus.CONFLICT,
    NotApplicable: HTTPStatus.CONFLICT,
    NothingToResume: HTTPStatus.CONFLICT,
    BadReadjudication: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnreadableFile: HTTPStatus.UNPROCESSABLE_ENTITY,
    SnapshotOfNothing: HTTPStatus.UNPROCESSABLE_ENTITY,
    VoidWithoutSnapshot: HTTPStatus.UNPROCESSABLE_ENTITY,
    VoidWithoutReason: HTTPStatus.UNPROCESSABLE_ENTITY,
    ReasonWithoutVoid: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnknownAdjudication: HTTPStatus.NOT_FOUND,
    BadHeader: HTTPStatus.BAD_REQUEST,
    RecordVoided: HTTPStatus.CONFLICT,
    StudyExists: HTTPStatus.CONFLICT,
    NotVoided: HTTPStatus.CONFLICT,
    HoldLifted: HTTPStatus.CONFLICT,
    TwoWaysOfExposure: HTTPStatus.CONFLICT,
    VersionExists: HTTPStatus.CONFLICT,
    KeyInUse: HTTPStatus.CONFLICT,
    NotAcceptable: HTTPStatus.NOT_ACCEPTABLE,
    PreconditionFailed: HTTPStatus.PRECONDITION_FAILED,
    BatchTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    KeyReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    ReasonRequired: HTTPStatus.UNPROCESSABLE_ENTITY,
    NoGrade: HTTPStatus.UNPROCESSABLE_ENTITY,
    NoProtocol: HTTPStatus.UNPROCESSABLE_ENTITY,
    BatchRejected: HTTPStatus.UNPROCESSABLE_ENTITY,
    BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    NotAJsonType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    BadCursor: HTTPStatus.UNPROCESSABLE_ENTITY,
    InvalidRequest: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnclearQuery: HTTPStatus.UNPROCESSABLE_ENTITY,
    BadValue: HTTPStatus.UNPROCESSABLE_ENTITY,
    BadCase: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotOfThisDesign: HTTPStatus.UNPROCESSABLE_ENTITY,
    BadProtocol: HTTPStatus.UNPROCESSABLE_ENTITY,
    DictionaryError: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotReady: HTTPStatus.SERVICE_UNAVAILABLE,
    DatabaseUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    NotMigrated: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""The status of an error, or of the nearest error above it."""

_PARAMETERS: Mapping[type[DomainError], str] = {
    UnknownOrganClass: "/query/soc",
    BadPage: "/query/after",
    BadCursor: "/query/after",
}
"""The parameter that an error is about."""

HTTP_CODE_OF: Mapping[int, str] = {
    404: "not_found",
    405: "method_not_allowed",
}
HTTP_CODES = frozenset(
    {*HTTP_CODE_OF.values(), "bad_request", "internal_error", "invalid_request"}
)
"""Codes that no domain error has."""

DETAILS: Mapping[int, str] = {
    404: "There is nothing at this path; /docs lists what there is.",
    405: "This path does not answer that method; the header Allow lists those that it does.",
}

_HEADERS: Mapping[HTTPStatus, Mapping[str, str]] = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": "Bearer"},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": "1"},
}
"""What else a problem of a status says to the client's program."""


def status_of(error: DomainError) -> HTTPStatus:
    """The status that an error answers; 500 for one that no request can cause."""
    for kind in type(error).__mro__:
        if kind in STATUSES:
            return STATUSES[kind]
    return HTTPStatus.INTERNAL_SERVER_ERROR


def problem(
    scope: Scope,
    status: HTTPStatus,
    code: str,
    detail: str,
    faults: Sequence[FaultItem] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer to a request that cannot be done."""
    if len(faults) > _MOST_FAULTS:
        detail += f" The first {_MOST_FAULTS} are listed."
    body = Problem(
        type=f"urn:doseguard:problem:{code}",
        title=status.phrase,
        status=status,
        detail=detail,
        instance=scope["path"],
        code=code,
        request_id=scope["state"]["request_id"],
        errors=tuple(faults[:_MOST_FAULTS]),
    )
    content = _PROBLEM.dump_json(body, exclude_none=True)
    return Response(content, status_code=status, headers=headers, media_type=MEDIA_TYPE)


def domain_problem(scope: Scope, error: DomainError) -> Response:
    """The problem that a domain error makes."""
    status = status_of(error)
    if status is HTTPStatus.INTERNAL_SERVER_ERROR:
        return internal_problem(scope)
    faults = items_of(error)
    return problem(
        scope, status, error.code, domain_detail(error), faults, _headers(error, status)
    )


def _headers(error: DomainError, status: HTTPStatus) -> Mapping[str, str] | None:
    return {"Retry-After": "1"} if isinstance(error, KeyInUse) else _HEADERS.get(status)


def internal_problem(scope: Scope) -> Response:
    """The problem of an error that nobody foresaw, without its internals."""
    detail = "Something went wrong that is not your request's fault; report the request_id."
    headers = {**SECURITY_HEADERS, "X-Request-Id": scope["state"]["request_id"]}
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return problem(scope, status, "internal_error", detail, headers=headers)


def items_of(error: DomainError) -> Sequence[FaultItem]:
    """The faults of an error, none where it has no place."""
    if isinstance(error, InvalidRequest):
        return error.items
    if isinstance(error, BatchRejected):
        return tuple(_of_batch(error))
    if type(error) in _PARAMETERS:
        pointer = _PARAMETERS[type(error)]
        return (FaultItem(pointer=pointer, code=error.code, message=str(error)),)
    return faults_of_domain(getattr(error, "faults", ()))


def _of_batch(error: BatchRejected) -> Iterator[FaultItem]:
    """The faults of the refused items, each pointed at in the batch."""
    for index, refused in enumerate(error.errors):
        if refused is None:
            continue
        whole = (FaultItem(pointer="", code=refused.code, message=str(refused)),)
        for item in items_of(refused) or whole:
            yield replace(item, pointer=f"/items/{index}{item.pointer}")


def domain_detail(error: DomainError) -> str:
    """What a problem says of an error in one sentence."""
    faults = items_of(error)
    return summary(faults) if faults else str(error)


def summary(faults: Sequence[FaultItem]) -> str:
    """One fault in a sentence; of several, how many there are."""
    if len(faults) == 1:
        return sentence_of(faults[0])
    return f"The request has {len(faults)} faults, each listed with its place."


def sentence_of(fault: FaultItem) -> str:
    """The fault with its place; one of the whole body needs none."""
    message = fault.message
    if fault.pointer:
        return f"{fault.pointer}: {message}"
    return f"{message[:1].upper()}{message[1:].removesuffix('.')}."
