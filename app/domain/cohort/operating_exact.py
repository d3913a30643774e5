"""Exact operating characteristics of trials in cohorts: every trial that can happen, weighed.

The conduct is that of Liu & Yuan, JRSS C 2015;64:507-523; see `operating`.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from app.domain.cohort.design import Design, NotOfThisDesign
from app.domain.cohort.operating import (
    Characteristics,
    Conduct,
    Counted,
    Flags,
    Floats,
    Ints,
    Plan,
    chances,
    codes,
    counted,
    selected,
    sums,
)
from app.domain.errors import Fault

MOST_STATES: Final = 2_000_000
"""The most states that a cohort may lead to, before equal ones are merged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _States:
    """The states that trials can be in; counts have a row for each level."""

    treated: Counted
    dlts: Counted
    level: Ints
    closed: Ints
    probability: Floats

    @classmethod
    def first(cls, plan: Plan) -> Self:
        nobody = np.zeros((plan.levels, 1), np.int16)
        return cls(
            treated=nobody,
            dlts=nobody,
            level=np.array([plan.start_level - 1]),
            closed=np.array([plan.levels]),
            probability=np.ones(1),
        )

    def __len__(self) -> int:
        return len(self.probability)

    def at(self, places: Ints | Flags) -> "_States":
        """Some of them."""
        return _States(
            treated=self.treated[:, places],
            dlts=self.dlts[:, places],
            level=self.level[places],
            closed=self.closed[places],
            probability=self.probability[places],
        )


def exact(design: Design, plan: Plan) -> Characteristics:
    """The operating characteristics of a design in cohorts, without sampling.

    Trials as in Liu & Yuan 2015; equal states are merged after each cohort. Raises
    NotOfThisDesign where there are too many states (simulate then), or where the design has no
    decision.
    """
    conduct, chance = Conduct.of(design, plan), chances(plan)
    states, stopped = _States.first(plan), 0.0
    treated = np.zeros(plan.levels)
    for cohorts_left in reversed(range(plan.cohorts)):
        here = sums(states.level, states.probability, plan.levels)
        treated += plan.cohort_size * here
        states = _treat(states, plan, chance)
        if cohorts_left:
            states, more = _go_on(states, plan, conduct)
            stopped += more
    mtd = np.zeros(plan.levels + 1)
    if len(states):
        found = selected(design, states.treated, states.dlts, plan.patients)
        mtd = sums(found, states.probability, plan.levels + 1)
    return Characteristics(
        probability_no_mtd=float(stopped + mtd[0]),
        probability_mtd=tuple(mtd[1:].tolist()),
        expected_treated=tuple(treated.tolist()),
        # A level is chosen before anything is known of its next patients, so Wald's identity.
        expected_dlts=tuple((treated * plan.true_toxicity).tolist()),
    )


def _treat(states: _States, plan: Plan, chance: Floats) -> _States:
    """Each state with each number of DLTs in a cohort at its level."""
    if (after := len(states) * len(chance)) > MOST_STATES:
        told = (
            f"after some cohorts the trial can be in {after:,} states, more than {MOST_STATES:,}: "
            "simulate, or plan fewer cohorts or levels"
        )
        raise NotOfThisDesign(Fault(pointer="/cohorts", message=told, code="too_many_states"))
    weight = states.probability * chance[:, states.level]
    dlts, places = np.nonzero(weight)
    going = states.at(places)
    column = np.arange(len(places))
    going.treated[going.level, column] += np.int16(plan.cohort_size)
    going.dlts[going.level, column] += dlts.astype(np.int16)
    return _States(
        treated=going.treated,
        dlts=going.dlts,
        level=going.level,
        closed=going.closed,
        probability=weight[dlts, places],
    )


def _go_on(states: _States, plan: Plan, conduct: Conduct) -> tuple[_States, float]:
    """The states that go on, equal ones merged, and the probability of those that stop."""
    column = np.arange(len(states))
    cohorts = states.treated[states.level, column] // plan.cohort_size
    seen = cohorts.astype(np.int64), states.dlts[states.level, column].astype(np.int64)
    level, closed, stops = conduct.after(states.level, states.closed, seen)
    moved = _States(
        treated=states.treated,
        dlts=states.dlts,
        level=level,
        closed=closed,
        probability=states.probability,
    )
    return _merged(moved.at(~stops), plan), float(states.probability[stops].sum())


def _merged(states: _States, plan: Plan) -> _States:
    columns = counted(states.treated, states.dlts, plan.patients)
    # Which levels are closed follows from the counts.
    code = codes([*columns, (states.level, plan.levels)])
    _, first, inverse = np.unique(code, return_index=True, return_inverse=True)
    merged = states.at(first)
    return _States(
        treated=merged.treated,
        dlts=merged.dlts,
        level=merged.level,
        closed=merged.closed,
        probability=sums(inverse, states.probability, len(first)),
    )
