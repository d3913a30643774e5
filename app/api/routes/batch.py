"""Adverse events in batches: each is told by itself, and each patient is judged once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from pydantic import TypeAdapter

from app.api.answers import receipt_of, verdicts_now
from app.api.bodies import Bodies
from app.api.dependencies import TheOrigin, TheRecord
from app.api.errors import BatchTooLarge, InvalidRequest, items_of, status_of, summary
from app.api.routes.records import StudyId
from app.api.schemas.batch import BatchItem, UnreadBatch
from app.api.schemas.problem import FaultItem
from app.api.schemas.records import document_in, view
from app.api.writing import Answer, IdempotencyKey, json_text, precondition, written_once
from app.domain.errors import DomainError
from app.domain.record.origin import Origin, Source
from app.store.writer import Unit
from app.use_cases.errors import BatchRejected
from app.use_cases.ingest import BatchOutcome, DryRun, Item, ItemOutcome, put_batch, tried
from app.use_cases.records import Sent

router = APIRouter(prefix="/v1/studies/{study}/adverse-events", tags=["records"])
BATCHES: Final = Bodies(TypeAdapter(UnreadBatch))
ITEMS: Final = Bodies(TypeAdapter(BatchItem))
MOST_ITEMS: Final = 500
_OF_SOURCES: Final = tuple(each.name for each in fields(Source))
_FAULTS: Final[TypeAdapter[FaultItem]] = TypeAdapter(FaultItem)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """An item that could be read, or why it could not."""

    item: Item | None
    error: DomainError | None


@router.post("/batch", summary="Record adverse events together")
async def batch_adverse_events(
    request: Request,
    record: TheRecord,
    origin: TheOrigin,
    study: StudyId,
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001 (read by `origin`)
) -> Response:
    """Up to 500 items. `atomic` refuses all (422) where one is refused; `independent` tells of
    each what became of it. `dry_run` keeps nothing.
    """
    batch = await BATCHES.read(request)
    if len(batch.items) > MOST_ITEMS:
        raise BatchTooLarge(len(batch.items), MOST_ITEMS)
    read = [_read(value) for value in batch.items]
    if batch.mode == "atomic":
        _refuse_together(read)
    items = tuple(each.item for each in read if each.item is not None)

    def tell(outcome: BatchOutcome) -> Answer:
        answer = _answer(batch, read, outcome)
        return Answer(status=HTTPStatus.OK, body=json_text(answer))

    def put_all(unit: Unit) -> BatchOutcome:
        return put_batch(unit, origin, study, items, batch.mode)

    if not batch.dry_run:
        return await written_once(record, origin, request, lambda unit: tell(put_all(unit)))
    try:
        # Tried anew each time: a trial leaves nothing that a key could stand for.
        trial = Origin(actor=origin.actor, request_id=origin.request_id)
        return await written_once(record, trial, request, lambda unit: tell(tried(put_all)(unit)))
    except DryRun as dry:
        return tell(dry.outcome).response()


def _read(value: Any) -> _Read:
    try:
        item = ITEMS.checked(value)
        condition = precondition(item.if_match, item.if_none_match)
    except DomainError as error:  # told of this item, whatever becomes of the others
        return _Read(item=None, error=error)
    sent = Sent(
        kind="adverse_event",
        key=item.key,
        document=document_in("adverse_event", item.key, item),
        source=Source(**{name: getattr(item.source, name) for name in _OF_SOURCES}),
        reason=item.reason,
    )
    return _Read(item=Item(sent=sent, condition=condition), error=None)


def _refuse_together(read: Sequence[_Read]) -> None:
    """Raises BatchRejected where an item cannot be read, or is there twice."""
    seen: set[str] = set()
    errors: list[DomainError | None] = []
    for each in read:
        error = each.error
        if each.item is not None and each.item.sent.key in seen:
            fault = FaultItem(
                pointer="/source/record_id",
                code="duplicate_id",
                message="an earlier item of the batch has this identity",
            )
            error = InvalidRequest([fault])
        if each.item is not None:
            seen.add(each.item.sent.key)
        errors.append(error)
    if any(errors):
        raise BatchRejected(tuple(errors))


def _answer(batch: UnreadBatch, read: Sequence[_Read], outcome: BatchOutcome) -> dict[str, Any]:
    done = iter(outcome.items)
    results = []
    for index, each in enumerate(read):
        came = ItemOutcome(written=None, error=each.error) if each.item is None else next(done)
        key = None if each.item is None else each.item.sent.key
        results.append(_result(index, key, came, dry_run=batch.dry_run))
    return {
        "mode": batch.mode,
        "dry_run": batch.dry_run,
        "counts": dict(sorted(Counter(each["result"] for each in results).items())),
        "items": results,
        "adjudications": verdicts_now(outcome.verdicts),
    }


def _result(index: int, key: str | None, outcome: ItemOutcome, *, dry_run: bool) -> dict[str, Any]:
    written, error = outcome.written, outcome.error
    return {
        "index": index,
        "key": key,
        "result": "rejected" if written is None else written.result,
        "record": None if written is None else view(written.kind, written.holds),
        "audit": None if written is None or dry_run else receipt_of(written.receipt),
        "refusal": None if error is None else _refusal(index, error),
    }


def _refusal(index: int, error: DomainError) -> dict[str, Any]:
    """Why an item was refused, each fault pointed at in the batch."""
    faults = [replace(each, pointer=f"/items/{index}{each.pointer}") for each in items_of(error)]
    return {
        "status": int(status_of(error)),
        "code": error.code,
        "detail": summary(faults) if faults else str(error),
        "errors": [_FAULTS.dump_python(each, mode="json", exclude_none=True) for each in faults],
    }
