"""How a design decides that waits until every outcome is known."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from app.domain.cohort.design import (
    Counts,
    Decided,
    Decision,
    RuleUsed,
    counted,
    outcomes,
    without_outcome,
)

CAUTION: Final[Mapping[Decision, int]] = MappingProxyType(
    {
        "escalate": 0,
        "stay": 1,
        "expand": 1,
        "cohort_not_full": 1,
        "suspend": 1,
        "de_escalate": 2,
        "exceeds_mtd": 3,
        "eliminate": 3,
    }
)
"""How cautious a decision is; more DLTs never lead to a less cautious one."""


def wait_for_all(
    kind: str,
    counts: Counts,
    decision: Callable[[int, int], Decision],
    why: Callable[[int, int], tuple[RuleUsed, ...]],
) -> Decided:
    """The decision, or None while pending outcomes can change it; `why` explains a known one."""
    if not counts.enrolled:
        return not_full(kind, counts, decision, "No patient is enrolled at this level yet.")
    would = outcomes(decision, counts)
    possible = tuple(sorted(each.decision for each in would))
    single = possible[0] if len(possible) == 1 else None
    because = pending_says(kind, counts, possible)
    if single is not None:
        # The least favourable completion: if even that one lets escalate or stay, all do.
        extra = counts.pending if CAUTION[single] < CAUTION["de_escalate"] else 0
        because += why(counts.enrolled, counts.dlts + extra)
    return Decided(
        decision=single,
        certain=single is not None and single != "cohort_not_full",
        possible=possible,
        because=because,
        would_decide=would,
    )


def not_full(
    kind: str, counts: Counts, decision: Callable[[int, int], Decision], text: str
) -> Decided:
    """That the cohort is not complete, and nothing else can be said."""
    return Decided(
        decision="cohort_not_full",
        certain=False,
        possible=("cohort_not_full",),
        because=(RuleUsed(rule=f"{kind}.cohort-not-full", text=text),),
        would_decide=outcomes(decision, counts),
    )


def pending_says(
    kind: str, counts: Counts, possible: tuple[Decision, ...]
) -> tuple[RuleUsed, ...]:
    """Whether the pending outcomes matter; nothing where there are none."""
    n, y, pending = counts.enrolled, counts.dlts, counts.pending
    if not pending:
        return ()
    seen = f"{y} of {n} evaluable patients had a DLT, {without_outcome(pending)}"
    if len(possible) > 1:
        text = f"{seen}: they are waited for; still possible: {', '.join(possible)}."
        return (RuleUsed(rule=f"{kind}.waits", text=text),)
    text = (
        f"{seen}: whatever these are, with a rate from {y / n:.3f} to {(y + pending) / n:.3f} "
        f"the decision is {possible[0]}."
    )
    return (RuleUsed(rule=f"{kind}.pending", text=text),)


def rate_says(kind: str, n: int, y: int) -> RuleUsed:
    """The observed rate of DLTs."""
    text = f"{counted(y)} among {n} evaluable patients make a rate of {y / n:.3f}."
    return RuleUsed(rule=f"{kind}.rate", text=text)
