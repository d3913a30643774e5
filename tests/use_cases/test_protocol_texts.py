"""A protocol's text as a page: well formed, whole in itself, and the same as the Markdown."""

from itertools import pairwise

import pytest

from app.data.protocols import load, make_ready, protocol_ids
from app.use_cases import protocol_texts as module
from app.use_cases.protocol_texts import SHEET, page_of, text_of, told
from tests.domain.dlt.toy import GRADE_4, document, toy
from tests.use_cases.test_design_pages import NOT_FOR_A_PAGE, Element, Strict


def read(page: str) -> Element:
    """The page's root; every element is closed in its turn."""
    reader = Strict()
    reader.feed(page)
    reader.close()
    (root,) = reader.open
    return root


@pytest.mark.parametrize("protocol_id", protocol_ids())
def test_a_page_is_whole_in_itself(protocol_id: str) -> None:
    root = read(page_of(load(protocol_id).ready))
    assert [each for tag in NOT_FOR_A_PAGE for each in root.every(tag)] == []
    (html,) = root.every("html")
    assert html.attributes == {"lang": "en"}
    assert [each.text for each in root.every("title")] == [each.text for each in root.every("h1")]
    (style,) = root.every("style")
    assert style.text == SHEET.css
    policies = [each.attributes.get("content") for each in root.every("meta")]
    assert SHEET.policy in policies


@pytest.mark.parametrize("protocol_id", protocol_ids())
def test_headings_go_down_one_level_at_a_time(protocol_id: str) -> None:
    root = read(page_of(load(protocol_id).ready))
    (main,) = root.every("main")
    levels = [int(each.tag[1]) for each in main.children
              if isinstance(each, Element) and each.tag in {"h1", "h2", "h3"}]  # fmt: skip
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_table_has_a_caption_and_says_what_its_cells_are_of() -> None:
    protocol = load("NCT06886919").ready
    table = text_of(protocol).decision_table
    assert table is not None
    (shown,) = read(page_of(protocol)).every("table")
    assert len(shown.every("caption")) == 1
    head, *rows = shown.every("tr")
    assert [each.attributes["scope"] for each in head.every("th")] == ["col"] * 7
    assert [[each.text for each in row.every("td")[1:]] for row in rows] == [
        [cell.says for cell in row.cells] for row in table.rows
    ]
    assert all(row.every("th")[0].attributes == {"scope": "row"} for row in rows)


def test_each_clause_has_its_source_beside_its_rule() -> None:
    root = read(page_of(load("NCT06886919").ready))
    sides = [each.attributes.get("class") for each in root.every("div")]
    assert sides.count("source") == sides.count("rule") == sides.count("clause") == 17


def test_what_a_document_wrote_is_shown_and_not_obeyed() -> None:
    hostile = make_ready(document(title="<script>alert(1)</script>", notes=["<b>&amp;"]))
    page = page_of(hostile)
    assert read(page).every("script") == []
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "&lt;b&gt;&amp;amp;" in page


def test_a_table_that_is_left_out_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.domain.adjudication.decision_table.MOST_COMPLETIONS", 0)
    text = text_of(toy(title="Too large"))
    assert text.decision_table is not None
    assert text.decision_table.left_out is not None
    assert text.decision_table.left_out in text.markdown
    assert "| Terms |" not in text.markdown


def test_what_was_made_is_kept_by_its_digest_and_not_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_MADE", {})
    monkeypatch.setattr(module, "_MADE_AT_MOST", 2)
    texts = [text_of(toy(title=f"Toy {number}")) for number in range(3)]
    assert text_of(toy(title="Toy 2")) is texts[2]
    again = text_of(toy(title="Toy 0"))
    assert again == texts[0]
    assert again is not texts[0]


def test_json_can_be_indented() -> None:
    protocol = toy(criteria=[GRADE_4])
    assert told(protocol, "json").count(b"\n") == 0
    assert told(protocol, "json", indent=2).startswith(b'{\n  "protocol"')
