"""A protocol's own table: what it says, what it must be like, and its MTD."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.domain.cohort.boin import Boin
from app.domain.cohort.design import Counts, NotOfThisDesign
from app.domain.cohort.operating import Plan
from app.domain.cohort.operating_exact import exact
from app.domain.cohort.uploaded import UploadedTable

TABLE = TypeAdapter(UploadedTable)
ROWS: list[dict[str, Any]] = [
    {"n": 3, "decisions": ["escalate", "expand", "exceeds_mtd", "eliminate"]},
    {"n": 6, "decisions": ["escalate", "escalate", *["exceeds_mtd"] * 5]},
]
DESIGN: UploadedTable = TABLE.validate_python({"kind": "table", "rows": ROWS})


@pytest.mark.parametrize(
    ("enrolled", "dlts", "pending", "decision", "certain"),
    [
        (0, 0, 0, "cohort_not_full", False),
        (3, 0, 0, "escalate", True),
        (3, 1, 0, "expand", True),
        (3, 0, 1, None, False),
        (6, 0, 1, "escalate", True),
        (6, 1, 1, None, False),
        (6, 2, 4, "exceeds_mtd", True),
    ],
)
def test_the_row_decides(
    enrolled: int, dlts: int, pending: int, decision: str | None, certain: bool
) -> None:
    got = DESIGN.decide(Counts(enrolled=enrolled, dlts=dlts, pending=pending))
    assert (got.decision, got.certain) == (decision, certain)


def test_the_answer_names_the_row() -> None:
    got = DESIGN.decide(Counts(enrolled=3, dlts=1))
    assert [(rule.rule, rule.text) for rule in got.because] == [
        ("table.rate", "1 DLT among 3 evaluable patients make a rate of 0.333."),
        ("table.row", "The table says expand for 1 DLT among 3 patients."),
    ]


def test_a_number_without_a_row_is_refused_with_a_way_out() -> None:
    with pytest.raises(NotOfThisDesign, match="no row for 4 patients, only for 3, 6") as refused:
        DESIGN.decide(Counts(enrolled=4, dlts=0))
    assert refused.value.faults[0].pointer == "/enrolled"


def test_the_table_is_given_back_as_far_as_asked() -> None:
    assert [row.n for row in DESIGN.table(6).rows] == [3, 6]
    assert [row.n for row in DESIGN.table(5).rows] == [3]
    assert DESIGN.table(3).rows[0].decisions == tuple(ROWS[0]["decisions"])


def test_a_table_of_fewer_patients_than_any_row_is_refused_with_a_way_out() -> None:
    with pytest.raises(NotOfThisDesign) as refused:
        DESIGN.table(2)
    (fault,) = refused.value.faults
    assert (fault.pointer, fault.code) == ("/max_n", "no_row")
    assert fault.message == (
        "the table has no row up to 2, only for 3, 6 patients: ask for at least 3, or add the row"
    )


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([], "at least 1 item"),
        (ROWS[::-1], "rows are for 6, 3 patients"),
        ([ROWS[0], ROWS[0]], "rows are for 3, 3 patients"),
        ([{"n": 2, "decisions": ["escalate", "stay"]}], "has 2 decisions: give 3, for 0 to 2"),
        (
            [{"n": 1, "decisions": ["stay", "escalate"]}],
            "stay with 0 DLTs and escalate with 1 DLT: more DLTs cannot",
        ),
        ([{"n": 1, "decisions": ["escalate", "leave"]}], "Input should be"),
        ([{"n": 0, "decisions": ["escalate"]}], "greater than or equal to 1"),
        ([{"n": 1, "decisions": ["escalate", "stay"], "note": ""}], "note"),
    ],
)
def test_a_table_that_cannot_be_is_refused(rows: list[Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        TABLE.validate_python({"kind": "table", "rows": rows})


def test_the_mtd_needs_a_target() -> None:
    trial = [3, 3, 15, 9, 0], [0, 0, 4, 4, 0]
    with pytest.raises(NotOfThisDesign, match="give it a target") as refused:
        DESIGN.select_mtd(*trial)
    assert refused.value.faults[0].pointer == "/design/target"
    with_target = TABLE.validate_python({"kind": "table", "rows": ROWS, "target": 0.3})
    assert with_target.select_mtd(*trial).mtd == 3


CLOSING = TABLE.validate_python(
    {
        "kind": "table",
        "target": 0.5,
        "rows": [{"n": 3, "decisions": ["escalate", "stay", "eliminate", "eliminate"]}],
    }
)


def test_a_level_that_the_table_closes_is_no_mtd() -> None:
    """By the posterior alone two DLTs among three would not close a level at a target of 0.5."""
    one = CLOSING.select_mtd((3, 3), (0, 1))
    assert one.mtd == 2
    two = CLOSING.select_mtd((3, 3), (0, 2))
    assert two.mtd == 1
    assert two.estimates[1] is None
    assert two.because[0].text == (
        "The table closes level 2, with 2 DLTs among 3, and those above it."
    )
    lowest = CLOSING.select_mtd((3, 3), (2, 0))
    assert (lowest.mtd, lowest.estimates) == (None, (None, None))
    assert lowest.because[0].text == (
        "The table closes level 1, with 2 DLTs among 3. No dose level is the MTD."
    )


def test_a_level_without_a_row_is_closed_by_the_next_one() -> None:
    """Two DLTs among three or six close a level, so that they do among four."""
    table = TABLE.validate_python(
        {
            "kind": "table",
            "target": 0.3,
            "rows": [
                {"n": 3, "decisions": ["escalate", "expand", "exceeds_mtd", "exceeds_mtd"]},
                {"n": 6, "decisions": ["escalate", "escalate", *["exceeds_mtd"] * 5]},
            ],
        }
    )
    assert table.select_mtd((3, 4), (0, 2)).mtd == 1
    assert table.select_mtd((3, 4), (0, 1)).mtd == 2
    assert table.select_mtd((3, 7), (0, 2)).mtd == 2


def test_no_simulated_trial_ends_with_a_level_that_the_table_closes() -> None:
    plan = Plan(true_toxicity=(0, 1), cohorts=3, cohort_size=1)
    table = TABLE.validate_python(
        {
            "kind": "table",
            "target": 0.5,
            "rows": [
                {"n": 1, "decisions": ["escalate", "eliminate"]},
                {"n": 2, "decisions": ["escalate", "eliminate", "eliminate"]},
            ],
        }
    )
    assert exact(table, plan).probability_mtd == (1, 0)


def test_a_plan_that_needs_a_row_says_so() -> None:
    plan = Plan(true_toxicity=(0.1, 0.2), cohorts=3, cohort_size=2)
    with pytest.raises(NotOfThisDesign, match="no row for 2 patients") as refused:
        exact(CLOSING, plan)
    assert refused.value.faults[0].pointer == "/design"


@given(st.floats(0.05, 0.6), st.integers(1, 12), st.data())
def test_a_table_of_boin_decides_as_boin(target: float, n: int, data: st.DataObject) -> None:
    boin = Boin(target=target)
    rows = [{"n": row.n, "decisions": row.decisions} for row in boin.table(12).rows]
    uploaded = TABLE.validate_python({"kind": "table", "rows": rows})
    dlts = data.draw(st.integers(0, n))
    counts = Counts(enrolled=n, dlts=dlts, pending=data.draw(st.integers(0, n - dlts)))
    ours, theirs = uploaded.decide(counts), boin.decide(counts)
    assert (ours.decision, ours.certain, ours.possible, ours.would_decide) == (
        theirs.decision,
        theirs.certain,
        theirs.possible,
        theirs.would_decide,
    )
