"""Holds: what stops a study at once, whoever on the safety team says so."""

import json
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import TypeAdapter

from app.api.answers import receipt_of
from app.api.bodies import Bodies
from app.api.dependencies import TheOrigin, TheRecord
from app.api.moments import AsOf, known_at
from app.api.pages import Limit
from app.api.routes.records import StudyId, paged
from app.api.schemas.records import wire_time
from app.api.schemas.studies import HoldBody, LiftingBody
from app.api.writing import Answer, IdempotencyKey, json_text, written_once
from app.store import holds
from app.store.holds import StoredHold
from app.store.writer import Unit
from app.use_cases.errors import UnknownHold
from app.use_cases.studies import NewHold, lift_hold
from app.use_cases.studies import place_hold as place

router = APIRouter(prefix="/v1/studies/{study}/holds", tags=["holds"])
HOLDS: Final = Bodies(TypeAdapter(HoldBody))
LIFTINGS: Final = Bodies(TypeAdapter(LiftingBody))
HoldId = Annotated[str, Path(max_length=36, description="The id that placing it answered.")]


@router.post("", summary="Place a hold", status_code=201)
async def place_hold(
    request: Request,
    record: TheRecord,
    origin: TheOrigin,
    study: StudyId,
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001 (read by `origin`)
) -> Response:
    """Stop the study, a dose level, a site or a patient at once. It holds until it is lifted."""
    body = await HOLDS.read(request)
    scope = {
        name: getattr(body.scope, name)
        for name in ("dose_level", "site", "subject")
        if getattr(body.scope, name) is not None
    }
    new = NewHold(
        scope=scope,
        reason=body.reason,
        reported_by=body.reported_by,
        effective_from=body.effective_from,
    )

    def work(unit: Unit) -> Answer:
        hold, receipt = place(unit, origin, study, new)
        answer = {"hold": _view(hold), "audit": receipt_of(receipt)}
        headers = {"Location": f"/v1/studies/{study}/holds/{hold.id}"}
        return Answer(status=HTTPStatus.CREATED, body=json_text(answer), headers=headers)

    return await written_once(record, origin, request, work)


@router.get("", summary="List holds")
async def list_holds(
    request: Request,
    record: TheRecord,
    study: StudyId,
    active: Annotated[bool | None, Query(description="Only those in force, or lifted.")] = None,
    as_of: AsOf = None,
    limit: Limit = 50,
    after: Annotated[int, Query(ge=0, lt=2**63, description="`next` holds it.")] = 0,
) -> Response:
    """The holds in the order in which they were placed; or as they were at `as_of`."""

    def found() -> list[StoredHold]:
        with record.database.reading() as connection:
            return holds.holds(
                connection,
                study,
                after=after,
                limit=limit + 1,
                active=active,
                known_at=known_at(connection, study, as_of),
            )

    page = await run_in_threadpool(found)
    return paged(request, [_view(each) for each in page], limit, "audit_seq")


@router.get("/{hold}", summary="Show a hold")
async def show_hold(
    record: TheRecord, study: StudyId, hold: HoldId, as_of: AsOf = None
) -> Response:
    """A hold, and its end where it was lifted; or as it was at `as_of`."""

    def found() -> StoredHold | None:
        with record.database.reading() as connection:
            moment = known_at(connection, study, as_of)
            return holds.hold(connection, study, hold, moment)

    stored = await run_in_threadpool(found)
    if stored is None:
        raise UnknownHold(hold)
    return Response(json_text(_view(stored)), media_type="application/json")


@router.post("/{hold}/lift", name="lift_hold", summary="Lift a hold")
async def lift_record(
    request: Request,
    record: TheRecord,
    origin: TheOrigin,
    study: StudyId,
    hold: HoldId,
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001 (read by `origin`)
) -> Response:
    """It ends now. Who decided it and why is recorded beside it; another hold can be placed."""
    body = await LIFTINGS.read(request)

    def work(unit: Unit) -> Answer:
        lifted, receipt = lift_hold(
            unit, origin, study, hold, reason=body.reason, by=body.lifted_by
        )
        answer = {"hold": _view(lifted), "audit": receipt_of(receipt)}
        return Answer(status=HTTPStatus.OK, body=json_text(answer))

    return await written_once(record, origin, request, work)


def _view(hold: StoredHold) -> dict[str, Any]:
    return {
        "id": hold.id,
        "study": hold.study,
        "scope": {"dose_level": None, "subject": None, "site": None, **json.loads(hold.scope)},
        "reason": hold.reason,
        "reported_by": hold.reported_by,
        "active": hold.lifted_at is None,
        "from": wire_time(hold.effective_from),
        "recorded_at": wire_time(hold.recorded_at),
        "audit_seq": hold.seq,
        "lifted_at": None if hold.lifted_at is None else wire_time(hold.lifted_at),
        "lifted_by": hold.lifted_by,
        "lifting_reason": hold.lifting_reason,
    }
