"""What a drawing of the times of a record can be asked for."""

from random import Random
from typing import TYPE_CHECKING, Protocol

from app.domain.dlt.rule import Condition
from app.domain.time import PartialTime, Zone

if TYPE_CHECKING:
    from tests.oracle.completions import Recorded


class Drawn(Protocol):
    """Times drawn from what was recorded."""

    recorded: "Recorded"
    rng: Random
    zone: Zone
    cut: int
    asked: tuple[Condition, ...]

    def within(self, first: int, last: int) -> int:
        """An instant of an interval, both ends included."""

    def span(self, time: PartialTime | None) -> tuple[int, int] | None:
        """The instants up to the cut that a time may be; None where it lies after the cut."""

    def long_ago(self) -> int:
        """Before everything that was recorded."""
