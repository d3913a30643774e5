"""BOIN: its boundaries and limits by hand, its laws, and the shared cases."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.domain.cohort.boin import Boin
from app.domain.cohort.design import Counts
from app.domain.cohort.posterior import eliminates, exceeds
from app.domain.cohort.waiting import CAUTION

FOLDER = Path(__file__).parents[4] / "shared" / "cases"
BOIN = TypeAdapter(Boin)
DESIGN = Boin(target=0.3)


def shared(name: str) -> list[Any]:
    if not (FOLDER / name).is_file():
        skipped = pytest.mark.skip(reason=f"../shared/cases/{name} is not there")
        return [pytest.param({}, marks=skipped, id=name)]
    cases = json.loads((FOLDER / name).read_text("utf-8"))["cases"]
    return [
        pytest.param(case, id=case["id"])
        for case in cases
        if case["request"]["design"]["kind"] == "boin"
    ]


@pytest.mark.parametrize("case", shared("design-tables.json"))
def test_the_shared_table(case: dict[str, Any]) -> None:
    table = BOIN.validate_python(case["request"]["design"]).table(case["request"]["max_n"])
    got = [{"n": row.n, "decisions": list(row.decisions)} for row in table.rows]
    assert got == case["expect"]["rows"]


@pytest.mark.parametrize("case", shared("boin-boundaries.json"))
def test_the_shared_boundaries(case: dict[str, Any]) -> None:
    table = BOIN.validate_python(case["request"]["design"]).table(case["request"]["max_n"])
    assert table.boundaries is not None
    expected = case["expect"]["boundaries"]
    assert table.boundaries.lambda_e == pytest.approx(expected["lambda_e"], abs=1e-9)
    assert table.boundaries.lambda_d == pytest.approx(expected["lambda_d"], abs=1e-9)


@pytest.mark.parametrize("case", shared("pending-envelope.json"))
def test_the_shared_pending_patients(case: dict[str, Any]) -> None:
    asked = dict(case["request"])
    got = BOIN.validate_python(asked.pop("design")).decide(Counts(**asked))
    assert got.certain is case["expect"]["certain"]
    assert list(got.possible) == case["expect"]["possible"]


@pytest.mark.parametrize(
    ("enrolled", "dlts", "pending", "decision", "possible"),
    [
        (1, 0, 0, "escalate", ["escalate"]),
        (2, 2, 0, "de_escalate", ["de_escalate"]),
        (3, 2, 0, "de_escalate", ["de_escalate"]),
        (3, 3, 0, "eliminate", ["eliminate"]),
        (6, 1, 0, "escalate", ["escalate"]),
        (6, 2, 0, "stay", ["stay"]),
        (6, 3, 0, "de_escalate", ["de_escalate"]),
        (6, 4, 0, "eliminate", ["eliminate"]),
        (6, 0, 1, "escalate", ["escalate"]),
        (6, 0, 2, None, ["escalate", "stay"]),
        (6, 4, 2, "eliminate", ["eliminate"]),
    ],
)
def test_decisions_on_both_sides_of_each_limit(
    enrolled: int, dlts: int, pending: int, decision: str | None, possible: list[str]
) -> None:
    got = DESIGN.decide(Counts(enrolled=enrolled, dlts=dlts, pending=pending))
    assert (got.decision, got.certain) == (decision, decision is not None)
    assert list(got.possible) == possible


def test_nobody_enrolled_is_no_decision() -> None:
    got = DESIGN.decide(Counts(enrolled=0, dlts=0))
    assert (got.decision, got.certain, got.possible) == (
        "cohort_not_full",
        False,
        ("cohort_not_full",),
    )
    assert got.because[0].text == "No patient is enrolled at this level yet."


def told(enrolled: int, dlts: int, pending: int = 0) -> list[tuple[str, str]]:
    got = DESIGN.decide(Counts(enrolled=enrolled, dlts=dlts, pending=pending))
    return [(rule.rule, rule.text) for rule in got.because]


def test_the_answer_gives_its_numbers() -> None:
    assert told(6, 2) == [
        ("boin.rate", "2 DLTs among 6 evaluable patients make a rate of 0.333."),
        (
            "boin.not-eliminated",
            "The probability that the toxicity exceeds 0.3 is 0.6471, not above the cutoff of "
            "0.95.",
        ),
        (
            "boin.stay",
            "The rate of 0.3333 is between lambda_e, 0.2365, and lambda_d, 0.3585.",
        ),
    ]
    assert told(6, 1)[-1] == (
        "boin.escalate",
        "The rate of 0.1667 is at or below lambda_e, 0.2365.",
    )
    assert told(6, 3)[-1] == (
        "boin.de_escalate",
        "The rate of 0.5000 is at or above lambda_d, 0.3585.",
    )
    assert told(6, 4)[1:] == [
        (
            "boin.eliminated",
            "The probability that the toxicity exceeds 0.3 is 0.9712, above the cutoff of 0.95.",
        )
    ]
    assert told(2, 1)[1] == (
        "boin.not-eliminated",
        "No level is eliminated with fewer than 3 patients.",
    )


def test_pending_patients_are_told() -> None:
    assert told(6, 0, 2) == [
        (
            "boin.waits",
            "0 of 6 evaluable patients had a DLT, 2 have no outcome yet: they are waited for; "
            "still possible: escalate, stay.",
        )
    ]
    assert told(12, 0, 1)[:2] == [
        (
            "boin.pending",
            "0 of 12 evaluable patients had a DLT, 1 has no outcome yet: whatever these are, "
            "with a rate from 0.000 to 0.083 the decision is escalate.",
        ),
        ("boin.rate", "1 DLT among 12 evaluable patients make a rate of 0.083."),
    ]
    # The most favourable completion is enough to eliminate.
    assert told(6, 4, 2)[1] == (
        "boin.rate",
        "4 DLTs among 6 evaluable patients make a rate of 0.667.",
    )


@pytest.mark.parametrize(
    ("enrolled", "dlts", "decision"),
    [
        (2, 2, "cohort_not_full"),
        (3, 0, "escalate"),
        (4, 2, "cohort_not_full"),
        (4, 4, "eliminate"),
        (5, 3, "cohort_not_full"),
        (5, 4, "eliminate"),
        (6, 2, "stay"),
    ],
)
def test_a_cohort_is_complete_or_cannot_save_the_level(
    enrolled: int, dlts: int, decision: str
) -> None:
    design = Boin(target=0.3, cohort_size=3)
    assert design.decide(Counts(enrolled=enrolled, dlts=dlts)).decision == decision


def test_an_incomplete_cohort_says_how_many_it_needs() -> None:
    got = Boin(target=0.3, cohort_size=3).decide(Counts(enrolled=4, dlts=1))
    assert [rule.text for rule in got.because] == [
        "4 patients enrolled: a cohort has 3, and is full with 6."
    ]


def test_boundaries_follow_phi1_and_phi2() -> None:
    # Liu & Yuan 2015, table 1: target 0.25 with the default phi1 and phi2.
    limits = Boin(target=0.25).boundaries
    assert (round(limits.lambda_e, 3), round(limits.lambda_d, 3)) == (0.197, 0.298)
    assert Boin(target=0.25, phi1=0.15, phi2=0.35).boundaries == limits
    assert Boin(target=0.25, phi1=0.2, phi2=0.35).boundaries.lambda_e > limits.lambda_e


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"phi1": 0.3}, "not between phi1 0.3 and phi2 0.42"),
        ({"phi2": 0.3}, "not between phi1 0.18 and phi2 0.3"),
        ({"target": 0.75}, "not between phi1 0.45 and phi2 1.05"),
        ({"cutoff_eliminate": 0.05, "offset": 0.05}, "leaves nothing of the cutoff 0.05"),
        ({"cohort_size": 0}, "greater than or equal to 1"),
        ({"surplus": 1}, "surplus"),
    ],
)
def test_parameters_that_cannot_be_are_refused(more: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        BOIN.validate_python({"kind": "boin", "target": 0.3} | more)


def test_the_posterior_is_that_of_a_uniform_prior() -> None:
    # No DLT among three: Pr(p > t) is (1 - t)^4; three DLTs: 1 - t^4.
    assert exceeds(3, 0, 0.3) == pytest.approx(0.7**4, abs=1e-14)
    assert exceeds(3, 3, 0.3) == pytest.approx(1 - 0.3**4, abs=1e-14)
    assert eliminates(3, 3, 0.3, 0.99)
    assert not eliminates(3, 3, 0.3, 0.992)
    assert exceeds(2, 2, 0.3) > 0.95
    assert not eliminates(2, 2, 0.3, 0.95)


TARGETS = st.floats(0.05, 0.6)


@given(st.integers(1, 40), st.data(), TARGETS)
def test_more_dlts_are_never_less_cautious(n: int, data: st.DataObject, target: float) -> None:
    dlts = data.draw(st.integers(0, n - 1))
    design = Boin(target=target)
    assert CAUTION[design.decision(n, dlts)] <= CAUTION[design.decision(n, dlts + 1)]


@given(st.integers(1, 30), st.data(), TARGETS)
def test_a_certain_decision_is_that_of_every_completion(
    n: int, data: st.DataObject, target: float
) -> None:
    dlts = data.draw(st.integers(0, n))
    pending = data.draw(st.integers(0, n - dlts))
    design = Boin(target=target)
    got = design.decide(Counts(enrolled=n, dlts=dlts, pending=pending))
    reached = {design.decision(n, dlts + more) for more in range(pending + 1)}
    assert set(got.possible) == reached
    assert got.certain is (len(reached) == 1)
    assert got.decision == (next(iter(reached)) if got.certain else None)
