"""In what two answers about one patient differ, by what it matters to."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from app.domain.record.changes import ABSENT, changes

ChangeKind = Literal["verdict", "reason", "words", "provenance"]
"""What differs: a verdict or status; what it rests on or says of it (criterion, exception,
instants, what is missing, findings, anything that is not known here); sentences alone; or only
what it was made with.
"""
Answer = Mapping[str, Any]
"""An answer as JSON."""

_MADE_WITH: Final = ("engine_version", "protocol", "dictionary", "criteria", "as_of")
_PARTS: Final = ("subject", "events")
_VERDICTS: Final = ("verdict", "status")
_TOLD_APART: Final = frozenset({*_VERDICTS, "explanation", "missing", "findings"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference: a JSON pointer into the answer, with events by their id, and both values.

    A value is `ABSENT` where nothing stands there.
    """

    kind: ChangeKind
    path: str
    old: Any
    new: Any


def answer_changes(old: Answer, new: Answer) -> Iterator[Change]:
    """Everything in which two answers differ, what matters most first.

    An event that only one of them has differs by its verdict, and is not told otherwise. Raises
    LookupError, TypeError or AttributeError for what is no answer.
    """
    before, after = _by_id(old), _by_id(new)
    both = before.keys() & after.keys()
    yield from _between("verdict", _verdicts(old, before), _verdicts(new, after))
    yield from _between("reason", _reasons(old, before, both), _reasons(new, after, both))
    yield from _between("words", _words(old, before, both), _words(new, after, both))
    yield from _between("provenance", _made_with(old), _made_with(new))


def _between(kind: ChangeKind, old: Any, new: Any) -> Iterator[Change]:
    for each in changes(old, new):
        values = each.get("old", ABSENT), each.get("new", ABSENT)
        yield Change(kind=kind, path=each["path"], old=values[0], new=values[1])


def _by_id(answer: Answer) -> dict[str, Answer]:
    """The events by id. Raises LookupError where two have one."""
    found = {each["id"]: each for each in answer["events"]}
    if len(found) != len(answer["events"]):
        raise LookupError("id")
    return found


def _verdicts(answer: Answer, events: Mapping[str, Answer]) -> Answer:
    return {
        "subject": {"status": answer["subject"]["status"]},
        "events": {name: {"verdict": each["verdict"]} for name, each in events.items()},
    }


def _reasons(answer: Answer, events: Mapping[str, Answer], both: Collection[str]) -> Answer:
    """What is neither verdict nor words; also fields of another version that this one lacks."""
    known = {*_PARTS, *_MADE_WITH}
    return {
        **{name: each for name, each in answer.items() if name not in known},
        "subject": _reason(answer["subject"]),
        "events": {name: _reason(events[name]) for name in both},
    }


def _reason(part: Answer) -> Answer:
    return {
        **{name: each for name, each in part.items() if name not in _TOLD_APART},
        "missing": [_without(each, "text") for each in part["missing"]],
        "findings": [_without(each, "message") for each in part["findings"]],
    }


def _without(part: Answer, name: str) -> Answer:
    return {each: value for each, value in part.items() if each != name}


def _words(answer: Answer, events: Mapping[str, Answer], both: Collection[str]) -> Answer:
    return {
        "subject": _sentences(answer["subject"]),
        "events": {name: _sentences(events[name]) for name in both},
    }


def _sentences(part: Answer) -> Answer:
    return {
        "explanation": part["explanation"],
        "missing": [each["text"] for each in part["missing"]],
        "findings": [each["message"] for each in part["findings"]],
    }


def _made_with(answer: Answer) -> Answer:
    return {name: answer[name] for name in _MADE_WITH if name in answer}
