"""NCI's sentences: imported from its publication, and shown beside the facts.

They decide nothing: no verdict and no digest of one changes by an import.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal

from sqlalchemy import Connection

from app.data import dictionaries
from app.data.dictionaries.published import KNOWN, read_published
from app.domain.ctcae.errors import UnknownDictionary
from app.domain.ctcae.texts import TermTexts, checked, document_of, edition_of, texts_of
from app.domain.errors import DomainError
from app.domain.record.canonical import canonical, digest_of
from app.domain.record.changes import ABSENT, changes
from app.domain.record.origin import Origin
from app.store.audit import Entry
from app.store.dictionary_texts import (
    ImportedTexts,
    add_texts,
    current_texts,
    every_current,
    sentences_of,
)
from app.store.writer import Unit

_PARSED_AT_MOST: Final = 6
_PARSED: Final[dict[str, Mapping[int, TermTexts]]] = {}
"""What was read already, by its digest: which import is current is asked each time."""


class TextsDiffer(DomainError):
    """Other sentences of the dictionary were imported before."""

    code = "texts_differ"

    def __init__(self, before: ImportedTexts, digest: str) -> None:
        super().__init__(
            f"The sentences of {before.dictionary} that were imported before have the digest "
            f"{before.digest}, and these {digest}: import them with --replace if they are better."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """The sentences of one dictionary, checked against its facts.

    `is_known` says that they are, letter by letter, those that this version of the service knows
    NCI to have published.
    """

    dictionary_id: str
    title: str
    terms: int
    texts: str
    digest: str
    source_digest: str
    is_known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """What importing did, and what stands now."""

    result: Literal["imported", "replaced", "unchanged"]
    imported: ImportedTexts


def read_publication(
    name: str, content: bytes, dictionary_id: str | None = None, sheet: str | None = None
) -> Publication:
    """Read a workbook or JSON, and check it against the facts of the dictionary.

    Where none is named, it is the version whose terms it shares most. Raises UnknownDictionary,
    and BadPublication with every fault and every disagreement at its place.
    """
    editions = dictionaries.versions().editions
    known = {each.id: each for each in editions}
    if dictionary_id is not None and dictionary_id not in known:
        raise UnknownDictionary(dictionary_id, known)
    rows = read_published(name, content, sheet)
    edition = edition_of(rows, editions) if dictionary_id is None else known[dictionary_id]
    checked(name, rows, edition)
    texts = canonical(document_of(rows))
    digest = digest_of(texts)
    return Publication(
        dictionary_id=edition.id,
        title=edition.title,
        terms=len(rows),
        texts=texts,
        digest=digest,
        source_digest=f"sha256:{sha256(content).hexdigest()}",
        is_known=KNOWN[edition.id] == digest,
    )


def import_texts(
    unit: Unit, origin: Origin, publication: Publication, *, replace: bool = False
) -> Import:
    """Keep the sentences. The same again change nothing; others need `replace`.

    Raises TextsDiffer.
    """
    before = current_texts(unit.connection, publication.dictionary_id)
    if before is not None and before.digest == publication.digest:
        return Import(result="unchanged", imported=before)
    if before is not None and not replace:
        raise TextsDiffer(before, publication.digest)
    number = 1 if before is None else before.number + 1
    entry = Entry(
        action="dictionary.imported",
        entity="dictionary",
        entity_id=publication.dictionary_id,
        entity_version=number,
        changes=tuple(changes(ABSENT if before is None else _facts(before), _facts(publication))),
        dictionary_version=publication.dictionary_id,
    )
    receipt = unit.audit.append(entry, origin, unit.recorded_at)
    imported = ImportedTexts(
        dictionary=publication.dictionary_id,
        number=number,
        digest=publication.digest,
        source_digest=publication.source_digest,
        recorded_at=unit.recorded_at,
        seq=receipt.seq,
    )
    add_texts(unit.connection, imported, publication.texts)
    return Import(result="imported" if before is None else "replaced", imported=imported)


def texts_imported(connection: Connection) -> dict[str, ImportedTexts]:
    """The current import of each dictionary that has one."""
    return every_current(connection)


def texts_of_term(connection: Connection, dictionary_id: str, code: int) -> TermTexts | None:
    """The sentences of a term; None where the dictionary's were not imported."""
    imported = current_texts(connection, dictionary_id)
    if imported is None:
        return None
    parsed = _PARSED.get(imported.digest)
    if parsed is None:
        parsed = texts_of(json.loads(sentences_of(connection, imported)))
        if len(_PARSED) == _PARSED_AT_MOST:
            _PARSED.clear()
        _PARSED[imported.digest] = parsed
    return parsed.get(code)


def _facts(of: ImportedTexts | Publication) -> dict[str, str]:
    return {"digest": of.digest, "source_digest": of.source_digest}
