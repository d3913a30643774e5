"""NCI's own sentences, which are not in the package: read from its publication, checked, kept.

They are shown and decide nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.domain.ctcae.errors import BadPublication
from app.domain.ctcae.term import GRADES, Term
from app.domain.ctcae.versions import Edition
from app.domain.ctcae.words import key
from app.domain.errors import Fault

_DASHES = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2212")


def cleaned(text: str) -> str | None:
    """The text with one space between words; None for nothing, and for a dash alone, by which
    NCI says that there is nothing.
    """
    words = " ".join(text.split())
    return None if not words or words in _DASHES else words


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedTerm:
    """One row of a publication: what a term is called, and its sentences, each cleaned.

    `at` is its place in the file, `grades` are the sentences of grades 1 to 5.
    """

    at: str
    code: int
    organ_class: str
    name: str
    grades: tuple[str | None, ...]
    definition: str | None = None
    navigational_note: str | None = None

    @property
    def existing(self) -> tuple[int, ...]:
        """The grades that have a sentence."""
        pairs = zip(GRADES, self.grades, strict=True)
        return tuple(grade for grade, sentence in pairs if sentence is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class TermTexts:
    """The sentences of one term: by grade, its definition, and NCI's note on its use."""

    grades: Mapping[int, str] = field(default_factory=dict)
    definition: str | None = None
    navigational_note: str | None = None


def edition_of(rows: Sequence[PublishedTerm], editions: Sequence[Edition]) -> Edition:
    """The version that a publication is of: whose codes, names and grades it shares most."""
    published = {(row.code, key(row.name), row.existing) for row in rows}

    def shared(edition: Edition) -> float:
        own = {(term.code, key(term.name), term.grades) for term in edition.terms}
        return len(own & published) / len(own | published)

    return max(editions, key=shared)


def checked(name: str, rows: Sequence[PublishedTerm], edition: Edition) -> None:
    """See to it that a publication has the terms of a version, each with its code, name, organ
    class and grades.

    Raises BadPublication, with every disagreement at its place.
    """
    faults = tuple(_disagreements(name, rows, edition))
    if faults:
        raise BadPublication(f"{name} as {edition.title}", faults)


def document_of(rows: Sequence[PublishedTerm]) -> dict[str, Any]:
    """The sentences as they are kept, by code: equal for the same text in whatever form."""
    return {
        str(row.code): {
            "grades": {str(g): row.grades[g - 1] for g in row.existing},
            "definition": row.definition,
            "navigational_note": row.navigational_note,
        }
        for row in rows
    }


def texts_of(document: Mapping[str, Any]) -> dict[int, TermTexts]:
    """The sentences by code, from the document that is kept."""
    return {
        int(code): TermTexts(
            grades={int(grade): sentence for grade, sentence in part["grades"].items()},
            definition=part["definition"],
            navigational_note=part["navigational_note"],
        )
        for code, part in document.items()
    }


def _disagreements(name: str, rows: Sequence[PublishedTerm], edition: Edition) -> Iterator[Fault]:
    known = {term.code: term for term in edition.terms}
    seen: dict[int, str] = {}
    for row in rows:
        term = known.get(row.code)
        if term is None:
            told = f"code {row.code}, {row.name!r}, is no term of {edition.title}"
            yield Fault(pointer=row.at, message=told, code="not_in_dictionary")
        elif row.code in seen:
            told = f"code {row.code} stands at {seen[row.code]} already"
            yield Fault(pointer=row.at, message=told, code="twice")
        else:
            yield from _differences(row, term, edition.title)
        seen.setdefault(row.code, row.at)
    for term in edition.terms:
        if term.code not in seen:
            told = f"{term.name!r}, code {term.code}, of {edition.title} is missing"
            yield Fault(pointer=name, message=told, code="missing_term")


def _differences(row: PublishedTerm, term: Term, title: str) -> Iterator[Fault]:
    def differs(what: str, here: object, there: object) -> Fault:
        message = (
            f"{what} of {term.name!r}, code {row.code}, is {here!r} here, {there!r} in {title}"
        )
        return Fault(pointer=row.at, message=message, code="differs")

    if key(row.name) != key(term.name):
        yield differs("the name", row.name, term.name)
    if key(row.organ_class) != key(term.organ_class or ""):
        yield differs("the organ class", row.organ_class, term.organ_class)
    if row.existing != term.grades:
        yield differs("the choice of grades", list(row.existing), list(term.grades))
