"""Re-adjudications: what an amendment changes is tried, looked at, and made real."""

from collections.abc import Iterator
from dataclasses import fields
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import TypeAdapter

from app.api.access import require_role
from app.api.bodies import Bodies
from app.api.dependencies import TheOrigin, TheRecord
from app.api.job_views import job_answer, where_of
from app.api.routes.jobs import JobId
from app.api.routes.records import StudyId
from app.api.routes.studies import activation_view
from app.api.schemas.readjudications import ApplyBody, ManyStudiesBody, ResultFormat
from app.api.writing import Answer, IdempotencyKey, asked_once, json_text
from app.store.readjudications import changes_of, study_ids
from app.store.writer import Unit
from app.use_cases.readjudication_lines import as_csv
from app.use_cases.readjudications import (
    Submitted,
    apply_dry_run,
    readjudication_of,
    submit_readjudication,
)
from app.use_cases.suppositions import ReadjudicationBody
from app.use_cases.verdict_changes import Kind

router = APIRouter(tags=["re-adjudications"])
BODIES: Final = Bodies(TypeAdapter(ReadjudicationBody))
MANY: Final = Bodies(TypeAdapter(ManyStudiesBody))
APPLIES: Final = Bodies(TypeAdapter(ApplyBody))
NDJSON: Final = "application/x-ndjson"
_MEDIA: Final = {"ndjson": NDJSON, "csv": "text/csv; charset=utf-8; header=present"}
_ASKED: Final = tuple(each.name for each in fields(ReadjudicationBody))


@router.post(
    "/v1/studies/{study}/re-adjudications",
    summary="Judge a study again",
    status_code=HTTPStatus.ACCEPTED,
)
async def readjudicate_study(
    request: Request,
    record: TheRecord,
    origin: TheOrigin,
    study: StudyId,
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001 (read by `origin`)
) -> Response:
    """A job that judges patients again under what is named, or else under what governs now, and
    tells what comes out otherwise. A dry run keeps no verdict; a real run keeps those that come
    out otherwise, and first activates the version that it names.
    """
    body = await BODIES.read(request)
    if not body.dry_run:
        require_role(origin.actor, "apply_readjudication")

    def work(unit: Unit) -> Answer:
        return _answer(submit_readjudication(unit, origin, study, body))

    return await asked_once(record, origin, request, work)


@router.post(
    "/v1/re-adjudications",
    summary="Judge several studies again",
    status_code=HTTPStatus.ACCEPTED,
)
async def readjudicate_studies(
    request: Request,
    record: TheRecord,
    origin: TheOrigin,
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001 (read by `origin`)
) -> Response:
    """The same of several studies, or of all: a job for each. Where it cannot be asked of one,
    it is asked of none.
    """
    body = await MANY.read(request)
    if not body.dry_run:
        require_role(origin.actor, "apply_readjudication")
    asked = ReadjudicationBody(**{name: getattr(body, name) for name in _ASKED})

    def work(unit: Unit) -> Answer:
        studies = sorted(set(body.studies)) or study_ids(unit.connection)
        found = [submit_readjudication(unit, origin, study, asked) for study in studies]
        items = [_view(each) for each in found]
        return Answer(status=HTTPStatus.ACCEPTED, body=json_text({"items": items}))

    return await asked_once(record, origin, request, work)


@router.post(
    "/v1/studies/{study}/re-adjudications/{job}:apply",
    summary="Make a dry run real",
    status_code=HTTPStatus.ACCEPTED,
)
async def apply_readjudication(
    request: Request,
    record: TheRecord,
    origin: TheOrigin,
    study: StudyId,
    job: JobId,
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001 (read by `origin`)
) -> Response:
    """A job that keeps what the dry run found, if nothing was recorded of the study since that
    verdicts may rest on: else it is refused (409), and says what was.
    """
    body = await APPLIES.read(request)

    def work(unit: Unit) -> Answer:
        return _answer(apply_dry_run(unit, origin, study, job, body.reason))

    return await asked_once(record, origin, request, work)


@router.get(
    "/v1/studies/{study}/re-adjudications/{job}/results",
    summary="Download what came out otherwise",
)
async def list_readjudication_results(
    record: TheRecord,
    study: StudyId,
    job: JobId,
    wanted: Annotated[
        ResultFormat,
        Query(alias="format", description="NDJSON has a line a patient, CSV a line an event."),
    ] = "ndjson",
    kind: Annotated[Kind | None, Query(description="Only patients of whom this came out.")] = None,
) -> Response:
    """By patient, what stood and what came out, with the clauses that say otherwise. While the
    job goes on, as far as it is. Patients of whom nothing changed are counted in the job alone.
    """

    def ready() -> None:
        with record.database.reading() as connection:
            readjudication_of(connection, study, job)

    def documents() -> Iterator[str]:
        with record.database.reading() as connection:
            yield from changes_of(connection, job, None if kind is None else [kind])

    await run_in_threadpool(ready)
    lines = as_csv(documents()) if wanted == "csv" else (each + "\n" for each in documents())
    parts = (each.encode() for each in lines)
    return StreamingResponse(parts, headers={"Content-Type": _MEDIA[wanted]})


def _answer(submitted: Submitted) -> Answer:
    return Answer(
        status=HTTPStatus.ACCEPTED,
        body=json_text(_view(submitted)),
        headers=where_of(submitted.job),
    )


def _view(submitted: Submitted) -> dict[str, Any]:
    """The job as ReadjudicationAnswer describes it."""
    activation = submitted.activation
    return {
        **job_answer(submitted.job, submitted.receipt),
        "activation": None if activation is None else activation_view(activation),
    }
