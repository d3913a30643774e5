"""The clauses that two versions of a protocol do not say alike."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import TypeAdapter

from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.dlt.rule import RuleSet

_RULES: Final[TypeAdapter[RuleSet]] = TypeAdapter(RuleSet)


def clauses_altered(old: ReadyProtocol, new: ReadyProtocol) -> frozenset[str]:
    """The ids of criteria and exceptions that one version lacks, or says otherwise."""
    was, now = _clauses(old), _clauses(new)
    return frozenset(each for each in was.keys() | now.keys() if was.get(each) != now.get(each))


def _clauses(protocol: ReadyProtocol) -> Mapping[str, Any]:
    """Each clause as JSON values, with its readings decided."""
    if protocol.rules is None:
        return {}
    rules = _RULES.dump_python(protocol.rules.decided.rules, mode="json", by_alias=True)
    return {each["id"]: each for part in ("criteria", "exceptions") for each in rules[part]}
