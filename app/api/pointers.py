"""JSON pointers (RFC 6901) into what was sent, from the places that validation names.

Pydantic names union branches and wrappers beside the fields, and rules are validated with their
readings decided. A pointer made here goes through what the body really has.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Part = str | int


def escape(name: str) -> str:
    """A name as a pointer writes it."""
    return name.replace("~", "~0").replace("/", "~1")


def unescape(part: str) -> str:
    """A name as it is, from how a pointer writes it."""
    return part.replace("~1", "/").replace("~0", "~")


def parts_of(pointer: str) -> list[Part]:
    """The names and indices of a pointer."""
    return [int(part) if part.isdecimal() else unescape(part) for part in pointer.split("/")[1:]]


def value_at(pointer: str, value: Any) -> Any:
    """What stands at a pointer that can be followed, None where it cannot."""
    for part in parts_of(pointer):
        found = _step(part, value)
        if found is None:
            return None
        value = value[found]
    return value


def pointer_into(value: Any, parts: Sequence[Part], *, may_be_absent: bool) -> str:
    """The pointer, without the parts that name nothing in the value.

    Where a protocol document leaves a reading open, it goes through the option that holds.
    With `may_be_absent` the last part stands although nothing is there: a required field.
    """
    defaults = _default_options(value)
    followed: list[Part] = []
    for index, part in enumerate(parts):
        option = _option_that_holds(value, defaults)
        if option is not None and part not in {"reading", "options"}:
            followed += ["options", option]
            value = value["options"][option]
        found = _step(part, value)
        if found is not None:
            followed.append(found)
            value = value[found]
        elif may_be_absent and index == len(parts) - 1:
            followed.append(part)
    return "".join(f"/{escape(str(part))}" for part in followed)


def _step(part: Part, value: Any) -> Part | None:
    """The key or index that a part names; in a list also the id of an item."""
    if isinstance(value, Mapping):
        return next((key for key in (part, str(part)) if key in value), None)
    if not isinstance(value, list):
        return None
    if isinstance(part, int):
        return part if part < len(value) else None
    named = (at for at, item in enumerate(value) if isinstance(item, Mapping))
    return next((at for at in named if value[at].get("id") == part), None)


def _default_options(document: Any) -> dict[str, str]:
    readings = document.get("readings") if isinstance(document, Mapping) else None
    return {
        reading["id"]: reading["default"]
        for reading in (readings if isinstance(readings, list) else ())
        if isinstance(reading, Mapping)
        and isinstance(reading.get("id"), str)
        and isinstance(reading.get("default"), str)
    }


def _option_that_holds(value: Any, defaults: Mapping[str, str]) -> str | None:
    if not isinstance(value, Mapping) or set(value) != {"reading", "options"}:
        return None
    reading, options = value["reading"], value["options"]
    option = defaults.get(reading) if isinstance(reading, str) else None
    return option if isinstance(options, Mapping) and option in options else None
