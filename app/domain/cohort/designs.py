"""The designs by their kind, as a request names them."""

from typing import Annotated

from pydantic import Discriminator

from app.domain.cohort.boin import Boin
from app.domain.cohort.crm import Crm, TiteCrm
from app.domain.cohort.interval import I3Plus3, Mtpi, Mtpi2
from app.domain.cohort.rolling_six import RollingSix
from app.domain.cohort.three_plus_three import ThreePlusThree
from app.domain.cohort.tite_boin import TiteBoin
from app.domain.cohort.uploaded import UploadedTable

AnyDesign = Annotated[
    ThreePlusThree | RollingSix | Boin | Mtpi | Mtpi2 | I3Plus3 | TiteBoin | UploadedTable,
    Discriminator("kind"),
]
"""Designs that decide by the counts of one dose level."""
ModelDesign = Annotated[Crm | TiteCrm, Discriminator("kind")]
"""Designs that decide by a model of all dose levels."""
EitherDesign = Annotated[
    ThreePlusThree
    | RollingSix
    | Boin
    | Mtpi
    | Mtpi2
    | I3Plus3
    | TiteBoin
    | UploadedTable
    | Crm
    | TiteCrm,
    Discriminator("kind"),
]
"""Every design."""
