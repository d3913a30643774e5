"""CTCAE terms: codes, organ classes, the grades that exist, and lookup with suggestions."""

from app.domain.ctcae.dictionary import Dictionary, Page
from app.domain.ctcae.resolution import (
    CodeElsewhere,
    Conflicting,
    Resolution,
    Resolved,
    Unresolved,
)
from app.domain.ctcae.synonyms import Ambiguous, Synonym, SynonymMap
from app.domain.ctcae.term import GRADES, Term, protocol_term
from app.domain.ctcae.versions import Change, Counterpart, Edition, Relation, Versions

__all__ = [
    "GRADES",
    "Ambiguous",
    "Change",
    "CodeElsewhere",
    "Conflicting",
    "Counterpart",
    "Dictionary",
    "Edition",
    "Page",
    "Relation",
    "Resolution",
    "Resolved",
    "Synonym",
    "SynonymMap",
    "Term",
    "Unresolved",
    "Versions",
    "protocol_term",
]
