"""Settings of source systems: putting others has the rows that are kept assembled by them."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.api.answers import write_answer
from app.api.dependencies import TheOrigin, TheRecord
from app.api.job_views import job_answer, where_of
from app.api.record_readers import READERS
from app.api.resources import OF_KIND
from app.api.routes.records import StudyId, etag_of
from app.api.schemas.records import document_in
from app.api.writing import (
    Answer,
    IdempotencyKey,
    IfMatch,
    IfNoneMatch,
    asked_once,
    json_text,
    precondition,
    written,
)
from app.domain.record.kinds import Identifier
from app.store.writer import Unit
from app.use_cases.assembly_jobs import put_settings, submit_assembly
from app.use_cases.ingest import judged_after
from app.use_cases.records import Sent

router = APIRouter(prefix="/v1/studies/{study}")
_SYSTEM = OF_KIND["source_system"]


@router.put(_SYSTEM.path, tags=["records"], summary="Record or correct a source system")
async def put_source_system(
    request: Request,
    record: TheRecord,
    origin: TheOrigin,
    study: StudyId,
    key: Annotated[str, Depends(_SYSTEM.key)],
    assemble: Annotated[
        bool,
        Query(
            description="Whether the rows that are kept are assembled by settings that are other "
            "than before: `assembling` of the answer names the job.",
        ),
    ] = True,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Idempotent: the same content again changes nothing (`unchanged`), and what the source
    wrote before what holds is kept and not applied (`stale`). Nothing is overwritten.
    """
    condition = precondition(if_match, if_none_match)
    body = await READERS["source_system"].read(request)
    sent = Sent(
        kind="source_system",
        key=key,
        document=document_in("source_system", key, body),
        source=body.source,
        reason=body.reason,
    )

    def work(unit: Unit) -> Answer:
        done, job = put_settings(unit, origin, study, sent, condition, assemble=assemble)
        answer = write_answer(judged_after(unit, origin, study, done))
        return Answer(
            status=HTTPStatus.CREATED if done.result == "created" else HTTPStatus.OK,
            body=json_text({**answer, "assembling": None if job is None else job.id}),
            headers=etag_of(done.holds),
        )

    answer = await written(record, work)
    record.wake()
    return answer.response()


@router.post(
    "/source-systems/{system}:assemble",
    tags=["imports"],
    summary="Assemble rows anew",
    status_code=HTTPStatus.ACCEPTED,
)
async def assemble_system(
    request: Request,
    record: TheRecord,
    origin: TheOrigin,
    study: StudyId,
    system: Annotated[Identifier, Path(description="The system of record.", examples=["rave"])],
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001 (read by `origin`)
) -> Response:
    """A job makes the records of all rows that are kept once more, and judges whom that concerns.
    Settings that change ask for it by themselves, unless they are put with `assemble=false`. One
    that nobody has begun is answered as it is (200).
    """

    def work(unit: Unit) -> Answer:
        job, receipt = submit_assembly(unit, origin, study, system)
        return Answer(
            status=HTTPStatus.ACCEPTED if receipt else HTTPStatus.OK,
            body=json_text(job_answer(job, receipt)),
            headers=where_of(job),
        )

    return await asked_once(record, origin, request, work)
