"""Verdicts that are kept: the current ones, those of any past moment, and what is still open."""

import json
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import TypeAdapter
from sqlalchemy import Connection

from app.api.dependencies import Record, TheActor, TheRecord
from app.api.errors import BadCursor
from app.api.moments import AsOf, cut_of, last_moment
from app.api.pages import After, Limit
from app.api.routes.records import OfPatient, StudyId, page_of, paged
from app.api.schemas.records import wire_time
from app.api.writing import json_text, written
from app.domain.adjudication.result import Missing, Status, VerdictWord
from app.domain.record.canonical import canonical, digest_of
from app.domain.record.kinds import Identifier
from app.domain.record.origin import SWEEP
from app.domain.time import Zone, zone_of
from app.store.adjudications import Adjudications, StoredAdjudication, Wanted, adjudication
from app.use_cases.adjudicate import OneAnswer
from app.use_cases.errors import UnknownAdjudication, UnknownRecord, UnknownStudy
from app.use_cases.judging import judged_at
from app.use_cases.open_items import OpenPoint, OpenQuery, open_points, open_queries
from app.use_cases.snapshot import Snapshot
from app.use_cases.verdicts import keep

router = APIRouter(prefix="/v1", tags=["verdicts"])
PatientId = Annotated[Identifier, Path(examples=["S-01"])]
_ANSWER: Final = TypeAdapter(OneAnswer)
_MISSING: Final[TypeAdapter[Missing]] = TypeAdapter(Missing)


@router.get(
    "/studies/{study}/subjects/{subject}/adjudication",
    summary="Show a patient's verdicts",
)
async def show_subject_adjudication(
    record: TheRecord,
    study: StudyId,
    subject: PatientId,
    as_of: AsOf = None,
    known_at: Annotated[
        str | None,
        Query(
            max_length=40,
            description="With `as_of`: use what was recorded by then. Without it, nothing that "
            "was recorded after `as_of`.",
        ),
    ] = None,
    protocol_version: Annotated[
        str | None,
        Query(max_length=200, description="Judge by this version, not by the one that governs."),
    ] = None,
) -> Response:
    """The verdicts that stand now; or recomputed for another data cut, as it was known then, or
    by another version of the protocol. What is recomputed is not kept.
    """
    if as_of is None and known_at is None and protocol_version is None:
        stored = await run_in_threadpool(_current, record, study, subject)
        if stored.due is not None and stored.due <= record.clock():
            await written(record, lambda unit: keep(unit, SWEEP, study, subject, "time"))
            stored = await run_in_threadpool(_current, record, study, subject)
        return Response(_kept_text(stored, current=True), media_type="application/json")
    now = record.clock()
    cut = as_of or now.astimezone(UTC).isoformat()
    body = await run_in_threadpool(
        _recomputed, record, study, subject, cut, known_at, protocol_version
    )
    return Response(body, media_type="application/json")


@router.get(
    "/studies/{study}/adjudications",
    summary="List adjudications",
)
async def list_adjudications(
    request: Request,
    record: TheRecord,
    study: StudyId,
    verdict: Annotated[
        Status | VerdictWord | None,
        Query(description="Only patients of this status, or with an event of this verdict."),
    ] = None,
    changed_since: Annotated[
        str | None,
        Query(max_length=40, description="Only those made after this instant or date."),
    ] = None,
    subject: OfPatient = None,
    current: Annotated[
        bool, Query(description="Only those that stand; false lists superseded ones too.")
    ] = True,
    as_of: AsOf = None,
    limit: Limit = 50,
    after: Annotated[int, Query(ge=0, lt=2**63, description="`next` holds it.")] = 0,
) -> Response:
    """In the order in which they were made, so that the last page's end is where to go on."""

    def found() -> list[StoredAdjudication]:
        with record.database.reading() as connection:
            zone = _zone(connection, study)
            wanted = Wanted(
                known_at=None if as_of is None else last_moment(as_of, zone),
                subject=subject,
                verdict=verdict,
                changed_since=None
                if changed_since is None
                else last_moment(changed_since, zone, "changed_since"),
                current=current,
            )
            store = Adjudications(connection=connection, study=study)
            return store.page(wanted, after=after, limit=limit + 1)

    page = await run_in_threadpool(found)
    return paged(request, [_item(each) for each in page], limit, "audit_seq")


@router.get(
    "/adjudications/{adjudication_id}",
    summary="Show an adjudication",
)
async def show_adjudication(
    record: TheRecord,
    actor: TheActor,
    adjudication_id: Annotated[str, Path(max_length=36)],
) -> Response:
    """One adjudication whole, current or superseded: its inputs, digests and explanations."""

    def found() -> tuple[StoredAdjudication, bool]:
        with record.database.reading() as connection:
            stored = adjudication(connection, adjudication_id)
            if stored is None or actor.study not in {None, stored.study}:
                raise UnknownAdjudication(adjudication_id)
            store = Adjudications(connection=connection, study=stored.study)
            current = store.current(stored.subject)
            return stored, current is not None and current.id == stored.id

    stored, is_current = await run_in_threadpool(found)
    return Response(_kept_text(stored, current=is_current), media_type="application/json")


@router.get("/studies/{study}/open-items", summary="List what is open")
async def list_open_items(
    request: Request,
    record: TheRecord,
    study: StudyId,
    due_before: Annotated[
        str | None,
        Query(max_length=40, description="Only what changes by itself before this cut ends."),
    ] = None,
    as_of: AsOf = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """Events that are pending or undetermined, and patients whose window is open or whose
    follow-up is not recorded: the first due first.
    """

    def found() -> list[OpenPoint]:
        with record.database.reading() as connection:
            zone = _zone(connection, study)
            end = None if due_before is None else last_moment(due_before, zone, "due_before")
            moment = None if as_of is None else last_moment(as_of, zone)
            return open_points(connection, study, end, moment)

    points = [_open_item(each) for each in await run_in_threadpool(found)]
    return _from_cursor(request, points, limit, after)


@router.get("/studies/{study}/queries", summary="List queries to the sites")
async def list_queries(
    request: Request,
    record: TheRecord,
    study: StudyId,
    subject: OfPatient = None,
    as_of: AsOf = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """Each missing datum as form, field and text for the EDC, and what each answer would do."""

    def found() -> list[OpenQuery]:
        with record.database.reading() as connection:
            zone = _zone(connection, study)
            moment = None if as_of is None else last_moment(as_of, zone)
            return open_queries(connection, study, subject, moment)

    queries = [_query(each) for each in await run_in_threadpool(found)]
    return _from_cursor(request, queries, limit, after)


def _current(record: Record, study: str, subject: str) -> StoredAdjudication:
    with record.database.reading() as connection:
        snapshot = Snapshot(connection=connection, study=study)
        if snapshot.settings is None:
            raise UnknownStudy(study)
        stored = Adjudications(connection=connection, study=study).current(subject)
        if stored is None or snapshot.patient(subject) is None:
            raise UnknownRecord("subject", subject)
        return stored


def _recomputed(
    record: Record,
    study: str,
    subject: str,
    as_of: str,
    known: str | None,
    version: str | None,
) -> str:
    cut = cut_of(as_of)
    with record.database.reading() as connection:
        moment = _moment(
            connection, study, subject, known or as_of, "known_at" if known else "as_of"
        )
        snapshot = Snapshot(connection=connection, study=study, known_at=moment)
        judged, _ = judged_at(snapshot, subject, cut, version)
    answer = _ANSWER.dump_json(judged.answer, by_alias=True).decode()
    inputs = canonical(judged.inputs)
    head = {
        "id": None,
        "study": study,
        "subject": subject,
        "number": None,
        "current": False,
        "cause": None,
        "supersedes": None,
        "as_of": as_of,
        "known_at": wire_time(moment),
        "due": None,
        "recorded_at": None,
        "audit_seq": None,
        "input_digest": digest_of(inputs),
        "answer_digest": digest_of(answer),
        "governed_by": governed_words(judged.inputs, version),
    }
    return _joined(head, inputs, answer)


def _moment(connection: Connection, study: str, subject: str, text: str, name: str) -> datetime:
    """The last instant of a cut, whose days end in the zone that the patient had then.

    Zones are corrected later too, and must not change what was known.
    """
    of_study = _zone(connection, study)
    about = last_moment(text, of_study, name)
    then = Snapshot(connection=connection, study=study, known_at=about)
    return last_moment(text, zone_of(then.zone_of_patient(then.patient(subject))), name)


def _kept_text(stored: StoredAdjudication, *, current: bool) -> str:
    head = {
        "id": stored.id,
        "study": stored.study,
        "subject": stored.subject,
        "number": stored.number,
        "current": current,
        "cause": stored.cause,
        "supersedes": stored.supersedes,
        "as_of": wire_time(stored.as_of),
        "known_at": wire_time(stored.recorded_at),
        "due": None if stored.due is None else wire_time(stored.due),
        "recorded_at": wire_time(stored.recorded_at),
        "audit_seq": stored.seq,
        "input_digest": stored.input_digest,
        "answer_digest": stored.answer_digest,
        "governed_by": governed_words(json.loads(stored.inputs), None),
    }
    return _joined(head, stored.inputs, stored.answer)


def governed_words(inputs: Any, asked: str | None) -> str:
    """Which protocol version judged the patient, and why that one."""
    protocol = inputs["protocol"]
    name = f"{protocol['id']} version {protocol['version']}"
    if asked is not None:
        return f"{name}, which was asked for"
    return f"{name}, by activation {inputs['activation']} of the study"


def _joined(head: dict[str, Any], inputs: str, answer: str) -> str:
    """The texts that the digests cover stand in the answer as they are kept."""
    return f'{json_text(head)[:-1]},"inputs":{inputs},"verdicts":{answer}}}'


def _item(stored: StoredAdjudication) -> dict[str, Any]:
    return {
        "id": stored.id,
        "href": f"/v1/adjudications/{stored.id}",
        "study": stored.study,
        "subject": stored.subject,
        "number": stored.number,
        "as_of": wire_time(stored.as_of),
        "recorded_at": wire_time(stored.recorded_at),
        "audit_seq": stored.seq,
        "protocol": stored.protocol,
        "protocol_version": stored.protocol_version,
        "cause": stored.cause,
        "supersedes": stored.supersedes,
        "due": None if stored.due is None else wire_time(stored.due),
        "verdicts": json.loads(stored.summary),
    }


def _open_item(point: OpenPoint) -> dict[str, Any]:
    return {
        "subject": point.subject,
        "event": point.event,
        "verdict": point.verdict,
        "due": None if point.due is None else wire_time(point.due.astimezone(UTC)),
        "reason": point.reason,
        "missing": [_MISSING.dump_python(each, mode="json") for each in point.missing],
        "adjudication": point.adjudication,
    }


def _query(query: OpenQuery) -> dict[str, Any]:
    return {
        "id": query.id,
        "subject": query.subject,
        "event": query.event,
        "form": query.query.form,
        "field": query.query.field,
        "text": query.query.text,
        "missing": _MISSING.dump_python(query.missing, mode="json"),
        "adjudication": query.adjudication,
    }


def _from_cursor(
    request: Request, items: list[dict[str, Any]], limit: int, after: str | None
) -> Response:
    """A page of a list that is made anew each time: the cursor is how many have been shown."""
    if after is not None and not (after.isascii() and after.isdecimal() and len(after) < 10):
        raise BadCursor(after)
    end = int(after or 0) + limit
    shown = items[end - limit : end]
    return page_of(request, shown, str(end) if len(items) > end else None)


def _zone(connection: Connection, study: str) -> Zone:
    settings = Snapshot(connection=connection, study=study).settings
    if settings is None:
        raise UnknownStudy(study)
    return zone_of(settings.time_zone)
