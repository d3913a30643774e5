"""Records in the service's own form, one a line: the kind, its identity, and what PUT takes."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from app.api.errors import InvalidRequest, items_of
from app.api.record_readers import READERS
from app.api.schemas.problem import FaultItem
from app.api.schemas.records import document_in
from app.domain.errors import DomainError
from app.domain.record.kinds import BY_SOURCE, Identifier, Kind, RecordId, key_of
from app.use_cases.records import Sent

IMPORTED: Final[tuple[Kind, ...]] = ("site", "subject", *BY_SOURCE)
"""The kinds that come in files."""
_IDENTIFIER: Final = TypeAdapter(Identifier)
_RECORD_ID: Final = TypeAdapter(RecordId)
_FAULTS: Final[TypeAdapter[FaultItem]] = TypeAdapter(FaultItem)


def sent_in(value: Mapping[str, Any]) -> Sent:
    """What a line sends. Raises InvalidRequest with every fault at its place."""
    kind = _kind(value.get("kind"))
    rest = {name: each for name, each in value.items() if name != "kind"}
    if kind in BY_SOURCE:
        key, rest = _by_source(rest)
    else:
        key = _text(rest.pop("id", None), "/id", _IDENTIFIER)
    body = READERS[kind].of_exact(rest)
    return Sent(
        kind=kind,
        key=key,
        document=document_in(kind, key, body),
        source=body.source,
        reason=body.reason,
    )


def faults_in(error: DomainError) -> list[dict[str, Any]]:
    """The faults of an error as they are told."""
    return [_FAULTS.dump_python(each, mode="json", exclude_none=True) for each in items_of(error)]


def _kind(value: Any) -> Kind:
    for kind in IMPORTED:
        if value == kind:
            return kind
    message = f"write which kind of record it is: {', '.join(IMPORTED)}"
    raise InvalidRequest([FaultItem(pointer="/kind", code="not_an_option", message=message)])


def _by_source(value: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The key, and the body without the identity of its source."""
    source = value.get("source")
    if not isinstance(source, dict):
        message = "write source {system, record_id}: which system recorded it, and its id there"
        raise InvalidRequest([FaultItem(pointer="/source", code="missing", message=message)])
    system = _text(source.get("system"), "/source/system", _IDENTIFIER)
    record_id = _text(source.get("record_id"), "/source/record_id", _RECORD_ID)
    said = {name: each for name, each in source.items() if name not in {"system", "record_id"}}
    return key_of(system, record_id), {**value, "source": said or None}


def _text(value: Any, pointer: str, adapter: TypeAdapter[str]) -> str:
    try:
        return adapter.validate_python(value, strict=True)
    except ValidationError as error:
        message = "write the id: up to 200 characters" if value is None else "this is no id"
        fault = FaultItem(
            pointer=pointer,
            code="missing" if value is None else "bad_format",
            message=f"{message}; a path has to hold it, so it has no slash",
        )
        raise InvalidRequest([fault]) from error
