"""Courses around an infusion, written in minutes: what boundary cases are made of."""

from dataclasses import dataclass
from typing import Final, Literal

MINUTE: Final = 1
HOUR: Final = 60
DAY: Final = 1440

Ending = Literal["over", "goes_on", "silent", "undated", "death", "withdrawal", "follow_up"]
"""What is known after the last change: a last grade of 0 or 5; that the event goes on to the cut;
nothing; that it ended at a time nobody wrote down; or what ended the observation at `stopped`.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A course of grades; times are whole minutes after the first infusion.

    The infusion is at 08:00 of its day, so that whole days later it is 08:00 too.
    """

    steps: tuple[tuple[int, int | None], ...]
    """Grade changes in order; a grade of None was not recorded."""
    baseline: int = 0
    ending: Ending = "over"
    stopped: int | None = None
    day_only: bool = False
    """Whether the first change is dated by its day alone."""
    infusions: tuple[int, ...] = (0,)
    completed_on: int | None = None
    """The minute on whose day the window was completed early."""

    @property
    def plainness(self) -> tuple[int, ...]:
        """How much a reader has to take in; the least comes first."""
        told = [each for each, _ in self.steps]
        length = told[-1] - told[0]
        return (
            len(self.infusions) + (self.completed_on is not None) + self.day_only,
            0 if self.ending == "over" else 1,
            len({grade for _, grade in self.steps} - {0}),
            sum(1 for _, grade in self.steps if grade is None),
            self.baseline,
            0 if length % DAY == 0 else 1,
            len(self.steps),
            length,
        )

    @property
    def last(self) -> int:
        """The latest minute that anything is recorded of."""
        times = [each for each, _ in self.steps]
        return max(*times, *self.infusions, self.stopped or 0, self.completed_on or 0)


def course(*steps: tuple[int, int | None]) -> Shape:
    """A course that is over with its last step, whose grade is 0 or 5."""
    return Shape(steps=steps)
