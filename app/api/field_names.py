"""Which fields an object of a body may have: what suggestions are made from."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from pydantic import TypeAdapter

from app.domain.dlt.protocol import Document
from app.domain.dlt.rule import RuleSet


class FieldNames:
    """The fields at each place of a value, read from the JSON schema of its type."""

    def __init__(self, adapter: TypeAdapter[Any]) -> None:
        self._adapter = adapter

    def at(self, pointer: str) -> tuple[str, ...]:
        """Names of the fields that an object at this place may have, in alphabetical order."""
        places = [self._schema]
        for part in pointer.split("/")[1:]:
            places = [below for place in places for below in self._below(place, part)]
        names = {name for place in places for each in self._each(place) for name in _fields(each)}
        return tuple(sorted(names))

    @cached_property
    def _schema(self) -> Mapping[str, Any]:
        """The schema; an inline document is described although its own rules validate it."""
        schema = self._adapter.json_schema(ref_template="{model}")
        definitions = schema.setdefault("$defs", {})
        if "InlineProtocol" in definitions:
            document = TypeAdapter(Document).json_schema(ref_template="{model}")
            rules = TypeAdapter(RuleSet).json_schema(ref_template="{model}")
            definitions |= document.pop("$defs") | rules.pop("$defs")
            document["properties"]["dlt"] = rules
            definitions["InlineProtocol"]["properties"]["document"] = document
        return schema

    def _each(self, schema: Any) -> Iterator[Mapping[str, Any]]:
        """The schema itself, or every choice that it offers."""
        if not isinstance(schema, Mapping):
            return
        if "$ref" in schema:
            yield from self._each(self._schema["$defs"][schema["$ref"]])
        choices = [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())]
        for choice in choices:
            yield from self._each(choice)
        yield schema

    def _below(self, schema: Any, part: str) -> Iterator[Any]:
        for each in self._each(schema):
            if part in each.get("properties", {}):
                yield each["properties"][part]
            elif part.isdecimal() and "items" in each:
                yield each["items"]
            elif isinstance(each.get("additionalProperties"), Mapping):
                yield each["additionalProperties"]


def _fields(schema: Mapping[str, Any]) -> Iterator[str]:
    yield from schema.get("properties", {})
