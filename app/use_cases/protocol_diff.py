"""Compare two protocol versions that a request or a command names or brings; nothing is stored."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.data import protocols
from app.domain.case import STRICT
from app.domain.diff.changes import ChangedValue, Difference, Document
from app.domain.diff.diff import ProtocolDiff, diff
from app.domain.diff.verdicts import DecidedByVersion, DecidedOtherwise
from app.use_cases.adjudicate import BuiltInProtocol, InlineProtocol, ProtocolChoice
from app.use_cases.readable import Paint, Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffRequest:
    """Two versions: of protocols that the service has, or documents that the request brings."""

    __pydantic_config__ = STRICT

    old: ProtocolChoice
    new: ProtocolChoice


def compared(asked: DiffRequest) -> ProtocolDiff:
    """What differs between the two."""
    return compared_documents(_document(asked.old), _document(asked.new))


def compared_documents(old: Document, new: Document) -> ProtocolDiff:
    """What differs between two documents. Raises BadProtocol."""
    return diff(protocols.make_ready(old), old, protocols.make_ready(new), new)


def _document(choice: BuiltInProtocol | InlineProtocol) -> Document:
    if isinstance(choice, InlineProtocol):
        return choice.document
    return protocols.load(choice.id, choice.version).document


_SAYS: Mapping[str, str] = {
    "verdicts": "verdicts may differ",
    "enrolment": "enrolment may differ, no verdict does",
    "wording": "only the wording differs: nothing is decided otherwise",
    "none": "both are the same document",
}


def lines_of_diff(found: ProtocolDiff, paint: Paint) -> Iterator[str]:
    """A comparison as a reader wants it: parts with their changes, then cases."""
    for each in found.differences:
        yield from _lines_of(each, paint)
    for example in found.verdicts.examples:
        yield from _lines_of_case(example, paint)
    if found.verdicts.cases:
        yield (
            f"{found.verdicts.unlike} of {found.verdicts.cases} boundary cases are decided "
            "otherwise."
        )
    title = f"{found.old.id} version {found.old.version} -> {_name(found)}"
    yield paint(f"{title}: {_SAYS[found.effect]}.", "plain")


def _name(found: ProtocolDiff) -> str:
    same = found.old.id == found.new.id
    return f"{'' if same else found.new.id + ' '}version {found.new.version}"


def _lines_of(difference: Difference, paint: Paint) -> Iterator[str]:
    tones: Mapping[str, Tone] = {"added": "good", "removed": "bad", "changed": "open"}
    name = "" if difference.id is None else f" {difference.id}"
    told = "" if difference.effect == "verdicts" else f" ({difference.effect})"
    kind = difference.kind.replace("_", " ")
    yield paint(f"{difference.change} {kind}{name}{told}", tones[difference.change])
    for change in difference.changes:
        yield f"  {change.new_pointer or change.old_pointer}: {_change(change)}"


def _change(change: ChangedValue) -> str:
    if change.old_pointer is None:
        return f"+ {_value(change.new)}"
    if change.new_pointer is None:
        return f"- {_value(change.old)}"
    return f"{_value(change.old)} -> {_value(change.new)}"


def _value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _lines_of_case(example: DecidedOtherwise, paint: Paint) -> Iterator[str]:
    yield f"e.g. {example.says}"
    yield f"  {paint(_decision(example.old), 'faint')}"
    yield f"  {paint(_decision(example.new), 'plain')}"


def _decision(decision: DecidedByVersion) -> str:
    by = decision.criterion or decision.exception
    at = decision.established_at or decision.becomes_dlt_at
    return (
        f"{decision.verdict}{'' if by is None else f' by {by}'}{'' if at is None else f' at {at}'}"
    )
