"""The JSON Schema of protocol documents, for editors and for whoever writes documents by program.

It is made of the types that documents are read into, so it can lag behind none of them, with the
descriptions of app/domain/dlt/descriptions.py. It tells the shape alone: what a document names
must also be there, and rules must be monotone in time, which only reading it finds.

Where a reading may decide (`dlt`, `groups` and `enrolment`), every value may be written as
`{reading, options}`, with a value of the same shape for each option.
"""

import re
from collections.abc import Iterator
from typing import Any, Final, get_args, get_type_hints

from pydantic import TypeAdapter

from app.domain.dlt.asked import Name, TriggerGrade
from app.domain.dlt.clause_descriptions import CLAUSES
from app.domain.dlt.descriptions import CONDITIONS, Described, Told
from app.domain.dlt.document_descriptions import DOCUMENT, ENROLMENT, POLICY
from app.domain.dlt.protocol import Document
from app.domain.dlt.rule import Condition, Id, RuleSet, Sentence
from app.domain.enrolment import Enrolment
from app.domain.grade import Grade
from app.domain.laboratory.policy import Policy
from app.domain.time import LimitText, RecordedTime

SCHEMA_ID: Final = "urn:doseguard:schema:dlt-protocol"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
DESCRIBED: Final[Described] = {**CONDITIONS, **CLAUSES, **DOCUMENT, **ENROLMENT, **POLICY}

Schema = dict[str, Any]

_PREFIX: Final = "#/$defs/"
_INLINE: Final[dict[str, Any]] = {
    "Id": Id, "Sentence": Sentence, "Name": Name, "Limit": LimitText, "Grade": Grade, "Flag": bool,
    "Names": tuple[Name, ...], "Ids": tuple[Id, ...],
}  # fmt: skip
"""Types that are no dataclasses, and how the schema calls what may be a reading of them."""
_READING: Final = (
    "A choice by one of the document's `readings`: for each of its options the value that stands "
    "here."
)
_UNTOLD: Final = Told("", ())
_TELLING: Final = ("title", "description", "examples", "default")


_KINDS_OF_CONDITIONS: Final[list[Schema]] = TypeAdapter(Condition).json_schema()["oneOf"]
_EXACTLY_ONE: Final = {
    "RunLimit": ("longer_than", "at_least", "no_longer_than", "shorter_than"),
    "Companion": ("group", "term"),
    "TimedIntervention": ("longer_than", "at_least", "within"),
    "NumberBound": ("above", "at_least", "below", "at_most"),
    "ResultBound": ("above", "at_least", "below", "at_most"),
}
"""Of these keys exactly one is written."""
_TIME: Final[Schema] = TypeAdapter(RecordedTime).json_schema()
_TIME_AS_TEXT: Final = (
    r"^\d{4}(-(\d{2}|-)(-\d{2}(T\d{2}(:\d{2}(:\d{2}([.,]\d{1,9})?)?)?"
    r"(Z|[+-]\d{2}(:?\d{2})?)?)?)?)?$"
)
_NUMBER_AS_TEXT: Final = "^-?[0-9]+([.][0-9]+)?$"


def types_of(*roots: type) -> Iterator[type]:
    """The dataclasses that documents are read into, each once, from these inwards."""
    found: dict[type, None] = {}
    left: list[Any] = list(roots)
    while left:
        kind = left.pop(0)
        if not hasattr(kind, "__pydantic_config__"):
            left += get_args(kind)
        elif kind not in found:
            found[kind] = None
            left += get_type_hints(kind, include_extras=True).values()
    yield from found


def protocol_schema() -> Schema:
    """The schema, draft 2020-12: the same at each call."""
    definitions = dict(_definitions(Document, RuleSet, Enrolment, Policy))
    for kind in types_of(Document, RuleSet, Enrolment, Policy):
        _complete(definitions[kind.__name__], kind)
    readings = _Readings()
    for kind in types_of(RuleSet, Enrolment):
        readings.allow_within(definitions[kind.__name__], kind.__name__)
    document = definitions.pop("Document")
    _join(document["properties"], readings)
    _put(definitions["LaboratoryGrading"], "policy", _reference("Policy"))
    condition = {
        "title": "Condition",
        "description": "An object with one key, which is the condition's kind.",
        "anyOf": _KINDS_OF_CONDITIONS,
    }
    return {
        "$schema": DIALECT,
        "$id": SCHEMA_ID,
        **document,
        "title": "DLT protocol",
        "description": "One version of a trial's protocol, as data (docs/rule-language.md).",
        "$defs": dict(sorted({**definitions, "Condition": condition, **readings.named}.items())),
    }


def _join(places: Schema, readings: "_Readings") -> None:
    """Put the parts that are read apart from the document into their places."""
    terms = readings.allow(TypeAdapter(tuple[str, ...]).json_schema(), "Terms")
    groups = {"type": "object", "additionalProperties": terms}
    parts = {
        "groups": readings.allow(groups, "Groups"),
        "dlt": _or_null(readings.allow(_reference("RuleSet"), "RuleSet")),
        "enrolment": _or_null(readings.allow(_reference("Enrolment"), "Enrolment")),
    }
    for name, part in parts.items():
        _put({"properties": places}, name, part)


def _definitions(*roots: type) -> Iterator[tuple[str, Schema]]:
    """The schema of every type by its name, with references to the others and to Condition."""
    for root in roots:
        schema = TypeAdapter(root).json_schema()
        yield from _shared(schema.pop("$defs", {})).items()
        yield root.__name__, _shared(schema)


def _shared(value: Any) -> Any:
    """The same with one reference in the place of every union of conditions."""
    if isinstance(value, list):
        return [_shared(each) for each in value]
    if not isinstance(value, dict):
        return value
    if value.get("oneOf") == _KINDS_OF_CONDITIONS:
        rest = {key: each for key, each in value.items() if key != "oneOf"}
        return rest | _reference("Condition")
    return {key: _shared(each) for key, each in value.items()}


def _complete(definition: Schema, kind: type) -> None:
    """Titles, descriptions and examples, and what pydantic does not tell of a type."""
    definition["title"] = re.sub(r"(?<=.)(?=[A-Z])", " ", kind.__name__).capitalize()
    definition["description"] = " ".join(definition["description"].split())
    if one_of := _EXACTLY_ONE.get(kind.__name__):
        told = {"not": {"type": "null"}}
        definition["oneOf"] = [{"required": [name], "properties": {name: told}} for name in one_of]
    hints = get_type_hints(kind, include_extras=True)
    for name, place in definition["properties"].items():
        _tell_more(place)
        hint = hints.get(name)
        if hint == TriggerGrade or TriggerGrade in get_args(hint):
            _each_alternative(place)[0]["minimum"] = 1
        described = DESCRIBED.get(kind.__name__, {}).get(name, _UNTOLD)
        place["title"] = name.replace("_", " ").capitalize()
        place["description"] = described.text
        place["examples"] = list(described.examples)


def _tell_more(value: Any) -> None:
    """What validation does beside the schema: it strips blanks, and reads times and numbers."""
    if isinstance(value, list):
        for each in value:
            _tell_more(each)
    elif isinstance(value, dict):
        value |= _pattern_of(value)
        for key, each in value.items():
            if key not in _TELLING:
                _tell_more(each)


def _pattern_of(schema: Schema) -> Schema:
    if schema == _TIME:
        return {"pattern": _TIME_AS_TEXT}
    if schema.get("minLength") and "pattern" not in schema:
        return {"pattern": r"\S"}
    kinds = [each.get("type") for each in schema.get("anyOf", ())]
    if kinds[:2] == ["number", "string"]:
        number, _, *others = schema["anyOf"]
        return {"anyOf": [number, {"type": "string", "pattern": _NUMBER_AS_TEXT}, *others]}
    return {}


def _each_alternative(place: Schema) -> list[Schema]:
    found: list[Schema] = place.get("anyOf", [place])
    return found


def _put(definition: Schema, name: str, schema: Schema) -> None:
    """Give a property another schema, and leave it what it tells."""
    place = definition["properties"][name]
    told = {key: each for key, each in place.items() if key in _TELLING}
    definition["properties"][name] = told | schema


def _reference(name: str) -> Schema:
    return {"$ref": _PREFIX + name}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


class _Readings:
    """The values in whose place a reading may stand, each a definition of its own."""

    def __init__(self) -> None:
        self.named: dict[str, Schema] = {}
        self._usual = {
            name: _told_more(TypeAdapter(kind).json_schema()) for name, kind in _INLINE.items()
        }

    def allow_within(self, definition: Schema, name: str) -> None:
        """Allow a reading in the place of each property, and of what it holds."""
        for key, place in definition["properties"].items():
            schema = {part: each for part, each in place.items() if part not in _TELLING}
            _put(definition, key, self.allow(schema, f"{name}.{key}"))

    def allow(self, schema: Schema, name: str) -> Schema:
        """A reference to the schema, or a reading of it; `name` where no usual one fits."""
        if "$ref" in schema:
            name = schema["$ref"].removeprefix(_PREFIX)
        else:
            name = next((each for each, usual in self._usual.items() if usual == schema), name)
            schema = self._inside(schema, name)
        own = f"{name}_or_reading"
        if own not in self.named:
            alternatives = schema["anyOf"] if set(schema) == {"anyOf"} else [schema]
            self.named[own] = {"anyOf": [*alternatives, _reading_of(own)]}
        return _reference(own)

    def _inside(self, schema: Schema, name: str) -> Schema:
        if schema.get("type") == "array":
            return schema | {"items": self.allow(schema["items"], f"{name}.item")}
        if "anyOf" in schema:
            return schema | {"anyOf": [self._inside(each, name) for each in schema["anyOf"]]}
        return schema


def _told_more(schema: Schema) -> Schema:
    _tell_more(schema)
    return schema


def _reading_of(name: str) -> Schema:
    return {
        "title": "Reading",
        "description": _READING,
        "type": "object",
        "properties": {
            "reading": {
                "description": "The id of one of the document's `readings`.",
                "examples": ["R-SEVERE"],
                "type": "string",
            },
            "options": {
                "description": "The value that stands here, for each option of the reading.",
                "type": "object",
                "additionalProperties": _reference(name),
            },
        },
        "required": ["reading", "options"],
        "additionalProperties": False,
    }
