"""What comes out otherwise when a patient is judged again, and which clauses say so.

A patient `changed` where a verdict or the status is another word; was `restated` where the words
stay, but for another reason, at another time, or with other data missing; is judged for the
`first` time; or `failed` to be judged. Of what came out the same nothing is told.

A determined verdict is the same where its word and its instants are, if the clause by which it
stood says what it said: whichever readings it rests on, and whatever else might exempt it now.
"""

import json
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, Literal

from pydantic import TypeAdapter

from app.domain.adjudication.by_columns import ToldVerdict
from app.domain.adjudication.result import EventAdjudication, SubjectAdjudication
from app.domain.diff.told import ChangedClause, changed_clauses, clauses_of_explanation
from app.use_cases.adjudicate import OneAnswer
from app.use_cases.summaries import EventVerdict, SubjectVerdict, Summary, summary_of

Kind = Literal["changed", "restated", "first", "failed"]
_OF_EVENT: Final = ("verdict", "criterion", "exception", "established_at", "becomes_dlt_at")
_OF_SUBJECT: Final = ("status", "until", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedEvent:
    """An event that is judged otherwise, or whose verdict has another reason."""

    id: str
    old: ToldVerdict | None
    new: ToldVerdict | None
    clauses: tuple[ChangedClause, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldStatus:
    """The status of a patient in short."""

    status: str
    until: str | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedPatient:
    """Between two answers about one patient, everything that is told otherwise."""

    kind: Kind
    old: ToldStatus | None
    new: ToldStatus | None
    events: tuple[ChangedEvent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Before:
    """A stored answer, of which no event is read yet: most of it is of those that are the same."""

    subject: ToldStatus
    events: tuple[dict[str, Any], ...]


_BEFORE: Final = TypeAdapter(_Before)
_SHORT: Final = TypeAdapter(EventVerdict)
_WHOLE: Final = TypeAdapter(EventAdjudication)


def kind_of(before: Summary, after: OneAnswer, altered: Set[str]) -> Kind | None:
    """What judging again came to, by the summary that stands; None where it is the same.

    `altered` are the clauses that the version that judged says otherwise. A brief answer tells who
    came out the same, and not why the others did not.
    """
    now = summary_of(after)
    if _words(before) != _words(now):
        return "changed"
    same = before.subject == now.subject and all(
        map(partial(_tells_the_same, altered), before.events, now.events)
    )
    return None if same else "restated"


def _tells_the_same(altered: Set[str], old: EventVerdict, new: EventVerdict) -> bool:
    if new.verdict == "UNDETERMINED" or {old.criterion, old.exception} & altered:
        return old == new
    return old == replace(
        new,
        criterion=old.criterion,
        exception=old.exception,
        readings=old.readings,
        findings=old.findings,
    )


def changed_patient(
    kind: Kind, before: str | None, after: OneAnswer, altered: Set[str]
) -> ChangedPatient:
    """What is otherwise between a stored answer (its JSON text) and another."""
    old = None if before is None else _BEFORE.validate_json(before)
    return ChangedPatient(
        kind=kind,
        old=None if old is None else old.subject,
        new=status_of(after.subject),
        events=tuple(_events(old, after, altered)),
    )


def _words(summary: Summary) -> tuple[str, Mapping[str, str]]:
    return summary.subject.status, {each.id: each.verdict for each in summary.events}


def status_of(subject: SubjectAdjudication | SubjectVerdict) -> ToldStatus:
    """The status of a patient in short."""
    return ToldStatus(**{name: getattr(subject, name) for name in _OF_SUBJECT})


def _events(old: _Before | None, new: OneAnswer, altered: Set[str]) -> Iterator[ChangedEvent]:
    was = {} if old is None else {each["id"]: each for each in old.events}
    now = {each.id: each for each in new.events}
    stood = {key: _SHORT.validate_python(each) for key, each in was.items()}
    same = {
        each.id
        for each in summary_of(new).events
        if each.id in stood and _tells_the_same(altered, stood[each.id], each)
    }
    for key in sorted((was.keys() | now.keys()) - same):
        one = _WHOLE.validate_python(was[key]) if key in was else None
        other = now.get(key)
        yield ChangedEvent(
            id=key,
            old=None if one is None else short(one),
            new=None if other is None else short(other),
            clauses=tuple(_clauses(one, other)),
        )


def short(event: EventAdjudication | EventVerdict) -> ToldVerdict:
    """The verdict of an event in short."""
    return ToldVerdict(**{name: getattr(event, name) for name in _OF_EVENT})


def _clauses(
    old: EventAdjudication | None, new: EventAdjudication | None
) -> Iterator[ChangedClause]:
    if old is not None and new is not None:
        was, now = (clauses_of_explanation(each.explanation.tree) for each in (old, new))
        yield from changed_clauses(was, now)


_PATIENT: Final = TypeAdapter(ChangedPatient)


def as_document(changed: ChangedPatient) -> dict[str, Any]:
    """As JSON values."""
    value: dict[str, Any] = json.loads(_PATIENT.dump_json(changed))
    return value
