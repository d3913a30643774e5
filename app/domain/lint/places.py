"""Places of a document: JSON pointers that lead to something that is there."""

from collections.abc import Iterator, Mapping
from typing import Any


def escaped(part: str) -> str:
    """A key as a JSON pointer writes it (RFC 6901)."""
    return part.replace("~", "~0").replace("/", "~1")


def in_document(pointer: str, document: Any) -> str:
    """The nearest place of the document for a pointer into what it was read as.

    A pointer may name kinds of conditions on its way, which are no keys, and what stands in the
    place of a reading; both are left out.
    """
    told, here = "", document
    for raw in pointer.split("/")[1:]:
        part = raw.replace("~1", "/").replace("~0", "~")
        if isinstance(here, Mapping) and part in here:
            here = here[part]
        elif isinstance(here, list | tuple) and part.isdecimal() and int(part) < len(here):
            here = here[int(part)]
        elif isinstance(here, Mapping) and set(here) == {"reading", "options"}:
            break
        else:
            continue
        told += f"/{escaped(part)}"
    return told


def readings_in(value: Any, pointer: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every `{reading, options}` of a document, with its place."""
    if isinstance(value, Mapping):
        if set(value) == {"reading", "options"} and isinstance(value["options"], Mapping):
            yield pointer, value
        for key, part in value.items():
            yield from readings_in(part, f"{pointer}/{escaped(str(key))}")
    elif isinstance(value, list | tuple):
        for number, part in enumerate(value):
            yield from readings_in(part, f"{pointer}/{number}")


def values_of(value: Any, key: str, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of a key, however deep it stands, with its place."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            if name == key:
                yield f"{pointer}/{escaped(str(name))}", part
            yield from values_of(part, key, f"{pointer}/{escaped(str(name))}")
    elif isinstance(value, list | tuple):
        for number, part in enumerate(value):
            yield from values_of(part, key, f"{pointer}/{number}")
