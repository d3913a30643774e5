"""What a boundary decides now, and what it may still decide while outcomes are pending.

Who has no outcome yet counts among the patients of a look: the look is judged for every outcome
that they may have.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Annotated, Literal

from pydantic import Field

from app.domain.case import STRICT, Flag
from app.domain.cohort.design import MOST_PATIENTS, Count, NotOfThisDesign, RuleUsed, several
from app.domain.cohort.monitoring.boundary import BoundaryRule, StoppingBoundary, StoppingRow
from app.domain.errors import BadValue, Fault

Certain = Literal["stop", "continue"]
StopDecision = Literal["stop", "continue", "undetermined"]
Outcomes = Annotated[tuple[Flag, ...], Field(max_length=MOST_PATIENTS)]
"""Whether each patient had a toxicity, in the order of enrolment; null while it is pending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoredCounts:
    """How many patients were enrolled, how many of them had a toxicity, and how many have no
    outcome yet. Raises BadValue where the numbers cannot be.
    """

    __pydantic_config__ = STRICT

    enrolled: Annotated[Count, Field(le=MOST_PATIENTS)]
    toxicities: Count
    pending: Count = 0

    def __post_init__(self) -> None:
        if self.toxicities + self.pending > self.enrolled:
            raise BadValue(
                f"{self.toxicities} with a toxicity and {self.pending} pending are more than the "
                f"{self.enrolled} enrolled: a patient with a toxicity is not pending."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class StopOutcome:
    """What comes out with so many toxicities among the pending patients.

    One number can stand under both decisions: then it depends on who of them has the toxicity,
    or, by counts, on the order in which all toxicities came.
    """

    decision: Certain
    toxicities: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitored:
    """What a boundary decides now.

    `possible` are the decisions that the pending outcomes leave, and by counts the order of the
    toxicities, `would_decide` how many toxicities among them lead to which. `judged` says whether
    the order of the outcomes was told, so that `all_looks` were judged, or only `this_look`, and
    of those before it whether every order stops, some do, or none. `look` is the look after
    exactly these patients, null where there is none; `crossed_at` the first look that stops
    whatever the pending outcomes are.
    """

    decision: StopDecision
    certain: bool
    possible: tuple[Certain, ...]
    judged: Literal["this_look", "all_looks"]
    look: StoppingRow | None
    next_look: StoppingRow | None
    crossed_at: int | None
    because: tuple[RuleUsed, ...]
    would_decide: tuple[StopOutcome, ...]


def decide_counts(rule: BoundaryRule, counts: MonitoredCounts) -> Monitored:
    """The decision from counts alone. Raises NotOfThisDesign for more patients than `max_n`.

    An earlier look is crossed for certain only where the patients enrolled since are too few to
    have all the toxicities that it would take; where some order of them crosses it, the trial may
    have had to stop.
    """
    boundary = rule.boundary
    n, known = counts.enrolled, counts.toxicities
    _refuse_too_many(boundary, n, "/counts/enrolled")
    looks = boundary.looks_until(n)

    def crossed(more: int) -> StoppingRow | None:
        """The look that stops with the toxicities as late as can be."""
        return _first(looks, [known + more - (n - row.n) for row in looks])

    def crossed_by_some(toxicities: int) -> StoppingRow | None:
        """The look that stops with the toxicities as early as can be."""
        return _first(looks, [min(toxicities, row.n) for row in looks])

    numbers = range(counts.pending + 1)
    stops = [more for more in numbers if crossed_by_some(known + more)]
    goes_on = [more for more in numbers if not crossed(more)]
    at = crossed(0)
    judged: tuple[RuleUsed, ...] = ()
    earlier = crossed_by_some(known + counts.pending)
    if at is None and earlier is not None and earlier.n < n:
        told = (
            f"The look after {several(earlier.n, 'patient')}, at which {earlier.stop_at} stop, "
            "has stopped it if enough of the toxicities came by then: give `outcomes` in the "
            "order of enrolment to have it judged."
        )
        judged = (RuleUsed(rule=f"{rule.kind}.earlier-looks", text=told),)
    reached = None
    if at is not None:
        reached = _toxicities(known) if at.n == n else f"At least {_toxicities(known - n + at.n)}"
    because = _why(rule.kind, boundary, n, (known, counts.pending), at, reached)
    return _monitored(boundary, n, at, (stops, goes_on), (*because, *judged), "this_look")


def decide_outcomes(rule: BoundaryRule, outcomes: Sequence[bool | None]) -> Monitored:
    """The decision from the outcomes in the order of enrolment: every look until now is judged.

    Raises NotOfThisDesign for more patients than `max_n`.
    """
    boundary, n = rule.boundary, len(outcomes)
    _refuse_too_many(boundary, n, "/outcomes")
    looks = boundary.looks_until(n)
    pending = [place for place, outcome in enumerate(outcomes) if outcome is None]

    def crossed(with_toxicity: Sequence[int]) -> StoppingRow | None:
        had = [outcome is True for outcome in outcomes]
        for place in with_toxicity:
            had[place] = True
        sums = list(accumulate(had, initial=0))
        return _first(looks, [sums[row.n] for row in looks])

    # Earlier toxicities reach every look at least as soon, later ones at last.
    numbers = range(len(pending) + 1)
    stops = [more for more in numbers if crossed(pending[:more])]
    goes_on = [more for more in numbers if not crossed(pending[len(pending) - more :])]
    at = crossed(())
    known = outcomes.count(True)
    reached = None if at is None else _toxicities(outcomes[: at.n].count(True))
    because = _why(rule.kind, boundary, n, (known, len(pending)), at, reached)
    if at is None and stops:
        because = (*because, *_open_looks(rule.kind, looks, outcomes))
    return _monitored(boundary, n, at, (stops, goes_on), because, "all_looks")


def _monitored(
    boundary: StoppingBoundary,
    n: int,
    at: StoppingRow | None,
    numbers: tuple[list[int], list[int]],
    because: tuple[RuleUsed, ...],
    judged: Literal["this_look", "all_looks"],
) -> Monitored:
    both: tuple[tuple[Certain, list[int]], ...] = (
        ("continue", numbers[1]),
        ("stop", numbers[0]),
    )
    would = tuple(
        StopOutcome(decision=decision, toxicities=tuple(found))
        for decision, found in both
        if found
    )
    possible = tuple(each.decision for each in would)
    return Monitored(
        decision=possible[0] if len(possible) == 1 else "undetermined",
        certain=len(possible) == 1,
        possible=possible,
        judged=judged,
        look=boundary.look(n),
        next_look=boundary.next_look(n),
        crossed_at=None if at is None else at.n,
        because=because,
        would_decide=would,
    )


def _first(looks: Sequence[StoppingRow], toxicities: Sequence[int]) -> StoppingRow | None:
    """The first look that stops with so many toxicities each."""
    found = zip(looks, toxicities, strict=True)
    return next((row for row, count in found if row.stops(count)), None)


def _why(
    kind: str,
    boundary: StoppingBoundary,
    n: int,
    seen: tuple[int, int],
    at: StoppingRow | None,
    reached: str | None,
) -> tuple[RuleUsed, ...]:
    """Where the toxicities stand at this look, at the one that is crossed, and at the next."""
    if at is not None:
        told = (
            f"{reached} among the first {several(at.n, 'patient')} reach the {at.stop_at} that "
            "stop at that look."
        )
        if at.n == n:
            told = f"{reached} among {several(n, 'patient')} reach the {at.stop_at} that stop."
        return (RuleUsed(rule=f"{kind}.stop", text=told),)
    look, following = boundary.look(n), boundary.next_look(n)
    known, pending = seen
    waiting = f", {pending} pending" if pending else ""
    told = f"{_toxicities(known)} among {several(n, 'patient')}{waiting}: "
    if look is None:
        told += f"there is no look after {several(n, 'patient')}."
    elif look.stop_at is None:
        told += "no number stops at this look."
    else:
        told += f"{look.stop_at} stop at this look."
    found = [RuleUsed(rule=f"{kind}.look", text=told)]
    if following is not None and following.stops(known):
        text = (
            f"They already reach the {following.stop_at} that stop at the next look, after "
            f"{following.n} patients: it will stop, whatever the patients until then show."
        )
        found.append(RuleUsed(rule=f"{kind}.next-look-stops", text=text))
    return tuple(found)


def _open_looks(
    kind: str, looks: Sequence[StoppingRow], outcomes: Sequence[bool | None]
) -> tuple[RuleUsed, ...]:
    """The looks that pending outcomes can still make stop."""
    found = []
    for row in looks:
        known, pending = outcomes[: row.n].count(True), outcomes[: row.n].count(None)
        if row.stops(known + pending):
            found.append(
                f"after {row.n} patients ({known} known, {pending} pending, {row.stop_at} stop)"
            )
    text = f"Pending outcomes can still make these looks stop: {'; '.join(found)}."
    return (RuleUsed(rule=f"{kind}.waits", text=text),)


def _refuse_too_many(boundary: StoppingBoundary, n: int, pointer: str) -> None:
    if n > boundary.max_n:
        told = (
            f"the rule is for at most {boundary.max_n} patients, not {n}: leave out later ones, "
            "or give a larger max_n"
        )
        raise NotOfThisDesign(Fault(pointer=pointer, message=told, code="too_many"))


def _toxicities(count: int) -> str:
    return "1 toxicity" if count == 1 else f"{count} toxicities"
