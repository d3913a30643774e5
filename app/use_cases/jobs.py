"""Jobs: asked for once, taken by a worker, done in steps, cancelled, resumed after a restart.

Each step's effects, how far the job has come, and the audit event that tells of both are written
in one transaction. A worker that was lost is replaced when its lease has run out, and what it had
not committed is done again: nothing twice, nothing lost.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import TypeAdapter

from app.clock import Clock
from app.domain.record.canonical import canonical, digest_of
from app.domain.record.changes import ABSENT, changes
from app.domain.record.origin import Origin
from app.store.audit import Entry, Receipt
from app.store.jobs import (
    StoredJob,
    add_job,
    hand_over_job,
    job_of,
    job_of_request,
    next_job,
    queue_again,
    release_job,
    save_job,
    take_job,
)
from app.store.writer import Unit, Writer
from app.use_cases.errors import JobOver, NothingToResume, UnknownJob
from app.use_cases.records import require_study

LEASE: Final = timedelta(seconds=30)
"""How long a worker may be silent before another may take its job."""
OF_JOB: Final = "job/"
"""How the request id of what a job writes begins: no request has a slash in its own."""
_ORIGIN: Final = TypeAdapter(Origin)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What a step did: how far the job is, and what it has counted."""

    done: int
    total: int | None = None
    counts: Mapping[str, Any] = field(default_factory=dict)
    problem: Mapping[str, Any] | None = None
    """Why the job has failed with this step."""
    is_last: bool = False


class LeaseLost(Exception):
    """Somebody else has the job, or it was cancelled: its worker stops, and writes nothing."""


class Stopped(Exception):
    """The worker is to stop: what it has read and not committed is read again by the next."""


@dataclass(slots=True, kw_only=True)
class Lease:
    """A job that is held while there is nothing to commit yet, by whoever asks for it to be."""

    writer: Writer
    worker: str
    job: str
    length: timedelta
    clock: Clock
    stopping: Callable[[], bool]
    _renewed: datetime = field(init=False)

    def __post_init__(self) -> None:
        self._renewed = self.clock()

    def keep(self) -> None:
        """Renew it where a third of it has passed. Raises LeaseLost, Stopped."""
        if self.stopping():
            raise Stopped
        now = self.clock()
        if now - self._renewed < self.length / 3:
            return
        self._renewed = now
        held = self.writer.run(lambda unit: take(unit, self.worker, self.job, self.length))
        if held is None:
            raise LeaseLost


def submit(
    unit: Unit, origin: Origin, study: str, kind: str, parameters: Mapping[str, Any]
) -> tuple[StoredJob, Receipt | None]:
    """The job of a request: the one that there is already, else a new one.

    The same request again goes on with a job that failed or was cancelled. Raises UnknownStudy.
    """
    require_study(unit, study)
    text = canonical(parameters)
    digest = digest_of(canonical({"kind": kind, "parameters": parameters}))
    known = job_of_request(unit.connection, study, digest)
    if known is not None:
        if known.state not in {"failed", "cancelled"}:
            return known, None
        return _requeued(unit, origin, known)
    job = StoredJob(
        id=str(unit.new_id()),
        study=study,
        kind=kind,
        request_digest=digest,
        parameters=text,
        origin=_ORIGIN.dump_json(origin).decode(),
        state="queued",
        done=0,
        total=None,
        counts="{}",
        problem=None,
        worker=None,
        leased_until=None,
        recorded_at=unit.recorded_at,
        changed_at=unit.recorded_at,
        seq=unit.audit.head.seq + 1,
    )
    receipt = _tell(unit, origin, "queued", None, job)
    add_job(unit.connection, job)
    return job, receipt


def cancel(unit: Unit, origin: Origin, job_id: str) -> tuple[StoredJob, Receipt]:
    """Stop a job; what it has done stays. Raises UnknownJob, JobOver."""
    job = job_of(unit.connection, job_id)
    if job is None:
        raise UnknownJob(job_id)
    if job.is_over:
        raise JobOver(job_id, job.state)
    stopped = replace(
        job, state="cancelled", worker=None, leased_until=None, changed_at=unit.recorded_at
    )
    receipt = _tell(unit, origin, "cancelled", job, stopped)
    save_job(unit.connection, stopped)
    return stopped, receipt


def take(
    unit: Unit, worker: str, job_id: str | None = None, lease: timedelta = LEASE
) -> StoredJob | None:
    """Hold that job, or the one that has waited longest; None where none is to be had."""
    if job_id is None:
        waiting = next_job(unit.connection, unit.recorded_at)
        if waiting is None:
            return None
        job_id = waiting.id
    now = unit.recorded_at
    return take_job(unit.connection, job_id, worker, now, now + lease)


def release(unit: Unit, worker: str, job_id: str) -> None:
    """Let go of a job that is not over, so that another worker goes on with it at once."""
    release_job(unit.connection, job_id, worker)


def step(
    unit: Unit,
    worker: str,
    job: StoredJob,
    work: Callable[[Origin], Progress],
    lease: timedelta = LEASE,
    clock: Clock | None = None,
) -> StoredJob:
    """Do a step of a job that the worker holds, as whoever asked for it.

    The lease is renewed from the end of the step, however long it took. Raises LeaseLost.
    """
    now = unit.recorded_at
    held = take_job(unit.connection, job.id, worker, now, now + lease)
    if held is None or held.done != job.done:
        raise LeaseLost
    did = work(origin_of(held))
    return _advanced(unit, held, did, (now if clock is None else max(now, clock())) + lease)


def follow(
    unit: Unit, job_id: str, work: Callable[[StoredJob, Origin], Progress | None]
) -> StoredJob | None:
    """Do a part of a job that no single worker holds, as whoever asked for it.

    None where the job does not run, or a worker holds it (who does all that is left, or hands it
    over anew), or the part had been done already.
    """
    held = job_of(unit.connection, job_id)
    if held is None or held.state != "running" or held.worker is not None:
        return None
    did = work(held, origin_of(held))
    return None if did is None else _advanced(unit, held, did, None)


def hand_over(unit: Unit, worker: str, job_id: str) -> None:
    """Let go of a job that goes on running by parts, which whoever is free does."""
    hand_over_job(unit.connection, job_id, worker)


def fail(unit: Unit, job_id: str, problem: Mapping[str, Any]) -> StoredJob | None:
    """End a job that no single worker holds, of which a part cannot be done.

    None where it does not run, or a worker holds it.
    """
    return follow(
        unit,
        job_id,
        lambda held, _: Progress(done=held.done, counts=json.loads(held.counts), problem=problem),
    )


def take_back(unit: Unit, job_id: str) -> None:
    """Let a worker take a job of which no part is on its way any more."""
    queue_again(unit.connection, job_id)


def resume(unit: Unit, origin: Origin, job_id: str) -> tuple[StoredJob, Receipt]:
    """Go on with a job that failed or was cancelled, from where it stands.

    Raises UnknownJob, NothingToResume.
    """
    job = job_of(unit.connection, job_id)
    if job is None:
        raise UnknownJob(job_id)
    if job.state not in {"failed", "cancelled"}:
        raise NothingToResume(job_id, job.state)
    return _requeued(unit, origin, job)


def origin_of(job: StoredJob) -> Origin:
    """Who asked for a job, with the job in the place of the request: so what it does is signed."""
    origin: Origin = _ORIGIN.validate_json(job.origin)
    return replace(origin, request_id=f"{OF_JOB}{job.id}")


def _requeued(unit: Unit, origin: Origin, job: StoredJob) -> tuple[StoredJob, Receipt]:
    again = replace(
        job, state="queued", problem=None, worker=None, leased_until=None,
        changed_at=unit.recorded_at,
    )  # fmt: skip
    receipt = _tell(unit, origin, "requeued", job, again)
    save_job(unit.connection, again)
    return again, receipt


def _advanced(unit: Unit, held: StoredJob, did: Progress, until: datetime | None) -> StoredJob:
    """The job after a step, written and told, held until then."""
    after = replace(
        held,
        done=did.done,
        total=held.total if did.total is None else did.total,
        counts=canonical(did.counts),
        problem=None if did.problem is None else canonical(did.problem),
        state="failed" if did.problem is not None else "succeeded" if did.is_last else "running",
        leased_until=until,
        changed_at=unit.recorded_at,
    )
    if after.is_over:
        after = replace(after, worker=None, leased_until=None)
    action = after.state if after.is_over else "advanced"
    _tell(unit, origin_of(held), action, held, after)
    save_job(unit.connection, after)
    return after


def prove(unit: Unit, origin: Origin, job: StoredJob, action: str, digest: str) -> int:
    """Write the audit event that proves what a step writes beside records, and return its number.

    The event before it has to be the last one: rows are digested with the number that it gets.
    """
    entry = Entry(
        action=f"job.{action}",
        entity="job",
        entity_id=job.id,
        study=job.study,
        changes=({"path": "/digest", "new": digest},),
    )
    return unit.audit.append(entry, origin, unit.recorded_at).seq


def _tell(
    unit: Unit, origin: Origin, action: str, before: StoredJob | None, after: StoredJob
) -> Receipt:
    old = ABSENT if before is None else told_of(before)
    entry = Entry(
        action=f"job.{action}",
        entity="job",
        entity_id=after.id,
        study=after.study,
        changes=tuple(changes(old, told_of(after))),
    )
    return unit.audit.append(entry, origin, unit.recorded_at)


def told_of(job: StoredJob) -> dict[str, Any]:
    """What the trail tells of a job: all but who holds it at the moment."""
    return {
        "kind": job.kind,
        "request_digest": job.request_digest,
        "parameters": json.loads(job.parameters),
        "is_over": job.is_over,
        "outcome": job.state if job.is_over else None,
        "done": job.done,
        "total": job.total,
        "counts": json.loads(job.counts),
        "problem": None if job.problem is None else json.loads(job.problem),
    }
