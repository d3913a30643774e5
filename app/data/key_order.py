"""The order in which the types of a document declare its keys, told by its JSON Schema."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.protocol_schema import Schema

_PREFIX = "#/$defs/"


@dataclass(frozen=True, slots=True)
class KeyOrder:
    """Orders the keys of a document as its schema does; keys that it does not know go last."""

    schema: Schema

    def keys(self, place: Schema, names: Sequence[str]) -> list[str]:
        """The names in the order of the object that a place of the schema says they make."""
        known = self._object(place, names).get("properties", {})
        return [*(each for each in known if each in names), *(n for n in names if n not in known)]

    def below(self, place: Schema, names: Sequence[str], name: str) -> Schema:
        """What stands under a name."""
        found = self._object(place, names)
        other = found.get("additionalProperties")
        below: Any = found.get("properties", {}).get(name, other)
        return below if isinstance(below, dict) else {}

    def item(self, place: Schema) -> Schema:
        """What stands in the list of a place."""
        lists = [each for each in self._alternatives(place) if "items" in each]
        found: Schema = lists[0]["items"] if lists else {}
        return found

    def known(self, value: Any, path: Sequence[str | int]) -> list[str]:
        """The keys that the object at a path of a document may have."""
        place = self.schema
        for step in path:
            if isinstance(value, list):
                place, value = self.item(place), value[int(step)]
            else:  # a name may look like a number
                name = str(step)
                place, value = self.below(place, list(value), name), value[name]
        return list(self._object(place, list(value)).get("properties", {}))

    def ordered(self, value: Any, place: Schema | None = None) -> Any:
        """A value with the keys of all its objects in order."""
        here = self.schema if place is None else place
        if isinstance(value, dict):
            names = list(value)
            return {
                name: self.ordered(value[name], self.below(here, names, name))
                for name in self.keys(here, names)
            }
        if isinstance(value, list):
            return [self.ordered(each, self.item(here)) for each in value]
        return value

    def _object(self, place: Schema, names: Sequence[str]) -> Schema:
        """The object with most of these names, else the one that takes any."""
        objects = [each for each in self._alternatives(place) if each.get("type") == "object"]
        return max(
            objects,
            key=lambda each: (
                len(each.get("properties", {}).keys() & set(names)),
                isinstance(each.get("additionalProperties"), dict),
            ),
            default={},
        )

    def _alternatives(self, place: Schema) -> Iterator[Schema]:
        if "$ref" in place:
            yield from self._alternatives(
                self.schema["$defs"][place["$ref"].removeprefix(_PREFIX)]
            )
        elif "anyOf" in place:
            for each in place["anyOf"]:
                yield from self._alternatives(each)
        else:
            yield place
