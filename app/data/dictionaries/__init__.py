"""The packaged dictionaries and synonym maps: facts and words as JSON, each with a digest.

Where they come from, and what may stand in them: docs/dictionaries.md.
"""

import json
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

import rfc8785

from app.domain.ctcae import Dictionary, SynonymMap
from app.domain.ctcae.errors import UnknownDictionary

_DICTIONARIES = ("ctcae-5.0",)
_SYNONYM_MAPS = ("synonyms-1",)


def available() -> tuple[str, ...]:
    """The ids of the dictionaries that can be loaded."""
    return _DICTIONARIES


@cache
def load(dictionary_id: str) -> Dictionary:
    """The dictionary as published, without synonyms.

    Raises UnknownDictionary, which names those that are there.
    """
    document, digest = _read(dictionary_id, _DICTIONARIES)
    return Dictionary.of(document, digest=digest)


@cache
def load_synonyms(synonyms_id: str) -> SynonymMap:
    """The synonym map, to be given to a dictionary's `with_synonyms`.

    Raises UnknownDictionary, which names those that are there.
    """
    document, digest = _read(synonyms_id, _SYNONYM_MAPS)
    return SynonymMap.of(document, digest=digest)


def _read(document_id: str, known: tuple[str, ...]) -> tuple[dict[str, Any], str]:
    """The parsed document, and the SHA-256 of its canonical JSON (RFC 8785)."""
    if document_id not in known:
        raise UnknownDictionary(document_id, known)
    text = files(__name__).joinpath(f"{document_id}.json").read_text("utf-8")
    document = json.loads(text)
    return document, f"sha256:{sha256(rfc8785.dumps(document)).hexdigest()}"
