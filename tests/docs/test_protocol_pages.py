"""docs/protocols says of every built-in protocol how it was read, as its document has it."""

import re

import pytest

from app.data.protocols import load, protocol_ids
from tests.docs.examples import DOCS

ROW = re.compile(r"^\| (R-[A-Z0-9-]+) \| .+ \| (.+) \|$", re.MULTILINE)


def test_every_protocol_has_a_page() -> None:
    pages = {page.stem for page in (DOCS / "protocols").glob("*.md")}
    assert pages == set(protocol_ids())


@pytest.mark.parametrize("protocol_id", protocol_ids())
def test_the_page_lists_readings_and_options_with_the_default_in_bold(protocol_id: str) -> None:
    page = (DOCS / "protocols" / f"{protocol_id}.md").read_text("utf-8")
    said = {reading: options.split(", ") for reading, options in ROW.findall(page)}
    assert said == {
        each["id"]: [f"**{o}**" if o == each["default"] else o for o in each["options"]]
        for each in load(protocol_id).document.get("readings", [])
    }
