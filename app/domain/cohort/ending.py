"""The actions themselves, with the sentences that say why; see `action`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.domain.cohort.action import Action, Ladder, LevelCounts
from app.domain.cohort.design import Counts, Decision, Design, RuleUsed, Selected

Selector = Callable[[int], Selected]
"""Selects the MTD among the levels below the lowest closed one, once all outcomes are known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """From the level that decides to the one that is treated next, both from 1 on.

    `for_mtd` says that the level is filled since it can be the MTD.
    """

    of: int
    decision: Decision
    to: int
    for_mtd: bool = False


def wait(ladder: Ladder, levels: Sequence[int]) -> Action:
    """Nobody is treated until outcomes of these levels are known."""
    pending = sum(ladder.levels[level - 1].pending for level in levels)
    where = " and ".join(f"level {level}" for level in levels)
    if pending:
        who = f"{pending} pending patients" if pending > 1 else "the pending patient"
        text = f"What comes next depends on the outcomes of {who} at {where}: wait for them."
    else:
        text = f"The design suspends enrolment at {where}, and nobody is pending: people decide."
    return Action(kind="wait", because=(RuleUsed(rule="action.wait", text=text),))


def stop(lowest: Counts) -> Action:
    """The lowest level is too toxic."""
    text = (
        f"Level 1, the lowest, is closed with {said(lowest.dlts)} among {lowest.enrolled} "
        "patients: no dose is the MTD, and nobody else is treated."
        if lowest.enrolled
        else "Level 1, the lowest, is closed: no dose is the MTD, and nobody else is treated."
    )
    return Action(kind="stop", because=(RuleUsed(rule="action.stop", text=text),))


def treat(select: Selector, ladder: Ladder, closed: int, move: Move, room: int | None) -> Action:
    """The next patients go to the level of the move, unless the protocol allows no more."""
    because = _ends(ladder, closed, move)
    full = _limits_reached(ladder, move.to)
    if full:
        return _selected(select, ladder, closed, (*because, *full))
    left = [each for each in (room, *_left(ladder, move.to)) if each is not None]
    most = min(left, default=None)
    many = "the next patients are" if most is None else f"at most {most} patients are"
    if most == 1:
        many = "the next patient is"
    says = f"The design says {move.decision} of level {move.of}"
    if move.for_mtd:
        says = f"Level {move.to} can be the MTD, which takes six patients"
    text = f"{says}: {many} treated at level {move.to}."
    because = (*because, RuleUsed(rule="action.treat", text=text))
    return Action(kind="treat", level=move.to, patients=most, because=because)


def finish(select: Selector, ladder: Ladder, closed: int, move: Move) -> Action:
    """The level has the patients that the MTD needs, and no open level is above it."""
    return _selected(select, ladder, closed, _ends(ladder, closed, move))


def whatever_pending(action: Action) -> RuleUsed:
    """That pending outcomes no longer matter for the action, although they do for the decision."""
    then = "nobody else is treated" if action.level is None else f"level {action.level} is treated"
    text = f"However the pending patients turn out, {then}."
    return RuleUsed(rule="action.whatever-pending", text=text)


def said(dlts: int) -> str:
    """How many DLTs, in words."""
    return {0: "no DLT", 1: "one DLT"}.get(dlts, f"{dlts} DLTs")


def selected_by_counts(design: Design, ladder: Ladder, closed: int) -> Selected:
    """The MTD among the levels below `closed`, by the design's own rule."""
    levels = ladder.levels[: closed - 1]
    found = design.select_mtd(
        tuple(each.enrolled for each in levels), tuple(each.dlts for each in levels)
    )
    none = (None,) * (len(ladder.levels) - len(levels))
    return replace(found, estimates=(*found.estimates, *none))


def _selected(
    select: Selector, ladder: Ladder, closed: int, because: tuple[RuleUsed, ...]
) -> Action:
    """The escalation ends: the MTD is selected among the open levels, once all is known."""
    if ladder.pending_at:
        waiting = wait(ladder, ladder.pending_at)
        return Action(kind="wait", because=(*because, *waiting.because))
    selected = select(closed)
    told = "no MTD can be told"
    if selected.mtd is not None:
        told = f"level {selected.mtd} is recommended as the MTD"
    text = f"The escalation ends: {told}. The MTD is for people to decide."
    end = RuleUsed(rule="action.select", text=text)
    return Action(kind="select_mtd", selected=selected, because=(*because, end))


def _ends(ladder: Ladder, closed: int, move: Move) -> tuple[RuleUsed, ...]:
    """Why the level is another one than the decision alone would lead to."""
    current, stays = ladder.current_level, move.to == move.of
    if closed <= current:
        return _ending("closed", _closed(ladder, closed))
    if move.of < current:
        dlts = said(ladder.levels[move.of - 1].dlts)
        return _ending("unsettled", f"Level {move.of} has {dlts}, and is not settled.")
    if move.decision == "escalate" and stays:
        if closed <= len(ladder.levels):
            return _ending("closed", _closed(ladder, closed))
        return _ending("top", f"Level {move.of} is the highest: there is none to escalate to.")
    if move.decision == "de_escalate" and stays:
        text = "Level 1 is the lowest, and it is not closed: there is none to de-escalate to."
        return _ending("lowest", text)
    return ()


def _ending(name: str, text: str) -> tuple[RuleUsed, ...]:
    return (RuleUsed(rule=f"action.{name}", text=text),)


def _closed(ladder: Ladder, closed: int) -> str:
    each: LevelCounts = ladder.levels[closed - 1]
    if ladder.limits.closed_from == closed:
        return f"Level {closed} was closed, with those above it."
    return (
        f"Level {closed} is closed, with those above it: {said(each.dlts)} among "
        f"{each.enrolled} patients."
    )


def _limits_reached(ladder: Ladder, level: int) -> tuple[RuleUsed, ...]:
    limits, here = ladder.limits, ladder.levels[level - 1].enrolled
    if limits.most_in_total is not None and ladder.in_total >= limits.most_in_total:
        text = f"{ladder.in_total} patients are enrolled, of at most {limits.most_in_total}."
        return _ending("most-in-total", text)
    if limits.most_at_level is not None and here >= limits.most_at_level:
        text = f"Level {level} has {here} patients, of at most {limits.most_at_level}."
        return _ending("most-at-level", text)
    return ()


def _left(ladder: Ladder, level: int) -> tuple[int | None, int | None]:
    limits, here = ladder.limits, ladder.levels[level - 1].enrolled
    return (
        None if limits.most_at_level is None else limits.most_at_level - here,
        None if limits.most_in_total is None else limits.most_in_total - ladder.in_total,
    )
