"""Classes of terms that no reading of the rules tells apart, and terms that stand for each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.ctcae import Term
from app.domain.dlt.clauses import asked_of_terms
from app.domain.dlt.readings import Decided

_MOST_TERMS: Final = 3
"""Terms that stand for a class."""
_NAMED_OTHERWISE: Final = "Other, specify"


@dataclass(frozen=True, slots=True, kw_only=True)
class TermClass:
    """Terms that every reading treats alike."""

    terms: tuple[Term, ...]
    """Those that stand for it: together they have every grade that a term of it has, and one has
    the fewest.
    """
    size: int


def classes_of(terms: Iterable[Term], variants: Sequence[Decided]) -> tuple[TermClass, ...]:
    """The classes of a dictionary's terms, those that the rules name first."""
    told = [_names(each) for each in variants]
    named = frozenset().union(*(names for each in told for names in each.values()))
    found: dict[tuple[object, ...], list[Term]] = {}
    for term in terms:
        key: tuple[object, ...] = ((), term.laboratory)
        if term.name in named:
            alike = tuple(
                frozenset(label for label, names in each.items() if term.name in names)
                for each in told
            )
            key = (alike if any(alike) else (), term.laboratory)
        found.setdefault(key, []).append(term)
    ordered = sorted(found.items(), key=lambda each: each[0][0] == ())
    return tuple(
        TermClass(terms=_standing_for(members), size=len(members)) for _, members in ordered
    )


def _names(decided: Decided) -> dict[str, frozenset[str]]:
    """What one reading of the rules can tell about terms, with the terms."""
    groups, terms = asked_of_terms(decided.rules)
    told = {f"group:{name}": frozenset(decided.groups.get(name, ())) for name in groups}
    told |= {f"term:{name}": frozenset((name,)) for name in terms}
    for each in decided.rules.syndromes:
        told[f"symptom:{each.term}"] = frozenset(each.symptoms) - set(each.own_clause)
        told[f"syndrome:{each.term}"] = frozenset((each.term,))
    return told


def _standing_for(members: Sequence[Term]) -> tuple[Term, ...]:
    """The fewest terms with every grade of the class, and the one with the fewest grades."""
    usual = [each for each in members if _NAMED_OTHERWISE not in each.name] or list(members)
    chosen: list[Term] = []
    missing = {grade for each in members for grade in each.grades}
    while missing and len(chosen) < _MOST_TERMS:
        best = max(usual, key=lambda each: (len(missing & set(each.grades)), each in chosen))
        if not missing & set(best.grades):
            break
        chosen.append(best)
        missing -= set(best.grades)
    fewest = min(usual, key=lambda each: len(each.grades))
    if len(fewest.grades) < len(chosen[0].grades) and fewest not in chosen:
        chosen.append(fewest)
    return tuple(chosen)
