"""Blocks as Markdown and as HTML: what a document wrote is shown, never obeyed."""

from html.parser import HTMLParser

import pytest

from app.domain.dlt.text.html import html_of
from app.domain.dlt.text.markdown import markdown_of
from app.domain.dlt.text.model import Blocks, Clause, Heading, Item, Items, Paragraph, Table

BLOCKS: Blocks = (
    Heading(level=2, text="A *title*"),
    Paragraph(text="Less < more & so on."),
    Items(
        items=(
            Item(text="One.", lead="First:", below=(Item(text="Inner."),)),
            Item(text="Two."),
        )
    ),
    Table(caption="Verdicts", headings=("Terms", "Grade 1"), rows=(("a | b", "DLT"),)),
    Clause(at="5.1", says="Grade 4.", sentence=None, rule=(Item(text="At once."),)),
    Clause(at="5.2", says="Grade 3.", sentence="Grade <3>.", rule=(Item(text="Later."),)),
)


def test_markdown() -> None:
    assert markdown_of(BLOCKS) == (
        "## A \\*title\\*\n\n"
        "Less \\< more \\& so on.\n\n"
        "- **First:** One.\n"
        "  - Inner.\n"
        "- Two.\n\n"
        "**Verdicts**\n\n"
        "| Terms | Grade 1 |\n"
        "| --- | --- |\n"
        "| a \\| b | DLT |\n\n"
        "> **5.1**: Grade 4.\n\n"
        "- At once.\n\n"
        "> **5.2**: Grade 3.\n"
        ">\n"
        "> “Grade \\<3\\>.”\n\n"
        "- Later.\n"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1. First", "1\\. First"), ("2) Second", "2\\) Second"), ("- a", "\\- a"),
        ("+ a", "\\+ a"), ("=== a", "\\=== a"), ("# a", "\\# a"), ("two\n\nlines", "two lines"),
    ],
)  # fmt: skip
def test_text_that_looks_like_a_block_begins_none(text: str, said: str) -> None:
    assert markdown_of((Paragraph(text=text),)) == f"{said}\n"
    assert markdown_of((Items(items=(Item(text=text),)),)) == f"- {said}\n"


def test_html() -> None:
    assert list(html_of(BLOCKS)) == [
        "<h2>A *title*</h2>",
        "<p>Less &lt; more &amp; so on.</p>",
        "<ul>",
        "<li><strong>First:</strong> One.",
        "<ul>",
        "<li>Inner.</li>",
        "</ul>",
        "</li>",
        "<li>Two.</li>",
        "</ul>",
        '<div class="wide">',
        "<table>",
        "<caption>Verdicts</caption>",
        '<thead><tr><th scope="col">Terms</th><th scope="col">Grade 1</th></tr></thead>',
        "<tbody>",
        '<tr><th scope="row">a | b</th><td>DLT</td></tr>',
        "</tbody>",
        "</table>",
        "</div>",
        '<div class="clause">',
        '<div class="source">',
        "<p><strong>5.1</strong></p>",
        "<p>Grade 4.</p>",
        "</div>",
        '<div class="rule">',
        "<ul>",
        "<li>At once.</li>",
        "</ul>",
        "</div>",
        "</div>",
        '<div class="clause">',
        '<div class="source">',
        "<p><strong>5.2</strong></p>",
        "<p>Grade 3.</p>",
        "<blockquote>Grade &lt;3&gt;.</blockquote>",
        "</div>",
        '<div class="rule">',
        "<ul>",
        "<li>Later.</li>",
        "</ul>",
        "</div>",
        "</div>",
    ]


class Text(HTMLParser):
    """The text of a page, and whether anything else than our own elements is in it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.text: list[str] = []

    def handle_starttag(  # type: ignore[explicit-override]
        self, tag: str, attrs: list[tuple[str, str | None]]
    ) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:  # type: ignore[explicit-override]
        self.text.append(data)


def test_what_a_document_wrote_is_no_element() -> None:
    page = Text()
    page.feed("\n".join(html_of((Paragraph(text='<script>alert("x")</script>'),))))
    assert page.tags == {"p"}
    assert "".join(page.text) == '<script>alert("x")</script>'
