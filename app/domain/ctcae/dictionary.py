"""A dictionary of adverse event terms: look-up, resolution, search."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from app.domain.ctcae.errors import BadPage, UnknownOrganClass, UnknownTerm
from app.domain.ctcae.index import Index, index_of
from app.domain.ctcae.likeness import Label, nearest
from app.domain.ctcae.resolution import (
    CodeElsewhere,
    Conflicting,
    Resolution,
    Resolved,
    Unresolved,
)
from app.domain.ctcae.synonyms import NO_SYNONYMS, SynonymMap
from app.domain.ctcae.term import Term
from app.domain.ctcae.versions import Edition
from app.domain.ctcae.words import key

_SUGGESTIONS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some terms of a list; `next` is the cursor to go on with, None at the end."""

    terms: tuple[Term, ...]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dictionary:
    """A published list of terms, with the synonyms and the protocol's own terms added to it.

    `digest` is that of the published facts alone: a synonym map carries its own, and a
    protocol's terms are covered by the protocol's.
    """

    id: str
    title: str
    digest: str
    terms: tuple[Term, ...]
    synonyms: SynonymMap = NO_SYNONYMS
    elsewhere: tuple[CodeElsewhere, ...] = ()
    """The codes of other versions that this one does not have."""
    _index: Index = field(init=False, repr=False, compare=False)
    _elsewhere: Mapping[int, CodeElsewhere] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_index", index_of(self.id, self.terms, self.synonyms))
        object.__setattr__(self, "_elsewhere", {each.code: each for each in self.elsewhere})

    @classmethod
    def of(
        cls,
        document: Mapping[str, object],
        *,
        digest: str,
        elsewhere: tuple[CodeElsewhere, ...] = (),
    ) -> "Dictionary":
        """Read the parsed document of facts; `digest` is that of its canonical form.

        Raises BadDictionary with every fault: something missing or of the wrong type, grades
        that do not exist, a name or a code that stands twice.
        """
        facts = Edition.of(document)
        return cls(
            id=facts.id, title=facts.title, digest=digest, terms=facts.terms, elsewhere=elsewhere
        )

    def with_terms(self, own_terms: Iterable[Term]) -> "Dictionary":
        """Add a protocol's own terms.

        Raises BadDictionary when a term of that name or code is there, BadSynonyms when the
        name is a synonym of another term.
        """
        return replace(self, terms=(*self.terms, *own_terms))

    def with_synonyms(self, synonyms: SynonymMap) -> "Dictionary":
        """Resolve through this map.

        Raises BadSynonyms when it was made for another dictionary, leads to no term, or away
        from a term of that name.
        """
        if synonyms.dictionary_id != self.id:
            raise synonyms.made_for_another(self.id)
        return replace(self, synonyms=synonyms)

    @property
    def organ_classes(self) -> tuple[str, ...]:
        """The organ classes, in the dictionary's order."""
        return tuple(dict.fromkeys(term.organ_class for term in self.terms if term.organ_class))

    def term(self, name: str) -> Term:
        """The term of exactly this name, as a rule must write it.

        Raises UnknownTerm with suggestions, also for a synonym or another spelling.
        """
        answer = self._index.answers.get(name)
        if isinstance(answer, Resolved) and answer.term.name == name:
            return answer.term
        raise UnknownTerm(name, self.title, self.suggest(name, 1))

    def by_word(self, text: str) -> Term | None:
        """The term that a text names, in some spelling or by a synonym; None where it names none.

        As `resolve` of the text alone says, without looking for what else was meant.
        """
        found = self._answer(text)
        return found.term if isinstance(found, Resolved) else None

    def by_code(self, code: int) -> Term | None:
        """The term with this MedDRA code, None when there is none."""
        return self._index.by_code.get(code)

    def code_elsewhere(self, code: int) -> CodeElsewhere | None:
        """Whose code it is, where another version has it and this one has not."""
        return self._elsewhere.get(code)

    def resolve(self, text: str, code: int | None = None) -> Resolution:
        """What a reported text, with the code if one was reported, turns out to be.

        A code that no version of the dictionary has says nothing. One of another version goes
        with the answer, and settles an unknown text where the same event is here under another
        name; it never speaks against a text. "Other, specify" beside a text
        says that the text is no term of CTCAE: it confirms a protocol's own term, contradicts
        a CTCAE term, and leaves an unknown text unresolved rather than make it something else.
        """
        by_text = self._answer(text)
        by_code = None if code is None else self._index.by_code.get(code)
        if code is not None and code in self._elsewhere:
            return self._by_code_elsewhere(text, by_text, self._elsewhere[code])
        if code is None or by_code is None:
            return by_text if isinstance(by_text, Resolved) else self._unresolved(text, by_text)
        if isinstance(by_text, Resolved):
            if _agree(by_text.term, by_code):
                return by_text
            return Conflicting(text=text, code=code, by_text=by_text.term, by_code=by_code)
        if _settles(by_code, text, by_text):
            return Resolved(term=by_code, by="code")
        return self._unresolved(text, by_text)

    def named(self, text: str) -> str | None:
        """The name of the term that a text names, or whose code it is; None where it is none."""
        if text.strip().isdecimal():
            found = self.by_code(int(text))
            return None if found is None else found.name
        named = self.by_word(text)
        return None if named is None else named.name

    def suggest(self, text: str, limit: int = _SUGGESTIONS) -> tuple[str, ...]:
        """Up to `limit` names of terms that the text may have meant, likeliest first."""
        answer = self._index.answers.get(key(text))
        if isinstance(answer, Unresolved):
            return answer.suggestions[:limit]
        return nearest(text, self._index.labels, self._index.pairs, limit)

    def search(
        self,
        q: str = "",
        organ_class: str | None = None,
        limit: int = 50,
        after: str | None = None,
    ) -> Page:
        """A page of the terms that a text leads to, by name, synonym or the start of the code.

        Nearest first, then by name; without `q` all, by name. `after` is the `next` of the page
        before. Raises UnknownOrganClass, and BadPage for a limit below 1 or an unknown cursor.
        """
        if limit < 1:
            raise BadPage(f"A page of {limit} terms does not exist: ask for 1 or more.")
        found = self._found(q)
        if organ_class is not None:
            wanted = self._organ_class(organ_class)
            found = [term for term in found if term.organ_class == wanted]
        start = 0
        if after is not None:
            names = [term.name for term in found]
            if after not in names:
                raise BadPage(f"Cursor {after!r} is not of this list: take `next` of a page.")
            start = names.index(after) + 1
        terms = tuple(found[start : start + limit])
        return Page(terms=terms, next=terms[-1].name if start + limit < len(found) else None)

    def _by_code_elsewhere(
        self, text: str, by_text: Resolved | Unresolved | None, elsewhere: CodeElsewhere
    ) -> Resolution:
        if isinstance(by_text, Resolved):
            return replace(by_text, elsewhere=elsewhere)
        term = self._called_here(elsewhere)
        if term is not None and _settles(term, text, by_text):
            return Resolved(term=term, by="code", elsewhere=elsewhere)
        unresolved = self._unresolved(text, by_text)
        if by_text is not None:
            return replace(unresolved, elsewhere=elsewhere)
        likely = dict.fromkeys((*elsewhere.here, *unresolved.suggestions))
        return replace(unresolved, elsewhere=elsewhere, suggestions=tuple(likely)[:_SUGGESTIONS])

    def _answer(self, text: str) -> Resolved | Unresolved | None:
        """What the index knows of a text, as it is written or folded."""
        return self._index.answers.get(text) or self._index.answers.get(key(text))

    def _called_here(self, elsewhere: CodeElsewhere) -> Term | None:
        """The term of the same event, by the table of changes, or as what its name means here."""
        if elsewhere.same_event:
            return self.term(elsewhere.here[0])
        named = self._index.answers.get(key(elsewhere.name))
        return named.term if isinstance(named, Resolved) else None

    def _unresolved(self, text: str, answer: Unresolved | None) -> Unresolved:
        if answer is not None:
            return replace(answer, text=text)
        return Unresolved(text=text, suggestions=self.suggest(text))

    def _organ_class(self, text: str) -> str:
        for organ_class in self.organ_classes:
            if key(organ_class) == key(text):
                return organ_class
        raise UnknownOrganClass(text, self.title, self.organ_classes)

    def _found(self, q: str) -> list[Term]:
        if not q.strip():
            return sorted(self.terms, key=lambda term: key(term.name))
        ranks: dict[str, int] = {}
        sought = Label.of(q, "")
        for label in self._index.labels if sought.key else ():
            rank = label.rank(sought)
            if rank is not None:
                ranks[label.term] = min(rank, ranks.get(label.term, rank))
        if q.strip().isdecimal():
            ranks |= {t.name: 0 for t in self.terms if str(t.code).startswith(q.strip())}
        found = [term for term in self.terms if term.name in ranks]
        return sorted(found, key=lambda term: (ranks[term.name], key(term.name)))


def _agree(by_text: Term, by_code: Term) -> bool:
    return by_text is by_code or (by_code.is_other and by_text.origin == "protocol")


def _settles(by_code: Term, text: str, by_text: Unresolved | None) -> bool:
    """Whether the code alone says which term it is, although the text does not."""
    if by_text is not None:
        return by_code.name in by_text.suggestions
    return not by_code.is_other or not key(text)
