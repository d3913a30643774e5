"""The dictionaries, each with the synonyms that it is searched through."""

from functools import cache

from app.data import dictionaries
from app.data.protocols import SYNONYMS
from app.domain.ctcae import Dictionary


def every_dictionary() -> tuple[Dictionary, ...]:
    """All dictionaries that can be loaded."""
    return tuple(dictionary(each) for each in dictionaries.available())


@cache
def dictionary(dictionary_id: str) -> Dictionary:
    """A dictionary with its synonyms. Raises UnknownDictionary, which names those there are."""
    return dictionaries.load(dictionary_id).with_synonyms(dictionaries.load_synonyms(SYNONYMS))
