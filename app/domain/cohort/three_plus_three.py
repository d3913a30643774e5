"""The 3+3 design: three patients, three more after one DLT, and at most one DLT among six.

Storer, Biometrics 1989;45:925-937; Korn et al., Stat Med 1994;13:1799-1806; Lin & Shih,
Biostatistics 2001;2:203-215.
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

Variant = Literal["no-de-escalation", "de-escalation", "six-at-mtd"]
"""What happens once a dose exceeds the MTD, and how many patients the MTD itself needs.

`no-de-escalation` stops and takes the dose below; `de-escalation` first fills the dose below to
six; `six-at-mtd` wants six at the MTD also where this is the top dose.
"""
_FIRST: Final = 3
_FULL: Final = 6
_TOO_MANY: Final = 2
_EXCEEDS: Final = RuleUsed(
    rule="3+3.exceeds", text="Two or more DLTs at a dose level exceed the MTD."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreePlusThree:
    """The 3+3 design (Storer 1989), in one of its variants."""

    __pydantic_config__ = STRICT

    kind: Literal["3+3"] = "3+3"
    variant: Variant = "no-de-escalation"

    def decision(self, n: int, dlts: int) -> Decision:
        """What Storer 1989 decides with n outcomes known. Raises NotOfThisDesign above six."""
        if n > _FULL:
            told = (
                f"the 3+3 rule knows at most {_FULL} patients at a dose level, not {n}: leave out "
                "patients of an expansion, or use a design that knows more, such as BOIN"
            )
            raise NotOfThisDesign(Fault(pointer="/enrolled", message=told, code="too_many"))
        if dlts >= _TOO_MANY:
            return "exceeds_mtd"
        if n == _FULL:
            return "escalate"
        if n == _FIRST:
            return "expand" if dlts else "escalate"
        return "cohort_not_full"

    def decide(self, counts: Counts) -> Decided:
        """What is decided once all outcomes of a full cohort are known (Storer 1989)."""
        would = outcomes(self.decision, counts)
        sure = self.decision(counts.enrolled, counts.dlts)
        if sure in ("cohort_not_full", "exceeds_mtd"):
            possible: tuple[Decision, ...] = (sure,)
        else:
            possible = tuple(sorted(each.decision for each in would))
        single = possible[0] if len(possible) == 1 else None
        return Decided(
            decision=single,
            certain=single is not None and single != "cohort_not_full",
            possible=possible,
            because=_because(counts, single, possible),
            would_decide=would,
        )

    def table(self, max_n: int) -> DecisionTable:
        """The decisions for 1 to max_n outcomes, at most six (Storer 1989)."""
        return DecisionTable(rows=rows(self.decision, min(max_n, _FULL)))

    def select_mtd(self, treated: Sequence[int], dlts: Sequence[int]) -> Selected:
        """The dose below the lowest that exceeds the MTD, or the top dose (Storer 1989).

        Where that dose has not the patients that the variant wants, or a level below it that
        was treated, or was passed, does not let escalate, the trial is not finished and there is
        no MTD yet. Levels below the first that was treated need nobody. Estimates are observed
        rates.
        """
        checked_trial(treated, dlts, _FULL)
        estimates = tuple(y / n if n else None for n, y in zip(treated, dlts, strict=True))
        limit = next((i for i, y in enumerate(dlts) if y >= _TOO_MANY), len(treated))
        if limit == 0:
            return Selected(mtd=None, estimates=estimates, because=(_none(treated, dlts),))
        at = limit - 1
        top = limit == len(treated)
        below = () if top else (_EXCEEDS, _exceeding(limit, treated, dlts))
        unsettled = unsettled_level(self.decision, treated[:limit], dlts)
        needed = self.needed(dlts[at], top=top)
        mtd: int | None = None
        if unsettled is not None:
            reason = _unsettled(unsettled + 1, treated[unsettled], dlts[unsettled])
        elif treated[at] in (needed, _FULL):
            mtd, reason = limit, _taken(limit, treated[at], dlts[at], needed)
        else:
            reason = _unfinished(limit, treated[at], dlts[at], needed)
        return Selected(mtd=mtd, estimates=estimates, because=(*below, reason))

    def needed(self, dlts: int, *, top: bool) -> int:
        """How many patients the variant wants at the MTD."""
        three_will_do = self.variant == "no-de-escalation" or (
            top and self.variant == "de-escalation"
        )
        return _FIRST if three_will_do and not dlts else _FULL


def _because(
    counts: Counts, decision: Decision | None, possible: tuple[Decision, ...]
) -> tuple[RuleUsed, ...]:
    seen = f"{counts.dlts} of {counts.enrolled} evaluable patients had a DLT"
    if decision is None:
        told = (
            f"{seen}, {without_outcome(counts.pending)}: 3+3 waits for them; "
            f"still possible: {', '.join(possible)}."
        )
        return (RuleUsed(rule="3+3.waits", text=told),)
    if not counts.enrolled:
        told = "No patient is enrolled at this level yet."
        return (RuleUsed(rule="3+3.cohort-not-full", text=told),)
    if decision == "cohort_not_full":
        told = (
            f"{seen}, {without_outcome(counts.pending)}: a cohort is full with {_FIRST} or "
            f"{_FULL} patients."
        )
        return (RuleUsed(rule="3+3.cohort-not-full", text=told),)
    if decision == "exceeds_mtd":
        return (RuleUsed(rule="3+3.counts", text=f"{seen}."), _EXCEEDS)
    if decision == "expand":
        text = f"One DLT among {_FIRST} patients adds {_FULL - _FIRST} patients to the level."
    else:
        text = f"No DLT among {_FIRST} patients, or at most one among {_FULL}, lets escalate."
    return (
        RuleUsed(rule="3+3.counts", text=f"{seen}."),
        RuleUsed(rule=f"3+3.{decision}", text=text),
    )


def _exceeding(place: int, treated: Sequence[int], dlts: Sequence[int]) -> RuleUsed:
    told = (
        f"Level {place + 1}, with {counted(dlts[place])} among {treated[place]}, is the lowest "
        "that exceeds it."
    )
    return RuleUsed(rule="3+3.lowest-exceeding", text=told)


def _none(treated: Sequence[int], dlts: Sequence[int]) -> RuleUsed:
    if not treated:
        return RuleUsed(rule="3+3.no-mtd", text="No dose level is given, so none is the MTD.")
    told = f"Level 1 had {counted(dlts[0])} among {treated[0]}: no dose level is the MTD."
    return RuleUsed(rule="3+3.no-mtd", text=told)


def _taken(level: int, treated: int, dlts: int, needed: int) -> RuleUsed:
    told = f"Level {level} is the MTD: {counted(dlts)} among {treated}, and {needed} are needed."
    return RuleUsed(rule="3+3.mtd", text=told)


def _unfinished(level: int, treated: int, dlts: int, needed: int) -> RuleUsed:
    told = (
        f"The trial is not finished: level {level} has {counted(dlts)} among {treated} patients, "
        f"and the MTD needs {needed}."
    )
    return RuleUsed(rule="3+3.not-finished", text=told)


def _unsettled(level: int, treated: int, dlts: int) -> RuleUsed:
    told = (
        f"The trial is not finished: level {level} has {counted(dlts)} among {treated} patients, "
        "and does not let escalate, but a level above it is the next candidate."
    )
    return RuleUsed(rule="3+3.not-finished", text=told)
