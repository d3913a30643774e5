"""The lines that rules draw between the grades of a term."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from pydantic import TypeAdapter

from app.domain.dlt.clauses import conditions_in
from app.domain.dlt.rule import HasCompanion, Recurs, RuleSet
from app.domain.grade import DEATH

_RULES: Final = TypeAdapter(RuleSet)
_UP_TO: Final = frozenset({"to", "at_most"})
"""Fields whose grade lies below the line."""
_NO_GRADE: Final = frozenset({"first_day"})
_CLAUSES: Final = ("criteria", "exceptions")


def boundaries_of(
    rules: RuleSet, groups: Mapping[str, Collection[str]], terms: Iterable[str]
) -> dict[str, frozenset[int]]:
    """By term the lowest grade above each line that some rule draws for it.

    Two grades with no boundary above the lower, up to the higher, are one to the rules. A
    recovery to the baseline may draw a line anywhere. A clause that asks for another term, or for
    a group without this one, draws none.
    """
    dumped = _RULES.dump_python(rules, mode="json", by_alias=True)
    of_all = frozenset(
        _lines({name: part for name, part in dumped.items() if name not in _CLAUSES}, "")
    )
    # The grade of a companion is asked of other events than the clause's own.
    of_all |= {
        each.concurrent.grade for each in conditions_in(rules) if isinstance(each, HasCompanion)
    }
    for each in conditions_in(rules):
        if isinstance(each, Recurs):
            counted = each.occurrence.grade
            of_all |= {c.grade for c in rules.criteria} if counted is None else {counted}
    clauses = [
        (clause["when"], frozenset(_lines(clause, "")))
        for name in _CLAUSES
        for clause in dumped[name]
    ]
    return {
        term: of_all.union(*(lines for when, lines in clauses if _may_hold(when, groups, term)))
        for term in terms
    }


def _may_hold(when: Any, groups: Mapping[str, Collection[str]], term: str) -> bool:
    """Whether a condition may hold for a term, as far as the names that it asks for tell."""
    if not isinstance(when, dict):
        return True
    if "group" in when:
        return term in groups[when["group"]]
    if "term" in when:
        return bool(when["term"] == term)
    if "all" in when:
        return all(_may_hold(part, groups, term) for part in when["all"])
    return True


def _lines(value: Any, name: str) -> Iterator[int]:
    if isinstance(value, dict):
        for key, part in value.items():
            # How many-th a run is draws no line between grades.
            yield from _lines({"grade": part["grade"]} if key == "occurrence" else part, key)
    elif isinstance(value, list):
        for part in value:
            yield from _lines(part, name)
    elif value == "baseline":
        yield from range(1, DEATH + 1)
    elif name not in _NO_GRADE and isinstance(value, int) and not isinstance(value, bool):
        yield value + 1 if name in _UP_TO else value
