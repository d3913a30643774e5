"""Rules that stop an expansion cohort or a phase II part for safety; nothing is stored."""

from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import TypeAdapter

from app.api.bodies import Bodies
from app.domain.cohort.monitoring.boundary import StoppingBoundary
from app.domain.cohort.monitoring.characteristics import StoppingCharacteristics
from app.domain.cohort.monitoring.decide import Monitored
from app.domain.cohort.monitoring.decide_events import EventsMonitored
from app.use_cases import monitoring
from app.use_cases.monitoring import (
    MonitoringRequest,
    StoppingBoundaryRequest,
    StoppingCharacteristicsRequest,
)

BOUNDARIES: Final = Bodies(TypeAdapter(StoppingBoundaryRequest))
DECISIONS: Final = Bodies(TypeAdapter(MonitoringRequest))
CHARACTERISTICS: Final = Bodies(TypeAdapter(StoppingCharacteristicsRequest))
_BOUNDARY: Final = TypeAdapter(StoppingBoundary)
_MONITORED: Final[TypeAdapter[Monitored | EventsMonitored]] = TypeAdapter(
    Monitored | EventsMonitored
)
_CHARACTERISTICS: Final = TypeAdapter(StoppingCharacteristics)

router = APIRouter(prefix="/v1/monitoring", tags=["monitoring"])


@router.post(
    "/boundary",
    name="monitoring_boundary",
    summary="How many toxicities stop a cohort",
    response_model=StoppingBoundary,
)
async def boundary(request: Request) -> Response:
    """The fewest toxicities that stop, for each look at a number of patients.

    Nothing is stored.
    """
    asked = await BOUNDARIES.read(request)
    found = await run_in_threadpool(monitoring.boundary_of, asked)
    return _json(_BOUNDARY.dump_json(found))


@router.post(
    "/decide",
    name="decide_monitoring",
    summary="Whether a stopping rule stops now, and what it may still decide",
    response_model=Monitored | EventsMonitored,
)
async def decide(request: Request) -> Response:
    """Stop, continue, or undetermined: what pending outcomes, missing data and open windows leave.

    By counts this look is judged, and it is undetermined where an earlier one may have stopped;
    by outcomes in their order all looks until now are. A count of named events is decided by
    patients and their events, and says which datum would settle it.
    Nothing is stored.
    """
    asked = await DECISIONS.read(request)
    found = await run_in_threadpool(monitoring.monitored, asked)
    return _json(_MONITORED.dump_json(found))


@router.post(
    "/operating-characteristics",
    name="monitoring_characteristics",
    summary="How a stopping rule does under true rates of toxicity",
    response_model=StoppingCharacteristics,
)
async def operating_characteristics(request: Request) -> Response:
    """How probable a stop is at each look, and how many patients and toxicities are expected.

    Exact, by enumeration, with every outcome known at each look. Nothing is stored.
    """
    asked = await CHARACTERISTICS.read(request)
    found = await run_in_threadpool(monitoring.stopping_characteristics, asked)
    return _json(_CHARACTERISTICS.dump_json(found))


def _json(content: bytes) -> Response:
    return Response(content, media_type="application/json")
