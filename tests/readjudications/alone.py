"""Each patient judged alone, by nothing of what judges in chunks: what everything is held to."""

from collections import Counter
from collections.abc import Mapping, Set
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from app.store.protocols import Activation, activations
from app.use_cases.judging import judged_now
from app.use_cases.scopes import patients_in
from app.use_cases.snapshot import Snapshot
from app.use_cases.studies import BEGINNING
from app.use_cases.summaries import SUMMARY, EventVerdict, Summary, summary_of
from app.use_cases.suppositions import Scope
from tests.readjudications.patients import PROTOCOL
from tests.readjudications.service import STUDY, Rejudging

ALTERED: Final = frozenset({"crs-g3-72h", "neutropenia-g4-28d"})
"""The clauses that the amendment says otherwise (tests/readjudications/patients.py)."""
_OF_DETERMINED: Final = (
    "verdict", "established_at", "becomes_dlt_at", "open", "missing", "refer_to_committee",
)  # fmt: skip
_TOLD: Final = ("verdict", "criterion", "exception", "established_at", "becomes_dlt_at")


def judged_alone(
    rejudging: Rejudging, now: datetime, version: str | None = None
) -> dict[str, Summary]:
    """The verdicts of every patient who counts, judged from scratch: as if a version governed."""
    found = {}
    with rejudging.database.reading() as connection:
        supposed = None if version is None else _activation(connection, version, now)
        for subject in patients_in(connection, STUDY, Scope()):
            one = Snapshot(connection=connection, study=STUDY, supposed=supposed)
            judged = judged_now(one, subject, now)
            assert judged is not None
            found[subject] = summary_of(judged.answer)
    return found


def _activation(connection: Connection, version: str, now: datetime) -> Activation:
    return Activation(
        study=STUDY, number=len(activations(connection, STUDY)) + 1, protocol=PROTOCOL,
        version=version, digest="", effective=BEGINNING, applies_to="all", reason="", seq=0,
        recorded_at=now,
    )  # fmt: skip


def standing(rejudging: Rejudging) -> dict[str, Summary]:
    """The verdicts that stand, by patient who counts."""
    held = rejudging.standing()
    return {subject: SUMMARY.validate_json(each.summary) for subject, each in held.items()}


def told_between(
    old: Mapping[str, Summary], new: Mapping[str, Summary], altered: Set[str] = ALTERED
) -> dict[str, Any]:
    """What is to be told of the patients who are judged otherwise, without clauses and ids.

    `altered` are the clauses that the new version says otherwise.
    """
    events = {subject: _events(old[subject], after, altered) for subject, after in new.items()}
    return {
        subject: {
            "kind": "restated" if _words(old[subject]) == _words(after) else "changed",
            "status": {"old": _status(old[subject]), "new": _status(after)},
            "events": events[subject],
        }
        for subject, after in new.items()
        if events[subject] or old[subject].subject != after.subject
    }


def _is_the_same(old: EventVerdict, new: EventVerdict, altered: Set[str]) -> bool:
    """Whether nothing is to be told: a determined verdict whose word, instants and referral stand
    is the same, if the clause by which it stood is.
    """
    if "UNDETERMINED" in {old.verdict, new.verdict} or {old.criterion, old.exception} & altered:
        return old == new
    return all(getattr(old, name) == getattr(new, name) for name in _OF_DETERMINED)


def _words(summary: Summary) -> list[str]:
    return [summary.subject.status, *(each.verdict for each in summary.events)]


def _status(summary: Summary) -> dict[str, Any]:
    subject = summary.subject
    return {"status": subject.status, "until": subject.until, "reason": subject.reason}


def _events(old: Summary, new: Summary, altered: Set[str]) -> list[dict[str, Any]]:
    was, now = ({each.id: each for each in some.events} for some in (old, new))
    assert was.keys() == now.keys()
    return [
        {"id": key, "old": _event(was[key]), "new": _event(now[key])}
        for key in sorted(was)
        if not _is_the_same(was[key], now[key], altered)
    ]


def _event(event: EventVerdict) -> dict[str, Any]:
    return {name: getattr(event, name) for name in _TOLD}


def told_by(changes: Mapping[str, Any]) -> dict[str, Any]:
    """What a job tells of whom it changed, without what `told_between` leaves out."""
    return {
        subject: {
            "kind": each["kind"],
            "status": each["status"],
            "events": [
                {name: event[name] for name in ("id", "old", "new")} for event in each["events"]
            ],
        }
        for subject, each in changes.items()
    }


def counted(told: Mapping[str, Any], patients: int) -> dict[str, Any]:
    """What a job has to count of what `told_between` tells."""
    kinds = Counter(each["kind"] for each in told.values())
    verdicts = Counter(
        (event["old"]["verdict"], event["new"]["verdict"])
        for each in told.values()
        for event in each["events"]
        if event["old"]["verdict"] != event["new"]["verdict"]
    )
    statuses = Counter(
        (each["status"]["old"]["status"], each["status"]["new"]["status"])
        for each in told.values()
        if each["status"]["old"]["status"] != each["status"]["new"]["status"]
    )
    newly: Counter[str] = Counter()
    for (_, word), number in verdicts.items():
        newly[word] += number
    return {
        "unchanged": patients - len(told),
        "changed": kinds["changed"],
        "restated": kinds["restated"],
        "first": 0,
        "failed": 0,
        "not_there": 0,
        "verdicts": _nested(verdicts),
        "statuses": _nested(statuses),
        "newly_pending": newly["PENDING"],
        "newly_undetermined": newly["UNDETERMINED"],
    }


def _nested(pairs: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (old, new), number in pairs.items():
        found.setdefault(old, {})[new] = number
    return found
