"""Grades of CRS and ICANS by ASTCT 2019, and the ICE score; nothing is stored."""

from typing import Final

from fastapi import APIRouter, Request, Response
from pydantic import TypeAdapter

from app.api.bodies import Bodies
from app.domain.astct.answer import GradeAnswer, ScoreAnswer
from app.domain.astct.crs import CrsRequest
from app.domain.astct.crs_answer import grade_crs
from app.domain.astct.icans import IcansRequest
from app.domain.astct.icans_answer import grade_icans
from app.domain.astct.ice import IceItems, score_ice
from app.domain.astct.lookalikes import CRS_LOOK_ALIKES, ICANS_LOOK_ALIKES

CRS: Final = Bodies(TypeAdapter(CrsRequest), not_used=CRS_LOOK_ALIKES, numbers="exact")
ICANS: Final = Bodies(TypeAdapter(IcansRequest), not_used=ICANS_LOOK_ALIKES, numbers="exact")
ICE: Final = Bodies(TypeAdapter(IceItems))
_GRADE: Final = TypeAdapter(GradeAnswer)
_SCORE: Final = TypeAdapter(ScoreAnswer)

router = APIRouter(prefix="/v1/grade", tags=["grading"])


@router.post(
    "/crs", name="grade_crs", summary="Grade CRS by ASTCT 2019", response_model=GradeAnswer
)
async def crs(request: Request) -> Response:
    """The grade that fever, hypotension and hypoxia make, and why.

    What is not recorded stands for all that it could be: a grade is given only where every
    completion has the same, else the bounds and what is missing. Nothing is stored.
    """
    asked = await CRS.read(request)
    return _json(_GRADE.dump_json(grade_crs(asked, asked.readings)))


@router.post(
    "/icans", name="grade_icans", summary="Grade ICANS by ASTCT 2019", response_model=GradeAnswer
)
async def icans(request: Request) -> Response:
    """The grade that cognition, consciousness, seizures, weakness and raised pressure make.

    By ICE from 12 years, by CAPD under 12. What is not recorded stands for all that it could be.
    Nothing is stored.
    """
    asked = await ICANS.read(request)
    return _json(_GRADE.dump_json(grade_icans(asked, asked.readings)))


@router.post("/ice", name="grade_ice", summary="Sum up an ICE score", response_model=ScoreAnswer)
async def ice(request: Request) -> Response:
    """The score of ten points; where an item is not known, between what it lies.

    Nothing is stored.
    """
    return _json(_SCORE.dump_json(score_ice(await ICE.read(request))))


def _json(content: bytes) -> Response:
    return Response(content, media_type="application/json")
