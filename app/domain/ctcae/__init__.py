"""CTCAE terms: codes, organ classes, the grades that exist, and lookup with suggestions."""

from app.domain.ctcae.dictionary import Dictionary, Page
from app.domain.ctcae.resolution import Conflicting, Resolution, Resolved, Unresolved
from app.domain.ctcae.synonyms import Ambiguous, Synonym, SynonymMap
from app.domain.ctcae.term import GRADES, Term, protocol_term

__all__ = [
    "GRADES",
    "Ambiguous",
    "Conflicting",
    "Dictionary",
    "Page",
    "Resolution",
    "Resolved",
    "Synonym",
    "SynonymMap",
    "Term",
    "Unresolved",
    "protocol_term",
]
