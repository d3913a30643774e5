"""What a clock of the rules is: from where it is counted, what stops it, and its limit."""

from dataclasses import dataclass
from typing import Literal

from app.domain.dlt.asked import CountedFrom
from app.domain.dlt.rule import Clocks
from app.domain.time import Limit

Stop = int | Literal["baseline"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A clock on the stretches at `grade` or more, stopped by a grade of `stop` or less.

    `reached` says that the limit itself is already beyond ("at least 7 days"). It is counted from
    the onset of the stretch, or from an infusion; with `total`, the clocks of this stretch and of
    the later ones of its event are added up.
    """

    grade: int
    stop: Stop
    limit: Limit
    reached: bool = False
    counted_from: CountedFrom = "onset"
    total: bool = False

    def includes_limit(self, clocks: Clocks) -> bool:
        """Whether its limit is still within."""
        return clocks.within_includes_limit and not self.reached

    def is_elapsed(self, clocks: Clocks) -> bool:
        """Whether it compares instants; otherwise it compares calendar dates."""
        return clocks.days_are == "elapsed" or self.limit.days is None
