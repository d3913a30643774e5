"""Canonical JSON (RFC 8785) of values without floats, and its digest.

What is digested is text: numbers with a fraction are written as text, so that nobody rounds them.
"""

import json
import re
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, Final

import rfc8785

from app.domain.errors import BadValue

LARGEST_INTEGER: Final = 2**53 - 1
"""The largest whole number that every reader of JSON keeps exactly (RFC 8785, 3.2.2.3)."""

_LEAVES: Final = frozenset({str, bool, type(None)})
_BEYOND_BMP = re.compile("[\ud800-\udfff\U00010000-\U0010ffff]")
_ENCODE = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
).encode


class NotCanonical(BadValue):
    """The value has no canonical JSON text here."""

    code = "not_canonical"

    def __init__(self, what: str, way_out: str) -> None:
        super().__init__(f"{what} has no canonical JSON: {way_out}.")


def canonical(value: Any) -> str:
    """The RFC 8785 text of null, booleans, whole numbers, text, lists, tuples and dicts.

    A tuple is a list. Raises `NotCanonical` for floats, numbers beyond ±(2^53-1), keys that are
    no text, half of a surrogate pair, anything nested too deep to write, and every other type.
    """
    try:
        _check(value)
        text = _ENCODE(value)
    except RecursionError as problem:
        raise NotCanonical(
            "A value that is nested this deep", "take a level of lists or objects away"
        ) from problem
    # RFC 8785 sorts keys by UTF-16 code units, Python by code points: the two differ only there.
    if text.isascii() or _BEYOND_BMP.search(text) is None:
        return text
    try:
        return rfc8785.dumps(value).decode()
    except ValueError as problem:
        raise NotCanonical("Half of a surrogate pair", "write whole characters") from problem


def digest_of(text: str) -> str:
    """`sha256:` and the hexadecimal SHA-256 of the text's UTF-8 bytes."""
    return f"sha256:{sha256(text.encode()).hexdigest()}"


def _check(value: Any) -> None:
    """Refuse what the encoder would take although RFC 8785 or this record does not."""
    if isinstance(value, dict):
        for key in value:
            if type(key) is not str:
                _check_key(key)
        parts: Iterable[Any] = value.values()
    elif isinstance(value, list | tuple):
        parts = value
    else:
        _check_other(value)
        return
    for part in parts:
        kind = type(part)
        if kind in _LEAVES or (kind is int and -LARGEST_INTEGER <= part <= LARGEST_INTEGER):
            continue
        _check(part)


def _check_key(key: Any) -> None:
    if not isinstance(key, str):
        raise NotCanonical(f"A key of type {type(key).__name__}", "write it as text")


def _check_other(value: Any) -> None:
    if isinstance(value, float):
        raise NotCanonical("A float", "write it as decimal text")
    if isinstance(value, int):
        if not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
            raise NotCanonical("A whole number beyond ±(2^53-1)", "write it as text")
    elif value is not None and not isinstance(value, str):
        raise NotCanonical(f"A value of type {type(value).__name__}", "write it as JSON knows it")
