"""The rolling-six design: up to six patients are enrolled while earlier ones are observed.

Skolnik et al., J Clin Oncol 2008;26:190-195.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from app.domain.case import STRICT
from app.domain.cohort.design import (
    Counts,
    Decided,
    Decision,
    DecisionTable,
    NotOfThisDesign,
    RuleUsed,
    Selected,
    checked_trial,
    counted,
    outcomes,
    rows,
    unsettled_level,
    without_outcome,
)
from app.domain.errors import Fault

_FIRST: Final = 3
_FULL: Final = 6
_TOO_MANY: Final = 2
_FREE_OF_SIX: Final = 5
_TEXTS: Final[dict[Decision, str]] = {
    "de_escalate": f"{_TOO_MANY} or more DLTs at a dose level de-escalate.",
    "suspend": f"With {_FULL} patients, enrolment waits until {_FREE_OF_SIX} have finished "
    f"without a DLT, or {_TOO_MANY} had one.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RollingSix:
    """The rolling-six design (Skolnik 2008); it decides also while patients are pending."""

    __pydantic_config__ = STRICT

    kind: Literal["rolling-six"] = "rolling-six"

    def decision(self, n: int, dlts: int) -> Decision:
        """What Skolnik 2008 decides with n outcomes known. Raises NotOfThisDesign above six."""
        return _now(Counts(enrolled=n, dlts=dlts))

    def decide(self, counts: Counts) -> Decided:
        """What is decided now, whoever is pending (Skolnik 2008). Raises NotOfThisDesign."""
        now = _now(counts)
        would = outcomes(self.decision, counts)
        possible = tuple(sorted(each.decision for each in would))
        return Decided(
            decision=now,
            certain=possible == (now,),
            possible=possible,
            because=_because(counts, now),
            would_decide=would,
        )

    def table(self, max_n: int) -> DecisionTable:
        """The decisions for 1 to max_n outcomes, at most six (Skolnik 2008)."""
        return DecisionTable(rows=rows(self.decision, min(max_n, _FULL)))

    def select_mtd(self, treated: Sequence[int], dlts: Sequence[int]) -> Selected:
        """The highest dose that lets escalate below the lowest with two DLTs (Skolnik 2008).

        Estimates are observed rates. Raises NotOfThisDesign.
        """
        checked_trial(treated, dlts, _FULL)
        estimates = tuple(y / n if n else None for n, y in zip(treated, dlts, strict=True))
        limit = next((i for i, y in enumerate(dlts) if y >= _TOO_MANY), len(treated))
        fit = [i for i in range(limit) if self.decision(treated[i], dlts[i]) == "escalate"]
        if not fit:
            text = (
                f"No dose level has {_FIRST} to 5 patients without a DLT or {_FULL} with at most "
                f"one, below the lowest level with {_TOO_MANY} DLTs: none is the MTD."
            )
            return Selected(
                mtd=None,
                estimates=estimates,
                because=(RuleUsed(rule="rolling-six.no-mtd", text=text),),
            )
        at = fit[-1]
        unsettled = unsettled_level(self.decision, treated[: at + 1], dlts)
        if unsettled is not None:
            text = (
                f"The trial is not finished: level {unsettled + 1} has {counted(dlts[unsettled])} "
                f"among {treated[unsettled]} patients, and does not let escalate."
            )
            because = (RuleUsed(rule="rolling-six.not-finished", text=text),)
            return Selected(mtd=None, estimates=estimates, because=because)
        text = f"Level {at + 1} is the MTD: {counted(dlts[at])} among {treated[at]} patients."
        return Selected(
            mtd=at + 1,
            estimates=estimates,
            because=(RuleUsed(rule="rolling-six.mtd", text=text),),
        )


def _now(counts: Counts) -> Decision:
    if counts.enrolled > _FULL:
        told = (
            f"rolling six enrols at most {_FULL} patients at a dose level, not "
            f"{counts.enrolled}: leave out patients of an expansion, or use another design"
        )
        raise NotOfThisDesign(Fault(pointer="/enrolled", message=told, code="too_many"))
    if counts.dlts >= _TOO_MANY:
        return "de_escalate"
    if counts.enrolled == _FULL:
        free = counts.enrolled - counts.dlts - counts.pending
        return "escalate" if free >= _FREE_OF_SIX else "suspend"
    if counts.enrolled >= _FIRST and not counts.dlts and not counts.pending:
        return "escalate"
    return "stay"


def _because(counts: Counts, now: Decision) -> tuple[RuleUsed, ...]:
    seen = (
        f"{counts.dlts} of {counts.enrolled} enrolled patients had a DLT, "
        f"{without_outcome(counts.pending)}."
    )
    if now == "escalate":
        text = (
            f"{_FIRST} to 5 patients who all finished without a DLT, or {_FREE_OF_SIX} of {_FULL} "
            "who did, let escalate."
        )
    else:
        text = _TEXTS.get(now, f"The next patient is enrolled at this level, up to {_FULL}.")
    return (
        RuleUsed(rule="rolling-six.counts", text=seen),
        RuleUsed(rule=f"rolling-six.{now}", text=text),
    )
