"""Rules that count named events, and the patients that they are asked about.

Names are those of a case (docs/glossary.md). Absent means unknown, except where it says otherwise.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from pydantic import Field

from app.domain.case import STRICT, Death, Flag, GradeChange, Name
from app.domain.errors import DomainError
from app.domain.grade import Grade
from app.domain.time import RecordedTime

NamesOf = Callable[[str], frozenset[str]]
"""The names under which dictionaries know a term; none where they do not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """What dictionaries know: the names of a term, and the terms that one may have meant."""

    names_of: NamesOf
    nearest: Callable[[str], tuple[str, ...]]


_Terms = Annotated[tuple[Name, ...], Field(min_length=1, max_length=100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLimit:
    """Stop when so many patients had an event of this grade or above, such as one death within
    30 days of the infusion.

    `terms` names which events count, and `own_terms` those of the trial that are in no version of
    CTCAE, spelt as its events spell them; without both all count. `within_days`
    counts calendar days after that of the `anchor`, and includes the last; without it events
    count whenever they come after. `of` related counts only events that are related to the
    treatment. A patient counts once, however many events there are; `counting` events counts each
    of them.
    """

    __pydantic_config__ = STRICT

    kind: Literal["events"] = "events"
    name: Name
    minimum_grade: Annotated[Grade, Field(ge=1)]
    at_least: Annotated[int, Field(ge=1, le=10_000, strict=True)]
    terms: _Terms | None = None
    own_terms: _Terms | None = None
    within_days: Annotated[int, Field(ge=0, le=3660, strict=True)] | None = None
    anchor: Literal["infusion"] = "infusion"
    of: Literal["all", "related"] = "all"
    counting: Literal["patients", "events"] = "patients"

    @property
    def every_term(self) -> bool:
        """Whether events of all terms count."""
        return self.terms is None and self.own_terms is None

    def is_related(self, related: bool | None) -> bool | None:
        """Whether the relation to the treatment lets an event count; None where it is unknown."""
        return True if self.of == "all" else related


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoredEvent:
    """An event of a patient. `grades` is its course, in order; where it is empty, neither grade
    nor time is known.
    """

    __pydantic_config__ = STRICT

    id: Name
    term: Name | None = None
    grades: Annotated[tuple[GradeChange, ...], Field(max_length=500)] = ()
    related: Flag = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoredPatient:
    """A patient who was infused; null where it is not known when.

    Events were reviewed through the day of `follow_up_until`, through the data cut where it is
    absent; until then, one that is not among `events` is none, and after it nobody knows. A
    `death` is an event of grade 5 with the term Death NOS; nothing comes after it.
    """

    __pydantic_config__ = STRICT

    id: Name
    infused: RecordedTime | None
    follow_up_until: RecordedTime | None = None
    death: Death | None = None
    events: Annotated[tuple[MonitoredEvent, ...], Field(max_length=1000)] = ()


MOST_UNKNOWN_TERMS: Final = 200
"""It takes a while to be sure that no dictionary knows a term."""


class TooManyUnknownTerms(DomainError):
    """More terms than that many are in no dictionary."""

    code = "too_many"

    def __init__(self) -> None:
        super().__init__(
            f"more than {MOST_UNKNOWN_TERMS} different terms are in no version of CTCAE: code the "
            "events, or leave out lower grades"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Says whether a term is one of a rule's. Without `names_of` only the spelling tells."""

    written: frozenset[str] | None
    named: frozenset[str]
    names_of: NamesOf | None
    looked_up: dict[str, bool | None] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, rule: EventLimit, names_of: NamesOf) -> "Terms":
        """The rule's terms as they are written, and by the names that dictionaries give them."""
        terms = (*(rule.terms or ()), *(rule.own_terms or ()))
        if not terms:
            return cls(written=None, named=frozenset(), names_of=names_of)
        named = frozenset(name for term in terms for name in names_of(term))
        written = frozenset(_plain(term) for term in terms)
        return cls(written=written, named=named, names_of=names_of)

    def has(self, term: str | None) -> bool | None:
        """Whether it is one of them; None where nobody can tell.

        It is where it is written alike, but for case and spaces, or where a dictionary has both
        under one name. A term that no dictionary knows may mean any. Each is looked up once;
        raises TooManyUnknownTerms.
        """
        if self.written is None:
            return True
        if term is None:
            return None
        if _plain(term) in self.written:
            return True
        if self.names_of is None:
            return None
        if term not in self.looked_up:
            names = self.names_of(term)
            self.looked_up[term] = bool(names & self.named) if names else None
            unknown = sum(each is None for each in self.looked_up.values())
            if unknown > MOST_UNKNOWN_TERMS:
                raise TooManyUnknownTerms
        return self.looked_up[term]


def _plain(term: str) -> str:
    return " ".join(term.split()).casefold()
