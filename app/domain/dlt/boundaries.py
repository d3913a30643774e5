"""The lines that rules draw between grades."""

from collections.abc import Iterator
from typing import Any, Final

from pydantic import TypeAdapter

from app.domain.dlt.rule import RuleSet
from app.domain.grade import DEATH

_RULES: Final = TypeAdapter(RuleSet)
_UP_TO: Final = frozenset({"to", "at_most"})
"""Fields whose grade lies below the line."""


def boundaries_of(rules: RuleSet) -> frozenset[int]:
    """The lowest grade above each line that some rule draws.

    Two grades with no boundary above the lower, up to the higher, are one to the rules. A
    recovery to the baseline may draw a line anywhere.
    """
    return frozenset(_lines(_RULES.dump_python(rules, mode="json", by_alias=True), ""))


def _lines(value: Any, name: str) -> Iterator[int]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _lines(part, key)
    elif isinstance(value, list):
        for part in value:
            yield from _lines(part, name)
    elif value == "baseline":
        yield from range(1, DEATH + 1)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield value + 1 if name in _UP_TO else value
