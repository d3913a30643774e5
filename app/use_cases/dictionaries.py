"""The dictionaries, each with the synonyms that it is searched through."""

from functools import cache

from app.data import dictionaries
from app.domain.ctcae import Counterpart, Dictionary, Term


def every_dictionary() -> tuple[Dictionary, ...]:
    """All dictionaries that can be loaded."""
    return tuple(dictionary(each) for each in dictionaries.available())


@cache
def dictionary(dictionary_id: str) -> Dictionary:
    """A dictionary with its synonyms. Raises UnknownDictionary, which names those there are."""
    known = dictionaries.load(dictionary_id)
    return known.with_synonyms(dictionaries.synonyms_of(dictionary_id))


def counterparts(dictionary_id: str, term: Term) -> tuple[Counterpart, ...]:
    """What a term of one version of CTCAE is in each of the others."""
    return dictionaries.versions().counterparts(dictionary_id, term)
