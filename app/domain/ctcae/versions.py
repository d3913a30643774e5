"""The versions of CTCAE beside each other: what a term is called in the others, whose code it is.

NCI gives a term that it keeps the same name and code, and a term that it renames a new code; a
table of changes says which term took the place of which.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from app.domain.ctcae.documents import Reader
from app.domain.ctcae.errors import BadChanges, BadDictionary, BadTerm
from app.domain.ctcae.resolution import CodeElsewhere
from app.domain.ctcae.term import Term

Relation = Literal["same", "renamed", "replaced", "none"]
"""same: by name and code. renamed: the same event under another name and code. replaced: by terms
that are broader, narrower or several. none: the other version has nothing for it.
"""
_KINDS: tuple[Relation, ...] = ("renamed", "replaced")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """A version as published: its id, its title, its terms."""

    id: str
    title: str
    terms: tuple[Term, ...]

    @classmethod
    def of(cls, document: Mapping[str, object]) -> "Edition":
        """Read the parsed document of facts.

        Raises BadDictionary with every fault: something missing or of the wrong type, grades
        that do not exist.
        """
        reader = Reader()
        edition_id = reader.text(document, "id")
        title = reader.text(document, "title")
        terms = tuple(_terms(document, reader))
        if reader.faults:
            raise BadDictionary(repr(edition_id), reader.faults)
        return cls(id=edition_id, title=title, terms=terms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A term that the next version does not have, and what took its place there."""

    kind: Relation
    code: int
    became: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterpart:
    """What one term is in another version; `terms` is empty only where the relation is none."""

    edition: Edition
    relation: Relation
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """The versions, oldest first, and for each but the last the changes to the next."""

    editions: tuple[Edition, ...]
    changes: tuple[Mapping[int, Change], ...]
    _by_code: tuple[Mapping[int, Term], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_code = tuple(
            {term.code: term for term in edition.terms if term.code is not None}
            for edition in self.editions
        )
        object.__setattr__(self, "_by_code", by_code)

    @classmethod
    def of(cls, editions: tuple[Edition, ...], document: Mapping[str, object]) -> "Versions":
        """Join the versions, oldest first, by the parsed table of changes.

        Raises BadChanges with every fault: something missing or of the wrong type, a kind that
        there is none of, a term that its version does not have, that the next one still has, or
        that stands twice.
        """
        reader = Reader()
        if reader.texts(document, "dictionaries") != tuple(each.id for each in editions):
            reader.fault("/dictionaries", "names other versions than there are, or in other order")
        changes = tuple(
            dict(_changes(document, older, newer, reader)) for older, newer in pairwise(editions)
        )
        if reader.faults:
            raise BadChanges(repr(document.get("id")), reader.faults)
        return cls(editions=editions, changes=changes)

    def counterparts(self, dictionary_id: str, term: Term) -> tuple[Counterpart, ...]:
        """What a term of one version is in each of the others, oldest version first."""
        here = self._place(dictionary_id)
        return tuple(
            self._counterpart(here, there, term)
            for there in range(len(self.editions))
            if there != here
        )

    def codes_elsewhere(self, dictionary_id: str) -> tuple[CodeElsewhere, ...]:
        """The codes that other versions have and this one has not, each with its term there."""
        here = self._place(dictionary_id)
        found: dict[int, CodeElsewhere] = {}
        for there, edition in enumerate(self.editions):
            for code, term in self._by_code[there].items():
                if code in self._by_code[here]:
                    continue
                before = found[code].titles if code in found else ()
                match = self._counterpart(there, here, term)
                found[code] = CodeElsewhere(
                    code=code,
                    name=term.name,
                    titles=(*before, edition.title),
                    title_here=self.editions[here].title,
                    here=tuple(each.name for each in match.terms),
                    same_event=match.relation == "renamed",
                )
        return tuple(found.values())

    def _place(self, dictionary_id: str) -> int:
        return next(n for n, each in enumerate(self.editions) if each.id == dictionary_id)

    def _counterpart(self, here: int, there: int, term: Term) -> Counterpart:
        step = 1 if there > here else -1
        relation: Relation = "same"
        codes: tuple[int, ...] = () if term.code is None else (term.code,)
        for at in range(here, there, step):
            found = [self._step(at, at + step, code) for code in codes]
            kinds = {kind for kind, _ in found}
            codes = tuple(dict.fromkeys(code for _, reached in found for code in reached))
            if kinds - {"same"} and relation != "replaced":
                relation = "renamed" if kinds == {"renamed"} else "replaced"
        terms = tuple(self._by_code[there][code] for code in codes)
        return Counterpart(
            edition=self.editions[there], relation=relation if terms else "none", terms=terms
        )

    def _step(self, here: int, there: int, code: int) -> tuple[Relation, tuple[int, ...]]:
        """From a code to those of the next version or the one before."""
        if code in self._by_code[there]:
            return "same", (code,)
        if there > here:
            change = self.changes[here].get(code)
            return (change.kind, change.became) if change else ("none", ())
        older = [each for each in self.changes[there].values() if code in each.became]
        alike = all(each.kind == "renamed" for each in older)
        return ("renamed" if alike else "replaced"), tuple(each.code for each in older)


def _terms(document: Mapping[str, object], reader: Reader) -> Iterator[Term]:
    for at_class, organ_class in reader.entries(document, "organ_classes"):
        class_name = reader.text(organ_class, "name", at_class)
        for at, entry in reader.entries(organ_class, "terms", at_class):
            try:
                yield Term(
                    code=reader.whole_number(entry, "code", at),
                    name=reader.text(entry, "name", at),
                    organ_class=class_name,
                    grades=reader.whole_numbers(entry, "grades", at),
                    laboratory=reader.flag(entry, "laboratory", at),
                    origin="ctcae",
                )
            except BadTerm as error:
                reader.fault(at, str(error))


def _changes(
    document: Mapping[str, object], older: Edition, newer: Edition, reader: Reader
) -> Iterator[tuple[int, Change]]:
    before = {(term.code, term.name) for term in older.terms}
    after = {(term.code, term.name) for term in newer.terms}
    seen: set[int] = set()
    for at, entry in reader.entries(document, "changes"):
        if (reader.text(entry, "from", at), reader.text(entry, "to", at)) != (older.id, newer.id):
            continue
        kind = next((each for each in _KINDS if each == entry.get("kind")), None)
        gone = (reader.whole_number(entry, "code", at), reader.text(entry, "term", at))
        came = [
            (reader.whole_number(each, "code", place), reader.text(each, "term", place))
            for place, each in reader.entries(entry, "became", at)
        ]
        if gone not in before or gone in after or gone[0] in seen:
            reader.fault(f"{at}/code", f"{gone} is none that {newer.title} dropped, or is twice")
        if not came or not after.issuperset(came):
            reader.fault(f"{at}/became", f"{came} are not terms of {newer.title}")
        if kind is None or (kind == "renamed" and (len(came) != 1 or came[0] in before)):
            reader.fault(f"{at}/kind", f"is {entry.get('kind')!r}, which these terms are not")
        seen.add(gone[0])
        yield gone[0], Change(kind=kind or "none", code=gone[0], became=tuple(c for c, _ in came))
