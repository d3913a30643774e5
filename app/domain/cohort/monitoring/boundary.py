"""A stopping rule as a boundary: how many toxicities stop it after how many patients."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Final, Protocol

from pydantic import Field

from app.domain.cohort.design import MOST_PATIENTS
from app.domain.errors import BadValue

Patients = Annotated[int, Field(ge=1, le=MOST_PATIENTS, strict=True)]
"""A number of patients."""
TIE: Final = 1e-12
"""Probabilities that differ by less, relative to their size, are the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppingRow:
    """The look after n patients: the fewest toxicities that stop, null where none can."""

    n: int
    stop_at: int | None

    def stops(self, toxicities: int) -> bool:
        """Whether so many among the n patients stop."""
        return self.stop_at is not None and toxicities >= self.stop_at


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppingBoundary:
    """The looks of a rule for at most `max_n` patients, in the order of n.

    Of a Pocock-type boundary `pointwise_level` is the highest probability, under the acceptable
    rate, of reaching `stop_at` at a single look, and `crossing_probability` that of ever reaching
    it; null of the other rules.
    """

    max_n: int
    rows: tuple[StoppingRow, ...]
    pointwise_level: float | None = None
    crossing_probability: float | None = None

    def look(self, n: int) -> StoppingRow | None:
        """The look after n patients; None where there is none."""
        return next((row for row in self.rows if row.n == n), None)

    def looks_until(self, n: int) -> tuple[StoppingRow, ...]:
        """The looks after at most n patients."""
        return tuple(row for row in self.rows if row.n <= n)

    def next_look(self, n: int) -> StoppingRow | None:
        """The first look after more than n patients; None after the last."""
        return next((row for row in self.rows if row.n > n), None)


class BoundaryRule(Protocol):
    """What each rule fulfils that is a boundary."""

    @property
    def kind(self) -> str:
        """The rule's name."""

    @property
    def boundary(self) -> StoppingBoundary:
        """Its boundary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """When a rule is looked at: after each patient from `min_n` on, or after those numbers of
    patients that `looks` names; never after more than `max_n`.
    """

    max_n: Patients
    min_n: Patients | None = None
    looks: Annotated[tuple[Patients, ...], Field(min_length=1, max_length=200)] | None = None

    def refuse_contradictions(self) -> None:
        """Raises BadValue."""
        if self.min_n is not None and self.looks is not None:
            raise BadValue("Looks are after each patient from min_n on, or are named: give one.")
        if self.min_n is not None and self.min_n > self.max_n:
            raise BadValue(
                f"The first look, after {self.min_n} patients, is after the last of {self.max_n}: "
                "give a smaller min_n or a larger max_n."
            )
        if self.looks is not None:
            rising(self.looks, self.max_n)

    @property
    def looked_at(self) -> tuple[int, ...]:
        """The numbers of patients after which there is a look."""
        return self.looks or tuple(range(self.min_n or 1, self.max_n + 1))


def rising(numbers: Sequence[int], max_n: int) -> None:
    """Refuse looks that do not rise, or are after the last patient. Raises BadValue."""
    if any(first >= second for first, second in pairwise(numbers)):
        told = ", ".join(map(str, numbers))
        raise BadValue(f"The looks are after {told} patients: give each once, in rising order.")
    if numbers[-1] > max_n:
        raise BadValue(
            f"The look after {numbers[-1]} patients is after the last of {max_n}: leave it out, "
            "or give a larger max_n."
        )
