"""Where in a file something stands: the line and column of a JSON pointer, in YAML and in JSON."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from app.data.strict_yaml import NotYaml
from app.data.yaml_tree import Alias, Mapping, Mark, Node, Scalar, Sequence, tree_of

_UNLIKE_YAML = re.compile("[\t\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
"""What JSON has between its signs or in its texts, and YAML reads otherwise or not at all."""


class Place(NamedTuple):
    """A place of a file, both from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Positions:
    """The places of a document; without a tree only its beginning is known."""

    root: Node | None

    def of(self, pointer: str, *, key: bool = False) -> Place:
        """Where a pointer leads; as far as it does, where it leads nowhere.

        A value that begins on the line of its key is pointed at itself, any other by its key or
        dash; with `key` it is the key in any case.
        """
        node, place = self.root, Mark(at=0, line=0, column=0)
        for part in pointer.split("/")[1:]:
            if isinstance(node, Alias):
                node = node.target
            step = _step(node, part.replace("~1", "/").replace("~0", "~"))
            if step is None:
                break
            name, node = step
            begins_here = name is None or node.start.line == name.start.line
            place = node.start if name is None or (begins_here and not key) else name.start
        return Place(*place.place)


def _step(node: Node | None, part: str) -> tuple[Scalar | None, Node] | None:
    """The key, if it has one, and the value that a part of a pointer names."""
    if isinstance(node, Mapping):
        # A key that stands twice is read by its last value.
        named = (pair for pair in reversed(node.pairs) if _joined(pair[0].value) == part)
        return next(named, None)
    if isinstance(node, Sequence) and part.isdecimal() and int(part) < len(node.items):
        return None, node.items[int(part)]
    return None


def _joined(text: str) -> str:
    """The text with the two halves of a character, which JSON may escape apart, as one."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def positions_in_yaml(text: str) -> Positions:
    """The places of a YAML text; none of one that has no tree."""
    try:
        return Positions(tree_of(text))
    except NotYaml:
        return Positions(None)


def positions_in_json(text: str) -> Positions:
    """The places of a JSON text, which is YAML but for a few characters."""
    return positions_in_yaml(_UNLIKE_YAML.sub(" ", text))
