"""The audit trail: who did what, when and why, to be searched and to be checked."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from app.api.dependencies import Record, TheActor, TheRecord
from app.api.moments import first_moment, last_moment
from app.api.pages import Limit, link_next
from app.api.routes.records import StudyId
from app.api.writing import json_text
from app.domain.time import zone_of
from app.store.audit import Search, search
from app.use_cases.errors import UnknownStudy
from app.use_cases.snapshot import Snapshot

router = APIRouter(prefix="/v1", tags=["audit"])
Word = Annotated[str | None, Query(max_length=420)]
Moment = Annotated[
    str | None, Query(max_length=40, description="An instant, or a date in the study's zone.")
]
AfterSeq = Annotated[int, Query(ge=0, lt=2**63, description="The number of an event.")]


@router.get("/studies/{study}/audit-events", summary="Search the audit trail")
async def list_audit_events(
    request: Request,
    record: TheRecord,
    study: StudyId,
    actor: Word = None,
    action: Word = None,
    entity: Word = None,
    entity_id: Word = None,
    subject: Word = None,
    reason_code: Word = None,
    from_: Annotated[Moment, Query(alias="from")] = None,
    to: Moment = None,
    limit: Limit = 50,
    after: AfterSeq = 0,
) -> Response:
    """Every creation, correction, void, restoration, activation, hold and verdict of the study:
    who with which role, what from which value to which, when, and why. `from` and `to` are the
    service's times; a date begins or ends at the study's midnight.
    """
    wanted = Search(
        study=study,
        subject=subject,
        actor=actor,
        action=action,
        entity=entity,
        entity_id=entity_id,
        reason_code=reason_code,
    )
    return await _page(request, record, wanted, study, from_, to, limit, after)


@router.get("/audit-events", summary="Search the whole audit trail")
async def list_all_audit_events(
    request: Request,
    record: TheRecord,
    actor_of_request: TheActor,
    actor: Word = None,
    action: Word = None,
    entity: Word = None,
    entity_id: Word = None,
    limit: Limit = 50,
    after: AfterSeq = 0,
) -> Response:
    """The trail of all studies, of keys and of protocols, without gaps: what a copy that is to be
    checked is made of. A key that is bound to a study sees that study's events.
    """
    wanted = Search(
        study=actor_of_request.study,
        actor=actor,
        action=action,
        entity=entity,
        entity_id=entity_id,
    )
    return await _page(request, record, wanted, actor_of_request.study, None, None, limit, after)


async def _page(
    request: Request,
    record: Record,
    wanted: Search,
    study: str | None,
    from_: str | None,
    to: str | None,
    limit: int,
    after: int,
) -> Response:
    def found() -> list[tuple[int, str, str]]:
        with record.database.reading() as connection:
            zone = zone_of("UTC")
            if study is not None:
                settings = Snapshot(connection=connection, study=study).settings
                if settings is None:
                    raise UnknownStudy(study)
                zone = zone_of(settings.time_zone)
            within = replace(
                wanted,
                since=None if from_ is None else first_moment(from_, zone, "from"),
                until=None if to is None else last_moment(to, zone, "to"),
            )
            return search(connection, within, after=after, limit=limit + 1)

    events = await run_in_threadpool(found)
    shown = events[:limit]
    answer = Response(media_type="application/json")
    url = link_next(request, answer, str(shown[-1][0]) if len(events) > limit else None)
    # The leaf is answered as it is kept, so that its hash can be made again from the answer.
    items = ",".join(f'{text[:-1]},"leaf_hash":"{hashed}"}}' for _, text, hashed in shown)
    answer.body = f'{{"items":[{items}],"next":{json_text(url)}}}'.encode()
    answer.headers["Content-Length"] = str(len(answer.body))
    return answer
