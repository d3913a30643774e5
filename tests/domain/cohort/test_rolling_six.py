"""Rolling six: its limits by hand, its laws, and the shared cases."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from app.domain.cohort.design import Counts, NotOfThisDesign
from app.domain.cohort.rolling_six import RollingSix

CASES = Path(__file__).parents[4] / "shared" / "cases" / "rolling-six.json"
DESIGN = RollingSix()
RANKS = {"escalate": 0, "stay": 1, "suspend": 1, "de_escalate": 2}


def shared() -> list[Any]:
    if not CASES.is_file():
        skipped = pytest.mark.skip(reason="../shared/cases/rolling-six.json is not there")
        return [pytest.param({}, marks=skipped, id="shared-cases")]
    cases = json.loads(CASES.read_text("utf-8"))["cases"]
    return [pytest.param(case, id=case["id"]) for case in cases]


@pytest.mark.parametrize("case", shared())
def test_the_shared_cases(case: dict[str, Any]) -> None:
    asked = case["request"]
    design = TypeAdapter(RollingSix).validate_python(asked["design"])
    got = design.decide(
        Counts(enrolled=asked["enrolled"], dlts=asked["dlts"], pending=asked["pending"])
    )
    assert {"decision": got.decision} == case["expect"]


@pytest.mark.parametrize(
    ("enrolled", "dlts", "pending", "decision", "certain", "possible"),
    [
        (0, 0, 0, "stay", True, ["stay"]),
        (2, 0, 0, "stay", True, ["stay"]),
        (2, 0, 1, "stay", True, ["stay"]),
        (2, 0, 2, "stay", False, ["de_escalate", "stay"]),
        (3, 0, 0, "escalate", True, ["escalate"]),
        (3, 0, 1, "stay", False, ["escalate", "stay"]),
        (5, 1, 0, "stay", True, ["stay"]),
        (6, 0, 1, "escalate", True, ["escalate"]),
        (6, 0, 2, "suspend", False, ["de_escalate", "escalate"]),
        (6, 1, 0, "escalate", True, ["escalate"]),
        (6, 1, 1, "suspend", False, ["de_escalate", "escalate"]),
        (6, 2, 4, "de_escalate", True, ["de_escalate"]),
    ],
)
def test_decisions_on_both_sides_of_each_limit(
    enrolled: int, dlts: int, pending: int, decision: str, certain: bool, possible: list[str]
) -> None:
    got = DESIGN.decide(Counts(enrolled=enrolled, dlts=dlts, pending=pending))
    assert (got.decision, got.certain, list(got.possible)) == (decision, certain, possible)


@pytest.mark.parametrize(
    ("enrolled", "dlts", "pending", "told"),
    [
        (3, 0, 0, "0 of 3 enrolled patients had a DLT, 0 have no outcome yet. 3 to 5 patients"),
        (4, 0, 1, "1 has no outcome yet. The next patient is enrolled at this level, up to 6."),
        (6, 0, 2, "With 6 patients, enrolment waits until 5 have finished without a DLT"),
        (3, 2, 0, "2 of 3 enrolled patients had a DLT, 0 have no outcome yet. 2 or more DLTs"),
    ],
)
def test_it_says_why(enrolled: int, dlts: int, pending: int, told: str) -> None:
    got = DESIGN.decide(Counts(enrolled=enrolled, dlts=dlts, pending=pending))
    assert told in " ".join(each.text for each in got.because)


def test_a_seventh_patient_is_refused_with_a_way_out() -> None:
    with pytest.raises(NotOfThisDesign, match="not 7: leave out") as refused:
        DESIGN.decide(Counts(enrolled=7, dlts=0))
    assert [fault.pointer for fault in refused.value.faults] == ["/enrolled"]


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
    assert set(got.possible) == every
    assert {each.decision for each in got.would_decide} == every
    assert got.certain == (every == {got.decision})


@given(counts())
def test_one_more_dlt_among_the_pending_never_escalates(asked: Counts) -> None:
    if asked.pending:
        worse = Counts(enrolled=asked.enrolled, dlts=asked.dlts + 1, pending=asked.pending - 1)
        now, then = DESIGN.decide(asked).decision, DESIGN.decide(worse).decision
        assert now is not None
        assert then is not None
        assert RANKS[now] <= RANKS[then]


def test_the_table_ends_with_six() -> None:
    assert [len(row.decisions) for row in DESIGN.table(20).rows] == [2, 3, 4, 5, 6, 7]
    assert DESIGN.table(3).rows[-1].decisions == ("escalate", "stay", *["de_escalate"] * 2)


@pytest.mark.parametrize(
    ("treated", "dlts", "mtd"),
    [
        ((3, 3, 2), (0, 0, 2), 2),
        ((3, 5, 2), (0, 1, 2), 1),
        ((3, 6, 2), (0, 1, 2), 2),
        ((2, 0), (0, 0), None),
        ((6, 3), (2, 0), None),
        ((3, 3), (0, 0), 2),
        ((), (), None),
    ],
)
def test_the_mtd(treated: tuple[int, ...], dlts: tuple[int, ...], mtd: int | None) -> None:
    got = DESIGN.select_mtd(treated, dlts)
    assert got.mtd == mtd
    assert (f"Level {mtd} is the MTD" if mtd else "none is the MTD") in got.because[0].text


def test_a_level_below_the_mtd_has_let_escalate() -> None:
    """A DLT that became known late at level 1, with three patients."""
    got = DESIGN.select_mtd((3, 3), (1, 0))
    assert got.mtd is None
    assert got.because[0].text == (
        "The trial is not finished: level 1 has 1 DLT among 3 patients, and does not let escalate."
    )
    assert DESIGN.select_mtd((0, 3), (0, 0)).mtd == 2


def test_estimates_are_the_observed_rates() -> None:
    assert DESIGN.select_mtd((6, 3, 0), (1, 2, 0)).estimates == (1 / 6, 2 / 3, None)


def test_lists_of_no_such_trial_are_refused() -> None:
    with pytest.raises(NotOfThisDesign, match="not 7") as refused:
        DESIGN.select_mtd((7,), (0,))
    assert [fault.pointer for fault in refused.value.faults] == ["/treated/0"]
