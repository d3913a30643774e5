"""Reading a body as JSON that can be understood in one way only.

Refused beyond what JSON refuses: a key that stands twice (one of the two data would be lost),
NaN and Infinity, numbers too large to keep, half of a surrogate pair, and nesting without need.
"""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NoReturn

from app.domain.errors import DomainError, Fault
from app.domain.pointers import escape

MAX_DEPTH = 64

_CONTAINERS = (dict, list)
_STRING_OR_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|(?P<word>-?Infinity|NaN)')
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class NotUtf8(DomainError):
    """The body is not UTF-8."""

    code = "not_utf8"


class NotJson(DomainError):
    """The body is not JSON; `line` and `column`, from 1, tell where, as far as that is known."""

    code = "not_json"
    line: int | None = None
    column: int | None = None
    why: str = ""

    @classmethod
    def at(cls, line: int, column: int, why: str) -> "NotJson":
        """The error at a place."""
        error = cls(f"The body is not JSON: line {line}, column {column}: {why}.")
        error.line, error.column, error.why = line, column, why
        return error


class TooDeep(DomainError):
    """The body is nested too deeply."""

    code = "too_deep"

    def __init__(self) -> None:
        super().__init__(
            f"Objects and lists may be nested {MAX_DEPTH} deep; this body goes deeper."
        )


class DuplicateKey(DomainError):
    """An object names a key twice."""

    code = "duplicate_key"

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("A key stands more than once in an object, so one datum would be lost.")


def read_json(body: bytes, *, exact: bool = False) -> Any:
    """The value of a JSON text; `exact` keeps every digit of a number, as a Decimal.

    Raises NotUtf8, NotJson (with line and column), TooDeep and DuplicateKey (with every place).
    """
    text = _decoded(body)
    duplicates: list[tuple[dict[str, Any], str]] = []

    def pairs_to_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) != len(pairs):
            names = [name for name, _ in pairs]
            duplicates.extend((value, name) for name in value if names.count(name) > 1)
        return value

    value = _parsed(text, pairs_to_object, Decimal if exact else float)
    if _is_deeper_than(MAX_DEPTH, value):
        raise TooDeep
    if duplicates:
        raise DuplicateKey(tuple(_faults(value, duplicates)))
    if _SURROGATE.search(text):
        _refuse_half_characters(value)
    return value


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotUtf8(f"The body is not UTF-8: byte {error.start} begins no character.") from error


def _parsed(text: str, pairs_to_object: Any, number_of: type[Decimal] | type[float]) -> Any:
    def refuse_word(word: str) -> NoReturn:
        raise NotJson.at(*_place_of(word, text), f"{word} is no number")

    def finite(number: str) -> Decimal | float:
        if float(number) in (float("inf"), float("-inf")):
            raise NotJson(f"The body is not JSON: the number {number[:40]} is too large to keep.")
        return number_of(number)

    try:
        return json.loads(
            text,
            object_pairs_hook=pairs_to_object,
            parse_constant=refuse_word,
            parse_float=finite,
        )
    except json.JSONDecodeError as error:
        reason = error.msg if text.strip() else "it is empty"
        raise NotJson.at(error.lineno, error.colno, reason) from error
    except RecursionError as error:
        raise TooDeep from error
    except ValueError as error:  # whole numbers beyond Python's limit of digits
        raise NotJson("The body is not JSON: a whole number has too many digits.") from error


def _place_of(word: str, text: str) -> tuple[int, int]:
    found = next(each for each in _STRING_OR_WORD.finditer(text) if each["word"] == word)
    start = found.start()
    return text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)


def _is_deeper_than(limit: int, value: Any) -> bool:
    level = [value] if type(value) in _CONTAINERS else []
    for _ in range(limit):
        if not level:
            return False
        level = [
            child
            for node in level
            for child in (node.values() if type(node) is dict else node)
            if type(child) in _CONTAINERS
        ]
    return bool(level)


def _faults(value: Any, duplicates: list[tuple[dict[str, Any], str]]) -> Iterator[Fault]:
    for pointer, each in _objects(value, ""):
        for duplicated, name in duplicates:
            if each is duplicated:
                message = f"field {name[:80]!r} stands more than once"
                yield Fault(
                    pointer=f"{pointer}/{escape(name)}", message=message, code="duplicate_key"
                )


def _objects(value: Any, pointer: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict):
        yield pointer, value
        for name, part in value.items():
            yield from _objects(part, f"{pointer}/{escape(name)}")
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _objects(part, f"{pointer}/{index}")


def _refuse_half_characters(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False, default=str).encode("utf-8")
    except UnicodeEncodeError as error:
        raise NotJson("The body is not JSON: it escapes half of a surrogate pair.") from error
