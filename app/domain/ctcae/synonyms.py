"""A versioned map from words that reports use to the terms that they mean."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.ctcae.documents import Reader
from app.domain.ctcae.errors import BadSynonyms
from app.domain.ctcae.words import key
from app.domain.errors import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Synonym:
    """A word and the one term that it means."""

    word: str
    term: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous:
    """A word that could mean several terms, and therefore resolves to none."""

    word: str
    may_mean: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SynonymMap:
    """Synonyms for one dictionary, and for terms that its protocols may add.

    `protocol_terms` are the names outside the dictionary that the map may lead to; their
    synonyms sleep until a protocol has such a term.
    """

    id: str
    dictionary_id: str
    digest: str
    protocol_terms: tuple[str, ...]
    synonyms: tuple[Synonym, ...]
    ambiguous: tuple[Ambiguous, ...]

    @classmethod
    def of(cls, document: Mapping[str, object], *, digest: str) -> "SynonymMap":
        """Read the parsed document; `digest` is that of its canonical form.

        Raises BadSynonyms with every fault: something missing or of the wrong type, a word
        that stands twice.
        """
        reader = Reader()
        read = cls(
            id=reader.text(document, "id"),
            dictionary_id=reader.text(document, "dictionary"),
            digest=digest,
            protocol_terms=reader.texts(document, "protocol_terms"),
            synonyms=tuple(
                Synonym(word=word, term=reader.text(entry, "term", at))
                for at, entry in reader.entries(document, "synonyms")
                for word in reader.texts(entry, "words", at)
            ),
            ambiguous=tuple(
                Ambiguous(
                    word=reader.text(entry, "word", at),
                    may_mean=reader.texts(entry, "may_mean", at),
                )
                for at, entry in reader.entries(document, "ambiguous")
            ),
        )
        seen: dict[str, str] = {}
        words = [synonym.word for synonym in read.synonyms]
        words += [entry.word for entry in read.ambiguous]
        for word in words:
            if key(word) in seen:
                first = seen[key(word)]
                reader.fault("", f"{word!r} and {first!r} are one word: keep one of them")
            seen[key(word)] = word
        if reader.faults:
            raise BadSynonyms(repr(read.id), reader.faults)
        return read

    def made_for_another(self, dictionary_id: str) -> BadSynonyms:
        """The error to raise when a dictionary of another id is given this map."""
        message = f"made for {self.dictionary_id!r}, not for {dictionary_id!r}"
        return BadSynonyms(repr(self.id), [Fault(pointer="/dictionary", message=message)])


NO_SYNONYMS = SynonymMap(
    id="none", dictionary_id="", digest="", protocol_terms=(), synonyms=(), ambiguous=()
)
