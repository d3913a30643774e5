"""The work of an import: rows are read, kept or refused, and the record follows them."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, Final, assert_never

from app.clock import Clock
from app.domain.errors import DomainError
from app.domain.record.origin import NOT_TRANSMITTED, Origin, Reason
from app.domain.source_system import SourceSystem
from app.domain.time import PartialTime
from app.interchange.formats import Format, reader_of
from app.interchange.identity import Identified, identified
from app.interchange.mended import mendable
from app.interchange.rows import BadRow, LeftOut, ReadRow, RecordRow, SourceRow, UnreadableFile
from app.store.database import Database
from app.store.files import StoredFile, file_of, opened
from app.store.jobs import StoredJob
from app.store.records import Records
from app.store.source_rows import highest_sequence
from app.store.writer import Unit, Writer
from app.use_cases.absences import Lacking
from app.use_cases.assembling import follow_each
from app.use_cases.assembly_jobs import assemble_once_more
from app.use_cases.chunk import NAMED, Chunk, chunks_of, in_one_step, most_held, send_back
from app.use_cases.errors import UnknownSystem
from app.use_cases.identifying import Regrouped, regroup
from app.use_cases.imports import settings_of
from app.use_cases.jobs import LEASE, Lease, Progress, prove, step
from app.use_cases.record_lines import ReadItem, sent_by
from app.use_cases.records import Precondition, Sent, put
from app.use_cases.set_aside import Aside, judged, setting_aside
from app.use_cases.snapshot import content_of
from app.use_cases.source_rows import Come, Sender, astray, held_where, take_rows
from app.use_cases.told_twice import each_told_once

CHUNK: Final = 200
_IN_SEQUENCE: Final[frozenset[Format]] = frozenset({"rave-audit", "odm-xml"})
"""Formats in which a source may number its messages."""

TellFaults = Callable[[DomainError], list[dict[str, Any]]]
"""The faults of an error, each with its pointer."""


def _never() -> bool:
    return False


Carry = Callable[[Unit, str, Sequence[int]], None]
"""Hands the parts of a job (its id, their numbers) to an engine, within a transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """Where a worker works: the database, its writer, and how it reads and tells what is ours."""

    database: Database
    writer: Writer
    worker: str
    clock: Clock
    read_item: ReadItem
    tell_faults: TellFaults
    lease: timedelta = LEASE
    """How long it may be silent before another worker may take its job."""
    stopping: Callable[[], bool] = _never
    """Whether the worker is to stop: asked between steps, and while a file is read."""
    chunk: int = CHUNK
    """Rows that are committed together, and more where a patient's go on (`chunks_of`)."""
    patients: int = 100
    """Patients that are judged again together."""
    tried: int = 2_000
    """The same where nothing is kept of it, and so nobody waits to write."""
    at_once: int = 250
    """Of whom so many are judged from their records together at most: their answers are held."""
    carry: Carry | None = None
    """What carries parts of a job to whoever is free; without it, its worker does them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Import:
    """An import that is under way."""

    place: Workplace
    sender: Sender
    format: Format
    file: StoredFile
    how: SourceSystem
    is_snapshot: bool
    void_for: Reason | None
    """Why rows that a snapshot lacks are to be void; None where they are only told."""

    def stepped(self, job: StoredJob, work: Callable[[Unit, Origin], Progress]) -> StoredJob:
        """The job after a step, in a transaction of its own."""
        return self.place.writer.run(partial(_stepped, self.place, job, work))

    def rows(self, job: StoredJob) -> Iterator[ReadRow]:
        """All rows of the file, from its beginning; the job is held all the while.

        Raises UnreadableFile, LeaseLost, Stopped.
        """
        place = self.place
        lease = Lease(
            writer=place.writer, worker=place.worker, job=job.id, length=place.lease,
            clock=place.clock, stopping=place.stopping,
        )  # fmt: skip
        # Some formats are read as a whole before the first row, of others a piece has many rows.
        with opened(place.database, self.file, lease.keep) as stream:
            for row in each_told_once(reader_of(self.format)(stream, self.how), self.how):
                lease.keep()
                yield row

    def in_one_step(self, job: StoredJob, rows: Sequence[ReadRow]) -> Sequence[ReadRow]:
        """The first of the rows of a chunk, as many as are committed together."""
        most = most_held(json.loads(job.counts))
        with self.place.database.reading() as connection:
            return in_one_step(connection, self.sender, rows, self.how, most)


def _stepped(
    place: Workplace, job: StoredJob, work: Callable[[Unit, Origin], Progress], unit: Unit
) -> StoredJob:
    return step(unit, place.worker, job, partial(work, unit), place.lease, place.clock)


def run_import(place: Workplace, job: StoredJob) -> Iterator[StoredJob]:
    """Do an import that the worker holds, from where it stands: the job after each step.

    Raises LeaseLost, Stopped.
    """
    work = _begun(place, job)
    if job.total is None:
        reckoned = _reckoned(work, job)  # nobody waits for it: a large file takes minutes
        job = work.stepped(job, partial(_begins, work, reckoned))
        yield job
    rows = iter(()) if job.is_over else work.rows(job)
    for chunk in chunks_of(rows, done=job.done, size=place.chunk):
        rest: Sequence[ReadRow] = chunk
        while rest:
            some = work.in_one_step(job, rest)
            job = setting_aside(job, partial(_without, work, job, some))
            yield job
            rest = rest[len(some) :]
    while not job.is_over:
        job = setting_aside(job, partial(_at_end, work, job))
        yield job


def _begun(place: Workplace, job: StoredJob) -> _Import:
    told = json.loads(job.parameters)
    with place.database.reading() as connection:
        file = file_of(connection, told["file"]["sha256"])
        how = SourceSystem()
        if told["settings"] is not None:
            records = Records(connection=connection, kind="source_system", study=job.study)
            number = told["settings"]["version"]
            version = records.history(told["system"], after=number - 1, limit=1)[0]
            how = content_of("source_system", version, SourceSystem)
    if file is None:
        raise LookupError(f"job {job.id}: the file {told['file']['sha256']} is not there")
    at = told["extracted_at"]
    sender = Sender(
        study=job.study,
        system=told["system"],
        job=job.id,
        extract=told["extract"],
        extracted_at=None if at is None else PartialTime(at),
    )
    return _Import(
        place=place,
        sender=sender,
        format=told["format"],
        file=file,
        how=how,
        is_snapshot=told["snapshot"],
        void_for=None if "void_absent" not in told else Reason(**told["void_absent"]),
    )


def _reckoned(work: _Import, job: StoredJob) -> Progress:
    """How many rows there are; a file that cannot be read as a whole ends here."""
    try:
        total = sum(1 for row in work.rows(job) if row.number)
    except UnreadableFile as error:
        problem = {
            "code": error.code,
            "detail": str(error),
            "line": error.line,
            "column": error.column,
        }
        return Progress(done=0, problem=problem)
    return Progress(done=0, total=total)


def _begins(work: _Import, reckoned: Progress, unit: Unit, _: Origin) -> Progress:
    """What was reckoned; where absent rows are to be void, with what there is before the first."""
    if work.void_for is None or reckoned.problem is not None:
        return reckoned
    return replace(reckoned, counts={"stood_at": unit.audit.head.seq})


def _without(
    work: _Import, job: StoredJob, chunk: Sequence[ReadRow], aside: Aside
) -> StoredJob:  # fmt: skip
    """The job after the rows of a chunk, without the patients who are set aside."""
    return work.stepped(job, partial(_applied, work, job, chunk, aside))


def _at_end(work: _Import, job: StoredJob, aside: Aside) -> StoredJob:
    """The job after a step of its end, without the patients who are set aside."""
    return work.stepped(job, partial(_ended, work, job, aside))


def _applied(
    work: _Import, job: StoredJob, chunk: Sequence[ReadRow], aside: Aside,
    unit: Unit, origin: Origin,
) -> Progress:  # fmt: skip
    """Keep the rows of a chunk, let the record follow them, and judge whom that concerns."""
    made = Chunk(counts=json.loads(job.counts))
    come: list[Come] = []
    sent = sent_by(unit, work.sender.study, chunk, work.place.read_item)
    for place, row in enumerate(chunk):
        made.count("rows", 1 if row.number else 0)
        match row:
            case SourceRow():
                come += _identified(work, made, row)
            case RecordRow():
                _put(work, made, row, sent[place], unit, origin)
            case BadRow():
                made.refuse(row, row.code, row.problem, row.original, **mendable(row))
            case LeftOut():
                _leave_out(made, row)
            case _:
                assert_never(row)
    _follow(work, made, job, come, aside, unit, origin)
    judged(unit, origin, job.study, made.written, aside)
    send_back(made, job, unit, origin)
    for each in made.written:
        made.count_named("records", each.result)
    done = job.done + sum(1 for row in chunk if row.number)
    return Progress(done=done, counts=made.counts)


def _identified(work: _Import, made: Chunk, row: SourceRow) -> Iterator[Come]:
    for name in row.unread:
        made.count_named("items_not_read", name)
    if row.change == "part" and work.void_for is not None:
        made.count("single_changes")
    found = identified(row, work.how)
    match found:
        case Identified():
            made.count_named("domains", row.domain)
            yield Come(row=row, subject=found.subject, key=found.key)
        case BadRow():
            how = mendable(found)
            made.refuse(row, found.code, found.problem, found.original, **how)
        case LeftOut():
            _leave_out(made, found)
        case _:
            assert_never(found)


def _leave_out(made: Chunk, row: LeftOut) -> None:
    if row.number:
        made.count("left_out")
        made.count_named("left_out_by", row.what)
    else:
        told = set(made.counts.get("not_read", ()))
        made.counts["not_read"] = sorted({*told, row.what})[:NAMED]


def _put(
    work: _Import, made: Chunk, row: RecordRow, sent: Sent | DomainError,
    unit: Unit, origin: Origin,
) -> None:  # fmt: skip
    """Write a record of the service's own form, or send its line back."""
    try:
        if isinstance(sent, DomainError):
            raise sent
        written = put(unit, origin, work.sender.study, _with_reason(sent, work), Precondition())
    except DomainError as error:
        faults = work.place.tell_faults(error)
        made.refuse(row, error.code, str(error), row.value, errors=faults)
        return
    made.written.append(written)
    outcome = written.result if written.result in {"unchanged", "stale"} else "accepted"
    made.count(outcome)


def _with_reason(sent: Sent, work: _Import) -> Sent:
    if sent.reason is not None:
        return sent
    text = f"import {work.sender.job}"
    return replace(sent, reason=Reason(code=NOT_TRANSMITTED, text=text))


def _follow(
    work: _Import, made: Chunk, job: StoredJob, come: Sequence[Come], aside: Aside,
    unit: Unit, origin: Origin,
) -> None:  # fmt: skip
    if not come:
        return
    held = held_where(unit, work.sender, come)
    patients = astray(work.sender, come, held, work.how)
    moved = _made_way(work, made, job, patients, unit, origin)
    held = held_where(unit, work.sender, come) if moved else held
    taken = take_rows(unit, work.sender, come, held, unit.audit.head.seq + 1)
    if taken.versions:
        prove(unit, origin, job, "kept", taken.digest)
    for outcome, number in taken.counts.items():
        made.count(outcome, number)
    how = _how_now(work, unit)
    keys = {each.key for each in come}
    concerned = sorted({*moved, *taken.subjects})
    for subject, followed in follow_each(unit, origin, work.sender, concerned, how, aside):
        made.follow(subject, followed, keys)


def _made_way(
    work: _Import, made: Chunk, job: StoredJob, patients: set[str], unit: Unit, origin: Origin
) -> set[str]:
    """Rows of other names that are where these belong go where they do: the patients concerned."""
    if not patients:
        return set()
    moved = regroup(unit, work.sender, sorted(patients), work.how, unit.audit.head.seq + 1)
    tell_regrouped(made, moved, job, unit, origin)
    return moved.subjects


def _how_now(work: _Import, unit: Unit) -> SourceSystem:
    """How rows are assembled: by the settings that hold, else by those it began with."""
    try:
        return settings_of(unit.connection, work.sender.study, work.sender.system)[1]
    except UnknownSystem:
        return work.how


def _ended(
    work: _Import, job: StoredJob, aside: Aside, unit: Unit, origin: Origin
) -> Progress:  # fmt: skip
    """The end; of a snapshot, first what follows from the rows that it lacks, some at once."""
    made = Chunk(counts=json.loads(job.counts))
    if work.format in _IN_SEQUENCE:  # so that whoever asks for audits knows where to go on
        highest = highest_sequence(unit.connection, job.study, work.sender.system)
        made.counts |= {} if highest is None else {"highest_sequence": highest}
    progress = Progress(done=job.done, counts=made.counts, is_last=True)
    if work.is_snapshot:
        progress = Lacking(
            unit=unit, origin=origin, job=job, sender=work.sender, read_by=work.how,
            how=_how_now(work, unit), reason=work.void_for, aside=aside, made=made,
        ).done()  # fmt: skip
    if (progress.is_last or progress.problem is not None) and made.counts.get("accepted"):
        assemble_once_more(unit, origin, job)
    return progress


def tell_regrouped(
    made: Chunk, moved: Regrouped, job: StoredJob, unit: Unit, origin: Origin
) -> None:  # fmt: skip
    """Prove the versions of rows that were identified anew, and count what became of them."""
    if moved.versions:
        prove(unit, origin, job, "kept", moved.digest)
    for what, number in moved.counts.items():
        made.count_named("identified_anew", what, number)
    made.refused += moved.lines
