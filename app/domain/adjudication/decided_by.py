"""By which criterion and which exception a verdict stands, as the evaluator's trace says."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from app.domain.adjudication.result import VerdictWord
from app.domain.adjudication.trace import Bounds, Run, is_never
from app.domain.dlt.formula import ExceptionPart, Formula
from app.domain.dlt.judge import Verdict
from app.domain.time import NEVER

BoundsOf = Callable[[Formula, Run], Bounds]
"""When a formula becomes true on a run."""
Clauses = tuple[str | None, str | None]
"""The ids of a criterion and of an exception."""
WORDS: Final[Mapping[Verdict, VerdictWord]] = {
    Verdict.DLT: "DLT",
    Verdict.NOT_DLT: "NOT_DLT",
    Verdict.PENDING: "PENDING",
    Verdict.UNDETERMINED: "UNDETERMINED",
}
MOST_RUNS_SHOWN: Final = 20
"""A course that rises and falls more often than this is not shown whole."""


def deciding(runs: Sequence[Run], at: int, bounds: BoundsOf, peak: Callable[[Run], int]) -> Run:
    """The run and criterion that made the verdict: the earliest that is sure, or the gravest.

    There has to be a run.
    """
    for run in runs:
        if bounds(run.judgement.whole, run)[1] == at < NEVER:
            return run
    return min(runs, key=lambda run: (bounds(run.judgement.whole, run)[0], -peak(run)))


def exempting(run: Run, bounds: BoundsOf) -> ExceptionPart | None:
    """The exception that keeps a run from being a DLT, as things stand."""
    judgement = run.judgement
    if is_never(bounds(judgement.counts, run)) or is_never(bounds(judgement.when, run)):
        return None
    for part in judgement.exceptions:
        if is_never(bounds(part.not_concerned, run)) and is_never(bounds(part.broken, run)):
            return part
    return None


def clauses_told(verdict: Verdict, made: Run | None, exempts: ExceptionPart | None) -> Clauses:
    """The criterion and the exception that are told of a verdict: those by which it stands."""
    of_dlt = made is not None and verdict in {Verdict.DLT, Verdict.PENDING}
    return (
        made.judgement.criterion if made is not None and of_dlt else None,
        exempts.clause if exempts is not None and verdict is Verdict.NOT_DLT else None,
    )


def shown(runs: Sequence[Run], made: Run | None) -> list[Run]:
    """The runs that an explanation shows: all, or of very many the first, and the one that made
    the verdict.
    """
    found = list(runs[:MOST_RUNS_SHOWN])
    if made is not None and made not in found:
        found[-1] = made
    return found
