"""The JSON of a FHIR resource, read strictly and with the digits of every number.

A key that stands twice in one object is refused, for nobody can say which of its values is meant;
so are NaN and Infinity, which are no JSON (RFC 8259).
"""

import json
from typing import Any


class Unfit(Exception):
    """A resource that cannot be read as it stands: a code, and the problem with the way out."""

    def __init__(self, code: str, problem: str) -> None:
        self.code, self.problem = code, problem
        super().__init__(problem)


class NotJson(Unfit):
    """The text is no JSON that has one meaning."""

    def __init__(self, problem: str, code: str = "not_json") -> None:
        super().__init__(code, problem)


class Digits(str):
    """A number, as its digits were written."""

    __slots__ = ()


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    names = [key for key, _ in pairs]
    twice = next(key for key in made if names.count(key) > 1)
    raise NotJson(
        f"the key {twice[:100]!r} stands twice in one object: write it once", "duplicate_key"
    )


def _no_number(name: str) -> Any:
    raise NotJson(f"{name} is no number in JSON: leave the value out where it is not known")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_members, parse_float=Digits, parse_int=Digits, parse_constant=_no_number
)


def parsed(text: str) -> Any:
    """The value that the text is. Raises NotJson."""
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as problem:
        where = f"line {problem.lineno}, column {problem.colno}"
        raise NotJson(f"it is no JSON at its {where}: {problem.msg}") from None
    except RecursionError:
        raise NotJson("it is nested too deeply to be read", "too_deep") from None
