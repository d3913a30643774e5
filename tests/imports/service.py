"""A study that files are imported into, with a worker that works when the test says so."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO, Final

from app.api.dependencies import Record
from app.api.working import workplace
from app.clock import random_id
from app.domain.record.documents import Document
from app.domain.record.kinds import Kind, Study
from app.domain.record.origin import OPERATOR, Reason
from app.domain.source_system import SourceSystem
from app.domain.time import PartialTime
from app.interchange.formats import Format
from app.store.adjudications import Adjudications
from app.store.database import Database
from app.store.files import digest_in
from app.store.jobs import StoredJob, job_of
from app.store.records import Records, Stored
from app.store.source_rows import lines_of
from app.store.writer import Writer
from app.use_cases.importing import Workplace
from app.use_cases.imports import ImportRequest, keep_file, submit_import
from app.use_cases.jobs import take
from app.use_cases.records import Precondition, Sent, put
from app.use_cases.studies import begin
from app.use_cases.working import work_on

STUDY: Final = "IC19-SLE"
SYSTEM: Final = "edc"
CHUNK: Final = 20
"""Rows of a step here, so that small files have several."""
BEGAN: Final = datetime(2026, 6, 1, tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class Importing:
    """A study in a database, and what is done to it."""

    database: Database
    now: datetime = BEGAN
    writer: Writer = field(init=False)
    place: Workplace = field(init=False)

    def __post_init__(self) -> None:
        self.writer = Writer(self.database, self.clock, random_id)
        record = Record(database=self.database, writer=self.writer, clock=self.clock)
        self.place = replace(workplace(record, random_id), chunk=CHUNK)

    def clock(self) -> datetime:
        """The time, which goes only when it is set."""
        return self.now

    def later(self, seconds: float = 3600) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    def begin(self, zone: str = "+08:00") -> None:
        """Create the study under IC19's protocol."""
        study = Study(title="IC19 in lupus", time_zone=zone)
        self.writer.run(lambda unit: begin(unit, OPERATOR, STUDY, study, "NCT06886919", None))

    def system(self, name: str = SYSTEM, **how: Any) -> None:
        """Say how files of a system are read."""
        self.put("source_system", name, SourceSystem(**how))

    def put(self, kind: Kind, key: str, content: Any, subject: str | None = None) -> None:
        """Record something, as it comes over HTTP."""
        sent = Sent(kind=kind, key=key, document=Document(subject=subject, content=content))
        self.writer.run(lambda unit: put(unit, OPERATOR, STUDY, sent, Precondition()))

    def asked(
        self, content: bytes | str | BinaryIO, format: Format = "sdtm-csv",  # noqa: A002
        system: str = SYSTEM, extract: str | None = None, extracted_at: str | None = None, *,
        snapshot: bool = False, void: Reason | None = None,
    ) -> StoredJob:  # fmt: skip
        """Ask for an import, and do nothing of it yet. `void` is why absent rows become void."""
        content = content.encode() if isinstance(content, str) else content
        stream = io.BytesIO(content) if isinstance(content, bytes) else content
        digest, _ = digest_in(stream)
        stream.seek(0)
        body = keep_file(self.database, self.writer, digest, stream)
        request = ImportRequest(
            study=STUDY,
            system=system,
            format=format,
            extract=extract,
            extracted_at=None if extracted_at is None else PartialTime(extracted_at),
            is_snapshot=snapshot or void is not None,
            absent="flag" if void is None else "void",
            reason=void,
        )
        job, _ = self.writer.run(lambda unit: submit_import(unit, OPERATOR, request, body))
        return job

    def steps(self, job: StoredJob, worker: Workplace | None = None) -> Iterator[StoredJob]:
        """Do the work of a job, a step at a time."""
        place = worker or self.place
        held = self.writer.run(lambda unit: take(unit, place.worker, job.id))
        if held is not None:
            yield from work_on(place, held)

    def sent(self, content: bytes | str | BinaryIO, *arguments: Any, **more: Any) -> StoredJob:
        """Import a file, to the end."""
        job = self.asked(content, *arguments, **more)
        for _ in self.steps(job):
            pass
        return self.job(job)

    def job(self, job: StoredJob) -> StoredJob:
        """As it stands now."""
        with self.database.reading() as connection:
            found = job_of(connection, job.id)
        assert found is not None
        return found

    def rejected(self, job: StoredJob) -> list[Any]:
        """The rows that were sent back."""
        with self.database.reading() as connection:
            return [json.loads(line) for line in lines_of(connection, job.id)]

    def held(self, kind: Kind) -> dict[str, Stored]:
        """What holds of all records of a kind that count."""
        with self.database.reading() as connection:
            records = Records(connection=connection, kind=kind, study=STUDY)
            return {each.key: each for each in records.counting(None)}

    def contents(self, kind: Kind) -> dict[str, Any]:
        """The contents of the records of a kind that count, by key."""
        return {key: json.loads(each.document)["content"] for key, each in self.held(kind).items()}

    def verdicts(self, subject: str) -> dict[str, str]:
        """The verdicts of a patient as they stand, by event."""
        with self.database.reading() as connection:
            found = Adjudications(connection=connection, study=STUDY).current(subject)
        assert found is not None
        return {each["id"]: each["verdict"] for each in json.loads(found.summary)["events"]}

    def answer(self, subject: str) -> Any:
        """A patient's whole adjudication."""
        with self.database.reading() as connection:
            found = Adjudications(connection=connection, study=STUDY).current(subject)
        assert found is not None
        return json.loads(found.answer)

    def close(self) -> None:
        """Finish."""
        self.writer.close()


def counts(job: StoredJob) -> dict[str, Any]:
    """What became of the rows of an import."""
    told: dict[str, Any] = json.loads(job.counts)
    return told


def assert_reckoned(job: StoredJob) -> None:
    """Every row of the file became one thing or another."""
    told = counts(job)
    outcomes = ("accepted", "unchanged", "stale", "rejected", "left_out")
    assert job.state == "succeeded", job.problem
    assert job.done == job.total == told.get("rows", 0)
    assert sum(told.get(each, 0) for each in outcomes) == job.total
