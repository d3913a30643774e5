"""Some patients are judged again, by what always judges, and compared with what stands."""

import logging
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from app.domain.adjudication.telling import IN_BRIEF
from app.domain.case import SubjectData
from app.domain.errors import DomainError
from app.domain.record.kinds import BY_SOURCE, Kind
from app.domain.record.origin import Origin
from app.store.adjudications import Adjudications
from app.store.readjudications import Standing, moved_since, standing_of, summaries_of
from app.store.records import Stored, of_patients
from app.store.writer import Unit
from app.use_cases.in_part import told_in_part
from app.use_cases.judging import AS_ALWAYS, Judged, Manner, judged_each, moment_of
from app.use_cases.resting import Rested, resting
from app.use_cases.snapshot import Snapshot
from app.use_cases.summaries import SUMMARY
from app.use_cases.told_by_columns import Told
from app.use_cases.verdict_changes import Kind as Change
from app.use_cases.verdict_changes import kind_of
from app.use_cases.verdicts import Patient, keep_judged
from app.use_cases.versions import Versions

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
    altered: frozenset[str] = frozenset()
    """The clauses that the version that judged says otherwise than the one that did before."""
    problem: Problem | None = None
    """Why the patient cannot be judged."""
    told: Told | None = None
    """What came out otherwise, where columns told all of it."""


Records = Mapping[str, Mapping[Kind, list[Stored]]]


def judged_again(
    snapshot: Snapshot,
    subjects: Sequence[str],
    now: datetime,
    manner: Manner = AS_ALWAYS,
    *,
    at_once: int,
) -> Iterator[list[Again]]:
    """Judge some patients as they are in a snapshot of what stands now.

    Who rests on what the adjudication that stands rests on is not judged, and of whom only some
    rules are other ones in part alone: they come first, all together. The rest are judged in
    brief, and explained where something came out otherwise: they come `at_once` at most, so that
    nobody has to hold the answers of them all.
    """
    snapshot.look_ahead(subjects)
    standing = standing_of(snapshot.connection, snapshot.study, subjects)
    asked = {subject: _asked(snapshot, subject, standing.get(subject)) for subject in subjects}
    found = {key: each for key, each in asked.items() if each.patient is None}
    manner = replace(manner, stands={key: each.as_of for key, each in standing.items()})
    versions = Versions(snapshot=snapshot, altered=manner.altered)
    rested = Rested()
    if manner.as_of is None:
        there = {key: each for key, each in standing.items() if key not in found}
        rested = resting(snapshot, there, now, versions, telling=manner.is_tried)
    found |= {key: asked[key] for key in rested.settled}
    found |= {
        key: replace(asked[key], change=each.changed.kind, told=each)
        for key, each in rested.otherwise.items()
    }
    yield list(found.values())
    left = [key for key in asked if key not in found]
    for start in range(0, len(left), at_once):
        some = _Some(
            snapshot=snapshot,
            now=now,
            manner=manner,
            versions=versions,
            asked={key: asked[key] for key in left[start : start + at_once]},
        )
        yield some.judged(rested.concerned)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Some:
    """Patients who are judged again together, beside what stands of each."""

    snapshot: Snapshot
    now: datetime
    manner: Manner
    versions: Versions
    asked: Mapping[str, Again]
    summaries: dict[str, str] = field(default_factory=dict)
    """Of what stands of those who were looked up, as JSON texts."""

    def judged(self, concerned: Mapping[str, Set[int]]) -> list[Again]:
        """All of them; `concerned` are those who may be judged in part, with the events."""
        snapshot = self.snapshot
        records = of_patients(snapshot.connection, BY_SOURCE, snapshot.study, list(self.asked))
        found = self._in_part(
            records, {key: each for key, each in concerned.items() if key in records}
        )
        rest = {key: each for key, each in records.items() if key not in found}
        return list({**found, **self._in_whole(rest)}.values())

    def _in_part(self, records: Records, concerned: Mapping[str, Set[int]]) -> dict[str, Again]:
        """Those of whom it suffices to judge the events that other rules concern.

        Where something came out otherwise, that suffices for those of whom nothing is kept: what
        is kept is judged whole. Another cut may be that of other events too.
        """
        if not concerned:
            return {}
        self._look_up(concerned)
        manner, readable = told_in_part(self.summaries, concerned, self.manner)
        some = {key: records[key] for key in readable}
        found = {}
        for key, judged in self._judged(some, manner).items():
            asked = self.asked[key]
            if isinstance(judged, Problem) or asked.before is None:
                continue
            if moment_of(judged.cut) != asked.before.as_of:
                continue
            if self._may_go_on(asked.before, judged, manner.telling.known):
                continue
            compared = self._compared(asked, judged)
            if compared.change is None or (manner.is_tried and compared.change != "failed"):
                found[key] = compared
        return found

    def _may_go_on(self, before: Standing, judged: Judged, known: Container[str]) -> bool:
        """Whether known events may hang on another one that is taken to go on now."""
        events = (each for each in judged.answer.events if each.id not in known)
        pending = any(each.verdict == "PENDING" for each in events)
        return pending and self.versions.compared(before, judged.activation).look_beside

    def _in_whole(self, records: Records) -> dict[str, Again]:
        """Each patient: in brief first, since most come out the same."""
        self._look_up(records)
        manner = replace(self.manner, telling=IN_BRIEF)
        brief = self._judged(records, manner)
        same = {key for key, each in brief.items() if self._is_the_same(self.asked[key], each)}
        whole = {key: each for key, each in records.items() if key not in same}
        judged = self._judged(whole, self.manner)
        found = {key: self.asked[key] for key in same}
        return found | {key: self._compared(self.asked[key], each) for key, each in judged.items()}

    def _look_up(self, subjects: Iterable[str]) -> None:
        stand = (self.asked[each].before for each in subjects if each not in self.summaries)
        self.summaries.update(
            summaries_of(self.snapshot.connection, [each for each in stand if each is not None])
        )

    def _judged(self, records: Records, manner: Manner) -> dict[str, Judged | Problem]:
        return judged_or_why(self.snapshot, records, self.now, manner)

    def _is_the_same(self, asked: Again, brief: Judged | Problem) -> bool:
        """Whether a brief answer tells that everything came out as it stands."""
        before = asked.before
        if before is None or isinstance(brief, Problem):
            return False
        if self.manner.as_of is None and _due(brief) != before.due:
            return False
        return self._compared(asked, brief).change is None

    def _compared(self, asked: Again, judged: Judged | Problem) -> Again:
        if isinstance(judged, Problem):
            return replace(asked, change="failed", problem=judged)
        try:
            return self._beside_what_stands(asked, judged)
        except ValueError as error:  # what stands cannot be read
            return failed(asked, error)

    def _beside_what_stands(self, asked: Again, judged: Judged) -> Again:
        if asked.before is None:
            return replace(asked, change="first", judged=judged)
        altered = self.versions.compared(asked.before, judged.activation).clauses
        change = kind_of(
            SUMMARY.validate_json(self.summaries[asked.subject]), judged.answer, altered
        )
        if change is None and self.manner.is_usual and _due(judged) != asked.before.due:
            change = "restated"
        return replace(asked, change=change, altered=altered, judged=judged if change else None)


def _asked(snapshot: Snapshot, subject: str, before: Standing | None) -> Again:
    """A patient before being judged; one whose own record cannot be read has failed already."""
    try:
        return Again(subject=subject, patient=snapshot.patient(subject), before=before)
    except SQLAlchemyError:
        raise
    except Exception as error:  # noqa: BLE001 (one patient's defect keeps no other waiting)
        return failed(Again(subject=subject, patient=None, before=before), error)


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


_INTERNAL: Final = Problem(
    code="internal_error",
    detail="The service met a defect of its own with this patient; what stands stays.",
)


def _due(judged: Judged) -> datetime | None:
    return None if judged.due is None else moment_of(judged.due)
