"""Studies, the protocol versions that govern them, and what stops them."""

from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import TypeAdapter

from app.api.answers import receipt_of, write_answer
from app.api.bodies import Bodies
from app.api.dependencies import TheActor, TheOrigin, TheRecord
from app.api.errors import InvalidRequest
from app.api.moments import AsOf, known_at
from app.api.pages import After, Limit
from app.api.record_readers import READERS
from app.api.routes.records import StudyId, VersionNumber, etag_of, history, paged
from app.api.schemas.problem import FaultItem
from app.api.schemas.records import (
    document_in,
    view,
    wire_time,
)
from app.api.schemas.studies import (
    AmendmentBody,
    NewStudy,
)
from app.api.writing import (
    Answer,
    IdempotencyKey,
    IfMatch,
    json_text,
    precondition,
    written,
    written_once,
)
from app.data.protocols import UnknownProtocol, UnknownVersion
from app.domain.record.kinds import Study
from app.store.protocols import Activation, activations
from app.store.records import Records, Stored, studies_page
from app.store.writer import Unit
from app.use_cases.errors import UnknownRecord
from app.use_cases.ingest import judged_after
from app.use_cases.protocols import Amendment, activate_version
from app.use_cases.records import Sent, put, require_study
from app.use_cases.snapshot import Snapshot
from app.use_cases.studies import begin

router = APIRouter(prefix="/v1/studies", tags=["studies"])
NEW: Final = Bodies(TypeAdapter(NewStudy))
AMENDMENTS: Final = Bodies(TypeAdapter(AmendmentBody))


@router.post(
    "",
    summary="Create a study",
    status_code=201,
)
async def create_study(
    request: Request,
    record: TheRecord,
    origin: TheOrigin,
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001 (read by `origin`)
) -> Response:
    """A study under a protocol version, which governs it until an amendment."""
    body = await NEW.read(request)
    content = Study(title=body.title, time_zone=body.time_zone, settings=body.settings)

    def work(unit: Unit) -> Answer:
        try:
            begun = begin(unit, origin, body.id, content, body.protocol.id, body.protocol.version)
        except (UnknownProtocol, UnknownVersion) as error:
            raise _of_body(error, "/protocol") from error
        answer = {
            "record": view("study", begun.written.holds),
            "activation": activation_view(begun.activation),
            "audit": receipt_of(begun.receipt),
        }
        headers = {**etag_of(begun.written.holds), "Location": f"/v1/studies/{body.id}"}
        return Answer(status=HTTPStatus.CREATED, body=json_text(answer), headers=headers)

    return await written_once(record, origin, request, work)


@router.get("", summary="List studies")
async def list_studies(
    request: Request, record: TheRecord, actor: TheActor, limit: Limit = 50, after: After = None
) -> Response:
    """The studies that you may see, by id."""

    def found() -> list[Stored]:
        with record.database.reading() as connection:
            if actor.study is None:
                return studies_page(connection, after, limit + 1)
            own = Records(connection=connection, kind="study", study=actor.study)
            holding = own.holding(actor.study)
            return [holding.stored] if holding and actor.study > (after or "") else []

    page = await run_in_threadpool(found)
    return paged(request, [view("study", each) for each in page], limit, "key")


@router.get("/{study}", summary="Show a study")
async def show_study(record: TheRecord, study: StudyId, as_of: AsOf = None) -> Response:
    """Its title, time zone and settings; or those it had at `as_of`."""

    def found() -> Stored | None:
        with record.database.reading() as connection:
            moment = known_at(connection, study, as_of)
            return Snapshot(connection=connection, study=study, known_at=moment).one(
                "study", study
            )

    stored = await run_in_threadpool(found)
    if stored is None:
        raise UnknownRecord("study", study)
    body = json_text(view("study", stored))
    return Response(body, headers=etag_of(stored), media_type="application/json")


@router.put("/{study}", summary="Correct a study")
async def correct_study(
    request: Request,
    record: TheRecord,
    origin: TheOrigin,
    study: StudyId,
    if_match: IfMatch = None,
) -> Response:
    """Its title, time zone or settings. Another zone judges every patient of the study again."""
    condition = precondition(if_match, None)
    body = await READERS["study"].read(request)
    sent = Sent(
        kind="study",
        key=study,
        document=document_in("study", study, body),
        source=body.source,
        reason=body.reason,
    )

    def work(unit: Unit) -> Answer:
        done = put(unit, origin, study, sent, condition)
        return Answer(
            status=HTTPStatus.OK,
            body=json_text(write_answer(judged_after(unit, origin, study, done))),
            headers=etag_of(done.holds),
        )

    return (await written(record, work)).response()


@router.get("/{study}/versions", summary="List a study's versions")
async def list_study_versions(
    request: Request,
    record: TheRecord,
    study: StudyId,
    limit: Limit = 50,
    after: Annotated[int, Query(ge=0, le=2**31 - 1, description="A version's number.")] = 0,
) -> Response:
    """All that was ever recorded of the study itself."""
    page = await run_in_threadpool(
        history, record, "study", study, study, after=after, limit=limit + 1
    )
    return paged(request, [view("study", each) for each in page], limit, "version")


@router.get("/{study}/versions/{version}", summary="Show a study's version")
async def show_study_version(
    record: TheRecord, study: StudyId, version: VersionNumber
) -> Response:
    """One version, as it was sent."""
    page = await run_in_threadpool(
        history, record, "study", study, study, after=version - 1, limit=1
    )
    if not page or page[0].version != version:
        raise UnknownRecord("study", f"{study} version {version}")
    return Response(
        json_text(view("study", page[0])),
        headers=etag_of(page[0]),
        media_type="application/json",
    )


@router.post(
    "/{study}/protocol",
    summary="Activate a protocol version",
    status_code=201,
)
async def activate_protocol(
    request: Request,
    record: TheRecord,
    origin: TheOrigin,
    study: StudyId,
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001 (read by `origin`)
) -> Response:
    """An amendment governs from its day on. It starts nothing by itself: a patient is judged by
    it with the next datum, and all at once by a re-adjudication.
    """
    body = await AMENDMENTS.read(request)

    def work(unit: Unit) -> Answer:
        require_study(unit, study)
        known = activations(unit.connection, study)
        amendment = Amendment(
            protocol=body.id or known[-1].protocol,
            version=body.version,
            effective=body.effective.isoformat(),
            applies_to=body.applies_to,
            reason=body.reason,
        )
        try:
            activation, receipt = activate_version(unit, origin, study, amendment)
        except (UnknownProtocol, UnknownVersion) as error:
            raise _of_body(error, "") from error
        answer = {"activation": activation_view(activation), "audit": receipt_of(receipt)}
        return Answer(status=HTTPStatus.CREATED, body=json_text(answer))

    return await written_once(record, origin, request, work)


@router.get("/{study}/protocol", summary="List protocol activations")
async def list_protocol_activations(
    record: TheRecord, study: StudyId, as_of: AsOf = None
) -> Response:
    """Which version governs from when on, in the order in which they were activated."""

    def found() -> list[Activation]:
        with record.database.reading() as connection:
            return activations(connection, study, known_at(connection, study, as_of))

    items = [activation_view(each) for each in await run_in_threadpool(found)]
    return Response(json_text({"items": items, "next": None}), media_type="application/json")


def _of_body(error: UnknownProtocol | UnknownVersion, root: str) -> InvalidRequest:
    """What a path would not find, a body must not name."""
    pointer = f"{root}/{'id' if isinstance(error, UnknownProtocol) else 'version'}"
    return InvalidRequest([FaultItem(pointer=pointer, code=error.code, message=str(error))])


def activation_view(activation: Activation) -> dict[str, Any]:
    """An activation as ActivationView describes it."""
    return {
        "study": activation.study,
        "number": activation.number,
        "protocol": activation.protocol,
        "version": activation.version,
        "digest": activation.digest,
        "effective": activation.effective,
        "applies_to": activation.applies_to,
        "reason": activation.reason,
        "recorded_at": wire_time(activation.recorded_at),
        "audit_seq": activation.seq,
    }
