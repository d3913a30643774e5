"""A study whose patients are judged again, with a worker that works when the test says so."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import delete

from app.api.dependencies import Record
from app.api.working import workplace
from app.clock import random_id
from app.domain.case import Subject
from app.domain.record.kinds import Study
from app.domain.record.origin import OPERATOR, Reason
from app.store.adjudications import Adjudications, StoredAdjudication
from app.store.database import Database
from app.store.jobs import StoredJob, job_of
from app.store.judged_columns import COLUMNS
from app.store.readjudications import changes_of
from app.store.writer import Unit, Writer
from app.use_cases.importing import Workplace
from app.use_cases.ingest import Item, put_batch
from app.use_cases.jobs import take
from app.use_cases.protocols import add
from app.use_cases.readjudications import Submitted, apply_dry_run, submit_readjudication
from app.use_cases.studies import begin
from app.use_cases.suppositions import ReadjudicationBody
from app.use_cases.working import work_on
from tests.readjudications.patients import PROTOCOL, amended, items_of

STUDY: Final = "IC19-SLE"
BEGAN: Final = datetime(2026, 6, 1, tzinfo=UTC)
_TOGETHER: Final = 20
"""Patients who are recorded at once."""
WHY: Final = Reason(code="AMENDMENT", text="Limits of CRS and neutropenia")


@dataclass(slots=True, kw_only=True)
class Rejudging:
    """A study in a database, and what is done to it."""

    database: Database
    now: datetime = BEGAN
    writer: Writer = field(init=False)
    place: Workplace = field(init=False)

    def __post_init__(self) -> None:
        self.writer = Writer(self.database, self.clock, random_id)
        record = Record(database=self.database, writer=self.writer, clock=self.clock)
        self.place = replace(workplace(record, random_id), patients=5, tried=5)

    def clock(self) -> datetime:
        """The time, which goes only when it is set."""
        return self.now

    def later(self, seconds: float = 3600) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    def begin(self) -> None:
        """Create the study under IC19's protocol; its amendment is there, and not activated."""
        self._begin(PROTOCOL, "1")
        self.writer.run(lambda unit: add(unit, OPERATOR, amended()))

    def begin_with(self, document: Mapping[str, Any]) -> None:
        """Create the study under a protocol that is added to the record."""
        self.writer.run(lambda unit: add(unit, OPERATOR, document))
        self._begin(document["id"], document["version"])

    def _begin(self, protocol: str, version: str) -> None:
        study = Study(title="IC19 in lupus", time_zone="+08:00")
        self.writer.run(lambda unit: begin(unit, OPERATOR, STUDY, study, protocol, version))

    def told(self, subjects: Sequence[Subject]) -> None:
        """Record patients, and judge them."""
        for start in range(0, len(subjects), _TOGETHER):
            some = subjects[start : start + _TOGETHER]
            items = [item for subject in some for item in items_of(subject)]
            self.writer.run(partial(_put, items))

    def asked(self, **body: Any) -> Submitted:
        """Ask for a re-adjudication, and do nothing of it yet."""
        wanted = ReadjudicationBody(**body)
        return self.writer.run(
            lambda unit: submit_readjudication(unit, OPERATOR, STUDY, wanted)
        )  # fmt: skip

    def applied(self, dry: StoredJob) -> Submitted:
        """Ask for a dry run to be made real."""
        return self.writer.run(lambda unit: apply_dry_run(unit, OPERATOR, STUDY, dry.id, WHY))

    def steps(self, job: StoredJob, worker: Workplace | None = None) -> Iterator[StoredJob]:
        """Do the work of a job, a step at a time."""
        place = worker or self.place
        held = self.writer.run(lambda unit: take(unit, place.worker, job.id))
        if held is not None:
            yield from work_on(place, held)

    def done(self, submitted: Submitted) -> StoredJob:
        """Do a job to its end."""
        for _ in self.steps(submitted.job):
            pass
        return self.job(submitted.job)

    def run(self, **body: Any) -> StoredJob:
        """Ask for a re-adjudication, and do it."""
        return self.done(self.asked(**body))

    def tells(self, **body: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """What a re-adjudication comes to: its counts, and what it tells of whom it changes."""
        job = self.run(**body)
        assert job.state == "succeeded", job.problem
        return counts(job), self.changes(job)

    def job(self, job: StoredJob) -> StoredJob:
        """As it stands now."""
        with self.database.reading() as connection:
            found = job_of(connection, job.id)
        assert found is not None
        return found

    def changes(self, job: StoredJob) -> dict[str, Any]:
        """What a job tells of whom it changed, by patient."""
        with self.database.reading() as connection:
            found = [json.loads(each) for each in changes_of(connection, job.id)]
        return {each["subject"]: each for each in found}

    def standing(self) -> dict[str, StoredAdjudication]:
        """The adjudications that stand, by patient."""
        with self.database.reading() as connection:
            found = Adjudications(connection=connection, study=STUDY).standing()
        return {each.subject: each for each in found}

    def forget_columns(self) -> None:
        """As in a database whose adjudications were made before columns were kept."""
        self.writer.run(lambda unit: unit.connection.execute(delete(COLUMNS)))

    def close(self) -> None:
        """Finish."""
        self.writer.close()


def _put(items: Sequence[Item], unit: Unit) -> None:
    put_batch(unit, OPERATOR, STUDY, items, "atomic")


def counts(job: StoredJob) -> dict[str, Any]:
    """How many came out how."""
    found: dict[str, Any] = json.loads(job.counts)
    return found
