"""The ways into a dictionary, worked out once: by word, by code, by likeness."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from app.domain.ctcae.documents import Reader
from app.domain.ctcae.errors import BadDictionary, BadSynonyms
from app.domain.ctcae.likeness import Label, Pairs, pairs_of
from app.domain.ctcae.resolution import Resolved, Unresolved
from app.domain.ctcae.synonyms import SynonymMap
from app.domain.ctcae.term import Term
from app.domain.ctcae.words import key


@dataclass(frozen=True, kw_only=True)
class Index:
    """Answers per word, terms per code, labels to search.

    What search alone needs takes longest to work out, and is when somebody searches: most
    documents never meet a word that is no term.
    """

    answers: dict[str, Resolved | Unresolved]
    by_code: dict[int, Term]
    writings: tuple[tuple[str, str], ...]
    """Each name and synonym, with the term that it leads to."""

    @cached_property
    def labels(self) -> tuple[Label, ...]:
        """The writings as they are searched."""
        return tuple(Label.of(writing, term) for writing, term in self.writings)

    @cached_property
    def pairs(self) -> Pairs:
        """The labels by pairs of letters."""
        return pairs_of(self.labels)


def index_of(dictionary_id: str, terms: tuple[Term, ...], synonyms: SynonymMap) -> Index:
    """Work out the index.

    Raises BadDictionary when two terms share a name or a code, BadSynonyms when a synonym leads
    nowhere or away from the term of that very name.
    """
    reader = Reader()
    by_code = _by_code(terms, reader)
    by_name = _by_name(terms, reader)
    if reader.faults:
        raise BadDictionary(repr(dictionary_id), reader.faults)
    meant = _by_synonym(synonyms, by_name, reader)
    if reader.faults:
        raise BadSynonyms(repr(synonyms.id), reader.faults)
    return Index(
        answers=dict(_answers(synonyms, by_name, meant)),
        by_code=by_code,
        writings=(
            *((term.name, term.name) for term in terms),
            *((word, term.name) for word, term in meant.items()),
        ),
    )


def _by_code(terms: Iterable[Term], reader: Reader) -> dict[int, Term]:
    found: dict[int, Term] = {}
    for number, term in enumerate(terms):
        if term.code is None:
            continue
        if term.code in found:
            first = found[term.code].name
            reader.fault(f"/terms/{number}/code", f"{term.code} is the code of {first!r} too")
        found[term.code] = term
    return found


def _by_name(terms: Iterable[Term], reader: Reader) -> dict[str, Term]:
    found: dict[str, Term] = {}
    for number, term in enumerate(terms):
        letters = key(term.name)
        if letters in found:
            first = found[letters].name
            reader.fault(f"/terms/{number}/name", f"{term.name!r} is the same as {first!r}")
        found[letters] = term
    return found


def _by_synonym(synonyms: SynonymMap, by_name: dict[str, Term], reader: Reader) -> dict[str, Term]:
    """The words that lead to a term that is there."""
    names = {term.name: term for term in by_name.values()}
    asleep = set(synonyms.protocol_terms) - names.keys()
    for name in _targets(synonyms):
        if name not in names and name not in asleep:
            reader.fault("/synonyms", f"{name!r} is no term: write one's exact name")
    found = {s.word: names[s.term] for s in synonyms.synonyms if s.term in names}
    for word, term in found.items():
        if key(word) in by_name:
            reader.fault(
                "/synonyms", f"{word!r} means {term.name!r}, and is a term's own name: keep one"
            )
    for entry in synonyms.ambiguous:
        namesake = by_name.get(key(entry.word))
        if namesake is not None and namesake.origin == "ctcae":
            reader.fault("/ambiguous", f"{entry.word!r} is a term's own name: drop the word")
    return found


def _targets(synonyms: SynonymMap) -> Iterator[str]:
    """Each name that the map leads to, once."""
    single = (synonym.term for synonym in synonyms.synonyms)
    several = (name for word in synonyms.ambiguous for name in word.may_mean)
    yield from dict.fromkeys((*single, *several))


def _answers(
    synonyms: SynonymMap, by_name: dict[str, Term], meant: dict[str, Term]
) -> Iterator[tuple[str, Resolved | Unresolved]]:
    """What each word is answered with: a protocol's own term takes an ambiguous word."""
    names = {term.name for term in by_name.values()}
    for entry in synonyms.ambiguous:
        candidates = tuple(name for name in entry.may_mean if name in names)
        if candidates:
            unresolved = Unresolved(text=entry.word, suggestions=candidates, ambiguous=True)
            yield key(entry.word), unresolved
    for word, term in meant.items():
        by_synonym = Resolved(term=term, by="synonym")
        yield key(word), by_synonym
        yield word, by_synonym
    for letters, term in by_name.items():
        named = Resolved(term=term, by="name")
        yield letters, named
        yield term.name, named  # as the dictionary writes it: found without folding
