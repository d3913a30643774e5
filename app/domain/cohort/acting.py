"""The action that a design of counts comes to on the ladder; see `action` for what it answers.

A design that waits for outcomes acts once every way in which pending patients can turn out leads
to the same action; rolling six and TITE-BOIN act by their own rules while patients are pending.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import product
from math import prod
from typing import Final

from app.domain.cohort.action import (
    Acted,
    Action,
    ActionIf,
    Ladder,
    LevelCounts,
    at_level,
)
from app.domain.cohort.boin import Boin, BoinRules
from app.domain.cohort.design import Counts, Decided, Decision, NotOfThisDesign
from app.domain.cohort.designs import AnyDesign
from app.domain.cohort.ending import (
    Move,
    finish,
    selected_by_counts,
    stop,
    treat,
    wait,
    whatever_pending,
)
from app.domain.cohort.posterior import eliminates
from app.domain.cohort.rolling_six import RollingSix
from app.domain.cohort.three_plus_three import ThreePlusThree
from app.domain.cohort.tite_boin import TiteBoin
from app.domain.errors import Fault

MOST_COMPLETIONS: Final = 1_000
_FULL: Final = 6
_MOVES: Final[dict[Decision, int]] = {"escalate": 1, "de_escalate": -1}


def act(design: AnyDesign, ladder: Ladder) -> Acted:
    """What the design says of the level treated last, and the action (papers in `action`).

    Raises NotOfThisDesign where the design has no decision for what a level shows.
    """
    says = _asked(design, ladder, ladder.current_level)
    closed = _closed_from(design, ladder)
    return Acted(
        design_says=says,
        action=_now(design, ladder, says),
        closed_from=closed if closed <= len(ladder.levels) else None,
        would_act=tuple(_would_act(design, ladder, says)),
    )


def _would_act(design: AnyDesign, ladder: Ladder, says: Decided) -> Iterator[ActionIf]:
    """The action once the outcomes of the current level are known, by what they are."""
    if not ladder.current.pending:
        return
    for outcome in says.would_decide:
        found: dict[tuple[object, ...], tuple[Action, list[int]]] = {}
        for dlts in outcome.dlts:
            known = _with(ladder, ladder.current_level, dlts)
            action = _now(design, known, _asked(design, known, known.current_level))
            found.setdefault(_same(action), (action, []))[1].append(dlts)
        for action, many in found.values():
            yield ActionIf(dlts=tuple(many), design_says=outcome.decision, action=action)


def _now(design: AnyDesign, ladder: Ladder, says: Decided) -> Action:
    if isinstance(design, RollingSix | TiteBoin):
        return _action(design, ladder)
    # A cohort that is not full is filled whoever is pending in it.
    filling = says.decision == "cohort_not_full"
    asked = [
        level for level in ladder.pending_at if not (filling and level == ladder.current_level)
    ]
    actions = list(_completed(design, ladder, asked))
    if len({_same(each) for each in actions}) > 1:
        return wait(ladder, asked)
    if actions[0].kind == "select_mtd" and ladder.pending_at:
        return wait(ladder, ladder.pending_at)
    if len({each.because for each in actions}) > 1:
        return replace(actions[0], because=(whatever_pending(actions[0]),))
    return actions[0]


def _completed(design: AnyDesign, ladder: Ladder, levels: list[int]) -> Iterator[Action]:
    """The action for every way in which the pending patients of these levels can turn out."""
    pending = [ladder.levels[level - 1].pending for level in levels]
    ways = prod(count + 1 for count in pending)
    if ways > MOST_COMPLETIONS:
        told = (
            f"{sum(pending)} pending patients can turn out in {ways} ways by level, more than "
            f"the {MOST_COMPLETIONS} that are tried: wait for some of them"
        )
        raise NotOfThisDesign(Fault(pointer="/levels", message=told, code="too_many"))
    for dlts in product(*(range(count + 1) for count in pending)):
        known = ladder
        for level, with_dlt in zip(levels, dlts, strict=True):
            known = _with(known, level, with_dlt)
        yield _action(design, known)


def _with(ladder: Ladder, level: int, dlts: int) -> Ladder:
    """The ladder with the outcomes of a level known, so many of the pending ones being DLTs."""
    each = ladder.levels[level - 1]
    known = LevelCounts(enrolled=each.enrolled, dlts=each.dlts + dlts)
    levels = (*ladder.levels[: level - 1], known, *ladder.levels[level:])
    return replace(ladder, levels=levels)


def _same(action: Action) -> tuple[object, ...]:
    mtd = action.selected.mtd if action.selected else None
    return action.kind, action.level, action.patients, mtd


def _asked(design: AnyDesign, ladder: Ladder, level: int) -> Decided:
    """What the design says of a level; refusals name its place."""
    try:
        return design.decide(ladder.counts(level))
    except NotOfThisDesign as error:
        raise at_level(error, level - 1) from error


def _closed_from(design: AnyDesign, ladder: Ladder) -> int:
    """The lowest level, from 1 on, that is closed with those above it, or one past the top."""
    closed = ladder.limits.closed_from or len(ladder.levels) + 1
    for level in range(1, closed):
        if _closes(design, ladder, level):
            return level
    return closed


def _closes(design: AnyDesign, ladder: Ladder, level: int) -> bool:
    """Whether the DLTs known of a level close it, however its pending patients turn out."""
    counts = ladder.counts(level)
    if not counts.dlts:
        return False
    try:
        decision = design.decision(counts.enrolled, counts.dlts)
    except NotOfThisDesign as error:
        raise at_level(error, level - 1) from error
    if isinstance(design, RollingSix):
        return decision == "de_escalate"
    return decision in ("eliminate", "exceeds_mtd")


def _action(design: AnyDesign, ladder: Ladder) -> Action:
    closed = _closed_from(design, ladder)
    if closed == 1:
        return stop(ladder.counts(1))
    if isinstance(design, ThreePlusThree | RollingSix):
        return _by_cohorts(design, ladder, closed, _first(design, ladder, closed))
    return _by_interval(design, ladder, closed)


def _first(design: ThreePlusThree | RollingSix, ladder: Ladder, closed: int) -> int:
    """The level that decides: the current one, unless it is closed or one below is unsettled.

    A DLT that becomes known late, or a patient who turns out not to be evaluable, can make a lower
    level need more patients.
    """
    level = min(ladder.current_level, closed - 1)
    unsettled = (
        below
        for below in range(1, level)
        if ladder.counts(below).enrolled and _asked(design, ladder, below).decision != "escalate"
    )
    return next(unsettled, level)


def _by_cohorts(
    design: ThreePlusThree | RollingSix, ladder: Ladder, closed: int, level: int
) -> Action:
    """3+3 (Storer 1989) and rolling six (Skolnik 2008): up while levels let escalate."""
    select = partial(selected_by_counts, design, ladder)
    counts, above = ladder.counts(level), level + 1
    now = _asked(design, ladder, level).decision
    if now is None or now == "suspend":
        return wait(ladder, (level,))
    here = Move(of=level, decision=now, to=level)
    if now != "escalate":
        return treat(select, ladder, closed, here, _room(design, counts))
    if above <= len(ladder.levels) and above < closed:
        next_counts = ladder.counts(above)
        if next_counts.enrolled:
            return _by_cohorts(design, ladder, closed, above)
        return treat(select, ladder, closed, replace(here, to=above), _room(design, next_counts))
    if counts.enrolled >= _needed(design, counts, top=above > len(ladder.levels)):
        return finish(select, ladder, closed, here)
    return treat(select, ladder, closed, replace(here, for_mtd=True), _room(design, counts))


def _needed(design: ThreePlusThree | RollingSix, counts: Counts, *, top: bool) -> int:
    """How many patients the level needs that is to be the MTD."""
    if isinstance(design, ThreePlusThree):
        return design.needed(counts.dlts, top=top)
    return counts.enrolled if top else _FULL


def _room(design: ThreePlusThree | RollingSix, counts: Counts) -> int:
    """How many patients the cohort takes before it is decided again."""
    first = isinstance(design, ThreePlusThree) and counts.enrolled < _FULL // 2
    return (_FULL // 2 if first else _FULL) - counts.enrolled


def _by_interval(design: AnyDesign, ladder: Ladder, closed: int) -> Action:
    """One level up or down, by Liu & Yuan 2015; at the ends of the ladder, stay."""
    level = ladder.current_level
    counts = ladder.counts(level)
    now = _asked(design, ladder, level).decision
    if now is None or now == "suspend":
        return wait(ladder, (level,))
    if level == 1 and _unsafe(design, counts):
        return stop(counts)
    to = max(1, min(level + _MOVES.get(now, 0), closed - 1, len(ladder.levels)))
    size = design.cohort_size if isinstance(design, Boin) else None
    room = size - ladder.counts(to).enrolled % size if size else None
    select = partial(selected_by_counts, design, ladder)
    return treat(select, ladder, closed, Move(of=level, decision=now, to=to), room)


def _unsafe(design: AnyDesign, counts: Counts) -> bool:
    """The extra rule for safety at the lowest level (Yuan et al. 2016)."""
    if not isinstance(design, BoinRules) or not design.extra_safe:
        return False
    cutoff = design.cutoff_eliminate - design.offset
    return eliminates(counts.enrolled, counts.dlts, design.target, cutoff)
