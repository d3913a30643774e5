"""Imports: files of other systems, kept as they were sent, and read into the record by a job."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import IO, Annotated, Any, BinaryIO, Final, Literal, cast

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from app.api.dependencies import Record, TheOrigin, TheRecord
from app.api.errors import InvalidRequest
from app.api.job_views import job_answer, preview_view, where_of
from app.api.record_items import sent_in
from app.api.routes.jobs import JobId
from app.api.routes.records import StudyId
from app.api.schemas.problem import FaultItem
from app.api.spooling import whole_body
from app.api.writing import Answer, IdempotencyKey, json_text, written_once
from app.domain.errors import BadTime
from app.domain.record.kinds import Identifier
from app.domain.record.origin import Reason, ReasonCode
from app.domain.source_system import SourceSystem
from app.domain.time import PartialTime, Precision
from app.interchange.formats import Format
from app.store.files import digest_in, opened
from app.store.source_rows import lines_of
from app.store.writer import Unit
from app.use_cases.imports import (
    LONGEST_EXTRACT,
    LONGEST_WHY,
    Absent,
    ImportRequest,
    file_of_import,
    format_of,
    how_to_read,
    keep_file,
    require_lines,
    submit_import,
)
from app.use_cases.preview import MOST, preview

router = APIRouter(prefix="/v1/studies/{study}", tags=["imports"])
_AT_ONCE: Final = 256 * 1024
_PATH: Final = re.compile(r"/v1/studies/[^/]+/imports(:preview)?")
NDJSON: Final = "application/x-ndjson"

System = Annotated[
    Identifier,
    Query(description="The system of record, whose settings say how its files are read."),
]
TheFormat = Annotated[
    Format | None,
    Query(alias="format", description="Without it, the format is recognised by the content."),
]
Filename = Annotated[str | None, Query(max_length=200, description="As its name is there.")]


Extract = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=LONGEST_EXTRACT,
        description="The extract that the file belongs to: sequence numbers such as AESEQ tie "
        "rows of one extract only.",
    ),
]
ExtractedAt = Annotated[
    str | None,
    Query(
        max_length=40,
        description="When the extract was made, to the minute: it orders rows that do not say "
        "when they were written, and says up to when events were known to go on.",
        examples=["2026-03-31T02:00:00Z"],
    ),
]


Semantics = Annotated[
    Literal["changes", "snapshot"],
    Query(
        description="`snapshot`: the file has all rows of its domains, so those that came before "
        "and that it lacks are told, or with `absent=void` are void. Needs `extract`.",
    ),
]
WhatIsAbsent = Annotated[
    Absent,
    Query(
        description="What becomes of rows that a snapshot lacks. `flag`: they are told and stay. "
        "`void`: they are void, unless they are more than the `absent_void_share` of the source "
        "system allows. Needs `semantics=snapshot` and a `reason_code`.",
    ),
]
WhyCode = Annotated[
    ReasonCode | None,
    Query(description="Why they are void: a code.", examples=["DELETED_AT_SOURCE"]),
]
WhyText = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=LONGEST_WHY,
        pattern=r"^[^\x00]*$",
        description="Why, in words.",
    ),
]


@router.post("/imports", summary="Import a file", status_code=HTTPStatus.ACCEPTED)
async def import_file(
    request: Request,
    record: TheRecord,
    origin: TheOrigin,
    study: StudyId,
    system: System,
    told: TheFormat = None,
    filename: Filename = None,
    extract: Extract = None,
    extracted_at: ExtractedAt = None,
    semantics: Semantics = "changes",
    absent: WhatIsAbsent = "flag",
    reason_code: WhyCode = None,
    reason_text: WhyText = None,
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001 (read by `origin`)
) -> Response:
    """The body is the file, as it is. A job reads it: `Location` says where it is told of, and
    `Retry-After` when to ask.

    The same file with the same parameters is answered with the job that there is.
    """
    made_at, reason = _instant(extracted_at), _reason(reason_code, reason_text)
    with await whole_body(request) as stream:
        media = request.headers.get("content-type")
        chosen = await run_in_threadpool(format_of, cast(BinaryIO, stream), filename, media, told)
        asked = ImportRequest(
            study=study,
            system=system,
            format=chosen,
            extract=extract,
            extracted_at=made_at,
            is_snapshot=semantics == "snapshot",
            absent=absent,
            reason=reason,
        )
        await run_in_threadpool(_how, record, asked)  # refused before anything is kept
        body = await run_in_threadpool(_kept, record, stream)

    def work(unit: Unit) -> Answer:
        job, receipt = submit_import(unit, origin, asked, body)
        return Answer(
            status=HTTPStatus.ACCEPTED if receipt else HTTPStatus.OK,
            body=json_text(job_answer(job, receipt)),
            headers=where_of(job),
        )

    content = f"{request.url.query}\n{body.sha256}"
    answer = await written_once(record, origin, request, work, content)
    record.wake()
    return answer


@router.post("/imports:preview", summary="Preview an import")
async def preview_import(
    request: Request,
    record: TheRecord,
    study: StudyId,
    system: System,
    told: TheFormat = None,
    filename: Filename = None,
    rows: Annotated[int, Query(ge=1, le=MOST, description="How many rows are shown.")] = 20,
) -> Response:
    """How the first rows of a file would be read, which words nobody has said the meaning of, and
    the records that these rows make by themselves. Nothing is kept.
    """
    stream = await whole_body(request)
    media = request.headers.get("content-type")

    def seen() -> dict[str, Any]:
        with stream:
            chosen = format_of(cast(BinaryIO, stream), filename, media, told)
            asked = ImportRequest(study=study, system=system, format=chosen)
            how = _how(record, asked)
            found = preview(cast(BinaryIO, stream), chosen, how, sent_in, rows)
        return preview_view(chosen, found)

    return Answer(
        status=HTTPStatus.OK, body=json_text(await run_in_threadpool(seen))
    ).response()  # fmt: skip


@router.get("/imports/{job}/rejected", summary="Download the rows that were refused")
async def list_rejected_rows(record: TheRecord, study: StudyId, job: JobId) -> Response:
    """As NDJSON, one row a line: where it stands in the file, what is wrong and the way out, and
    the row itself, to be mended and sent again. A line with `record` is a record that rows make
    and that could not be written; its rows are kept. Of an assembly, what became of kept rows.
    """

    def ready() -> None:
        with record.database.reading() as connection:
            require_lines(connection, study, job)

    def lines() -> Iterator[bytes]:
        with record.database.reading() as connection:
            for line in lines_of(connection, job):
                yield line.encode() + b"\n"

    await run_in_threadpool(ready)
    return StreamingResponse(lines(), media_type=NDJSON)


@router.get("/imports/{job}/file", summary="Download the file of an import")
async def show_imported_file(record: TheRecord, study: StudyId, job: JobId) -> Response:
    """The bytes as they were sent; `ETag` is their SHA-256."""

    def found() -> Any:
        with record.database.reading() as connection:
            return file_of_import(connection, study, job)

    file = await run_in_threadpool(found)

    def parts() -> Iterator[bytes]:
        with opened(record.database, file) as stream:
            while part := stream.read(_AT_ONCE):
                yield part

    headers = {
        "ETag": f'"{file.sha256}"',
        "Content-Length": str(file.size),
        "Content-Disposition": f'attachment; filename="{job}"',
    }
    return StreamingResponse(parts(), media_type="application/octet-stream", headers=headers)


def is_import(path: str) -> bool:
    """Whether a path takes whole files."""
    return _PATH.fullmatch(path) is not None


def _kept(record: Record, stream: IO[bytes]) -> Any:
    digest, _ = digest_in(cast(BinaryIO, stream))
    stream.seek(0)
    return keep_file(record.database, record.writer, digest, cast(BinaryIO, stream))


def _how(record: Record, asked: ImportRequest) -> SourceSystem:
    """Raises what `how_to_read` does."""
    with record.database.reading() as connection:
        return how_to_read(connection, asked)


def _instant(text: str | None) -> PartialTime | None:
    """When an extract was made. Raises InvalidRequest unless it is an instant."""
    if text is None:
        return None
    try:
        time = PartialTime(text)
    except BadTime as error:
        raise InvalidRequest([_undated(error.code, str(error), text)]) from error
    if time.precision is not Precision.INSTANT:
        message = "write when the extract was made to the minute, or leave it out"
        raise InvalidRequest([_undated("bad_time", message, text)])
    return time


def _reason(code: str | None, text: str | None) -> Reason | None:
    """Why absent rows are void. Raises InvalidRequest where words have no code."""
    if code is not None:
        return Reason(code=code, text=text)
    if text is not None:
        message = "reason_text says more of a reason: give its reason_code too"
        fault = FaultItem(pointer="/query/reason_code", code="missing", message=message)
        raise InvalidRequest([fault])
    return None


def _undated(code: str, message: str, value: str) -> FaultItem:
    return FaultItem(pointer="/query/extracted_at", code=code, message=message, value=value)
