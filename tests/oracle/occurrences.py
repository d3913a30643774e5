"""Whether a run of a complete record is the how many-th of this one event."""

from collections.abc import Mapping

from app.domain.dlt.asked import Occurrence
from tests.oracle.history import History, runs_of


def is_nth(
    asked: Occurrence,
    history: History,
    groups: Mapping[str, tuple[str, ...]],
    grade: int,
    run: tuple[int, int],
    t: int,
) -> bool:
    """Whether by `t` a run at `grade` is, or has reached, the N-th stretch that is counted."""
    term = history.facts.term
    if asked.group is not None and term not in groups.get(asked.group, ()):
        return False
    if asked.term is not None and term != asked.term:
        return False
    late = runs_of(history.changes, asked.grade or grade)[asked.at_least - 1 :]
    return any(
        start < run[1] and run[0] < end and t >= history.changes[max(start, run[0])].recorded
        for start, end in late
    )
