"""TITE-BOIN of many trials: of every state, what the design decides of it alone."""

from typing import get_args

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.cohort.design import Counts
from app.domain.cohort.in_time.tite_boin import TiteBoins
from app.domain.cohort.in_time.trials import Seen
from app.domain.cohort.operating import Plan
from app.domain.cohort.tite_boin import TiteBoin, Variant

MOST = 24
PLAN = Plan(true_toxicity=(0.3,), cohorts=MOST, cohort_size=1)
MOVES = {1: "escalate", 0: "stay", -1: "de_escalate"}
DESIGNS = st.builds(
    TiteBoin,
    target=st.sampled_from([0.1, 0.2, 0.25, 0.3, 1 / 3]),
    variant=st.sampled_from(get_args(Variant)),
    max_pending_fraction=st.sampled_from([0, 0.29, 0.5, 1]),
)


@st.composite
def states(draw: st.DrawFn) -> Counts:
    n = draw(st.integers(1, MOST))
    pending = draw(st.integers(0, n))
    # The whole windows too, at which observed rates meet the limits.
    follow_up = st.one_of(st.floats(0, pending), st.integers(0, pending).map(float))
    return Counts(
        enrolled=n,
        dlts=draw(st.integers(0, n - pending)),
        pending=pending,
        pending_follow_up=draw(follow_up),
    )


@settings(deadline=None, max_examples=60)
@given(DESIGNS, st.lists(states(), min_size=1, max_size=20))
def test_each_state_is_decided_as_by_itself(design: TiteBoin, seen: list[Counts]) -> None:
    conduct = TiteBoins.of(design, PLAN)
    here = Seen(
        n=np.array([each.enrolled for each in seen]),
        dlts=np.array([each.dlts for each in seen]),
        pending=np.array([each.pending for each in seen]),
        follow_up=np.array([each.pending_follow_up for each in seen]),
    )
    gone = conduct.gone[here.n, here.dlts]
    waits, moves = conduct.suspends(here), conduct.moves(here)
    for at, each in enumerate(seen):
        many = "eliminate" if gone[at] else "suspend" if waits[at] else MOVES[int(moves[at])]
        assert design.decide(each).decision == many
