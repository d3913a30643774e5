"""The clauses that two versions of a protocol do not say alike."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import TypeAdapter

from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.dlt.rule import RuleSet

_RULES: Final[TypeAdapter[RuleSet]] = TypeAdapter(RuleSet)
_PARTS: Final = ("criteria", "exceptions")


def clauses_altered(old: ReadyProtocol, new: ReadyProtocol) -> frozenset[str]:
    """The ids of criteria and exceptions that one version lacks, or says otherwise.

    All of them, where the versions differ in what clauses refer to: a group, the window, which
    events count, how times are counted, how events are graded. The same words then may mean
    another thing.
    """
    was, now = _clauses(old), _clauses(new)
    ids = was.keys() | now.keys()
    if not same_around(old, new):
        return frozenset(ids)
    return frozenset(each for each in ids if was.get(each) != now.get(each))


def same_around(old: ReadyProtocol, new: ReadyProtocol) -> bool:
    """Whether two versions say the same of all that clauses rest on beside their own words."""
    return _around(old) == _around(new)


def _clauses(protocol: ReadyProtocol) -> Mapping[str, Any]:
    """Each clause as JSON values, with its readings decided."""
    rules = _rules(protocol)
    return {each["id"]: each for part in _PARTS for each in rules.get(part, ())}


def _around(protocol: ReadyProtocol) -> tuple[Any, ...]:
    document, dictionary = protocol.document, protocol.dictionary
    of_rules = {name: part for name, part in _rules(protocol).items() if name not in _PARTS}
    decided = None if protocol.rules is None else protocol.rules.decided
    return (
        of_rules,
        None if decided is None else (decided.groups, decided.options, decided.disputed_terms),
        document.agents,
        document.grading,
        document.phases,
        document.interventions,
        dictionary.digest,
        dictionary.synonyms.digest,
    )


def _rules(protocol: ReadyProtocol) -> dict[str, Any]:
    """The DLT definition as JSON values, with its readings decided; empty where there is none."""
    if protocol.rules is None:
        return {}
    rules: dict[str, Any] = _RULES.dump_python(
        protocol.rules.decided.rules, mode="json", by_alias=True
    )
    return rules
