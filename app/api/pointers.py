"""JSON pointers (RFC 6901) into what was sent, from the places that validation names.

Pydantic names union branches and wrappers beside the fields; a pointer made here can be followed.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.pointers import escape, unescape

Part = str | int


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

    With `may_be_absent` the last part stands although nothing is there: a required field.
    """
    followed: list[Part] = []
    for index, part in enumerate(parts):
        found = _step(part, value)
        if found is not None:
            followed.append(found)
            value = value[found]
        elif may_be_absent and index == len(parts) - 1:
            followed.append(part)
    return _written(followed)


def pointer_into_document(
    document: Any, parts: Sequence[Part], *, may_be_absent: bool, about_reading: bool
) -> str:
    """The same into a protocol document, whose rules are validated with their readings decided.

    Goes through the option that holds, unless the fault is about the reading itself.
    """
    defaults = _default_options(document)
    value, decided = document, list[Part]()
    for part in parts:
        value = _into_option(value, defaults, decided)
        decided.append(part)
        found = _step(part, value)
        value = value if found is None else value[found]
    if not about_reading and not may_be_absent:
        _into_option(value, defaults, decided)
    return pointer_into(document, decided, may_be_absent=may_be_absent)


def _into_option(value: Any, defaults: Mapping[str, str], parts: list[Part]) -> Any:
    """What a reading comes to, noting the parts that lead there; anything else itself."""
    while isinstance(value, Mapping) and set(value) == {"reading", "options"}:
        reading, options = value["reading"], value["options"]
        option = defaults.get(reading) if isinstance(reading, str) else None
        if option is None or not isinstance(options, Mapping) or option not in options:
            break
        parts += ["options", option]
        value = options[option]
    return value


def _written(parts: Sequence[Part]) -> str:
    return "".join(f"/{escape(str(part))}" for part in parts)


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
