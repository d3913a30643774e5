"""YAML read as what it says: JSON's values, every key once.

YAML 1.1 makes a date of `2026-03-01`, true of `on`, 630 of `10:30` and 8 of `010`. Here such words
stay text: only `null`, `true`, `false` and JSON's numbers are anything else.
"""

import re
from collections.abc import Hashable
from typing import Any

import yaml

from app.domain.errors import DomainError


class NotYaml(DomainError):
    """The text is not YAML that can be read in one way only."""

    code = "not_yaml"


class _Loader(yaml.SafeLoader):
    """Knows no implicit types but JSON's, and refuses a key that stands twice."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012

    def construct_mapping(
        self, node: yaml.MappingNode, deep: bool = False
    ) -> dict[Hashable, Any]:
        """The mapping. Raises ConstructorError at the second of two equal keys, or at no text."""
        seen: set[str] = set()
        for key_node, _ in node.value:
            key = key_node.value
            if key_node.tag != _TEXT:
                raise yaml.constructor.ConstructorError(
                    None, None, "a key is no text: quote it", key_node.start_mark
                )
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key!r} stands twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


_TEXT = "tag:yaml.org,2002:str"
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


def read_yaml(text: str) -> Any:
    """The one document of a YAML text.

    Raises NotYaml with line and column: no YAML, a key that stands twice or is no text, a tag, or
    nesting without end.
    """
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 (a safe loader, made stricter)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise NotYaml(f"The YAML cannot be read: {place}{error.problem or error.context}.") from error
    except yaml.YAMLError as error:
        raise NotYaml(f"The YAML cannot be read: {error}.") from error
    except RecursionError as error:
        raise NotYaml("The YAML is nested too deeply to be read.") from error
