"""Jobs: how far they are, and how they are stopped."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from app.api.dependencies import Record, TheActor, TheOrigin, TheRecord
from app.api.job_views import job_answer, job_view
from app.api.moments import known_at
from app.api.pages import Limit
from app.api.routes.records import StudyId, paged
from app.api.writing import Answer, IdempotencyKey, asked_once, json_text, written_once
from app.domain.record.origin import Actor
from app.store.jobs import State, StoredJob, job_of, jobs_page
from app.store.writer import Unit
from app.use_cases.errors import UnknownJob
from app.use_cases.jobs import cancel, resume

router = APIRouter(tags=["jobs"])
JobId = Annotated[str, Path(max_length=36, description="The id that asking for it answered.")]


@router.get("/v1/jobs/{job}", summary="Show a job")
async def show_job(record: TheRecord, actor: TheActor, job: JobId) -> Response:
    """How far it is, what became of what is done, and where its results are. `Retry-After` says
    when to ask again; there is none once it is over.
    """
    found = await run_in_threadpool(_visible, record, actor, job)
    headers = {} if found.is_over else {"Retry-After": "1"}
    return Answer(
        status=HTTPStatus.OK, body=json_text(job_view(found)), headers=headers
    ).response()  # fmt: skip


@router.delete("/v1/jobs/{job}", summary="Cancel a job")
async def cancel_job(
    request: Request,
    record: TheRecord,
    origin: TheOrigin,
    job: JobId,
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001 (read by `origin`)
) -> Response:
    """It stops after the step that it is at. What it has done stays; the same request again goes
    on where it stopped.
    """
    await run_in_threadpool(_visible, record, origin.actor, job)

    def work(unit: Unit) -> Answer:
        stopped, receipt = cancel(unit, origin, job)
        return Answer(status=HTTPStatus.OK, body=json_text(job_answer(stopped, receipt)))

    return await written_once(record, origin, request, work)


@router.post("/v1/jobs/{job}:resume", summary="Resume a job", status_code=HTTPStatus.ACCEPTED)
async def resume_job(
    request: Request,
    record: TheRecord,
    origin: TheOrigin,
    job: JobId,
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001 (read by `origin`)
) -> Response:
    """One that failed or was cancelled goes on from where it stands: nothing is done twice."""
    await run_in_threadpool(_visible, record, origin.actor, job)

    def work(unit: Unit) -> Answer:
        again, receipt = resume(unit, origin, job)
        return Answer(status=HTTPStatus.ACCEPTED, body=json_text(job_answer(again, receipt)))

    return await asked_once(record, origin, request, work)


@router.get("/v1/studies/{study}/jobs", summary="List the jobs of a study")
async def list_jobs(
    request: Request,
    record: TheRecord,
    study: StudyId,
    kind: Annotated[
        str | None, Query(max_length=32, description="Only jobs of this kind.")
    ] = None,
    state: Annotated[State | None, Query(description="Only jobs in this state.")] = None,
    limit: Limit = 50,
    after: Annotated[int, Query(ge=0, le=2**53, description="A job's `audit_seq`.")] = 0,
) -> Response:
    """In the order in which they were asked for."""

    def found() -> list[StoredJob]:
        with record.database.reading() as connection:
            known_at(connection, study, None)
            return jobs_page(
                connection, study, kind=kind, state=state, after=after, limit=limit + 1
            )

    page = await run_in_threadpool(found)
    return paged(request, [job_view(each) for each in page], limit, "audit_seq")


def _visible(record: Record, actor: Actor, job: str) -> StoredJob:
    """A job that the actor may see. Raises UnknownJob."""
    with record.database.reading() as connection:
        found = job_of(connection, job)
    if found is None or (actor.study is not None and found.study != actor.study):
        raise UnknownJob(job)
    return found
