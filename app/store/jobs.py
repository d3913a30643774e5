"""Jobs: work that outlives its request, taken by one worker at a time, resumed after a restart.

A worker holds a job by a lease, which every step renews. Effects of a step and how far the job has
come are written in one transaction, so that whoever takes it over goes on exactly there.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, Literal, get_args

from sqlalchemy import Connection, Row, and_, insert, or_, select, update

from app.store.import_tables import Job
from app.store.tables import table_of

JOBS: Final = table_of(Job)
State = Literal["queued", "running", "succeeded", "failed", "cancelled"]
STATES: Final[tuple[State, ...]] = get_args(State)
OVER: Final[frozenset[State]] = frozenset({"succeeded", "failed", "cancelled"})
"""States that a job stays in, until the same is asked for again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredJob:
    """A job as it stands. `parameters`, `origin`, `counts` and `problem` are canonical JSON.

    `done` and `total` are what the kind of job counts: of an import, the rows of the file.
    """

    id: str
    study: str
    kind: str
    request_digest: str
    parameters: str
    origin: str
    state: State
    done: int
    total: int | None
    counts: str
    problem: str | None
    worker: str | None
    leased_until: datetime | None
    recorded_at: datetime
    changed_at: datetime
    seq: int

    @property
    def is_over(self) -> bool:
        """Whether nobody works on it any more."""
        return self.state in OVER


def add_job(connection: Connection, job: StoredJob) -> None:
    """Write a new job."""
    connection.execute(insert(JOBS), asdict(job))


def save_job(connection: Connection, job: StoredJob) -> None:
    """Write how a job stands now."""
    values = asdict(job)
    connection.execute(update(JOBS).where(JOBS.c.id == values.pop("id")).values(values))


def job_of(connection: Connection, job_id: str) -> StoredJob | None:
    """One job, of whatever study."""
    row = connection.execute(select(JOBS).where(JOBS.c.id == job_id)).first()
    return None if row is None else _stored(row)


def job_of_request(connection: Connection, study: str, digest: str) -> StoredJob | None:
    """The job that was made for the same request."""
    query = select(JOBS).where(JOBS.c.study == study, JOBS.c.request_digest == digest)
    row = connection.execute(query).first()
    return None if row is None else _stored(row)


def jobs_page(
    connection: Connection,
    study: str,
    *,
    kind: str | None,
    state: State | None,
    after: int,
    limit: int,
) -> list[StoredJob]:
    """Jobs of a study in the order in which they were asked for, from beyond `after` (`seq`)."""
    query = select(JOBS).where(JOBS.c.study == study, JOBS.c.seq > after)
    if kind is not None:
        query = query.where(JOBS.c.kind == kind)
    if state is not None:
        query = query.where(JOBS.c.state == state)
    return [_stored(row) for row in connection.execute(query.order_by(JOBS.c.seq).limit(limit))]


def jobs_of_kind(
    connection: Connection, study: str, kind: str, *, is_open: bool = False
) -> list[StoredJob]:
    """Jobs of a kind in a study, in the order in which they were asked for; or only those that go
    on.
    """
    query = select(JOBS).where(JOBS.c.study == study, JOBS.c.kind == kind)
    if is_open:
        query = query.where(JOBS.c.state.not_in(OVER))
    return [_stored(row) for row in connection.execute(query.order_by(JOBS.c.seq))]


def next_job(connection: Connection, now: datetime) -> StoredJob | None:
    """The job that has waited longest and that nobody holds: queued, or its worker is lost."""
    query = select(JOBS).where(_free(now)).order_by(JOBS.c.seq).limit(1)
    row = connection.execute(query).first()
    return None if row is None else _stored(row)


def take_job(
    connection: Connection, job_id: str, worker: str, now: datetime, until: datetime
) -> StoredJob | None:
    """Hold a job until then; None where somebody else holds it, or it is over."""
    mine = JOBS.c.worker == worker
    done = connection.execute(
        update(JOBS)
        .where(JOBS.c.id == job_id, or_(_free(now), and_(JOBS.c.state == "running", mine)))
        .values(state="running", worker=worker, leased_until=until, changed_at=now)
    )
    return job_of(connection, job_id) if done.rowcount == 1 else None


def release_job(connection: Connection, job_id: str, worker: str) -> None:
    """Let go of a job that is held and not over."""
    mine = (JOBS.c.id == job_id) & (JOBS.c.worker == worker) & (JOBS.c.state == "running")
    values = {"state": "queued", "worker": None, "leased_until": None}
    connection.execute(update(JOBS).where(mine).values(values))


def hand_over_job(connection: Connection, job_id: str, worker: str) -> None:
    """Let a job that is held run on without a worker who holds it: no lease of it runs out."""
    mine = (JOBS.c.id == job_id) & (JOBS.c.worker == worker) & (JOBS.c.state == "running")
    connection.execute(update(JOBS).where(mine).values(worker=None, leased_until=None))


def handed_over_jobs(connection: Connection) -> list[str]:
    """The jobs that run by parts, in order."""
    return list(
        connection.execute(select(JOBS.c.id).where(_BY_PARTS).order_by(JOBS.c.seq)).scalars()
    )


def queue_again(connection: Connection, job_id: str) -> None:
    """Let a worker take a job that ran by parts."""
    mine = and_(JOBS.c.id == job_id, _BY_PARTS)
    connection.execute(update(JOBS).where(mine).values(state="queued"))


_BY_PARTS: Final = and_(
    JOBS.c.state == "running", JOBS.c.worker.is_(None), JOBS.c.leased_until.is_(None)
)


def _free(now: datetime) -> Any:
    lost = and_(JOBS.c.state == "running", JOBS.c.leased_until < now)
    return or_(JOBS.c.state == "queued", lost)


def _stored(row: Row[Any]) -> StoredJob:
    return StoredJob(**row._mapping)
