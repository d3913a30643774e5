"""Data cuts of several cases: one of all, or one of each."""

from collections.abc import Sequence

from app.domain.time import PartialTime

Cuts = PartialTime | Sequence[PartialTime]
"""One data cut of all cases, or one for each, in their order."""


def cuts_of(as_of: Cuts, cases: Sequence[object]) -> Sequence[PartialTime]:
    """The cut of each case."""
    return [as_of] * len(cases) if isinstance(as_of, PartialTime) else as_of
