"""The stopping rules by their kind, as a request names them."""

from typing import Annotated

from pydantic import Discriminator

from app.domain.cohort.monitoring.beta_binomial import BetaBinomial
from app.domain.cohort.monitoring.events import EventLimit
from app.domain.cohort.monitoring.pocock import Pocock
from app.domain.cohort.monitoring.stated import StatedBoundary

AnyStoppingRule = Annotated[
    BetaBinomial | Pocock | StatedBoundary | EventLimit, Discriminator("kind")
]
"""All but the last are a boundary in numbers of patients."""
