"""What docs/rule-language.md quotes of a text stands in that text."""

import re

from app.data.protocols import make_ready
from app.use_cases.protocol_texts import text_of
from tests.docs.examples import DOCS, base_of


def test_the_quoted_sentences_are_those_of_the_small_document() -> None:
    page = (DOCS / "rule-language.md").read_text("utf-8")
    section = page.partition("\n## How it reads\n")[2].partition("\n## ")[0]
    quoted = re.findall(r"^> (.+)$", section, re.MULTILINE)
    assert len(quoted) == 3
    text = text_of(make_ready(base_of("rule-language.md"))).markdown
    assert "\n".join(quoted) in text
