"""Blocks as CommonMark with pipe tables; what the document wrote is escaped."""

import re
from collections.abc import Iterator
from typing import Final, assert_never

from app.domain.dlt.text.model import Block, Blocks, Clause, Heading, Item, Items, Paragraph, Table

_MARKED_UP: Final = re.compile(r"([\\`*_\[\]<>|~&#])")
_BEGINS_A_BLOCK: Final = re.compile(r"^([-+=]|\d{1,9}[.)])")


def markdown_of(blocks: Blocks) -> str:
    """The whole text, ending with a line break."""
    return "\n\n".join("\n".join(_block(block)) for block in blocks) + "\n"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading():
            yield f"{'#' * block.level} {_inline(block.text)}"
        case Paragraph():
            yield _started(block.text)
        case Items():
            yield from _items(block.items, "")
        case Table():
            yield f"**{_inline(block.caption)}**"
            yield ""
            yield _row(block.headings)
            yield _row(("---",) * len(block.headings), escaped=True)
            yield from (_row(row) for row in block.rows)
        case Clause():
            yield f"> **{_inline(block.at)}**: {_inline(block.says)}"
            if block.sentence is not None:
                yield ">"
                yield f"> “{_inline(block.sentence)}”"
            yield ""
            yield from _items(block.rule, "")
        case _:
            assert_never(block)


def _items(items: tuple[Item, ...], indent: str) -> Iterator[str]:
    for item in items:
        lead = f"**{_inline(item.lead)}** " if item.lead is not None else ""
        text = _inline(item.text) if lead else _started(item.text)
        yield f"{indent}- {lead}{text}"
        yield from _items(item.below, indent + "  ")


def _row(cells: tuple[str, ...], *, escaped: bool = False) -> str:
    return f"| {' | '.join(cells if escaped else map(_inline, cells))} |"


def _started(text: str) -> str:
    """Text that begins a line must not begin a list or a rule of its own."""
    return _BEGINS_A_BLOCK.sub(lambda found: f"{found[1][:-1]}\\{found[1][-1]}", _inline(text))


def _inline(text: str) -> str:
    return _MARKED_UP.sub(r"\\\1", " ".join(text.split()))
