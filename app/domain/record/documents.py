"""Documents: what a record holds as canonical JSON, and back."""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from app.domain.record.canonical import canonical
from app.domain.record.kinds import CONTENT, SCHEMA_NUMBER, Content, Kind

_KEPT_READ: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A record's content, and the patient it is about."""

    subject: str | None
    content: Content


def write_document(kind: Kind, document: Document) -> str:
    """The canonical JSON of a document. Fields that hold their default are left out."""
    return canonical(written_document(kind, document))


def written_document(kind: Kind, document: Document) -> dict[str, Any]:
    """The JSON value of a document, which its canonical text is read as."""
    content = CONTENT[kind].dump_python(
        document.content, mode="json", by_alias=True, exclude_defaults=True
    )
    written: dict[str, Any] = {"content": content}
    if document.subject is not None:
        written["subject"] = document.subject
    return written


@lru_cache(maxsize=_KEPT_READ)
def read_document(kind: Kind, schema_number: int, text: str) -> Document:
    """The document that a text holds, lifted to the present shape; kept for who asks again.

    Raises UnknownSchema for a number that this version does not know.
    """
    return read_once(kind, schema_number, text)


def read_once(kind: Kind, schema_number: int, text: str) -> Document:
    """The same, for whoever goes through a whole study: it crowds out nothing that is kept.

    Raises UnknownSchema.
    """
    if schema_number != SCHEMA_NUMBER:
        raise UnknownSchema(schema_number)
    value = json.loads(text)
    content = CONTENT[kind].validate_python(value["content"])
    return Document(subject=value.get("subject"), content=content)


class UnknownSchema(RuntimeError):
    """A later version wrote this document: this one must not guess what it means."""

    def __init__(self, schema_number: int) -> None:
        super().__init__(
            f"documents of schema {schema_number} were written by a later version of Doseguard; "
            f"this one knows {SCHEMA_NUMBER}"
        )
