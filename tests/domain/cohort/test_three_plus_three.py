"""3+3: its limits by hand, its laws, and the shared cases."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.domain.cohort.design import Counts, NotOfThisDesign
from app.domain.cohort.three_plus_three import ThreePlusThree, Variant

CASES = Path(__file__).parents[4] / "shared" / "cases"
FILES = ("three-plus-three-cohort.json", "pending-envelope.json")
DESIGN = ThreePlusThree()
RANKS = {"escalate": 0, "expand": 1, "exceeds_mtd": 2}


def shared() -> Iterator[Any]:
    for name in FILES:
        if not (CASES / name).is_file():
            skipped = pytest.mark.skip(reason=f"../shared/cases/{name} is not there")
            yield pytest.param({}, marks=skipped, id=name)
            continue
        for case in json.loads((CASES / name).read_text("utf-8"))["cases"]:
            if case["request"]["design"]["kind"] == "3+3":
                yield pytest.param(case, id=case["id"])


@pytest.mark.parametrize("case", list(shared()))
def test_the_shared_cases(case: dict[str, Any]) -> None:
    asked = case["request"]
    design = TypeAdapter(ThreePlusThree).validate_python(asked["design"])
    got = design.decide(
        Counts(enrolled=asked["enrolled"], dlts=asked["dlts"], pending=asked["pending"])
    )
    answer = {"decision": got.decision, "certain": got.certain, "possible": list(got.possible)}
    assert {key: answer[key] for key in case["expect"]} == case["expect"]


@pytest.mark.parametrize(
    ("n", "dlts", "expected"),
    [
        (0, 0, "cohort_not_full"),
        (2, 1, "cohort_not_full"),
        (2, 2, "exceeds_mtd"),
        (3, 0, "escalate"),
        (3, 1, "expand"),
        (3, 2, "exceeds_mtd"),
        (4, 1, "cohort_not_full"),
        (5, 2, "exceeds_mtd"),
        (6, 1, "escalate"),
        (6, 2, "exceeds_mtd"),
    ],
)
def test_decisions_on_both_sides_of_each_limit(n: int, dlts: int, expected: str) -> None:
    assert DESIGN.decision(n, dlts) == expected


def test_a_seventh_patient_is_refused_with_a_way_out() -> None:
    with pytest.raises(NotOfThisDesign, match=r"at most 6 .* not 7: .*BOIN") as refused:
        DESIGN.decide(Counts(enrolled=7, dlts=0))
    assert [fault.pointer for fault in refused.value.faults] == ["/enrolled"]


@pytest.mark.parametrize(
    ("enrolled", "dlts", "pending", "told"),
    [
        (
            6,
            1,
            2,
            "1 of 6 evaluable patients had a DLT, 2 have no outcome yet: 3+3 waits for them; "
            "still possible: escalate, exceeds_mtd.",
        ),
        (
            4,
            1,
            1,
            "1 of 4 evaluable patients had a DLT, 1 has no outcome yet: a cohort is full with 3 "
            "or 6 patients.",
        ),
        (
            5,
            2,
            1,
            "2 of 5 evaluable patients had a DLT. Two or more DLTs at a dose level exceed the "
            "MTD.",
        ),
        (
            3,
            1,
            0,
            "1 of 3 evaluable patients had a DLT. One DLT among 3 patients adds 3 patients to "
            "the level.",
        ),
        (
            6,
            1,
            0,
            "1 of 6 evaluable patients had a DLT. No DLT among 3 patients, or at most one among "
            "6, lets escalate.",
        ),
    ],
)
def test_it_says_why(enrolled: int, dlts: int, pending: int, told: str) -> None:
    got = DESIGN.decide(Counts(enrolled=enrolled, dlts=dlts, pending=pending))
    assert " ".join(each.text for each in got.because) == told


def test_it_says_which_outcome_leads_where() -> None:
    got = DESIGN.decide(Counts(enrolled=3, dlts=0, pending=3))
    assert got.decision is None
    assert [(each.decision, each.dlts) for each in got.would_decide] == [
        ("escalate", (0,)),
        ("expand", (1,)),
        ("exceeds_mtd", (2, 3)),
    ]


@st.composite
def counts(draw: st.DrawFn) -> Counts:
    enrolled = draw(st.integers(0, 6))
    dlts = draw(st.integers(0, enrolled))
    pending = draw(st.integers(0, enrolled - dlts))
    return Counts(enrolled=enrolled, dlts=dlts, pending=pending)


@given(counts())
def test_a_certain_decision_is_that_of_every_completion(asked: Counts) -> None:
    got = DESIGN.decide(asked)
    every = {DESIGN.decision(asked.enrolled, asked.dlts + i) for i in range(asked.pending + 1)}
    assert {each.decision for each in got.would_decide} == every
    if got.certain:
        assert every == {got.decision}
    elif got.decision is None:
        assert set(got.possible) == every


@given(st.sampled_from([3, 6]), st.data())
def test_more_dlts_never_escalate(n: int, data: st.DataObject) -> None:
    fewer = data.draw(st.integers(0, n))
    more = data.draw(st.integers(fewer, n))
    assert RANKS[DESIGN.decision(n, fewer)] <= RANKS[DESIGN.decision(n, more)]


@pytest.mark.parametrize(("most", "rows"), [(1, 1), (6, 6), (30, 6)])
def test_the_table_ends_with_six(most: int, rows: int) -> None:
    table = DESIGN.table(most)
    assert [row.n for row in table.rows] == list(range(1, rows + 1))
    assert table.boundaries is None


@pytest.mark.parametrize(
    ("variant", "treated", "dlts", "mtd", "told"),
    [
        ("no-de-escalation", (3, 3, 3), (0, 0, 2), 2, "Level 2 is the MTD: 0 DLTs among 3"),
        ("no-de-escalation", (3, 6, 3), (0, 1, 2), 2, "Level 2 is the MTD: 1 DLT among 6"),
        ("no-de-escalation", (3, 3), (0, 0), 2, "Level 2 is the MTD"),
        ("no-de-escalation", (3, 3), (0, 1), None, "not finished: level 2 has 1 DLT among 3"),
        ("no-de-escalation", (3, 0), (0, 0), None, "not finished: level 2 has 0 DLTs among 0"),
        ("no-de-escalation", (4, 3), (0, 2), None, "not finished: level 1 has 0 DLTs among 4"),
        ("no-de-escalation", (3, 0), (2, 0), None, "Level 1 had 2 DLTs among 3: no dose"),
        ("no-de-escalation", (), (), None, "No dose level is given"),
        # A DLT that became known late: level 1 needs six, whatever the level above shows.
        ("no-de-escalation", (3, 3), (1, 0), None, "not finished: level 1 has 1 DLT among 3"),
        ("no-de-escalation", (6, 3), (1, 0), 2, "Level 2 is the MTD"),
        ("no-de-escalation", (3, 0, 3), (0, 0, 0), None, "level 2 has 0 DLTs among 0 patients"),
        # Level 1 lies below the start.
        ("no-de-escalation", (0, 3), (0, 0), 2, "Level 2 is the MTD"),
        ("de-escalation", (3, 3), (0, 2), None, "not finished: level 1 .* the MTD needs 6"),
        ("de-escalation", (6, 3), (1, 2), 1, "Level 1 is the MTD: 1 DLT among 6"),
        ("de-escalation", (3, 3), (0, 0), 2, "Level 2 is the MTD: 0 DLTs among 3"),
        ("de-escalation", (6, 6, 3), (0, 2, 3), 1, "Level 2, with 2 DLTs among 6, is the lowest"),
        ("six-at-mtd", (3, 3), (0, 0), None, "not finished: level 2 .* the MTD needs 6"),
        ("six-at-mtd", (3, 6), (0, 1), 2, "Level 2 is the MTD: 1 DLT among 6"),
    ],
)
def test_the_mtd(
    variant: Variant, treated: tuple[int, ...], dlts: tuple[int, ...], mtd: int | None, told: str
) -> None:
    got = ThreePlusThree(variant=variant).select_mtd(treated, dlts)
    assert got.mtd == mtd
    assert _found(told, " ".join(each.text for each in got.because))


def _found(told: str, text: str) -> bool:
    first, _, rest = told.partition(" .* ")
    return first in text and rest in text


def test_estimates_are_the_observed_rates() -> None:
    assert DESIGN.select_mtd((6, 3, 0), (1, 2, 0)).estimates == (1 / 6, 2 / 3, None)


def test_lists_of_no_3_plus_3_trial_are_refused() -> None:
    with pytest.raises(NotOfThisDesign, match="not 9: leave out") as refused:
        DESIGN.select_mtd((3, 9), (0, 0))
    assert [fault.pointer for fault in refused.value.faults] == ["/treated/1"]
    with pytest.raises(NotOfThisDesign, match="give each level both"):
        DESIGN.select_mtd((3,), (0, 0))


def test_an_unknown_variant_is_refused() -> None:
    with pytest.raises(ValidationError, match="six-at-mtd"):
        TypeAdapter(ThreePlusThree).validate_python({"kind": "3+3", "variant": "other"})
