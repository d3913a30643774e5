"""The designs by their kind, as a request names them."""

from typing import Annotated

from pydantic import Discriminator

from app.domain.cohort.crm import Crm, TiteCrm
from app.domain.cohort.rolling_six import RollingSix
from app.domain.cohort.three_plus_three import ThreePlusThree

AnyDesign = Annotated[ThreePlusThree | RollingSix, Discriminator("kind")]
ModelDesign = Annotated[Crm | TiteCrm, Discriminator("kind")]
"""Designs that decide by a model of all dose levels."""
