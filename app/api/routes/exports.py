"""Exports: what a study holds in the formats that others read."""

from collections.abc import Iterator
from typing import IO, Annotated, Final

from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from app.api.dependencies import TheRecord
from app.api.moments import AsOf, known_at
from app.api.routes.records import StudyId
from app.interchange.exports import MEDIA, ExportFormat
from app.use_cases.exports import ExportedEvents, export

router = APIRouter(prefix="/v1/studies/{study}/exports", tags=["exports"])

_AT_ONCE: Final = 256 * 1024


@router.get("/adverse-events", summary="Export adverse events with their verdicts")
async def export_adverse_events(
    record: TheRecord,
    study: StudyId,
    wanted: Annotated[
        ExportFormat,
        Query(
            alias="format",
            description="SDTM, Dataset-JSON and FHIR have a row or resource for each grade that "
            "an event had; ADaM has a row for each event.",
        ),
    ],
    as_of: AsOf = None,
) -> Response:
    """Every event that counts, as it was recorded, beside the verdict that stands: by patient,
    those of patients who are not recorded yet among them. Nothing is imputed; our own columns
    begin with DLT.
    """

    def made() -> IO[bytes]:
        with record.database.reading() as connection:
            moment = known_at(connection, study, as_of)
            events = ExportedEvents(connection=connection, study=study, known_at=moment)
            return export(events, wanted, record.clock())

    file = await run_in_threadpool(made)
    return StreamingResponse(_parts(file), headers={"Content-Type": MEDIA[wanted]})


def _parts(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while part := file.read(_AT_ONCE):
            yield part
