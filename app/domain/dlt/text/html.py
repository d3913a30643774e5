"""Blocks as the inside of an HTML page; what the document wrote is escaped."""

from collections.abc import Iterator
from html import escape
from typing import assert_never

from app.domain.dlt.text.model import Block, Blocks, Clause, Heading, Item, Items, Paragraph, Table


def html_of(blocks: Blocks) -> Iterator[str]:
    """The lines of a page's main part."""
    for block in blocks:
        yield from _block(block)


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading():
            yield f"<h{block.level}>{_inline(block.text)}</h{block.level}>"
        case Paragraph():
            yield f"<p>{_inline(block.text)}</p>"
        case Items():
            yield from _items(block.items)
        case Table():
            yield from _table(block)
        case Clause():
            yield from _clause(block)
        case _:
            assert_never(block)


def _clause(clause: Clause) -> Iterator[str]:
    yield '<div class="clause">'
    yield '<div class="source">'
    yield f"<p><strong>{_inline(clause.at)}</strong></p>"
    yield f"<p>{_inline(clause.says)}</p>"
    if clause.sentence is not None:
        yield f"<blockquote>{_inline(clause.sentence)}</blockquote>"
    yield "</div>"
    yield '<div class="rule">'
    yield from _items(clause.rule)
    yield "</div>"
    yield "</div>"


def _items(items: tuple[Item, ...]) -> Iterator[str]:
    yield "<ul>"
    for item in items:
        lead = f"<strong>{_inline(item.lead)}</strong> " if item.lead is not None else ""
        if not item.below:
            yield f"<li>{lead}{_inline(item.text)}</li>"
            continue
        yield f"<li>{lead}{_inline(item.text)}"
        yield from _items(item.below)
        yield "</li>"
    yield "</ul>"


def _table(table: Table) -> Iterator[str]:
    yield '<div class="wide">'
    yield "<table>"
    yield f"<caption>{_inline(table.caption)}</caption>"
    heads = "".join(f'<th scope="col">{_inline(each)}</th>' for each in table.headings)
    yield f"<thead><tr>{heads}</tr></thead>"
    yield "<tbody>"
    for first, *others in table.rows:
        cells = "".join(f"<td>{_inline(each)}</td>" for each in others)
        yield f'<tr><th scope="row">{_inline(first)}</th>{cells}</tr>'
    yield "</tbody>"
    yield "</table>"
    yield "</div>"


def _inline(text: str) -> str:
    return escape(" ".join(text.split()))
