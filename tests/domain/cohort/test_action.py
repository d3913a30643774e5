"""What a decision means on the ladder: 3+3, rolling six and the designs by intervals."""

from dataclasses import replace

import pytest

from app.domain.cohort import acting
from app.domain.cohort.acting import act
from app.domain.cohort.action import Acted, Action, Ladder, LevelCounts, Limits
from app.domain.cohort.boin import Boin
from app.domain.cohort.design import NotOfThisDesign
from app.domain.cohort.designs import AnyDesign
from app.domain.cohort.interval import Mtpi2
from app.domain.cohort.rolling_six import RollingSix
from app.domain.cohort.three_plus_three import ThreePlusThree, Variant
from app.domain.cohort.tite_boin import TiteBoin
from app.domain.cohort.uploaded import UploadedRow, UploadedTable

THREE = ThreePlusThree()
BOIN = Boin(target=0.3, cohort_size=3)
TITE = TiteBoin(target=0.3, variant="lin-yuan-2020")
Three = tuple[int, int, int]


def ladder(current: int, *levels: tuple[int, ...], limits: Limits | None = None) -> Ladder:
    """A ladder, by (enrolled, DLTs, pending) of each level; pending ones were seen for half."""
    counts = []
    for enrolled, dlts, *rest in levels:
        pending = rest[0] if rest else 0
        follow_up = pending / 2
        counts.append(
            LevelCounts(enrolled=enrolled, dlts=dlts, pending=pending, pending_follow_up=follow_up)
        )
    return Ladder(levels=tuple(counts), current_level=current, limits=limits or Limits())


def brief(action: Action) -> tuple[object, ...]:
    mtd = () if action.selected is None else (action.selected.mtd,)
    return (action.kind, *(each for each in (action.level, action.patients) if each), *mtd)


def says(acted: Acted) -> str:
    return " ".join(rule.text for rule in acted.action.because)


@pytest.mark.parametrize(
    ("variant", "levels", "current", "expected"),
    [
        ("no-de-escalation", [(0, 0), (0, 0)], 1, ("treat", 1, 3)),
        ("no-de-escalation", [(2, 0), (0, 0)], 1, ("treat", 1, 1)),
        ("no-de-escalation", [(3, 0), (0, 0)], 1, ("treat", 2, 3)),
        ("no-de-escalation", [(3, 1), (0, 0)], 1, ("treat", 1, 3)),
        ("no-de-escalation", [(4, 1), (0, 0)], 1, ("treat", 1, 2)),
        ("no-de-escalation", [(6, 1), (0, 0)], 1, ("treat", 2, 3)),
        ("no-de-escalation", [(3, 2), (0, 0)], 1, ("stop",)),
        ("no-de-escalation", [(6, 2), (0, 0)], 1, ("stop",)),
        ("no-de-escalation", [(3, 0), (3, 2)], 2, ("select_mtd", 1)),
        ("de-escalation", [(3, 0), (3, 2)], 2, ("treat", 1, 3)),
        ("de-escalation", [(6, 1), (3, 2)], 2, ("select_mtd", 1)),
        ("de-escalation", [(6, 2), (3, 2)], 1, ("stop",)),
        ("no-de-escalation", [(3, 0), (3, 0)], 2, ("select_mtd", 2)),
        ("de-escalation", [(3, 0), (3, 0)], 2, ("select_mtd", 2)),
        ("six-at-mtd", [(3, 0), (3, 0)], 2, ("treat", 2, 3)),
        ("six-at-mtd", [(3, 0), (6, 1)], 2, ("select_mtd", 2)),
        # The start was not the lowest level, and that exceeds: the one below is tried.
        ("no-de-escalation", [(0, 0), (3, 2)], 2, ("treat", 1, 3)),
        # A level above was already tried without a DLT: on from there.
        ("no-de-escalation", [(6, 1), (3, 0), (0, 0)], 1, ("treat", 3, 3)),
    ],
)
def test_three_plus_three_on_the_ladder(
    variant: Variant, levels: list[tuple[int, ...]], current: int, expected: tuple[object, ...]
) -> None:
    acted = act(ThreePlusThree(variant=variant), ladder(current, *levels))
    assert brief(acted.action) == expected


def test_the_actions_say_why() -> None:
    exceeds = act(ThreePlusThree(variant="de-escalation"), ladder(2, (3, 0), (3, 2)))
    assert exceeds.closed_from == 2
    assert says(exceeds) == (
        "Level 2 is closed, with those above it: 2 DLTs among 3 patients. Level 1 can be the MTD, "
        "which takes six patients: at most 3 patients are treated at level 1."
    )
    assert says(act(THREE, ladder(2, (3, 0), (3, 0)))) == (
        "Level 2 is the highest: there is none to escalate to. The escalation ends: level 2 is "
        "recommended as the MTD. The MTD is for people to decide."
    )
    assert says(act(THREE, ladder(1, (3, 2), (0, 0)))) == (
        "Level 1, the lowest, is closed with 2 DLTs among 3 patients: no dose is the MTD, and "
        "nobody else is treated."
    )
    assert says(act(BOIN, ladder(1, (3, 2), (0, 0)))) == (
        "Level 1 is the lowest, and it is not closed: there is none to de-escalate to. The design "
        "says de_escalate of level 1: at most 3 patients are treated at level 1."
    )


def test_a_late_dlt_makes_a_lower_level_of_3_plus_3_need_six() -> None:
    acted = act(THREE, ladder(2, (3, 1), (3, 0), (0, 0)))
    assert brief(acted.action) == ("treat", 1, 3)
    assert says(acted).startswith("Level 1 has one DLT, and is not settled.")


@pytest.mark.parametrize(
    ("design", "levels", "expected"),
    [
        (THREE, [(5, 1), (3, 0), (0, 0)], ("treat", 1, 1)),
        (THREE, [(4, 1), (3, 0)], ("treat", 1, 2)),
        (THREE, [(2, 0), (3, 0), (0, 0)], ("treat", 1, 1)),
        (THREE, [(0, 0), (3, 0), (0, 0)], ("treat", 3, 3)),
        (RollingSix(), [(3, 1), (3, 0), (0, 0)], ("treat", 1, 3)),
        (RollingSix(), [(6, 0, 5), (3, 0), (0, 0)], ("wait",)),
        (RollingSix(), [(6, 1), (3, 0), (0, 0)], ("treat", 3, 6)),
    ],
)
def test_a_lower_level_that_is_unsettled_comes_first(
    design: AnyDesign, levels: list[tuple[int, ...]], expected: tuple[object, ...]
) -> None:
    assert brief(act(design, ladder(2, *levels)).action) == expected


def test_a_late_second_dlt_closes_a_lower_level_and_those_above() -> None:
    acted = act(THREE, ladder(3, (3, 0), (6, 2), (3, 0)))
    assert (acted.closed_from, *brief(acted.action)) == (2, "select_mtd", 1)


@pytest.mark.parametrize(
    ("levels", "current", "expected"),
    [
        ([(3, 0, 1), (0, 0)], 1, ("treat", 1, 3)),
        ([(3, 0), (0, 0)], 1, ("treat", 2, 6)),
        ([(6, 1, 1), (0, 0)], 1, ("wait",)),
        ([(6, 1), (0, 0)], 1, ("treat", 2, 6)),
        ([(4, 0), (2, 2)], 2, ("treat", 1, 2)),
        ([(6, 1), (2, 2)], 2, ("select_mtd", 1)),
        ([(6, 1, 1), (2, 2)], 2, ("wait",)),
        ([(6, 0, 1), (2, 2)], 2, ("wait",)),
        ([(3, 0), (4, 0)], 2, ("select_mtd", 2)),
        ([(5, 2), (0, 0)], 1, ("stop",)),
    ],
)
def test_rolling_six_on_the_ladder(
    levels: list[tuple[int, ...]], current: int, expected: tuple[object, ...]
) -> None:
    assert brief(act(RollingSix(), ladder(current, *levels)).action) == expected


@pytest.mark.parametrize(
    ("design", "levels", "current", "expected"),
    [
        (BOIN, [(0, 0), (0, 0)], 1, ("treat", 1, 3)),
        (BOIN, [(3, 0), (0, 0)], 1, ("treat", 2, 3)),
        (BOIN, [(3, 1), (0, 0)], 1, ("treat", 1, 3)),
        (BOIN, [(3, 2), (0, 0)], 1, ("treat", 1, 3)),
        (BOIN, [(3, 3), (0, 0)], 1, ("stop",)),
        (BOIN, [(3, 0), (3, 2)], 2, ("treat", 1, 3)),
        (BOIN, [(3, 0), (3, 3)], 2, ("treat", 1, 3)),
        (BOIN, [(3, 0), (3, 0)], 2, ("treat", 2, 3)),
        (BOIN, [(4, 0), (3, 3)], 2, ("treat", 1, 2)),
        # Without a size of cohorts nothing says how many.
        (Mtpi2(target=0.3), [(3, 0), (0, 0)], 1, ("treat", 2)),
        # An eliminated level above is not escalated into.
        (BOIN, [(6, 0), (3, 3)], 1, ("treat", 1, 3)),
        (TITE, [(6, 0, 4), (0, 0)], 1, ("wait",)),
        (TITE, [(6, 0, 3), (0, 0)], 1, ("treat", 2)),
    ],
)
def test_designs_by_intervals_on_the_ladder(
    design: AnyDesign,
    levels: list[tuple[int, ...]],
    current: int,
    expected: tuple[object, ...],
) -> None:
    assert brief(act(design, ladder(current, *levels)).action) == expected


def test_the_extra_rule_stops_at_the_lowest_level_only() -> None:
    careful = Boin(target=0.25, extra_safe=True, offset=0.15)
    assert act(careful, ladder(1, (3, 2), (0, 0))).action.kind == "stop"
    assert (
        act(replace(careful, extra_safe=False), ladder(1, (3, 2), (0, 0))).action.kind == "treat"
    )
    assert brief(act(careful, ladder(2, (3, 0), (3, 2))).action) == ("treat", 1)


def test_a_level_that_people_closed_is_not_treated() -> None:
    limits = Limits(closed_from=2)
    acted = act(BOIN, ladder(1, (3, 0), (0, 0), limits=limits))
    assert brief(acted.action) == ("treat", 1, 3)
    assert "Level 2 was closed, with those above it." in says(acted)
    assert act(BOIN, ladder(1, (3, 0), (0, 0), limits=Limits(closed_from=1))).action.kind == "stop"
    below = act(THREE, ladder(2, (3, 0), (3, 0), limits=limits))
    assert brief(below.action) == ("select_mtd", 1)
    assert below.action.selected is not None
    assert list(below.action.selected.estimates) == [0, None]
    six = act(ThreePlusThree(variant="de-escalation"), ladder(1, (3, 0), (0, 0), limits=limits))
    assert brief(six.action) == ("treat", 1, 3)


def test_nobody_was_treated_at_a_closed_lowest_level() -> None:
    acted = act(BOIN, ladder(1, (0, 0), limits=Limits(closed_from=1)))
    assert says(acted).startswith("Level 1, the lowest, is closed: no dose is the MTD")


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (Limits(most_at_level=9), ("select_mtd", 2)),
        (Limits(most_at_level=10), ("treat", 2, 1)),
        (Limits(most_in_total=12), ("select_mtd", 2)),
        (Limits(most_in_total=14), ("treat", 2, 2)),
        (Limits(most_in_total=40, most_at_level=40), ("treat", 2, 3)),
    ],
)
def test_the_most_patients_end_the_escalation(
    limits: Limits, expected: tuple[object, ...]
) -> None:
    acted = act(BOIN, ladder(2, (3, 0), (9, 3), (0, 0), limits=limits))
    assert brief(acted.action) == expected


def test_the_end_says_which_limit_was_reached() -> None:
    told = ladder(2, (3, 0), (9, 3), limits=Limits(most_at_level=9))
    assert "Level 2 has 9 patients, of at most 9." in says(act(BOIN, told))
    told = ladder(2, (3, 0), (9, 3), limits=Limits(most_in_total=12))
    assert "12 patients are enrolled, of at most 12." in says(act(BOIN, told))


def test_one_more_patient_is_one() -> None:
    told = act(THREE, ladder(1, (2, 0), (0, 0)))
    assert "the next patient is treated at level 1" in says(told)
    told = act(Mtpi2(target=0.3), ladder(1, (3, 0), (0, 0)))
    assert "the next patients are treated at level 2" in says(told)


def test_a_trial_may_end_without_an_mtd() -> None:
    """At the most patients, a 3+3 whose level is not complete has no MTD yet."""
    acted = act(THREE, ladder(1, (3, 1), (0, 0), limits=Limits(most_in_total=3)))
    assert brief(acted.action) == ("select_mtd", None)
    assert "The escalation ends: no MTD can be told." in says(acted)


def test_the_mtd_is_selected_once_all_outcomes_are_known() -> None:
    limits = Limits(most_in_total=12)
    acted = act(TITE, ladder(2, (3, 0), (9, 3, 1), limits=limits))
    assert brief(acted.action) == ("wait",)
    assert says(acted).endswith(
        "depends on the outcomes of the pending patient at level 2: wait for them."
    )


def test_an_mtd_that_no_pending_outcome_changes_is_waited_for_as_well() -> None:
    acted = act(BOIN, ladder(1, (9, 0, 1), limits=Limits(most_in_total=9)))
    assert brief(acted.action) == ("wait",)
    assert [brief(each.action) for each in acted.would_act] == [("select_mtd", 1)]


def test_pending_outcomes_say_what_each_leads_to() -> None:
    acted = act(THREE, ladder(2, (3, 0), (3, 1, 2), (0, 0)))
    assert brief(acted.action) == ("wait",)
    assert says(acted) == (
        "What comes next depends on the outcomes of 2 pending patients at level 2: wait for them."
    )
    told = [(each.dlts, each.design_says, brief(each.action)) for each in acted.would_act]
    assert told == [
        ((0,), "expand", ("treat", 2, 3)),
        ((1, 2), "exceeds_mtd", ("select_mtd", 1)),
    ]


def test_numbers_of_dlts_with_one_action_are_told_together() -> None:
    table = UploadedTable(
        rows=(UploadedRow(n=3, decisions=("escalate", "stay", "de_escalate", "de_escalate")),),
        target=0.3,
    )
    limits = Limits(most_in_total=6)
    acted = act(table, ladder(2, (3, 0), (3, 1, 2), limits=limits))
    assert [each.dlts for each in acted.would_act] == [(0,), (1, 2)]
    assert {each.design_says for each in acted.would_act} == {"stay", "de_escalate"}


def test_a_pending_patient_elsewhere_is_waited_for_where_it_matters() -> None:
    matters = act(THREE, ladder(2, (3, 0, 1), (3, 0), (0, 0)))
    assert brief(matters.action) == ("wait",)
    assert "pending patient at level 1" in says(matters)
    assert not matters.would_act
    settled = act(BOIN, ladder(2, (6, 0, 1), (3, 0), (0, 0)))
    assert brief(settled.action) == ("treat", 3, 3)


def test_an_action_that_no_pending_outcome_changes_is_taken() -> None:
    """At a closed level above, escalate and stay lead to the same."""
    acted = act(BOIN, ladder(1, (6, 1, 1), (0, 0), limits=Limits(closed_from=2)))
    assert acted.design_says.decision is None
    assert brief(acted.action) == ("treat", 1, 3)
    assert says(acted) == "However the pending patients turn out, level 1 is treated."
    stopped = act(THREE, ladder(1, (6, 2, 1), (0, 0)))
    assert brief(stopped.action) == ("stop",)
    assert says(stopped) == "However the pending patients turn out, nobody else is treated."


def test_a_cohort_is_filled_whoever_is_pending_in_it() -> None:
    assert brief(act(THREE, ladder(1, (2, 0, 2), (0, 0))).action) == ("treat", 1, 1)
    assert brief(act(THREE, ladder(2, (3, 0, 1), (2, 0, 2))).action) == ("wait",)


def test_a_table_may_suspend_with_nobody_pending() -> None:
    table = UploadedTable(
        rows=(UploadedRow(n=3, decisions=("escalate", "suspend", "suspend", "suspend")),)
    )
    acted = act(table, ladder(1, (3, 1), (0, 0)))
    assert says(acted) == (
        "The design suspends enrolment at level 1, and nobody is pending: people decide."
    )


def pointers(refused: pytest.ExceptionInfo[NotOfThisDesign]) -> list[str]:
    return [fault.pointer for fault in refused.value.faults]


def test_all_levels_with_impossible_counts_are_told() -> None:
    with pytest.raises(NotOfThisDesign) as refused:
        ladder(3, (3, 4), (3, 2, 2), limits=Limits(closed_from=4))
    assert pointers(refused) == [
        "/levels/0/enrolled",
        "/levels/1/enrolled",
        "/current_level",
        "/limits/closed_from",
    ]


def test_a_level_without_a_decision_is_told_at_its_place() -> None:
    with pytest.raises(NotOfThisDesign, match="at most 6 patients") as refused:
        act(THREE, ladder(1, (3, 0), (7, 1)))
    assert pointers(refused) == ["/levels/1/enrolled"]
    with pytest.raises(NotOfThisDesign, match="at most 6 patients") as refused:
        act(THREE, ladder(2, (3, 0), (7, 0)))
    assert pointers(refused) == ["/levels/1/enrolled"]
    table = UploadedTable(rows=(UploadedRow(n=1, decisions=("stay", "stay")),))
    with pytest.raises(NotOfThisDesign, match="target") as refused:
        act(table, ladder(1, (1, 0), limits=Limits(most_in_total=1)))
    assert pointers(refused) == ["/design/target"]


def test_too_many_completions_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    many = ladder(2, (6, 0, 3), (6, 0, 1), (0, 0))
    monkeypatch.setattr(acting, "MOST_COMPLETIONS", 8)
    act(Boin(target=0.3, phi1=0.01), many)
    monkeypatch.setattr(acting, "MOST_COMPLETIONS", 7)
    with pytest.raises(NotOfThisDesign, match=r"4 pending patients .* 8 ways .* 7") as refused:
        act(Boin(target=0.3, phi1=0.01), many)
    assert pointers(refused) == ["/levels"]
