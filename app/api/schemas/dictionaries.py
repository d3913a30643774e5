"""Dictionaries and their terms as the service lists and shows them."""

from dataclasses import asdict, dataclass
from typing import Annotated, Literal

from pydantic import Field

from app.domain.ctcae import Counterpart, Dictionary, Relation, Term
from app.domain.ctcae.texts import TermTexts


@dataclass(frozen=True, slots=True, kw_only=True)
class SynonymsItem:
    """The map from words that reports use to terms."""

    id: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DictionaryItem:
    """A dictionary in one line."""

    id: str
    title: str
    digest: Annotated[str, Field(description="SHA-256 of its facts' canonical JSON (RFC 8785).")]
    synonyms: SynonymsItem
    terms: Annotated[int, Field(description="How many terms it has.")]
    organ_classes: tuple[str, ...]

    @classmethod
    def of(cls, dictionary: Dictionary) -> "DictionaryItem":
        """The dictionary as it is listed."""
        synonyms = dictionary.synonyms
        return cls(
            id=dictionary.id,
            title=dictionary.title,
            digest=dictionary.digest,
            synonyms=SynonymsItem(id=synonyms.id, digest=synonyms.digest),
            terms=len(dictionary.terms),
            organ_classes=dictionary.organ_classes,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DictionaryPage:
    """The dictionaries that there are."""

    items: tuple[DictionaryItem, ...]
    next: None


@dataclass(frozen=True, slots=True, kw_only=True)
class TermItem:
    """A term: facts only, never its publisher's text."""

    meddra_code: int | None
    term: str
    organ_class: str | None
    grades: Annotated[
        tuple[int, ...],
        Field(
            description="The grades that exist; 0, looked for and absent, always may be reported."
        ),
    ]
    laboratory: Annotated[
        bool, Field(description="Whether it is a laboratory finding when a report is silent.")
    ]
    origin: Literal["ctcae", "protocol"]

    @classmethod
    def of(cls, term: Term) -> "TermItem":
        """The term as an event names it."""
        return cls(
            meddra_code=term.code,
            term=term.name,
            organ_class=term.organ_class,
            grades=term.grades,
            laboratory=term.laboratory,
            origin=term.origin,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherVersion:
    """What a term is in another version of CTCAE, by the table of changes."""

    dictionary: str
    relation: Annotated[
        Relation,
        Field(
            description="same: by name and code, not always in its grades. renamed: the same "
            "event under another name and code. replaced: by terms that are broader, narrower or "
            "several. none: it has nothing for it."
        ),
    ]
    terms: tuple[TermItem, ...]

    @classmethod
    def of(cls, counterpart: Counterpart) -> "OtherVersion":
        """The counterpart as it is shown."""
        return cls(
            dictionary=counterpart.edition.id,
            relation=counterpart.relation,
            terms=tuple(TermItem.of(term) for term in counterpart.terms),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TermDetail(TermItem):
    """A term, its sentences, and what it is in the other versions of CTCAE."""

    texts: Annotated[
        TermTexts | None,
        Field(description="NCI's sentences; null until its publication has been imported."),
    ]
    other_versions: tuple[OtherVersion, ...]

    @classmethod
    def with_others(
        cls, term: Term, counterparts: tuple[Counterpart, ...], texts: TermTexts | None
    ) -> "TermDetail":
        """The term as it is shown by itself."""
        return cls(
            **asdict(TermItem.of(term)),
            texts=texts,
            other_versions=tuple(OtherVersion.of(each) for each in counterparts),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TermPage:
    """Some terms of a dictionary."""

    items: tuple[TermItem, ...]
    next: Annotated[str | None, Field(description="Where the list goes on; null at its end.")]
