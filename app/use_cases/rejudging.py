"""Some patients are judged again, by what always judges, and compared with what stands."""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from app.domain.case import SubjectData
from app.domain.errors import DomainError
from app.domain.record.kinds import BY_SOURCE, Kind
from app.domain.time import PartialTime
from app.store.readjudications import Standing, standing_of
from app.store.records import Stored, of_patients
from app.use_cases.adjudicate import engine_version, made_with
from app.use_cases.judging import (
    Altered,
    Judged,
    judged_at,
    judged_now,
    moment_of,
    unaltered,
)
from app.use_cases.snapshot import Snapshot
from app.use_cases.summaries import SUMMARY
from app.use_cases.verdict_changes import Kind as Change
from app.use_cases.verdict_changes import kind_of

_LOG = logging.getLogger("uvicorn.error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """At which cut and under which protocol patients are judged: without more, as always.

    `now` is the instant by which verdicts have fallen due; the cut of what stands is never undone.
    """

    now: datetime
    as_of: PartialTime | None = None
    altered: Altered = unaltered

    @property
    def is_usual(self) -> bool:
        """Whether what comes out is what would be kept."""
        return self.as_of is None and self.altered is unaltered


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What judging a patient again came to.

    `change` is None where it came to the same, and then there is no need of `judged`. Without
    `patient` nobody is there to be judged.
    """

    subject: str
    patient: SubjectData | None
    before: Standing | None
    change: Change | None = None
    judged: Judged | None = None
    problem: Mapping[str, str] | None = None
    """Why the patient cannot be judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What is read at once of patients who are judged again."""

    records: Mapping[str, Mapping[Kind, list[Stored]]]
    standing: Mapping[str, Standing]


def judged_again(
    snapshot: Snapshot, subjects: Sequence[str], question: Question
) -> Iterator[Again]:
    """Judge some patients as they are in a snapshot of what stands now, in order."""
    connection, study = snapshot.connection, snapshot.study
    snapshot.look_ahead(subjects)
    read = _Read(
        records=of_patients(connection, BY_SOURCE, study, subjects),
        standing=standing_of(connection, study, subjects),
    )
    for subject in subjects:
        yield _again(snapshot, subject, question, read)


def _again(snapshot: Snapshot, subject: str, question: Question, read: _Read) -> Again:
    before, records = read.standing.get(subject), read.records[subject]
    patient = snapshot.patient(subject)
    if patient is None:
        return Again(subject=subject, patient=None, before=before)
    if (
        before is not None
        and question.is_usual
        and _rests_on_the_same(snapshot, patient, before, records, question.now)
    ):
        return Again(subject=subject, patient=patient, before=before)
    try:
        judged = _judged(snapshot, subject, question, before, records)
    except DomainError as error:
        problem = {"code": error.code, "detail": str(error)}
        return Again(
            subject=subject, patient=patient, before=before, change="failed", problem=problem
        )
    except Exception:  # noqa: BLE001 (one patient's defect must not keep the others waiting)
        _LOG.exception("A patient could not be judged again.")
        return Again(
            subject=subject, patient=patient, before=before, change="failed", problem=_INTERNAL
        )
    change: Change | None = "first"
    if before is not None:
        change = kind_of(SUMMARY.validate_json(before.summary), judged.answer)
        if change is None and question.is_usual and _due(judged) != before.due:
            change = "restated"
    return Again(
        subject=subject, patient=patient, before=before, change=change, judged=judged
    )  # fmt: skip


_INTERNAL: Final = {
    "code": "internal_error",
    "detail": "The service met a defect of its own with this patient; what stands stays.",
}


def _judged(
    snapshot: Snapshot,
    subject: str,
    question: Question,
    before: Standing | None,
    records: Mapping[Kind, list[Stored]],
) -> Judged:
    if question.as_of is not None:
        judged, _ = judged_at(
            snapshot, subject, question.as_of, None, records, question.altered
        )  # fmt: skip
        return judged
    now = question.now if before is None else max(question.now, before.as_of)
    found = judged_now(snapshot, subject, now, records, question.altered)
    if found is None:
        raise LookupError(f"patient {subject!r} was there a moment ago")
    return found


def _due(judged: Judged) -> datetime | None:
    return None if judged.due is None else moment_of(judged.due)


def _rests_on_the_same(
    snapshot: Snapshot,
    patient: SubjectData,
    before: Standing,
    records: Mapping[Kind, list[Stored]],
    now: datetime,
) -> bool:
    """Whether all that the adjudication rests on is what judging again would rest on.

    It may say no of what does: then the patient is judged. Results of a laboratory may rest on
    ranges, which only judging finds.
    """
    if (before.due is not None and before.due <= now) or records["laboratory_result"]:
        return False
    last = snapshot.activations[-1]
    if snapshot.supposed is not None or last.seq > before.seq:
        return False
    inputs = json.loads(before.inputs)
    protocol = snapshot.protocol(before.protocol, before.protocol_version)
    used, dictionary = made_with(protocol)
    return bool(
        inputs["engine_version"] == engine_version()
        and inputs["protocol"]["digest"] == used.digest
        and inputs["dictionary"]["digest"] == dictionary.digest
        and inputs["synonyms"]["digest"] == dictionary.synonyms.digest
        and inputs["time_zone"] == snapshot.zone_of_patient(patient)
        and inputs["records"] == _told(snapshot, before.subject, records)
    )


def _told(
    snapshot: Snapshot, subject: str, records: Mapping[Kind, list[Stored]]
) -> dict[str, list[dict[str, Any]]]:
    """The versions of a patient's records as the inputs of an adjudication tell them."""
    held = snapshot.patient_record(subject)
    of_kind = {"subject": [] if held is None else [held], **records}
    return {
        kind: [
            {"key": each.key, "version": each.version, "digest": each.digest} for each in versions
        ]
        for kind, versions in of_kind.items()
        if versions
    }
