"""Grades of measurements by numeric criteria; nothing is stored."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import IO, Any, Final, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import TypeAdapter

from app.api.bodies import Bodies, json_body
from app.api.errors import items_of, status_of, summary
from app.api.schemas.problem import FaultItem
from app.api.spooling import whole_body
from app.data.strict_json import read_json
from app.domain.errors import DomainError
from app.domain.laboratory.grading import LaboratoryGrade, ShortGrade
from app.use_cases.grade_laboratory import (
    ANSWER,
    REQUEST,
    Answer,
    EveryTerm,
    ManyResults,
    NoGrade,
    OneResult,
    answer,
    in_full,
    in_short,
    readable,
)

LABORATORY: Final = Bodies(REQUEST)
LINE: Final = Bodies(TypeAdapter(OneResult))
NDJSON: Final = "application/x-ndjson"
PATH: Final = "/v1/grade/lab"
_LINES_AT_ONCE: Final = 1_000
_IN_PLACE: Final = 50
"""More results than these would hold up every other request for longer than a thread costs."""
_FAULTS: Final[TypeAdapter[FaultItem]] = TypeAdapter(FaultItem)
_FULL: Final = TypeAdapter(LaboratoryGrade | EveryTerm[LaboratoryGrade])
_SHORT: Final = TypeAdapter(ShortGrade | EveryTerm[ShortGrade])

Detail = Literal["full", "grade"]
router = APIRouter(prefix="/v1/grade", tags=["grading"])


@router.post(
    "/lab",
    name="grade_lab",
    summary="Grade measurements by CTCAE 5.0",
    response_model=Answer,
)
async def lab(
    request: Request,
    detail: Detail = Query(
        default="full",
        description="Of NDJSON: `grade` leaves out the reasons, and is many times faster.",
    ),
) -> Response:
    """What a measurement is by one term, or by every term that its analyte can grade.

    Bring one result, or `results`; or any number as NDJSON, one a line, which are answered as
    NDJSON: `{"line", "answer"}` or `{"line", "problem"}` each, and how many there were at the
    end. Nothing is stored.
    """
    if is_ndjson(request.headers.get("content-type")):
        return StreamingResponse(
            _answered(await whole_body(request), short=detail == "grade"), media_type=NDJSON
        )
    asked = LABORATORY.checked(await json_body(request, exact=True))
    if isinstance(asked, ManyResults) and len(asked.results) > _IN_PLACE:
        content = await run_in_threadpool(_graded, asked)
    else:
        content = _graded(asked)
    return Response(content, media_type="application/json")


def is_ndjson(content_type: str | None) -> bool:
    """Whether a body is declared as one JSON text a line."""
    return (content_type or "").partition(";")[0].strip().lower() == NDJSON


def _graded(asked: OneResult | ManyResults) -> bytes:
    return ANSWER.dump_json(answer(asked))


def _answered(file: IO[bytes], *, short: bool) -> Iterator[bytes]:
    """The answers, some lines at once."""
    with file:
        numbered = ((n, line) for n, line in enumerate(file, start=1) if line.strip())
        done = refused = 0
        while lines := list(islice(numbered, _LINES_AT_ONCE)):
            answers = list(_of_lines(lines, short=short))
            done += len(answers)
            refused += sum(not graded for graded, _ in answers)
            yield b"".join(text for _, text in answers)
        total = {"lines": done, "graded": done - refused, "refused": refused}
        yield json.dumps(total).encode() + b"\n"


def _of_lines(lines: list[tuple[int, bytes]], *, short: bool) -> Iterator[tuple[bool, bytes]]:
    """For each line, whether it was graded, and its answer."""
    asked, chosen = [], []
    problems: dict[int, dict[str, Any]] = {}
    for number, line in lines:
        try:
            one = LINE.checked(read_json(line, exact=True))
            found, faults = readable(one)
            if faults:
                raise NoGrade(faults)
        except DomainError as error:  # told of this line, whatever becomes of the others
            problems[number] = _problem(error)
        else:
            asked.append(one)
            chosen.append(found)
    answers = (
        map(_SHORT.dump_json, in_short(asked, chosen))
        if short
        else map(_FULL.dump_json, in_full(asked, chosen))
    )
    for number, _ in lines:
        if number in problems:
            told = json.dumps({"line": number, "problem": problems[number]}, ensure_ascii=False)
            yield False, told.encode() + b"\n"
        else:
            yield True, b'{"line":%d,"answer":%b}\n' % (number, next(answers))


def _problem(error: DomainError) -> dict[str, Any]:
    faults = items_of(error)
    return {
        "status": int(status_of(error)),
        "code": error.code,
        "detail": summary(faults) if faults else str(error),
        "errors": [_FAULTS.dump_python(each, mode="json", exclude_none=True) for each in faults],
    }
