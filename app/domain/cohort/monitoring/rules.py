"""The stopping rules by their kind, as a request names them."""

from typing import Annotated

from pydantic import Discriminator

from app.domain.cohort.monitoring.beta_binomial import BetaBinomial
from app.domain.cohort.monitoring.pocock import Pocock
from app.domain.cohort.monitoring.stated import StatedBoundary

AnyBoundary = Annotated[BetaBinomial | Pocock | StatedBoundary, Discriminator("kind")]
"""Rules that are a boundary in numbers of patients."""
