"""Bodies with a canary in every text field, made from the schemas: also in fields yet to come."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from pydantic import TypeAdapter

from app.api.routes.holds import HOLDS, LIFTINGS
from app.api.routes.records import REASONS
from app.api.routes.studies import AMENDMENTS, NEW
from app.api.schemas.batch import BatchItem
from app.api.schemas.records import BODIES
from tests.oracle.ic19 import document
from tests.record.kinds import Operation
from tests.record.operations import OPERATIONS

CANARY: Final = "CANARY7"
"""Looks like a word, a name, an id and a reason's code, so that it is taken for each."""

_CHOSEN: Final = {
    "time_zone": "+08:00",
    "subject": "S-01",
    "protocol": {"id": "NCT06886919", "version": "1"},
    "version": "1",
    "effective": "2026-04-01",
    "from": "2026-03-09T20:00:00+08:00",
    "valid_to": "2026-12-31",
    "if_match": None,
    "if_none_match": None,
}
"""What has to be known, or is a time, wherever the schema does not say so."""
_ADAPTERS: Final[Mapping[str, TypeAdapter[Any]]] = {
    "create_study": NEW.adapter,
    "activate_protocol": AMENDMENTS.adapter,
    "place_hold": HOLDS.adapter,
    "lift_hold": LIFTINGS.adapter,
    "correct_study": BODIES["study"],
    **{f"put_{kind}": adapter for kind, adapter in BODIES.items()},
}


def good_bodies() -> Iterator[tuple[Operation, dict[str, Any]]]:
    """Each operation once, with a body that is taken and has a canary in every text field."""
    for operation in OPERATIONS:
        if not operation.leaves[0].action.endswith(".corrected") or "study" in operation.name:
            yield operation, _good(operation.name)


def spoilt(value: Any) -> Any:
    """The same with a canary for every text, for every number, and as a name that is not there."""
    if isinstance(value, dict):
        return {**{name: spoilt(part) for name, part in value.items()}, CANARY: CANARY}
    if isinstance(value, list):
        return [spoilt(part) for part in value]
    return CANARY


def _good(name: str) -> dict[str, Any]:
    if name == "batch_adverse_events":
        item = _filled(TypeAdapter(BatchItem).json_schema())
        return {"mode": "atomic", "items": [item]}
    if name == "add_protocol":
        return {"document": {**document(), "version": CANARY, "title": CANARY}}
    adapter = _ADAPTERS.get(name, REASONS.adapter)
    body = _filled(adapter.json_schema())
    if name == "activate_protocol":
        body["id"] = None
    if name == "put_subject":
        del body["exposures"]  # they come by source in this record
    if name == "put_assessment":
        body["components"] = {"masking_therapy": CANARY, "vasopressors": [CANARY]}
    return body


def _filled(schema: Mapping[str, Any]) -> dict[str, Any]:
    made = _made(schema, schema.get("$defs", {}))
    assert isinstance(made, dict)
    return made


def _made(schema: Mapping[str, Any], known: Mapping[str, Any]) -> Any:
    """A value of the schema, with a canary wherever text may stand."""
    if "$ref" in schema:
        return _made(known[schema["$ref"].rpartition("/")[2]], known)
    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        kinds = [each.get("type") for each in options]
        number_as_text = [{"type": "string"}] if "number" in kinds else []
        made = [_made(each, known) for each in options if each not in number_as_text]
        return next((each for each in made if CANARY in repr(each)), made[0])
    for chosen in ("enum", "examples"):
        if chosen in schema:
            return schema[chosen][0]
    return _OF_TYPE[schema["type"]](schema, known)


def _object(schema: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    made = {
        name: _CHOSEN[name] if name in _CHOSEN else _made(each, known)
        for name, each in schema.get("properties", {}).items()
    }
    others = [*schema.get("patternProperties", {}).values(), schema.get("additionalProperties")]
    of_any_name = next((each for each in others if isinstance(each, dict)), None)
    return made if of_any_name is None else {**made, CANARY: _made(of_any_name, known)}


def _least(schema: Mapping[str, Any], _: Mapping[str, Any]) -> Any:
    return schema.get("minimum", 1)


_Make = Callable[[Mapping[str, Any], Mapping[str, Any]], Any]
_OF_TYPE: Final[Mapping[str, _Make]] = {
    "object": _object,
    "array": lambda schema, known: [_made(schema["items"], known)],
    "string": lambda *_: CANARY,
    "integer": _least,
    "number": _least,
    "boolean": lambda *_: True,
    "null": lambda *_: None,
}
