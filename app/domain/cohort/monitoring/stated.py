"""A boundary that a protocol states itself, in place of a formula."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field

from app.domain.case import STRICT
from app.domain.cohort.design import MOST_PATIENTS
from app.domain.cohort.monitoring.boundary import (
    Patients,
    StoppingBoundary,
    StoppingRow,
    rising,
)
from app.domain.errors import BadValue


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedRow:
    """The look after n patients: the fewest toxicities that stop, null where none can."""

    __pydantic_config__ = STRICT

    n: Patients
    stop_at: Patients | None

    def __post_init__(self) -> None:
        if self.stop_at is not None and self.stop_at > self.n:
            raise BadValue(
                f"{self.n} patients cannot have {self.stop_at} toxicities, one each: write null "
                "where nothing can stop."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedBoundary:
    """The protocol's own rows; `max_n` is that of the last one where it is not told.

    Raises BadValue where rows do not rise, or where more patients stop with fewer toxicities.
    """

    __pydantic_config__ = STRICT

    kind: Literal["table"] = "table"
    rows: Annotated[tuple[StatedRow, ...], Field(min_length=1, max_length=MOST_PATIENTS)]
    max_n: Patients | None = None

    def __post_init__(self) -> None:
        numbers = [row.n for row in self.rows]
        rising(numbers, self.max_n or numbers[-1])
        told = [(row.n, row.stop_at) for row in self.rows if row.stop_at is not None]
        for (n, stop_at), (more, fewer) in pairwise(told):
            if fewer < stop_at:
                raise BadValue(
                    f"{fewer} toxicities among {more} patients stop, and {stop_at} are needed "
                    f"among {n}: a boundary does not fall."
                )

    @property
    def boundary(self) -> StoppingBoundary:
        """The rows as they are stated."""
        rows = tuple(StoppingRow(n=row.n, stop_at=row.stop_at) for row in self.rows)
        return StoppingBoundary(max_n=self.max_n or rows[-1].n, rows=rows)
