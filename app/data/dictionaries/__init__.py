"""The packaged dictionaries and synonym maps: facts and words as JSON, each with a digest.

Where they come from, and what may stand in them: docs/dictionaries.md.
"""

import json
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final

import rfc8785

from app.domain.ctcae import Dictionary, Edition, SynonymMap, Versions
from app.domain.ctcae.errors import UnknownDictionary

_SYNONYMS: Final = {
    "ctcae-4.03": "synonyms-4.03-1",
    "ctcae-5.0": "synonyms-1",
    "ctcae-6.0": "synonyms-6.0-1",
}
_DICTIONARIES: Final = tuple(_SYNONYMS)
_SYNONYM_MAPS: Final = tuple(_SYNONYMS.values())
_CHANGES: Final = "ctcae-changes-1"


def available() -> tuple[str, ...]:
    """The ids of the dictionaries that can be loaded, oldest version first."""
    return _DICTIONARIES


@cache
def load(dictionary_id: str) -> Dictionary:
    """The dictionary as published, without synonyms; it knows the codes of the other versions.

    Raises UnknownDictionary, which names those that are there.
    """
    document, digest = _read(dictionary_id, _DICTIONARIES)
    elsewhere = versions().codes_elsewhere(dictionary_id)
    return Dictionary.of(document, digest=digest, elsewhere=elsewhere)


@cache
def versions() -> Versions:
    """The versions of CTCAE beside each other."""
    editions = tuple(Edition.of(_read(each, _DICTIONARIES)[0]) for each in _DICTIONARIES)
    changes, _ = _read(_CHANGES, (_CHANGES,))
    return Versions.of(editions, changes)


@cache
def load_synonyms(synonyms_id: str) -> SynonymMap:
    """The synonym map, to be given to a dictionary's `with_synonyms`.

    Raises UnknownDictionary, which names those that are there.
    """
    document, digest = _read(synonyms_id, _SYNONYM_MAPS)
    return SynonymMap.of(document, digest=digest)


def synonyms_of(dictionary_id: str) -> SynonymMap:
    """The synonym map that was made for a dictionary.

    Raises UnknownDictionary, which names those that are there.
    """
    if dictionary_id not in _SYNONYMS:
        raise UnknownDictionary(dictionary_id, _DICTIONARIES)
    return load_synonyms(_SYNONYMS[dictionary_id])


@cache
def _read(document_id: str, known: tuple[str, ...]) -> tuple[dict[str, Any], str]:
    """The parsed document, and the SHA-256 of its canonical JSON (RFC 8785)."""
    if document_id not in known:
        raise UnknownDictionary(document_id, known)
    text = files(__name__).joinpath(f"{document_id}.json").read_text("utf-8")
    document = json.loads(text)
    return document, f"sha256:{sha256(rfc8785.dumps(document)).hexdigest()}"
