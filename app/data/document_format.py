"""One way to write a protocol document: order of keys, braces or lines, quotes, comments kept.

Nothing of the content changes: the canonical form before and after is compared here, and so are
the comments.
"""

import json
import re
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Any, Final

import yaml
from yaml.emitter import Emitter

from app.data.key_order import KeyOrder
from app.data.protocols import canonical_text
from app.data.strict_yaml import read_yaml
from app.data.yaml_comments import Commented, Entry, commented, comments_of, refuse_headers
from app.data.yaml_tree import Alias, Mapping, Named, Node, Scalar, Sequence, tree_of
from app.domain.errors import DomainError
from app.domain.protocol_schema import Schema

WIDTH: Final = 120
"""Braces and brackets that need more columns are broken; texts are not."""
_STEP: Final = 2
_LONGEST_WORD: Final = 60
"""A list of longer ones has a line for each."""
_ODD: Final = re.compile(
    r"[yYnN]|0o[0-7]+|[-+]?[0-9][0-9_.:]*([eE][-+]?[0-9]+)?|[-+.]?\\.?(inf|nan|Inf|NaN)|=|<<"
)
"""Words that some reader of YAML takes for something else than text."""
_CONTROL: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


class NotFormatted(DomainError):
    """The document cannot be written in the one way without losing something."""

    code = "not_formatted"


def yaml_of(text: str, order: KeyOrder) -> str:
    """A YAML document in the one way, with its comments.

    Raises NotYaml, and NotFormatted where content or a comment would not be kept.
    """
    before = read_yaml(text)
    root = tree_of(text)
    if not isinstance(root, Mapping):
        raise NotFormatted("The file holds no object, so no protocol document.")
    refuse_headers(text, root)
    made = "\n".join(_Writer(commented(text, root), order).document(root)) + "\n"
    _compare(before, made)
    kept = [each.text for each in comments_of(made, tree_of(made))]
    if sorted(kept) != sorted(each.text for each in comments_of(text, root)):
        raise NotFormatted("A comment would be lost: move it to a line of its own.")
    return made


def yaml_of_value(value: dict[str, Any], order: KeyOrder) -> str:
    """A document that was read from JSON, as YAML."""
    return yaml_of(_quoted(value), order)


def json_of(text: str, order: KeyOrder) -> str:
    """A YAML document as JSON.

    Raises NotYaml, and NotFormatted where there are comments, which JSON cannot keep.
    """
    if next(comments_of(text, tree_of(text)), None) is not None:
        raise NotFormatted("JSON has no comments, so those of this document would be lost.")
    return json_of_value(read_yaml(text), order)


def json_of_value(value: dict[str, Any], order: KeyOrder) -> str:
    """A document as JSON in the one way."""
    made = json.dumps(order.ordered(value), indent=2, ensure_ascii=False) + "\n"
    if json.loads(made) != value:
        raise NotFormatted(
            "Formatting would change the content, which is a fault of this program."
        )
    return made


def _compare(before: Any, made: str) -> None:
    if canonical_text(before) != canonical_text(read_yaml(made)):
        raise NotFormatted(
            "Formatting would change the content, which is a fault of this program."
        )


class _Writer:
    """Writes a tree with its comments."""

    def __init__(self, known: Commented, order: KeyOrder) -> None:
        self.known = known
        self.order = order
        self.named: set[int] = set()

    def document(self, root: Mapping) -> list[str]:
        lines = list(self._entries(root, self.order.schema, 0))
        return [*lines, *self.known.foot]

    def _entries(self, node: Mapping | Sequence, schema: Schema, indent: int) -> Iterator[str]:
        """The lines of a mapping or sequence that is written over several."""
        pad = " " * indent
        for number, (entry, below) in enumerate(self._ordered(node, schema)):
            content = list(self._entry(entry, below, indent))
            leading, trailing = [*entry.leading], entry.trailing
            if trailing is not None and len(content) > 1 and not self._is_header(entry, content):
                leading, trailing = [*leading, trailing], None
            if entry.blank and number > 0:
                yield ""
            yield from (f"{pad}{each}".rstrip() for each in leading)
            yield content[0] + (f"  {trailing}" if trailing else "")
            yield from content[1:]
            yield from (f"{pad}{each}" for each in entry.foot)

    def _is_header(self, entry: Entry, content: list[str]) -> bool:
        """Whether its first line is its key or dash, and what it holds follows on lines."""
        return content[0].rstrip().endswith(":") or (
            entry.key is None and isinstance(entry.value, Mapping | Sequence)
        )

    def _ordered(self, node: Mapping | Sequence, schema: Schema) -> Iterator[tuple[Entry, Schema]]:
        entries = self.known.of(node)
        if isinstance(node, Sequence):
            yield from ((entry, self.order.item(schema)) for entry in entries)
            return
        by_name = {entry.key.value: entry for entry in entries if entry.key is not None}
        for name in self.order.keys(schema, list(by_name)):
            yield by_name[name], self.order.below(schema, list(by_name), name)

    def _entry(self, entry: Entry, schema: Schema, indent: int) -> Iterator[str]:
        pad = " " * indent
        begin = f"{pad}-" if entry.key is None else f"{pad}{_text(entry.key.value, flow=True)}:"
        node, anchor = self._once(entry.value)
        if isinstance(node, str):
            yield f"{begin} {node}"
        elif isinstance(node, Scalar):
            yield from _scalar_lines(f"{begin}{anchor} ", node, indent)
        elif (flow := self._flow(node, schema, WIDTH - len(begin) - len(anchor) - 1)) is not None:
            yield f"{begin}{anchor} {flow}"
        elif node.flow and self._is_list_of_words(node):
            yield from _filled(f"{begin}{anchor} [", list(self._words(node)), indent)
        else:
            yield from self._below(f"{begin}{anchor}", node, schema, indent, entry)

    def _below(
        self, begin: str, node: Mapping | Sequence, schema: Schema, indent: int, entry: Entry
    ) -> Iterator[str]:
        lines = list(self._entries(node, schema, indent + _STEP))
        if entry.key is None and begin.endswith("-") and isinstance(node, Mapping):
            while not lines[0].strip() or lines[0].lstrip().startswith("#"):
                entry.leading.append(lines.pop(0).strip())
            yield f"{begin} {lines[0].lstrip()}"
            yield from lines[1:]
        else:
            yield begin
            yield from lines

    def _once(self, node: Node) -> tuple[str | Named, str]:
        """What is written here: an alias of what was, or the node with the anchor it needs."""
        target = node.target if isinstance(node, Alias) else node
        if target.anchor is None:
            return target, ""
        if id(target) in self.named:
            return f"*{target.anchor}", ""
        self.named.add(id(target))
        return target, f" &{target.anchor}"

    def _flow(self, node: Mapping | Sequence, schema: Schema, room: int) -> str | None:
        """It on one line; None where it was written over several, is too long, or a comment is
        within.
        """
        if not self.known.of(node):
            return "{}" if isinstance(node, Mapping) else "[]"
        if not node.flow or self.known.has_comments(node):
            return None
        before = set(self.named)
        told = self._inside(node, schema)
        if len(told) <= room:
            return told
        self.named = before  # it is written again, over several lines
        return None

    def _on_a_line(self, node: Node, schema: Schema) -> str:
        found, anchor = self._once(node)
        begin = f"{anchor.strip()} " if anchor else ""
        if isinstance(found, str):
            return found
        return begin + self._inside(found, schema)

    def _inside(self, node: Named, schema: Schema) -> str:
        if isinstance(node, Scalar):
            return _scalar(node, flow=True)
        parts = []
        for entry, below in self._ordered(node, schema):
            value = self._on_a_line(entry.value, below)
            key = "" if entry.key is None else f"{_text(entry.key.value, flow=True)}: "
            parts.append(key + value)
        listed = ", ".join(parts)
        return f"{{{listed}}}" if isinstance(node, Mapping) else f"[{listed}]"

    def _is_list_of_words(self, node: Node) -> bool:
        return isinstance(node, Sequence) and all(
            isinstance(each.value, Scalar)
            and len(each.value.value) <= _LONGEST_WORD
            and each.value.anchor is None
            and not each.is_commented
            for each in self.known.of(node)
        )

    def _words(self, node: Node) -> Iterator[str]:
        for each in self.known.of(node):
            if isinstance(each.value, Scalar):
                yield _scalar(each.value, flow=True)


def _filled(begin: str, words: Iterable[str], indent: int) -> Iterator[str]:
    """A list of words over as few lines as hold it."""
    line, pad = begin, " " * (indent + _STEP)
    words = list(words)
    for number, word in enumerate(words):
        sign = "]" if number == len(words) - 1 else ","
        gap = "" if line in {begin, pad} else " "
        if line not in {begin, pad} and len(line) + len(gap) + len(word) + 1 > WIDTH:
            yield line
            line, gap = pad, ""
        line += gap + word + sign
    yield line


def _scalar_lines(begin: str, node: Scalar, indent: int) -> Iterator[str]:
    """A scalar; a text of several lines as it is read, where YAML can write it so."""
    literal = node.is_text and "\n" in node.value and _analysed(node.value).allow_block
    if not literal or not node.value.strip() or node.value[0] in " \n":
        yield begin + _scalar(node, flow=False)
        return
    body = node.value.rstrip("\n")
    ends = len(node.value) - len(body)
    yield begin + {0: "|-", 1: "|"}.get(ends, "|+")
    pad = " " * (indent + _STEP)
    yield from (
        f"{pad}{line}".rstrip() if not line else f"{pad}{line}" for line in body.split("\n")
    )
    yield from [""] * (ends - 1)


def _scalar(node: Scalar, *, flow: bool) -> str:
    if node.is_text:
        return _text(node.value, flow=flow)
    return node.value if node.value not in {"", "~"} else "null"


def _text(text: str, *, flow: bool) -> str:
    """A text, in quotes where a reader of YAML could take it for something else."""
    shape = _analysed(text)
    plain = shape.allow_flow_plain if flow else shape.allow_block_plain
    resolver = yaml.SafeLoader("")
    read = resolver.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    if (
        plain
        and not shape.multiline
        and read == "tag:yaml.org,2002:str"
        and not _ODD.fullmatch(text)
    ):
        return text
    return _quoted(text)


def _quoted(value: Any) -> str:
    """As JSON writes it, with those signs escaped that YAML takes in no other way."""
    quoted = json.dumps(value, ensure_ascii=False)
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def _analysed(text: str) -> Any:
    return _EMITTER.analyze_scalar(text)


_EMITTER: Final = Emitter(StringIO(), allow_unicode=True)
"""It tells how a text may be written; nothing is written to it."""
