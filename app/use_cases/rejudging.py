"""Some patients are judged again, by what always judges, and compared with what stands."""

import logging
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, partial
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from app.domain.case import SubjectData
from app.domain.diff.clauses import clauses_altered
from app.domain.errors import DomainError
from app.domain.record.kinds import BY_SOURCE, Kind
from app.domain.record.origin import Origin
from app.store.adjudications import Adjudications
from app.store.readjudications import Standing, moved_since, standing_of
from app.store.records import Stored, of_patients
from app.store.writer import Unit
from app.use_cases.judging import AS_ALWAYS, Judged, Manner, judged_each, moment_of
from app.use_cases.resting import resting
from app.use_cases.snapshot import Snapshot
from app.use_cases.summaries import SUMMARY, EventVerdict, summary_of
from app.use_cases.verdict_changes import Kind as Change
from app.use_cases.verdict_changes import kind_of
from app.use_cases.verdicts import Patient, keep_judged

_LOG = logging.getLogger("uvicorn.error")
_OF_ALL: Final = frozenset({"study", "site", "laboratory_range", "protocol_activation"})
"""What concerns every patient, where it was recorded meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a patient cannot be judged."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What judging a patient again came to.

    `change` is None where it came to the same, and then there is no need of `judged`. Without
    `patient` nobody is there to be judged, or `failed` to be read.
    """

    subject: str
    patient: SubjectData | None
    before: Standing | None
    change: Change | None = None
    judged: Judged | None = None
    problem: Problem | None = None
    """Why the patient cannot be judged."""


Records = Mapping[str, Mapping[Kind, list[Stored]]]


def judged_again(
    snapshot: Snapshot, subjects: Sequence[str], now: datetime, manner: Manner = AS_ALWAYS
) -> list[Again]:
    """Judge some patients as they are in a snapshot of what stands now, in order.

    Who rests on what the adjudication that stands rests on is not judged. The others are judged in
    brief, all at once, and explained where something came out otherwise.
    """
    snapshot.look_ahead(subjects)
    standing = standing_of(snapshot.connection, snapshot.study, subjects)
    asked = {subject: _asked(snapshot, subject, standing.get(subject)) for subject in subjects}
    settled = {key for key, each in asked.items() if each.patient is None}
    if manner.is_usual and snapshot.supposed is None:
        there = {key: each for key, each in standing.items() if key not in settled}
        settled |= resting(snapshot, there, now)
    found = {key: each for key, each in asked.items() if key in settled}
    others = [key for key in subjects if key not in settled]
    of_others = of_patients(snapshot.connection, BY_SOURCE, snapshot.study, others)
    manner = replace(manner, stands={key: each.as_of for key, each in standing.items()})
    brief = judged_or_why(snapshot, of_others, now, replace(manner, brief=True))
    altered = _Altered(snapshot=snapshot, manner=manner)
    same = {key for key, each in brief.items() if _is_the_same(asked[key], each, manner, altered)}
    of_changed = {key: each for key, each in of_others.items() if key not in same}
    whole = judged_or_why(snapshot, of_changed, now, manner)
    found |= {key: asked[key] for key in same}
    found |= {key: _compared(asked[key], each, manner) for key, each in whole.items()}
    return [found[subject] for subject in subjects]


def _asked(snapshot: Snapshot, subject: str, before: Standing | None) -> Again:
    """A patient before being judged; one whose own record cannot be read has failed already."""
    asked = Again(subject=subject, patient=None, before=before)
    try:
        return replace(asked, patient=snapshot.patient(subject))
    except SQLAlchemyError:
        raise
    except Exception as error:  # noqa: BLE001 (one patient's defect keeps no other waiting)
        return failed(asked, error)


def failed(asked: Again, error: Exception) -> Again:
    """A patient of whom something went wrong: what stands stays."""
    return replace(asked, change="failed", judged=None, problem=_problem(error))


def moved_among(
    connection: Connection, study: str, subjects: Iterable[str], seq: int
) -> list[str]:
    """Those of some patients whom something concerns that was recorded after an event."""
    moved = moved_since(connection, study, seq)
    if any(each.entity in _OF_ALL for each in moved):
        return list(subjects)
    concerned = {each.subject for each in moved}
    return [each for each in subjects if each in concerned]


def keep_again(unit: Unit, origin: Origin, study: str, again: Again) -> str | None:
    """Keep what judging a patient again came to: the id of the adjudication that stands then.

    None where the patient could not be judged. It has to have been judged from the record as it
    stands in this transaction.
    """
    if again.judged is None:
        return None
    store = Adjudications(connection=unit.connection, study=study)
    who = Patient(study=study, subject=again.subject, current=store.current(again.subject))
    return keep_judged(unit, origin, who, again.judged, "readjudication").id


def judged_or_why(
    snapshot: Snapshot, records: Records, now: datetime, manner: Manner
) -> dict[str, Judged | Problem]:
    """The verdicts of each patient, or why there are none; one's defect keeps no other waiting."""
    try:
        return {**judged_each(snapshot, records, now, manner)}
    except SQLAlchemyError:  # the database's, of which no patient may be told
        raise
    except Exception as error:  # noqa: BLE001 (whatever it is, it is told of whom it concerns)
        if len(records) == 1:
            return dict.fromkeys(records, _problem(error))
    return {
        key: found
        for subject, each in records.items()
        for key, found in judged_or_why(snapshot, {subject: each}, now, manner).items()
    }


def _problem(error: Exception) -> Problem:
    if isinstance(error, DomainError):
        return Problem(code=error.code, detail=str(error))
    _LOG.error("A patient could not be judged again.", exc_info=error)
    return _INTERNAL


def _is_the_same(
    asked: Again, brief: Judged | Problem, manner: Manner, altered: "_Altered"
) -> bool:
    """Whether a brief answer tells that everything came out as it stands.

    Of events whose verdict is determined it tells neither clauses nor findings. The clause by
    which one stands is taken to hold where both versions say the same of it.
    """
    before = asked.before
    if before is None or isinstance(brief, Problem):
        return False
    if manner.as_of is None and _due(brief) != before.due:
        return False
    try:
        old, new = SUMMARY.validate_json(before.summary), summary_of(brief.answer)
    except ValueError:  # what stands cannot be read, which is told once it is compared
        return False
    clauses = altered.between(before, brief)
    return (
        old.subject == new.subject
        and len(old.events) == len(new.events)
        and all(map(partial(_tells_the_same, clauses), old.events, new.events))
    )


@dataclass(frozen=True, kw_only=True)
class _Altered:
    """The clauses that are altered between versions, of which there are few."""

    snapshot: Snapshot
    manner: Manner

    @cached_property
    def _found(self) -> dict[tuple[str, str, int], frozenset[str]]:
        return {}

    def between(self, before: Standing, judged: Judged) -> frozenset[str]:
        """Those between the version by which an adjudication stands, and the one that judged."""
        activation = judged.activation
        key = before.protocol, before.protocol_version, activation.number
        if key not in self._found:
            old = self.snapshot.protocol(before.protocol, before.protocol_version)
            new = self.snapshot.protocol(activation.protocol, activation.version)
            self._found[key] = clauses_altered(old, self.manner.altered(new))
        return self._found[key]


def _tells_the_same(altered: Set[str], old: EventVerdict, brief: EventVerdict) -> bool:
    if brief.verdict == "UNDETERMINED":
        return old == brief
    if {old.criterion, old.exception} & altered:
        return False
    told = replace(
        brief,
        criterion=old.criterion,
        exception=old.exception,
        readings=old.readings,
        findings=old.findings,
    )
    return old == told


def _compared(asked: Again, judged: Judged | Problem, manner: Manner) -> Again:
    if isinstance(judged, Problem):
        return replace(asked, change="failed", problem=judged)
    try:
        return _beside_what_stands(asked, judged, manner)
    except ValueError as error:  # what stands cannot be read
        return failed(asked, error)


def _beside_what_stands(asked: Again, judged: Judged, manner: Manner) -> Again:
    change: Change | None = "first"
    if asked.before is not None:
        change = kind_of(SUMMARY.validate_json(asked.before.summary), judged.answer)
        if change is None and manner.is_usual and _due(judged) != asked.before.due:
            change = "restated"
    return replace(asked, change=change, judged=judged if change else None)


_INTERNAL: Final = Problem(
    code="internal_error",
    detail="The service met a defect of its own with this patient; what stands stays.",
)


def _due(judged: Judged) -> datetime | None:
    return None if judged.due is None else moment_of(judged.due)
