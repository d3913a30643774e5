"""The shipped dictionary as a protocol uses it, and small ones made by hand."""

from collections.abc import Sequence
from typing import Any

from app.data.dictionaries import load, load_synonyms
from app.domain.ctcae import Dictionary, SynonymMap, protocol_term

OWN_TERMS = tuple(
    protocol_term(name)
    for name in ("ICANS", "Hemophagocytic lymphohistiocytosis", "IEC-HS", "Pancytopenia")
)
FACTS = load("ctcae-5.0")
SYNONYMS = load_synonyms("synonyms-1")
DICTIONARY = FACTS.with_synonyms(SYNONYMS).with_terms(OWN_TERMS)


def entry(name: str, code: int, grades: Sequence[int] = (1, 2, 3, 4, 5)) -> dict[str, Any]:
    return {"code": code, "name": name, "grades": list(grades), "laboratory": False}


def document(*entries: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "small-1",
        "title": "Small 1",
        "organ_classes": [{"name": "Vascular disorders", "terms": list(entries)}],
    }


def small(*entries: dict[str, Any]) -> Dictionary:
    terms = entries or (entry("Hypotension", 1), entry("Hypertension", 2), entry("Flushing", 3))
    return Dictionary.of(document(*terms), digest="sha256:small")


def synonyms(
    *pairs: tuple[str, str],
    ambiguous: dict[str, list[str]] | None = None,
    protocol_terms: Sequence[str] = (),
    dictionary: str = "small-1",
) -> SynonymMap:
    return SynonymMap.of(
        {
            "id": "words-1",
            "dictionary": dictionary,
            "protocol_terms": list(protocol_terms),
            "synonyms": [{"words": [word], "term": term} for word, term in pairs],
            "ambiguous": [
                {"word": word, "may_mean": may_mean}
                for word, may_mean in (ambiguous or {}).items()
            ],
        },
        digest="sha256:words",
    )
