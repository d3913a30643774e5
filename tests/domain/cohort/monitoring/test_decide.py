"""What boundaries decide: both sides of each limit, pending patients, the order of outcomes."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.domain.cohort.design import NotOfThisDesign
from app.domain.cohort.monitoring.decide import (
    Monitored,
    MonitoredCounts,
    decide_counts,
    decide_outcomes,
)
from app.domain.cohort.monitoring.pocock import Pocock
from app.domain.cohort.monitoring.stated import StatedBoundary, StatedRow
from tests.sparing import SPARING

COUNTS = TypeAdapter(MonitoredCounts)
# After 2: never; after 4: 3; after 6: 3; after 10: 4.
LOOKS = {2: None, 4: 3, 6: 3, 10: 4}
RULE = StatedBoundary(
    rows=tuple(StatedRow(n=n, stop_at=stop_at) for n, stop_at in LOOKS.items()), max_n=12
)


def by_counts(enrolled: int, toxicities: int, pending: int = 0) -> Monitored:
    counts = MonitoredCounts(enrolled=enrolled, toxicities=toxicities, pending=pending)
    return decide_counts(RULE, counts)


def outcomes(text: str) -> list[bool | None]:
    """A letter for each patient: x had a toxicity, o had none, ? is pending."""
    return [{"x": True, "o": False, "?": None}[each] for each in text]


def by_order(text: str) -> Monitored:
    return decide_outcomes(RULE, outcomes(text))


def told(got: Monitored) -> list[tuple[str, str]]:
    return [(each.rule, each.text) for each in got.because]


def would(got: Monitored) -> dict[str, tuple[int, ...]]:
    return {each.decision: each.toxicities for each in got.would_decide}


@pytest.mark.parametrize(
    ("counts", "decision", "possible"),
    [
        ((0, 0, 0), "continue", ("continue",)),
        ((2, 2, 0), "continue", ("continue",)),
        ((4, 2, 0), "continue", ("continue",)),
        ((4, 3, 0), "stop", ("stop",)),
        ((6, 2, 0), "continue", ("continue",)),
        ((6, 3, 0), "stop", ("stop",)),
        ((10, 2, 0), "continue", ("continue",)),
        # Three among the first four, or six, have stopped it.
        ((10, 3, 0), "undetermined", ("continue", "stop")),
        ((10, 4, 0), "stop", ("stop",)),
        ((12, 4, 0), "undetermined", ("continue", "stop")),
        ((4, 1, 1), "continue", ("continue",)),
        ((4, 2, 1), "undetermined", ("continue", "stop")),
        ((4, 3, 1), "stop", ("stop",)),
        ((4, 0, 4), "undetermined", ("continue", "stop")),
        # No look after these; the one before stopped unless the fifth had a toxicity.
        ((5, 2, 0), "continue", ("continue",)),
        ((5, 3, 0), "undetermined", ("continue", "stop")),
        # Whatever the order, three of four or more were among the first four.
        ((5, 4, 0), "stop", ("stop",)),
        ((5, 3, 1), "undetermined", ("continue", "stop")),
        ((12, 6, 0), "stop", ("stop",)),
    ],
)
def test_decisions_by_counts(
    counts: tuple[int, int, int], decision: str, possible: tuple[str, ...]
) -> None:
    got = by_counts(*counts)
    assert (got.decision, got.possible) == (decision, possible)
    assert got.certain is (decision != "undetermined")
    assert got.judged == "this_look"


@pytest.mark.parametrize(
    ("text", "decision", "crossed_at"),
    [
        ("", "continue", None),
        ("xx", "continue", None),
        ("xxo", "continue", None),
        ("xxox", "stop", 4),
        ("xxoo", "continue", None),
        ("xxoox", "continue", None),
        ("xxooxo", "stop", 6),
        # Crossed at an earlier look, though this one would let it go on.
        ("xxooxoooo", "stop", 6),
        ("ooxoxoooox", "continue", None),
        ("ooxoxoooxx", "stop", 10),
        ("xx?o", "undetermined", None),
        ("xx?x", "stop", 4),
        ("ox?o", "continue", None),
        ("ooxo?x", "undetermined", None),
        # Pending after the look that stops: they change nothing.
        ("xxox????", "stop", 4),
        # Pending after the last look so far: they cannot change it yet.
        ("xxoo?", "continue", None),
    ],
)
def test_decisions_by_the_order_of_outcomes(
    text: str, decision: str, crossed_at: int | None
) -> None:
    got = by_order(text)
    assert (got.decision, got.crossed_at) == (decision, crossed_at)
    assert got.certain is (decision != "undetermined")
    assert got.judged == "all_looks"


def test_how_many_would_decide() -> None:
    assert would(by_counts(4, 1, 3)) == {"continue": (0, 1), "stop": (2, 3)}
    assert would(by_counts(4, 3)) == {"stop": (0,)}
    assert would(by_counts(5, 2, 2)) == {"continue": (0, 1), "stop": (1, 2)}
    # One more among the first four stops there; the same one as the sixth stops after six; as
    # the seventh it does not.
    assert would(by_order("xx?ooo?")) == {"continue": (0, 1), "stop": (1, 2)}


def test_the_answer_says_which_look_it_is_and_which_comes() -> None:
    got = by_counts(4, 0)
    assert got.look is not None
    assert got.next_look is not None
    assert (got.look.n, got.look.stop_at) == (4, 3)
    assert (got.next_look.n, got.next_look.stop_at) == (6, 3)
    assert (by_counts(5, 0).look, by_counts(10, 0).next_look) == (None, None)


def test_the_answer_gives_its_numbers() -> None:
    assert told(by_counts(4, 3)) == [
        ("table.stop", "3 toxicities among 4 patients reach the 3 that stop.")
    ]
    assert told(by_counts(4, 2, 1)) == [
        ("table.look", "2 toxicities among 4 patients, 1 pending: 3 stop at this look.")
    ]
    assert told(by_counts(2, 1)) == [
        ("table.look", "1 toxicity among 2 patients: no number stops at this look.")
    ]
    assert told(by_counts(3, 1)) == [
        ("table.look", "1 toxicity among 3 patients: there is no look after 3 patients.")
    ]
    assert told(by_order("xxooxoo")) == [
        (
            "table.stop",
            "3 toxicities among the first 6 patients reach the 3 that stop at that look.",
        )
    ]


def test_two_of_seven_may_have_been_among_the_first_five() -> None:
    rows = (StatedRow(n=5, stop_at=2), StatedRow(n=10, stop_at=4))
    got = decide_counts(StatedBoundary(rows=rows), MonitoredCounts(enrolled=7, toxicities=2))
    assert (got.decision, got.certain, got.possible) == (
        "undetermined",
        False,
        ("continue", "stop"),
    )
    assert got.crossed_at is None


def test_an_earlier_look_that_some_order_crosses_is_named() -> None:
    assert told(by_counts(5, 3))[1:] == [
        ("table.next-look-stops", told(by_counts(5, 3))[1][1]),
        (
            "table.earlier-looks",
            "The look after 4 patients, at which 3 stop, has stopped it if enough of the "
            "toxicities came by then: give `outcomes` in the order of enrolment to have it "
            "judged.",
        ),
    ]
    assert len(told(by_counts(5, 2))) == 1
    assert told(by_counts(5, 2, 1))[-1][0] == "table.earlier-looks"
    assert told(by_counts(5, 4))[0] == (
        "table.stop",
        "At least 3 toxicities among the first 4 patients reach the 3 that stop at that look.",
    )
    # The look after 2 can never stop, so that nothing was left out.
    assert len(told(by_counts(4, 2))) == 1


def test_a_next_look_that_is_sure_to_stop_is_told_before_it() -> None:
    got = by_counts(3, 3)
    assert (got.decision, got.certain) == ("continue", True)
    assert told(got)[1] == (
        "table.next-look-stops",
        "They already reach the 3 that stop at the next look, after 4 patients: it will stop, "
        "whatever the patients until then show.",
    )
    assert len(told(by_counts(3, 2))) == 1


def test_the_looks_that_pending_outcomes_keep_open_are_named() -> None:
    assert told(by_order("x?x??o"))[1:] == [
        (
            "table.waits",
            "Pending outcomes can still make these looks stop: after 4 patients (2 known, 2 "
            "pending, 3 stop); after 6 patients (2 known, 3 pending, 3 stop).",
        )
    ]


def test_more_patients_than_the_rule_has_are_refused() -> None:
    assert by_counts(12, 0).decision == by_order("o" * 12).decision == "continue"
    with pytest.raises(NotOfThisDesign, match="at most 12 patients, not 13") as counted:
        by_counts(13, 0)
    with pytest.raises(NotOfThisDesign, match="at most 12 patients, not 13") as ordered:
        by_order("o" * 13)
    faults = [*counted.value.faults, *ordered.value.faults]
    assert [(fault.pointer, fault.code) for fault in faults] == [
        ("/counts/enrolled", "too_many"),
        ("/outcomes", "too_many"),
    ]


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ({"enrolled": 3, "toxicities": 2, "pending": 2}, "2 pending are more than the 3 enrolled"),
        ({"enrolled": 3, "toxicities": 4}, "4 with a toxicity and 0 pending"),
        ({"enrolled": -1, "toxicities": 0}, "greater than or equal to 0"),
        ({"enrolled": 201, "toxicities": 0}, "less than or equal to 200"),
        ({"enrolled": 3, "toxicities": 1.5}, "valid integer"),
        ({"enrolled": 3, "toxicities": 0, "dlts": 1}, "dlts"),
    ],
)
def test_counts_that_cannot_be_are_refused(counts: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        COUNTS.validate_python(counts)


@st.composite
def rules(draw: st.DrawFn) -> StatedBoundary | Pocock:
    if draw(st.booleans()):
        return Pocock(p0=draw(st.floats(0.05, 0.5)), alpha=draw(st.floats(0.05, 0.9)), max_n=8)
    numbers = sorted(draw(st.sets(st.integers(1, 8), min_size=1)))
    least, stated = 1, []
    for n in numbers:
        stop_at = draw(st.none() | st.integers(least, n)) if least <= n else None
        least = stop_at or least
        stated.append(StatedRow(n=n, stop_at=stop_at))
    return StatedBoundary(rows=tuple(stated), max_n=8)


ORDERS = st.lists(st.sampled_from([True, False, None]), max_size=8)


def crosses(rule: StatedBoundary | Pocock, trial: tuple[bool, ...]) -> bool:
    rows = rule.boundary.rows
    return any(row.stops(sum(trial[: row.n])) for row in rows if row.n <= len(trial))


@given(rules(), ORDERS)
def test_a_decision_by_order_is_that_of_every_completion(
    rule: StatedBoundary | Pocock, known: list[bool | None]
) -> None:
    got = decide_outcomes(rule, known)
    choices = [(False, True) if each is None else (each,) for each in known]
    reached: dict[str, set[int]] = {}
    for trial in product(*choices):
        decision = "stop" if crosses(rule, trial) else "continue"
        reached.setdefault(decision, set()).add(sum(trial) - known.count(True))
    assert {each.decision: set(each.toxicities) for each in got.would_decide} == reached
    assert set(got.possible) == set(reached)
    assert got.certain is (len(reached) == 1)
    assert got.decision == (next(iter(reached)) if got.certain else "undetermined")


@given(rules(), ORDERS)
def test_counts_decide_what_every_order_does(
    rule: StatedBoundary | Pocock, known: list[bool | None]
) -> None:
    n, toxicities, pending = len(known), known.count(True), known.count(None)
    counts = MonitoredCounts(enrolled=n, toxicities=toxicities, pending=pending)
    got = decide_counts(rule, counts)
    found: dict[str, set[int]] = {}
    for trial in product((False, True), repeat=n):
        if 0 <= sum(trial) - toxicities <= pending:
            decision = "stop" if crosses(rule, trial) else "continue"
            found.setdefault(decision, set()).add(sum(trial) - toxicities)
    assert {each.decision: set(each.toxicities) for each in got.would_decide} == found
    assert set(got.possible) == set(found)
    assert got.certain is (len(found) == 1)
    assert got.decision == (next(iter(found)) if got.certain else "undetermined")


@SPARING
@given(rules(), ORDERS, st.data())
def test_more_toxicities_never_turn_stop_into_continue(
    rule: StatedBoundary | Pocock, known: list[bool | None], data: st.DataObject
) -> None:
    order = {"continue": 0, "undetermined": 1, "stop": 2}
    less = [place for place, outcome in enumerate(known) if outcome is not True]
    more = list(known)
    for place in data.draw(st.sets(st.sampled_from(less))) if less else ():
        more[place] = True
    before, after = decide_outcomes(rule, known), decide_outcomes(rule, more)
    assert order[before.decision] <= order[after.decision]
    counted = [
        decide_counts(
            rule,
            MonitoredCounts(
                enrolled=len(each), toxicities=each.count(True), pending=each.count(None)
            ),
        )
        for each in (known, more)
    ]
    assert order[counted[0].decision] <= order[counted[1].decision]
