"""What another version tells otherwise of patients, told by their columns alone.

Where all that comes out otherwise of a patient can be read off the columns that were kept, nothing
else is read: neither the record nor the explanations that stand.
"""

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, Final

from app.domain.adjudication.result import Missing
from app.domain.adjudication.status import by_events
from app.domain.dlt.packed import Packed
from app.store.readjudications import Standing
from app.use_cases.adjudicate import made_with
from app.use_cases.held_against import Held, Otherwise, held_against
from app.use_cases.kept_columns import KeptColumns
from app.use_cases.verdict_changes import ChangedEvent, ChangedPatient, ToldStatus
from app.use_cases.versions import Compared

_OF_SUBJECT: Final = ("status", "until", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a version, by its number, tells otherwise of a patient."""

    changed: ChangedPatient
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A patient, with the events that other rules concern, and those whose columns serve them."""

    told: KeptColumns
    summary: Mapping[str, Any]
    packed: Packed
    served: Sequence[int]
    concerned: Set[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is told otherwise, by patient; and the places of the events of whom it is not known."""

    otherwise: Mapping[str, Told]
    left: Mapping[str, Set[int]]


def readable(before: Standing, told: KeptColumns) -> Mapping[str, Any] | None:
    """The summary that stands, where it can be read and is of the events of the columns."""
    try:
        summary: Mapping[str, Any] = json.loads(before.summary)
        return summary if len(summary["events"]) == len(told.terms) else None
    except (ValueError, TypeError, LookupError):  # it is told where the patient is judged whole
        return None


def ask(patients: Mapping[str, Asked], pair: Compared, now: int, *, telling: bool) -> Answer:
    """Hold the new version of a pair against the columns of patients.

    `now` is the instant by which verdicts have fallen due. What is otherwise is told where
    `telling`.
    """
    held = [
        Held(
            subject=subject,
            told=each.summary["events"],
            packed=each.packed,
            terms=each.told.terms,
            places=each.served,
        )
        for subject, each in patients.items()
    ]
    against = held_against(held, pair, telling=telling)
    otherwise = {}
    left: dict[str, Set[int]] = {}
    for subject, each in patients.items():
        rest = left[subject] = each.concerned - against.same.get(subject, frozenset())
        events = against.otherwise.get(subject, {})
        if rest and rest == events.keys() and _is_all(each, events, pair, now):
            told = _told(each, events, pair)
            if told is not None:
                otherwise[subject] = told
    return Answer(otherwise=otherwise, left=left)


def _is_all(
    asked: Asked, events: Mapping[int, Otherwise], pair: Compared, now: int
) -> bool:  # fmt: skip
    """Whether judging from the record would come to these verdicts as they are.

    It goes on where one has fallen due. An undetermined event may be taken to go on; and what is
    pending, too, may settle others.
    """
    silent = asked.told.silent
    return silent is not None and not any(
        (each.instant is not None and each.instant <= now)
        or (each.new.verdict == "UNDETERMINED" and silent[place])
        or (each.new.verdict == "PENDING" and pair.look_beside)
        for place, each in events.items()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """An event, as far as the patient's status hangs on it."""

    id: str
    verdict: Any
    becomes_dlt_at: str | None
    missing: tuple[Missing, ...] = ()


def _told(asked: Asked, events: Mapping[int, Otherwise], pair: Compared) -> Told | None:
    """What is told of the patient; None where the status that is left was not kept."""
    was = asked.summary["events"]
    verdicts = [
        (events[place].new.verdict, events[place].new.becomes_dlt_at)
        if place in events
        else (each["verdict"], each["becomes_dlt_at"])
        for place, each in enumerate(was)
    ]
    judged = [
        _Judged(id=each["id"], verdict=verdict, becomes_dlt_at=becomes)
        for each, (verdict, becomes) in zip(was, verdicts, strict=True)
    ]
    opinion, status = by_events(judged), asked.told.observed
    if opinion is not None:
        status = ToldStatus(status=opinion.status, until=opinion.until, reason=opinion.text)
    if status is None:
        return None
    old = ToldStatus(**{name: asked.summary["subject"][name] for name in _OF_SUBJECT})
    words = [each.old.verdict == each.new.verdict for each in events.values()]
    changed = ChangedPatient(
        kind="restated" if all(words) and old.status == status.status else "changed",
        old=old,
        new=status,
        events=tuple(
            ChangedEvent(id=was[place]["id"], old=each.old, new=each.new, clauses=each.clauses)
            for place, each in sorted(events.items(), key=lambda pair: was[pair[0]]["id"])
        ),
    )
    return Told(changed=changed, version=made_with(pair.new)[0].version)
