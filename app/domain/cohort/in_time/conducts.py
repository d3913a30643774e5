"""How each design conducts a trial in calendar time."""

from typing import assert_never

from app.domain.cohort.boin import Boin
from app.domain.cohort.crm import Crm, TiteCrm
from app.domain.cohort.designs import EitherDesign
from app.domain.cohort.in_time.models import ByModel
from app.domain.cohort.in_time.rolling_six import RollingSixes
from app.domain.cohort.in_time.tite_boin import TiteBoins
from app.domain.cohort.in_time.trials import Conduct
from app.domain.cohort.in_time.waiting import ByThrees, InCohorts
from app.domain.cohort.interval import I3Plus3, Mtpi, Mtpi2
from app.domain.cohort.operating import Plan
from app.domain.cohort.rolling_six import RollingSix
from app.domain.cohort.three_plus_three import ThreePlusThree
from app.domain.cohort.tite_boin import TiteBoin
from app.domain.cohort.uploaded import UploadedTable


def conduct_of(design: EitherDesign, plan: Plan) -> Conduct:
    """The conduct of a plan by a design; the papers stand with each.

    3+3 and rolling six set their own cohorts, and take no more than the levels of the plan and,
    rolling six, where it starts. Raises NotOfThisDesign.
    """
    match design:
        case ThreePlusThree():
            return ByThrees.of(design, plan.levels)
        case RollingSix():
            return RollingSixes.of(design, plan.levels, plan.start_level - 1)
        case TiteBoin():
            return TiteBoins.of(design, plan)
        case Crm() | TiteCrm():
            return ByModel.of(design, plan)
        case Boin() | Mtpi() | Mtpi2() | I3Plus3() | UploadedTable():
            return InCohorts.of(design, plan)
        case _:
            assert_never(design)
