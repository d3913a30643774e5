"""YAML read as what it says: JSON's values, every key once.

YAML 1.1 makes a date of `2026-03-01`, true of `on`, 630 of `10:30` and 8 of `010`. Here such words
stay text: only `null`, `true`, `false` and JSON's numbers are anything else.
"""

import re
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Any

import yaml
from yaml.constructor import ConstructorError

from app.domain.errors import DomainError


class NotYaml(DomainError):
    """The text is not YAML that can be read in one way only.

    `line` and `column`, from 1, tell where, as far as one place is to blame.
    """

    code = "not_yaml"
    line: int | None = None
    column: int | None = None
    why: str = ""

    @classmethod
    def at(cls, line: int, column: int, why: str) -> "NotYaml":
        """The error at a place."""
        error = cls(f"The YAML cannot be read: line {line}, column {column}: {why}.")
        error.line, error.column, error.why = line, column, why
        return error


class _Loader(yaml.SafeLoader):
    """Knows no implicit types but JSON's, and refuses a key that stands twice."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


_TEXT = "tag:yaml.org,2002:str"


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Iterator[dict[Hashable, Any]]:
    """A mapping, filled in a second step since an alias in it may mean the mapping itself."""
    seen: set[str] = set()
    for key, _ in node.value:
        if key.tag != _TEXT:
            raise ConstructorError(None, None, "a key is no text: quote it", key.start_mark)
        if key.value in seen:
            raise ConstructorError(None, None, f"key {key.value!r} stands twice", key.start_mark)
        seen.add(key.value)
    value: dict[Hashable, Any] = {}
    yield value
    value.update(loader.construct_mapping(node))


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
_NUMBER_STARTS = list("-0123456789")
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:null", re.compile(r"(?:null|~|)$"), ["n", "~", ""]
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(?:true|false)$"), ["t", "f"])
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"-?(?:0|[1-9][0-9]*)$"), _NUMBER_STARTS
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$"),
    _NUMBER_STARTS,
)


_RESOLVER = _Loader("")


def read_yaml(text: str) -> Any:
    """The one document of a YAML text.

    Raises NotYaml with line and column: no YAML, a key that stands twice or is no text, a tag, or
    nesting without end.
    """
    with _told_as_not_yaml():
        return yaml.load(text, Loader=_Loader)  # noqa: S506 (a safe loader, made stricter)


def events_of(text: str) -> Iterator[yaml.Event]:
    """What a YAML text consists of, in order. Raises NotYaml at what cannot be read."""
    with _told_as_not_yaml():
        yield from yaml.parse(text, Loader=_Loader)


def is_text(scalar: yaml.ScalarEvent) -> bool:
    """Whether a scalar is read as text, not as a number, a truth value or null."""
    if not scalar.implicit[0]:
        return True
    found = _RESOLVER.resolve(yaml.ScalarNode, scalar.value, (True, False))  # type: ignore[no-untyped-call]
    return bool(found == _TEXT)


@contextmanager
def _told_as_not_yaml() -> Iterator[None]:
    try:
        yield
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        why = error.problem or error.context or "something is wrong"
        if mark is None:
            raise NotYaml(f"The YAML cannot be read: {why}.") from error
        raise NotYaml.at(mark.line + 1, mark.column + 1, why) from error
    except yaml.YAMLError as error:
        raise NotYaml(f"The YAML cannot be read: {error}.") from error
    except RecursionError as error:
        raise NotYaml("The YAML is nested too deeply to be read.") from error
