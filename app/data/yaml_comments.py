"""The comments of a YAML text, each with the key or item that it speaks of.

A comment of its own line speaks of what comes next, or, where that stands further left, of what
stands above it; one behind something speaks of that.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from app.data.strict_yaml import NotYaml
from app.data.yaml_tree import Alias, Mapping, Mark, Node, Scalar


@dataclass(slots=True, kw_only=True)
class Entry:
    """A pair of a mapping or an item of a sequence, with its comments.

    `leading` holds lines before it, empty ones too; `blank` says that an empty line is before
    all of them.
    """

    key: Scalar | None
    value: Node
    start: Mark
    leading: list[str] = field(default_factory=list)
    trailing: str | None = None
    foot: list[str] = field(default_factory=list)
    blank: bool = False

    @property
    def end(self) -> Mark | None:
        """Where it ends, if on the line of its last sign."""
        value = self.value
        if isinstance(value, Scalar):
            return None if _is_block(value) else value.end
        return value.end if isinstance(value, Alias) or value.flow else None

    @property
    def is_commented(self) -> bool:
        """Whether it has a comment that needs a line end."""
        return bool(self.leading or self.trailing or self.foot)


@dataclass(frozen=True, slots=True, kw_only=True)
class Commented:
    """The entries of every mapping and sequence, by its identity; comments below all of them."""

    entries: dict[int, list[Entry]]
    foot: list[str]

    def of(self, node: Node) -> list[Entry]:
        """The entries of a mapping or sequence, none of anything else."""
        return self.entries.get(id(node), [])

    def has_comments(self, node: Node) -> bool:
        """Whether a comment stands anywhere within."""
        return any(
            each.is_commented
            or (not isinstance(each.value, Alias) and self.has_comments(each.value))
            for each in self.of(node)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Comment:
    mark: Mark
    text: str
    alone: bool


def commented(text: str, root: Node) -> Commented:
    """Join a text's comments to its tree. Raises NotYaml for one that no line can keep."""
    found = Commented(entries={}, foot=[])
    for _ in _filled(found, root):
        pass
    entries = [each for listed in found.entries.values() for each in listed]
    entries.sort(key=lambda each: each.start.at)  # of those that begin together the outer first
    lines = text.splitlines()
    for comment in comments_of(text, root):
        _attach(comment, entries, found, lines)
    for each in entries:
        first = each.start.line - len(each.leading)
        each.blank = first > 0 and not lines[first - 1].strip()
    return found


def comments_of(text: str, root: Node) -> Iterator[_Comment]:
    """Every comment in order."""
    at = line = begin = 0
    spans = sorted(_spans(root), key=lambda each: each[0].at)
    for start, end in [*spans, (Mark(at=len(text), line=0, column=0), None)]:
        while at < start.at:
            sign = text[at]
            if sign == "\n":
                line, begin = line + 1, at + 1
            elif sign == "#" and (at == begin or text[at - 1] in " \t"):
                stop = text.find("\n", at)
                stop = len(text) if stop < 0 else stop
                mark = Mark(at=at, line=line, column=at - begin)
                alone = not text[begin:at].strip()
                yield _Comment(mark=mark, text=text[at:stop].rstrip(), alone=alone)
                at = stop
                continue
            at += 1
        if end is not None:
            at, line, begin = end.at, end.line, end.at - end.column


def _spans(node: Node) -> Iterator[tuple[Mark, Mark]]:
    """Where texts stand, in which a `#` is no comment."""
    match node:
        case Scalar():
            yield node.start, node.end
        case Alias():
            return
        case Mapping():
            for key, value in node.pairs:
                yield from _spans(key)
                yield from _spans(value)
        case _:
            for item in node.items:
                yield from _spans(item)


def refuse_headers(text: str, root: Node) -> None:
    """Refuse a comment behind `|` or `>`, which no other line could keep. Raises NotYaml."""
    for start, end in _spans(root):
        header = text[start.at : end.at].partition("\n")[0]
        if header[:1] in {"|", ">"} and "#" in header:
            raise NotYaml.at(*start.place, "move the comment above its key: behind | it is lost")


def _is_block(value: Scalar) -> bool:
    return value.end.line > value.start.line and value.end.column == 0


def _filled(found: Commented, node: Node) -> Iterator[None]:
    if isinstance(node, Scalar | Alias):
        return
    if isinstance(node, Mapping):
        made = [Entry(key=key, value=value, start=key.start) for key, value in node.pairs]
    else:
        made = [Entry(key=None, value=item, start=item.start) for item in node.items]
    found.entries[id(node)] = made
    for each in made:
        yield from _filled(found, each.value)


def _attach(comment: _Comment, entries: list[Entry], found: Commented, lines: list[str]) -> None:
    after = next((each for each in entries if each.start.at > comment.mark.at), None)
    before = [each for each in entries if each.start.at < comment.mark.at]
    if not comment.alone:
        owner = _behind(comment, before)
        if owner is not None and owner.trailing is None:
            owner.trailing = comment.text
            return
        after = owner or after
    if after is not None and _indent(lines, after) >= min(comment.mark.column, 10_000):
        after.leading += _with_gap(comment, lines)
    elif (
        comment.alone
        and (above := [each for each in before if _indent(lines, each) <= comment.mark.column])
        and comment.mark.column > 0
    ):
        above[-1].foot.append(comment.text)
    elif after is not None:
        after.leading += _with_gap(comment, lines)
    else:
        found.foot.extend(_with_gap(comment, lines))


def _with_gap(comment: _Comment, lines: list[str]) -> list[str]:
    """The comment, and the empty line that follows it, if one does."""
    below = comment.mark.line + 1
    gap = comment.alone and below < len(lines) and not lines[below].strip()
    return [comment.text, ""] if gap else [comment.text]


def _behind(comment: _Comment, before: list[Entry]) -> Entry | None:
    """What stands before a comment on its line: what ends there, else what begins there."""
    ended = [
        each
        for each in before
        if each.end is not None
        and each.end.line == comment.mark.line
        and each.end.at <= comment.mark.at
    ]
    if ended:
        return max(ended, key=lambda each: each.end.at if each.end else 0)
    begun = [each for each in before if each.start.line == comment.mark.line]
    return begun[-1] if begun else None


def _indent(lines: list[str], entry: Entry) -> int:
    line = lines[entry.start.line]
    return len(line) - len(line.lstrip())
