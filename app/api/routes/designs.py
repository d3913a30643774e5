"""Dose-escalation designs: tables, decisions, the MTD; nothing is stored."""

from typing import Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import TypeAdapter

from app.api.bodies import Bodies
from app.api.table_answers import format_of, table_answer
from app.domain.cohort.action import Acted
from app.domain.cohort.comparison import Compared, Found
from app.domain.cohort.crm import Fit
from app.domain.cohort.design import Decided, DecisionTable, Selected
from app.use_cases import designs, operating
from app.use_cases.design_tables import Format
from app.use_cases.designs import (
    ActCounts,
    ActModel,
    ActRequest,
    DecideCounts,
    DecideModel,
    DecideRequest,
    FitRequest,
    SelectRequest,
    TableRequest,
)
from app.use_cases.operating import CharacteristicsRequest, ComparisonRequest

TABLES: Final = Bodies(TypeAdapter(TableRequest))
DECISIONS: Final[Bodies[DecideCounts | DecideModel]] = Bodies(TypeAdapter(DecideRequest))
ACTIONS: Final[Bodies[ActCounts | ActModel]] = Bodies(TypeAdapter(ActRequest))
SELECTIONS: Final = Bodies(TypeAdapter(SelectRequest))
FITS: Final = Bodies(TypeAdapter(FitRequest))
CHARACTERISTICS: Final = Bodies(TypeAdapter(CharacteristicsRequest))
COMPARISONS: Final = Bodies(TypeAdapter(ComparisonRequest))
_DECIDED: Final = TypeAdapter(Decided)
_ACTED: Final = TypeAdapter(Acted)
_SELECTED: Final = TypeAdapter(Selected)
_FIT: Final = TypeAdapter(Fit)
_CHARACTERISTICS: Final[TypeAdapter[Found]] = TypeAdapter(Found)
_COMPARED: Final = TypeAdapter(Compared)

router = APIRouter(prefix="/v1/designs", tags=["designs"])


@router.post(
    "/table",
    name="table_design",
    summary="A design as a decision table",
    response_model=DecisionTable,
)
async def table(
    request: Request,
    told_as: Format | None = Query(
        default=None,
        alias="format",
        description="Instead of `Accept`, which says the same; `html` is a page to print.",
    ),
) -> Response:
    """What a design decides for each number of evaluable patients and DLTs of a dose level.

    As JSON, as CSV with a line for each decision, or as a page to print. Nothing is stored.
    """
    wanted = format_of(request, told_as)
    return await run_in_threadpool(table_answer, await TABLES.read(request), wanted)


@router.post(
    "/decide",
    name="decide_design",
    summary="What a design decides now, and what it may still decide",
    response_model=Decided,
)
async def decide(request: Request) -> Response:
    """The decision for a dose level, and the decisions that pending patients leave possible.

    `decision` is null while a design that waits for all outcomes is uncertain. Nothing is stored.
    """
    asked = await DECISIONS.read(request)
    return _json(_DECIDED.dump_json(await run_in_threadpool(designs.decided, asked)))


@router.post(
    "/action",
    name="design_action",
    summary="What a decision means on the dose ladder",
    response_model=Acted,
)
async def action(request: Request) -> Response:
    """Which level is treated next, what is waited for, or that the escalation ends, and why.

    The design's decision for the level that was treated last, and what the ends of the ladder,
    closed levels and the most patients make of it; also for each number of DLTs among the pending
    patients. A recommendation: the action is a recorded human decision. Nothing is stored.
    """
    asked = await ACTIONS.read(request)
    return _json(_ACTED.dump_json(await run_in_threadpool(designs.acted, asked)))


@router.post(
    "/select-mtd",
    name="select_mtd",
    summary="The MTD at the end of a trial",
    response_model=Selected,
)
async def select_mtd(request: Request) -> Response:
    """The level that a design's published rule selects, from 1 on, or null for none.

    A recommendation: the MTD is a recorded human decision. Nothing is stored.
    """
    return _json(_SELECTED.dump_json(designs.selected(await SELECTIONS.read(request))))


@router.post("/fit", name="fit_design", summary="Fit a model of all levels", response_model=Fit)
async def fit(request: Request) -> Response:
    """Toxicity probabilities by the CRM or the TITE-CRM, and the level that it recommends.

    Nothing is stored.
    """
    return _json(_FIT.dump_json(designs.fitted(await FITS.read(request))))


@router.post(
    "/operating-characteristics",
    name="operating_characteristics",
    summary="How a design does under true toxicity probabilities",
    response_model=Found,
)
async def operating_characteristics(request: Request) -> Response:
    """Which level is selected how often, how many are treated, and how many have a DLT.

    Exact, or by a simulation that its seed repeats, with standard errors. With `accrual` trials
    run in calendar time, and their duration is told. Nothing is stored.
    """
    asked = await CHARACTERISTICS.read(request)
    found = await run_in_threadpool(operating.characteristics, asked)
    return _json(_CHARACTERISTICS.dump_json(found))


@router.post(
    "/compare",
    name="compare_designs",
    summary="How designs do in scenarios, side by side",
    response_model=Compared,
)
async def compare(request: Request) -> Response:
    """How often each design selects the MTD of each scenario, or a level above it, and how many
    patients it treats there; with `accrual`, how long it takes.

    Nothing is stored.
    """
    asked = await COMPARISONS.read(request)
    found = await run_in_threadpool(operating.compared, asked)
    return _json(_COMPARED.dump_json(found))


def _json(content: bytes) -> Response:
    return Response(content, media_type="application/json")
