"""A protocol's rules for people: a text of every rule and a table of what they decide."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter

from app.domain.adjudication.decision_table import RuleTable, decision_table
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.dlt.text.document import blocks_of
from app.domain.dlt.text.html import html_of
from app.domain.dlt.text.markdown import markdown_of
from app.domain.dlt.text.model import Block, Blocks, Heading, Item, Items, Paragraph, Table
from app.domain.grade import DEATH
from app.use_cases import pages
from app.use_cases.adjudicate import UsedProtocol, engine_version

TextFormat = Literal["markdown", "html", "json"]
"""How the text is told: to read anywhere, as a page to print, for programs."""

SHEET: Final = pages.Sheet(
    own="""
h3 { font-size: 1rem; margin: 1.25rem 0 .35rem; }
p, ul { margin: .35rem 0; }
ul { padding-left: 1.2rem; }
.clause { border: 1px solid #555; display: grid; grid-template-columns: 2fr 3fr; }
.source { background: #eee; padding: .35rem .6rem; }
.rule { padding: .35rem .6rem; }
blockquote { border-left: 3px solid #555; margin: .35rem 0; padding-left: .6rem; }
td { vertical-align: top; }
@media (max-width: 40rem) { .clause { display: block; } }
@media print {
  .clause { break-inside: avoid; }
  .source { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""
)
_MADE_AT_MOST: Final = 32
_MADE: Final[dict[str, "ProtocolText"]] = {}
"""What was made already, by the document's digest: a version never changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolText:
    """The rules of a protocol version as people read them, and what they decide as a table."""

    protocol: UsedProtocol
    title: str
    engine_version: str
    markdown: Annotated[str, Field(description="Every rule in sentences, as Markdown.")]
    decision_table: Annotated[
        RuleTable | None,
        Field(description="Terms by duration by grade; null where the text defines no DLT."),
    ]


_TEXT: Final = TypeAdapter(ProtocolText)


def text_of(protocol: ReadyProtocol) -> ProtocolText:
    """The text of a protocol version, with its table."""
    made = _MADE.get(protocol.digest)
    if made is None:
        document = protocol.document
        table = decision_table(protocol)
        made = ProtocolText(
            protocol=UsedProtocol(
                id=document.id, version=document.version, digest=protocol.digest
            ),
            title=document.title,
            engine_version=engine_version(),
            markdown=markdown_of(whole_text(protocol, table)),
            decision_table=table,
        )
        if len(_MADE) >= _MADE_AT_MOST:
            _MADE.clear()
        _MADE[protocol.digest] = made
    return made


def told(protocol: ReadyProtocol, wanted: TextFormat, *, indent: int | None = None) -> bytes:
    """The text in a format; `indent` is that of JSON."""
    match wanted:
        case "markdown":
            return text_of(protocol).markdown.encode()
        case "html":
            return page_of(protocol).encode()
        case "json":
            return _TEXT.dump_json(text_of(protocol), indent=indent)


def page_of(protocol: ReadyProtocol) -> str:
    """The text as a page to print."""
    blocks = whole_text(protocol, text_of(protocol).decision_table)
    return pages.page_of(protocol.document.title, SHEET, _main(blocks))


def whole_text(protocol: ReadyProtocol, table: RuleTable | None) -> Blocks:
    """The text with its table, as blocks."""
    told = blocks_of(protocol.document, protocol.digest)
    return told if table is None else (*told, *_table_blocks(table))


def _main(blocks: Blocks) -> Iterator[str]:
    yield from html_of(blocks)
    yield '<footer class="made">'
    yield f"<p>Made by Doseguard {engine_version()} from the document; the document decides.</p>"
    yield "</footer>"


def _table_blocks(table: RuleTable) -> Iterator[Block]:
    yield Heading(level=2, text="What the rules decide")
    yield Paragraph(
        text="Each cell is the answer for one worked case, made by the rules themselves. The case "
        "is as plain as can be:"
    )
    yield Items(items=tuple(Item(text=each) for each in table.assumes))
    if table.left_out is not None:
        yield Paragraph(text=table.left_out)
        return
    yield Table(
        caption="Verdict by terms, by how long the grade lasts, and by grade",
        headings=("Terms", "Lasts", *(f"Grade {grade}" for grade in range(1, DEATH + 1))),
        rows=tuple(
            (
                "; ".join(each.name for each in row.terms),
                row.lasts,
                *(cell.says for cell in row.cells),
            )
            for row in table.rows
        ),
    )
