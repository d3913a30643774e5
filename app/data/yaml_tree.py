"""A YAML text as a tree of what is written where: for places of faults, and for formatting.

It is read as `strict_yaml` reads it. An alias stays one here, so that what is written once is
there once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml

from app.data.strict_yaml import NotYaml, events_of, is_text


class Mark(NamedTuple):
    """A place of a text: how many characters stand before it, and its line and column, from 0."""

    at: int
    line: int
    column: int

    @property
    def place(self) -> tuple[int, int]:
        """Line and column from 1, as people count."""
        return self.line + 1, self.column + 1


@dataclass(slots=True, kw_only=True)
class _Written:
    """What every node has: where it stands, and the anchor that names it."""

    start: Mark
    end: Mark
    anchor: str | None = None


@dataclass(slots=True, kw_only=True)
class Scalar(_Written):
    """A text, or with `is_text` false a number, a truth value or null, as `value` writes it."""

    value: str
    is_text: bool


@dataclass(slots=True, kw_only=True)
class Mapping(_Written):
    """Keys with values in the order in which they are written; `flow` is with braces."""

    flow: bool
    pairs: list[tuple[Scalar, "Node"]] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Sequence(_Written):
    """Items; `flow` is with brackets."""

    flow: bool
    items: list["Node"] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Alias(_Written):
    """A place that repeats what an anchor names."""

    target: "Scalar | Mapping | Sequence"


Named = Scalar | Mapping | Sequence
Node = Named | Alias


def tree_of(text: str) -> Node:
    """The tree of a text that `read_yaml` reads.

    Raises NotYaml, also for what formatting could not keep: a tag, an alias within what it names.
    """
    for event in (reader := _Reader(events_of(text))).events:
        if isinstance(event, yaml.NodeEvent):
            return reader.node(event)
    raise NotYaml("The YAML cannot be read: it is empty.")


class _Reader:
    """Makes nodes of events."""

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self.events = events
        self.named: dict[str, Named] = {}

    def node(self, event: yaml.Event) -> Node:
        start, end = _mark(event.start_mark), _mark(event.end_mark)
        match event:
            case yaml.AliasEvent(anchor=name):
                if name not in self.named:
                    raise NotYaml.at(*start.place, f"*{name} stands within what it names")
                return Alias(start=start, end=end, target=self.named[name])
            case yaml.ScalarEvent() | yaml.CollectionStartEvent() if event.tag is not None:
                raise NotYaml.at(*start.place, f"the tag {event.tag} is more than JSON has")
            case yaml.ScalarEvent(value=value):
                made: Named = Scalar(start=start, end=end, value=value, is_text=is_text(event))
            case yaml.MappingStartEvent(flow_style=flow):
                made = self._filled_mapping(Mapping(start=start, end=end, flow=bool(flow)))
            case yaml.SequenceStartEvent(flow_style=flow):
                made = self._filled_sequence(Sequence(start=start, end=end, flow=bool(flow)))
            case _:
                raise NotYaml(f"The YAML cannot be read: {event} begins nothing.")
        if event.anchor is not None:
            made.anchor = event.anchor
            self.named[event.anchor] = made
        return made

    def _filled_mapping(self, made: Mapping) -> Mapping:
        for event in self._until(yaml.MappingEndEvent, made):
            key = self.node(event)
            if not isinstance(key, Scalar):
                raise NotYaml.at(*key.start.place, "a key is a text of its own")
            made.pairs.append((key, self.node(next(self.events))))
        return made

    def _filled_sequence(self, made: Sequence) -> Sequence:
        for event in self._until(yaml.SequenceEndEvent, made):
            made.items.append(self.node(event))
        return made

    def _until(self, end: type[yaml.Event], made: Mapping | Sequence) -> Iterator[yaml.Event]:
        for event in self.events:
            if isinstance(event, end):
                made.end = _mark(event.end_mark)
                return
            yield event


def _mark(mark: Any) -> Mark:
    return Mark(at=mark.index, line=mark.line, column=mark.column)
