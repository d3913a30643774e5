"""A text as blocks, before it is Markdown or HTML. Every string is plain: nothing is marked up."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry of a list: a sentence, the words that lead it, and what belongs below it."""

    text: str
    lead: str | None = None
    below: "tuple[Item, ...]" = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading; level 1 is the title of the whole."""

    level: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Sentences."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """A list, which may have lists in it."""

    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table whose rows begin with what they are about."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """What a source says and what the rules make of it, to be read beside each other."""

    at: str
    says: str
    sentence: str | None
    rule: tuple[Item, ...]


Block: TypeAlias = Heading | Paragraph | Items | Table | Clause
Blocks: TypeAlias = tuple[Block, ...]
