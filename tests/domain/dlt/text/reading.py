"""A document's text as a test reads it: its lines, and those below a heading."""

from collections.abc import Mapping
from typing import Any

from app.data.protocols import load
from app.domain.adjudication.protocol import read_document
from app.domain.dlt.text.document import blocks_of
from app.domain.dlt.text.markdown import markdown_of
from tests.domain.dlt.toy import document


def text_of(written: Mapping[str, Any]) -> str:
    """The text of a document as it is written."""
    return markdown_of(blocks_of(read_document(written), "sha256:0"))


def told(**parts: Any) -> str:
    """The text of the toy with these parts."""
    return text_of(document(**parts))


def built_in(protocol_id: str) -> str:
    """The text of a built-in document."""
    return text_of(load(protocol_id).document)


def below(text: str, heading: str) -> list[str]:
    """The lines below a heading, up to the next of its level or above; without empty ones."""
    lines = text.splitlines()
    start = lines.index(heading) + 1
    level = heading.split(" ", 1)[0]
    ends = (
        place
        for place, line in enumerate(lines[start:], start)
        if line.startswith("#") and len(line.split(" ", 1)[0]) <= len(level)
    )
    return [line for line in lines[start : next(ends, len(lines))] if line]
